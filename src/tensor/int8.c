#include "tensor/int8.h"

#include <math.h>

bool rc_int8_fits(const rc_shape *shape)
{
    return shape->n == 2 && shape->dim[1] >= RC_INT8_MIN_COLS && shape->dim[1] <= RC_INT8_MAX_COLS;
}

void rc_int8_round(int64_t rows, int64_t cols, const float *x, int8_t *code, float *scale)
{
    for (int64_t r = 0; r < rows; r++) {
        const float *row = x + r * cols;
        float top = 0;
        for (int64_t c = 0; c < cols; c++)
            top = fmaxf(top, fabsf(row[c]));
        scale[r] = top / RC_INT8_TOP;
        for (int64_t c = 0; c < cols; c++)
            code[r * cols + c] = scale[r] > 0 ? (int8_t)lrint(RC_INT8_TOP * ((double)row[c] / top)) : 0;
    }
}

void rc_int8_sum(int64_t rows, int64_t cols, const int8_t *code, int32_t *sum)
{
    for (int64_t r = 0; r < rows; r++) {
        sum[r] = 0;
        for (int64_t c = 0; c < cols; c++)
            sum[r] += code[r * cols + c];
    }
}

int64_t rc_int8_work(int64_t m, int64_t n, int64_t k)
{
    int64_t rows = m < RC_INT8_ROWS ? m : RC_INT8_ROWS;
    return rows * ((n + 2) * (int64_t)sizeof(int32_t) + k);
}
