/* The Darcy data set: x [3,S,S] (a, column coordinate, row coordinate), y [S,S]. */
#include "generators/darcy.h"

#include "base/memory.h"
#include "generators/generator.h"

enum { STRIDE = 5, MAX_POINTS = 401 };

/* Each thread solves its own system; threads inside BLAS would only get in its way. Present in OpenBLAS,
 * absent elsewhere. */
extern void openblas_set_num_threads(int) __attribute__((weak));

static const rc_parameter no_parameters[] = {{NULL, 0, 0, 0, NULL}};

typedef struct worker {
    int s, n; /* points written, and solved, each way */
    rc_fourier *cosine;
    rc_darcy_solver *solver;
    double *memory, *a, *f, *u; /* [n,n] each */
} worker;

static int solved_points(const rc_generate_options *o)
{
    return (int)(o->resolution - 1) * STRIDE + 1;
}

static void close_worker(void *context)
{
    worker *w = context;
    rc_darcy_solver_destroy(&w->solver);
    rc_fourier_destroy(&w->cosine);
    rc_free(w->memory);
    rc_free(w);
}

static rc_status open_worker(const rc_generate_options *o, void **out)
{
    worker *w;
    RC_TRY(RC_NEW(&w, 1));
    *out = w;
    *w = (worker){.s = (int)o->resolution, .n = solved_points(o)};
    if (openblas_set_num_threads) openblas_set_num_threads(1);
    int64_t cells = (int64_t)w->n * w->n;
    RC_TRY(rc_fourier_create(RC_FOURIER_COSINE_PLANE, w->n, &w->cosine));
    RC_TRY(rc_darcy_solver_create(w->n, &w->solver));
    RC_TRY(RC_NEW(&w->memory, 3 * cells));
    w->a = w->memory;
    w->f = w->a + cells;
    w->u = w->f + cells;
    for (int64_t k = 0; k < cells; k++)
        w->f[k] = 1.0;
    return RC_OK;
}

static rc_status sample(void *context, rc_rng *rng, float *x, float *y)
{
    worker *w = context;
    int s = w->s;
    int64_t cells = (int64_t)s * s;
    rc_darcy_coefficient(w->n, w->cosine, rng, w->a);
    RC_TRY(rc_darcy_solver_run(w->solver, w->a, w->f, w->u));
    for (int r = 0; r < s; r++)
        for (int c = 0; c < s; c++) {
            int64_t from = (int64_t)r * STRIDE * w->n + c * STRIDE, to = (int64_t)r * s + c;
            x[to] = (float)w->a[from];
            x[cells + to] = (float)c / (float)(s - 1);
            x[2 * cells + to] = (float)r / (float)(s - 1);
            y[to] = (float)w->u[from];
        }
    return RC_OK;
}

static rc_status describe(const rc_generate_options *o, rc_string *out)
{
    int n = solved_points(o), s = (int)o->resolution;
    return rc_string_printf(
        out,
        "# Darcy flow\n\n-div(a grad u) = 1 on the unit square, u = 0 on the boundary. a is "
        "12 or 3 by the sign of a Gaussian random\n"
        "field N(0, (-Laplace + 9 I)^-2) with Neumann boundary; u by second-order finite "
        "differences on %d x %d points,\n"
        "sub-sampled to %d x %d. x: a, column coordinate, row coordinate; y: u.\n",
        n, n, s, s);
}

extern const rc_generator rc__darcy;
const rc_generator rc__darcy = {.name = "darcy",
                                .about = "Darcy flow (NAS-Bench-360)",
                                .n_train = 1000,
                                .n_test = 100,
                                .resolution = 85,
                                .min = 3,
                                .max = MAX_POINTS,
                                .parameters = no_parameters,
                                .dims = 2,
                                .x_channels = 3,
                                .y_channels = 0,
                                .open = open_worker,
                                .sample = sample,
                                .close = close_worker,
                                .describe = describe};
