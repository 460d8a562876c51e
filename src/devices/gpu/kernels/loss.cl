/* Losses: a group makes a row, or an item one slope. */

DEVICE float wanted(i64 c, i32 label, i64 cols, float smoothing, GLOBAL const float *w)
{
    return (w ? w[c] : 1.0f) * ((c == label ? 1.0f - smoothing : 0.0f) + smoothing / (float)cols);
}

KERNEL(ROW)
cross_entropy(i64 cols, float smoothing, GLOBAL const float *w, GLOBAL const float *x,
              GLOBAL const i32 *label, GLOBAL float *loss, GLOBAL float *p)
{
    SHARED(float, room, ROW);
    GLOBAL const float *row = x + GROUP * cols;
    float lse = log_sum_exp(cols, 1, row, room), total = 0;
    for (i64 c = ITEM; c < cols; c += ROW) {
        total += wanted(c, label[GROUP], cols, smoothing, w) * (lse - row[c]);
        p[GROUP * cols + c] = exp(row[c] - lse);
    }
    total = row_sum(total, room);
    if (ITEM == 0) loss[GROUP] = total;
}

KERNEL(ROW)
cross_entropy_backward(i64 cols, float smoothing, GLOBAL const float *w, GLOBAL const float *p,
                       GLOBAL const i32 *label, GLOBAL const float *dloss, i64 acc, GLOBAL float *dx)
{
    SHARED(float, room, ROW);
    float total = 0;
    for (i64 c = ITEM; w && c < cols; c += ROW)
        total += wanted(c, label[GROUP], cols, smoothing, w);
    total = row_sum(total, room);
    if (!w) total = 1;
    for (i64 c = ITEM; c < cols; c += ROW) {
        i64 i = GROUP * cols + c;
        float slope = p[i] * total - wanted(c, label[GROUP], cols, smoothing, w);
        dx[i] = (acc ? dx[i] : 0.0f) + dloss[GROUP] * slope;
    }
}

KERNEL(ROW) focal(i64 cols, float gamma, GLOBAL const float *x, GLOBAL const i32 *label, GLOBAL float *loss)
{
    SHARED(float, room, ROW);
    GLOBAL const float *row = x + GROUP * cols;
    float lse = log_sum_exp(cols, 1, row, room), log_p = row[label[GROUP]] - lse;
    if (ITEM == 0) loss[GROUP] = -pow(-expm1(log_p), gamma) * log_p;
}

KERNEL(ROW)
focal_backward(i64 cols, float gamma, GLOBAL const float *x, GLOBAL const i32 *label,
               GLOBAL const float *dloss, i64 acc, GLOBAL float *dx)
{
    SHARED(float, room, ROW);
    GLOBAL const float *row = x + GROUP * cols;
    float lse = log_sum_exp(cols, 1, row, room), log_p = row[label[GROUP]] - lse, rest = -expm1(log_p);
    float slope = pow(rest, gamma) * (gamma * exp(log_p) * (rest > 0 ? log_p / rest : -1.0f) - 1);
    for (i64 c = ITEM; c < cols; c += ROW) {
        i64 i = GROUP * cols + c;
        float change = (c == label[GROUP] ? 1.0f : 0.0f) - exp(row[c] - lse);
        dx[i] = (acc ? dx[i] : 0.0f) + dloss[GROUP] * slope * change;
    }
}

DEVICE float norm_of(float sum, float q)
{
    return q == 1 ? sum : q == 2 ? sqrt(sum) : pow(sum, 1 / q);
}

DEVICE float to_power(float v, float q)
{
    return q == 1 ? fabs(v) : q == 2 ? v * v : pow(fabs(v), q);
}

KERNEL(ROW)
lp_error(i64 cols, float q, i64 relative, GLOBAL const float *x, GLOBAL const float *y, GLOBAL const float *s,
         GLOBAL const float *m, GLOBAL float *loss, GLOBAL float *diff, GLOBAL float *norm)
{
    SHARED(float, room, ROW);
    float d = 0, n = 0;
    for (i64 c = ITEM; c < cols; c += ROW) {
        float scale = s ? s[c] : 1.0f, truth = y[GROUP * cols + c];
        d += to_power(scale * (x[GROUP * cols + c] - truth), q);
        if (relative) n += to_power(scale * truth + (m ? m[c] : 0.0f), q);
    }
    d = norm_of(row_sum(d, room), q);
    n = row_sum(n, room);
    n = fmax(norm_of(relative ? n : (float)cols, q), 1e-30f);
    if (ITEM > 0) return;
    diff[GROUP] = d;
    norm[GROUP] = n;
    loss[GROUP] = d / n;
}

KERNEL(SPAN)
lp_error_backward(i64 n, i64 cols, float q, GLOBAL const float *x, GLOBAL const float *y,
                  GLOBAL const float *s, GLOBAL const float *diff, GLOBAL const float *norm,
                  GLOBAL const float *dloss, i64 acc, GLOBAL float *dx)
{
    i64 c;
    if (HERE >= n) return;
    i64 r = split(HERE, cols, &c);
    float scale = s ? s[c] : 1.0f, e = scale * (x[HERE] - y[HERE]), slope = 0;
    if (diff[r] > 0 && e != 0)
        slope = dloss[r] / norm[r] * scale * copysign(to_power(e / diff[r], q - 1), e);
    dx[HERE] = (acc ? dx[HERE] : 0.0f) + slope;
}

KERNEL(ROW) squared_error(i64 cols, GLOBAL const float *x, GLOBAL const float *y, GLOBAL float *loss)
{
    SHARED(float, room, ROW);
    float sum = 0;
    for (i64 c = ITEM; c < cols; c += ROW) {
        float d = x[GROUP * cols + c] - y[GROUP * cols + c];
        sum += d * d;
    }
    sum = row_sum(sum, room);
    if (ITEM == 0) loss[GROUP] = sum / (float)cols;
}

KERNEL(SPAN)
squared_error_backward(i64 n, i64 cols, GLOBAL const float *x, GLOBAL const float *y,
                       GLOBAL const float *dloss, i64 acc, GLOBAL float *dx)
{
    i64 c;
    if (HERE >= n) return;
    i64 r = split(HERE, cols, &c);
    dx[HERE] = (acc ? dx[HERE] : 0.0f) + 2 * dloss[r] * (x[HERE] - y[HERE]) / (float)cols;
}

/* log(1 + exp(v)) without overflow */
DEVICE float softplus(float v)
{
    return fmax(v, 0.0f) + log1p(exp(-fabs(v)));
}

KERNEL(ROW)
binary_cross_entropy(i64 cols, float w, GLOBAL const float *x, GLOBAL const float *y, GLOBAL float *loss)
{
    SHARED(float, room, ROW);
    float sum = 0;
    for (i64 c = ITEM; c < cols; c += ROW) {
        float v = x[GROUP * cols + c], t = y[GROUP * cols + c];
        sum += w * t * softplus(-v) + (1 - t) * softplus(v);
    }
    sum = row_sum(sum, room);
    if (ITEM == 0) loss[GROUP] = sum / (float)cols;
}

KERNEL(SPAN)
binary_cross_entropy_backward(i64 n, i64 cols, float w, GLOBAL const float *x, GLOBAL const float *y,
                              GLOBAL const float *dloss, i64 acc, GLOBAL float *dx)
{
    i64 c;
    if (HERE >= n) return;
    i64 r = split(HERE, cols, &c);
    float s = 1 / (1 + exp(-x[HERE])), slope = (1 - y[HERE]) * s - w * y[HERE] * (1 - s);
    dx[HERE] = (acc ? dx[HERE] : 0.0f) + dloss[r] * slope / (float)cols;
}

KERNEL(ROW)
poisson(i64 cols, GLOBAL const float *x, GLOBAL const float *y, GLOBAL float *loss)
{
    SHARED(float, room, ROW);
    float sum = 0;
    for (i64 c = ITEM; c < cols; c += ROW) {
        i64 i = GROUP * cols + c;
        sum += exp(x[i]) - y[i] * x[i];
    }
    sum = row_sum(sum, room);
    if (ITEM == 0) loss[GROUP] = sum / (float)cols;
}

KERNEL(SPAN)
poisson_backward(i64 n, i64 cols, GLOBAL const float *x, GLOBAL const float *y, GLOBAL const float *dloss,
                 i64 acc, GLOBAL float *dx)
{
    i64 c;
    if (HERE >= n) return;
    i64 r = split(HERE, cols, &c);
    dx[HERE] = (acc ? dx[HERE] : 0.0f) + dloss[r] * (exp(x[HERE]) - y[HERE]) / (float)cols;
}

/* Classes in order are few: an item takes a row. */
DEVICE float logistic(float v)
{
    return 1 / (1 + exp(-v));
}

/* exp(gap) - 1 and 1 - exp(-gap) are the gap itself below it, and some cards take such numbers for 0. */
#define NARROW 1e-30f

/* gap / (exp(gap) - 1) */
DEVICE float ratio_of(float gap)
{
    return gap > NARROW ? gap / expm1(gap) : 1.0f;
}

KERNEL(SPAN)
ordered_classes(i64 rows, i64 cols, GLOBAL const float *x, GLOBAL float *log_p)
{
    if (HERE >= rows) return;
    GLOBAL const float *row = x + HERE * cols;
    GLOBAL float *out = log_p + HERE * (cols + 1);
    float z = row[0];
    out[0] = -softplus(-z);
    for (i64 k = 1; k < cols; k++) {
        float gap = exp(row[k]), below = z;
        z += gap;
        out[k] = (gap > NARROW ? log(-expm1(-gap)) : row[k]) - softplus(-z) - softplus(below);
    }
    out[cols] = -softplus(z);
}

/* room: for the thresholds, of the size of x */
KERNEL(SPAN)
ordered_classes_backward(i64 rows, i64 cols, GLOBAL const float *x, GLOBAL const float *dlog_p,
                         GLOBAL float *room, i64 acc, GLOBAL float *dx)
{
    if (HERE >= rows) return;
    GLOBAL const float *row = x + HERE * cols, *d = dlog_p + HERE * (cols + 1);
    GLOBAL float *z = room + HERE * cols, *to = dx + HERE * cols;
    float sum = 0;
    z[0] = row[0];
    for (i64 k = 1; k < cols; k++)
        z[k] = z[k - 1] + exp(row[k]);
    for (i64 k = cols - 1; k >= 0; k--) {
        float gap = exp(row[k]);
        sum += d[k] * logistic(-z[k]) - d[k + 1] * logistic(z[k]);
        to[k] = (acc ? to[k] : 0.0f) + (k > 0 ? gap * sum + d[k] * ratio_of(gap) : sum);
    }
}

KERNEL(SPAN)
ordered_classes_jvp(i64 rows, i64 cols, GLOBAL const float *x, GLOBAL const float *tx, GLOBAL float *tlog_p)
{
    if (HERE >= rows) return;
    GLOBAL const float *row = x + HERE * cols, *t = tx + HERE * cols;
    GLOBAL float *out = tlog_p + HERE * (cols + 1);
    float z = row[0], tz = t[0];
    out[0] = tz * logistic(-z);
    for (i64 k = 1; k < cols; k++) {
        float gap = exp(row[k]), below = tz * logistic(z);
        z += gap;
        tz += gap * t[k];
        out[k] = tz * logistic(-z) - below + t[k] * ratio_of(gap);
    }
    out[cols] = -tz * logistic(z);
}

KERNEL(ROW)
softened_kl(i64 cols, float s, GLOBAL const float *x, GLOBAL const float *t, GLOBAL float *loss)
{
    SHARED(float, room, ROW);
    GLOBAL const float *xr = x + GROUP * cols, *tr = t + GROUP * cols;
    float lse_x = log_sum_exp(cols, s, xr, room), lse_t = log_sum_exp(cols, s, tr, room), sum = 0;
    for (i64 c = ITEM; c < cols; c += ROW) {
        float log_q = tr[c] / s - lse_t;
        sum += exp(log_q) * (log_q - (xr[c] / s - lse_x));
    }
    sum = row_sum(sum, room);
    if (ITEM == 0) loss[GROUP] = s * s * sum;
}

KERNEL(ROW)
softened_kl_backward(i64 cols, float s, GLOBAL const float *x, GLOBAL const float *t,
                     GLOBAL const float *dloss, i64 acc, GLOBAL float *dx)
{
    SHARED(float, room, ROW);
    GLOBAL const float *xr = x + GROUP * cols, *tr = t + GROUP * cols;
    float lse_x = log_sum_exp(cols, s, xr, room), lse_t = log_sum_exp(cols, s, tr, room);
    for (i64 c = ITEM; c < cols; c += ROW) {
        i64 i = GROUP * cols + c;
        float slope = exp(xr[c] / s - lse_x) - exp(tr[c] / s - lse_t);
        dx[i] = (acc ? dx[i] : 0.0f) + dloss[GROUP] * s * slope;
    }
}
