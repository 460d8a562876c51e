/* devices/onednn_parts.h: what the files of the oneDNN devices share. Within devices/ only. */
#ifndef RC_DEVICES_ONEDNN_PARTS_H
#define RC_DEVICES_ONEDNN_PARTS_H

#include "devices/kernel_scratch.h"
#include "tensor/device.h"

/* The float32 product of the device "onednn", with the arguments of rc_kernels.gemm. */
rc_status rc__onednn_gemm(rc_device *dev, bool ta, bool tb, int64_t m, int64_t n, int64_t k, float alpha,
                          const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                          int64_t ldc);

/* oneDNN throws through C, or writes to a null pointer, where an allocation of its own fails. So its memory
 * is asked for before every product: here what it may take to generate code. */
#define RC__ONEDNN "oneDNN"
static inline rc_status rc__onednn_ask(void)
{
    enum { GENERATING = 32 << 20 };
    return rc_memory_ask(GENERATING, RC__ONEDNN);
}

/* rc_kernels.linear_int8. */
rc_status rc__onednn_linear_int8(rc_device *dev, int64_t m, int64_t n, int64_t k, const float *x,
                                 rc_int8_matrix w, bool acc, float *y, void *work);

/* y [rows, cols] = x (row stride ld) rounded to bfloat16, by the present processor's instructions. */
typedef void (*rc__narrow)(int64_t rows, int64_t cols, const float *x, int64_t ld, uint16_t *y);
/* The same numbers as float32. */
typedef void (*rc__round)(int64_t rows, int64_t cols, const float *x, int64_t ld, float *y);
/* The two ends of linear_int8, by the same: rows x [rows, k] to codes u with their step and zero, and sums
 * [rows, n] of products of codes to y. */
typedef void (*rc__int8_round)(int64_t rows, int64_t k, const float *x, uint8_t *u, float *step,
                               int32_t *zero);
typedef void (*rc__int8_unround)(int64_t rows, int64_t n, const int32_t *sum, const float *step,
                                 const int32_t *zero, rc_int8_matrix w, bool acc, float *y);

/* What `state` of these devices begins with. */
typedef struct rc__onednn {
    const rc_kernels *ref; /* for kernels that only share out its rows */
    rc__scratch *scratch;
    rc__narrow narrow;
    rc__round round;
    rc__int8_round int8_round;
    rc__int8_unround int8_unround;
} rc__onednn;

#endif
