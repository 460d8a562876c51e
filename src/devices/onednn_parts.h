/* devices/onednn_parts.h: what the files of the oneDNN devices share. Within devices/ only. */
#ifndef RC_DEVICES_ONEDNN_PARTS_H
#define RC_DEVICES_ONEDNN_PARTS_H

#include "tensor/device.h"

/* The float32 product of the device "onednn", with the arguments of rc_kernels.gemm. */
rc_status rc__onednn_gemm(rc_device *dev, bool ta, bool tb, int64_t m, int64_t n, int64_t k, float alpha,
                          const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                          int64_t ldc);

/* Is there the memory that oneDNN may take to generate code? It does not survive that there is not. */
rc_status rc__onednn_ask(void);

/* y [rows, cols] = x (row stride ld) rounded to bfloat16, by the present processor's instructions. */
typedef void (*rc__narrow)(int64_t rows, int64_t cols, const float *x, int64_t ld, uint16_t *y);

/* What `state` of these devices begins with. */
typedef struct rc__onednn {
    const rc_kernels *ref; /* for kernels that only share out its rows */
    rc__narrow narrow;
} rc__onednn;

#endif
