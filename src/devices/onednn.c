/* The fast CPU device: matrix products by oneDNN, our own fused kernels beside them, chosen for the processor
 * at run time. dnnl_sgemm is the same in oneDNN's versions 2 and 3. */
#include <dnnl.h>
#include <omp.h>
#include <stdatomic.h>

#include "base/memory.h"
#include "devices/onednn_parts.h"
#include "devices/ref.h"

#define DECLARE(isa)                                                                                 \
    void rc__fast_elementwise_##isa(rc_kernels *k);                                                  \
    void rc__fast_norm_##isa(rc_kernels *k);                                                         \
    void rc__fast_attention_##isa(rc_kernels *k);                                                    \
    void rc__fast_window_attention_##isa(rc_kernels *k);                                             \
    void rc__fast_narrow_##isa(int64_t rows, int64_t cols, const float *x, int64_t ld, uint16_t *y); \
    void rc__fast_round_##isa(int64_t rows, int64_t cols, const float *x, int64_t ld, float *y);     \
    void rc__fast_int8_##isa(rc__onednn *s);                                                         \
    static void use_##isa(rc_kernels *k, rc__onednn *s)                                              \
    {                                                                                                \
        rc__fast_elementwise_##isa(k);                                                               \
        rc__fast_norm_##isa(k);                                                                      \
        rc__fast_attention_##isa(k);                                                                 \
        rc__fast_window_attention_##isa(k);                                                          \
        s->narrow = rc__fast_narrow_##isa;                                                           \
        s->round = rc__fast_round_##isa;                                                             \
        rc__fast_int8_##isa(s);                                                                      \
    }

DECLARE(base)
#ifdef RC_X86_KERNELS
DECLARE(v3)
DECLARE(v4)
#endif

static void choose_kernels(rc_kernels *k, rc__onednn *s)
{
#ifdef RC_X86_KERNELS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        use_v4(k, s);
        return;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        use_v3(k, s);
        return;
    }
#endif
    use_base(k, s);
}

/* x w^T, where oneDNN's own threads lose up to 40 % when the rows of w are a power of two apart: both would
 * transpose all of w, through the same few sets of the cache. Here each thread takes its own columns of the
 * result (rows of w), or rows of it where columns are few, and calls the sequential product. */
typedef struct shares {
    int across, down;
} shares;

static shares shares_of(int64_t m, int64_t n, int64_t k)
{
    enum { MIN_COLUMNS = 128, MIN_ROWS = 64, MIN_DEPTH = 256, MIN_WORK = 1 << 21 };
    int threads = omp_in_parallel() ? 1 : omp_get_max_threads();
    if (threads == 1 || k < MIN_DEPTH || m * n * k < MIN_WORK) return (shares){1, 1};
    shares s = {threads, 1};
    while (s.across > 1 && (threads % s.across || n / s.across < MIN_COLUMNS))
        s.across--;
    s.down = threads / s.across;
    return m / s.down < MIN_ROWS ? (shares){1, 1} : s;
}

/* Where part i of n begins, in whole vectors. */
static int64_t cut(int64_t n, int i, int parts)
{
    return i == parts ? n : n * i / parts / 16 * 16;
}

static dnnl_status_t shared_product(shares s, int64_t m, int64_t n, int64_t k, float alpha, const float *a,
                                    int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                                    int64_t ldc)
{
    dnnl_status_t all = dnnl_success;
#pragma omp parallel for schedule(static) num_threads(s.across *s.down)
    for (int part = 0; part < s.across * s.down; part++) {
        int64_t row = cut(m, part / s.across, s.down), rows = cut(m, part / s.across + 1, s.down) - row;
        int64_t col = cut(n, part % s.across, s.across), cols = cut(n, part % s.across + 1, s.across) - col;
        dnnl_status_t status = dnnl_sgemm('N', 'T', rows, cols, k, alpha, a + row * lda, lda, b + col * ldb,
                                          ldb, beta, c + row * ldc + col, ldc);
        if (status != dnnl_success) {
#pragma omp atomic write
            all = status;
        }
    }
    return all;
}

/* ---- memory ---- */

/* The code that oneDNN generates at the first product is made at once. */
enum { PANEL_DEPTH = 384, PANEL_ROWS = 10000, PANEL_SLACK = 1 << 16 };

static rc_status generate(void)
{
    enum { SIDE = 64 };
    static atomic_bool done;
    rc_status status = RC_OK;
    float *x = NULL;
    if (atomic_load(&done)) return RC_OK;
#pragma omp critical(rc_onednn_generate)
    if (!atomic_load(&done)) {
        status = rc__onednn_ask();
        if (status == RC_OK) status = RC_NEW(&x, 3 * SIDE * SIDE);
        for (int i = 0; status == RC_OK && i < 16; i++) {
            int64_t m = i & 4 ? 1 : SIDE, n = i & 8 ? 1 : SIDE;
            (void)dnnl_sgemm(i & 1 ? 'T' : 'N', i & 2 ? 'T' : 'N', m, n, SIDE, 1, x, i & 1 ? m : SIDE,
                             x + SIDE * SIDE, i & 2 ? SIDE : n, 0, x + 2 * SIDE * SIDE, n);
        }
        rc_free(x);
        atomic_store(&done, status == RC_OK);
    }
    return status;
}

/* Each thread packs panels of both operands; shares of one sum are added up at the end. */
static rc_status ask_for_panels(int64_t m, int64_t n)
{
    int threads = omp_in_parallel() ? 1 : omp_get_max_threads();
    int64_t rows = m > n ? m : n, panel = (rows < PANEL_ROWS ? rows : PANEL_ROWS) + PANEL_DEPTH;
    return rc_memory_ask((size_t)threads * (size_t)(panel * PANEL_DEPTH * 4 + PANEL_SLACK), RC__ONEDNN);
}

rc_status rc__onednn_gemm(rc_device *dev, bool ta, bool tb, int64_t m, int64_t n, int64_t k, float alpha,
                          const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                          int64_t ldc)
{
    if (m == 0 || n == 0) return RC_OK;
    RC_TRY(generate());
    RC_TRY(ask_for_panels(m, n));
    shares s = !ta && tb ? shares_of(m, n, k) : (shares){1, 1};
    dnnl_status_t status =
        s.across * s.down > 1
            ? shared_product(s, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
            : dnnl_sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    RC_CHECK(status == dnnl_success, RC_DEVICE,
             "oneDNN: a matrix product of %lld x %lld x %lld failed (status %d)", (long long)m, (long long)n,
             (long long)k, (int)status);
    return RC_OK;
}

/* ---- rows shared out to threads, each done by ref ---- */

static const rc_kernels *ref(const rc_device *dev)
{
    return ((const rc__onednn *)dev->state)->ref;
}

static rc_status adaptive_pool(rc_device *dev, int64_t batch, const int64_t in[3], const int64_t out[3],
                               const float *x, float *y)
{
    int64_t in_size = in[0] * in[1] * in[2], out_size = out[0] * out[1] * out[2];
#pragma omp parallel for schedule(static)
    for (int64_t b = 0; b < batch; b++)
        (void)ref(dev)->adaptive_pool(dev, 1, in, out, x + b * in_size, y + b * out_size);
    return RC_OK;
}

static rc_status adaptive_pool_backward(rc_device *dev, int64_t batch, const int64_t in[3],
                                        const int64_t out[3], const float *dy, bool acc, float *dx)
{
    int64_t in_size = in[0] * in[1] * in[2], out_size = out[0] * out[1] * out[2];
#pragma omp parallel for schedule(static)
    for (int64_t b = 0; b < batch; b++)
        (void)ref(dev)->adaptive_pool_backward(dev, 1, in, out, dy + b * out_size, acc, dx + b * in_size);
    return RC_OK;
}

static rc_status interpolate(rc_device *dev, int64_t batch, const int64_t in[2], const int64_t out[2],
                             int64_t channels, const float *x, float *y)
{
    int64_t in_size = in[0] * in[1] * channels, out_size = out[0] * out[1] * channels;
#pragma omp parallel for schedule(static)
    for (int64_t b = 0; b < batch; b++)
        (void)ref(dev)->interpolate(dev, 1, in, out, channels, x + b * in_size, y + b * out_size);
    return RC_OK;
}

static rc_status interpolate_backward(rc_device *dev, int64_t batch, const int64_t in[2],
                                      const int64_t out[2], int64_t channels, const float *dy, bool acc,
                                      float *dx)
{
    int64_t in_size = in[0] * in[1] * channels, out_size = out[0] * out[1] * channels;
#pragma omp parallel for schedule(static)
    for (int64_t b = 0; b < batch; b++)
        (void)ref(dev)->interpolate_backward(dev, 1, in, out, channels, dy + b * out_size, acc,
                                             dx + b * in_size);
    return RC_OK;
}

static rc_status relative_l2(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *y,
                             const float *s, const float *m, float *loss, float *diff, float *norm)
{
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++)
        (void)ref(dev)->relative_l2(dev, 1, cols, x + r * cols, y + r * cols, s, m, loss + r, diff + r,
                                    norm + r);
    return RC_OK;
}

static rc_status relative_l2_backward(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                      const float *y, const float *s, const float *diff, const float *norm,
                                      const float *dloss, bool acc, float *dx)
{
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++)
        (void)ref(dev)->relative_l2_backward(dev, 1, cols, x + r * cols, y + r * cols, s, diff + r, norm + r,
                                             dloss + r, acc, dx + r * cols);
    return RC_OK;
}

static rc_status lp_error(rc_device *dev, int64_t rows, int64_t cols, float q, bool relative, const float *x,
                          const float *y, const float *s, const float *m, float *loss, float *diff,
                          float *norm)
{
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++)
        (void)ref(dev)->lp_error(dev, 1, cols, q, relative, x + r * cols, y + r * cols, s, m, loss + r,
                                 diff + r, norm + r);
    return RC_OK;
}

static rc_status lp_error_backward(rc_device *dev, int64_t rows, int64_t cols, float q, const float *x,
                                   const float *y, const float *s, const float *diff, const float *norm,
                                   const float *dloss, bool acc, float *dx)
{
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++)
        (void)ref(dev)->lp_error_backward(dev, 1, cols, q, x + r * cols, y + r * cols, s, diff + r, norm + r,
                                          dloss + r, acc, dx + r * cols);
    return RC_OK;
}

static rc_status mean_tokens(rc_device *dev, int64_t batch, int64_t tokens, int64_t channels,
                             const int32_t *length, const float *x, float *y)
{
#pragma omp parallel for schedule(static)
    for (int64_t b = 0; b < batch; b++) {
        float *sum = y + b * channels;
        int64_t n = !length ? tokens : length[b] < 0 ? 0 : length[b] < tokens ? length[b] : tokens;
        for (int64_t c = 0; c < channels; c++)
            sum[c] = 0;
        for (int64_t t = 0; t < n; t++) {
            const float *row = x + (b * tokens + t) * channels;
#pragma omp simd
            for (int64_t c = 0; c < channels; c++)
                sum[c] += row[c];
        }
        for (int64_t c = 0; n && c < channels; c++)
            sum[c] /= (float)n;
    }
    return RC_OK;
}

rc_device *rc_device_onednn(void)
{
    static rc_device device;
    static rc__scratch scratch = {.lock = PTHREAD_MUTEX_INITIALIZER};
    static rc__onednn state = {.scratch = &scratch};
    rc_device *base = rc_device_ref();
#pragma omp critical(rc_device_onednn)
    if (!device.name) {
        device = *base;
        device.state = &state;
        state.ref = &base->kernels;
        choose_kernels(&device.kernels, &state);
        device.kernels.gemm = rc__onednn_gemm;
        device.kernels.linear_int8 = rc__onednn_linear_int8;
        device.kernels.adaptive_pool = adaptive_pool;
        device.kernels.adaptive_pool_backward = adaptive_pool_backward;
        device.kernels.interpolate = interpolate;
        device.kernels.interpolate_backward = interpolate_backward;
        device.kernels.relative_l2 = relative_l2;
        device.kernels.relative_l2_backward = relative_l2_backward;
        device.kernels.lp_error = lp_error;
        device.kernels.lp_error_backward = lp_error_backward;
        device.kernels.mean_tokens = mean_tokens;
        device.name = "onednn";
    }
    return &device;
}
