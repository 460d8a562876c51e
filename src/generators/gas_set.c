/* The one-dimensional compressible flow of PDEBench: x: density, pressure and velocity at the start [3,R], y:
 * later [3,R]. */
#include <math.h>

#include "base/memory.h"
#include "generators/gas.h"
#include "generators/generator.h"
#include "generators/waves.h"

enum { ETA, ZETA, TIME };
static const rc_parameter parameters[] = {
    {"eta", 0.1, 0, 10, "shear viscosity; 0 for both: Euler's equations"},
    {"zeta", 0.1, 0, 10, "bulk viscosity"},
    {"time", 1, 1e-6, 100, "time of y"},
    {NULL, 0, 0, 0, NULL}};
enum { MODES = 3, FIELDS = 3 };
static const double LENGTH = 2, GAMMA = 5.0 / 3;

typedef struct worker {
    int n;
    double time;
    rc_gas_solver *solver;
    double *w; /* density, velocity, pressure [3,n] */
} worker;

static void close_worker(void *context)
{
    worker *w = context;
    rc_gas_solver_destroy(&w->solver);
    rc_free(w->w);
    rc_free(w);
}

static rc_status open_worker(const rc_generate_options *o, void **out)
{
    worker *w;
    rc_gas gas = {.length = LENGTH,
                  .gamma = GAMMA,
                  .viscosity = 4.0 / 3 * o->parameter[ETA] + o->parameter[ZETA],
                  .periodic = true};
    RC_TRY(RC_NEW(&w, 1));
    *out = w;
    *w = (worker){.n = (int)o->resolution, .time = o->parameter[TIME]};
    RC_TRY(RC_NEW(&w->w, FIELDS * (int64_t)w->n));
    return rc_gas_solver_create(w->n, &gas, &w->solver);
}

static double log_uniform(rc_rng *rng, double min, double max)
{
    return min * pow(max / min, rc_rng_uniform(rng));
}

/* Waves scaled into [b, b + m], b and m drawn on a logarithmic scale from [min, max]. */
static void positive_waves(const rc_wave_options *o, rc_rng *rng, double min, double max, int n, double *u)
{
    rc_waves(o, rng, n, u);
    rc_waves_to_unit(n, u);
    double range = log_uniform(rng, min, max), base = log_uniform(rng, min, max);
    for (int i = 0; i < n; i++)
        u[i] = base + range * u[i];
}

/* Files hold density, pressure, velocity. */
static void keep(const worker *w, float *out)
{
    static const int place[FIELDS] = {0, 2, 1};
    for (int f = 0; f < FIELDS; f++)
        for (int i = 0; i < w->n; i++)
            out[place[f] * w->n + i] = (float)w->w[f * w->n + i];
}

static rc_status sample(void *context, rc_rng *rng, float *x, float *y)
{
    worker *w = context;
    int n = w->n;
    rc_wave_options o = {.modes = MODES, .left = -1, .length = LENGTH, .window = 0.5};
    positive_waves(&o, rng, 1, 10, n, w->w);
    positive_waves(&o, rng, 10, 100, n, w->w + 2 * n);
    rc_waves(&o, rng, n, w->w + n);
    keep(w, x);
    RC_TRY(rc_gas_solver_run(w->solver, w->time, w->w));
    keep(w, y);
    return RC_OK;
}

static rc_status describe(const rc_generate_options *o, rc_string *out)
{
    return rc_string_printf(out,
                            "# Compressible flow, 1-D\n\nEuler's equations of an ideal gas, gamma = 5/3, "
                            "with the viscous stress (4/3 eta + "
                            "zeta) density u_x, eta = %g, zeta = %g,\non [-1, 1], periodic (PDEBench, "
                            "Takamoto et al., NeurIPS 2022). At "
                            "the start density, pressure and velocity are sums of\nsines, two wave numbers "
                            "of 1 to 3 drawn at random; one in "
                            "ten is replaced by its absolute value, one in two by its\nnegative, one in two "
                            "is cut by a window; density and "
                            "pressure are scaled to [b, b + m] with b and m in [1, 10] and\n[10, 100]. "
                            "Finite volumes of second order "
                            "(monotonized central limiter, HLLC, Heun's step) on %lld cells, "
                            "viscosity\nimplicit, Strang splitting. x: "
                            "density, pressure, velocity at time 0; y: the same at time %g.\n",
                            o->parameter[ETA], o->parameter[ZETA], (long long)o->resolution,
                            o->parameter[TIME]);
}

extern const rc_generator rc__euler;
const rc_generator rc__euler = {.name = "euler",
                                .about = "compressible flow, 1-D, inviscid with eta=0, zeta=0 (PDEBench)",
                                .n_train = 1000,
                                .n_test = 100,
                                .resolution = 1024,
                                .min = 16,
                                .max = 16384,
                                .parameters = parameters,
                                .dims = 1,
                                .x_channels = FIELDS,
                                .y_channels = FIELDS,
                                .open = open_worker,
                                .sample = sample,
                                .close = close_worker,
                                .describe = describe};
