/* Products of 8-bit weights by oneDNN, of unsigned codes of 7 bits and signed ones (tensor/int8.h says why
 * 7). Its integers are exact; everything around them is ours. */
#include <dnnl.h>

#include "base/memory.h"
#include "devices/onednn_parts.h"

static rc_status multiply(const rc__onednn *at, int64_t m, int64_t n, int64_t k, const float *x,
                          rc_int8_matrix w, bool acc, float *y, void *work)
{
    const int32_t offset = 0;
    int32_t *sum = work, *zero = sum + m * n;
    float *step = (float *)(zero + m);
    uint8_t *code = (uint8_t *)(step + m);
    at->int8_round(m, k, x, code, step, zero);
    dnnl_status_t status =
        dnnl_gemm_u8s8s32('N', 'T', 'F', m, n, k, 1.0f, code, k, 0, w.code, k, 0, 0.0f, sum, n, &offset);
    RC_CHECK(status == dnnl_success, RC_DEVICE,
             "oneDNN: an 8-bit matrix product of %lld x %lld x %lld failed (status %d)", (long long)m,
             (long long)n, (long long)k, (int)status);
    at->int8_unround(m, n, sum, step, zero, w, acc, y);
    return RC_OK;
}

rc_status rc__onednn_linear_int8(rc_device *dev, int64_t m, int64_t n, int64_t k, const float *x,
                                 rc_int8_matrix w, bool acc, float *y, void *work)
{
    RC_TRY(rc__onednn_ask());
    for (int64_t i = 0; i < m; i += RC_INT8_ROWS) {
        int64_t rows = m - i < RC_INT8_ROWS ? m - i : RC_INT8_ROWS;
        RC_TRY(multiply(dev->state, rows, n, k, x + i * k, w, acc, y + i * n, work));
    }
    return RC_OK;
}
