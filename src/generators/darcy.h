/* generators/darcy.h: Darcy flow, -div(a grad u) = 1 on the unit square, u = 0 on the boundary (Li et al.,
 * "Fourier neural operator", ICLR 2021; the NAS-Bench-360 task). */
#ifndef RC_GENERATORS_DARCY_H
#define RC_GENERATORS_DARCY_H

#include <stdint.h>

#include "base/status.h"

typedef struct rc_darcy_options {
    int64_t n_train, n_test;
    int resolution; /* of the solve: 421 */
    int stride;     /* sub-sampling: 5 -> 85 x 85 */
    uint64_t seed;
    int threads; /* 0: all */
} rc_darcy_options;
rc_darcy_options rc_darcy_defaults(void); /* 1000, 100, 421, 5, 0, 0 */

/* Writes x_train.npy [N,3,S,S] (a, column coordinate, row coordinate), y_train.npy [N,S,S], the same for
 * test, and source.md, into a new folder; nothing is left behind on failure. */
rc_status rc_darcy_generate(const rc_darcy_options *o, const char *directory) RC_MUST_CHECK;

/* The parts, for tests. */
/* Solve for given coefficient a [n,n] and right side f [n,n] at the n x n nodes (boundary included); u [n,n].
 */
rc_status rc_darcy_solve(int n, const double *a, const double *f, double *u) RC_MUST_CHECK;
/* Coefficient field a [n,n] in {3, 12}; sample index i of the seed. */
rc_status rc_darcy_coefficient(int n, uint64_t seed, uint64_t i, double *a) RC_MUST_CHECK;

#endif
