#include <math.h>
#include <string.h>

#include "optim/optimizer.h"

double rc_schedule(rc_schedule_kind kind, int64_t s, int64_t warmup, int64_t total)
{
    if (s < warmup) return (double)(s + 1) / (double)(warmup + 1);
    double span = total > warmup ? (double)(total - warmup) : 1.0;
    double x = (double)(s - warmup) / span;
    if (x > 1) x = 1;
    switch (kind) {
    case RC_SCHEDULE_CONSTANT:
        return 1;
    case RC_SCHEDULE_LINEAR:
        return 1 - x;
    case RC_SCHEDULE_COSINE:
        return 0.5 * (1 + cos(3.14159265358979323846 * x));
    case RC_SCHEDULE_STEP:
        return x < 1.0 / 3 ? 1 : x < 2.0 / 3 ? 0.2 : 0.04;
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
