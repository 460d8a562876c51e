/* The coefficient: a Gaussian random field N(0, (-Laplace + 9 I)^-2) with Neumann boundary, made in the
 * cosine basis, and its sign. */
#include <fftw3.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "generators/darcy.h"

static const double PI = 3.14159265358979323846, TAU = 3.0;
static const double HIGH = 12.0, LOW = 3.0;

/* FFTW's planner is not thread-safe, its plans are: one plan for each size, made under a lock, run on any
 * memory. */
static rc_status plan_for(int n, fftw_plan *out)
{
    static fftw_plan plan;
    static int size;
    rc_status status = RC_OK;
#pragma omp critical(rc_fftw_planner)
    {
        if (size != n) {
            double *scratch;
            if (plan) fftw_destroy_plan(plan);
            plan = NULL;
            size = 0;
            status = RC_NEW(&scratch, (size_t)n * (size_t)n);
            if (status == RC_OK)
                plan = fftw_plan_r2r_2d(n, n, scratch, scratch, FFTW_REDFT01, FFTW_REDFT01,
                                        FFTW_ESTIMATE | FFTW_UNALIGNED);
            if (plan) size = n;
            rc_free(scratch);
        }
        *out = plan;
    }
    RC_CHECK(status != RC_OK || *out, RC_MEMORY, "out of memory for a cosine transform of %d x %d", n, n);
    return status;
}

/* Weight of orthonormal cosine k in FFTW's inverse (REDFT01 doubles all but the first). */
static double basis(int k, int n)
{
    return k == 0 ? sqrt(1.0 / n) : 0.5 * sqrt(2.0 / n);
}

rc_status rc_darcy_field(int n, rc_rng *rng, double *u)
{
    fftw_plan plan;
    RC_TRY(plan_for(n, &plan));
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++) {
            double xi = rc_rng_normal(rng);
            double spread = TAU / (PI * PI * ((double)k * k + (double)l * l) +
                                   TAU * TAU); /* tau^(alpha-1) lambda^(-alpha/2) */
            u[k * n + l] = k || l ? n * spread * xi * basis(k, n) * basis(l, n) : 0.0;
        }
    fftw_execute_r2r(plan, u, u);
    return RC_OK;
}

rc_status rc_darcy_coefficient(int n, rc_rng *rng, double *a)
{
    RC_TRY(rc_darcy_field(n, rng, a));
    for (int j = 0; j < n * n; j++)
        a[j] = a[j] >= 0 ? HIGH : LOW;
    return RC_OK;
}
