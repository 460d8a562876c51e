#include <math.h>

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
