/* base/progress.h: how the library tells its caller what it is doing. The library never prints: it
 * calls the sink of the context in which the calling thread works (recraft/context.h). Also the clock and the
 * interrupt flag. */
#ifndef RC_BASE_PROGRESS_H
#define RC_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/current_context.h"

void rc_progress_step(const char *work, int64_t done, int64_t total, const char *detail);
void rc_progress_note(const char *format, ...) RC_PRINTF(1, 2);

/* Seconds on a monotonic clock. */
double rc_clock(void);
/* Between two looks at something that is not done, `tries` of which were made: others may have work for this
 * core. */
void rc_clock_pause(int64_t tries);
/* Peak resident set size of the process, bytes. */
int64_t rc_peak_rss(void);

/* Of the same context; long loops poll it and return RC_INTERRUPTED. */
bool rc_interrupt_requested(void);

#endif
