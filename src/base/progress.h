/* base/progress.h: how the library tells its caller what it is doing. The library never prints: it
 * calls the sink the program has set (per process). Also the clock and the interrupt flag. */
#ifndef RC_BASE_PROGRESS_H
#define RC_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

typedef struct rc_progress_sink {
    /* done of total units of the named work; detail ("loss 0.31") may be NULL. done == total ends it. */
    void (*step)(void *context, const char *work, int64_t done, int64_t total, const char *detail);
    /* One line of news; warnings begin with "warning: ". Control characters in texts are made visible. */
    void (*note)(void *context, const char *line);
    void *context;
} rc_progress_sink;

void rc_progress_set(const rc_progress_sink *sink); /* NULL: silence. The struct is copied. */
void rc_progress_step(const char *work, int64_t done, int64_t total, const char *detail);
void rc_progress_note(const char *format, ...) RC_PRINTF(1, 2);

/* Seconds on a monotonic clock. */
double rc_clock(void);
/* Peak resident set size of the process, bytes. */
int64_t rc_peak_rss(void);

/* Set from a signal handler; long loops poll it and return RC_INTERRUPTED. */
void rc_interrupt_request(void);
bool rc_interrupt_requested(void);
void rc_interrupt_clear(void);

#endif
