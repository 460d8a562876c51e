/* generators/scalar_law.h: u_t + (speed u + steepening u^2 / 2)_x = viscosity u_xx + growth u (1 - u) on a
 * periodic interval: advection, Burgers' equation and reaction-diffusion are cases of it.
 *
 * Strang splitting of three parts: the logistic reaction and the diffusion are solved exactly (diffusion of
 * the three-point Laplacian, in Fourier space, which keeps the solution free of new extrema), the
 * conservation law by finite volumes (limited linear reconstruction, Godunov's flux, Heun's step). Second
 * order throughout. */
#ifndef RC_GENERATORS_SCALAR_LAW_H
#define RC_GENERATORS_SCALAR_LAW_H

#include "base/failure.h"

typedef struct rc_scalar_law {
    double length; /* of the interval */
    double speed, steepening, viscosity, growth;
} rc_scalar_law;

/* For n cells; one for each thread. */
typedef struct rc_scalar_solver rc_scalar_solver;
rc_status rc_scalar_solver_create(int n, const rc_scalar_law *law, rc_scalar_solver **out) RC_MUST_CHECK;
void rc_scalar_solver_destroy(rc_scalar_solver **s);
/* u [n] from time 0 to `time`, in at least `steps` steps. */
rc_status rc_scalar_solver_run(rc_scalar_solver *s, double time, int steps, double *u) RC_MUST_CHECK;

#endif
