/* generators/series.h: labelled series of many families, made up rather than measured: waves, noises, shapes,
 * and signals like those of a body. A class is a family with a range of its parameter; period, phase, place
 * and width are drawn anew for each series, so that only what the class is about tells it from another. */
#ifndef RC_GENERATORS_SERIES_H
#define RC_GENERATORS_SERIES_H

#include "base/rng.h"

/* How the channels of a class are related; of most classes that says nothing, and is drawn. */
typedef enum rc_series_coupling {
    RC_SERIES_ANY,
    RC_SERIES_EQUAL,
    RC_SERIES_OPPOSED,
    RC_SERIES_LATE, /* each a share of the length behind the one before */
    RC_SERIES_INDEPENDENT
} rc_series_coupling;

typedef struct rc_series_class rc_series_class;
struct rc_series_class {
    const char *name;
    /* u [n], n >= 32, of any level and scale. */
    void (*make)(const rc_series_class *c, rc_rng *rng, int n, double *u);
    int variant;     /* of the family */
    double from, to; /* the range of its parameter: cycles, an exponent ... */
    rc_series_coupling coupling;
};

extern const rc_series_class rc_series_classes[];
extern const int rc_series_class_count;

/* u [channels, n] of a class, standardised as a whole. */
enum { RC_SERIES_CHANNELS = 3 };
void rc_series_make(const rc_series_class *c, rc_rng *rng, int n, double *u);

/* ---- families, by file; the parameter in brackets ---- */
enum {
    RC_WAVE_SINE,
    RC_WAVE_SQUARE,
    RC_WAVE_TRIANGLE,
    RC_WAVE_RISING,
    RC_WAVE_FALLING,
    RC_WAVE_SECOND,
    RC_WAVE_THIRD
};
void rc_series_wave(const rc_series_class *c, rc_rng *rng, int n, double *u); /* (cycles) */
enum { RC_MODULATED_SIZE, RC_MODULATED_PITCH, RC_MODULATED_BEAT };
void rc_series_modulated(const rc_series_class *c, rc_rng *rng, int n,
                         double *u); /* (cycles of the modulation) */
enum { RC_CHIRP_UP, RC_CHIRP_DOWN, RC_CHIRP_RETURN };
void rc_series_chirp(const rc_series_class *c, rc_rng *rng, int n,
                     double *u); /* (cycles where it is slowest) */
void rc_series_ringing(const rc_series_class *c, rc_rng *rng, int n, double *u); /* (cycles) */

void rc_series_colour(const rc_series_class *c, rc_rng *rng, int n,
                      double *u); /* (exponent a of a power f^-a) */
void rc_series_memory(const rc_series_class *c, rc_rng *rng, int n, double *u); /* (coefficient of AR(1)) */
enum { RC_RESONANCE_SHARP, RC_RESONANCE_BROAD };
void rc_series_resonance(const rc_series_class *c, rc_rng *rng, int n, double *u); /* (cycles of AR(2)) */
enum { RC_BURSTS_ANYWHERE, RC_BURSTS_REGULAR, RC_BURSTS_GROWING };
void rc_series_bursts(const rc_series_class *c, rc_rng *rng, int n, double *u); /* (how many) */
enum { RC_SPIKES_RANDOM, RC_SPIKES_REGULAR };
void rc_series_spikes(const rc_series_class *c, rc_rng *rng, int n, double *u); /* (how many) */
enum { RC_STATES_TWO, RC_STATES_FOUR, RC_STATES_MOTIF };
void rc_series_states(const rc_series_class *c, rc_rng *rng, int n, double *u); /* (how many stays) */
void rc_series_chaos(const rc_series_class *c, rc_rng *rng, int n, double *u);  /* (r of the logistic map) */

enum {
    RC_SHAPE_BUMP,
    RC_SHAPE_BOX,
    RC_SHAPE_TENT,
    RC_SHAPE_RAMP,
    RC_SHAPE_PACKET,
    RC_SHAPE_TWIN,
    RC_SHAPE_FALL
};
void rc_series_shapelet(const rc_series_class *c, rc_rng *rng, int n, double *u); /* (width, of the length) */
enum {
    RC_CHANGE_TREND,
    RC_CHANGE_STEP,
    RC_CHANGE_STAIRS,
    RC_CHANGE_SPREAD,
    RC_CHANGE_PITCH,
    RC_CHANGE_SATURATION
};
void rc_series_change(const rc_series_class *c, rc_rng *rng, int n, double *u); /* (sign or size) */
enum { RC_SEASON_ROUND, RC_SEASON_FLAT };
void rc_series_season(const rc_series_class *c, rc_rng *rng, int n, double *u); /* (seasons) */

enum { RC_HEART_REGULAR, RC_HEART_IRREGULAR, RC_HEART_EXTRA };
void rc_series_heart(const rc_series_class *c, rc_rng *rng, int n, double *u); /* (beats) */
void rc_series_pulse(const rc_series_class *c, rc_rng *rng, int n, double *u); /* (beats) */
enum { RC_BREATH_REGULAR, RC_BREATH_PAUSE };
void rc_series_breath(const rc_series_class *c, rc_rng *rng, int n, double *u);  /* (breaths) */
void rc_series_spindle(const rc_series_class *c, rc_rng *rng, int n, double *u); /* (cycles) */

/* ---- what they share ---- */
double rc_series_between(rc_rng *rng, double from, double to);
/* The parameter of a class; by its logarithm, where both ends are positive. */
double rc_series_drawn(const rc_series_class *c, rc_rng *rng);
#define RC_SERIES_TURN 6.28318530717958647692
double rc_series_bell(double x); /* exp(-x^2 / 2) */
void rc_series_add_noise(rc_rng *rng, double deviation, int n, double *u);

#endif
