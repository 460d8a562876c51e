/* transport/gromov.h: the parts of Gromov-Wasserstein. Within transport/ only. */
#ifndef RC_TRANSPORT_GROMOV_H
#define RC_TRANSPORT_GROMOV_H

#include "transport/distances.h"

/* A set's lengths, and what follows from them alone. Means are weighted. */
typedef struct rc_gromov_side {
    rc_sample_set set;
    const int32_t *label; /* [n]: plans keep to samples of the same; NULL: they need not */
    double *length;       /* [n, n] */
    double *mean;         /* [n]: of a point's lengths */
    double square;        /* mean of length^2 over all pairs */
    double spread;        /* standard deviation of the lengths over all pairs */
} rc_gromov_side;

static inline double rc_gromov_share(const rc_gromov_side *s, int64_t i)
{
    return rc_sample_weight(&s->set, i) / (double)s->set.n;
}

/* Costs [n, m] are -2 A P B of a plan P, A and B being the lengths within a and b: half the objective's
 * gradient. These are those of the product of the weights. */
void rc__gromov_product(const rc_gromov_side *a, const rc_gromov_side *b, double *cost);
/* Pairs of different labels come to cost more than any plan without them. */
void rc__gromov_forbid(const rc_gromov_side *a, const rc_gromov_side *b, double *cost);
/* And these are those of an entropic plan, found while epsilon falls. Where all lengths of a side are alike,
 * cost stays as it is. */
rc_status rc__gromov_anneal(const rc_gromov_side *a, const rc_gromov_side *b, double *cost) RC_MUST_CHECK;

#endif
