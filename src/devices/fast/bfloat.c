/* Operands of matrix products rounded to bfloat16. */
#include <omp.h>

#include "base/bfloat16.h"
#include "devices/fast/vector.h"

enum { SERIAL_BELOW = 16384 };

void RC_ISA_NAME(rc__fast_narrow)(int64_t rows, int64_t cols, const float *x, int64_t ld, uint16_t *y)
{
#pragma omp parallel for schedule(static) if (rows * cols > SERIAL_BELOW)
    for (int64_t r = 0; r < rows; r++) {
        const float *from = x + r * ld;
        uint16_t *to = y + r * cols;
#pragma omp simd
        for (int64_t c = 0; c < cols; c++)
            to[c] = rc_bfloat_narrow(from[c]);
    }
}

void RC_ISA_NAME(rc__fast_round)(int64_t rows, int64_t cols, const float *x, int64_t ld, float *y)
{
#pragma omp parallel for schedule(static) if (rows * cols > SERIAL_BELOW)
    for (int64_t r = 0; r < rows; r++) {
        const float *from = x + r * ld;
        float *to = y + r * cols;
#pragma omp simd
        for (int64_t c = 0; c < cols; c++)
            to[c] = rc_bfloat_round(from[c]);
    }
}
