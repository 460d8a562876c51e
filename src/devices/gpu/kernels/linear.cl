/* Matrix products, sums and element-wise maps. */

#define TILE 64  /* a group makes so many rows and columns of a product */
#define DEPTH 16 /* terms at once */
#define EACH 4   /* of the tile's rows and columns to an item, 16 apart: neighbours write neighbours */

/* One operand's tile, term by term. `down` and `along`: how far apart its rows (of the result) and terms are;
 * neighbouring items read along what lies together. */
DEVICE void fetch_tile(i64 rows, i64 terms, i64 down, i64 along, GLOBAL const float *x, LOCAL float *tile)
{
    for (i32 at = ITEM; at < TILE * DEPTH; at += SPAN) {
        i32 row = along == 1 ? at / DEPTH : at % TILE, term = along == 1 ? at % DEPTH : at / TILE;
        tile[term * (TILE + 1) + row] = row < rows && term < terms ? x[row * down + term * along] : 0.0f;
    }
}

/* c = alpha op(a) op(b) + beta base + bias, base laid out as c, which it may be. Terms are added up DEPTH by
 * DEPTH, which keeps long sums accurate. */
KERNEL(SPAN)
gemm(i64 m, i64 n, i64 k, float alpha, GLOBAL const float *a, i64 a_down, i64 a_along, GLOBAL const float *b,
     i64 b_down, i64 b_along, float beta, GLOBAL const float *base, GLOBAL const float *bias, GLOBAL float *c,
     i64 ldc)
{
    SHARED(float, left, DEPTH *(TILE + 1));
    SHARED(float, right, DEPTH *(TILE + 1));
    i64 col, row = TILE * split(GROUP, (n + TILE - 1) / TILE, &col);
    col *= TILE;
    i32 y = ITEM / 16, x = ITEM % 16;
    float sum[EACH * EACH], part[EACH * EACH];
    for (i32 i = 0; i < EACH * EACH; i++)
        sum[i] = 0;
    for (i64 term = 0; term < k; term += DEPTH) {
        fetch_tile(m - row, k - term, a_down, a_along, a + row * a_down + term * a_along, left);
        fetch_tile(n - col, k - term, b_down, b_along, b + col * b_down + term * b_along, right);
        BARRIER;
        for (i32 i = 0; i < EACH * EACH; i++)
            part[i] = 0;
        for (i32 p = 0; p < DEPTH; p++)
            for (i32 i = 0; i < EACH; i++)
                for (i32 j = 0; j < EACH; j++)
                    part[EACH * i + j] = fma(left[p * (TILE + 1) + y + 16 * i],
                                             right[p * (TILE + 1) + x + 16 * j], part[EACH * i + j]);
        for (i32 i = 0; i < EACH * EACH; i++)
            sum[i] += part[i];
        BARRIER;
    }
    for (i32 i = 0; i < EACH; i++)
        for (i32 j = 0; j < EACH; j++) {
            i64 r = row + y + 16 * i, s = col + x + 16 * j, at = r * ldc + s;
            float made = alpha * sum[EACH * i + j];
            if (r >= m || s >= n) continue;
            if (beta != 0) made += beta * base[at];
            c[at] = bias ? made + bias[s] : made;
        }
}

/* The nearest bfloat16, ties to even: the upper half of its bits. */
DEVICE u32 to_bfloat(float x)
{
    u32 bits = BITS(x), is_nan = (bits & 0x7fffffff) > 0x7f800000;
    return is_nan ? bits >> 16 | 0x40 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

/* Rows of x, ld apart, rounded to bfloat16 and put together. */
KERNEL(SPAN) narrow(i64 n, i64 cols, i64 ld, GLOBAL const float *x, GLOBAL u16 *y)
{
    i64 c;
    if (HERE >= n) return;
    i64 r = split(HERE, cols, &c);
    y[HERE] = (u16)to_bfloat(x[r * ld + c]);
}

KERNEL(SPAN) widen(i64 n, GLOBAL const u16 *x, GLOBAL float *y)
{
    if (HERE < n) y[HERE] = FLOAT_OF((u32)x[HERE] << 16);
}

KERNEL(SPAN) add_narrow(i64 n, GLOBAL const u16 *x, GLOBAL u16 *y)
{
    if (HERE < n) y[HERE] = (u16)to_bfloat(FLOAT_OF((u32)x[HERE] << 16) + FLOAT_OF((u32)y[HERE] << 16));
}

KERNEL(SPAN) fill(i64 n, float value, GLOBAL float *x)
{
    if (HERE < n) x[HERE] = value;
}

KERNEL(SPAN) scale(i64 n, float a, GLOBAL float *x)
{
    if (HERE < n) x[HERE] *= a;
}

KERNEL(SPAN) axpy(i64 n, float a, GLOBAL const float *x, GLOBAL float *y)
{
    if (HERE < n) y[HERE] += a * x[HERE];
}

KERNEL(SPAN) add_rounded(i64 n, GLOBAL const float *x, GLOBAL float *y)
{
    if (HERE < n) y[HERE] = FLOAT_OF(to_bfloat(x[HERE]) << 16) + FLOAT_OF(to_bfloat(y[HERE]) << 16);
}

KERNEL(SPAN) add(i64 n, GLOBAL const float *a, GLOBAL const float *b, GLOBAL float *z)
{
    if (HERE < n) z[HERE] = a[HERE] + b[HERE];
}

KERNEL(SPAN) mul(i64 n, GLOBAL const float *a, GLOBAL const float *b, i64 acc, GLOBAL float *z)
{
    if (HERE < n) z[HERE] = (acc ? z[HERE] : 0.0f) + a[HERE] * b[HERE];
}

/* Over the items of a group, in order; item 0 gets the result. */
DEVICE exact_sum group_sum(exact_sum s, LOCAL float *sums, LOCAL float *lost)
{
    sums[ITEM] = s.sum;
    lost[ITEM] = s.lost;
    BARRIER;
    for (i32 i = 1; ITEM == 0 && i < SPAN; i++) {
        s = more(s, sums[i]);
        s.lost += lost[i];
    }
    return s;
}

/* One exact sum a group, over every groups * SPAN-th number: what is lost by rounding stands behind all sums.
 */
KERNEL(SPAN) sum_squares(i64 n, i64 groups, GLOBAL const float *x, GLOBAL float *part)
{
    SHARED(float, sums, SPAN);
    SHARED(float, lost, SPAN);
    exact_sum s = {0, 0};
    for (i64 i = HERE; i < n; i += groups * SPAN) {
        float square = x[i] * x[i];
        s = more(s, square);
        s.lost += fma(x[i], x[i], -square);
    }
    s = group_sum(s, sums, lost);
    if (ITEM > 0) return;
    part[GROUP] = s.sum;
    part[groups + GROUP] = s.lost;
}

/* The sum of these by one group, where the rest is brought to what rounding takes from the sum. */
KERNEL(SPAN) sum_exactly(i64 parts, GLOBAL const float *part, i64 acc, GLOBAL float *out)
{
    SHARED(float, sums, SPAN);
    SHARED(float, lost, SPAN);
    exact_sum s = {0, 0};
    if (acc && ITEM == 0) {
        s.sum = out[0];
        s.lost = out[1];
    }
    for (i64 i = ITEM; i < parts; i += SPAN) {
        s = more(s, part[i]);
        s.lost += part[parts + i];
    }
    s = group_sum(s, sums, lost);
    if (ITEM > 0) return;
    out[0] = s.sum + s.lost;
    out[1] = s.lost - (out[0] - s.sum);
}

KERNEL(SPAN) bias_rows(i64 n, i64 cols, GLOBAL const float *bias, GLOBAL const float *base, GLOBAL float *y)
{
    i64 c;
    if (HERE >= n) return;
    split(HERE, cols, &c);
    y[HERE] = (base ? base[HERE] : 0.0f) + bias[c];
}

/* part[p, c]: the sum over the rows of part p, `share` of them. */
KERNEL(SPAN) sum_rows(i64 rows, i64 cols, i64 share, GLOBAL const float *x, GLOBAL float *part)
{
    i64 c, p = split(GROUP, (cols + SPAN - 1) / SPAN, &c);
    c = c * SPAN + ITEM;
    exact_sum s = {0, 0};
    if (c >= cols) return;
    for (i64 r = p * share; r < rows && r < (p + 1) * share; r++)
        s = more(s, x[r * cols + c]);
    part[p * cols + c] = s.sum + s.lost;
}

#define ABREAST 8 /* items to a column of parts */

/* out[c] (+)= sum over p of part[p, c], what ends a sum that several groups share. Of two sums side by side
 * the columns from `cols` on belong to the second. Each item adds up every ABREAST-th part, and the first of
 * a column what they have, in order. */
KERNEL(SPAN)
sum_parts(i64 parts, i64 width, i64 cols, GLOBAL const float *part, i64 acc, GLOBAL float *out, i64 add,
          GLOBAL float *second)
{
    SHARED(float, sums, SPAN);
    SHARED(float, lost, SPAN);
    i64 c = GROUP * (SPAN / ABREAST) + ITEM % (SPAN / ABREAST);
    exact_sum s = {0, 0};
    for (i64 p = ITEM / (SPAN / ABREAST); c < width && p < parts; p += ABREAST)
        s = more(s, part[p * width + c]);
    sums[ITEM] = s.sum;
    lost[ITEM] = s.lost;
    BARRIER;
    if (ITEM >= SPAN / ABREAST || c >= width) return;
    GLOBAL float *to = c < cols ? out + c : second + (c - cols);
    if (c < cols ? !out : !second) return;
    s.sum = (c < cols ? acc : add) ? *to : 0.0f;
    s.lost = 0;
    for (i32 i = 0; i < ABREAST; i++) {
        s = more(s, sums[ITEM + i * (SPAN / ABREAST)]);
        s.lost += lost[ITEM + i * (SPAN / ABREAST)];
    }
    *to = s.sum + s.lost;
}

#define SQRT_HALF 0.70710678118654752f
#define INV_SQRT_2PI 0.39894228040143268f

/* x + bias, number i of rows of so many columns */
DEVICE float biased(i64 i, i64 cols, GLOBAL const float *x, GLOBAL const float *bias)
{
    i64 c;
    if (!bias) return x[i];
    split(i, cols, &c);
    return x[i] + bias[c];
}

DEVICE float gelu_slope(float p)
{
    return 0.5f * (1 + erf(p * SQRT_HALF)) + p * INV_SQRT_2PI * exp(-0.5f * p * p);
}

KERNEL(SPAN) gelu(i64 n, i64 cols, GLOBAL const float *x, GLOBAL const float *bias, GLOBAL float *y)
{
    if (HERE >= n) return;
    float p = biased(HERE, cols, x, bias);
    y[HERE] = 0.5f * p * (1 + erf(p * SQRT_HALF));
}

KERNEL(SPAN)
gelu_backward(i64 n, i64 cols, GLOBAL const float *x, GLOBAL const float *bias, GLOBAL const float *dy, i64 acc,
              GLOBAL float *dx)
{
    if (HERE >= n) return;
    float dp = dy[HERE] * gelu_slope(biased(HERE, cols, x, bias));
    dx[HERE] = (acc ? dx[HERE] : 0.0f) + dp;
}

/* The same with the sums for the gradient of the bias: as in sum_rows. */
KERNEL(SPAN)
gelu_sums(i64 rows, i64 cols, i64 share, GLOBAL const float *x, GLOBAL const float *bias, GLOBAL const float *dy,
          i64 acc, GLOBAL float *dx, GLOBAL float *part)
{
    i64 c, p = split(GROUP, (cols + SPAN - 1) / SPAN, &c);
    c = c * SPAN + ITEM;
    exact_sum s = {0, 0};
    if (c >= cols) return;
    float b = bias ? bias[c] : 0.0f;
    for (i64 r = p * share; r < rows && r < (p + 1) * share; r++) {
        i64 i = r * cols + c;
        float dp = dy[i] * gelu_slope(x[i] + b);
        s = more(s, dp);
        dx[i] = (acc ? dx[i] : 0.0f) + dp;
    }
    part[p * cols + c] = s.sum + s.lost;
}

KERNEL(SPAN) relu(i64 n, GLOBAL const float *x, GLOBAL float *y)
{
    if (HERE < n) y[HERE] = x[HERE] <= 0 ? 0.0f : x[HERE]; /* NaN stays */
}

KERNEL(SPAN) relu_backward(i64 n, GLOBAL const float *x, GLOBAL const float *dy, i64 acc, GLOBAL float *dx)
{
    if (HERE < n) dx[HERE] = (acc ? dx[HERE] : 0.0f) + (x[HERE] > 0 ? dy[HERE] : 0.0f);
}

/* f(a) = a s(linear a + cubic a^3) and its slope */
DEVICE float gate_at(float linear, float cubic, float a, float *slope)
{
    float square = a * a, s = 1 / (1 + exp(-a * (linear + cubic * square)));
    *slope = s * (1 + a * (1 - s) * (linear + 3 * cubic * square));
    return a * s;
}

/* Where a of number i of the output stands; b is `cols` behind it. */
DEVICE i64 gate_of(i64 i, i64 cols)
{
    i64 c, r = split(i, cols, &c);
    return 2 * r * cols + c;
}

KERNEL(SPAN) glu(i64 n, i64 cols, float linear, float cubic, GLOBAL const float *x, GLOBAL float *y)
{
    float slope;
    if (HERE >= n) return;
    i64 a = gate_of(HERE, cols);
    y[HERE] = gate_at(linear, cubic, x[a], &slope) * x[a + cols];
}

KERNEL(SPAN)
glu_backward(i64 n, i64 cols, float linear, float cubic, GLOBAL const float *x, GLOBAL const float *dy, i64 acc,
             GLOBAL float *dx)
{
    float slope;
    if (HERE >= n) return;
    i64 a = gate_of(HERE, cols), b = a + cols;
    float gate = gate_at(linear, cubic, x[a], &slope), d = dy[HERE];
    dx[a] = (acc ? dx[a] : 0.0f) + d * slope * x[b];
    dx[b] = (acc ? dx[b] : 0.0f) + d * gate;
}

KERNEL(SPAN)
glu_jvp(i64 n, i64 cols, float linear, float cubic, GLOBAL const float *x, GLOBAL const float *tx,
        GLOBAL float *ty)
{
    float slope;
    if (HERE >= n) return;
    i64 a = gate_of(HERE, cols), b = a + cols;
    float gate = gate_at(linear, cubic, x[a], &slope);
    ty[HERE] = slope * x[b] * tx[a] + gate * tx[b];
}
