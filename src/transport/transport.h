/* transport/transport.h: optimal transport between two clouds of points, and feature-label distortion.
 * Knows arrays, nothing of models. All arrays are host float32, row-major. Thread-parallel, the same for any
 * number of threads. Sources: Feydy et al., "Interpolating between OT and MMD using Sinkhorn divergences",
 * AISTATS 2019 (debiasing, eps-scaling); the RECRAFT paper (FLD). */
#ifndef RC_TRANSPORT_TRANSPORT_H
#define RC_TRANSPORT_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"

/* ---- Sinkhorn divergence S(a,b) = OT_eps(a,b) - OT_eps(a,a)/2 - OT_eps(b,b)/2, cost |x-y|^2 / 2, uniform
 * weights ---- */
typedef struct rc_sinkhorn_options {
    double epsilon; /* entropic regularisation in units of the cost; default 0.1 */
    double scaling; /* ratio of successive blurs (sqrt eps) in eps-scaling, in (0,1); default 0.5 */
    int64_t passes; /* over all pairs, at most so many for each of the three terms; default 40 */
} rc_sinkhorn_options;
rc_sinkhorn_options rc_sinkhorn_defaults(void);

/* How far an iteration has come. */
typedef struct rc_convergence {
    int64_t iterations;    /* passes over all pairs */
    double marginal_error; /* mean relative error of a plan's marginal, the other being exact, in double */
    bool converged;        /* marginal_error <= RC_MARGINAL_TOLERANCE */
} rc_convergence;
#define RC_MARGINAL_TOLERANCE 1e-6
/* how has the error of both, and has converged if both have. */
static inline void rc_convergence_join(rc_convergence *how, const rc_convergence *other)
{
    if (other->marginal_error > how->marginal_error) how->marginal_error = other->marginal_error;
    how->converged = how->converged && other->converged;
}
/* For a distance that is measured for itself, not once an epoch. */
enum { RC_PASSES_ALONE = 5000 };

/* The self term does not depend on a: compute it once, store it with b, pass it back in as cache. */
typedef struct rc_sinkhorn_self {
    double value;   /* OT_eps(b,b) */
    double epsilon; /* for which it was computed */
    bool valid;
    rc_convergence how;
} rc_sinkhorn_self;
rc_status rc_sinkhorn_self_term(const float *b, int64_t m, int64_t d, const rc_sinkhorn_options *o,
                                rc_sinkhorn_self *out) RC_MUST_CHECK;

/* ---- feature-label distortion: H(Z_s|Z_t) = sum_c pi_c H(P_c), P_c = mean over class c of p_s(.|x) ---- */
typedef struct rc_distortion {
    int64_t source_classes, target_classes;
    double *sum;    /* [target_classes, source_classes] running sum of p_s */
    int64_t *count; /* [target_classes] */
} rc_distortion;
rc_status rc_distortion_create(int64_t target_classes, int64_t source_classes,
                               rc_distortion *out) RC_MUST_CHECK;
void rc_distortion_free(rc_distortion *d);
void rc_distortion_clear(rc_distortion *d);
/* Pass 1: add a batch, p [n, source_classes] rows summing to 1, label [n] in 0..target_classes-1. */
void rc_distortion_add(rc_distortion *d, int64_t n, const float *p, const int32_t *label);
typedef struct rc_distortion_values {
    double conditional_entropy; /* H(Z_s|Z_t), nats */
    double entropy;             /* H(Z_s) of the mean prediction */
    double information;         /* H(Z_s) - H(Z_s|Z_t) */
    double used_classes;        /* exp(H(Z_s)): effective number of source classes in use */
} rc_distortion_values;
rc_distortion_values rc_distortion_evaluate(const rc_distortion *d);
/* Pass 2: gradient of (w_conditional * H(Z_s|Z_t) - w_information * I) in p of a batch; grad [n,
 * source_classes] overwritten. dH(Z_s|Z_t)/dp_i = -(pi_c/n_c)(log P_c + 1) = -(1/N)(log P_c + 1). */
void rc_distortion_gradient(const rc_distortion *d, double w_conditional, double w_information, int64_t n,
                            const int32_t *label, float *grad);

/* LEEP (Nguyen et al., ICML 2020): the mean over samples of log sum_z P(y_i|z) p_i(z), where P(y|z) is the
 * share of class y in what all samples p [n, source_classes] say of z; never above 0. No class means: a
 * sample that is unlike its class counts by itself. grad [n, source_classes] of minus LEEP; NULL: unwanted.
 */
rc_status rc_leep(int64_t n, int64_t source_classes, int64_t target_classes, const float *p,
                  const int32_t *label, double *value, float *grad) RC_MUST_CHECK;
/* NCE (Tran et al., ICCV 2019): minus H(Y|Z), where Z is the likeliest source class of each sample; never
 * above 0. */
rc_status rc_nce(int64_t n, int64_t source_classes, int64_t target_classes, const float *p,
                 const int32_t *label, double *value) RC_MUST_CHECK;

/* LogME (You et al., ICML 2021): of features f [n, d] and outputs y [n, outputs] of samples, the largest log
 * evidence a sample of y = f w + noise, over the spread of w and of the noise; the mean over outputs. An
 * output that is 0 for all samples is left out; NaN where nothing is left, or all features are 0. */
rc_status rc_logme(int64_t n, int64_t d, int64_t outputs, const float *f, const float *y,
                   double *value) RC_MUST_CHECK;

/* ---- the plane on which samples x [n, d] vary most: its two axes [2, d], their shares of the variance ----
 */
rc_status rc_principal_plane(const float *x, int64_t n, int64_t d, double *mean, double *axes,
                             double share[2]) RC_MUST_CHECK;

/* ---- k-means for targets without classes (k-means++ start, Lloyd; mini-batch above 10,000 rows) ---- */
/* label [n] out; centres [k,d] out (may be NULL). Seeded, deterministic. converged (may be NULL): whether the
 * labels had come to rest; mini-batches have no such end, and count as having reached theirs. */
rc_status rc_kmeans(const float *x, int64_t n, int64_t d, int k, uint64_t seed, int max_iterations,
                    int32_t *label, float *centres, bool *converged) RC_MUST_CHECK;

#endif
