/* Rounding to bfloat16, the nearest and of two equally near the even one; NaN stays NaN. */
#include <omp.h>

#include "devices/fast/vector.h"

enum { SERIAL_BELOW = 16384 };

static inline uint16_t narrow_one(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    uint32_t rounded = (u + 0x7fffu + (u >> 16 & 1u)) >> 16, quiet = u >> 16 | 0x40u;
    return (uint16_t)((u & 0x7fffffffu) > 0x7f800000u ? quiet : rounded);
}

void RC_ISA_NAME(rc__fast_narrow)(int64_t rows, int64_t cols, const float *x, int64_t ld, uint16_t *y)
{
#pragma omp parallel for schedule(static) if (rows * cols > SERIAL_BELOW)
    for (int64_t r = 0; r < rows; r++) {
        const float *from = x + r * ld;
        uint16_t *to = y + r * cols;
#pragma omp simd
        for (int64_t c = 0; c < cols; c++)
            to[c] = narrow_one(from[c]);
    }
}
