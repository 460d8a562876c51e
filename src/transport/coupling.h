/* transport/coupling.h: entropic transport between two clouds, with the marginal of the rows always kept.
 * Within transport/ only.
 *
 * Potentials f (rows) and g (columns) give the plan's density exp((f_i + g_j - cost(i, j)) / epsilon), 1
 * where mass is spread evenly, times the weight of j. f is always what g asks for, so that every row has its
 * mass, and what is maximised is the semi-dual, mean f + mean g, a concave function of g alone. All means are
 * weighted. */
#ifndef RC_TRANSPORT_COUPLING_H
#define RC_TRANSPORT_COUPLING_H

#include "transport/pairs.h"
#include "transport/transport.h"

typedef struct rc_coupling {
    rc_pairs *pairs; /* borrowed */
    double epsilon;
    double *f, *g;
    double *excess;  /* [columns]: mean density - weight; all 0 for a plan */
    float *density;  /* [padded rows, ld], times the root of the row's weight; or NULL: too large, */
    float *room;     /* and [threads, tile, ld], where it is made anew */
    double *part;    /* [RC_ROW_BLOCKS, ld]: sums over the rows of each block */
    float *image;    /* [threads, ld] */
    float *argument; /* [ld] */
} rc_coupling;
/* g is 0. */
rc_status rc__coupling_create(rc_pairs *pairs, rc_coupling *out) RC_MUST_CHECK;
void rc__coupling_free(rc_coupling *c);
/* f, excess and density from g and epsilon. */
rc_status rc__coupling_settle(rc_coupling *c) RC_MUST_CHECK;
/* out = D^T W D x / (rows * columns), D the density, W the weights of the rows. */
rc_status rc__coupling_apply(rc_coupling *c, const double *x, double *out) RC_MUST_CHECK;

/* mean f + mean g. */
double rc__coupling_value(const rc_coupling *c);

/* Maximises the semi-dual by passes over all pairs, at most `most` of them, while epsilon falls from `start`
 * by scaling^2 at a time. */
rc_status rc__coupling_solve(rc_coupling *c, double start, double epsilon, double scaling, int64_t max,
                             rc_convergence *how) RC_MUST_CHECK;

#endif
