/* generators/waves.h: the random initial condition of the one-dimensional PDEBench sets (Takamoto et al.,
 * "PDEBench", NeurIPS 2022): sines of random wave number, amplitude and phase, now and then folded, turned
 * over or cut by a window. */
#ifndef RC_GENERATORS_WAVES_H
#define RC_GENERATORS_WAVES_H

#include "base/rng.h"

typedef struct rc_wave_options {
    int modes; /* wave numbers are drawn from 1..modes (at most 16), twice; drawn twice the same: 2k */
    double left, length; /* the domain; n cell centres */
    double window;       /* how likely the window is */
} rc_wave_options;

/* As in the published data the modes that were not drawn leave a constant, amplitude * sin(phase). */
void rc_waves(const rc_wave_options *o, rc_rng *rng, int n, double *u);
/* Into [0, 1]; a constant becomes 0. */
void rc_waves_to_unit(int n, double *u);

#endif
