/* Rows of numbers to codes of 7 bits and back (tensor/device.h: linear_int8). Rounded as ref does it: this
 * file is compiled without contraction. */
#include <omp.h>

#include "devices/fast/vector.h"
#include "devices/int8_row.h"

static rc__int8_row range_of(int64_t k, const float *x)
{
    float lo = 0, hi = 0, faults = 0;
#pragma omp simd reduction(min : lo) reduction(max : hi) reduction(+ : faults)
    for (int64_t c = 0; c < k; c++) {
        lo = x[c] < lo ? x[c] : lo;
        hi = x[c] > hi ? x[c] : hi;
        faults += x[c] * 0.0f;
    }
    return rc__int8_row_of(lo, hi, faults);
}

static void round_rows(int64_t rows, int64_t k, const float *x, uint8_t *u, float *step, int32_t *zero)
{
    const float round =
        12582912.0f; /* 1.5 * 2^23: adding it leaves the nearest integer, of two the even one */
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++) {
        const float *from = x + r * k;
        uint8_t *to = u + r * k;
        rc__int8_row row = range_of(k, from);
        step[r] = row.step;
        zero[r] = row.zero;
        if (row.times == 0) {
            memset(to, 0, (size_t)k);
            continue;
        }
#pragma omp simd
        for (int64_t c = 0; c < k; c++) {
            int32_t code = (int32_t)(from[c] * row.times + round - round) + row.zero;
            to[c] = (uint8_t)(code < RC__INT8_LEVELS ? code : RC__INT8_LEVELS);
        }
    }
}

static void unround_rows(int64_t rows, int64_t n, const int32_t *sum, const float *step, const int32_t *zero,
                         rc_int8_matrix w, bool acc, float *y)
{
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++) {
        const int32_t *from = sum + r * n;
        float *to = y + r * n, by = step[r];
        int32_t less = zero[r];
        if (!acc) memset(to, 0, (size_t)n * sizeof *to);
#pragma omp simd
        for (int64_t j = 0; j < n; j++)
            to[j] += (float)(from[j] - less * w.sum[j]) * (by * w.scale[j]);
    }
}

void RC_ISA_NAME(rc__fast_int8)(rc__onednn *s)
{
    s->int8_round = round_rows;
    s->int8_unround = unround_rows;
}
