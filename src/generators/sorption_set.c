/* The diffusion-sorption set of PDEBench: x: the first frame [1,R] (one number everywhere, by construction),
 * y: a later one [1,R]. */
#include <math.h>

#include "base/memory.h"
#include "generators/generator.h"
#include "generators/sorption.h"

enum { DIFFUSION, TIME };
/* Steps grow to twice the mean. */
static const double MIN_STEPS = 200, LONGEST_MEAN_STEP = 2.5;
static const rc_parameter parameters[] = {
    {"diffusion", 5e-4, 1e-8, 1, "D"}, {"time", 500, 1e-3, 1e5, "time of y"}, {NULL, 0, 0, 0, NULL}};
static const double MAX_START = 0.2;

static int steps_to(double time)
{
    return (int)fmax(MIN_STEPS, ceil(time / LONGEST_MEAN_STEP));
}

typedef struct worker {
    int n;
    double time;
    rc_sorption_solver *solver;
    double *u;
} worker;

static void close_worker(void *context)
{
    worker *w = context;
    rc_sorption_solver_destroy(&w->solver);
    rc_free(w->u);
    rc_free(w);
}

static rc_status open_worker(const rc_generate_options *o, void **out)
{
    worker *w;
    rc_sorption p = rc_sorption_published();
    p.diffusion = o->parameter[DIFFUSION];
    RC_TRY(RC_NEW(&w, 1));
    *out = w;
    *w = (worker){.n = (int)o->resolution, .time = o->parameter[TIME]};
    RC_TRY(RC_NEW(&w->u, w->n));
    return rc_sorption_solver_create(w->n, &p, &w->solver);
}

static rc_status sample(void *context, rc_rng *rng, float *x, float *y)
{
    worker *w = context;
    double start = MAX_START * rc_rng_uniform(rng);
    for (int i = 0; i < w->n; i++) {
        w->u[i] = start;
        x[i] = (float)start;
    }
    RC_TRY(rc_sorption_solver_run(w->solver, w->time, steps_to(w->time), w->u));
    for (int i = 0; i < w->n; i++)
        y[i] = (float)w->u[i];
    return RC_OK;
}

static rc_status describe(const rc_generate_options *o, rc_string *out)
{
    return rc_string_printf(out,
                            "# Diffusion-sorption\n\nR(u) u_t = %g u_xx on [0, 1], R = 1 + (1 - 0.29) / 0.29 "
                            "* 2880 * 3.5e-4 * 0.874 "
                            "(u + 1e-6)^(0.874 - 1)\n(PDEBench, Takamoto et al., NeurIPS 2022). u(0) = 1, "
                            "u(1) = -D u_x(1). The start is "
                            "one number in [0, 0.2].\nThree-point Laplacian on %lld cells, TR-BDF2 with %d "
                            "steps that grow from the start. "
                            "x: u at time 0; y: u at time %g.\n",
                            o->parameter[DIFFUSION], (long long)o->resolution, steps_to(o->parameter[TIME]),
                            o->parameter[TIME]);
}

extern const rc_generator rc__diffusion_sorption;
const rc_generator rc__diffusion_sorption = {.name = "diffusion-sorption",
                                             .about = "diffusion-sorption, 1-D (PDEBench)",
                                             .n_train = 1000,
                                             .n_test = 100,
                                             .resolution = 1024,
                                             .min = 16,
                                             .max = 16384,
                                             .parameters = parameters,
                                             .dims = 1,
                                             .x_channels = 1,
                                             .y_channels = 1,
                                             .open = open_worker,
                                             .sample = sample,
                                             .close = close_worker,
                                             .describe = describe};
