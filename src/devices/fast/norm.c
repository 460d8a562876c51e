/* Layer normalisation: a row is read once for its sums and once for the result, both from cache. */
#include <math.h>
#include <omp.h>

#include "devices/fast/vector.h"

enum { SERIAL_BELOW = 16384 };

static void row_forward(int64_t n, float eps, const float *x, const float *gamma, const float *beta, float *y,
                        float *mean, float *rstd)
{
    float sum = 0, square = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t c = 0; c < n; c++)
        sum += x[c];
    float mu = mean ? sum / (float)n : 0;
#pragma omp simd reduction(+ : square)
    for (int64_t c = 0; c < n; c++)
        square += (x[c] - mu) * (x[c] - mu);
    float inverse = 1.0f / sqrtf(square / (float)n + eps);
    if (beta) {
#pragma omp simd
        for (int64_t c = 0; c < n; c++)
            y[c] = (x[c] - mu) * inverse * gamma[c] + beta[c];
    } else {
#pragma omp simd
        for (int64_t c = 0; c < n; c++)
            y[c] = (x[c] - mu) * inverse * gamma[c];
    }
    if (mean) *mean = mu;
    *rstd = inverse;
}

static rc_status layernorm(rc_device *dev, int64_t rows, int64_t cols, float eps, const float *x,
                           const float *gamma, const float *beta, float *y, float *mean, float *rstd)
{
#pragma omp parallel for schedule(static) if (rows * cols > SERIAL_BELOW)
    for (int64_t r = 0; r < rows; r++)
        row_forward(cols, eps, x + r * cols, gamma, beta, y + r * cols, mean ? mean + r : NULL, rstd + r);
    return RC_OK;
}

static void row_backward(int64_t n, const float *x, const float *gamma, const float *mean, float inverse,
                         const float *dy, bool acc, float *dx)
{
    float mu = mean ? *mean : 0, sum = 0, with_n = 0;
#pragma omp simd reduction(+ : sum, with_n)
    for (int64_t c = 0; c < n; c++) {
        float g = dy[c] * gamma[c];
        sum += g;
        with_n += g * (x[c] - mu);
    }
    sum = mean ? sum / (float)n : 0;
    with_n *= inverse * inverse / (float)n;
    if (acc) {
#pragma omp simd
        for (int64_t c = 0; c < n; c++)
            dx[c] += inverse * (dy[c] * gamma[c] - sum - (x[c] - mu) * with_n);
    } else {
#pragma omp simd
        for (int64_t c = 0; c < n; c++)
            dx[c] = inverse * (dy[c] * gamma[c] - sum - (x[c] - mu) * with_n);
    }
}

/* dgamma and dbeta of some columns, over all rows: each thread owns its columns, so the order of addition is
 * fixed. */
static void column_sums(int64_t rows, int64_t cols, int64_t first, int64_t n, const float *x,
                        const float *mean, const float *rstd, const float *dy, const bool add[2],
                        float *dgamma, float *dbeta)
{
    float g[64] = {0}, b[64] = {0};
    for (int64_t r = 0; r < rows; r++) {
        const float *row = x + r * cols + first, *d = dy + r * cols + first;
        float mu = mean ? mean[r] : 0, inverse = rstd[r];
#pragma omp simd
        for (int64_t c = 0; c < n; c++) {
            g[c] += d[c] * (row[c] - mu) * inverse;
            b[c] += d[c];
        }
    }
    for (int64_t c = 0; dgamma && c < n; c++)
        dgamma[first + c] = (add[0] ? dgamma[first + c] : 0.0f) + g[c];
    for (int64_t c = 0; dbeta && c < n; c++)
        dbeta[first + c] = (add[1] ? dbeta[first + c] : 0.0f) + b[c];
}

static rc_status layernorm_backward(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                    const float *gamma, const float *mean, const float *rstd, const float *dy,
                                    bool acc, float *dx, const bool add[2], float *dgamma, float *dbeta)
{
#pragma omp parallel if (rows * cols > SERIAL_BELOW)
    {
        if (dgamma || dbeta) {
#pragma omp for schedule(static) nowait
            for (int64_t first = 0; first < cols; first += 64)
                column_sums(rows, cols, first, cols - first < 64 ? cols - first : 64, x, mean, rstd, dy, add,
                            dgamma, dbeta);
        }
        if (dx) {
#pragma omp for schedule(static)
            for (int64_t r = 0; r < rows; r++)
                row_backward(cols, x + r * cols, gamma, mean ? mean + r : NULL, rstd[r], dy + r * cols, acc,
                             dx + r * cols);
        }
    }
    return RC_OK;
}

static void row_jvp(int64_t n, const float *x, const float *gamma, const float *mean, float inverse,
                    const float *tx, const float *tgamma, const float *tbeta, float *ty)
{
    float mu = mean ? *mean : 0, sum = 0, with_n = 0;
    for (int64_t c = 0; c < n; c++)
        ty[c] = tbeta ? tbeta[c] : 0.0f;
    for (int64_t c = 0; tgamma && c < n; c++)
        ty[c] += tgamma[c] * (x[c] - mu) * inverse;
    if (!tx) return;
#pragma omp simd reduction(+ : sum, with_n)
    for (int64_t c = 0; c < n; c++) {
        sum += tx[c];
        with_n += tx[c] * (x[c] - mu);
    }
    sum = mean ? sum / (float)n : 0;
    with_n *= inverse * inverse / (float)n;
#pragma omp simd
    for (int64_t c = 0; c < n; c++)
        ty[c] += gamma[c] * inverse * (tx[c] - sum - (x[c] - mu) * with_n);
}

static rc_status layernorm_jvp(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *gamma,
                               const float *mean, const float *rstd, const float *tx, const float *tgamma,
                               const float *tbeta, float *ty)
{
#pragma omp parallel for schedule(static) if (rows * cols > SERIAL_BELOW)
    for (int64_t r = 0; r < rows; r++)
        row_jvp(cols, x + r * cols, gamma, mean ? mean + r : NULL, rstd[r], tx ? tx + r * cols : NULL, tgamma,
                tbeta, ty + r * cols);
    return RC_OK;
}

void RC_ISA_NAME(rc__fast_norm)(rc_kernels *k)
{
    k->layernorm = layernorm;
    k->layernorm_backward = layernorm_backward;
    k->layernorm_jvp = layernorm_jvp;
}
