/* base/finite.h: NaN and infinities among numbers. */
#ifndef RC_BASE_FINITE_H
#define RC_BASE_FINITE_H

#include <stdint.h>

/* The first of n numbers that is NaN or an infinity; -1: none. */
int64_t rc_first_not_finite(const float *x, int64_t n);

#endif
