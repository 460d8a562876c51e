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

#define FULL 8 /* columns to an item, in a row that a group holds at once */

/* Both of a and b over the items of a row's group. */
DEVICE void row_sums(float *a, float *b, LOCAL float *room)
{
    room[ITEM] = *a;
    room[ROW + ITEM] = *b;
    BARRIER;
    for (i32 half_way = ROW / 2; half_way > 0; half_way /= 2) {
        if (ITEM < half_way) {
            room[ITEM] += room[ITEM + half_way];
            room[ROW + ITEM] += room[ROW + ITEM + half_way];
        }
        BARRIER;
    }
    *a = room[0];
    *b = room[ROW];
    BARRIER;
}

/* Rows of at most FULL * ROW columns: dx, and part[p] = [gradient of gamma | of beta] over the rows of part p,
 * `share` of them, for which x and dy are read once. */
KERNEL(ROW)
layernorm_slopes(i64 rows, i64 cols, i64 share, GLOBAL const float *x, GLOBAL const float *gamma,
                 GLOBAL const float *mean, GLOBAL const float *rstd, GLOBAL const float *dy, i64 acc,
                 GLOBAL float *dx, GLOBAL float *part)
{
    SHARED(float, room, 2 * ROW);
    float n[FULL], d[FULL], weight[FULL];
    exact_sum g[FULL], b[FULL];
    for (i32 i = 0; i < FULL; i++) {
        weight[i] = ITEM + i * ROW < cols ? gamma[ITEM + i * ROW] : 0.0f;
        g[i].sum = g[i].lost = b[i].sum = b[i].lost = 0;
    }
    for (i64 r = GROUP * share; r < rows && r < (GROUP + 1) * share; r++) {
        float mu = mean ? mean[r] : 0.0f, inverse = rstd[r], sum = 0, with_n = 0;
        for (i32 i = 0; i < FULL; i++) {
            i64 c = ITEM + i * ROW, at = r * cols + c;
            n[i] = c < cols ? (x[at] - mu) * inverse : 0.0f;
            d[i] = c < cols ? dy[at] : 0.0f;
            sum += d[i] * weight[i];
            with_n += d[i] * weight[i] * n[i];
        }
        row_sums(&sum, &with_n, room);
        sum = mean ? sum / (float)cols : 0.0f;
        with_n /= (float)cols;
        for (i32 i = 0; i < FULL; i++) {
            i64 c = ITEM + i * ROW, at = r * cols + c;
            g[i] = more(g[i], d[i] * n[i]);
            b[i] = more(b[i], d[i]);
            if (c < cols)
                dx[at] = (acc ? dx[at] : 0.0f) + inverse * (d[i] * weight[i] - sum - n[i] * with_n);
        }
    }
    for (i32 i = 0; i < FULL; i++) {
        i64 c = ITEM + i * ROW;
        if (c >= cols) continue;
        part[2 * GROUP * cols + c] = g[i].sum + g[i].lost;
        part[(2 * GROUP + 1) * cols + c] = b[i].sum + b[i].lost;
    }
}

/* part[p] alone, of rows of any length. */
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

DEVICE exact_sum exactly(float sum, float lost)
{
    exact_sum s = {sum, lost};
    return s;
}

/* a / b of numbers that carry what rounding has taken from them; b is not far below 1, or a is 0. */
DEVICE exact_sum ratio(exact_sum a, exact_sum b)
{
    float q = a.sum / b.sum, rest = fma(-q, b.sum, a.sum) + (a.lost - q * b.lost);
    return exactly(q, rest / b.sum);
}

/* The largest whole number that is not larger. */
DEVICE float whole(exact_sum a)
{
    float top = floor(a.sum);
    return top == a.sum && a.lost < 0 ? top - 1 : top;
}

/* All numbers carry what rounding takes from them, about as exact as in double precision: a number near the edge of
 * two bins takes the side that it takes on the processor. Its width is width + width_lost. */
KERNEL(ROW)
bin_rows(i64 cols, i64 count, i64 first, float low, float width, float width_lost, GLOBAL const float *x,
         GLOBAL i32 *out)
{
    SHARED(float, sums, ROW);
    SHARED(float, lost, ROW);
    i64 row = GROUP * cols;
    exact_sum s = {0, 0}, mean = {1, 0};
    for (i64 c = ITEM; c < cols; c += ROW)
        s = more(s, fabs(x[row + c]));
    sums[ITEM] = s.sum;
    lost[ITEM] = s.lost;
    BARRIER;
    s.sum = s.lost = 0;
    for (i32 i = 0; i < ROW; i++) {
        s = more(s, sums[i]);
        s.lost += lost[i];
    }
    s = more(exactly(s.sum, 0), s.lost);
    if (s.sum > 0) mean = ratio(s, exactly((float)cols, 0));
    for (i64 c = ITEM; c < cols; c += ROW) {
        exact_sum at = more(ratio(exactly(x[row + c], 0), mean), -low);
        at = more(ratio(at, exactly(width, width_lost)), 0.5f);
        float place = whole(more(exactly(at.sum, 0), at.lost));
        out[row + c] = (i32)(first + (place > 0 ? (i64)fmin(place, (float)(count - 1)) : 0));
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
