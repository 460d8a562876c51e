#include "generators/waves.h"

#include <math.h>
#include <string.h>

static const double PI = 3.14159265358979323846;
enum { DRAWS = 2, MAX_MODES = 16 };
static const double FOLDED = 0.1, EDGE = 0.01;

static void add_mode(int n, double wave_number, double amplitude, double phase, double *u)
{
    for (int i = 0; i < n; i++)
        u[i] += amplitude * sin(2 * PI * wave_number * (i + 0.5) / n + phase);
}

void rc_waves(const rc_wave_options *o, rc_rng *rng, int n, double *u)
{
    int drawn[MAX_MODES] = {0};
    memset(u, 0, (size_t)n * sizeof *u);
    for (int i = 0; i < DRAWS; i++)
        drawn[rc_rng_below(rng, (uint64_t)o->modes)]++;
    for (int k = 0; k < o->modes; k++) {
        double amplitude = rc_rng_uniform(rng), phase = 2 * PI * rc_rng_uniform(rng);
        add_mode(n, (k + 1) * drawn[k], amplitude, phase, u);
    }
    double fold = rc_rng_uniform(rng), sign = rc_rng_uniform(rng) < 0.5 ? -1 : 1;
    double cut = rc_rng_uniform(rng);
    double from = 0.1 + 0.35 * rc_rng_uniform(rng), to = 0.55 + 0.35 * rc_rng_uniform(rng);
    for (int i = 0; i < n; i++) {
        double x = o->left + o->length * (i + 0.5) / n;
        if (fold < FOLDED) u[i] = fabs(u[i]);
        u[i] *= sign;
        if (cut < o->window) u[i] *= 0.5 * (tanh((x - from) / EDGE) - tanh((x - to) / EDGE));
    }
}

void rc_waves_to_unit(int n, double *u)
{
    double min = u[0], max = u[0];
    for (int i = 1; i < n; i++) {
        min = fmin(min, u[i]);
        max = fmax(max, u[i]);
    }
    double scale = max > min ? 1 / (max - min) : 0;
    for (int i = 0; i < n; i++)
        u[i] = (u[i] - min) * scale;
}
