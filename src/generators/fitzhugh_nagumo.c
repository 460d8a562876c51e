#include "generators/fitzhugh_nagumo.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

/* The method is stable to 2.78 on the negative axis; the reaction's slope stays above -80 for |u| <= 5. */
static const double STABLE = 2.0, STEEPEST = 80.0, LONGEST = 0.02;

struct rc_fitzhugh_nagumo_solver {
    int n;
    double dx;
    rc_fitzhugh_nagumo p;
    double *memory, *rate, *stage, *sum; /* [2,n,n] each */
};

rc_status rc_fitzhugh_nagumo_solver_create(int n, const rc_fitzhugh_nagumo *p,
                                           rc_fitzhugh_nagumo_solver **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_fitzhugh_nagumo_solver *s = *out;
    int64_t size = 2 * (int64_t)n * n;
    *s = (rc_fitzhugh_nagumo_solver){.n = n, .dx = 2.0 / n, .p = *p};
    rc_status status = RC_NEW(&s->memory, 3 * size);
    if (status != RC_OK) {
        rc_fitzhugh_nagumo_solver_destroy(out);
        return status;
    }
    s->rate = s->memory;
    s->stage = s->rate + size;
    s->sum = s->stage + size;
    return RC_OK;
}

void rc_fitzhugh_nagumo_solver_destroy(rc_fitzhugh_nagumo_solver **s)
{
    if (!*s) return;
    rc_free((*s)->memory);
    rc_free(*s);
    *s = NULL;
}

/* out[j] = scale * (sum of the four neighbours - 4 f[j]) of one row; beyond the boundary the cell repeats. */
static void laplacian_row(int n, int row, double scale, const double *f, double *out)
{
    const double *here = f + (int64_t)row * n, *above = row > 0 ? here - n : here,
                 *below = row < n - 1 ? here + n : here;
    for (int j = 1; j < n - 1; j++)
        out[j] = scale * (above[j] + below[j] + here[j - 1] + here[j + 1] - 4 * here[j]);
    out[0] = scale * (above[0] + below[0] + here[1] - 3 * here[0]);
    out[n - 1] = scale * (above[n - 1] + below[n - 1] + here[n - 2] - 3 * here[n - 1]);
}

static void add_source(const rc_fitzhugh_nagumo_solver *s, int row, double t, double *ru, double *rv)
{
    for (int j = 0; j < s->n; j++) {
        double more[2];
        s->p.source(&s->p, -1 + (j + 0.5) * s->dx, -1 + (row + 0.5) * s->dx, t, more);
        ru[j] += more[0];
        rv[j] += more[1];
    }
}

static void rate_of(const rc_fitzhugh_nagumo_solver *s, const double *uv, double t, double *rate)
{
    int n = s->n;
    int64_t cells = (int64_t)n * n;
    double scale = 1 / (s->dx * s->dx);
    for (int row = 0; row < n; row++) {
        const double *u = uv + (int64_t)row * n, *v = u + cells;
        double *ru = rate + (int64_t)row * n, *rv = ru + cells;
        laplacian_row(n, row, s->p.du * scale, uv, ru);
        laplacian_row(n, row, s->p.dv * scale, uv + cells, rv);
        for (int j = 0; j < n; j++) {
            ru[j] += u[j] - u[j] * u[j] * u[j] - s->p.k - v[j];
            rv[j] += u[j] - v[j];
        }
        if (s->p.source) add_source(s, row, t, ru, rv);
    }
}

static void step(rc_fitzhugh_nagumo_solver *s, double t, double dt, double *uv)
{
    static const double at[] = {0, 0.5, 0.5, 1}, weight[] = {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6};
    int64_t size = 2 * (int64_t)s->n * s->n;
    memcpy(s->stage, uv, (size_t)size * sizeof *uv);
    memcpy(s->sum, uv, (size_t)size * sizeof *uv);
    for (int k = 0; k < 4; k++) {
        double next = k < 3 ? at[k + 1] * dt : 0, share = weight[k] * dt;
        rate_of(s, s->stage, t + at[k] * dt, s->rate);
        for (int64_t i = 0; i < size; i++) {
            s->sum[i] += share * s->rate[i];
            s->stage[i] = uv[i] + next * s->rate[i];
        }
    }
    memcpy(uv, s->sum, (size_t)size * sizeof *uv);
}

rc_status rc_fitzhugh_nagumo_solver_run(rc_fitzhugh_nagumo_solver *s, double time, double *uv)
{
    double stiff = 8 * fmax(s->p.du, s->p.dv) / (s->dx * s->dx) + STEEPEST;
    double steps = ceil(time / fmin(STABLE / stiff, LONGEST));
    RC_CHECK(steps < 1e7, RC_NUMERIC,
             "time %g would take %.0f steps; take a smaller time, diffusion or resolution", time, steps);
    for (int64_t i = 0; i < (int64_t)steps; i++)
        step(s, time * (double)i / steps, time / steps, uv);
    RC_CHECK(isfinite(uv[0]), RC_NUMERIC, "the solution grew without bound");
    return RC_OK;
}
