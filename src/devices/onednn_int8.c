/* Products of 8-bit weights by oneDNN, of unsigned codes of 7 bits and signed ones (tensor/int8.h says why
 * 7). Its integers are exact; everything around them is ours. */
#include <dnnl.h>

#include "base/memory.h"
#include "devices/onednn_parts.h"

/* Rows at a time, so that their sums are read again from the cache. */
enum { ROWS = 256 };

typedef struct scratch {
    uint8_t *code;
    float *step;
    int32_t *zero, *sum;
} scratch;

static rc_status make_room(int64_t rows, int64_t n, int64_t k, scratch *s)
{
    RC_TRY(RC_NEW_RAW(&s->code, rows * k));
    RC_TRY(RC_NEW_RAW(&s->step, rows));
    RC_TRY(RC_NEW_RAW(&s->zero, rows));
    RC_TRY(RC_NEW_RAW(&s->sum, rows * n));
    return rc__onednn_ask();
}

static void release(scratch *s)
{
    rc_free(s->code);
    rc_free(s->step);
    rc_free(s->zero);
    rc_free(s->sum);
}

static rc_status multiply(const rc__onednn *at, int64_t m, int64_t n, int64_t k, const float *x,
                          rc_int8_matrix w, bool acc, const scratch *s, float *y)
{
    const int32_t offset = 0;
    at->int8_round(m, k, x, s->code, s->step, s->zero);
    dnnl_status_t status = dnnl_gemm_u8s8s32('N', 'T', 'F', m, n, k, 1.0f, s->code, k, 0, w.code, k, 0, 0.0f,
                                             s->sum, n, &offset);
    RC_CHECK(status == dnnl_success, RC_DEVICE,
             "oneDNN: an 8-bit matrix product of %lld x %lld x %lld failed (status %d)", (long long)m,
             (long long)n, (long long)k, (int)status);
    at->int8_unround(m, n, s->sum, s->step, s->zero, w, acc, y);
    return RC_OK;
}

rc_status rc__onednn_linear_int8(rc_device *dev, int64_t m, int64_t n, int64_t k, const float *x,
                                 rc_int8_matrix w, bool acc, float *y)
{
    scratch s = {0};
    rc_status status = make_room(m < ROWS ? m : ROWS, n, k, &s);
    for (int64_t i = 0; i < m && status == RC_OK; i += ROWS)
        status = multiply(dev->state, m - i < ROWS ? m - i : ROWS, n, k, x + i * k, w, acc, &s, y + i * n);
    release(&s);
    return status;
}
