/* plain/lbfgs.h: the least value of a smooth function of n numbers, by limited-memory BFGS (Nocedal and
 * Wright, "Numerical Optimization", 2006, algorithm 7.5). */
#ifndef RC_PLAIN_LBFGS_H
#define RC_PLAIN_LBFGS_H

#include "base/failure.h"
#include <stdint.h>

/* From x on, until no entry of the gradient exceeds the tolerance, no step helps, or after `max` steps. */
rc_status rc__lbfgs(int64_t n, double (*value)(void *context, const double *x, double *grad), void *context,
                    double tolerance, int max, double *x) RC_MUST_CHECK;

#endif
