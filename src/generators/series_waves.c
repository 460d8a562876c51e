/* Periodic series, and those whose period or size changes. */
#include <math.h>

#include "generators/series.h"

static double wave_at(int shape, double phase)
{
    double at = phase - floor(phase), sine = sin(RC_SERIES_TURN * phase);
    switch (shape) {
    case RC_WAVE_SQUARE:
        return at < 0.5 ? 1 : -1;
    case RC_WAVE_TRIANGLE:
        return 4 * fabs(at - 0.5) - 1;
    case RC_WAVE_RISING:
        return 2 * at - 1;
    case RC_WAVE_FALLING:
        return 1 - 2 * at;
    case RC_WAVE_SECOND:
        return sine + 0.7 * sin(2 * RC_SERIES_TURN * phase + 1);
    case RC_WAVE_THIRD:
        return sine + 0.7 * sin(3 * RC_SERIES_TURN * phase + 1);
    default:
        return sine;
    }
}

void rc_series_wave(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    double cycles = rc_series_drawn(c, rng), start = rc_rng_uniform(rng);
    for (int i = 0; i < n; i++)
        u[i] = wave_at(c->variant, cycles * i / n + start);
}

void rc_series_modulated(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    double slow = rc_series_drawn(c, rng), fast = rc_series_between(rng, 14, 28);
    double start = rc_rng_uniform(rng), other = rc_rng_uniform(rng);
    for (int i = 0; i < n; i++) {
        double t = (double)i / n, sway = sin(RC_SERIES_TURN * (slow * t + other)), carrier = fast * t + start;
        if (c->variant == RC_MODULATED_PITCH)
            u[i] = sin(RC_SERIES_TURN * (carrier + 0.4 * fast / (RC_SERIES_TURN * slow) * sway));
        else if (c->variant == RC_MODULATED_SIZE)
            u[i] = (1 + 0.9 * sway) * sin(RC_SERIES_TURN * carrier);
        else
            u[i] = sway * sin(RC_SERIES_TURN * carrier);
    }
}

/* The number of cycles doubles one to three times on the way. */
void rc_series_chirp(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    double slowest = rc_series_drawn(c, rng), octaves = rc_series_between(rng, 1, 3),
           phase = rc_rng_uniform(rng);
    for (int i = 0; i < n; i++) {
        double t = (i + 0.5) / n;
        double up = c->variant == RC_CHIRP_UP ? t : c->variant == RC_CHIRP_DOWN ? 1 - t : fabs(2 * t - 1);
        phase += slowest * exp2(octaves * up) / n;
        u[i] = sin(RC_SERIES_TURN * phase);
    }
}

/* Struck once, it fades. */
void rc_series_ringing(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    double cycles = rc_series_drawn(c, rng), struck = rc_series_between(rng, 0.02, 0.5);
    double fades = rc_series_between(rng, 1.5, 4) / cycles;
    for (int i = 0; i < n; i++) {
        double since = (double)i / n - struck;
        u[i] = since < 0 ? 0 : exp(-since / fades) * sin(RC_SERIES_TURN * cycles * since);
    }
}
