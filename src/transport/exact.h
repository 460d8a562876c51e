/* transport/exact.h: exact optimal transport on a dense cost matrix, by the network simplex method. */
#ifndef RC_TRANSPORT_EXACT_H
#define RC_TRANSPORT_EXACT_H

#include <stdint.h>

#include "base/failure.h"

/* An optimal plan, as the pairs that carry mass, and duals u [n], v [m]: u_i + v_j <= cost(i, j), with
 * equality wherever there is mass; value = sum of mass * cost = sum of a_i u_i + sum of b_j v_j. */
typedef struct rc_transport_plan {
    int64_t count;
    int32_t *from, *to; /* [count] */
    double *mass;       /* [count], above 0; the sums over rows and columns are the weights */
    double *u, *v;
    double value;
    int64_t pivots;
} rc_transport_plan;
void rc_transport_plan_free(rc_transport_plan *plan);

/* Costs are kept in rows of whole blocks of RC_COST_BLOCK, DBL_MAX beyond the last column. */
enum { RC_COST_BLOCK = 16 };
/* Within transport/: cost [n, ld]; weights above 0, or NULL: uniform. */
rc_status rc__network_simplex(int64_t n, int64_t m, const double *cost, int64_t ld, const double *row_weight,
                              const double *column_weight, rc_transport_plan *out) RC_MUST_CHECK;

/* Within transport/: |x_i - x_j| of points x [n, d], out [n, n]. */
rc_status rc__lengths(const float *x, int64_t n, int64_t d, double *out) RC_MUST_CHECK;
/* Within transport/: a plan as a matrix, out [n, m]. */
void rc__transport_plan_spread(const rc_transport_plan *plan, int64_t n, int64_t m, double *out);

/* cost [n, m], finite. Weights of rows [n] and columns [m], not negative, each summing to anything above 0;
 * NULL: uniform. Points without weight get duals, but no mass. Weights are rounded to 2^-52 of their sum,
 * which makes all flows integers: ties are exact and the method cannot cycle. */
rc_status rc_exact_transport(int64_t n, int64_t m, const double *cost, const double *row_weight,
                             const double *column_weight, rc_transport_plan *out) RC_MUST_CHECK;

/* W1 (power 1: cost |x - y|) or W2^2 / 2 (power 2: cost |x - y|^2 / 2) between weighted points a [n, d] and b
 * [m, d]; weights as above. grad_a [n, d] and plan may be NULL. The gradient is that of the plan held fixed,
 * which is the gradient wherever the plan is unique. Memory: 8 n (m + d) bytes. */
rc_status rc_wasserstein(int power, const float *a, const double *weight_a, int64_t n, const float *b,
                         const double *weight_b, int64_t m, int64_t d, double *value, float *grad_a,
                         rc_transport_plan *plan) RC_MUST_CHECK;

#endif
