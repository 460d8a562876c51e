/* generators/darcy.h: Darcy flow, -div(a grad u) = 1 on the unit square, u = 0 on the boundary (Li et al.,
 * "Fourier neural operator", ICLR 2021; the NAS-Bench-360 task). */
#ifndef RC_GENERATORS_DARCY_H
#define RC_GENERATORS_DARCY_H

#include <stdint.h>

#include "base/rng.h"
#include "fourier/fourier.h"

/* u [n,n]: a field N(0, (-Laplace + 9 I)^-2) at n x n cell centres; cosine: the transform of that size. */
void rc_darcy_field(int n, const rc_fourier *cosine, rc_rng *rng, double *u);
/* a [n,n]: 12 where the field is not negative, 3 elsewhere. */
void rc_darcy_coefficient(int n, const rc_fourier *cosine, rc_rng *rng, double *a);

/* A solver for n x n nodes, boundary included; one for each thread. a, f, u are [n,n]. */
typedef struct rc_darcy_solver rc_darcy_solver;
rc_status rc_darcy_solver_create(int n, rc_darcy_solver **out) RC_MUST_CHECK;
void rc_darcy_solver_destroy(rc_darcy_solver **s);
rc_status rc_darcy_solver_run(rc_darcy_solver *s, const double *a, const double *f, double *u) RC_MUST_CHECK;

#endif
