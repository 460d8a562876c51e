/* transport/dense.h: matrices in double, row-major, for distances that speak of covariances and for the plain
 * predictors; LAPACK stays in dense.c. */
#ifndef RC_TRANSPORT_DENSE_H
#define RC_TRANSPORT_DENSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"

/* out [n, m] = a [n, k] * b [k, m]; with transposed, a is stored [k, n]. */
void rc_dense_product(int64_t n, int64_t m, int64_t k, const double *a, bool transposed, const double *b,
                      double *out);
/* out [n, m] = a [n, k] * b [m, k]^T: inner products of lines. */
void rc_dense_inner(int64_t n, int64_t m, int64_t k, const double *a, const double *b, double *out);
/* Eigenvalues in rising order, and if wanted eigenvectors, the i-th in row i. They overwrite the symmetric a
 * [n, n]. */
rc_status rc_dense_eigen(int64_t n, bool vectors, double *a, double *value) RC_MUST_CHECK;
/* out [n, n] = sum over i of f_i v_i v_i^T, v_i in row i of vectors. */
rc_status rc_dense_compose(int64_t n, const double *vectors, const double *f, double *out) RC_MUST_CHECK;
/* The square root of the symmetric c [n, n], negative eigenvalues taken as 0; c is overwritten. */
rc_status rc_dense_root(int64_t n, double *c, double *out) RC_MUST_CHECK;

/* Samples as deviations from their mean, and their covariance, the sum of squares over `divisor`. Mean and
 * sum are weighted, if weight [n], of mean 1, is not NULL. */
typedef struct rc_moments {
    int64_t n, d;
    double *mean;       /* [d] */
    double *deviation;  /* [n, d] */
    double *covariance; /* [d, d] */
} rc_moments;
rc_status rc_moments_create(const float *x, const double *weight, int64_t n, int64_t d, double divisor,
                            rc_moments *out) RC_MUST_CHECK;
void rc_moments_free(rc_moments *m);

#endif
