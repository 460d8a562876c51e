/* Within parallel/: memory that all ranks see, where they are on one machine: each has a part, which the
 * others read and write in place. It has no name in any folder, and is gone with the last of them. */
#ifndef RC_PARALLEL_SHARED_WINDOW_H
#define RC_PARALLEL_SHARED_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

typedef struct rc_window rc_window;
/* All ranks call it, each for a part of so many bytes, which are zero; 0: without this one. *out NULL: there
 * is no window, since a rank is elsewhere, or does not want one, or cannot have the memory.
 * RECRAFT_WINDOW=none: does not want one. */
rc_status rc__window_open(size_t bytes, rc_window **out) RC_MUST_CHECK;
void rc__window_close(rc_window **w); /* by each on its own: nobody has more to do with its part */
void *rc__window_part(const rc_window *w, int64_t rank);

/* How far a rank is, in two respects: numbers that only grow, from 0 on. Whoever sees that all have come to
 * `mark` sees what they had written before. */
enum { RC_WINDOW_MARKS = 2 };
void rc__window_mark(const rc_window *w, int i, int64_t mark);
bool rc__window_reached(const rc_window *w, int i, int64_t mark);

#endif
