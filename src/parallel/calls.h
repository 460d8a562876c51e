/* Within parallel/: ranks but the first call on each other, all the time and in turn. The watch (watch.h)
 * sees only whom rank 0 reaches, and an MPI waits for ever where the link between two others is cut. A call
 * is a TCP connection to the door of the other, who answers with its token and hangs up. Each pair is called
 * on by the lower of the two. All functions are for one thread. */
#ifndef RC_PARALLEL_CALLS_H
#define RC_PARALLEL_CALLS_H

#include <poll.h>

#include "parallel/door.h"

enum { RC_CALLS_WAITS = 2 };

/* card: of all ranks, [size], which the caller keeps until the end. door: this rank's own, -1: none; it is
 * closed at the end. */
rc_status rc__calls_begin(const rc_door_card *card, int64_t rank, int64_t size, int door) RC_MUST_CHECK;
/* What to wait for, and for how many milliseconds at most; then comes rc__calls_go_on. */
void rc__calls_prepare(struct pollfd out[RC_CALLS_WAITS], double now, int *wait);
/* A rank that was reached once, and now fails to answer for so many seconds; 0: there is none. */
int64_t rc__calls_go_on(const struct pollfd in[RC_CALLS_WAITS], double now, double silence);
/* This process stood still: nobody has been silent before now. */
void rc__calls_excuse(void);
void rc__calls_end(void);

#endif
