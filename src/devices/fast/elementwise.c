/* Memory-bound maps, sums and moves. Fixed static partitions: the same thread count gives the same bits. */
#include <math.h>
#include <omp.h>

#include "base/bfloat16.h"
#include "devices/fast/vector.h"
#include "devices/squares.h"
#include "devices/table_rows.h"

enum { SERIAL_BELOW = 16384, MAX_THREADS = 256 };

static rc_status fill(rc_device *dev, int64_t n, float value, float *x)
{
#pragma omp parallel for simd schedule(static) if (n > SERIAL_BELOW)
    for (int64_t i = 0; i < n; i++)
        x[i] = value;
    return RC_OK;
}

static rc_status scale(rc_device *dev, int64_t n, float a, float *x)
{
#pragma omp parallel for simd schedule(static) if (n > SERIAL_BELOW)
    for (int64_t i = 0; i < n; i++)
        x[i] *= a;
    return RC_OK;
}

static rc_status axpy(rc_device *dev, int64_t n, float a, const float *x, float *y)
{
#pragma omp parallel for simd schedule(static) if (n > SERIAL_BELOW)
    for (int64_t i = 0; i < n; i++)
        y[i] += a * x[i];
    return RC_OK;
}

static rc_status add_rounded(rc_device *dev, int64_t n, const float *x, float *y)
{
#pragma omp parallel for simd schedule(static) if (n > SERIAL_BELOW)
    for (int64_t i = 0; i < n; i++)
        y[i] = rc_bfloat_round(x[i]) + rc_bfloat_round(y[i]);
    return RC_OK;
}

static rc_status narrow(rc_device *dev, int64_t n, const float *x, uint16_t *y)
{
#pragma omp parallel for simd schedule(static) if (n > SERIAL_BELOW)
    for (int64_t i = 0; i < n; i++)
        y[i] = rc_bfloat_narrow(x[i]);
    return RC_OK;
}

static rc_status widen(rc_device *dev, int64_t n, const uint16_t *x, float *y)
{
#pragma omp parallel for simd schedule(static) if (n > SERIAL_BELOW)
    for (int64_t i = 0; i < n; i++)
        y[i] = rc_bfloat_widen(x[i]);
    return RC_OK;
}

static rc_status add(rc_device *dev, int64_t n, const float *a, const float *b, float *z)
{
#pragma omp parallel for simd schedule(static) if (n > SERIAL_BELOW)
    for (int64_t i = 0; i < n; i++)
        z[i] = a[i] + b[i];
    return RC_OK;
}

static rc_status mul(rc_device *dev, int64_t n, const float *a, const float *b, bool acc, float *z)
{
#pragma omp parallel for simd schedule(static) if (n > SERIAL_BELOW)
    for (int64_t i = 0; i < n; i++)
        z[i] = (acc ? z[i] : 0.0f) + a[i] * b[i];
    return RC_OK;
}

static double sum_squares_of(int64_t n, const float *x)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i += 4096) {
        float part = 0;
        int64_t end = i + 4096 < n ? i + 4096 : n;
#pragma omp simd reduction(+ : part)
        for (int64_t j = i; j < end; j++)
            part += x[j] * x[j];
        sum += part;
    }
    return sum;
}

static rc_status sum_squares(rc_device *dev, int64_t n, const float *x, bool acc, float out[2])
{
    double sum = 0, part[MAX_THREADS] = {0};
    int used = 1;
#pragma omp parallel if (n > SERIAL_BELOW) \
    num_threads(omp_get_max_threads() < MAX_THREADS ? omp_get_max_threads() : MAX_THREADS)
    {
        int me = omp_get_thread_num(), all = omp_get_num_threads();
        if (me == 0) used = all;
        int64_t first = n * me / all, last = n * (me + 1) / all;
        part[me] = sum_squares_of(last - first, x + first);
    }
    for (int i = 0; i < used; i++)
        sum += part[i];
    rc__squares_store(sum, acc, out);
    return RC_OK;
}

static rc_status bias_rows(rc_device *dev, int64_t rows, int64_t cols, const float *bias, const float *base,
                           float *y)
{
#pragma omp parallel for schedule(static) if (rows * cols > SERIAL_BELOW)
    for (int64_t r = 0; r < rows; r++) {
        float *to = y + r * cols;
        const float *from = base ? base + r * cols : NULL;
        if (from) {
#pragma omp simd
            for (int64_t c = 0; c < cols; c++)
                to[c] = from[c] + bias[c];
        } else {
            memcpy(to, bias, (size_t)cols * sizeof *to);
        }
    }
    return RC_OK;
}

/* Each thread owns a range of columns: no partial sums to join, and the order of addition does not depend on
 * the thread count. */
static rc_status sum_rows(rc_device *dev, int64_t rows, int64_t cols, const float *x, bool acc, float *out)
{
    enum { BLOCK = 64 };
    int64_t blocks = (cols + BLOCK - 1) / BLOCK;
#pragma omp parallel for schedule(static) if (rows * cols > SERIAL_BELOW)
    for (int64_t b = 0; b < blocks; b++) {
        int64_t first = b * BLOCK, n = cols - first < BLOCK ? cols - first : BLOCK;
        float sum[BLOCK] = {0};
        for (int64_t r = 0; r < rows; r++) {
            const float *from = x + r * cols + first;
#pragma omp simd
            for (int64_t c = 0; c < n; c++)
                sum[c] += from[c];
        }
        for (int64_t c = 0; c < n; c++)
            out[first + c] = (acc ? out[first + c] : 0.0f) + sum[c];
    }
    return RC_OK;
}

static rc_status gelu(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *bias, float *y)
{
    float cdf, density;
    if (!bias) {
#pragma omp parallel for simd schedule(static) private(cdf, density) if (rows * cols > SERIAL_BELOW)
        for (int64_t i = 0; i < rows * cols; i++) {
            normal_parts(x[i], &cdf, &density);
            y[i] = x[i] * cdf;
        }
        return RC_OK;
    }
#pragma omp parallel for schedule(static) private(cdf, density) if (rows * cols > SERIAL_BELOW)
    for (int64_t r = 0; r < rows; r++) {
        const float *from = x + r * cols;
        float *to = y + r * cols;
#pragma omp simd private(cdf, density)
        for (int64_t c = 0; c < cols; c++) {
            float p = from[c] + bias[c];
            normal_parts(p, &cdf, &density);
            to[c] = p * cdf;
        }
    }
    return RC_OK;
}

/* A few numbers of a row, whose slopes dp are added to dbias (may be NULL). */
enum { VECTOR = 16, GELU_TOGETHER = 4 * VECTOR }; /* of AVX-512 */
static void gelu_slopes(int64_t n, const float *x, const float *bias, const float *dy, bool acc, float *dx,
                        float *dbias)
{
    float b[GELU_TOGETHER] = {0}, dp[GELU_TOGETHER];
    if (bias) memcpy(b, bias, (size_t)n * sizeof *b);
#pragma omp simd
    for (int64_t c = 0; c < n; c++) {
        float cdf, density, p = x[c] + b[c];
        normal_parts(p, &cdf, &density);
        dp[c] = dy[c] * (cdf + p * density);
    }
    if (acc) {
#pragma omp simd
        for (int64_t c = 0; c < n; c++)
            dx[c] += dp[c];
    } else {
        memcpy(dx, dp, (size_t)n * sizeof *dx);
    }
    if (!dbias) return;
#pragma omp simd
    for (int64_t c = 0; c < n; c++)
        dbias[c] += dp[c];
}

/* Each thread owns a range of columns, whole vectors of them, and goes along the rows: memory is read faster
 * than down a column. */
static rc_status gelu_backward(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *bias,
                               const float *dy, bool acc, float *dx, bool add, float *dbias)
{
#pragma omp parallel if (rows * cols > SERIAL_BELOW)
    {
        int64_t vectors = (cols + VECTOR - 1) / VECTOR, all = omp_get_num_threads(),
                me = omp_get_thread_num();
        int64_t first = vectors * me / all * VECTOR, end = vectors * (me + 1) / all * VECTOR;
        end = end < cols ? end : cols;
        if (dbias && !add && first < end) memset(dbias + first, 0, (size_t)(end - first) * sizeof *dbias);
        for (int64_t r = 0; r < rows; r++)
            for (int64_t c = first; c < end; c += GELU_TOGETHER) {
                int64_t at = r * cols + c, n = end - c < GELU_TOGETHER ? end - c : GELU_TOGETHER;
                gelu_slopes(n, x + at, bias ? bias + c : NULL, dy + at, acc, dx + at,
                            dbias ? dbias + c : NULL);
            }
    }
    return RC_OK;
}

static rc_status relu(rc_device *dev, int64_t n, const float *x, float *y)
{
#pragma omp parallel for simd schedule(static) if (n > SERIAL_BELOW)
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] <= 0 ? 0.0f : x[i];
    return RC_OK;
}

static rc_status relu_backward(rc_device *dev, int64_t n, const float *x, const float *dy, bool acc,
                               float *dx)
{
    if (acc) {
#pragma omp parallel for simd schedule(static) if (n > SERIAL_BELOW)
        for (int64_t i = 0; i < n; i++)
            dx[i] += x[i] > 0 ? dy[i] : 0.0f;
        return RC_OK;
    }
#pragma omp parallel for simd schedule(static) if (n > SERIAL_BELOW)
    for (int64_t i = 0; i < n; i++)
        dx[i] = x[i] > 0 ? dy[i] : 0.0f;
    return RC_OK;
}

/* f(a) and its slope */
static inline float gate_at(rc_gate f, float a, float *slope)
{
    float square = a * a, s = 1.0f / (1.0f + exp_approx(-a * (f.linear + f.cubic * square)));
    *slope = s * (1.0f + a * (1.0f - s) * (f.linear + 3.0f * f.cubic * square));
    return a * s;
}

static rc_status glu(rc_device *dev, rc_gate f, int64_t rows, int64_t cols, const float *x, float *y)
{
#pragma omp parallel for schedule(static) if (rows * cols > SERIAL_BELOW)
    for (int64_t r = 0; r < rows; r++) {
        const float *a = x + 2 * r * cols, *b = a + cols;
        float *to = y + r * cols;
#pragma omp simd
        for (int64_t c = 0; c < cols; c++) {
            float slope;
            to[c] = gate_at(f, a[c], &slope) * b[c];
        }
    }
    return RC_OK;
}

static rc_status glu_backward(rc_device *dev, rc_gate f, int64_t rows, int64_t cols, const float *x,
                              const float *dy, bool acc, float *dx)
{
#pragma omp parallel for schedule(static) if (rows * cols > SERIAL_BELOW)
    for (int64_t r = 0; r < rows; r++) {
        const float *a = x + 2 * r * cols, *b = a + cols, *d = dy + r * cols;
        float *da = dx + 2 * r * cols, *db = da + cols;
        if (!acc) memset(da, 0, (size_t)(2 * cols) * sizeof *da);
#pragma omp simd
        for (int64_t c = 0; c < cols; c++) {
            float slope, gate = gate_at(f, a[c], &slope);
            da[c] += d[c] * slope * b[c];
            db[c] += d[c] * gate;
        }
    }
    return RC_OK;
}

static rc_status gather_rows(rc_device *dev, int64_t batch, int64_t rows_in, int64_t rows_out, int64_t width,
                             const int32_t *index, const float *in, float *out)
{
#pragma omp parallel for schedule(static) if (batch * rows_out * width > SERIAL_BELOW)
    for (int64_t j = 0; j < batch * rows_out; j++) {
        int64_t b = j / rows_out;
        int32_t from = index[j - b * rows_out];
        const float *row = in + (b * rows_in + from) * width;
        float *to = out + j * width;
        if (width == 1)
            *to = from < 0 ? 0.0f : *row;
        else if (from < 0)
            memset(to, 0, (size_t)width * sizeof *to);
        else
            memcpy(to, row, (size_t)width * sizeof *to);
    }
    return RC_OK;
}

/* Columns [first, last) of one block. */
static void scatter_columns(int64_t rows_in, int64_t rows_out, int64_t width, int64_t first, int64_t last,
                            const int32_t *index, const float *in, bool acc, float *out)
{
    for (int64_t r = 0; !acc && r < rows_in; r++)
        memset(out + r * width + first, 0, (size_t)(last - first) * sizeof *out);
    for (int64_t j = 0; j < rows_out; j++) {
        if (index[j] < 0) continue;
        float *to = out + index[j] * width;
        const float *from = in + j * width;
#pragma omp simd
        for (int64_t c = first; c < last; c++)
            to[c] += from[c];
    }
}

/* Several rows may go to the same place, so a thread owns whole blocks, or, where there are too few (one
 * table of embeddings), some columns of each. */
static rc_status scatter_rows(rc_device *dev, int64_t batch, int64_t rows_in, int64_t rows_out, int64_t width,
                              const int32_t *index, const float *in, bool acc, float *out)
{
    enum { MIN = 64 };
    int64_t parts = batch >= omp_get_max_threads() ? 1 : (width + MIN - 1) / MIN;
    if (parts > omp_get_max_threads()) parts = omp_get_max_threads();
#pragma omp parallel for collapse(2) schedule(static) if (batch * rows_out * width > SERIAL_BELOW)
    for (int64_t b = 0; b < batch; b++)
        for (int64_t p = 0; p < parts; p++)
            scatter_columns(rows_in, rows_out, width, width * p / parts, width * (p + 1) / parts, index,
                            in + b * rows_out * width, acc, out + b * rows_in * width);
    return RC_OK;
}

/* What a step of Adam computes with. */
typedef struct adam_rates {
    float decay, coupled, rate, inverse, scale, beta1, beta2, eps;
} adam_rates;

static adam_rates rates_of(const rc_optimizer_step *o, float scale)
{
    return (adam_rates){.decay = o->decoupled ? 1.0f - o->lr * o->weight_decay : 1.0f,
                        .coupled = o->decoupled ? 0.0f : o->weight_decay,
                        .rate = o->lr / o->correction1,
                        .inverse = 1.0f / o->correction2,
                        .scale = scale,
                        .beta1 = o->beta1,
                        .beta2 = o->beta2,
                        .eps = o->eps};
}

/* Nothing beside any step of a weight. A moment that gets no gradient would shrink to numbers below 2^-126
 * and stay there, with which Intel's processors compute fifty times more slowly. */
static inline float moment(float x)
{
    return fabsf(x) < 1e-30f ? 0.0f : x;
}

/* So with the second moment, whose root is what counts. */
static inline float second_moment(float x)
{
    return x < 1e-37f ? 0.0f : x;
}

static inline void adam_span(adam_rates a, int64_t n, const float *grad, float *m, float *v, float *w)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        float g = grad[i] * a.scale + a.coupled * w[i];
        m[i] = moment(a.beta1 * m[i] + (1 - a.beta1) * g);
        v[i] = second_moment(a.beta2 * v[i] + (1 - a.beta2) * g * g);
        w[i] = a.decay * w[i] - a.rate * m[i] / (sqrtf(v[i] * a.inverse) + a.eps);
    }
}

static rc_status adam(rc_device *dev, const rc_optimizer_step *o, int64_t n, const float *grad, float *m,
                      float *v, float *w)
{
    enum { SPAN = 1 << 14 };
    float scale;
    if (!rc__step_scale(o, &scale)) return RC_OK;
    adam_rates a = rates_of(o, scale);
#pragma omp parallel for schedule(static) if (n > SERIAL_BELOW)
    for (int64_t i = 0; i < n; i += SPAN)
        adam_span(a, n - i < SPAN ? n - i : SPAN, grad + i, m + i, v + i, w + i);
    return RC_OK;
}

static void adam_without_gradient(adam_rates a, int64_t n, float *m, float *v, float *w)
{
    for (int64_t i = 0; i < n; i += RC__TABLE_ZEROS)
        adam_span(a, n - i < RC__TABLE_ZEROS ? n - i : RC__TABLE_ZEROS, rc__table_zeros, m + i, v + i, w + i);
}

static rc_status adam_rows(rc_device *dev, const rc_optimizer_step *o, const rc_table_gradient *grad,
                           int32_t *live, float *m, float *v, float *w)
{
    float scale;
    if (!rc__step_scale(o, &scale)) return RC_OK;
    adam_rates a = rates_of(o, scale);
    int64_t width = grad->width;
    rc__table_mark(grad, live);
#pragma omp parallel for schedule(static) if (grad->rows * width > SERIAL_BELOW)
    for (int64_t r = 0; r < grad->rows; r++) {
        const float *g = rc__table_gradient(grad, live, r);
        float *row = w + r * width;
        if (rc__table_rests(o, g, live[r])) {
#pragma omp simd
            for (int64_t c = 0; c < width; c++)
                row[c] *= a.decay;
            continue;
        }
        if (g)
            adam_span(a, width, g, m + r * width, v + r * width, row);
        else
            adam_without_gradient(a, width, m + r * width, v + r * width, row);
        live[r] = 1;
    }
    return RC_OK;
}

static rc_status sgd(rc_device *dev, const rc_optimizer_step *o, int64_t n, const float *grad, float *m,
                     float *w)
{
    float keep = o->first ? 0.0f : o->momentum, scale;
    if (!rc__step_scale(o, &scale)) return RC_OK;
#pragma omp parallel for simd schedule(static) if (n > SERIAL_BELOW)
    for (int64_t i = 0; i < n; i++) {
        m[i] = moment(keep * m[i] + grad[i] * scale + o->weight_decay * w[i]);
        w[i] -= o->lr * m[i];
    }
    return RC_OK;
}

void RC_ISA_NAME(rc__fast_elementwise)(rc_kernels *k)
{
    k->fill = fill;
    k->scale = scale;
    k->axpy = axpy;
    k->add_rounded = add_rounded;
    k->narrow = narrow;
    k->widen = widen;
    k->add = add;
    k->mul = mul;
    k->sum_squares = sum_squares;
    k->bias_rows = bias_rows;
    k->sum_rows = sum_rows;
    k->gelu = gelu;
    k->gelu_backward = gelu_backward;
    k->relu = relu;
    k->relu_backward = relu_backward;
    k->glu = glu;
    k->glu_backward = glu_backward;
    k->gather_rows = gather_rows;
    k->scatter_rows = scatter_rows;
    k->adam = adam;
    k->adam_rows = adam_rows;
    k->sgd = sgd;
}
