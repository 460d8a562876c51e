/* Losses, one number a row. */
#include <math.h>

#include "base/memory.h"
#include "devices/ref.h"

/* Of the row divided by s. */
static double log_sum_exp(const float *row, int64_t cols, double s)
{
    double max = row[0], sum = 0;
    for (int64_t c = 1; c < cols; c++)
        max = row[c] > max ? row[c] : max;
    for (int64_t c = 0; c < cols; c++)
        sum += exp((row[c] - max) / s);
    return max / s + log(sum);
}

static double wanted(int64_t c, int32_t label, int64_t cols, float smoothing, const float *w)
{
    return (w ? w[c] : 1.0) * ((c == label ? 1.0 - smoothing : 0.0) + smoothing / (double)cols);
}

static rc_status cross_entropy(rc_device *dev, int64_t rows, int64_t cols, float smoothing, const float *w,
                               const float *x, const int32_t *label, float *loss, float *p)
{
    for (int64_t r = 0; r < rows; r++) {
        const float *row = x + r * cols;
        double lse = log_sum_exp(row, cols, 1), total = 0;
        for (int64_t c = 0; c < cols; c++) {
            total += wanted(c, label[r], cols, smoothing, w) * (lse - row[c]);
            p[r * cols + c] = (float)exp(row[c] - lse);
        }
        loss[r] = (float)total;
    }
    return RC_OK;
}

static rc_status cross_entropy_backward(rc_device *dev, int64_t rows, int64_t cols, float smoothing,
                                        const float *w, const float *p, const int32_t *label,
                                        const float *dloss, bool acc, float *dx)
{
    for (int64_t r = 0; r < rows; r++) {
        double total = w ? 0 : 1;
        for (int64_t c = 0; w && c < cols; c++)
            total += wanted(c, label[r], cols, smoothing, w);
        for (int64_t c = 0; c < cols; c++) {
            int64_t i = r * cols + c;
            double slope = p[i] * total - wanted(c, label[r], cols, smoothing, w);
            dx[i] = (float)((acc ? dx[i] : 0.0) + dloss[r] * slope);
        }
    }
    return RC_OK;
}

static rc_status focal(rc_device *dev, int64_t rows, int64_t cols, float gamma, const float *x,
                       const int32_t *label, float *loss)
{
    for (int64_t r = 0; r < rows; r++) {
        double log_p = x[r * cols + label[r]] - log_sum_exp(x + r * cols, cols, 1);
        loss[r] = (float)(-pow(-expm1(log_p), gamma) * log_p);
    }
    return RC_OK;
}

static rc_status focal_backward(rc_device *dev, int64_t rows, int64_t cols, float gamma, const float *x,
                                const int32_t *label, const float *dloss, bool acc, float *dx)
{
    for (int64_t r = 0; r < rows; r++) {
        const float *row = x + r * cols;
        double lse = log_sum_exp(row, cols, 1), log_p = row[label[r]] - lse, rest = -expm1(log_p);
        /* d loss / d log p; log p / (1 - p) goes to -1 as p goes to 1 */
        double slope = pow(rest, gamma) * (gamma * exp(log_p) * (rest > 0 ? log_p / rest : -1) - 1);
        for (int64_t c = 0; c < cols; c++) {
            int64_t i = r * cols + c;
            double change = (c == label[r]) - exp(row[c] - lse);
            dx[i] = (float)((acc ? dx[i] : 0.0) + dloss[r] * slope * change);
        }
    }
    return RC_OK;
}

static rc_status relative_l2(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *y,
                             const float *s, const float *m, float *loss, float *diff, float *norm)
{
    for (int64_t r = 0; r < rows; r++) {
        double d = 0, n = 0;
        for (int64_t c = 0; c < cols; c++) {
            double scale = s ? s[c] : 1, error = scale * ((double)x[r * cols + c] - y[r * cols + c]);
            double truth = scale * y[r * cols + c] + (m ? m[c] : 0);
            d += error * error;
            n += truth * truth;
        }
        diff[r] = (float)sqrt(d);
        norm[r] = (float)sqrt(n);
        loss[r] = (float)(sqrt(d) / fmax(sqrt(n), 1e-30));
    }
    return RC_OK;
}

static rc_status relative_l2_backward(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                      const float *y, const float *s, const float *diff, const float *norm,
                                      const float *dloss, bool acc, float *dx)
{
    for (int64_t r = 0; r < rows; r++) {
        /* Where x equals y the slope is taken as zero. */
        double factor = diff[r] > 0 ? dloss[r] / ((double)diff[r] * fmax(norm[r], 1e-30)) : 0;
        for (int64_t c = 0; c < cols; c++) {
            int64_t i = r * cols + c;
            double scale = s ? s[c] : 1;
            dx[i] = (float)((acc ? dx[i] : 0.0) + factor * scale * scale * ((double)x[i] - y[i]));
        }
    }
    return RC_OK;
}

static double norm_of(double sum, float q)
{
    return q == 1 ? sum : q == 2 ? sqrt(sum) : pow(sum, 1.0 / q);
}

static double to_power(double v, float q)
{
    return q == 1 ? fabs(v) : q == 2 ? v * v : pow(fabs(v), q);
}

static rc_status lp_error(rc_device *dev, int64_t rows, int64_t cols, float q, bool relative, const float *x,
                          const float *y, const float *s, const float *m, float *loss, float *diff,
                          float *norm)
{
    for (int64_t r = 0; r < rows; r++) {
        double d = 0, n = relative ? 0 : (double)cols;
        for (int64_t c = 0; c < cols; c++) {
            double scale = s ? s[c] : 1, truth = y[r * cols + c];
            d += to_power(scale * (x[r * cols + c] - truth), q);
            if (relative) n += to_power(scale * truth + (m ? m[c] : 0), q);
        }
        diff[r] = (float)norm_of(d, q);
        norm[r] = (float)fmax(norm_of(n, q), 1e-30);
        loss[r] = (float)(norm_of(d, q) / fmax(norm_of(n, q), 1e-30));
    }
    return RC_OK;
}

/* d|e|_q / de = sign(e) (|e| / |e|_q)^(q - 1); where all of e is zero the slope is taken as zero. */
static rc_status lp_error_backward(rc_device *dev, int64_t rows, int64_t cols, float q, const float *x,
                                   const float *y, const float *s, const float *diff, const float *norm,
                                   const float *dloss, bool acc, float *dx)
{
    for (int64_t r = 0; r < rows; r++) {
        double factor = diff[r] > 0 ? dloss[r] / (double)norm[r] : 0;
        for (int64_t c = 0; c < cols; c++) {
            int64_t i = r * cols + c;
            double scale = s ? s[c] : 1, e = scale * ((double)x[i] - y[i]);
            double slope = diff[r] > 0 && e != 0 ? copysign(to_power(e / diff[r], q - 1), e) : 0;
            dx[i] = (float)((acc ? dx[i] : 0.0) + factor * scale * slope);
        }
    }
    return RC_OK;
}

static rc_status squared_error(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *y,
                               float *loss)
{
    for (int64_t r = 0; r < rows; r++) {
        double sum = 0;
        for (int64_t c = 0; c < cols; c++) {
            double d = (double)x[r * cols + c] - y[r * cols + c];
            sum += d * d;
        }
        loss[r] = (float)(sum / (double)cols);
    }
    return RC_OK;
}

static rc_status squared_error_backward(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                        const float *y, const float *dloss, bool acc, float *dx)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < cols; c++) {
            int64_t i = r * cols + c;
            dx[i] = (acc ? dx[i] : 0.0f) + 2 * dloss[r] * (x[i] - y[i]) / (float)cols;
        }
    return RC_OK;
}

/* log(1 + exp(v)) without overflow */
static double softplus(double v)
{
    return v > 0 ? v + log1p(exp(-v)) : log1p(exp(v));
}

static rc_status binary_cross_entropy(rc_device *dev, int64_t rows, int64_t cols, float w, const float *x,
                                      const float *y, float *loss)
{
    for (int64_t r = 0; r < rows; r++) {
        double sum = 0;
        for (int64_t c = 0; c < cols; c++) {
            double v = x[r * cols + c], t = y[r * cols + c];
            sum += w * t * softplus(-v) + (1 - t) * softplus(v);
        }
        loss[r] = (float)(sum / (double)cols);
    }
    return RC_OK;
}

static rc_status binary_cross_entropy_backward(rc_device *dev, int64_t rows, int64_t cols, float w,
                                               const float *x, const float *y, const float *dloss, bool acc,
                                               float *dx)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < cols; c++) {
            int64_t i = r * cols + c;
            double s = 1 / (1 + exp(-(double)x[i]));
            double slope = (1 - y[i]) * s - w * y[i] * (1 - s);
            dx[i] = (float)((acc ? dx[i] : 0.0) + dloss[r] * slope / (double)cols);
        }
    return RC_OK;
}

static rc_status poisson(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *y,
                         float *loss)
{
    for (int64_t r = 0; r < rows; r++) {
        double sum = 0;
        for (int64_t i = r * cols; i < (r + 1) * cols; i++)
            sum += exp((double)x[i]) - (double)y[i] * x[i];
        loss[r] = (float)(sum / (double)cols);
    }
    return RC_OK;
}

static rc_status poisson_backward(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *y,
                                  const float *dloss, bool acc, float *dx)
{
    for (int64_t i = 0; i < rows * cols; i++) {
        double slope = (exp((double)x[i]) - y[i]) / (double)cols;
        dx[i] = (float)((acc ? dx[i] : 0.0) + dloss[i / cols] * slope);
    }
    return RC_OK;
}

static double logistic(double v)
{
    return 1 / (1 + exp(-v));
}

/* gap / (exp(gap) - 1), which goes to 1 with a gap that is too small for any number */
static double ratio_of(double gap)
{
    return gap > 0 ? gap / expm1(gap) : 1;
}

/* s(b) - s(a) = s(b) s(-a) (1 - exp(a - b)); of a small gap, 1 - exp(-gap) is the gap itself. */
static rc_status ordered_classes(rc_device *dev, int64_t rows, int64_t cols, const float *x, float *log_p)
{
    for (int64_t r = 0; r < rows; r++) {
        const float *row = x + r * cols;
        float *out = log_p + r * (cols + 1);
        double below, z = row[0];
        out[0] = (float)-softplus(-z);
        for (int64_t k = 1; k < cols; k++) {
            double gap = exp((double)row[k]);
            below = z;
            z += gap;
            double rise = gap > 0 ? log(-expm1(-gap)) : row[k];
            out[k] = (float)(rise - softplus(-z) - softplus(below));
        }
        out[cols] = (float)-softplus(z);
    }
    return RC_OK;
}

/* With S_k the sum over j >= k of dlog_p_j s(-z_j) - dlog_p_{j+1} s(z_j): dx_0 = S_0, and dx_k is
 * exp(x_k) (S_k + dlog_p_k / (exp(z_k - z_{k-1}) - 1)). The thresholds are kept as they were added up: what
 * is taken away again behind a wide gap has lost its digits. */
static rc_status ordered_classes_backward(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                          const float *dlog_p, bool acc, float *dx)
{
    double *z;
    RC_TRY(RC_NEW(&z, cols));
    for (int64_t r = 0; r < rows; r++) {
        const float *row = x + r * cols, *d = dlog_p + r * (cols + 1);
        double sum = 0;
        z[0] = row[0];
        for (int64_t k = 1; k < cols; k++)
            z[k] = z[k - 1] + exp((double)row[k]);
        for (int64_t k = cols - 1; k >= 0; k--) {
            double gap = exp((double)row[k]), slope;
            sum += d[k] * logistic(-z[k]) - d[k + 1] * logistic(z[k]);
            slope = k > 0 ? gap * sum + d[k] * ratio_of(gap) : sum;
            dx[r * cols + k] = (float)((acc ? dx[r * cols + k] : 0.0) + slope);
        }
    }
    rc_free(z);
    return RC_OK;
}

static rc_status ordered_classes_jvp(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                     const float *tx, float *tlog_p)
{
    for (int64_t r = 0; r < rows; r++) {
        const float *row = x + r * cols, *t = tx + r * cols;
        float *out = tlog_p + r * (cols + 1);
        double z = row[0], tz = t[0];
        out[0] = (float)(tz * logistic(-z));
        for (int64_t k = 1; k < cols; k++) {
            double gap = exp((double)row[k]), below = tz * logistic(z);
            z += gap;
            tz += gap * t[k];
            out[k] = (float)(tz * logistic(-z) - below + t[k] * ratio_of(gap));
        }
        out[cols] = (float)(-tz * logistic(z));
    }
    return RC_OK;
}

static rc_status softened_kl(rc_device *dev, int64_t rows, int64_t cols, float s, const float *x,
                             const float *t, float *loss)
{
    for (int64_t r = 0; r < rows; r++) {
        const float *xr = x + r * cols, *tr = t + r * cols;
        double lse_x = log_sum_exp(xr, cols, s), lse_t = log_sum_exp(tr, cols, s), sum = 0;
        for (int64_t c = 0; c < cols; c++) {
            double log_q = tr[c] / (double)s - lse_t, log_p = xr[c] / (double)s - lse_x;
            sum += exp(log_q) * (log_q - log_p);
        }
        loss[r] = (float)((double)s * s * sum);
    }
    return RC_OK;
}

static rc_status softened_kl_backward(rc_device *dev, int64_t rows, int64_t cols, float s, const float *x,
                                      const float *t, const float *dloss, bool acc, float *dx)
{
    for (int64_t r = 0; r < rows; r++) {
        const float *xr = x + r * cols, *tr = t + r * cols;
        double lse_x = log_sum_exp(xr, cols, s), lse_t = log_sum_exp(tr, cols, s);
        for (int64_t c = 0; c < cols; c++) {
            int64_t i = r * cols + c;
            double slope = exp(xr[c] / (double)s - lse_x) - exp(tr[c] / (double)s - lse_t);
            dx[i] = (float)((acc ? dx[i] : 0.0) + dloss[r] * s * slope);
        }
    }
    return RC_OK;
}

void rc__ref_loss(rc_kernels *k)
{
    k->cross_entropy = cross_entropy;
    k->cross_entropy_backward = cross_entropy_backward;
    k->focal = focal;
    k->focal_backward = focal_backward;
    k->relative_l2 = relative_l2;
    k->relative_l2_backward = relative_l2_backward;
    k->lp_error = lp_error;
    k->lp_error_backward = lp_error_backward;
    k->squared_error = squared_error;
    k->squared_error_backward = squared_error_backward;
    k->binary_cross_entropy = binary_cross_entropy;
    k->binary_cross_entropy_backward = binary_cross_entropy_backward;
    k->poisson = poisson;
    k->poisson_backward = poisson_backward;
    k->ordered_classes = ordered_classes;
    k->ordered_classes_backward = ordered_classes_backward;
    k->ordered_classes_jvp = ordered_classes_jvp;
    k->softened_kl = softened_kl;
    k->softened_kl_backward = softened_kl_backward;
}
