/* The classes, and what becomes of a series whatever its class. */
#include "generators/series.h"

#include <math.h>
#include <string.h>

/* ---- channels ---- */

static void standardise(int n, double *u)
{
    double mean = 0, squares = 0;
    for (int i = 0; i < n; i++)
        mean += u[i] / n;
    for (int i = 0; i < n; i++)
        squares += (u[i] - mean) * (u[i] - mean) / n;
    for (int i = 0; i < n; i++)
        u[i] = squares > 0 ? (u[i] - mean) / sqrt(squares) : 0;
}

/* The same again, `points` later; what comes before its start is its mirror image. */
static void follow(const double *from, int points, double size, int n, double *u)
{
    for (int i = 0; i < n; i++)
        u[i] = size * from[i < points ? points - i : i - points];
}

/* The first channel makes the others, where its class says how. */
static void couple(rc_series_coupling how, rc_rng *rng, int n, double *u)
{
    int late = (int)(rc_series_between(rng, 0.03, 0.1) * n);
    for (int k = 1; k < RC_SERIES_CHANNELS; k++) {
        double sign = how == RC_SERIES_OPPOSED && k % 2 ? -1 : 1;
        follow(u, how == RC_SERIES_LATE ? k * late : 0, sign, n, u + (size_t)k * (size_t)n);
        rc_series_add_noise(rng, 0.2, n, u + (size_t)k * (size_t)n);
    }
}

/* How sensors see one thing: one sees it; or all do, each with a size of its own and noise; or one among
 * noise. */
static void observe(rc_rng *rng, int n, double *u)
{
    enum { ALONE, ALL, AMONG_NOISE };
    double kind = rc_rng_uniform(rng);
    int how = kind < 0.5 ? ALONE : kind < 0.8 ? ALL : AMONG_NOISE;
    for (int k = 1; k < RC_SERIES_CHANNELS; k++) {
        double *channel = u + (size_t)k * (size_t)n;
        memset(channel, 0, (size_t)n * sizeof *u);
        if (how == ALL)
            follow(u, (int)rc_rng_below(rng, (uint64_t)n / 32), rc_series_between(rng, 0.3, 1), n, channel);
        if (how != ALONE) rc_series_add_noise(rng, how == ALL ? 0.3 : 1, n, channel);
    }
    if (how == ALONE) return; /* which is the first channel: where a model looks that is given only one */
    int with = (int)rc_rng_below(rng, RC_SERIES_CHANNELS);
    for (int i = 0; i < n; i++) {
        double swap = u[i];
        u[i] = u[with * n + i];
        u[with * n + i] = swap;
    }
}

void rc_series_make(const rc_series_class *c, rc_rng *rng, int n, double *u)
{
    for (int k = 0; k < (c->coupling == RC_SERIES_INDEPENDENT ? RC_SERIES_CHANNELS : 1); k++) {
        c->make(c, rng, n, u + (size_t)k * (size_t)n);
        standardise(n, u + (size_t)k * (size_t)n);
    }
    if (c->coupling == RC_SERIES_ANY)
        observe(rng, n, u);
    else if (c->coupling != RC_SERIES_INDEPENDENT)
        couple(c->coupling, rng, n, u);
}

/* ---- the classes ---- */

const rc_series_class rc_series_classes[] = {
    {"sine, 2 to 4 cycles", rc_series_wave, RC_WAVE_SINE, 2, 4, RC_SERIES_ANY},
    {"sine, 4 to 8 cycles", rc_series_wave, RC_WAVE_SINE, 4, 8, RC_SERIES_ANY},
    {"sine, 8 to 16 cycles", rc_series_wave, RC_WAVE_SINE, 8, 16, RC_SERIES_ANY},
    {"sine, 16 to 32 cycles", rc_series_wave, RC_WAVE_SINE, 16, 32, RC_SERIES_ANY},
    {"square wave, 2 to 6 cycles", rc_series_wave, RC_WAVE_SQUARE, 2, 6, RC_SERIES_ANY},
    {"square wave, 6 to 16 cycles", rc_series_wave, RC_WAVE_SQUARE, 6, 16, RC_SERIES_ANY},
    {"triangle wave", rc_series_wave, RC_WAVE_TRIANGLE, 3, 12, RC_SERIES_ANY},
    {"rising sawtooth", rc_series_wave, RC_WAVE_RISING, 3, 12, RC_SERIES_ANY},
    {"falling sawtooth", rc_series_wave, RC_WAVE_FALLING, 3, 12, RC_SERIES_ANY},
    {"sine with its second harmonic", rc_series_wave, RC_WAVE_SECOND, 3, 12, RC_SERIES_ANY},
    {"sine with its third harmonic", rc_series_wave, RC_WAVE_THIRD, 3, 10, RC_SERIES_ANY},
    {"carrier of swaying size", rc_series_modulated, RC_MODULATED_SIZE, 2, 5, RC_SERIES_ANY},
    {"carrier of swaying pitch", rc_series_modulated, RC_MODULATED_PITCH, 2, 5, RC_SERIES_ANY},
    {"beat of two tones", rc_series_modulated, RC_MODULATED_BEAT, 2, 5, RC_SERIES_ANY},
    {"chirp upwards", rc_series_chirp, RC_CHIRP_UP, 3, 5, RC_SERIES_ANY},
    {"chirp downwards", rc_series_chirp, RC_CHIRP_DOWN, 3, 5, RC_SERIES_ANY},
    {"chirp down and up", rc_series_chirp, RC_CHIRP_RETURN, 3, 5, RC_SERIES_ANY},
    {"ringing, slow", rc_series_ringing, 0, 5, 12, RC_SERIES_ANY},
    {"ringing, fast", rc_series_ringing, 0, 14, 32, RC_SERIES_ANY},

    {"blue noise", rc_series_colour, 0, -1.2, -0.8, RC_SERIES_ANY},
    {"white noise", rc_series_colour, 0, -0.1, 0.1, RC_SERIES_ANY},
    {"pink noise", rc_series_colour, 0, 0.8, 1.2, RC_SERIES_ANY},
    {"brown noise", rc_series_colour, 0, 1.8, 2.2, RC_SERIES_ANY},
    {"AR(1), short memory", rc_series_memory, 0, 0.5, 0.7, RC_SERIES_ANY},
    {"AR(1), long memory", rc_series_memory, 0, 0.88, 0.96, RC_SERIES_ANY},
    {"AR(1), alternating", rc_series_memory, 0, -0.9, -0.6, RC_SERIES_ANY},
    {"sharp resonance, slow", rc_series_resonance, RC_RESONANCE_SHARP, 5, 10, RC_SERIES_ANY},
    {"sharp resonance, fast", rc_series_resonance, RC_RESONANCE_SHARP, 14, 28, RC_SERIES_ANY},
    {"broad resonance, slow", rc_series_resonance, RC_RESONANCE_BROAD, 5, 10, RC_SERIES_ANY},
    {"broad resonance, fast", rc_series_resonance, RC_RESONANCE_BROAD, 14, 28, RC_SERIES_ANY},
    {"one burst of noise", rc_series_bursts, RC_BURSTS_ANYWHERE, 1, 1, RC_SERIES_ANY},
    {"some bursts of noise", rc_series_bursts, RC_BURSTS_ANYWHERE, 3, 6, RC_SERIES_ANY},
    {"regular bursts of noise", rc_series_bursts, RC_BURSTS_REGULAR, 3, 6, RC_SERIES_ANY},
    {"growing bursts of noise", rc_series_bursts, RC_BURSTS_GROWING, 4, 7, RC_SERIES_ANY},
    {"few spikes", rc_series_spikes, RC_SPIKES_RANDOM, 2, 5, RC_SERIES_ANY},
    {"many spikes", rc_series_spikes, RC_SPIKES_RANDOM, 12, 25, RC_SERIES_ANY},
    {"regular spikes", rc_series_spikes, RC_SPIKES_REGULAR, 8, 20, RC_SERIES_ANY},
    {"two states, long stays", rc_series_states, RC_STATES_TWO, 4, 9, RC_SERIES_ANY},
    {"two states, short stays", rc_series_states, RC_STATES_TWO, 16, 40, RC_SERIES_ANY},
    {"four states", rc_series_states, RC_STATES_FOUR, 10, 30, RC_SERIES_ANY},
    {"motif of four states", rc_series_states, RC_STATES_MOTIF, 10, 30, RC_SERIES_ANY},
    {"logistic map", rc_series_chaos, 0, 3.7, 4, RC_SERIES_ANY},

    {"bump", rc_series_shapelet, RC_SHAPE_BUMP, 0.06, 0.2, RC_SERIES_ANY},
    {"box", rc_series_shapelet, RC_SHAPE_BOX, 0.06, 0.2, RC_SERIES_ANY},
    {"tent", rc_series_shapelet, RC_SHAPE_TENT, 0.06, 0.2, RC_SERIES_ANY},
    {"ramp up", rc_series_shapelet, RC_SHAPE_RAMP, 0.06, 0.2, RC_SERIES_ANY},
    {"ramp down", rc_series_shapelet, RC_SHAPE_FALL, 0.06, 0.2, RC_SERIES_ANY},
    {"wave packet", rc_series_shapelet, RC_SHAPE_PACKET, 0.06, 0.2, RC_SERIES_ANY},
    {"twin bumps", rc_series_shapelet, RC_SHAPE_TWIN, 0.08, 0.2, RC_SERIES_ANY},
    {"trend upwards", rc_series_change, RC_CHANGE_TREND, 0.7, 2, RC_SERIES_ANY},
    {"trend downwards", rc_series_change, RC_CHANGE_TREND, -2, -0.7, RC_SERIES_ANY},
    {"step upwards", rc_series_change, RC_CHANGE_STEP, 0.7, 2, RC_SERIES_ANY},
    {"step downwards", rc_series_change, RC_CHANGE_STEP, -2, -0.7, RC_SERIES_ANY},
    {"stairs", rc_series_change, RC_CHANGE_STAIRS, 1.5, 3, RC_SERIES_ANY},
    {"saturation", rc_series_change, RC_CHANGE_SATURATION, 1, 3, RC_SERIES_ANY},
    {"change of spread", rc_series_change, RC_CHANGE_SPREAD, 1, 3, RC_SERIES_ANY},
    {"change of pitch", rc_series_change, RC_CHANGE_PITCH, 0.7, 1.5, RC_SERIES_ANY},
    {"one season", rc_series_season, RC_SEASON_ROUND, 1, 1, RC_SERIES_ANY},
    {"one season with a plateau", rc_series_season, RC_SEASON_FLAT, 1, 1, RC_SERIES_ANY},
    {"two seasons", rc_series_season, RC_SEASON_ROUND, 2, 2, RC_SERIES_ANY},

    {"heart, slow", rc_series_heart, RC_HEART_REGULAR, 3, 6, RC_SERIES_ANY},
    {"heart, fast", rc_series_heart, RC_HEART_REGULAR, 7, 12, RC_SERIES_ANY},
    {"heart, irregular", rc_series_heart, RC_HEART_IRREGULAR, 3, 8, RC_SERIES_ANY},
    {"heart with an extra beat", rc_series_heart, RC_HEART_EXTRA, 4, 8, RC_SERIES_ANY},
    {"pulse", rc_series_pulse, 0, 4, 10, RC_SERIES_ANY},
    {"breath", rc_series_breath, RC_BREATH_REGULAR, 4, 12, RC_SERIES_ANY},
    {"breath that pauses", rc_series_breath, RC_BREATH_PAUSE, 4, 12, RC_SERIES_ANY},
    {"spindle in slow noise", rc_series_spindle, 0, 20, 32, RC_SERIES_ANY},

    {"channels alike", rc_series_colour, 0, 1, 2, RC_SERIES_EQUAL},
    {"channels opposed", rc_series_colour, 0, 1, 2, RC_SERIES_OPPOSED},
    {"channels one after another", rc_series_colour, 0, 1, 2, RC_SERIES_LATE},
    {"channels independent", rc_series_colour, 0, 1, 2, RC_SERIES_INDEPENDENT},
};
const int rc_series_class_count = sizeof rc_series_classes / sizeof *rc_series_classes;
