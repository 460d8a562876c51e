/* generators/shallow_water.h: the shallow-water equations over a flat bottom on [-2.5, 2.5]^2 with open
 * boundaries: h_t + (hu)_x + (hv)_y = 0, (hu)_t + (hu^2 + g h^2 / 2)_x + (huv)_y = 0, and the same for hv.
 * Finite volumes: limited linear reconstruction, HLLC's flux (Toro 2001), Heun's step. The water is never
 * dry. */
#ifndef RC_GENERATORS_SHALLOW_WATER_H
#define RC_GENERATORS_SHALLOW_WATER_H

#include "base/failure.h"

typedef struct rc_shallow_water_solver rc_shallow_water_solver;
/* For rows x cols square cells of size dx; one for each thread. */
rc_status rc_shallow_water_solver_create(int rows, int cols, double dx, double gravity,
                                         rc_shallow_water_solver **out) RC_MUST_CHECK;
void rc_shallow_water_solver_destroy(rc_shallow_water_solver **s);
/* w [3,rows,cols]: h, u, v from time 0 to `time`; u is along the columns' index. */
rc_status rc_shallow_water_solver_run(rc_shallow_water_solver *s, double time, double *w) RC_MUST_CHECK;

#endif
