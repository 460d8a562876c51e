/* Three PDEBench data sets of one space dimension: advection, Burgers' equation, reaction-diffusion. x: the
 * first frame [1,R], y: a later one [1,R]. */
#include "base/memory.h"
#include "generators/generator.h"
#include "generators/scalar_law.h"
#include "generators/waves.h"

typedef struct problem {
    rc_scalar_law law;
    rc_wave_options start;
    int finer; /* cells solved for each point written */
    int steps; /* at least so many */
    double time;
    bool unit; /* the start scaled into [0, 1] */
} problem;

typedef struct worker {
    problem p;
    int r, n; /* points written, cells solved */
    rc_scalar_solver *solver;
    double *u;
} worker;

static void close_worker(void *context)
{
    worker *w = context;
    rc_scalar_solver_destroy(&w->solver);
    rc_free(w->u);
    rc_free(w);
}

static rc_status open_problem(const rc_generate_options *o, problem p, void **out)
{
    worker *w;
    RC_TRY(RC_NEW(&w, 1));
    *out = w;
    *w = (worker){.p = p, .r = (int)o->resolution, .n = (int)o->resolution * p.finer};
    RC_TRY(RC_NEW(&w->u, w->n));
    return rc_scalar_solver_create(w->n, &p.law, &w->solver);
}

/* As the published loader does, every `finer`-th cell is kept. */
static void keep(const worker *w, float *out)
{
    for (int i = 0; i < w->r; i++)
        out[i] = (float)w->u[i * w->p.finer];
}

static rc_status sample(void *context, rc_rng *rng, float *x, float *y)
{
    worker *w = context;
    rc_waves(&w->p.start, rng, w->n, w->u);
    if (w->p.unit) rc_waves_to_unit(w->n, w->u);
    keep(w, x);
    RC_TRY(rc_scalar_solver_run(w->solver, w->p.time, w->p.steps, w->u));
    keep(w, y);
    return RC_OK;
}

static const char about_start[] =
    "The start is a sum of sines, two wave numbers of 1 to 4 drawn at random, amplitudes in [0, 1], random "
    "phases; one in ten\nis replaced by its absolute value, one in two by its negative, one in ten is cut by "
    "a "
    "window.";

/* ---- advection ---- */

enum { ADVECTION_SPEED, ADVECTION_TIME, ADVECTION_FINER = 4 };
static const rc_parameter advection_parameters[] = {
    {"beta", 0.4, -100, 100, "speed"}, {"time", 2, 1e-6, 1000, "time of y"}, {NULL, 0, 0, 0, NULL}};

static rc_status open_advection(const rc_generate_options *o, void **out)
{
    problem p = {.law = {.length = 1, .speed = o->parameter[ADVECTION_SPEED]},
                 .start = {.modes = 4, .left = 0, .length = 1, .window = 0.1},
                 .finer = ADVECTION_FINER,
                 .steps = 1,
                 .time = o->parameter[ADVECTION_TIME]};
    return open_problem(o, p, out);
}

static rc_status describe_advection(const rc_generate_options *o, rc_string *out)
{
    return rc_string_printf(
        out,
        "# Advection\n\nu_t + %g u_x = 0 on [0, 1], periodic (PDEBench, Takamoto et al., NeurIPS 2022).\n%s\n"
        "Finite volumes of second order (monotonized central limiter, Heun's step) on %lld cells, every %dth "
        "kept.\nx: u at time 0; y: u at time %g.\n",
        o->parameter[ADVECTION_SPEED], about_start, (long long)o->resolution * ADVECTION_FINER,
        ADVECTION_FINER, o->parameter[ADVECTION_TIME]);
}

extern const rc_generator rc__advection;
const rc_generator rc__advection = {.name = "advection",
                                    .about = "advection, 1-D (PDEBench)",
                                    .n_train = 1000,
                                    .n_test = 100,
                                    .resolution = 256,
                                    .min = 16,
                                    .max = 4096,
                                    .parameters = advection_parameters,
                                    .dims = 1,
                                    .x_channels = 1,
                                    .y_channels = 1,
                                    .open = open_advection,
                                    .sample = sample,
                                    .close = close_worker,
                                    .describe = describe_advection};

/* ---- Burgers ---- */

enum { BURGERS_NU, BURGERS_TIME };
static const rc_parameter burgers_parameters[] = {{"nu", 1, 0, 100, "the viscosity is nu / pi"},
                                                  {"time", 2, 1e-6, 1000, "time of y"},
                                                  {NULL, 0, 0, 0, NULL}};

static rc_status open_burgers(const rc_generate_options *o, void **out)
{
    problem p = {
        .law = {.length = 2, .steepening = 1, .viscosity = o->parameter[BURGERS_NU] / 3.14159265358979323846},
        .start = {.modes = 4, .left = -1, .length = 2, .window = 0.1},
        .finer = 1,
        .steps = 200,
        .time = o->parameter[BURGERS_TIME]};
    return open_problem(o, p, out);
}

static rc_status describe_burgers(const rc_generate_options *o, rc_string *out)
{
    return rc_string_printf(out,
                            "# Burgers' equation\n\nu_t + (u^2 / 2)_x = (%g / pi) u_xx on [-1, 1], periodic "
                            "(PDEBench, Takamoto et "
                            "al., NeurIPS 2022).\n%s\n"
                            "Finite volumes of second order (monotonized central limiter, Godunov's flux, "
                            "Heun's step) on %lld cells, "
                            "diffusion\nexact in time, Strang splitting. x: u at time 0; y: u at time %g.\n",
                            o->parameter[BURGERS_NU], about_start, (long long)o->resolution,
                            o->parameter[BURGERS_TIME]);
}

extern const rc_generator rc__burgers;
const rc_generator rc__burgers = {.name = "burgers",
                                  .about = "Burgers' equation, 1-D (PDEBench)",
                                  .n_train = 1000,
                                  .n_test = 100,
                                  .resolution = 1024,
                                  .min = 16,
                                  .max = 16384,
                                  .parameters = burgers_parameters,
                                  .dims = 1,
                                  .x_channels = 1,
                                  .y_channels = 1,
                                  .open = open_burgers,
                                  .sample = sample,
                                  .close = close_worker,
                                  .describe = describe_burgers};

/* ---- reaction-diffusion ---- */

enum { REACTION_NU, REACTION_RHO, REACTION_TIME };
/* The published frame is number 29 of those kept every 0.01. */
static const rc_parameter reaction_parameters[] = {{"nu", 0.5, 0, 100, "diffusion"},
                                                   {"rho", 1, -100, 100, "growth"},
                                                   {"time", 0.29, 1e-6, 1000, "time of y"},
                                                   {NULL, 0, 0, 0, NULL}};

static rc_status open_reaction(const rc_generate_options *o, void **out)
{
    problem p = {
        .law = {.length = 1, .viscosity = o->parameter[REACTION_NU], .growth = o->parameter[REACTION_RHO]},
        .start = {.modes = 4, .left = 0, .length = 1, .window = 0.1},
        .finer = 1,
        .steps = 200,
        .time = o->parameter[REACTION_TIME],
        .unit = true};
    return open_problem(o, p, out);
}

static rc_status describe_reaction(const rc_generate_options *o, rc_string *out)
{
    return rc_string_printf(out,
                            "# Reaction-diffusion, 1-D\n\nu_t = %g u_xx + %g u (1 - u) on [0, 1], periodic "
                            "(PDEBench, Takamoto et al., "
                            "NeurIPS 2022).\n%s\nScaled into [0, 1]. Three-point Laplacian on %lld cells, "
                            "diffusion and reaction exact "
                            "in time, Strang splitting.\nx: u at time 0; y: u at time %g.\n",
                            o->parameter[REACTION_NU], o->parameter[REACTION_RHO], about_start,
                            (long long)o->resolution, o->parameter[REACTION_TIME]);
}

extern const rc_generator rc__reaction_diffusion_1d;
const rc_generator rc__reaction_diffusion_1d = {.name = "reaction-diffusion-1d",
                                                .about = "reaction-diffusion (Fisher), 1-D (PDEBench)",
                                                .n_train = 1000,
                                                .n_test = 100,
                                                .resolution = 1024,
                                                .min = 16,
                                                .max = 16384,
                                                .parameters = reaction_parameters,
                                                .dims = 1,
                                                .x_channels = 1,
                                                .y_channels = 1,
                                                .open = open_reaction,
                                                .sample = sample,
                                                .close = close_worker,
                                                .describe = describe_reaction};
