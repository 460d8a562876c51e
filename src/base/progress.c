#include "base/progress.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/utf8.h"

void rc_progress_step(const char *work, int64_t done, int64_t total, const char *detail)
{
    char shown_work[64], shown_detail[256];
    const rc_sink *sink = &rc_context_current()->sink;
    if (!sink->step) return;
    rc_utf8_visible(work, "", sizeof shown_work, shown_work);
    if (detail) rc_utf8_visible(detail, "", sizeof shown_detail, shown_detail);
    sink->step(sink->context, shown_work, done, total, detail ? shown_detail : NULL);
}

void rc_progress_note(const char *format, ...)
{
    char line[RC_MESSAGE];
    va_list args;
    const rc_sink *sink = &rc_context_current()->sink;
    if (!sink->note) return;
    va_start(args, format);
    rc_message_write(sizeof line, line, format, args);
    va_end(args);
    sink->note(sink->context, line);
}

double rc_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void rc_clock_pause(int64_t tries)
{
    enum { SPINS = 200 };
    if (tries < SPINS)
        sched_yield();
    else
        nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
}

int64_t rc_peak_rss(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
    return (int64_t)usage.ru_maxrss * 1024;
}

bool rc_interrupt_requested(void)
{
    return rc_context_is_interrupted(rc_context_current());
}
