/* The shallow-water set of PDEBench, a dam that breaks in a circle: x: the depth at the start [1,R,R], y:
 * later [1,R,R]. */
#include "base/memory.h"
#include "generators/generator.h"
#include "generators/shallow_water.h"

enum { GRAVITY, INSIDE, TIME };
static const rc_parameter parameters[] = {{"gravity", 1, 1e-3, 100, "g"},
                                          {"inside", 2, 1e-3, 100, "depth inside the dam; 1 outside"},
                                          {"time", 1, 1e-3, 100, "time of y"},
                                          {NULL, 0, 0, 0, NULL}};
static const double HALF_SIDE = 2.5, MIN_RADIUS = 0.3, MAX_RADIUS = 0.7;

typedef struct worker {
    int n;
    double inside, time;
    rc_shallow_water_solver *solver;
    double *w; /* [3,n,n] */
} worker;

static void close_worker(void *context)
{
    worker *w = context;
    rc_shallow_water_solver_destroy(&w->solver);
    rc_free(w->w);
    rc_free(w);
}

static rc_status open_worker(const rc_generate_options *o, void **out)
{
    worker *w;
    RC_TRY(RC_NEW(&w, 1));
    *out = w;
    *w = (worker){.n = (int)o->resolution, .inside = o->parameter[INSIDE], .time = o->parameter[TIME]};
    RC_TRY(RC_NEW(&w->w, 3 * (int64_t)w->n * w->n));
    return rc_shallow_water_solver_create(w->n, w->n, 2 * HALF_SIDE / w->n, o->parameter[GRAVITY],
                                          &w->solver);
}

static rc_status sample(void *context, rc_rng *rng, float *x, float *y)
{
    worker *w = context;
    int n = w->n, cells = n * n;
    double radius = MIN_RADIUS + (MAX_RADIUS - MIN_RADIUS) * rc_rng_uniform(rng), dx = 2 * HALF_SIDE / n;
    for (int i = 0; i < cells; i++) {
        double px = (i % n + 0.5) * dx - HALF_SIDE, py = ((double)(i / n) + 0.5) * dx - HALF_SIDE;
        w->w[i] = px * px + py * py <= radius * radius ? w->inside : 1;
        w->w[cells + i] = w->w[2 * cells + i] = 0;
        x[i] = (float)w->w[i];
    }
    RC_TRY(rc_shallow_water_solver_run(w->solver, w->time, w->w));
    for (int i = 0; i < cells; i++)
        y[i] = (float)w->w[i];
    return RC_OK;
}

static rc_status describe(const rc_generate_options *o, rc_string *out)
{
    return rc_string_printf(out,
                            "# Shallow water, a circular dam break\n\nThe two-dimensional shallow-water "
                            "equations over a flat bottom, g = "
                            "%g, on [-2.5, 2.5]^2 with open boundaries\n(PDEBench, Takamoto et al., NeurIPS "
                            "2022). At the start the water "
                            "rests, %g deep inside a circle of radius 0.3 to 0.7\nround the middle and 1 "
                            "outside. Finite volumes of second "
                            "order (monotonized central limiter, HLLC, Heun's step) on\n%lld x %lld cells. "
                            "x: depth at time 0; y: depth at "
                            "time %g.\n",
                            o->parameter[GRAVITY], o->parameter[INSIDE], (long long)o->resolution,
                            (long long)o->resolution, o->parameter[TIME]);
}

extern const rc_generator rc__shallow_water;
const rc_generator rc__shallow_water = {.name = "shallow-water",
                                        .about = "shallow water, circular dam break, 2-D (PDEBench)",
                                        .n_train = 900,
                                        .n_test = 100,
                                        .resolution = 128,
                                        .min = 8,
                                        .max = 1024,
                                        .parameters = parameters,
                                        .dims = 2,
                                        .x_channels = 1,
                                        .y_channels = 1,
                                        .open = open_worker,
                                        .sample = sample,
                                        .close = close_worker,
                                        .describe = describe};
