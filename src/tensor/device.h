/* tensor/device.h: the seam between the library and what computes.
 *
 * A device is a table of buffer functions and a table of kernels. Kernels take the device, then device
 * addresses of contiguous float32 data unless a comment says otherwise, use all threads they like, and return
 * RC_OK or RC_DEVICE/RC_MEMORY with the record set. A device starts from `ref` (plain loops, double
 * accumulation: the specification) and overrides what it does better.
 *
 * `acc` = add to the output instead of overwriting it. Letters: B batch, T tokens, C channels, H heads.
 * jvp kernels compute the directional derivative of the output in the direction of input tangents. */
#ifndef RC_TENSOR_DEVICE_H
#define RC_TENSOR_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "tensor/bridge.h"
#include "tensor/int8.h"
#include "tensor/tensor.h"

/* Multi-head self-attention. q, k and v are [B, T, C] (C = heads * d) with row stride ld (3C when they lie
 * side by side). out [B, T, C], contiguous. lse [B, heads, T] keeps the log-sum-exp of each score row for
 * backward. score = scale * q.k + bias, bias [heads, T, T] or NULL. The kernels take length [B], int32 on the
 * device, or NULL: the keys of a sample are its first length[b] tokens (cut to 0..T); without keys out and
 * all derivatives are 0. */
typedef struct rc_attention {
    int64_t batch, tokens, heads, d;
    int64_t ld;
    float scale;
} rc_attention;

/* Windowed multi-head self-attention with relative position bias (Swin). The token grid is
 * gh x gw, both multiples of window w; it is rolled by -shift in both directions, cut in w x w windows,
 * attended within each window, and rolled back. Where shift > 0, tokens that were not neighbours
 * before the roll do not see each other (mask -100 added to the score, as the reference does).
 * qkv: three tensors [B, gh*gw, C] (C = heads * d) with row stride ld (3C when they lie side by side).
 * bias [heads, w*w, w*w]. out [B, gh*gw, C], contiguous. lse [B * windows, heads, w*w] keeps the log-sum-exp
 * of each score row for backward. score = scale * q.k + bias + mask. */
typedef struct rc_window_attention {
    int64_t batch, gh, gw, window, shift, heads, d;
    int64_t ld;
    float scale;
} rc_window_attention;

/* Bins of one width around `low`, ..., `high`, `count` of them; the first has the number `first`. */
typedef struct rc_bins {
    int64_t count, first;
    float low, high;
} rc_bins;

/* f(a) = a s(linear a + cubic a^3), s the logistic function. */
typedef struct rc_gate {
    float linear, cubic;
} rc_gate;

/* One AdamW / Adam / SGD step over n parameters. */
typedef struct rc_optimizer_step {
    float lr, beta1, beta2, eps, weight_decay, momentum;
    float correction1, correction2; /* 1 - beta1^t, 1 - beta2^t */
    float grad_scale;               /* multiplies the gradient first */
    const float *squares; /* on the device: of the whole gradient (sum_squares), without which there is no
                             step where they are not finite; NULL: they are not asked */
    double clip;          /* > 0: a gradient that these say is longer is scaled down to this norm */
    bool decoupled;       /* AdamW: decay the weight; else add wd*w to the gradient */
    bool first;           /* SGD: first step, momentum buffer := gradient */
} rc_optimizer_step;

/* Parameters that such a step changes alike: so many numbers, where they begin in the blocks of gradients,
 * moments and values, and what the rate and the decay are multiplied by. */
typedef struct rc_update_range {
    int64_t n, grad, state, value;
    float rate, decay;
} rc_update_range;

/* The gradient of a table [rows, width], of which a step touches few rows: all but `touched` (int32 [n] on
 * the device, ascending) are zero, and values is [n, width]. touched NULL: values is whole, [rows, width]. */
typedef struct rc_table_gradient {
    int64_t rows, width, n;
    const int32_t *touched;
    const float *values;
} rc_table_gradient;

typedef struct rc_kernels {
    /* c[m,n] = alpha * op(a) * op(b) + beta * c, row-major, leading dimensions lda, ldb, ldc. */
    rc_status (*gemm)(rc_device *dev, bool ta, bool tb, int64_t m, int64_t n, int64_t k, float alpha,
                      const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                      int64_t ldc);
    /* y [m, n] = x w^T + bias + base for x [m, k] and w [n, k], where bias [n] and base [m, n] may be NULL.
     * NULL: the device has no more than gemm and bias_rows. */
    rc_status (*affine)(rc_device *dev, int64_t m, int64_t n, int64_t k, const float *x, const float *w,
                        const float *bias, const float *base, float *y);

    /* The way back through y = x w^T from dy [m, n]: dw [n, k] (+)= dy^T x as add[0] says, and then dx [m, k]
     * (+)= dy w as add[1] does. Each may be NULL, and dx may be x. */
    rc_status (*affine_backward)(rc_device *dev, int64_t m, int64_t n, int64_t k, const float *x,
                                 const float *w, const float *dy, const bool add[2], float *dw, float *dx);

    /* Of models with 8-bit weights (tensor/int8.h); NULL: the device cannot. y [m, n] = x w^T for x [m, k]
     * and w [n, k]. With lo = min(0, min x) and hi = max(0, max x) of a row of x, step = (hi - lo) / 127,
     * zero = round(-lo 127 / (hi - lo)), u = min(127, round(x 127 / (hi - lo)) + zero), and y = (sum_k u code
     * - zero sum) (step scale). A row that is not finite, or spans more than floats do, gives NaN; one that
     * spans less than 1e-30 counts as 0. work: rc_int8_work bytes. */
    rc_status (*linear_int8)(rc_device *dev, int64_t m, int64_t n, int64_t k, const float *x,
                             rc_int8_matrix w, bool acc, float *y, void *work);
    /* Row j of out [n, width] = row index[j] of w, or 0 where index[j] < 0. */
    rc_status (*gather_int8)(rc_device *dev, int64_t n, int64_t width, const int32_t *index, rc_int8_matrix w,
                             float *out);

    rc_status (*fill)(rc_device *dev, int64_t n, float value, float *x);
    rc_status (*scale)(rc_device *dev, int64_t n, float a, float *x);
    rc_status (*axpy)(rc_device *dev, int64_t n, float a, const float *x, float *y); /* y += a x */
    /* y = r(x) + r(y), r the nearest bfloat16 (base/bfloat16.h). */
    rc_status (*add_rounded)(rc_device *dev, int64_t n, const float *x, float *y);
    /* Of numbers that are kept as bfloat16, or are on their way between ranks: y = r(x); y = x; y = r(x + y).
     */
    rc_status (*narrow)(rc_device *dev, int64_t n, const float *x, uint16_t *y);
    rc_status (*widen)(rc_device *dev, int64_t n, const uint16_t *x, float *y);
    rc_status (*add_narrow)(rc_device *dev, int64_t n, const uint16_t *x, uint16_t *y);
    rc_status (*add)(rc_device *dev, int64_t n, const float *a, const float *b, float *z); /* z = a + b */
    rc_status (*mul)(rc_device *dev, int64_t n, const float *a, const float *b, bool acc, float *z);
    /* out[0] + out[1] (+)= the sum of squares, as exact as in double: out[1] is what rounding takes from
     * out[0]. inf or NaN in x, and a sum beyond floats, show in out[0]. */
    rc_status (*sum_squares)(rc_device *dev, int64_t n, const float *x, bool acc, float out[2]);

    /* y[r, c] = b[c] for all r (y is then the C of a gemm with beta = 1); with base: y = base + b (base may
     * be y). */
    rc_status (*bias_rows)(rc_device *dev, int64_t rows, int64_t cols, const float *bias, const float *base,
                           float *y);
    /* out[c] (+)= sum over r of x[r, c]. */
    rc_status (*sum_rows)(rc_device *dev, int64_t rows, int64_t cols, const float *x, bool acc, float *out);

    /* y = p Phi(p), p = x + bias (NULL: 0), Phi the normal distribution function (erf form). dp = dy
     * gelu'(p), also the jvp: dx (+)= dp, and dbias[c] (+)= the sum over r of dp[r, c] (NULL: it is not
     * wanted). dx may be dy. */
    rc_status (*gelu)(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *bias,
                      float *y);
    rc_status (*gelu_backward)(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *bias,
                               const float *dy, bool acc, float *dx, bool add, float *dbias);

    /* y = max(0, x). dx = dy where x > 0, also the jvp. */
    rc_status (*relu)(rc_device *dev, int64_t n, const float *x, float *y);
    rc_status (*relu_backward)(rc_device *dev, int64_t n, const float *x, const float *dy, bool acc,
                               float *dx);

    /* Number of the bin of x / mean |x|, the mean over the row (1 where it is 0 or NaN); the outermost bins
     * have no end. */
    rc_status (*bin_rows)(rc_device *dev, int64_t rows, int64_t cols, rc_bins b, const float *x,
                          int32_t *out);

    /* y [rows, cols] = f(a) b for x [rows, 2 cols] = [a | b]. */
    rc_status (*glu)(rc_device *dev, rc_gate f, int64_t rows, int64_t cols, const float *x, float *y);
    rc_status (*glu_backward)(rc_device *dev, rc_gate f, int64_t rows, int64_t cols, const float *x,
                              const float *dy, bool acc, float *dx);
    rc_status (*glu_jvp)(rc_device *dev, rc_gate f, int64_t rows, int64_t cols, const float *x,
                         const float *tx, float *ty);

    /* y = (x - mean) * rstd * gamma + beta over the last dimension; mean, rstd [rows] are kept. mean NULL: 0
     * is subtracted, and rstd is that of the mean square; beta NULL: 0. */
    rc_status (*layernorm)(rc_device *dev, int64_t rows, int64_t cols, float eps, const float *x,
                           const float *gamma, const float *beta, float *y, float *mean, float *rstd);
    /* dx (+)= ...; dgamma [cols] (+)= as add[0] says, dbeta as add[1]. Each of the three may be NULL. */
    rc_status (*layernorm_backward)(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                    const float *gamma, const float *mean, const float *rstd, const float *dy,
                                    bool acc, float *dx, const bool add[2], float *dgamma, float *dbeta);
    /* ty from tx, tgamma, tbeta (each may be NULL = zero). */
    rc_status (*layernorm_jvp)(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *gamma,
                               const float *mean, const float *rstd, const float *tx, const float *tgamma,
                               const float *tbeta, float *ty);

    rc_status (*attention)(rc_device *dev, const rc_attention *a, const int32_t *length, const float *q,
                           const float *k, const float *v, const float *bias, float *out, float *lse);
    /* dq, dk, dv: row stride ld, overwritten. dbias [heads, T, T] += (may be NULL). */
    rc_status (*attention_backward)(rc_device *dev, const rc_attention *a, const int32_t *length,
                                    const float *q, const float *k, const float *v, const float *bias,
                                    const float *out, const float *lse, const float *dout, float *dq,
                                    float *dk, float *dv, float *dbias);
    /* tq, tk, tv with row stride ld (all or none NULL), tbias (may be NULL). */
    rc_status (*attention_jvp)(rc_device *dev, const rc_attention *a, const int32_t *length, const float *q,
                               const float *k, const float *v, const float *bias, const float *lse,
                               const float *tq, const float *tk, const float *tv, const float *tbias,
                               float *tout);

    rc_status (*window_attention)(rc_device *dev, const rc_window_attention *a, const float *q,
                                  const float *k, const float *v, const float *bias, float *out, float *lse);
    /* dq, dk, dv: row stride ld, overwritten. dbias [heads, w*w, w*w] += (may be NULL). */
    rc_status (*window_attention_backward)(rc_device *dev, const rc_window_attention *a, const float *q,
                                           const float *k, const float *v, const float *bias,
                                           const float *out, const float *lse, const float *dout, float *dq,
                                           float *dk, float *dv, float *dbias);
    /* tq, tk, tv with row stride ld (all or none NULL), tbias (may be NULL). */
    rc_status (*window_attention_jvp)(rc_device *dev, const rc_window_attention *a, const float *q,
                                      const float *k, const float *v, const float *bias, const float *lse,
                                      const float *tq, const float *tk, const float *tv, const float *tbias,
                                      float *tout);

    /* For each of `batch` blocks: out row j (of `width` floats) = in row index[j], or 0 where index[j] < 0.
     * index [rows_out], int32. in block: rows_in rows. */
    rc_status (*gather_rows)(rc_device *dev, int64_t batch, int64_t rows_in, int64_t rows_out, int64_t width,
                             const int32_t *index, const float *in, float *out);
    /* The transpose: out row index[j] += in row j; out is overwritten (zeroed first) unless acc.
     * rows_in and rows_out name the same sizes as in gather_rows: `in` here has rows_out rows. */
    rc_status (*scatter_rows)(rc_device *dev, int64_t batch, int64_t rows_in, int64_t rows_out, int64_t width,
                              const int32_t *index, const float *in, bool acc, float *out);

    /* Mean over the first length[b] of T tokens (int32 on the device; NULL: all): x [B, T, C] -> y [B, C];
     * and dx (+)= dy / length. Without tokens y is 0. */
    rc_status (*mean_tokens)(rc_device *dev, int64_t batch, int64_t tokens, int64_t channels,
                             const int32_t *length, const float *x, float *y);
    rc_status (*mean_tokens_backward)(rc_device *dev, int64_t batch, int64_t tokens, int64_t channels,
                                      const int32_t *length, const float *dy, bool acc, float *dx);

    /* Adaptive average pooling of `batch` blocks [in0,in1,in2] -> [out0,out1,out2]: output cell i of an axis
     * is the mean over input cells floor(i*in/out) .. ceil((i+1)*in/out)-1. */
    rc_status (*adaptive_pool)(rc_device *dev, int64_t batch, const int64_t in[3], const int64_t out[3],
                               const float *x, float *y);
    rc_status (*adaptive_pool_backward)(rc_device *dev, int64_t batch, const int64_t in[3],
                                        const int64_t out[3], const float *dy, bool acc, float *dx);

    /* Linear interpolation each way (bilinear; half-pixel centres, the outermost cells repeated) of `batch`
     * grids of rows: x [B, in0, in1, C] -> y [B, out0, out1, C]. */
    rc_status (*interpolate)(rc_device *dev, int64_t batch, const int64_t in[2], const int64_t out[2],
                             int64_t channels, const float *x, float *y);
    rc_status (*interpolate_backward)(rc_device *dev, int64_t batch, const int64_t in[2],
                                      const int64_t out[2], int64_t channels, const float *dy, bool acc,
                                      float *dx);

    /* Row softmax: p; and dx (+)= p * (dp - sum(p dp)), which is also its jvp. */
    rc_status (*softmax)(rc_device *dev, int64_t rows, int64_t cols, const float *x, float *p);
    rc_status (*softmax_backward)(rc_device *dev, int64_t rows, int64_t cols, const float *p, const float *dp,
                                  bool acc, float *dx);

    /* loss[r] = -sum_k t_k log softmax(x)_k with t_k = w_k ((1-smoothing) onehot(label) + smoothing/cols), w
     * [cols] the classes' weights (NULL: 1); p is the softmax. dx (+)= dloss[r] * (p sum(t) - t). label int32
     * on the device. */
    rc_status (*cross_entropy)(rc_device *dev, int64_t rows, int64_t cols, float smoothing, const float *w,
                               const float *x, const int32_t *label, float *loss, float *p);
    rc_status (*cross_entropy_backward)(rc_device *dev, int64_t rows, int64_t cols, float smoothing,
                                        const float *w, const float *p, const int32_t *label,
                                        const float *dloss, bool acc, float *dx);
    /* Focal loss: loss[r] = -(1 - p)^gamma log p, p the softmax at the label. */
    rc_status (*focal)(rc_device *dev, int64_t rows, int64_t cols, float gamma, const float *x,
                       const int32_t *label, float *loss);
    rc_status (*focal_backward)(rc_device *dev, int64_t rows, int64_t cols, float gamma, const float *x,
                                const int32_t *label, const float *dloss, bool acc, float *dx);

    /* Relative L2 per row: loss[r] = |s (x - y)|_2 / |s y + m|_2, x and y encoded, s and m [cols] the
     * normaliser's scale and mean (NULL: 1 and 0). diff[r], norm[r] keep the two norms. */
    rc_status (*relative_l2)(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *y,
                             const float *s, const float *m, float *loss, float *diff, float *norm);
    rc_status (*relative_l2_backward)(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                      const float *y, const float *s, const float *diff, const float *norm,
                                      const float *dloss, bool acc, float *dx);
    /* The same with the norm |v|_q, q >= 1; unless `relative`, divided by |1|_q instead of the truth's norm
     * (q = 1: the mean absolute, q = 2: the root mean square error). */
    rc_status (*lp_error)(rc_device *dev, int64_t rows, int64_t cols, float q, bool relative, const float *x,
                          const float *y, const float *s, const float *m, float *loss, float *diff,
                          float *norm);
    rc_status (*lp_error_backward)(rc_device *dev, int64_t rows, int64_t cols, float q, const float *x,
                                   const float *y, const float *s, const float *diff, const float *norm,
                                   const float *dloss, bool acc, float *dx);
    /* Mean squared error per row: loss[r] = mean_c (x - y)^2. */
    rc_status (*squared_error)(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *y,
                               float *loss);
    rc_status (*squared_error_backward)(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                        const float *y, const float *dloss, bool acc, float *dx);
    /* Binary cross-entropy on logits per row: loss[r] = mean_c, target y in [0,1], pos_weight w (1: none). */
    rc_status (*binary_cross_entropy)(rc_device *dev, int64_t rows, int64_t cols, float w, const float *x,
                                      const float *y, float *loss);
    rc_status (*binary_cross_entropy_backward)(rc_device *dev, int64_t rows, int64_t cols, float w,
                                               const float *x, const float *y, const float *dloss, bool acc,
                                               float *dx);
    /* Counts y >= 0, x the logarithm of their rate: loss[r] = mean_c (exp(x) - y x), Poisson's negative
     * log-likelihood without what x does not change. */
    rc_status (*poisson)(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *y,
                         float *loss);
    rc_status (*poisson_backward)(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *y,
                                  const float *dloss, bool acc, float *dx);
    /* Classes in order, cols + 1 of them: log p [rows, cols + 1] of the thresholds z_0 = x_0 and
     * z_k = z_{k-1} + exp(x_k), x [rows, cols]. With the logistic function s, p_k = s(z_k) - s(z_{k-1}),
     * where nothing is below z_0 and all is below the last. */
    rc_status (*ordered_classes)(rc_device *dev, int64_t rows, int64_t cols, const float *x, float *log_p);
    rc_status (*ordered_classes_backward)(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                          const float *dlog_p, bool acc, float *dx);
    rc_status (*ordered_classes_jvp)(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                     const float *tx, float *tlog_p);

    /* Divergence of softened classes: loss[r] = s^2 sum_k q_k log(q_k / p_k), q = softmax(t / s), p =
     * softmax(x / s). */
    rc_status (*softened_kl)(rc_device *dev, int64_t rows, int64_t cols, float s, const float *x,
                             const float *t, float *loss);
    rc_status (*softened_kl_backward)(rc_device *dev, int64_t rows, int64_t cols, float s, const float *x,
                                      const float *t, const float *dloss, bool acc, float *dx);

    rc_status (*adam)(rc_device *dev, const rc_optimizer_step *o, int64_t n, const float *grad, float *m,
                      float *v, float *w);
    /* The same bits for n ranges of whole blocks; the list of them is the host's. */
    rc_status (*adam_ranges)(rc_device *dev, const rc_optimizer_step *o, int64_t n,
                             const rc_update_range *range, const float *grad, float *m, float *v, float *w);
    /* The same bits for a table, at the cost of the rows that are not at rest. live [rows] is 0 where a row's
     * m and v are zero: without a gradient these stay untouched. Others, and those that come to life, get 1.
     */
    rc_status (*adam_rows)(rc_device *dev, const rc_optimizer_step *o, const rc_table_gradient *grad,
                           int32_t *live, float *m, float *v, float *w);
    rc_status (*sgd)(rc_device *dev, const rc_optimizer_step *o, int64_t n, const float *grad, float *m,
                     float *w);
} rc_kernels;

struct rc_device {
    const char *name;
    bool is_host;      /* computes on any memory of the process, which maps to itself */
    bool queued;       /* kernels wait in line: one for much is better than one for each part of it */
    bool keeps_narrow; /* a step keeps as bfloat16 what waits for its way back (autodiff/graph.h) */
    rc_status (*alloc)(rc_device *d, size_t bytes, void **out);
    /* The same filled with zeros; what is never written takes no memory where the system can do so. */
    rc_status (*alloc_zeroed)(rc_device *d, size_t bytes, void **out);
    /* A part of a block that will be written here and there: let small pages back it. May be NULL. */
    void (*scatter)(rc_device *d, void *p, size_t bytes);
    void (*release)(rc_device *d, void *p, size_t bytes);
    /* Host access to [p, p + bytes). */
    rc_status (*map)(rc_device *d, void *p, size_t bytes, bool read, bool write, void **host);
    void (*unmap)(rc_device *d, void *p, size_t bytes, bool write, void *host);
    rc_status (*copy)(rc_device *d, void *dst, const void *src, size_t bytes); /* device to device */
    /* The host's numbers that an upload is going to ask for, and that stay as they are until then: they go
     * there beside what is in line. A device may take it for a hint. All three may be NULL. */
    rc_status (*bring)(rc_device *d, const void *host, size_t bytes);
    /* An upload of what was brought; is_there false: it was not, and nothing is done. */
    rc_status (*take_brought)(rc_device *d, void *to, const void *host, size_t bytes, bool *is_there);
    /* The numbers change, or go: what was brought of them is not taken any more. */
    void (*forget_brought)(rc_device *d);
    /* The most bytes that were in use at once; NULL: they are the process's own. */
    size_t (*peak)(rc_device *d);
    /* Told around every kernel call; may be NULL. poison opens and locks its memory here. */
    void (*enter)(rc_device *d);
    void (*leave)(rc_device *d);
    const rc_bridge *bridge; /* to the devices of other processes; NULL: there is none */
    rc_kernels kernels;
    void *state;
};

/* RC_LAUNCH(device, layernorm, args...) runs a kernel and passes a failure on. */
#define RC_LAUNCH(dev, kernel, ...)                                           \
    do {                                                                      \
        rc_device *rc_dev_ = (dev);                                           \
        if (rc_dev_->enter) rc_dev_->enter(rc_dev_);                          \
        rc_status rc_launch_ = rc_dev_->kernels.kernel(rc_dev_, __VA_ARGS__); \
        if (rc_dev_->leave) rc_dev_->leave(rc_dev_);                          \
        if (rc_launch_ != RC_OK) return rc_launch_;                           \
    } while (0)

/* Made once per process; never destroyed before exit. Declared here, defined under devices/. */
rc_device *rc_device_ref(void);         /* plain loops */
rc_device *rc_device_onednn(void);      /* the fast CPU device: oneDNN gemm, our fused kernels */
rc_device *rc_device_onednn_bf16(void); /* the same with the operands of large products rounded to bfloat16 */
rc_device *rc_device_poison(void);      /* ref with separate, locked, NaN-filled memory */
rc_device *rc_device_default(void);     /* the context's, or else onednn */
/* How matrix products are made: by float32 throughout, with operands that may be rounded to 10 bits inside
 * the product where a card does so (TF32; elsewhere as F32), or with operands that are rounded to bfloat16
 * before it. */
typedef enum rc_precision {
    RC_PRECISION_F32,
    RC_PRECISION_TF32,
    RC_PRECISION_BF16,
    RC_PRECISION_COUNT
} rc_precision;
#define RC_PRECISIONS "f32|tf32|bf16"
/* What a run computes on: the context's device, or else the one named (NULL or "": onednn). */
rc_status rc_device_choose(const char *name, rc_precision precision, rc_device **out) RC_MUST_CHECK;
/* Those above, "cpu" (onednn), "cuda", "cuda:N", "opencl", "opencl:N" (devices/gpu), and "auto": a card, or
 * else cpu. Without a number it is the card that the context prefers (base/current_context.h). A device that
 * was asked for is given or refused, never replaced. */
rc_status rc_device_by_name(const char *name, rc_device **out) RC_MUST_CHECK;

#endif
