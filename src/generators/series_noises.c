/* Series drawn step by step: noises, bursts, spikes, states. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "generators/series.h"

/* White noise under the filter (1 - B)^(-a/2), whose power is f^-a (Kasdin, "Discrete simulation of colored
 * noise", Proc. IEEE 1995). */
void rc_series_colour(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    enum { TAPS = 512 };
    double a = rc_series_drawn(c, rng), white[TAPS], tap[TAPS] = {1};
    for (int k = 1; k < TAPS; k++)
        tap[k] = tap[k - 1] * (k - 1 + a / 2) / k;
    for (int k = 0; k < TAPS; k++)
        white[k] = rc_rng_normal(rng);
    for (int i = 0; i < n; i++) {
        white[i % TAPS] = rc_rng_normal(rng);
        u[i] = 0;
        for (int k = 0; k < TAPS; k++)
            u[i] += tap[k] * white[(i - k + TAPS * (1 + n / TAPS)) % TAPS];
    }
}

void rc_series_memory(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    double phi = rc_series_between(rng, c->from, c->to), now = rc_rng_normal(rng) / sqrt(1 - phi * phi);
    for (int i = 0; i < n; i++)
        u[i] = now = phi * now + rc_rng_normal(rng);
}

/* An oscillator kept going by noise; it forgets its phase after a few cycles, or after many. */
void rc_series_resonance(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    double cycles = rc_series_drawn(c, rng), turn = RC_SERIES_TURN * cycles / n;
    double kept =
        c->variant == RC_RESONANCE_SHARP ? rc_series_between(rng, 5, 10) : rc_series_between(rng, 0.5, 1);
    double r = exp(-turn / RC_SERIES_TURN / kept), last[2] = {0};
    for (int i = -n; i < n; i++) { /* as many steps again, to forget the start */
        double now = 2 * r * cos(turn) * last[0] - r * r * last[1] + rc_rng_normal(rng);
        last[1] = last[0];
        last[0] = now;
        if (i >= 0) u[i] = now;
    }
}

void rc_series_bursts(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    int bursts = (int)(rc_series_drawn(c, rng) + 0.5);
    double width = rc_series_between(rng, 0.15, 0.3) / bursts, start = rc_rng_uniform(rng);
    double rest = rc_series_between(rng, 0.02, 0.15);
    for (int i = 0; i < n; i++)
        u[i] = rest;
    for (int k = 0; k < bursts; k++) {
        double anywhere = rc_rng_uniform(rng), regular = fmod((k + start) / bursts, 1);
        double centre = c->variant == RC_BURSTS_ANYWHERE ? anywhere : regular;
        double size = c->variant == RC_BURSTS_GROWING ? 0.2 + 1.6 * centre : 1;
        for (int i = 0; i < n; i++)
            u[i] += size * rc_series_bell(((i + 0.5) / n - centre) / width);
    }
    for (int i = 0; i < n; i++)
        u[i] *= rc_rng_normal(rng);
}

/* Impulses of one or two points, of either or of one sign. */
void rc_series_spikes(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    double spikes = rc_series_drawn(c, rng), start = rc_rng_uniform(rng), both = rc_rng_uniform(rng);
    memset(u, 0, (size_t)n * sizeof *u);
    for (int k = 0; k < (int)(spikes + 0.5); k++) {
        double regular = (k + start + 0.05 * rc_rng_normal(rng)) / spikes;
        double centre = c->variant == RC_SPIKES_REGULAR ? regular : rc_rng_uniform(rng);
        int at = (int)(centre * n);
        double size = rc_series_between(rng, 0.7, 1.3) * (both < 0.5 && rc_rng_uniform(rng) < 0.5 ? -1 : 1);
        if (at < 0 || at >= n) continue;
        u[at] += size;
        if (at + 1 < n) u[at + 1] += 0.5 * size;
    }
    rc_series_add_noise(rng, 0.05, n, u);
}

/* Levels that hold for a while, as symbols do; of MOTIF, four stays that repeat. */
void rc_series_states(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    enum { REPEATED = 4 };
    double stays = rc_series_drawn(c, rng), level[REPEATED], now = 0, next = 0;
    int states = c->variant == RC_STATES_FOUR ? 4 : 2, at = (int)rc_rng_below(rng, (uint64_t)states),
        count = 0;
    for (int k = 0; k < REPEATED; k++)
        level[k] = rc_rng_normal(rng);
    for (int i = 0; i < n; i++) {
        if (i >= next) {
            bool motif = c->variant == RC_STATES_MOTIF;
            at = motif ? count % REPEATED : (at + 1 + (int)rc_rng_below(rng, (uint64_t)states - 1)) % states;
            now = motif ? level[at] : at;
            next += n / stays * (motif ? 1 : -log(1 - rc_rng_uniform(rng)));
            count++;
        }
        u[i] = now;
    }
}

void rc_series_chaos(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    double r = rc_series_drawn(c, rng), x = rc_series_between(rng, 0.1, 0.9);
    for (int i = -100; i < n; i++) {
        x = r * x * (1 - x);
        if (i >= 0) u[i] = x;
    }
}
