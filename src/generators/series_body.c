/* Series shaped like what is measured on a body: sketches, not models of it. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "generators/series.h"

typedef struct bell {
    double at, width, height; /* in periods */
} bell;

/* A sum of bells, `centre` and `period` in points. */
static void add_bells(const bell *list, int count, double centre, double period, double size, int n,
                      double *u)
{
    for (int k = 0; k < count; k++) {
        double middle = centre + list[k].at * period, width = list[k].width * period;
        int first = (int)fmax(0, middle - 4 * width), end = (int)fmin(n, middle + 4 * width + 1);
        for (int i = first; i < end; i++)
            u[i] += size * list[k].height * rc_series_bell((i - middle) / width);
    }
}

/* The waves P, Q, R, S, T of a beat, the first of which fibrillation lacks; and a beat that came too early,
 * from the ventricle. */
static const bell beat[] = {
    {-0.2, 0.03, 0.15}, {-0.035, 0.012, -0.12}, {0, 0.014, 1}, {0.035, 0.013, -0.2}, {0.3, 0.06, 0.3}};
static const bell early[] = {{0, 0.06, 1.1}, {0.15, 0.06, -0.6}, {0.35, 0.08, -0.3}};
enum { WAVES = sizeof beat / sizeof *beat, EARLY = sizeof early / sizeof *early };

void rc_series_heart(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    bell own[WAVES];
    bool irregular = c->variant == RC_HEART_IRREGULAR;
    double beats = rc_series_drawn(c, rng), period = n / beats, spread = irregular ? 0.22 : 0.025;
    double turned = rc_rng_uniform(rng) < 0.2 ? -1 : 1, flutter = rc_series_between(rng, 5, 8),
           phase = rc_rng_uniform(rng);
    int beat_no = 0, extra = 1 + (int)rc_rng_below(rng, (uint64_t)fmax(1, beats - 2));
    memset(u, 0, (size_t)n * sizeof *u);
    for (int k = 0; k < WAVES; k++) {
        own[k] = beat[k];
        own[k].height *= rc_series_between(rng, 0.6, 1.4);
        own[k].width *= rc_series_between(rng, 0.8, 1.2);
    }
    for (double at = -period * rc_rng_uniform(rng); at < n + period; beat_no++) {
        bool is_early = c->variant == RC_HEART_EXTRA && beat_no == extra;
        double centre = is_early ? at - 0.35 * period : at;
        if (is_early)
            add_bells(early, EARLY, centre, period, turned, n, u);
        else
            add_bells(own + irregular, WAVES - irregular, centre, period, turned, n, u);
        at += period * fmax(0.4, 1 + spread * rc_rng_normal(rng));
    }
    for (int i = 0; i < n && irregular; i++)
        u[i] += 0.06 * sin(RC_SERIES_TURN * (flutter * i / period + phase));
}

/* Of blood in a finger: a steep rise, and a second, smaller wave. */
void rc_series_pulse(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    double notch = rc_series_between(rng, 0.2, 0.6);
    const bell wave[] = {{0, 0.09, 1}, {0.14, 0.11, 0.6}, {0.36, 0.1, notch}};
    double period = n / rc_series_drawn(c, rng);
    memset(u, 0, (size_t)n * sizeof *u);
    for (double at = -period * rc_rng_uniform(rng); at < n + period;
         at += period * (1 + 0.04 * rc_rng_normal(rng)))
        add_bells(wave, 3, at, period, rc_series_between(rng, 0.9, 1.1), n, u);
}

/* Breathing in is quicker than breathing out; now and then it stops for a while. */
void rc_series_breath(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    double breaths = rc_series_drawn(c, rng), at = rc_rng_uniform(rng),
           in = rc_series_between(rng, 0.3, 0.45);
    double depth = 1, stops = rc_series_between(rng, 0.15, 0.6), lasts = rc_series_between(rng, 0.2, 0.3),
           period = 1;
    for (int i = 0; i < n; i++) {
        double t = (double)i / n;
        bool paused = c->variant == RC_BREATH_PAUSE && t > stops && t < stops + lasts;
        double half = at < in ? 0.5 * at / in : 0.5 + 0.5 * (at - in) / (1 - in);
        u[i] = depth * 0.5 * (1 - cos(RC_SERIES_TURN * half));
        if (paused && at < 0.02) continue;
        at += breaths * period / n;
        if (at < 1) continue;
        at = 0;
        depth = rc_series_between(rng, 0.8, 1.2);
        period = rc_series_between(rng, 0.85, 1.15);
    }
}

/* A rhythm that swells once out of slow noise. */
void rc_series_spindle(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    static const rc_series_class slow = {.from = 1.0, .to = 1.3};
    double cycles = rc_series_drawn(c, rng), centre = rc_series_between(rng, 0.2, 0.8),
           phase = rc_rng_uniform(rng);
    double width = rc_series_between(rng, 0.08, 0.15), squares = 0;
    rc_series_colour(&slow, rng, n, u);
    for (int i = 0; i < n; i++)
        squares += u[i] * u[i] / n;
    for (int i = 0; i < n; i++) {
        double t = (double)i / n;
        u[i] = u[i] / sqrt(squares) +
               3 * rc_series_bell((t - centre) / width) * sin(RC_SERIES_TURN * (cycles * t + phase));
    }
}
