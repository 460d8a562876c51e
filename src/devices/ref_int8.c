/* Products and look-ups of 8-bit weights: whole numbers, which every other device must meet exactly. */
#include <math.h>

#include "devices/int8_row.h"
#include "devices/ref.h"

/* Returns the row's step. */
static float round_row(int64_t k, const float *x, uint8_t *u, int32_t *zero)
{
    float lo = 0, hi = 0, faults = 0;
    for (int64_t c = 0; c < k; c++) {
        lo = fminf(lo, x[c]);
        hi = fmaxf(hi, x[c]);
        faults += x[c] * 0.0f;
    }
    rc__int8_row row = rc__int8_row_of(lo, hi, faults);
    for (int64_t c = 0; c < k; c++)
        u[c] = (uint8_t)fminf(rintf(x[c] * row.times) + (float)row.zero, RC__INT8_LEVELS);
    *zero = row.zero;
    return row.step;
}

static rc_status linear_int8(rc_device *dev, int64_t m, int64_t n, int64_t k, const float *x,
                             rc_int8_matrix w, bool acc, float *y, void *work)
{
    uint8_t *u = work;
    for (int64_t i = 0; i < m; i++) {
        int32_t zero;
        float step = round_row(k, x + i * k, u, &zero);
        for (int64_t j = 0; j < n; j++) {
            int64_t sum = 0;
            for (int64_t c = 0; c < k; c++)
                sum += u[c] * w.code[j * k + c];
            float found = (float)(sum - (int64_t)zero * w.sum[j]) * (step * w.scale[j]);
            y[i * n + j] = (acc ? y[i * n + j] : 0.0f) + found;
        }
    }
    return RC_OK;
}

static rc_status gather_int8(rc_device *dev, int64_t n, int64_t width, const int32_t *index, rc_int8_matrix w,
                             float *out)
{
    for (int64_t j = 0; j < n; j++)
        for (int64_t c = 0; c < width; c++)
            out[j * width + c] =
                index[j] < 0 ? 0.0f : w.scale[index[j]] * (float)w.code[index[j] * width + c];
    return RC_OK;
}

void rc__ref_int8(rc_kernels *k)
{
    k->linear_int8 = linear_int8;
    k->gather_int8 = gather_int8;
}
