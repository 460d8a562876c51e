/* What each family of series is about, as it can be measured: spectra, counts, signs, shapes, and how
 * channels hang together. */
#include "check.h"

#include <stdbool.h>

#include "generators/series.h"

enum { N = 512, DRAWS = 24 };
static const double TURN = 6.28318530717958647692;
static double u[RC_SERIES_CHANNELS * N];

static const rc_series_class *class_of(const char *name)
{
    for (int i = 0; i < rc_series_class_count; i++)
        if (strcmp(rc_series_classes[i].name, name) == 0) return &rc_series_classes[i];
    fprintf(stderr, "no class is called %s\n", name);
    exit(1);
}

/* Draw k of a class, one channel, without what is done to all classes. */
static void draw(const rc_series_class *c, int k)
{
    rc_rng rng = rc_rng_make(7, c->name, (uint64_t)k);
    c->make(c, &rng, N, u);
}

/* ---- measures ---- */

static double power(const double *x, int cycles)
{
    double re = 0, im = 0;
    for (int i = 0; i < N; i++) {
        re += x[i] * cos(TURN * cycles * i / N);
        im += x[i] * sin(TURN * cycles * i / N);
    }
    return (re * re + im * im) / N;
}

static int strongest(const double *x)
{
    int at = 1;
    for (int k = 2; k < N / 8; k++)
        if (power(x, k) > power(x, at)) at = k;
    return at;
}

static double mean(const double *x, int from, int to)
{
    double sum = 0;
    for (int i = from; i < to; i++)
        sum += x[i] / (to - from);
    return sum;
}

/* Of x[i] and y[i + lag]. */
static double correlation(const double *x, const double *y, int lag)
{
    double mx = mean(x, 0, N - lag), my = mean(y, lag, N), xy = 0, xx = 0, yy = 0;
    for (int i = 0; i + lag < N; i++) {
        xy += (x[i] - mx) * (y[i + lag] - my);
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i + lag] - my) * (y[i + lag] - my);
    }
    return xy / sqrt(xx * yy);
}

static double moment(const double *x, int from, int to, int order)
{
    double m = mean(x, from, to), sum = 0;
    for (int i = from; i < to; i++)
        sum += pow(x[i] - m, order) / (to - from);
    return sum;
}

static double kurtosis(const double *x)
{
    return moment(x, 0, N, 4) / pow(moment(x, 0, N, 2), 2);
}

/* Over 16 points. */
static void smooth(void)
{
    double over[N];
    for (int i = 0; i < N; i++)
        over[i] = mean(u, i < 8 ? 0 : i - 8, i + 8 > N ? N : i + 8);
    memcpy(u, over, sizeof over);
}

/* Times it passes `level` upwards. */
static int passes(const double *x, double level, int from, int to)
{
    int count = 0;
    for (int i = from + 1; i < to; i++)
        count += x[i - 1] < level && x[i] >= level;
    return count;
}

static double of_draws(const char *name, double (*measure)(void))
{
    double sum = 0;
    for (int k = 0; k < DRAWS; k++) {
        draw(class_of(name), k);
        sum += measure() / DRAWS;
    }
    return sum;
}

/* ---- waves ---- */

TEST(sines_have_the_cycles_of_their_class)
{
    static const char *const name[] = {"sine, 2 to 4 cycles", "sine, 4 to 8 cycles", "sine, 8 to 16 cycles",
                                       "sine, 16 to 32 cycles"};
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 10; k++) {
            draw(class_of(name[i]), k);
            int at = strongest(u);
            CHECK(at >= (2 << i) - 1 && at <= (4 << i) + 1);
        }
}

/* A class with whole cycles, so that harmonics fall on whole numbers. */
static double harmonic(int shape, int times)
{
    rc_series_class c = {.name = "whole", .variant = shape, .from = 8, .to = 8};
    rc_rng rng = rc_rng_make(1, "whole", 0);
    rc_series_wave(&c, &rng, N, u);
    return sqrt(power(u, 8 * times) / power(u, 8));
}

TEST(shapes_of_waves_have_their_harmonics)
{
    NEAR(harmonic(RC_WAVE_SINE, 3), 0, 1e-9);
    NEAR(harmonic(RC_WAVE_SQUARE, 3), 1.0 / 3, 0.02);
    NEAR(harmonic(RC_WAVE_TRIANGLE, 3), 1.0 / 9, 0.01);
    NEAR(harmonic(RC_WAVE_TRIANGLE, 2), 0, 1e-9);
    NEAR(harmonic(RC_WAVE_RISING, 2), 1.0 / 2, 0.02);
    NEAR(harmonic(RC_WAVE_SECOND, 2), 0.7, 1e-9);
    NEAR(harmonic(RC_WAVE_THIRD, 3), 0.7, 1e-9);
}

static double rises(void)
{
    int up = 0;
    for (int i = 1; i < N; i++)
        up += u[i] > u[i - 1];
    return (double)up / N;
}

/* Passes through the mean in the second half for each in the first. */
static double quickens(void)
{
    return (double)passes(u, 0, N / 2, N) / fmax(1, passes(u, 0, 0, N / 2));
}

static double quickens_smoothly(void)
{
    smooth();
    return quickens();
}

static double fades(void)
{
    return moment(u, 3 * N / 4, N, 2) / moment(u, 0, N, 2);
}

TEST(saws_and_chirps_have_a_direction)
{
    CHECK(of_draws("rising sawtooth", rises) > 0.9 && of_draws("falling sawtooth", rises) < 0.1);
    CHECK(of_draws("chirp upwards", quickens) > 1.3);
    CHECK(of_draws("chirp downwards", quickens) < 0.8);
    NEAR(of_draws("chirp down and up", quickens), 1, 0.2);
    CHECK(of_draws("ringing, fast", fades) < 0.5);
}

/* ---- noises ---- */

/* Minus the slope of log power over log frequency. */
static double exponent(const char *name)
{
    double p[N / 8] = {0}, x = 0, y = 0, xx = 0, xy = 0, count = 0;
    for (int k = 0; k < DRAWS; k++) {
        draw(class_of(name), k);
        for (int f = 4; f < N / 8; f++)
            p[f] += power(u, f);
    }
    for (int f = 4; f < N / 8; f++, count++) {
        x += log(f);
        y += log(p[f]);
        xx += log(f) * log(f);
        xy += log(f) * log(p[f]);
    }
    return -(xy - x * y / count) / (xx - x * x / count);
}

static double remembers(void)
{
    return correlation(u, u, 1);
}

TEST(noises_have_their_colours)
{
    NEAR(exponent("blue noise"), -1, 0.15);
    NEAR(exponent("white noise"), 0, 0.15);
    NEAR(exponent("pink noise"), 1, 0.15);
    NEAR(exponent("brown noise"), 2, 0.2);
    NEAR(of_draws("AR(1), short memory", remembers), 0.6, 0.05);
    NEAR(of_draws("AR(1), long memory", remembers), 0.91, 0.03);
    NEAR(of_draws("AR(1), alternating", remembers), -0.75, 0.05);
}

/* The share of its power that lies within a quarter of the strongest frequency. */
static double concentrated(void)
{
    double near = 0, all = 0;
    int at = strongest(u);
    for (int f = 1; f < N / 2; f++) {
        double p = power(u, f);
        all += p;
        if (abs(f - at) <= at / 4) near += p;
    }
    return near / all;
}

static double tone(void)
{
    return strongest(u);
}

TEST(resonances_are_sharp_or_broad)
{
    double slow = of_draws("sharp resonance, slow", tone), fast = of_draws("sharp resonance, fast", tone);
    CHECK(slow > 5 && slow < 10 && fast > 14 && fast < 28);
    CHECK(of_draws("sharp resonance, fast", concentrated) > 0.75);
    CHECK(of_draws("broad resonance, fast", concentrated) < 0.65);
}

static double tails(void)
{
    return kurtosis(u);
}

static double grows(void)
{
    return moment(u, N / 2, N, 2) / moment(u, 0, N / 2, 2);
}

static double spikes(void)
{
    return passes(u, 0.5, 0, N);
}

static double changes(void)
{
    int count = 0;
    for (int i = 1; i < N; i++)
        count += u[i] != u[i - 1];
    return count;
}

TEST(bursts_spikes_and_states_can_be_counted)
{
    NEAR(of_draws("white noise", tails), 3, 0.3);
    CHECK(of_draws("one burst of noise", tails) > 4);
    CHECK(of_draws("growing bursts of noise", grows) > 1.5);
    NEAR(of_draws("regular bursts of noise", grows), 1, 0.3);
    CHECK(of_draws("many spikes", spikes) > 2.5 * of_draws("few spikes", spikes));
    CHECK(of_draws("two states, short stays", changes) > 2.5 * of_draws("two states, long stays", changes));
    for (int k = 0; k < DRAWS; k++) {
        draw(class_of("motif of four states"), k);
        int stays = (int)changes() + 1;
        CHECK(stays >= 10 && stays <= 31);
    }
}

TEST(the_logistic_map_is_one)
{
    draw(class_of("logistic map"), 0);
    double r = u[1] / (u[0] * (1 - u[0]));
    CHECK(r >= 3.7 && r <= 4);
    for (int i = 1; i < N; i++)
        NEAR(u[i] / (u[i - 1] * (1 - u[i - 1])), r, 1e-9);
}

/* ---- shapes ---- */

static double halves(void)
{
    return mean(u, N / 2, N) - mean(u, 0, N / 2);
}

/* Of the rise from the first to the last eighth, what comes in the first half. */
static double early_rise(void)
{
    double start = mean(u, 0, N / 8), middle = mean(u, 7 * N / 16, 9 * N / 16), end = mean(u, 7 * N / 8, N);
    return (middle - start) / (end - start);
}

/* The steepest slope over a few points, with its sign. */
static double steepest(void)
{
    double max = 0;
    for (int i = 4; i < N - 4; i++) {
        double step = mean(u, i, i + 4) - mean(u, i - 4, i);
        if (fabs(step) > fabs(max)) max = step;
    }
    return max;
}

TEST(shapes_and_changes_have_a_direction)
{
    CHECK(of_draws("trend upwards", halves) > 0.3 && of_draws("trend downwards", halves) < -0.3);
    CHECK(of_draws("step upwards", halves) > 0.3 && of_draws("step downwards", halves) < -0.3);
    CHECK(of_draws("stairs", halves) > 0.5);
    CHECK(of_draws("saturation", early_rise) > 0.8);
    NEAR(of_draws("trend upwards", early_rise), 0.5, 0.15);
    CHECK(of_draws("ramp up", steepest) < -0.5 && of_draws("ramp down", steepest) > 0.5);
    NEAR(of_draws("tent", steepest), 0, 0.2);
    CHECK(of_draws("change of spread", grows) > 1.5);
    CHECK(of_draws("change of pitch", quickens_smoothly) > 1.15);
}

static double plateau(void)
{
    int high = 0;
    for (int i = 0; i < N; i++)
        high += u[i] > 0.6;
    return (double)high / N;
}

static double seasons(void)
{
    smooth();
    return passes(u, 0.4, 0, N);
}

TEST(seasons_can_be_counted)
{
    NEAR(of_draws("one season", seasons), 1, 0.15);
    NEAR(of_draws("two seasons", seasons), 2, 0.15);
    CHECK(of_draws("one season with a plateau", plateau) > 1.5 * of_draws("one season", plateau));
}

/* ---- as of a body ---- */

/* Beats, by what stands out; their intervals' deviation as a share of their mean. */
static double irregular(void)
{
    double last = -1, interval[64] = {0};
    int count = 0;
    double size = 0;
    for (int i = 0; i < N; i++)
        size = fmax(size, fabs(u[i]));
    for (int i = 1; i < N && count < 64; i++)
        if (fabs(u[i - 1]) < 0.6 * size && fabs(u[i]) >= 0.6 * size) {
            if (last >= 0) interval[count++] = i - last;
            last = i;
        }
    double m = 0, squares = 0;
    for (int i = 0; i < count; i++)
        m += interval[i] / count;
    for (int i = 0; i < count; i++)
        squares += (interval[i] - m) * (interval[i] - m) / count;
    return count > 1 ? sqrt(squares) / m : 0;
}

/* The longest time without a rise to the middle, as a share. */
static double longest_pause(void)
{
    int longest = 0, since = 0;
    for (int i = 0; i < N; i++, since++) {
        if (u[i] > 0.3) since = 0;
        if (since > longest) longest = since;
    }
    return (double)longest / N;
}

static double swells(void)
{
    double max = 0, all = 0;
    for (int part = 0; part < 8; part++) {
        double sum = 0;
        for (int i = part * N / 8 + 1; i < (part + 1) * N / 8; i++)
            sum += (u[i] - u[i - 1]) * (u[i] - u[i - 1]);
        all += sum / 8;
        max = fmax(max, sum);
    }
    return max / all;
}

TEST(hearts_beat_and_breaths_pause)
{
    CHECK(of_draws("heart, slow", irregular) < 0.08);
    CHECK(of_draws("heart, irregular", irregular) > 0.12);
    CHECK(of_draws("heart with an extra beat", irregular) > 0.1);
    for (int k = 0; k < DRAWS; k++) {
        draw(class_of("pulse"), k);
        int beats = strongest(u);
        CHECK(beats >= 3 && beats <= 22); /* or the second harmonic */
    }
    CHECK(of_draws("breath that pauses", longest_pause) > 0.2);
    CHECK(of_draws("breath", longest_pause) < 0.12);
    CHECK(of_draws("spindle in slow noise", swells) > 1.25 * of_draws("pink noise", swells));
}

/* ---- channels ---- */

static double coupled(const char *name, int lag)
{
    double sum = 0;
    for (int k = 0; k < DRAWS; k++) {
        rc_rng rng = rc_rng_make(3, name, (uint64_t)k);
        rc_series_make(class_of(name), &rng, N, u);
        double best = correlation(u, u + N, 0);
        for (int i = 1; i <= lag; i++)
            best = fmax(best, correlation(u, u + N, i));
        sum += best / DRAWS;
    }
    return sum;
}

TEST(channels_hang_together_as_their_class_says)
{
    CHECK(coupled("channels alike", 0) > 0.95);
    CHECK(coupled("channels opposed", 0) < -0.95);
    NEAR(coupled("channels independent", 0), 0, 0.2);
    CHECK(coupled("channels one after another", N / 8) > 0.9);
    CHECK(coupled("channels one after another", 0) < 0.8);
}

TEST(every_class_is_finite_at_every_length)
{
    for (int i = 0; i < rc_series_class_count; i++)
        for (int n = 32; n <= N; n *= 4) {
            double max = 0;
            rc_rng rng = rc_rng_make(5, "lengths", (uint64_t)i);
            rc_series_make(&rc_series_classes[i], &rng, n, u);
            for (int k = 0; k < RC_SERIES_CHANNELS; k++) {
                CHECK(isfinite(moment(u + k * n, 0, n, 2)));
                max = fmax(max, moment(u + k * n, 0, n, 2));
            }
            CHECK(max > 0.5 && max < 3);
        }
}

int main(void)
{
    RUN(sines_have_the_cycles_of_their_class);
    RUN(shapes_of_waves_have_their_harmonics);
    RUN(saws_and_chirps_have_a_direction);
    RUN(noises_have_their_colours);
    RUN(resonances_are_sharp_or_broad);
    RUN(bursts_spikes_and_states_can_be_counted);
    RUN(the_logistic_map_is_one);
    RUN(shapes_and_changes_have_a_direction);
    RUN(seasons_can_be_counted);
    RUN(hearts_beat_and_breaths_pause);
    RUN(channels_hang_together_as_their_class_says);
    RUN(every_class_is_finite_at_every_length);
    return RESULT();
}
