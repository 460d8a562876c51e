/* What families of series share. */
#include <math.h>

#include "generators/series.h"

double rc_series_between(rc_rng *rng, double from, double to)
{
    return from + (to - from) * rc_rng_uniform(rng);
}

double rc_series_drawn(const rc_series_class *c, rc_rng *rng)
{
    if (c->from <= 0) return rc_series_between(rng, c->from, c->to);
    return exp(rc_series_between(rng, log(c->from), log(c->to)));
}

double rc_series_bell(double x)
{
    return exp(-0.5 * x * x);
}

void rc_series_add_noise(rc_rng *rng, double deviation, int n, double *u)
{
    for (int i = 0; i < n; i++)
        u[i] += deviation * rc_rng_normal(rng);
}
