/* Moving rows and averaging cells. */
#include <string.h>

#include "devices/ref.h"

static rc_status gather_rows(int64_t batch, int64_t rows_in, int64_t rows_out, int64_t width,
                             const int32_t *index, const float *in, float *out)
{
    for (int64_t b = 0; b < batch; b++)
        for (int64_t j = 0; j < rows_out; j++)
            for (int64_t c = 0; c < width; c++)
                out[(b * rows_out + j) * width + c] =
                    index[j] < 0 ? 0 : in[(b * rows_in + index[j]) * width + c];
    return RC_OK;
}

static rc_status scatter_rows(int64_t batch, int64_t rows_in, int64_t rows_out, int64_t width,
                              const int32_t *index, const float *in, bool acc, float *out)
{
    if (!acc) memset(out, 0, (size_t)(batch * rows_in * width) * sizeof(float));
    for (int64_t b = 0; b < batch; b++)
        for (int64_t j = 0; j < rows_out; j++)
            for (int64_t c = 0; index[j] >= 0 && c < width; c++)
                out[(b * rows_in + index[j]) * width + c] += in[(b * rows_out + j) * width + c];
    return RC_OK;
}

/* 1 / the number of tokens that count. */
static double share(int64_t tokens, const float *mask)
{
    double sum = 0;
    for (int64_t t = 0; t < tokens; t++)
        sum += mask ? mask[t] : 1;
    return sum > 0 ? 1 / sum : 0;
}

static rc_status mean_tokens(int64_t batch, int64_t tokens, int64_t channels, const float *mask,
                             const float *x, float *y)
{
    for (int64_t b = 0; b < batch; b++) {
        const float *m = mask ? mask + b * tokens : NULL;
        double part = share(tokens, m);
        for (int64_t c = 0; c < channels; c++) {
            double sum = 0;
            for (int64_t t = 0; t < tokens; t++)
                sum += (m ? m[t] : 1) * (double)x[(b * tokens + t) * channels + c];
            y[b * channels + c] = (float)(sum * part);
        }
    }
    return RC_OK;
}

static rc_status mean_tokens_backward(int64_t batch, int64_t tokens, int64_t channels, const float *mask,
                                      const float *dy, bool acc, float *dx)
{
    for (int64_t b = 0; b < batch; b++) {
        const float *m = mask ? mask + b * tokens : NULL;
        double part = share(tokens, m);
        for (int64_t t = 0; t < tokens; t++)
            for (int64_t c = 0; c < channels; c++) {
                int64_t i = (b * tokens + t) * channels + c;
                double d = (m ? m[t] : 1) * part * dy[b * channels + c];
                dx[i] = (acc ? dx[i] : 0.0f) + (float)d;
            }
    }
    return RC_OK;
}

/* Cell i of an axis of n cells covers input cells [low, high). */
static int64_t low(int64_t i, int64_t in, int64_t out)
{
    return i * in / out;
}

static int64_t high(int64_t i, int64_t in, int64_t out)
{
    return ((i + 1) * in + out - 1) / out;
}

static rc_status adaptive_pool(int64_t batch, const int64_t in[3], const int64_t out[3], const float *x,
                               float *y)
{
    for (int64_t b = 0; b < batch; b++)
        for (int64_t i = 0; i < out[0]; i++)
            for (int64_t j = 0; j < out[1]; j++)
                for (int64_t k = 0; k < out[2]; k++) {
                    double sum = 0;
                    int64_t count = 0;
                    for (int64_t p = low(i, in[0], out[0]); p < high(i, in[0], out[0]); p++)
                        for (int64_t q = low(j, in[1], out[1]); q < high(j, in[1], out[1]); q++)
                            for (int64_t r = low(k, in[2], out[2]); r < high(k, in[2], out[2]); r++, count++)
                                sum += x[((b * in[0] + p) * in[1] + q) * in[2] + r];
                    y[((b * out[0] + i) * out[1] + j) * out[2] + k] = (float)(sum / (double)count);
                }
    return RC_OK;
}

static rc_status adaptive_pool_backward(int64_t batch, const int64_t in[3], const int64_t out[3],
                                        const float *dy, bool acc, float *dx)
{
    if (!acc) memset(dx, 0, (size_t)(batch * in[0] * in[1] * in[2]) * sizeof(float));
    for (int64_t b = 0; b < batch; b++)
        for (int64_t i = 0; i < out[0]; i++)
            for (int64_t j = 0; j < out[1]; j++)
                for (int64_t k = 0; k < out[2]; k++) {
                    int64_t p0 = low(i, in[0], out[0]), p1 = high(i, in[0], out[0]);
                    int64_t q0 = low(j, in[1], out[1]), q1 = high(j, in[1], out[1]);
                    int64_t r0 = low(k, in[2], out[2]), r1 = high(k, in[2], out[2]);
                    float share = dy[((b * out[0] + i) * out[1] + j) * out[2] + k] /
                                  (float)((p1 - p0) * (q1 - q0) * (r1 - r0));
                    for (int64_t p = p0; p < p1; p++)
                        for (int64_t q = q0; q < q1; q++)
                            for (int64_t r = r0; r < r1; r++)
                                dx[((b * in[0] + p) * in[1] + q) * in[2] + r] += share;
                }
    return RC_OK;
}

void rc__ref_layout(rc_kernels *k)
{
    k->gather_rows = gather_rows;
    k->scatter_rows = scatter_rows;
    k->mean_tokens = mean_tokens;
    k->mean_tokens_backward = mean_tokens_backward;
    k->adaptive_pool = adaptive_pool;
    k->adaptive_pool_backward = adaptive_pool_backward;
}
