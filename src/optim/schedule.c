#include <math.h>
#include <string.h>

#include "optim/optimizer.h"

double rc_schedule_rate(const rc_schedule *schedule, int64_t s)
{
    int64_t warmup = schedule->warmup, end = schedule->end;
    if (s < warmup) return (double)(s + 1) / (double)(warmup + 1);
    double x = end > warmup ? (double)(s - warmup) / (double)(end - warmup) : 1.0;
    if (x > 1) x = 1;
    switch (schedule->kind) {
    case RC_SCHEDULE_CONSTANT:
        return 1;
    case RC_SCHEDULE_LINEAR:
        return 1 - x;
    case RC_SCHEDULE_COSINE:
        return 0.5 * (1 + cos(3.14159265358979323846 * x));
    case RC_SCHEDULE_STEP:
        return pow(schedule->factor, (double)(s / schedule->every));
    }
    return 1;
}

rc_status rc_schedule_by_name(const char *name, rc_schedule_kind *out)
{
    static const char *const known[] = {"constant", "linear", "cosine", "step"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i], name) != 0) continue;
        *out = (rc_schedule_kind)i;
        return RC_OK;
    }
    return rc_fail(RC_CONFIG, "no schedule is called \"%s\"; known: constant, linear, cosine, step", name);
}
