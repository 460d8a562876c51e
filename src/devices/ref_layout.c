/* Moving rows and averaging cells. */
#include <string.h>

#include "devices/ref.h"

static rc_status gather_rows(rc_device *dev, int64_t batch, int64_t rows_in, int64_t rows_out, int64_t width,
                             const int32_t *index, const float *in, float *out)
{
    for (int64_t b = 0; b < batch; b++)
        for (int64_t j = 0; j < rows_out; j++)
            for (int64_t c = 0; c < width; c++)
                out[(b * rows_out + j) * width + c] =
                    index[j] < 0 ? 0 : in[(b * rows_in + index[j]) * width + c];
    return RC_OK;
}

static rc_status scatter_rows(rc_device *dev, int64_t batch, int64_t rows_in, int64_t rows_out, int64_t width,
                              const int32_t *index, const float *in, bool acc, float *out)
{
    if (!acc) memset(out, 0, (size_t)(batch * rows_in * width) * sizeof(float));
    for (int64_t b = 0; b < batch; b++)
        for (int64_t j = 0; j < rows_out; j++)
            for (int64_t c = 0; index[j] >= 0 && c < width; c++)
                out[(b * rows_in + index[j]) * width + c] += in[(b * rows_out + j) * width + c];
    return RC_OK;
}

/* Tokens of sample b that count. */
static int64_t length_of(const int32_t *length, int64_t b, int64_t tokens)
{
    int64_t n = length ? length[b] : tokens;
    return n < 0 ? 0 : n > tokens ? tokens : n;
}

static rc_status mean_tokens(rc_device *dev, int64_t batch, int64_t tokens, int64_t channels,
                             const int32_t *length, const float *x, float *y)
{
    for (int64_t b = 0; b < batch; b++) {
        int64_t n = length_of(length, b, tokens);
        for (int64_t c = 0; c < channels; c++) {
            double sum = 0;
            for (int64_t t = 0; t < n; t++)
                sum += x[(b * tokens + t) * channels + c];
            y[b * channels + c] = n ? (float)(sum / (double)n) : 0.0f;
        }
    }
    return RC_OK;
}

static rc_status mean_tokens_backward(rc_device *dev, int64_t batch, int64_t tokens, int64_t channels,
                                      const int32_t *length, const float *dy, bool acc, float *dx)
{
    for (int64_t b = 0; b < batch; b++) {
        int64_t n = length_of(length, b, tokens);
        for (int64_t t = 0; t < tokens; t++)
            for (int64_t c = 0; c < channels; c++) {
                int64_t i = (b * tokens + t) * channels + c;
                dx[i] = (acc ? dx[i] : 0.0f) + (t < n ? dy[b * channels + c] / (float)n : 0.0f);
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

static rc_status adaptive_pool(rc_device *dev, int64_t batch, const int64_t in[3], const int64_t out[3],
                               const float *x, float *y)
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

static rc_status adaptive_pool_backward(rc_device *dev, int64_t batch, const int64_t in[3],
                                        const int64_t out[3], const float *dy, bool acc, float *dx)
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

/* Output cell i of an axis lies between two input cells: (1 - share) of the first, share of the second. */
typedef struct between {
    int64_t first, second;
    float share;
} between;

static between place_of(int64_t i, int64_t in, int64_t out)
{
    double at = ((double)i + 0.5) * (double)in / (double)out - 0.5;
    if (at < 0) at = 0;
    int64_t first = (int64_t)at;
    return (between){first, first + 1 < in ? first + 1 : first, (float)(at - (double)first)};
}

/* The four input cells around an output cell, and what each counts. */
static void corners(between down, between right, int64_t width, int64_t cell[4], float weight[4])
{
    for (int k = 0; k < 4; k++) {
        cell[k] = (k / 2 ? down.second : down.first) * width + (k % 2 ? right.second : right.first);
        weight[k] = (k / 2 ? down.share : 1 - down.share) * (k % 2 ? right.share : 1 - right.share);
    }
}

static rc_status interpolate(rc_device *dev, int64_t batch, const int64_t in[2], const int64_t out[2],
                             int64_t channels, const float *x, float *y)
{
    int64_t cell[4];
    float w[4];
    for (int64_t b = 0; b < batch; b++, x += in[0] * in[1] * channels)
        for (int64_t i = 0; i < out[0]; i++)
            for (int64_t j = 0; j < out[1]; j++, y += channels) {
                corners(place_of(i, in[0], out[0]), place_of(j, in[1], out[1]), in[1], cell, w);
                for (int64_t c = 0; c < channels; c++)
                    y[c] = w[0] * x[cell[0] * channels + c] + w[1] * x[cell[1] * channels + c] +
                           w[2] * x[cell[2] * channels + c] + w[3] * x[cell[3] * channels + c];
            }
    return RC_OK;
}

static rc_status interpolate_backward(rc_device *dev, int64_t batch, const int64_t in[2],
                                      const int64_t out[2], int64_t channels, const float *dy, bool acc,
                                      float *dx)
{
    int64_t cell[4];
    float w[4];
    if (!acc) memset(dx, 0, (size_t)(batch * in[0] * in[1] * channels) * sizeof(float));
    for (int64_t b = 0; b < batch; b++, dx += in[0] * in[1] * channels)
        for (int64_t i = 0; i < out[0]; i++)
            for (int64_t j = 0; j < out[1]; j++, dy += channels) {
                corners(place_of(i, in[0], out[0]), place_of(j, in[1], out[1]), in[1], cell, w);
                for (int k = 0; k < 4; k++)
                    for (int64_t c = 0; c < channels && w[k] != 0; c++)
                        dx[cell[k] * channels + c] += w[k] * dy[c];
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
    k->interpolate = interpolate;
    k->interpolate_backward = interpolate_backward;
}
