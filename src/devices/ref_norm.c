/* Layer normalisation and softmax. */
#include <math.h>

#include "devices/ref.h"

static rc_status layernorm(rc_device *dev, int64_t rows, int64_t cols, float eps, const float *x,
                           const float *gamma, const float *beta, float *y, float *mean, float *rstd)
{
    for (int64_t r = 0; r < rows; r++) {
        const float *row = x + r * cols;
        double sum = 0, square = 0;
        for (int64_t c = 0; c < cols; c++)
            sum += row[c];
        double mu = mean ? sum / (double)cols : 0;
        for (int64_t c = 0; c < cols; c++)
            square += (row[c] - mu) * (row[c] - mu);
        double inverse = 1 / sqrt(square / (double)cols + eps);
        for (int64_t c = 0; c < cols; c++)
            y[r * cols + c] = (float)((row[c] - mu) * inverse * gamma[c] + (beta ? beta[c] : 0));
        if (mean) mean[r] = (float)mu;
        rstd[r] = (float)inverse;
    }
    return RC_OK;
}

static rc_status layernorm_backward(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                    const float *gamma, const float *mean, const float *rstd, const float *dy,
                                    bool acc, float *dx, const bool add[2], float *dgamma, float *dbeta)
{
    for (int64_t r = 0; r < rows; r++) {
        const float *row = x + r * cols, *d = dy + r * cols;
        double mu = mean ? mean[r] : 0, sum = 0, with_n = 0;
        for (int64_t c = 0; c < cols; c++) {
            double n = (row[c] - mu) * rstd[r], g = (double)d[c] * gamma[c];
            if (mean) sum += g;
            with_n += g * n;
        }
        for (int64_t c = 0; c < cols; c++) {
            double n = (row[c] - mu) * rstd[r], g = (double)d[c] * gamma[c];
            double value = rstd[r] * (g - sum / (double)cols - n * with_n / (double)cols);
            if (dx) dx[r * cols + c] = (float)((acc ? dx[r * cols + c] : 0.0) + value);
        }
    }
    for (int64_t c = 0; c < cols; c++) {
        double g = dgamma && add[0] ? dgamma[c] : 0, b = dbeta && add[1] ? dbeta[c] : 0;
        for (int64_t r = 0; r < rows; r++) {
            g += (double)dy[r * cols + c] * ((double)x[r * cols + c] - (mean ? mean[r] : 0)) * rstd[r];
            b += dy[r * cols + c];
        }
        if (dgamma) dgamma[c] = (float)g;
        if (dbeta) dbeta[c] = (float)b;
    }
    return RC_OK;
}

static rc_status layernorm_jvp(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *gamma,
                               const float *mean, const float *rstd, const float *tx, const float *tgamma,
                               const float *tbeta, float *ty)
{
    for (int64_t r = 0; r < rows; r++) {
        double mu = mean ? mean[r] : 0, sum = 0, with_n = 0;
        for (int64_t c = 0; tx && c < cols; c++) {
            double n = (x[r * cols + c] - mu) * rstd[r];
            if (mean) sum += tx[r * cols + c];
            with_n += tx[r * cols + c] * n;
        }
        for (int64_t c = 0; c < cols; c++) {
            double n = (x[r * cols + c] - mu) * rstd[r], t = 0;
            if (tx)
                t = gamma[c] * rstd[r] * (tx[r * cols + c] - sum / (double)cols - n * with_n / (double)cols);
            if (tgamma) t += tgamma[c] * n;
            if (tbeta) t += tbeta[c];
            ty[r * cols + c] = (float)t;
        }
    }
    return RC_OK;
}

static rc_status softmax(rc_device *dev, int64_t rows, int64_t cols, const float *x, float *p)
{
    for (int64_t r = 0; r < rows; r++) {
        const float *row = x + r * cols;
        double max = row[0], sum = 0;
        for (int64_t c = 1; c < cols; c++)
            max = row[c] > max ? row[c] : max;
        for (int64_t c = 0; c < cols; c++)
            sum += exp(row[c] - max);
        for (int64_t c = 0; c < cols; c++)
            p[r * cols + c] = (float)(exp(row[c] - max) / sum);
    }
    return RC_OK;
}

static rc_status softmax_backward(rc_device *dev, int64_t rows, int64_t cols, const float *p, const float *dp,
                                  bool acc, float *dx)
{
    for (int64_t r = 0; r < rows; r++) {
        double sum = 0;
        for (int64_t c = 0; c < cols; c++)
            sum += (double)p[r * cols + c] * dp[r * cols + c];
        for (int64_t c = 0; c < cols; c++) {
            int64_t i = r * cols + c;
            dx[i] = (float)((acc ? dx[i] : 0.0) + p[i] * (dp[i] - sum));
        }
    }
    return RC_OK;
}

void rc__ref_norm(rc_kernels *k)
{
    k->layernorm = layernorm;
    k->layernorm_backward = layernorm_backward;
    k->layernorm_jvp = layernorm_jvp;
    k->softmax = softmax;
    k->softmax_backward = softmax_backward;
}
