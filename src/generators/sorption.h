/* generators/sorption.h: diffusion of a contaminant that sorbs to the soil, R(u) u_t = D u_xx on [0, 1] with
 * Freundlich's retardation R (PDEBench, Takamoto et al., NeurIPS 2022). R is the derivative of
 * theta(u) = u + c (u + 1e-6)^n, what a place holds, so the equation is theta(u)_t = D u_xx.
 *
 * Three-point Laplacian at cell centres; TR-BDF2 in time (Bank et al. 1985), second order and damping, with
 * Newton's method in each stage. */
#ifndef RC_GENERATORS_SORPTION_H
#define RC_GENERATORS_SORPTION_H

#include "base/failure.h"

typedef struct rc_sorption {
    double diffusion, capacity, exponent; /* D, c, n */
    /* The value at x = 0, and a source; NULL: 1 and 0. At x = 1, u = -D u_x: what diffuses out is carried
     * off. */
    double (*left)(double t);
    double (*source)(const struct rc_sorption *p, double x, double t);
} rc_sorption;
/* Published: porosity 0.29, bulk density 2880, k_f 3.5e-4, n_f 0.874, D 5e-4. */
rc_sorption rc_sorption_published(void);
double rc_sorption_retardation(const rc_sorption *p, double u);

typedef struct rc_sorption_solver rc_sorption_solver;
rc_status rc_sorption_solver_create(int n, const rc_sorption *p, rc_sorption_solver **out) RC_MUST_CHECK;
void rc_sorption_solver_destroy(rc_sorption_solver **s);
/* u [n] from time 0 to `time` in `steps` steps, the first ones short (step j ends at time (j / steps)^2): the
 * boundary starts with a jump. */
rc_status rc_sorption_solver_run(rc_sorption_solver *s, double time, int steps, double *u) RC_MUST_CHECK;

#endif
