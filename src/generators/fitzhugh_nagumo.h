/* generators/fitzhugh_nagumo.h: u_t = Du lap u + u - u^3 - k - v, v_t = Dv lap v + u - v on [-1, 1]^2 without
 * flux through the boundary (Klaasen and Troy 1984; PDEBench, Takamoto et al., NeurIPS 2022). Five-point
 * Laplacian at cell centres, the classical Runge-Kutta method in time. */
#ifndef RC_GENERATORS_FITZHUGH_NAGUMO_H
#define RC_GENERATORS_FITZHUGH_NAGUMO_H

#include "base/failure.h"

typedef struct rc_fitzhugh_nagumo {
    double du, dv, k;
    /* Added to the two equations at (x, y, t); NULL: nothing. */
    void (*source)(const struct rc_fitzhugh_nagumo *p, double x, double y, double t, double out[2]);
} rc_fitzhugh_nagumo;

typedef struct rc_fitzhugh_nagumo_solver rc_fitzhugh_nagumo_solver;
/* For n x n cells; one for each thread. */
rc_status rc_fitzhugh_nagumo_solver_create(int n, const rc_fitzhugh_nagumo *p,
                                           rc_fitzhugh_nagumo_solver **out) RC_MUST_CHECK;
void rc_fitzhugh_nagumo_solver_destroy(rc_fitzhugh_nagumo_solver **s);
/* uv [2,n,n] from time 0 to `time`; rows are y. */
rc_status rc_fitzhugh_nagumo_solver_run(rc_fitzhugh_nagumo_solver *s, double time, double *uv) RC_MUST_CHECK;

#endif
