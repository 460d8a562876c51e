/* transport/pair_kernels_body.h: the kernels of one instruction set; included once for each by
 * pair_kernels.c.
 *
 * Wants: NAME(x) - a name of its own for each function; TARGET - attribute that switches the instructions on;
 * VECTOR, LANES, LOAD, STORE, SPREAD, ADD_PRODUCT - its vector; PRODUCT_SUM(a, b, c) and LONG_PRODUCT_SUM -
 * a * b + c on floats and on doubles, as one instruction where there is one; LONG_VECTOR, LONG_LANES,
 * LONG_LOAD, LONG_STORE, LONG_SPREAD, LONG_ADD_PRODUCT - the same for doubles; SIMD, UNROLL - in front of
 * loops; ROWS, VECTORS - the register tile is ROWS x (VECTORS * LANES). */

enum { NAME(COLUMNS) = VECTORS * LANES, NAME(LONG_COLUMNS) = VECTORS * LONG_LANES };

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

/* 2^t - 1 for t <= 0, relative error below 1e-10, also near 0. As above, with the series of e^r - 1 up to the
 * 9th power; below 2^-1000 it stays there. */
TARGET static inline double NAME(power_of_two_less_one)(double t)
{
    const double shift = 6755399441055744.0, ln2 = 0.69314718055994530942;
    union {
        double f;
        uint64_t u;
    } whole, power;
    t = t > -1000.0 ? t : -1000.0;
    whole.f = t + shift;
    double r = (t - (whole.f - shift)) * ln2;
    double p = LONG_PRODUCT_SUM(1.0 / 362880.0, r, 1.0 / 40320.0);
    p = LONG_PRODUCT_SUM(p, r, 1.0 / 5040.0);
    p = LONG_PRODUCT_SUM(p, r, 1.0 / 720.0);
    p = LONG_PRODUCT_SUM(p, r, 1.0 / 120.0);
    p = LONG_PRODUCT_SUM(p, r, 1.0 / 24.0);
    p = LONG_PRODUCT_SUM(p, r, 1.0 / 6.0);
    p = LONG_PRODUCT_SUM(p, r, 0.5);
    p = LONG_PRODUCT_SUM(p, r, 1.0);
    power.f = 1.0;
    power.u += whole.u << 52;
    return LONG_PRODUCT_SUM(power.f, p * r, power.f - 1.0);
}

TARGET static double NAME(row_excess)(int64_t count, const float *cost, const double *h, double scale,
                                      double *restrict excess, double *mean)
{
    double max[LONG_SLOTS], total[LONG_SLOTS] = {0}, top = h[0] - scale * (double)cost[0], sum = 0.0;
    int64_t whole = count - count % LONG_SLOTS;
    for (int c = 0; c < LONG_SLOTS; c++)
        max[c] = top;
    for (int64_t j = 0; j < whole; j += LONG_SLOTS) {
        SIMD for (int c = 0; c < LONG_SLOTS; c++)
        {
            double score = LONG_PRODUCT_SUM(-scale, (double)cost[j + c], h[j + c]);
            max[c] = score > max[c] ? score : max[c];
        }
    }
    for (int64_t j = whole; j < count; j++)
        top = fmax(top, LONG_PRODUCT_SUM(-scale, (double)cost[j], h[j]));
    for (int c = 0; c < LONG_SLOTS; c++)
        top = fmax(top, max[c]);
    for (int64_t j = 0; j < whole; j += LONG_SLOTS) {
        SIMD for (int c = 0; c < LONG_SLOTS; c++)
        {
            double score = LONG_PRODUCT_SUM(-scale, (double)cost[j + c], h[j + c]);
            excess[j + c] = NAME(power_of_two_less_one)(score - top);
            total[c] += excess[j + c];
        }
    }
    for (int64_t j = whole; j < count; j++) {
        double score = LONG_PRODUCT_SUM(-scale, (double)cost[j], h[j]);
        excess[j] = NAME(power_of_two_less_one)(score - top);
        sum += excess[j];
    }
    for (int c = 0; c < LONG_SLOTS; c++)
        sum += total[c];
    *mean = sum / (double)count;
    return top;
}

TARGET static void NAME(spread)(int64_t count, const double *excess, double mean, double weight,
                                double *restrict column, float *restrict density)
{
    double share = 1.0 / (1.0 + mean), root = sqrt(weight);
    SIMD for (int64_t j = 0; j < count; j++)
    {
        double more = (excess[j] - mean) * share;
        column[j] += weight * more;
        density[j] = (float)(root * (1.0 + more));
    }
}

TARGET static float NAME(row_weights)(const float *cost, const double *h, double scale, double maximum,
                                      int64_t stride, float *weight)
{
    float line[RC_PAIR_BLOCK], total = 0.0f;
    SIMD for (int j = 0; j < RC_PAIR_BLOCK; j++)
    {
        line[j] = NAME(power_of_two)((float)(LONG_PRODUCT_SUM(-scale, (double)cost[j], h[j]) - maximum));
    }
    for (int j = 0; j < RC_PAIR_BLOCK; j++) {
        weight[j * stride] = line[j];
        total += line[j];
    }
    return total;
}

TARGET static void NAME(there_and_back)(int64_t count, const float *density, int64_t ld, const float *x,
                                        float *out)
{
    VECTOR total[ROWS];
    float lane[LANES], there[ROWS];
    UNROLL for (int r = 0; r < ROWS; r++) total[r] = SPREAD(0.0f);
    for (int64_t j = 0; j < count; j += LANES) {
        VECTOR column = LOAD(x + j);
        UNROLL for (int r = 0; r < ROWS; r++) total[r] =
            ADD_PRODUCT(LOAD(density + r * ld + j), column, total[r]);
    }
    for (int r = 0; r < ROWS; r++) {
        STORE(lane, total[r]);
        there[r] = 0.0f;
        for (int c = 0; c < LANES; c++)
            there[r] += lane[c];
    }
    for (int64_t j = 0; j < count; j += LANES) {
        VECTOR back = LOAD(out + j);
        UNROLL for (int r = 0; r < ROWS; r++) back =
            ADD_PRODUCT(SPREAD(there[r]), LOAD(density + r * ld + j), back);
        STORE(out + j, back);
    }
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

TARGET static void NAME(long_products)(int64_t depth, const double *a, const double *b, double *out)
{
    LONG_VECTOR total[ROWS][VECTORS];
    UNROLL for (int r = 0; r < ROWS; r++)
    {
        UNROLL for (int v = 0; v < VECTORS; v++) total[r][v] = LONG_SPREAD(0.0);
    }
    for (int64_t k = 0; k < depth; k++, a += ROWS, b += NAME(LONG_COLUMNS)) {
        LONG_VECTOR column[VECTORS];
        UNROLL for (int v = 0; v < VECTORS; v++) column[v] = LONG_LOAD(b + v * LONG_LANES);
        UNROLL for (int r = 0; r < ROWS; r++)
        {
            LONG_VECTOR row = LONG_SPREAD(a[r]);
            UNROLL for (int v = 0; v < VECTORS; v++) total[r][v] =
                LONG_ADD_PRODUCT(row, column[v], total[r][v]);
        }
    }
    UNROLL for (int r = 0; r < ROWS; r++)
    {
        UNROLL for (int v = 0; v < VECTORS; v++)
            LONG_STORE(out + r * NAME(LONG_COLUMNS) + v * LONG_LANES, total[r][v]);
    }
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

TARGET static double NAME(min_gap)(int64_t count, const double *cost, const double *v)
{
    double min[LONG_SLOTS];
    for (int c = 0; c < LONG_SLOTS; c++)
        min[c] = cost[c] - v[c];
    for (int64_t j = LONG_SLOTS; j < count; j += LONG_SLOTS) {
        SIMD for (int c = 0; c < LONG_SLOTS; c++)
        {
            double gap = cost[j + c] - v[j + c];
            min[c] = gap < min[c] ? gap : min[c];
        }
    }
    double all = min[0];
    for (int c = 1; c < LONG_SLOTS; c++)
        all = min[c] < all ? min[c] : all;
    return all;
}

static const rc_pair_kernels NAME(kernels) = {
    .name = STRING(NAME(pairs)),
    .rows = ROWS,
    .columns = NAME(COLUMNS),
    .long_columns = NAME(LONG_COLUMNS),
    .products = NAME(products),
    .costs = NAME(costs),
    .row_excess = NAME(row_excess),
    .spread = NAME(spread),
    .row_weights = NAME(row_weights),
    .there_and_back = NAME(there_and_back),
    .square = NAME(square),
    .long_products = NAME(long_products),
    .pull = NAME(pull),
    .combine = NAME(combine),
    .inner = NAME(inner),
    .min_gap = NAME(min_gap),
};
