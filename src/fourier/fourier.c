#include "fourier/fourier.h"

#include <fftw3.h>

#include "base/memory.h"

struct rc_fourier {
    fftw_plan in_place, apart;
};

static fftw_plan make_plan(rc_fourier_kind kind, int n, double *in, double *out)
{
    const unsigned flags = FFTW_ESTIMATE | FFTW_UNALIGNED;
    if (kind == RC_FOURIER_COSINE_PLANE)
        return fftw_plan_r2r_2d(n, n, in, out, FFTW_REDFT01, FFTW_REDFT01, flags);
    return fftw_plan_r2r_1d(n, in, out, kind == RC_FOURIER_REAL ? FFTW_R2HC : FFTW_HC2R, flags);
}

rc_status rc_fourier_create(rc_fourier_kind kind, int n, rc_fourier **out)
{
    double *scratch = NULL;
    size_t size = (size_t)n * (kind == RC_FOURIER_COSINE_PLANE ? (size_t)n : 1);
    RC_TRY(RC_NEW(out, 1));
    rc_status status = RC_NEW(&scratch, 2 * size);
    if (status == RC_OK) {
#pragma omp critical(rc_fftw_planner)
        {
            (*out)->in_place = make_plan(kind, n, scratch, scratch);
            (*out)->apart = make_plan(kind, n, scratch, scratch + size);
        }
        if (!(*out)->in_place || !(*out)->apart)
            status = rc_fail(RC_MEMORY, "out of memory for a transform of %d", n);
    }
    rc_free(scratch);
    if (status != RC_OK) rc_fourier_destroy(out);
    return status;
}

void rc_fourier_destroy(rc_fourier **f)
{
    if (!*f) return;
#pragma omp critical(rc_fftw_planner)
    {
        if ((*f)->in_place) fftw_destroy_plan((*f)->in_place);
        if ((*f)->apart) fftw_destroy_plan((*f)->apart);
    }
    rc_free(*f);
    *f = NULL;
}

void rc_fourier_run(const rc_fourier *f, double *in, double *out)
{
    fftw_execute_r2r(in == out ? f->in_place : f->apart, in, out);
}
