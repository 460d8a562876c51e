/* Matrix products, sums and element-wise maps. */
#include <math.h>

#include "base/bfloat16.h"
#include "devices/ref.h"
#include "devices/squares.h"

static rc_status gemm(rc_device *dev, bool ta, bool tb, int64_t m, int64_t n, int64_t k, float alpha,
                      const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                      int64_t ldc)
{
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t p = 0; p < k; p++)
                sum +=
                    (double)(ta ? a[p * lda + i] : a[i * lda + p]) * (tb ? b[j * ldb + p] : b[p * ldb + j]);
            double old = beta != 0 ? (double)beta * c[i * ldc + j] : 0;
            c[i * ldc + j] = (float)(alpha * sum + old);
        }
    return RC_OK;
}

rc_status rc__affine_backward_plain(rc_device *dev, int64_t m, int64_t n, int64_t k, const float *x,
                                    const float *w, const float *dy, const bool add[2], float *dw, float *dx)
{
    const rc_kernels *by = &dev->kernels;
    if (dw) RC_TRY(by->gemm(dev, true, false, n, k, m, 1.0f, dy, n, x, k, add[0] ? 1.0f : 0.0f, dw, k));
    return dx ? by->gemm(dev, false, false, m, k, n, 1.0f, dy, n, w, k, add[1] ? 1.0f : 0.0f, dx, k) : RC_OK;
}

static rc_status fill(rc_device *dev, int64_t n, float value, float *x)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = value;
    return RC_OK;
}

static rc_status scale(rc_device *dev, int64_t n, float a, float *x)
{
    for (int64_t i = 0; i < n; i++)
        x[i] *= a;
    return RC_OK;
}

static rc_status axpy(rc_device *dev, int64_t n, float a, const float *x, float *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] += a * x[i];
    return RC_OK;
}

static rc_status add_rounded(rc_device *dev, int64_t n, const float *x, float *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = rc_bfloat_round(x[i]) + rc_bfloat_round(y[i]);
    return RC_OK;
}

static rc_status narrow(rc_device *dev, int64_t n, const float *x, uint16_t *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = rc_bfloat_narrow(x[i]);
    return RC_OK;
}

static rc_status widen(rc_device *dev, int64_t n, const uint16_t *x, float *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = rc_bfloat_widen(x[i]);
    return RC_OK;
}

static rc_status add_narrow(rc_device *dev, int64_t n, const uint16_t *x, uint16_t *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = rc_bfloat_narrow(rc_bfloat_widen(x[i]) + rc_bfloat_widen(y[i]));
    return RC_OK;
}

static rc_status add(rc_device *dev, int64_t n, const float *a, const float *b, float *z)
{
    for (int64_t i = 0; i < n; i++)
        z[i] = a[i] + b[i];
    return RC_OK;
}

static rc_status mul(rc_device *dev, int64_t n, const float *a, const float *b, bool acc, float *z)
{
    for (int64_t i = 0; i < n; i++)
        z[i] = (acc ? z[i] : 0.0f) + a[i] * b[i];
    return RC_OK;
}

static rc_status sum_squares(rc_device *dev, int64_t n, const float *x, bool acc, float out[2])
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    rc__squares_store(sum, acc, out);
    return RC_OK;
}

static rc_status bias_rows(rc_device *dev, int64_t rows, int64_t cols, const float *bias, const float *base,
                           float *y)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < cols; c++)
            y[r * cols + c] = (base ? base[r * cols + c] : 0.0f) + bias[c];
    return RC_OK;
}

static rc_status sum_rows(rc_device *dev, int64_t rows, int64_t cols, const float *x, bool acc, float *out)
{
    for (int64_t c = 0; c < cols; c++) {
        double sum = acc ? out[c] : 0;
        for (int64_t r = 0; r < rows; r++)
            sum += x[r * cols + c];
        out[c] = (float)sum;
    }
    return RC_OK;
}

static const double SQRT_HALF = 0.70710678118654752440, INV_SQRT_2PI = 0.39894228040143267794;

static rc_status gelu(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *bias, float *y)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < cols; c++) {
            double p = (double)x[r * cols + c] + (bias ? bias[c] : 0);
            y[r * cols + c] = (float)(0.5 * p * (1 + erf(p * SQRT_HALF)));
        }
    return RC_OK;
}

static rc_status gelu_backward(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *bias,
                               const float *dy, bool acc, float *dx, bool add, float *dbias)
{
    for (int64_t c = 0; c < cols; c++) {
        double sum = dbias && add ? dbias[c] : 0;
        for (int64_t r = 0; r < rows; r++) {
            int64_t i = r * cols + c;
            double p = (double)x[i] + (bias ? bias[c] : 0);
            double dp = dy[i] * (0.5 * (1 + erf(p * SQRT_HALF)) + p * INV_SQRT_2PI * exp(-0.5 * p * p));
            dx[i] = (float)((acc ? dx[i] : 0.0) + dp);
            sum += dp;
        }
        if (dbias) dbias[c] = (float)sum;
    }
    return RC_OK;
}

static rc_status relu(rc_device *dev, int64_t n, const float *x, float *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] <= 0 ? 0.0f : x[i]; /* NaN stays */
    return RC_OK;
}

static rc_status relu_backward(rc_device *dev, int64_t n, const float *x, const float *dy, bool acc,
                               float *dx)
{
    for (int64_t i = 0; i < n; i++)
        dx[i] = (acc ? dx[i] : 0.0f) + (x[i] > 0 ? dy[i] : 0.0f);
    return RC_OK;
}

static rc_status bin_rows(rc_device *dev, int64_t rows, int64_t cols, rc_bins b, const float *x, int32_t *out)
{
    double width = ((double)b.high - b.low) / (double)(b.count - 1);
    for (int64_t r = 0; r < rows; r++) {
        double sum = 0;
        for (int64_t c = 0; c < cols; c++)
            sum += fabs((double)x[r * cols + c]);
        double mean = sum > 0 ? sum / (double)cols : 1;
        for (int64_t c = 0; c < cols; c++) {
            double place = floor((x[r * cols + c] / mean - b.low) / width + 0.5),
                   last = (double)(b.count - 1);
            out[r * cols + c] = (int32_t)(b.first + (place > 0 ? (int64_t)(place < last ? place : last) : 0));
        }
    }
    return RC_OK;
}

/* f(a) and its slope */
static double gate_at(rc_gate f, double a, double *slope)
{
    double square = a * a, s = 1 / (1 + exp(-a * (f.linear + f.cubic * square)));
    *slope = s * (1 + a * (1 - s) * (f.linear + 3 * f.cubic * square));
    return a * s;
}

static rc_status glu(rc_device *dev, rc_gate f, int64_t rows, int64_t cols, const float *x, float *y)
{
    double slope;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < cols; c++)
            y[r * cols + c] = (float)(gate_at(f, x[2 * r * cols + c], &slope) * x[(2 * r + 1) * cols + c]);
    return RC_OK;
}

static rc_status glu_backward(rc_device *dev, rc_gate f, int64_t rows, int64_t cols, const float *x,
                              const float *dy, bool acc, float *dx)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < cols; c++) {
            int64_t a = 2 * r * cols + c, b = a + cols;
            double slope, gate = gate_at(f, x[a], &slope), d = dy[r * cols + c];
            dx[a] = (float)((acc ? dx[a] : 0.0) + d * slope * x[b]);
            dx[b] = (float)((acc ? dx[b] : 0.0) + d * gate);
        }
    return RC_OK;
}

static rc_status glu_jvp(rc_device *dev, rc_gate f, int64_t rows, int64_t cols, const float *x,
                         const float *tx, float *ty)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < cols; c++) {
            int64_t a = 2 * r * cols + c, b = a + cols;
            double slope, gate = gate_at(f, x[a], &slope);
            ty[r * cols + c] = (float)(slope * x[b] * tx[a] + gate * tx[b]);
        }
    return RC_OK;
}

void rc__ref_linear(rc_kernels *k)
{
    k->gemm = gemm;
    k->affine_backward = rc__affine_backward_plain;
    k->fill = fill;
    k->scale = scale;
    k->axpy = axpy;
    k->add_rounded = add_rounded;
    k->narrow = narrow;
    k->widen = widen;
    k->add_narrow = add_narrow;
    k->add = add;
    k->mul = mul;
    k->sum_squares = sum_squares;
    k->bias_rows = bias_rows;
    k->sum_rows = sum_rows;
    k->gelu = gelu;
    k->gelu_backward = gelu_backward;
    k->relu = relu;
    k->relu_backward = relu_backward;
    k->bin_rows = bin_rows;
    k->glu = glu;
    k->glu_backward = glu_backward;
    k->glu_jvp = glu_jvp;
}
