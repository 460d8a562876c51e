/* generators/gas.h: compressible flow of an ideal gas in one dimension: Euler's equations, and with a
 * viscosity the Navier-Stokes equations in PDEBench's form, whose viscous stress is viscosity * density *
 * u_x.
 *
 * Finite volumes: limited linear reconstruction of density, velocity and pressure, HLLC's flux (Toro et al.
 * 1994), Heun's step; viscosity implicitly (Crank-Nicolson), by Strang splitting. */
#ifndef RC_GENERATORS_GAS_H
#define RC_GENERATORS_GAS_H

#include <stdbool.h>

#include "base/failure.h"

typedef struct rc_gas {
    double length, gamma, viscosity;
    bool periodic; /* else open: the outermost cell repeats */
} rc_gas;

typedef struct rc_gas_solver rc_gas_solver;
rc_status rc_gas_solver_create(int n, const rc_gas *gas, rc_gas_solver **out) RC_MUST_CHECK;
void rc_gas_solver_destroy(rc_gas_solver **s);
/* w [3,n]: density, velocity, pressure from time 0 to `time`. */
rc_status rc_gas_solver_run(rc_gas_solver *s, double time, double *w) RC_MUST_CHECK;

/* The parts of a step, on conserved fields q [3,n]: gas_viscosity.c. */
typedef struct rc_gas_viscosity rc_gas_viscosity;
rc_status rc__gas_viscosity_create(int n, const rc_gas *gas, rc_gas_viscosity **out) RC_MUST_CHECK;
void rc__gas_viscosity_destroy(rc_gas_viscosity **v);
/* `damped`: backward Euler, which a rough start needs (Rannacher 1984). */
void rc__gas_viscosity_run(rc_gas_viscosity *v, double dt, bool damped, double *q);

#endif
