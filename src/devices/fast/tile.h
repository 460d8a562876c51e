/* devices/fast/tile.h: what the attention kernels share. Matrices that fit the caches of one core: their
 * products, their transposes, and the scratch where they live. */
#ifndef RC_DEVICES_FAST_TILE_H
#define RC_DEVICES_FAST_TILE_H

#include <math.h>
#include <omp.h>

#include "devices/fast/vector.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* A tile of the result stays in registers: 24 of 32 with AVX-512, 12 of 16 with AVX2. */
#ifdef __AVX512F__
enum { TILE_ROWS = 6, TILE_COLS = 4 };
#else
enum { TILE_ROWS = 6, TILE_COLS = 1 };
#endif

static inline int64_t whole_vectors(int64_t n)
{
    return (n + LANES - 1) / LANES * LANES;
}

/* A row length of an odd number of vectors: walking down a column then touches every set of the cache. */
static inline int64_t odd_vectors(int64_t n)
{
    return whole_vectors(n) | LANES;
}

/* c [rows, cols vectors] = alpha a b, or += where acc; both counts are constants to the compiler. */
ALWAYS_INLINE void tile(int rows, int cols, int64_t k, float alpha, const float *a, int64_t row, int64_t col,
                        const float *b, int64_t ldb, bool acc, float *c, int64_t ldc)
{
    vec sum[TILE_ROWS][TILE_COLS] = {{{0}}};
    for (int64_t p = 0; p < k; p++) {
        vec v[TILE_COLS];
        for (int j = 0; j < cols; j++)
            v[j] = load(b + p * ldb + j * LANES);
        for (int i = 0; i < rows; i++) {
            vec x = splat(a[i * row + p * col]);
            for (int j = 0; j < cols; j++)
                sum[i][j] += x * v[j];
        }
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < cols; j++) {
            float *to = c + i * ldc + j * LANES;
            vec value = splat(alpha) * sum[i][j];
            store(to, acc ? load(to) + value : value);
        }
}

ALWAYS_INLINE void strip(int cols, int64_t m, int64_t k, float alpha, const float *a, int64_t row,
                         int64_t col, const float *b, int64_t ldb, bool acc, float *c, int64_t ldc)
{
    int64_t i = 0;
    for (; i + TILE_ROWS <= m; i += TILE_ROWS)
        tile(TILE_ROWS, cols, k, alpha, a + i * row, row, col, b, ldb, acc, c + i * ldc, ldc);
    a += i * row;
    c += i * ldc;
    switch (m - i) {
    case 5:
        tile(5, cols, k, alpha, a, row, col, b, ldb, acc, c, ldc);
        break;
    case 4:
        tile(4, cols, k, alpha, a, row, col, b, ldb, acc, c, ldc);
        break;
    case 3:
        tile(3, cols, k, alpha, a, row, col, b, ldb, acc, c, ldc);
        break;
    case 2:
        tile(2, cols, k, alpha, a, row, col, b, ldb, acc, c, ldc);
        break;
    case 1:
        tile(1, cols, k, alpha, a, row, col, b, ldb, acc, c, ldc);
        break;
    default:
        break;
    }
}

/* c [m, n] = alpha a b, or += where acc; n a multiple of LANES. Element (i, p) of a is a[i * row + p * col],
 * so that a may be given transposed. */
static inline void product(int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t row,
                           int64_t col, const float *b, int64_t ldb, bool acc, float *c, int64_t ldc)
{
    int64_t j = 0, wide = TILE_COLS * LANES;
    for (; j + wide <= n; j += wide)
        strip(TILE_COLS, m, k, alpha, a, row, col, b + j, ldb, acc, c + j, ldc);
#ifdef __AVX512F__
    for (; j + 2 * LANES <= n; j += 2 * LANES)
        strip(2, m, k, alpha, a, row, col, b + j, ldb, acc, c + j, ldc);
#endif
    for (; j < n; j += LANES)
        strip(1, m, k, alpha, a, row, col, b + j, ldb, acc, c + j, ldc);
}

/* One of four rounds: lanes whose number has bit s clear come from a, the others from b, and the reverse. */
#define RC_MIX(a, b, lo, hi)                                      \
    do {                                                          \
        vec mixed_ = __builtin_shufflevector(a, b, RC_UNPACK lo); \
        b = __builtin_shufflevector(a, b, RC_UNPACK hi);          \
        a = mixed_;                                               \
    } while (0)
#define RC_UNPACK(...) __VA_ARGS__

ALWAYS_INLINE void transpose_square(const float *from, int64_t ldf, float *to, int64_t ldt)
{
    vec r[LANES];
    for (int i = 0; i < LANES; i++)
        r[i] = load(from + i * ldf);
    for (int i = 0; i < LANES; i += 2)
        RC_MIX(r[i], r[i + 1], (0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30),
               (1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31));
    for (int i = 0; i < LANES; i++)
        if (!(i & 2))
            RC_MIX(r[i], r[i + 2], (0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
                   (2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31));
    for (int i = 0; i < LANES; i++)
        if (!(i & 4))
            RC_MIX(r[i], r[i + 4], (0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
                   (4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31));
    for (int i = 0; i < LANES; i++)
        if (!(i & 8))
            RC_MIX(r[i], r[i + 8], (0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
                   (8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
    for (int i = 0; i < LANES; i++)
        store(to + i * ldt, r[i]);
}

/* to [cols, rows rounded up to whole vectors] = from [rows, cols] transposed, zeros behind the rows. */
static inline void transpose(int64_t rows, int64_t cols, const float *from, int64_t ldf, float *to,
                             int64_t ldt)
{
    int64_t whole_rows = rows / LANES * LANES, whole_cols = cols / LANES * LANES;
    for (int64_t i = 0; i < whole_rows; i += LANES) {
        for (int64_t c = 0; c < whole_cols; c += LANES)
            transpose_square(from + i * ldf + c, ldf, to + c * ldt + i, ldt);
        for (int64_t c = whole_cols; c < cols; c++)
            for (int64_t j = i; j < i + LANES; j++)
                to[c * ldt + j] = from[j * ldf + c];
    }
    if (whole_rows == rows) return;
    for (int64_t c = 0; c < cols; c++) {
        for (int64_t i = whole_rows; i < rows; i++)
            to[c * ldt + i] = from[i * ldf + c];
        for (int64_t i = rows; i < whole_rows + LANES; i++)
            to[c * ldt + i] = 0;
    }
}

/* exp x, and 0 for what is nothing beside the largest of a softmax row, exp 0: masked scores. Their
 * probabilities would be numbers below 2^-126, with which Intel's processors compute a hundred times more
 * slowly. */
static inline float share(float x)
{
    return x < -60.0f ? 0.0f : exp_approx(x);
}

/* row[j] := exp(row[j] - max) / sum over the first n; zeros up to whole vectors. Returns the log-sum-exp. */
static inline float softmax_row(int64_t n, float *row)
{
    float max = row[0], sum = 0;
#pragma omp simd reduction(max : max)
    for (int64_t j = 0; j < n; j++)
        max = row[j] > max ? row[j] : max;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < n; j++) {
        row[j] = share(row[j] - max);
        sum += row[j];
    }
    float inverse = 1.0f / sum;
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        row[j] *= inverse;
    for (int64_t j = n; j < whole_vectors(n); j++)
        row[j] = 0;
    return max + logf(sum);
}

/* The probabilities again, from the saved log-sum-exp. */
static inline void softmax_again(int64_t n, float lse, float *row)
{
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        row[j] = share(row[j] - lse);
    for (int64_t j = n; j < whole_vectors(n); j++)
        row[j] = 0;
}

/* ds[j] := p[j] (ds[j] - shift): the derivative of a softmax row. n in whole vectors. */
static inline void softmax_slope(int64_t n, const float *p, float shift, float *ds)
{
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        ds[j] = p[j] * (ds[j] - shift);
}

static inline void add_row(int64_t n, const float *from, float *to)
{
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        to[j] += from[j];
}

static inline float dot(int64_t n, const float *a, const float *b)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < n; j++)
        sum += a[j] * b[j];
    return sum;
}

/* The device's scratch, sliced for the threads of a kernel. */
typedef struct slices {
    rc__scratch *from;
    float *memory;
    int64_t each; /* floats */
    int threads;
} slices;

static inline rc_status begin_slices(rc_device *dev, int64_t each, slices *out)
{
    int threads = omp_in_parallel() ? 1 : omp_get_max_threads();
    *out = (slices){((rc__onednn *)dev->state)->scratch, NULL, whole_vectors(each), threads};
    return rc__scratch_take(out->from, threads * out->each, &out->memory);
}

static inline void end_slices(const slices *s)
{
    rc__scratch_give(s->from, s->memory);
}

static inline float *slice(const slices *s, int thread)
{
    return s->memory + thread * s->each;
}

#endif
