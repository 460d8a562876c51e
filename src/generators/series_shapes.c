/* Series in which something happens once: a shape, a change, a season. */
#include <math.h>
#include <stdbool.h>

#include "generators/series.h"

/* x: from the middle, in widths. */
static double shape_at(int shape, double x)
{
    double inside = fabs(x) < 1;
    switch (shape) {
    case RC_SHAPE_BOX:
        return inside;
    case RC_SHAPE_TENT:
        return inside * (1 - fabs(x));
    case RC_SHAPE_RAMP:
        return inside * (1 + x) / 2;
    case RC_SHAPE_FALL:
        return inside * (1 - x) / 2;
    case RC_SHAPE_PACKET:
        return rc_series_bell(2.5 * x) * cos(2 * RC_SERIES_TURN * x);
    case RC_SHAPE_TWIN:
        return rc_series_bell(5 * (x - 0.5)) + rc_series_bell(5 * (x + 0.5));
    default:
        return rc_series_bell(2.5 * x);
    }
}

void rc_series_shapelet(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    double width = rc_series_drawn(c, rng), centre = rc_series_between(rng, width, 1 - width);
    double noise = rc_series_between(rng, 0.05, 0.3);
    for (int i = 0; i < n; i++)
        u[i] = shape_at(c->variant, ((i + 0.5) / n - centre) / width);
    rc_series_add_noise(rng, noise, n, u);
}

/* `from` and `to` are signs and sizes of what changes. */
void rc_series_change(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    double size = rc_series_between(rng, c->from, c->to), when = rc_series_between(rng, 0.2, 0.8);
    double slow = rc_series_between(rng, 4, 8), phase = rc_rng_uniform(rng),
           noise = rc_series_between(rng, 0.1, 0.4);
    int stairs = 3 + (int)rc_rng_below(rng, 4);
    for (int i = 0; i < n; i++) {
        double t = (i + 0.5) / n;
        bool later = t > when;
        switch (c->variant) {
        case RC_CHANGE_TREND:
            u[i] = size * t;
            break;
        case RC_CHANGE_STEP:
            u[i] = later ? size : 0;
            break;
        case RC_CHANGE_STAIRS:
            u[i] = size * floor(t * stairs + phase) / stairs;
            break;
        case RC_CHANGE_SATURATION:
            u[i] = size * (1 - exp(-slow * t));
            break;
        case RC_CHANGE_PITCH:
            phase += slow * (later ? 1 + size : 1) / n;
            u[i] = sin(RC_SERIES_TURN * phase);
            break;
        default:
            u[i] = (later ? 1 + size : 1) * rc_rng_normal(rng);
        }
    }
    if (c->variant != RC_CHANGE_SPREAD) rc_series_add_noise(rng, noise, n, u);
}

/* Rise and fall of what grows in a year: two logistic curves; round or with a plateau. */
void rc_series_season(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    double seasons = floor(rc_series_drawn(c, rng) + 0.5), shift = rc_series_between(rng, -0.15, 0.15);
    double half = c->variant == RC_SEASON_FLAT ? rc_series_between(rng, 0.25, 0.35)
                                               : rc_series_between(rng, 0.08, 0.16);
    double steep[2] = {rc_series_between(rng, 15, 40), rc_series_between(rng, 15, 40)};
    double wobble = rc_series_between(rng, 0.02, 0.1);
    for (int i = 0; i < n; i++) {
        double at = seasons * (i + 0.5) / n, x = at - floor(at) - 0.5 - shift;
        u[i] = 1 / (1 + exp(-steep[0] * (x + half))) - 1 / (1 + exp(-steep[1] * (x - half)));
    }
    rc_series_add_noise(rng, wobble, n, u);
}
