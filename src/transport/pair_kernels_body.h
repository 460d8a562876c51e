/* transport/pair_kernels_body.h: the kernels of one instruction set; included once for each by
 * pair_kernels.c.
 *
 * Wants: NAME(x) - a name of its own for each function; TARGET - attribute that switches the instructions on;
 * VECTOR, LANES, LOAD, STORE, SPREAD, ADD_PRODUCT - its vector; PRODUCT_SUM(a, b, c) - a * b + c on scalars,
 * as one instruction where there is one; SIMD, UNROLL - in front of loops; ROWS, VECTORS - the register tile
 * is ROWS x (VECTORS * LANES). */

enum { NAME(COLUMNS) = VECTORS * LANES };

TARGET static inline void NAME(tile)(int64_t depth, const float *a, const float *b,
                                     VECTOR total[ROWS][VECTORS])
{
    for (int64_t k = 0; k < depth; k++, a += ROWS, b += VECTORS * LANES) {
        VECTOR column[VECTORS];
        UNROLL for (int v = 0; v < VECTORS; v++) column[v] = LOAD(b + v * LANES);
        UNROLL for (int r = 0; r < ROWS; r++)
        {
            VECTOR row = SPREAD(a[r]);
            UNROLL for (int v = 0; v < VECTORS; v++) total[r][v] = ADD_PRODUCT(row, column[v], total[r][v]);
        }
    }
}

TARGET static void NAME(products)(int64_t depth, const float *a, const float *b, bool add, float *out,
                                  int64_t ld)
{
    VECTOR total[ROWS][VECTORS];
    UNROLL for (int r = 0; r < ROWS; r++)
    {
        UNROLL for (int v = 0; v < VECTORS; v++)
        {
            total[r][v] = add ? LOAD(out + r * ld + v * LANES) : SPREAD(0.0f);
        }
    }
    NAME(tile)(depth, a, b, total);
    UNROLL for (int r = 0; r < ROWS; r++)
    {
        UNROLL for (int v = 0; v < VECTORS; v++) STORE(out + r * ld + v * LANES, total[r][v]);
    }
}

TARGET static void NAME(costs)(int64_t depth, const float *a, const float *b, const float *row_half,
                               const float *column_half, float *out, int64_t ld)
{
    NAME(products)(depth, a, b, false, out, ld);
    for (int r = 0; r < ROWS; r++) {
        float *restrict line = out + r * ld;
        SIMD for (int c = 0; c < NAME(COLUMNS); c++)
        {
            float cost = row_half[r] + column_half[c] - line[c];
            line[c] = cost > 0.0f ? cost : 0.0f;
        }
    }
}

/* 2^t for t <= 0, relative error below 2e-7. Below 2^-80 it stays there: nothing next to a largest term near
 * 1, and far enough from denormal numbers, which are slow, even when multiplied by a coordinate. Adding 1.5 *
 * 2^23 rounds t to a whole number n, which then stands in the low bits of the sum; the rest lies in [-1/2,
 * 1/2]; the coefficients minimise the largest relative error there. */
TARGET static inline float NAME(power_of_two)(float t)
{
    const float shift = 12582912.0f;
    union {
        float f;
        uint32_t u;
    } whole, value;
    t = t > -80.0f ? t : -80.0f;
    whole.f = t + shift;
    float r = t - (whole.f - shift);
    float p = PRODUCT_SUM(1.327647152e-3f, r, 9.675541331e-3f);
    p = PRODUCT_SUM(p, r, 5.550713275e-2f);
    p = PRODUCT_SUM(p, r, 2.402211972e-1f);
    p = PRODUCT_SUM(p, r, 6.931469671e-1f);
    value.f = PRODUCT_SUM(p, r, 1.000000072f);
    value.u += whole.u << 23;
    return value.f;
}

TARGET static void NAME(row_sum)(int64_t count, const float *cost, const float *h, float scale,
                                 float *maximum, double *sum)
{
    float top[SLOTS], total[SLOTS];
    for (int c = 0; c < SLOTS; c++) {
        top[c] = *maximum;
        total[c] = 0.0f;
    }
    for (int64_t j = 0; j < count; j += SLOTS) {
        SIMD for (int c = 0; c < SLOTS; c++)
        {
            float score = PRODUCT_SUM(-scale, cost[j + c], h[j + c]);
            top[c] = score > top[c] ? score : top[c];
        }
    }
    float most = *maximum;
    for (int c = 0; c < SLOTS; c++)
        most = top[c] > most ? top[c] : most;
    for (int64_t j = 0; j < count; j += SLOTS) {
        SIMD for (int c = 0; c < SLOTS; c++)
        {
            total[c] += NAME(power_of_two)(PRODUCT_SUM(-scale, cost[j + c], h[j + c]) - most);
        }
    }
    double all = 0.0;
    for (int c = 0; c < SLOTS; c++)
        all += (double)total[c];
    *sum = *sum * exp2((double)(*maximum - most)) + all;
    *maximum = most;
}

TARGET static void NAME(column_sums)(int64_t count, const float *cost, int64_t ld, const float *h,
                                     float scale, float *maximum, double *sum)
{
    float top[RC_PAIR_BLOCK], total[RC_PAIR_BLOCK];
    for (int c = 0; c < RC_PAIR_BLOCK; c++) {
        top[c] = maximum[c];
        total[c] = 0.0f;
    }
    for (int64_t i = 0; i < count; i++) {
        const float *line = cost + i * ld;
        float offset = h[i];
        SIMD for (int c = 0; c < RC_PAIR_BLOCK; c++)
        {
            float score = PRODUCT_SUM(-scale, line[c], offset);
            top[c] = score > top[c] ? score : top[c];
        }
    }
    for (int64_t i = 0; i < count; i++) {
        const float *line = cost + i * ld;
        float offset = h[i];
        SIMD for (int c = 0; c < RC_PAIR_BLOCK; c++)
        {
            total[c] += NAME(power_of_two)(PRODUCT_SUM(-scale, line[c], offset) - top[c]);
        }
    }
    for (int c = 0; c < RC_PAIR_BLOCK; c++) {
        sum[c] = sum[c] * exp2((double)(maximum[c] - top[c])) + (double)total[c];
        maximum[c] = top[c];
    }
}

TARGET static float NAME(row_weights)(const float *cost, const float *h, float scale, float maximum,
                                      int64_t stride, float *weight)
{
    float line[RC_PAIR_BLOCK], total = 0.0f;
    SIMD for (int j = 0; j < RC_PAIR_BLOCK; j++)
    {
        line[j] = NAME(power_of_two)(PRODUCT_SUM(-scale, cost[j], h[j]) - maximum);
    }
    for (int j = 0; j < RC_PAIR_BLOCK; j++) {
        weight[j * stride] = line[j];
        total += line[j];
    }
    return total;
}

TARGET static double NAME(square)(int64_t d, const float *x, const float *y)
{
    double total[LONG_SLOTS] = {0}, sum = 0.0;
    int64_t k = 0;
    for (; k + LONG_SLOTS <= d; k += LONG_SLOTS) {
        SIMD for (int c = 0; c < LONG_SLOTS; c++)
        {
            double delta = (double)x[k + c] - (double)y[k + c];
            total[c] += delta * delta;
        }
    }
    for (int c = 0; c < LONG_SLOTS; c++)
        sum += total[c];
    for (; k < d; k++) {
        double delta = (double)x[k] - (double)y[k];
        sum += delta * delta;
    }
    return sum;
}

TARGET static void NAME(pull)(int64_t d, double weight, const float *x, const float *y, double *restrict out)
{
    SIMD for (int64_t k = 0; k < d; k++) out[k] += weight * ((double)x[k] - (double)y[k]);
}

TARGET static void NAME(combine)(int64_t depth, int64_t count, const double *weight, int64_t stride,
                                 const double *lines, int64_t ld, double *restrict out)
{
    int64_t k = 0;
    for (; k + 4 <= depth; k += 4) {
        const double *a = lines + k * ld, *b = a + ld, *c = b + ld, *d = c + ld;
        double wa = weight[k * stride], wb = weight[(k + 1) * stride], wc = weight[(k + 2) * stride],
               wd = weight[(k + 3) * stride];
        SIMD for (int64_t j = 0; j < count; j++) out[j] += (wa * a[j] + wb * b[j]) + (wc * c[j] + wd * d[j]);
    }
    for (; k < depth; k++) {
        const double *line = lines + k * ld;
        double w = weight[k * stride];
        SIMD for (int64_t j = 0; j < count; j++) out[j] += w * line[j];
    }
}

TARGET static double NAME(inner)(int64_t count, const double *x, const double *y)
{
    double total[LONG_SLOTS] = {0}, sum = 0.0;
    int64_t k = 0;
    for (; k + LONG_SLOTS <= count; k += LONG_SLOTS) {
        SIMD for (int c = 0; c < LONG_SLOTS; c++) total[c] += x[k + c] * y[k + c];
    }
    for (int c = 0; c < LONG_SLOTS; c++)
        sum += total[c];
    for (; k < count; k++)
        sum += x[k] * y[k];
    return sum;
}

TARGET static double NAME(least_gap)(int64_t count, const double *cost, const double *v)
{
    double least[LONG_SLOTS];
    for (int c = 0; c < LONG_SLOTS; c++)
        least[c] = cost[c] - v[c];
    for (int64_t j = LONG_SLOTS; j < count; j += LONG_SLOTS) {
        SIMD for (int c = 0; c < LONG_SLOTS; c++)
        {
            double gap = cost[j + c] - v[j + c];
            least[c] = gap < least[c] ? gap : least[c];
        }
    }
    double all = least[0];
    for (int c = 1; c < LONG_SLOTS; c++)
        all = least[c] < all ? least[c] : all;
    return all;
}

static const rc_pair_kernels NAME(kernels) = {
    .name = STRING(NAME(pairs)),
    .rows = ROWS,
    .columns = VECTORS * LANES,
    .products = NAME(products),
    .costs = NAME(costs),
    .row_sum = NAME(row_sum),
    .column_sums = NAME(column_sums),
    .row_weights = NAME(row_weights),
    .square = NAME(square),
    .pull = NAME(pull),
    .combine = NAME(combine),
    .inner = NAME(inner),
    .least_gap = NAME(least_gap),
};
