/* The data set of labelled series: x [3,R], y: the class. */
#include <math.h>

#include "base/memory.h"
#include "generators/generator.h"
#include "generators/series.h"

enum { NOISE, SHORTEST };
static const rc_parameter parameters[] = {
    {"noise", 0.5, 0, 10, "largest deviation of added noise; a series has 1"},
    {"shortest", 0.2, 0.01, 1, "share of the resolution that the shortest series are made with"},
    {NULL, 0, 0, 0, NULL}};

enum { MIN_POINTS = 64, CHANNELS = RC_SERIES_CHANNELS };

typedef struct worker {
    int r;
    double noise, shortest;
    double *u; /* [CHANNELS, r] */
} worker;

static void close_worker(void *context)
{
    worker *w = context;
    rc_free(w->u);
    rc_free(w);
}

static rc_status open_worker(const rc_generate_options *o, void **out)
{
    worker *w;
    RC_TRY(RC_NEW(&w, 1));
    *out = w;
    *w = (worker){.r = (int)o->resolution, .noise = o->parameter[NOISE], .shortest = o->parameter[SHORTEST]};
    return RC_NEW(&w->u, CHANNELS * o->resolution);
}

/* Half of the series are made as long as they are written, the others with fewer points. */
static int draw_length(const worker *w, rc_rng *rng)
{
    double share = rc_rng_uniform(rng) < 0.5 ? 1 : exp(rc_series_between(rng, log(w->shortest), 0));
    int n = (int)(share * w->r);
    return n > MIN_POINTS ? n : w->r < MIN_POINTS ? w->r : MIN_POINTS;
}

/* n points as r, by straight lines. */
static void stretch(const double *u, int n, double size, double level, int r, float *x)
{
    for (int i = 0; i < r; i++) {
        double at = (double)i * (n - 1) / (r - 1);
        int k = (int)at < n - 1 ? (int)at : n - 1, next = k + 1 < n ? k + 1 : k;
        x[i] = (float)(level + size * (u[k] + (at - k) * (u[next] - u[k])));
    }
}

static rc_status sample(void *context, rc_rng *rng, float *x, float *y)
{
    worker *w = context;
    int label = (int)rc_rng_below(rng, (uint64_t)rc_series_class_count), n = draw_length(w, rng);
    double noise = w->noise * rc_rng_uniform(rng) * rc_rng_uniform(rng);
    double size = exp(0.4 * rc_rng_normal(rng)), level = 0.5 * rc_rng_normal(rng);
    rc_series_make(&rc_series_classes[label], rng, n, w->u);
    for (int k = 0; k < CHANNELS; k++) {
        rc_series_add_noise(rng, noise, n, w->u + k * n);
        stretch(w->u + k * n, n, size, level, w->r, x + (int64_t)k * w->r);
    }
    *y = (float)label;
    return RC_OK;
}

static rc_status describe(const rc_generate_options *o, rc_string *out)
{
    RC_TRY(rc_string_printf(
        out,
        "# Labelled series\n\nSeries of %d classes, made up rather than measured (docs/generators.md): three "
        "channels of %lld points.\nPeriod, phase, place, size, level, noise, and the number of points before "
        "stretching are drawn anew for each.\nThe classes, from 0:\n",
        rc_series_class_count, (long long)o->resolution));
    for (int i = 0; i < rc_series_class_count; i++)
        RC_TRY(rc_string_printf(out, "\n%d. %s", i, rc_series_classes[i].name));
    return rc_string_printf(out, "\n");
}

extern const rc_generator rc__series;
const rc_generator rc__series = {.name = "series",
                                 .about = "labelled series of many families, 3 channels",
                                 .n_train = 5000,
                                 .n_test = 1000,
                                 .resolution = 512,
                                 .min = 32,
                                 .max = 16384,
                                 .parameters = parameters,
                                 .dims = 1,
                                 .x_channels = CHANNELS,
                                 .labels = true,
                                 .open = open_worker,
                                 .sample = sample,
                                 .close = close_worker,
                                 .describe = describe};
