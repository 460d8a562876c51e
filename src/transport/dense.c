#include "transport/dense.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "transport/pair_kernels.h"

/* Lines of b that stay in the cache while rows of the product pass by. */
enum { DEPTH = 64, WIDTH = 256, ROWS = 16, LINES = 8 };

static void product_rows(int64_t first, int64_t count, int64_t n, int64_t m, int64_t k, const double *a,
                         bool transposed, const double *b, double *out)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
    memset(out + first * m, 0, sizeof(double) * (size_t)(count * m));
    for (int64_t q = 0; q < k; q += DEPTH) {
        for (int64_t j = 0; j < m; j += WIDTH) {
            for (int64_t i = first; i < first + count; i++) {
                const double *weight = transposed ? a + q * n + i : a + i * k + q;
                kernels->combine(rc__min(k - q, DEPTH), rc__min(m - j, WIDTH), weight, transposed ? n : 1,
                                 b + q * m + j, m, out + i * m + j);
            }
        }
    }
}

void rc_dense_product(int64_t n, int64_t m, int64_t k, const double *a, bool transposed, const double *b,
                      double *out)
{
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i += ROWS)
        product_rows(i, rc__min(n - i, ROWS), n, m, k, a, transposed, b, out);
}

/* Every line of b serves a few of a while it is in the cache. */
void rc_dense_inner(int64_t n, int64_t m, int64_t k, const double *a, const double *b, double *out)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i += LINES)
        for (int64_t j = 0; j < m; j++)
            for (int64_t r = i; r < i + rc__min(n - i, LINES); r++)
                out[r * m + j] = kernels->inner(k, a + r * k, b + j * k);
}

/* LAPACK counts by columns, and a symmetric matrix is its own transpose: its columns of vectors are our rows.
 */
rc_status rc_dense_eigen(int64_t n, bool vectors, double *a, double *value)
{
    /* LAPACK counts its 1 + 6 n + 2 n n numbers of room with 32 bits. */
    RC_CHECK(n <= 32766, RC_SHAPE, "a matrix of %lld x %lld is too large; reduce the dimension first",
             (long long)n, (long long)n);
    char job = vectors ? 'V' : 'N';
    lapack_int size = (lapack_int)n, whole = -1, *places = NULL, want_places;
    double want, *work = NULL;
    rc_status status = RC_OK;
    lapack_int info = LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, job, 'U', size, a, size, value, &want, whole,
                                          &want_places, whole);
    if (info == 0) {
        RC_TRY_DONE(RC_NEW_RAW(&work, (int64_t)want));
        RC_TRY_DONE(RC_NEW_RAW(&places, want_places));
        info = LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, job, 'U', size, a, size, value, work, (lapack_int)want,
                                   places, want_places);
    }
    if (info != 0)
        status = rc_fail(RC_NUMERIC, "the eigenvalues of a %lld x %lld matrix were not found (LAPACK %d)",
                         (long long)n, (long long)n, (int)info);
done:
    rc_free(work);
    rc_free(places);
    return status;
}

rc_status rc_dense_compose(int64_t n, const double *vectors, const double *f, double *out)
{
    double *scaled;
    RC_TRY(RC_NEW(&scaled, n * n));
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < n; k++)
            scaled[i * n + k] = f[i] * vectors[i * n + k];
    rc_dense_product(n, n, n, vectors, true, scaled, out);
    rc_free(scaled);
    return RC_OK;
}

rc_status rc_dense_root(int64_t n, double *c, double *out)
{
    double *value;
    RC_TRY(RC_NEW(&value, n));
    rc_status status = rc_dense_eigen(n, true, c, value);
    for (int64_t i = 0; status == RC_OK && i < n; i++)
        value[i] = value[i] > 0.0 ? sqrt(value[i]) : 0.0;
    if (status == RC_OK) status = rc_dense_compose(n, c, value, out);
    rc_free(value);
    return status;
}

static void find_mean(const float *x, const double *weight, rc_moments *m)
{
    for (int64_t i = 0; i < m->n; i++)
        for (int64_t k = 0; k < m->d; k++)
            m->mean[k] += (weight ? weight[i] : 1.0) * (double)x[i * m->d + k];
    for (int64_t k = 0; k < m->d; k++)
        m->mean[k] /= (double)m->n;
    for (int64_t i = 0; i < m->n; i++)
        for (int64_t k = 0; k < m->d; k++)
            m->deviation[i * m->d + k] = (double)x[i * m->d + k] - m->mean[k];
}

static rc_status find_covariance(const double *weight, double divisor, rc_moments *m)
{
    int64_t n = m->n, d = m->d;
    double *weighted = NULL;
    if (weight) RC_TRY(RC_NEW_RAW(&weighted, n * d));
    for (int64_t i = 0; weight && i < n * d; i++)
        weighted[i] = weight[i / d] * m->deviation[i];
    rc_dense_product(d, d, n, m->deviation, true, weight ? weighted : m->deviation, m->covariance);
    for (int64_t k = 0; k < d * d; k++)
        m->covariance[k] /= divisor;
    rc_free(weighted);
    return RC_OK;
}

rc_status rc_moments_create(const float *x, const double *weight, int64_t n, int64_t d, double divisor,
                            rc_moments *out)
{
    *out = (rc_moments){.n = n, .d = d};
    rc_status status = RC_OK;
    RC_TRY_DONE(RC_NEW(&out->mean, d));
    RC_TRY_DONE(RC_NEW(&out->deviation, n * d));
    RC_TRY_DONE(RC_NEW(&out->covariance, d * d));
    find_mean(x, weight, out);
    RC_TRY_DONE(find_covariance(weight, divisor, out));
done:
    if (status != RC_OK) rc_moments_free(out);
    return status;
}

void rc_moments_free(rc_moments *m)
{
    rc_free(m->mean);
    rc_free(m->deviation);
    rc_free(m->covariance);
    *m = (rc_moments){0};
}
