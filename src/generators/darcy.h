/* generators/darcy.h: Darcy flow, -div(a grad u) = 1 on the unit square, u = 0 on the boundary (Li et al.,
 * "Fourier neural operator", ICLR 2021; the NAS-Bench-360 task). */
#ifndef RC_GENERATORS_DARCY_H
#define RC_GENERATORS_DARCY_H

#include <stdint.h>

#include "base/status.h"

typedef struct rc_darcy_options {
    int64_t n_train, n_test;
    int resolution; /* points each way of what is written: 85 */
    int stride;     /* the solve is on (resolution - 1) * stride + 1 points each way: 5 -> 421 */
    uint64_t seed;
} rc_darcy_options;
rc_darcy_options rc_darcy_defaults(void); /* 1000, 100, 85, 5, 0 */

/* Writes x_train.npy [N,3,S,S] (a, column coordinate, row coordinate), y_train.npy [N,S,S], the same for
 * test, and source.md, into a new folder; on failure nothing is left behind. All threads; sample i depends on
 * the seed and i alone. */
rc_status rc_darcy_generate(const rc_darcy_options *o, const char *directory) RC_MUST_CHECK;

/* ---- the parts ---- */

/* u [n,n]: sample i of a field N(0, (-Laplace + 9 I)^-2) at n x n cell centres; stream names the sequence
 * ("darcy-train"). */
rc_status rc_darcy_field(int n, const char *stream, uint64_t seed, uint64_t i, double *u) RC_MUST_CHECK;
/* a [n,n]: 12 where the field is not negative, 3 elsewhere. */
rc_status rc_darcy_coefficient(int n, const char *stream, uint64_t seed, uint64_t i, double *a) RC_MUST_CHECK;

/* A solver for n x n nodes, boundary included; one for each thread. a, f, u are [n,n]. */
typedef struct rc_darcy_solver rc_darcy_solver;
rc_status rc_darcy_solver_create(int n, rc_darcy_solver **out) RC_MUST_CHECK;
void rc_darcy_solver_destroy(rc_darcy_solver **s);
rc_status rc_darcy_solver_run(rc_darcy_solver *s, const double *a, const double *f, double *u) RC_MUST_CHECK;

#endif
