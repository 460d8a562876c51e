/* transport/dense.h: matrices in double, row-major, for distances that speak of covariances. Within transport/
 * only; LAPACK stays in dense.c. */
#ifndef RC_TRANSPORT_DENSE_H
#define RC_TRANSPORT_DENSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* out [n, m] = a [n, k] * b [k, m]; with transposed, a is stored [k, n]. */
void rc__dense_product(int64_t n, int64_t m, int64_t k, const double *a, bool transposed, const double *b,
                       double *out);
/* Eigenvalues in rising order and eigenvectors, the i-th in row i, which overwrite the symmetric a [n, n]. */
rc_status rc__dense_eigen(int64_t n, double *a, double *value) RC_MUST_CHECK;

/* Samples as deviations from their mean, and their covariance, the sum of squares over `divisor`. */
typedef struct rc_moments {
    int64_t n, d;
    double *mean;       /* [d] */
    double *deviation;  /* [n, d] */
    double *covariance; /* [d, d] */
} rc_moments;
rc_status rc__moments_create(const float *x, int64_t n, int64_t d, double divisor,
                             rc_moments *out) RC_MUST_CHECK;
void rc__moments_free(rc_moments *m);

#endif
