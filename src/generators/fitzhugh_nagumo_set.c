/* The two-dimensional reaction-diffusion set of PDEBench: x: u and v at the start [2,R,R], y: later [2,R,R].
 */
#include "base/memory.h"
#include "generators/fitzhugh_nagumo.h"
#include "generators/generator.h"

enum { DU, DV, K, TIME };
static const rc_parameter parameters[] = {{"du", 1e-3, 0, 1, "diffusion of u"},
                                          {"dv", 5e-3, 0, 1, "diffusion of v"},
                                          {"k", 5e-3, -1, 1, "constant of the reaction"},
                                          {"time", 5, 1e-3, 1000, "time of y"},
                                          {NULL, 0, 0, 0, NULL}};

typedef struct worker {
    int n;
    double time;
    rc_fitzhugh_nagumo_solver *solver;
    double *uv; /* [2,n,n] */
} worker;

static void close_worker(void *context)
{
    worker *w = context;
    rc_fitzhugh_nagumo_solver_destroy(&w->solver);
    rc_free(w->uv);
    rc_free(w);
}

static rc_status open_worker(const rc_generate_options *o, void **out)
{
    worker *w;
    rc_fitzhugh_nagumo p = {.du = o->parameter[DU], .dv = o->parameter[DV], .k = o->parameter[K]};
    RC_TRY(RC_NEW(&w, 1));
    *out = w;
    *w = (worker){.n = (int)o->resolution, .time = o->parameter[TIME]};
    RC_TRY(RC_NEW(&w->uv, 2 * (int64_t)w->n * w->n));
    return rc_fitzhugh_nagumo_solver_create(w->n, &p, &w->solver);
}

static rc_status sample(void *context, rc_rng *rng, float *x, float *y)
{
    worker *w = context;
    int64_t size = 2 * (int64_t)w->n * w->n;
    for (int64_t i = 0; i < size; i++) {
        w->uv[i] = rc_rng_normal(rng);
        x[i] = (float)w->uv[i];
    }
    RC_TRY(rc_fitzhugh_nagumo_solver_run(w->solver, w->time, w->uv));
    for (int64_t i = 0; i < size; i++)
        y[i] = (float)w->uv[i];
    return RC_OK;
}

static rc_status describe(const rc_generate_options *o, rc_string *out)
{
    return rc_string_printf(out,
                            "# Reaction-diffusion, 2-D (FitzHugh-Nagumo)\n\nu_t = %g lap u + u - u^3 - %g - "
                            "v, v_t = %g lap v + u - v on "
                            "[-1, 1]^2, no flux through the boundary\n(PDEBench, Takamoto et al., NeurIPS "
                            "2022). The start is a standard "
                            "normal number in each cell. Five-point Laplacian on\n%lld x %lld cells, the "
                            "classical Runge-Kutta method. x: "
                            "u and v at time 0; y: u and v at time %g.\n",
                            o->parameter[DU], o->parameter[K], o->parameter[DV], (long long)o->resolution,
                            (long long)o->resolution, o->parameter[TIME]);
}

extern const rc_generator rc__reaction_diffusion_2d;
const rc_generator rc__reaction_diffusion_2d = {.name = "reaction-diffusion-2d",
                                                .about =
                                                    "reaction-diffusion (FitzHugh-Nagumo), 2-D (PDEBench)",
                                                .n_train = 900,
                                                .n_test = 100,
                                                .resolution = 128,
                                                .min = 8,
                                                .max = 1024,
                                                .parameters = parameters,
                                                .dims = 2,
                                                .x_channels = 2,
                                                .y_channels = 2,
                                                .open = open_worker,
                                                .sample = sample,
                                                .close = close_worker,
                                                .describe = describe};
