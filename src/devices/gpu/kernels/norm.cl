/* Layer normalisation and softmax: a group makes a row. */

KERNEL(ROW)
layernorm(i64 cols, float eps, GLOBAL const float *x, GLOBAL const float *gamma, GLOBAL const float *beta,
          GLOBAL float *y, GLOBAL float *mean, GLOBAL float *rstd)
{
    SHARED(float, room, ROW);
    GLOBAL const float *row = x + GROUP * cols;
    float sum = 0, square = 0;
    for (i64 c = ITEM; c < cols; c += ROW)
        sum += row[c];
    float mu = row_sum(sum, room) / (float)cols;
    if (!mean) mu = 0;
    for (i64 c = ITEM; c < cols; c += ROW)
        square += (row[c] - mu) * (row[c] - mu);
    float inverse = 1 / sqrt(row_sum(square, room) / (float)cols + eps);
    for (i64 c = ITEM; c < cols; c += ROW)
        y[GROUP * cols + c] = (row[c] - mu) * inverse * gamma[c] + (beta ? beta[c] : 0.0f);
    if (ITEM > 0) return;
    if (mean) mean[GROUP] = mu;
    rstd[GROUP] = inverse;
}

KERNEL(ROW)
layernorm_backward(i64 cols, GLOBAL const float *x, GLOBAL const float *gamma, GLOBAL const float *mean,
                   GLOBAL const float *rstd, GLOBAL const float *dy, i64 acc, GLOBAL float *dx)
{
    SHARED(float, room, ROW);
    i64 row = GROUP * cols;
    float mu = mean ? mean[GROUP] : 0.0f, inverse = rstd[GROUP], sum = 0, with_n = 0;
    for (i64 c = ITEM; c < cols; c += ROW) {
        float n = (x[row + c] - mu) * inverse, g = dy[row + c] * gamma[c];
        sum += g;
        with_n += g * n;
    }
    sum = row_sum(sum, room) / (float)cols;
    if (!mean) sum = 0;
    with_n = row_sum(with_n, room) / (float)cols;
    for (i64 c = ITEM; c < cols; c += ROW) {
        float n = (x[row + c] - mu) * inverse, g = dy[row + c] * gamma[c];
        dx[row + c] = (acc ? dx[row + c] : 0.0f) + inverse * (g - sum - n * with_n);
    }
}

/* part[p] = [gradient of gamma | of beta] over the rows of part p, `share` of them. */
KERNEL(SPAN)
layernorm_sums(i64 rows, i64 cols, i64 share, GLOBAL const float *x, GLOBAL const float *mean,
               GLOBAL const float *rstd, GLOBAL const float *dy, GLOBAL float *part)
{
    i64 c, p = split(GROUP, (cols + SPAN - 1) / SPAN, &c);
    c = c * SPAN + ITEM;
    exact_sum g = {0, 0}, b = {0, 0};
    if (c >= cols) return;
    for (i64 r = p * share; r < rows && r < (p + 1) * share; r++) {
        float d = dy[r * cols + c];
        g = more(g, d * (x[r * cols + c] - (mean ? mean[r] : 0.0f)) * rstd[r]);
        b = more(b, d);
    }
    part[2 * p * cols + c] = g.sum + g.lost;
    part[(2 * p + 1) * cols + c] = b.sum + b.lost;
}

KERNEL(ROW)
layernorm_jvp(i64 cols, GLOBAL const float *x, GLOBAL const float *gamma, GLOBAL const float *mean,
              GLOBAL const float *rstd, GLOBAL const float *tx, GLOBAL const float *tgamma,
              GLOBAL const float *tbeta, GLOBAL float *ty)
{
    SHARED(float, room, ROW);
    i64 row = GROUP * cols;
    float mu = mean ? mean[GROUP] : 0.0f, inverse = rstd[GROUP], sum = 0, with_n = 0;
    for (i64 c = ITEM; tx && c < cols; c += ROW) {
        sum += tx[row + c];
        with_n += tx[row + c] * ((x[row + c] - mu) * inverse);
    }
    sum = row_sum(sum, room) / (float)cols;
    if (!mean) sum = 0;
    with_n = row_sum(with_n, room) / (float)cols;
    for (i64 c = ITEM; c < cols; c += ROW) {
        float n = (x[row + c] - mu) * inverse, t = 0;
        if (tx) t = gamma[c] * inverse * (tx[row + c] - sum - n * with_n);
        if (tgamma) t += tgamma[c] * n;
        if (tbeta) t += tbeta[c];
        ty[row + c] = t;
    }
}

/* Sums carry what rounding takes from them: a number at the edge of two bins must not change sides by the order of
 * the sum. */
KERNEL(ROW)
bin_rows(i64 cols, i64 count, i64 first, float low, float high, GLOBAL const float *x, GLOBAL i32 *out)
{
    SHARED(float, room, ROW);
    i64 row = GROUP * cols;
    exact_sum s = {0, 0};
    for (i64 c = ITEM; c < cols; c += ROW)
        s = more(s, fabs(x[row + c]));
    float sum = row_sum(s.sum + s.lost, room), mean = sum > 0 ? sum / (float)cols : 1.0f;
    float width = (high - low) / (float)(count - 1), last = (float)(count - 1);
    for (i64 c = ITEM; c < cols; c += ROW) {
        float place = floor((x[row + c] / mean - low) / width + 0.5f);
        out[row + c] = (i32)(first + (place > 0 ? (i64)fmin(place, last) : 0));
    }
}

KERNEL(ROW) softmax(i64 cols, GLOBAL const float *x, GLOBAL float *p)
{
    SHARED(float, room, ROW);
    GLOBAL const float *row = x + GROUP * cols;
    float top = -INFINITY, sum = 0;
    for (i64 c = ITEM; c < cols; c += ROW)
        top = fmax(top, row[c]);
    top = row_max(top, room);
    for (i64 c = ITEM; c < cols; c += ROW)
        sum += exp(row[c] - top);
    sum = row_sum(sum, room);
    for (i64 c = ITEM; c < cols; c += ROW)
        p[GROUP * cols + c] = exp(row[c] - top) / sum;
}

KERNEL(ROW)
softmax_backward(i64 cols, GLOBAL const float *p, GLOBAL const float *dp, i64 acc, GLOBAL float *dx)
{
    SHARED(float, room, ROW);
    i64 row = GROUP * cols;
    float sum = 0;
    for (i64 c = ITEM; c < cols; c += ROW)
        sum += p[row + c] * dp[row + c];
    sum = row_sum(sum, room);
    for (i64 c = ITEM; c < cols; c += ROW)
        dx[row + c] = (acc ? dx[row + c] : 0.0f) + p[row + c] * (dp[row + c] - sum);
}
