/* generators/limiter.h: the monotonized central limiter (van Leer 1977): the slope of a cell from the
 * differences to its two neighbours; 0 at an extremum. Without branches and calls, so that loops over cells
 * become vector code; fmin and fmax would not, for what they promise about NaN. */
#ifndef RC_GENERATORS_LIMITER_H
#define RC_GENERATORS_LIMITER_H

#include <math.h>

static inline double rc__lesser(double a, double b)
{
    return a < b ? a : b;
}

static inline double rc__greater(double a, double b)
{
    return a > b ? a : b;
}

static inline double rc__limit(double a, double b)
{
    double size = rc__lesser(fabs(0.5 * (a + b)), 2 * rc__lesser(fabs(a), fabs(b)));
    return a * b > 0 ? copysign(size, a) : 0;
}

#endif
