/* tensor/int8.h: matrices of 8-bit integers, which answer at a quarter of the memory and do not learn.
 *
 * Row r of a matrix is scale[r] times its codes, whole numbers from -127 to 127, symmetric about 0. In a
 * product x w^T a row of w makes one output, so that each output has a scale of its own.
 *
 * Each row of x is rounded when it comes, to codes of 7 bits: x ~ step (u - zero), u from 0 to 127.
 * Processors without VNNI add two products u w in 16 bits, which 8 bits of both would overflow (2 * 255 * 127
 * > 32767) and these do not (2 * 127 * 128). So every processor has the same integers, and sums them exactly.
 */
#ifndef RC_TENSOR_INT8_H
#define RC_TENSOR_INT8_H

#include <stdbool.h>

#include "tensor/tensor.h"

enum {
    RC_INT8_TOP = 127,
    RC_INT8_MIN_COLS = 16,      /* of fewer a scale would take too large a share */
    RC_INT8_MAX_COLS = 1 << 16, /* whose sums are 32-bit integers: 127 * 128 * 2^16 < 2^31 */
    RC_INT8_ROWS = 256          /* of x at a time, so that their sums are read again from the cache */
};

/* Device addresses. sum[r] is the sum of the codes of row r. */
typedef struct rc_int8_matrix {
    const int8_t *code;
    const float *scale;
    const int32_t *sum;
} rc_int8_matrix;

bool rc_int8_fits(const rc_shape *shape);
/* Finite numbers [rows, cols] to the nearest codes. */
void rc_int8_round(int64_t rows, int64_t cols, const float *x, int8_t *code, float *scale);
void rc_int8_sum(int64_t rows, int64_t cols, const int8_t *code, int32_t *sum);
/* Bytes that a product of these sizes works in: for each row at a time n sums, its step and zero, k codes. */
int64_t rc_int8_work(int64_t m, int64_t n, int64_t k);

#endif
