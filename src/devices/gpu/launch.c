/* Which kernels make up an entry of rc_kernels, but for attention, and on how many groups. */
#include "devices/gpu/gpu.h"
#include "devices/ref.h"

/* A kernel in which an item makes each of n numbers; one in which a group makes each row. */
#define EACH(dev, kernel, n, ...) GPU_LAUNCH(dev, kernel, rc__gpu_groups(n, SPAN), A(n), __VA_ARGS__)
#define ROWS(dev, kernel, rows, ...) GPU_LAUNCH(dev, kernel, rows, __VA_ARGS__)

/* ---- linear.cl ---- */

/* An operand of so many rows, rounded; its rows lie together then. */
static rc_status narrow_rows(rc_device *dev, i64 rows, i64 cols, const float **x, i64 *ld, float *room)
{
    i64 n = rows * cols, from = *ld;
    RC_TRY(EACH(dev, narrow, n, A(cols), A(from), A(*x), A(room)));
    *x = room;
    *ld = cols;
    return RC_OK;
}

/* Products with a smaller side stay in float32, as on the processor: logits, sums by a product with ones. */
static bool suits_bfloat(const rc__gpu_product *p)
{
    enum { MIN_SIDE = 16 };
    return p->m >= MIN_SIDE && p->n >= MIN_SIDE && p->k >= MIN_SIDE;
}

/* Floats that so many rounded numbers take: what follows them begins where a card reads fast. */
static i64 narrow_room(i64 n)
{
    enum { TOGETHER = 64 };
    return TOGETHER * rc__gpu_groups(n, 2 * TOGETHER);
}

static rc_status multiply_narrow(rc_device *dev, rc__gpu_product p)
{
    i64 a = narrow_room(p.m * p.k);
    float *room;
    RC_TRY(rc__gpu_scratch(dev->state, a + narrow_room(p.n * p.k), &room));
    RC_TRY(narrow_rows(dev, p.ta ? p.k : p.m, p.ta ? p.m : p.k, &p.a, &p.lda, room));
    RC_TRY(narrow_rows(dev, p.tb ? p.n : p.k, p.tb ? p.k : p.n, &p.b, &p.ldb, room + a));
    return rc__gpu_multiply(dev->state, &p, NULL);
}

/* Does a library make it, and in which room beside? Where memory for that is short, our own kernel does. */
static rc_status by_library(rc__gpu *g, const rc__gpu_product *p, bool *does, float **room)
{
    i64 needs = 0;
    *room = NULL;
    *does = g->driver->takes && g->driver->takes(g->self, p, &needs);
    if (!*does || needs == 0) return RC_OK;
    rc_status status = rc__gpu_scratch(g, needs, room);
    *does = status == RC_OK;
    return status == RC_MEMORY ? RC_OK : status;
}

static rc_status multiply(rc_device *dev, rc__gpu_product p, float *room)
{
    if (p.precision == RC_PRECISION_BF16 && suits_bfloat(&p)) return multiply_narrow(dev, p);
    if (p.precision == RC_PRECISION_BF16) p.precision = RC_PRECISION_F32;
    return rc__gpu_multiply(dev->state, &p, room);
}

/* By our own kernel: base stands in the place of the c that is added, and bias [n] (NULL: 0) is added, too.
 */
static rc_status multiply_tiles(rc_device *dev, const rc__gpu_product *p, const float *base,
                                const float *bias)
{
    enum { TILE = 64 }; /* as in kernels/linear.cl */
    i64 one = 1;
    return GPU_LAUNCH(dev, gemm, rc__gpu_groups(p->m, TILE) * rc__gpu_groups(p->n, TILE), A(p->m), A(p->n),
                      A(p->k), A(p->alpha), A(p->a), A(p->ta ? one : p->lda), A(p->ta ? p->lda : one),
                      A(p->b), A(p->tb ? p->ldb : one), A(p->tb ? one : p->ldb), A(p->beta), A(base), A(bias),
                      A(p->c), A(p->ldc));
}

static rc_status gemm(rc_device *dev, bool ta, bool tb, int64_t m, int64_t n, int64_t k, float alpha,
                      const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                      int64_t ldc)
{
    rc__gpu *g = dev->state;
    rc__gpu_product p = {g->precision, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc};
    bool does;
    float *room;
    RC_TRY(by_library(g, &p, &does, &room));
    return does ? multiply(dev, p, room) : multiply_tiles(dev, &p, c, NULL);
}

static bool rounds(rc__gpu *g, const rc__gpu_product *p)
{
    i64 needs;
    return p->precision == RC_PRECISION_BF16 && suits_bfloat(p) && g->driver->takes &&
           g->driver->takes(g->self, p, &needs);
}

/* p: of dw and of dx. dy, which stands first in both, is rounded once. */
static rc_status multiply_narrow_twice(rc_device *dev, rc__gpu_product p[2])
{
    float *room;
    i64 m = p[1].m, n = p[1].k, k = p[1].n, larger = m > n ? m : n;
    i64 first = narrow_room(m * n), ld = n;
    RC_TRY(rc__gpu_scratch(dev->state, first + narrow_room(larger * k), &room));
    RC_TRY(narrow_rows(dev, m, n, &p[0].a, &ld, room));
    p[1].a = p[0].a;
    for (int i = 0; i < 2; i++) {
        if (!p[i].c) continue;
        RC_TRY(narrow_rows(dev, p[i].k, k, &p[i].b, &p[i].ldb, room + first));
        RC_TRY(rc__gpu_multiply(dev->state, &p[i], NULL));
    }
    return RC_OK;
}

static rc_status affine_backward(rc_device *dev, int64_t m, int64_t n, int64_t k, const float *x,
                                 const float *w, const float *dy, const bool add[2], float *dw, float *dx)
{
    rc__gpu *g = dev->state;
    float beta[2] = {add[0] ? 1.0f : 0.0f, add[1] ? 1.0f : 0.0f};
    rc__gpu_product p[2] = {{g->precision, true, false, n, k, m, 1.0f, dy, n, x, k, beta[0], dw, k},
                            {g->precision, false, false, m, k, n, 1.0f, dy, n, w, k, beta[1], dx, k}};
    return rounds(g, &p[0]) ? multiply_narrow_twice(dev, p)
                            : rc__affine_backward_plain(dev, m, n, k, x, w, dy, add, dw, dx);
}

static rc_status fill(rc_device *dev, int64_t n, float value, float *x)
{
    return EACH(dev, fill, n, A(value), A(x));
}

static rc_status scale(rc_device *dev, int64_t n, float a, float *x)
{
    return EACH(dev, scale, n, A(a), A(x));
}

static rc_status axpy(rc_device *dev, int64_t n, float a, const float *x, float *y)
{
    return EACH(dev, axpy, n, A(a), A(x), A(y));
}

static rc_status add_rounded(rc_device *dev, int64_t n, const float *x, float *y)
{
    return EACH(dev, add_rounded, n, A(x), A(y));
}

static rc_status narrow(rc_device *dev, int64_t n, const float *x, uint16_t *y)
{
    return EACH(dev, narrow, n, A(n), A(n), A(x), A(y));
}

static rc_status widen(rc_device *dev, int64_t n, const uint16_t *x, float *y)
{
    return EACH(dev, widen, n, A(x), A(y));
}

static rc_status add_narrow(rc_device *dev, int64_t n, const uint16_t *x, uint16_t *y)
{
    return EACH(dev, add_narrow, n, A(x), A(y));
}

static rc_status add(rc_device *dev, int64_t n, const float *a, const float *b, float *z)
{
    return EACH(dev, add, n, A(a), A(b), A(z));
}

static rc_status mul(rc_device *dev, int64_t n, const float *a, const float *b, bool acc, float *z)
{
    return EACH(dev, mul, n, A(a), A(b), A(acc), A(z));
}

static rc_status sum_squares(rc_device *dev, int64_t n, const float *x, bool acc, float out[2])
{
    enum { MAX_GROUPS = 1024 };
    i64 groups = rc__gpu_groups(n, 4 * SPAN) < MAX_GROUPS ? rc__gpu_groups(n, 4 * SPAN) : MAX_GROUPS;
    float *part;
    RC_TRY(rc__gpu_scratch(dev->state, 2 * groups, &part));
    RC_TRY(GPU_LAUNCH(dev, sum_squares, groups, A(n), A(groups), A(x), A(part)));
    return GPU_LAUNCH(dev, sum_exactly, 1, A(groups), A(part), A(acc), A(out));
}

static rc_status bias_rows(rc_device *dev, int64_t rows, int64_t cols, const float *bias, const float *base,
                           float *y)
{
    i64 n = rows * cols;
    return EACH(dev, bias_rows, n, A(cols), A(bias), A(base), A(y));
}

/* A library adds to what stands in y; our own kernel adds all of it to the product. */
static rc_status affine(rc_device *dev, int64_t m, int64_t n, int64_t k, const float *x, const float *w,
                        const float *bias, const float *base, float *y)
{
    rc__gpu *g = dev->state;
    rc__gpu_product p = {g->precision, false, true, m, n, k, 1.0f, x, k, w, k, base ? 1.0f : 0.0f, y, n};
    bool does;
    float *room;
    RC_TRY(by_library(g, &p, &does, &room));
    if (!does) return multiply_tiles(dev, &p, base, bias);
    if (bias) {
        RC_TRY(bias_rows(dev, m, n, bias, base, y));
        p.beta = 1;
    } else if (base) {
        RC_TRY(rc__gpu_copy(g, y, base, (size_t)(m * n) * sizeof *y));
    }
    return multiply(dev, p, room);
}

/* Sums down columns: rows are shared out to groups, then the shares are added up in order. */
typedef struct shares {
    i64 count, rows; /* rows in a share */
} shares;

enum { MIN_SHARE = 32, MAX_SHARES = 64 };

static shares shares_of(i64 rows, i64 least, i64 most)
{
    i64 count = rc__gpu_groups(rows, least) < most ? rc__gpu_groups(rows, least) : most;
    i64 each = count ? rc__gpu_groups(rows, count) : 0;
    return (shares){each ? rc__gpu_groups(rows, each) : 0, each};
}

static rc_status sum_rows(rc_device *dev, int64_t rows, int64_t cols, const float *x, bool acc, float *out)
{
    shares s = shares_of(rows, MIN_SHARE, MAX_SHARES);
    float *part;
    RC_TRY(rc__gpu_scratch(dev->state, s.count * cols, &part));
    RC_TRY(GPU_LAUNCH(dev, sum_rows, s.count * rc__gpu_groups(cols, SPAN), A(rows), A(cols), A(s.rows), A(x),
                      A(part)));
    return rc__gpu_sum_parts(dev, s.count, cols, part, acc, out);
}

static rc_status gelu(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *bias, float *y)
{
    i64 n = rows * cols;
    return EACH(dev, gelu, n, A(cols), A(x), A(bias), A(y));
}

static rc_status gelu_backward(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *bias,
                               const float *dy, bool acc, float *dx, bool add, float *dbias)
{
    shares s = shares_of(rows, MIN_SHARE, MAX_SHARES);
    i64 n = rows * cols;
    float *part;
    if (!dbias) return EACH(dev, gelu_backward, n, A(cols), A(x), A(bias), A(dy), A(acc), A(dx));
    RC_TRY(rc__gpu_scratch(dev->state, s.count * cols, &part));
    RC_TRY(GPU_LAUNCH(dev, gelu_sums, s.count * rc__gpu_groups(cols, SPAN), A(rows), A(cols), A(s.rows), A(x),
                      A(bias), A(dy), A(acc), A(dx), A(part)));
    return rc__gpu_sum_parts(dev, s.count, cols, part, add, dbias);
}

static rc_status relu(rc_device *dev, int64_t n, const float *x, float *y)
{
    return EACH(dev, relu, n, A(x), A(y));
}

static rc_status relu_backward(rc_device *dev, int64_t n, const float *x, const float *dy, bool acc,
                               float *dx)
{
    return EACH(dev, relu_backward, n, A(x), A(dy), A(acc), A(dx));
}

static rc_status glu(rc_device *dev, rc_gate f, int64_t rows, int64_t cols, const float *x, float *y)
{
    i64 n = rows * cols;
    return EACH(dev, glu, n, A(cols), A(f.linear), A(f.cubic), A(x), A(y));
}

static rc_status glu_backward(rc_device *dev, rc_gate f, int64_t rows, int64_t cols, const float *x,
                              const float *dy, bool acc, float *dx)
{
    i64 n = rows * cols;
    return EACH(dev, glu_backward, n, A(cols), A(f.linear), A(f.cubic), A(x), A(dy), A(acc), A(dx));
}

static rc_status glu_jvp(rc_device *dev, rc_gate f, int64_t rows, int64_t cols, const float *x,
                         const float *tx, float *ty)
{
    i64 n = rows * cols;
    return EACH(dev, glu_jvp, n, A(cols), A(f.linear), A(f.cubic), A(x), A(tx), A(ty));
}

/* ---- norm.cl ---- */

static rc_status layernorm(rc_device *dev, int64_t rows, int64_t cols, float eps, const float *x,
                           const float *gamma, const float *beta, float *y, float *mean, float *rstd)
{
    return ROWS(dev, layernorm, rows, A(cols), A(eps), A(x), A(gamma), A(beta), A(y), A(mean), A(rstd));
}

/* Both gradients of a norm, side by side in part. */
static rc_status sum_two(rc_device *dev, i64 parts, i64 cols, const float *part, const bool add[2],
                         float *first, float *second)
{
    i64 width = 2 * cols;
    return GPU_LAUNCH(dev, sum_parts, rc__gpu_groups(width, RC__GPU_PARTS_WIDTH), A(parts), A(width), A(cols),
                      A(part), A(add[0]), A(first), A(add[1]), A(second));
}

static rc_status layernorm_backward(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                    const float *gamma, const float *mean, const float *rstd, const float *dy,
                                    bool acc, float *dx, const bool add[2], float *dgamma, float *dbeta)
{
    enum { FULL_ROW = 8 * ROW, FEW = 4, MANY = 256 }; /* a row that a group holds, as in kernels/norm.cl */
    bool sums = dgamma || dbeta, together = dx && sums && cols <= FULL_ROW;
    shares s = together ? shares_of(rows, FEW, MANY) : shares_of(rows, MIN_SHARE, MAX_SHARES);
    i64 width = 2 * cols, per_row = rc__gpu_groups(cols, SPAN);
    float *part = NULL;
    if (sums) RC_TRY(rc__gpu_scratch(dev->state, s.count * width, &part));
    if (together)
        RC_TRY(GPU_LAUNCH(dev, layernorm_slopes, s.count, A(rows), A(cols), A(s.rows), A(x), A(gamma),
                          A(mean), A(rstd), A(dy), A(acc), A(dx), A(part)));
    else if (sums)
        RC_TRY(GPU_LAUNCH(dev, layernorm_sums, s.count * per_row, A(rows), A(cols), A(s.rows), A(x), A(mean),
                          A(rstd), A(dy), A(part)));
    if (dx && !together)
        RC_TRY(ROWS(dev, layernorm_backward, rows, A(cols), A(x), A(gamma), A(mean), A(rstd), A(dy), A(acc),
                    A(dx)));
    return sums ? sum_two(dev, s.count, cols, part, add, dgamma, dbeta) : RC_OK;
}

static rc_status layernorm_jvp(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *gamma,
                               const float *mean, const float *rstd, const float *tx, const float *tgamma,
                               const float *tbeta, float *ty)
{
    return ROWS(dev, layernorm_jvp, rows, A(cols), A(x), A(gamma), A(mean), A(rstd), A(tx), A(tgamma),
                A(tbeta), A(ty));
}

static rc_status bin_rows(rc_device *dev, int64_t rows, int64_t cols, rc_bins b, const float *x, int32_t *out)
{
    double width = ((double)b.high - b.low) / (double)(b.count - 1);
    float near = (float)width, lost = (float)(width - near);
    return ROWS(dev, bin_rows, rows, A(cols), A(b.count), A(b.first), A(b.low), A(near), A(lost), A(x),
                A(out));
}

static rc_status softmax(rc_device *dev, int64_t rows, int64_t cols, const float *x, float *p)
{
    return ROWS(dev, softmax, rows, A(cols), A(x), A(p));
}

static rc_status softmax_backward(rc_device *dev, int64_t rows, int64_t cols, const float *p, const float *dp,
                                  bool acc, float *dx)
{
    return ROWS(dev, softmax_backward, rows, A(cols), A(p), A(dp), A(acc), A(dx));
}

/* ---- layout.cl ---- */

static rc_status gather_rows(rc_device *dev, int64_t batch, int64_t rows_in, int64_t rows_out, int64_t width,
                             const int32_t *index, const float *in, float *out)
{
    i64 n = batch * rows_out * width;
    return EACH(dev, gather_rows, n, A(rows_in), A(rows_out), A(width), A(index), A(in), A(out));
}

static rc_status scatter_rows(rc_device *dev, int64_t batch, int64_t rows_in, int64_t rows_out, int64_t width,
                              const int32_t *index, const float *in, bool acc, float *out)
{
    return ROWS(dev, scatter_rows, batch * rows_in, A(rows_in), A(rows_out), A(width), A(index), A(in),
                A(acc), A(out));
}

static rc_status mean_tokens(rc_device *dev, int64_t batch, int64_t tokens, int64_t channels,
                             const int32_t *length, const float *x, float *y)
{
    i64 n = batch * channels;
    return EACH(dev, mean_tokens, n, A(tokens), A(channels), A(length), A(x), A(y));
}

static rc_status mean_tokens_backward(rc_device *dev, int64_t batch, int64_t tokens, int64_t channels,
                                      const int32_t *length, const float *dy, bool acc, float *dx)
{
    i64 n = batch * tokens * channels;
    return EACH(dev, mean_tokens_backward, n, A(tokens), A(channels), A(length), A(dy), A(acc), A(dx));
}

static rc_status adaptive_pool(rc_device *dev, int64_t batch, const int64_t in[3], const int64_t out[3],
                               const float *x, float *y)
{
    i64 n = batch * out[0] * out[1] * out[2];
    return EACH(dev, adaptive_pool, n, A(in[0]), A(in[1]), A(in[2]), A(out[0]), A(out[1]), A(out[2]), A(x),
                A(y));
}

static rc_status adaptive_pool_backward(rc_device *dev, int64_t batch, const int64_t in[3],
                                        const int64_t out[3], const float *dy, bool acc, float *dx)
{
    i64 n = batch * in[0] * in[1] * in[2];
    return EACH(dev, adaptive_pool_backward, n, A(in[0]), A(in[1]), A(in[2]), A(out[0]), A(out[1]), A(out[2]),
                A(dy), A(acc), A(dx));
}

static rc_status interpolate(rc_device *dev, int64_t batch, const int64_t in[2], const int64_t out[2],
                             int64_t channels, const float *x, float *y)
{
    i64 n = batch * out[0] * out[1] * channels;
    return EACH(dev, interpolate, n, A(in[0]), A(in[1]), A(out[0]), A(out[1]), A(channels), A(x), A(y));
}

static rc_status interpolate_backward(rc_device *dev, int64_t batch, const int64_t in[2],
                                      const int64_t out[2], int64_t channels, const float *dy, bool acc,
                                      float *dx)
{
    i64 n = batch * in[0] * in[1] * channels;
    return EACH(dev, interpolate_backward, n, A(in[0]), A(in[1]), A(out[0]), A(out[1]), A(channels), A(dy),
                A(acc), A(dx));
}

/* ---- loss.cl ---- */

static rc_status cross_entropy(rc_device *dev, int64_t rows, int64_t cols, float smoothing, const float *w,
                               const float *x, const int32_t *label, float *loss, float *p)
{
    return ROWS(dev, cross_entropy, rows, A(cols), A(smoothing), A(w), A(x), A(label), A(loss), A(p));
}

static rc_status cross_entropy_backward(rc_device *dev, int64_t rows, int64_t cols, float smoothing,
                                        const float *w, const float *p, const int32_t *label,
                                        const float *dloss, bool acc, float *dx)
{
    return ROWS(dev, cross_entropy_backward, rows, A(cols), A(smoothing), A(w), A(p), A(label), A(dloss),
                A(acc), A(dx));
}

static rc_status focal(rc_device *dev, int64_t rows, int64_t cols, float gamma, const float *x,
                       const int32_t *label, float *loss)
{
    return ROWS(dev, focal, rows, A(cols), A(gamma), A(x), A(label), A(loss));
}

static rc_status focal_backward(rc_device *dev, int64_t rows, int64_t cols, float gamma, const float *x,
                                const int32_t *label, const float *dloss, bool acc, float *dx)
{
    return ROWS(dev, focal_backward, rows, A(cols), A(gamma), A(x), A(label), A(dloss), A(acc), A(dx));
}

static rc_status lp_error(rc_device *dev, int64_t rows, int64_t cols, float q, bool relative, const float *x,
                          const float *y, const float *s, const float *m, float *loss, float *diff,
                          float *norm)
{
    return ROWS(dev, lp_error, rows, A(cols), A(q), A(relative), A(x), A(y), A(s), A(m), A(loss), A(diff),
                A(norm));
}

static rc_status lp_error_backward(rc_device *dev, int64_t rows, int64_t cols, float q, const float *x,
                                   const float *y, const float *s, const float *diff, const float *norm,
                                   const float *dloss, bool acc, float *dx)
{
    i64 n = rows * cols;
    return EACH(dev, lp_error_backward, n, A(cols), A(q), A(x), A(y), A(s), A(diff), A(norm), A(dloss),
                A(acc), A(dx));
}

static rc_status relative_l2(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *y,
                             const float *s, const float *m, float *loss, float *diff, float *norm)
{
    return lp_error(dev, rows, cols, 2.0f, true, x, y, s, m, loss, diff, norm);
}

static rc_status relative_l2_backward(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                      const float *y, const float *s, const float *diff, const float *norm,
                                      const float *dloss, bool acc, float *dx)
{
    return lp_error_backward(dev, rows, cols, 2.0f, x, y, s, diff, norm, dloss, acc, dx);
}

static rc_status squared_error(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *y,
                               float *loss)
{
    return ROWS(dev, squared_error, rows, A(cols), A(x), A(y), A(loss));
}

static rc_status squared_error_backward(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                        const float *y, const float *dloss, bool acc, float *dx)
{
    i64 n = rows * cols;
    return EACH(dev, squared_error_backward, n, A(cols), A(x), A(y), A(dloss), A(acc), A(dx));
}

static rc_status binary_cross_entropy(rc_device *dev, int64_t rows, int64_t cols, float w, const float *x,
                                      const float *y, float *loss)
{
    return ROWS(dev, binary_cross_entropy, rows, A(cols), A(w), A(x), A(y), A(loss));
}

static rc_status binary_cross_entropy_backward(rc_device *dev, int64_t rows, int64_t cols, float w,
                                               const float *x, const float *y, const float *dloss, bool acc,
                                               float *dx)
{
    i64 n = rows * cols;
    return EACH(dev, binary_cross_entropy_backward, n, A(cols), A(w), A(x), A(y), A(dloss), A(acc), A(dx));
}

static rc_status poisson(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *y,
                         float *loss)
{
    return ROWS(dev, poisson, rows, A(cols), A(x), A(y), A(loss));
}

static rc_status poisson_backward(rc_device *dev, int64_t rows, int64_t cols, const float *x, const float *y,
                                  const float *dloss, bool acc, float *dx)
{
    i64 n = rows * cols;
    return EACH(dev, poisson_backward, n, A(cols), A(x), A(y), A(dloss), A(acc), A(dx));
}

static rc_status ordered_classes(rc_device *dev, int64_t rows, int64_t cols, const float *x, float *log_p)
{
    i64 n = rows;
    return EACH(dev, ordered_classes, n, A(cols), A(x), A(log_p));
}

static rc_status ordered_classes_backward(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                          const float *dlog_p, bool acc, float *dx)
{
    i64 n = rows;
    float *room;
    RC_TRY(rc__gpu_scratch(dev->state, rows * cols, &room));
    return EACH(dev, ordered_classes_backward, n, A(cols), A(x), A(dlog_p), A(room), A(acc), A(dx));
}

static rc_status ordered_classes_jvp(rc_device *dev, int64_t rows, int64_t cols, const float *x,
                                     const float *tx, float *tlog_p)
{
    i64 n = rows;
    return EACH(dev, ordered_classes_jvp, n, A(cols), A(x), A(tx), A(tlog_p));
}

static rc_status softened_kl(rc_device *dev, int64_t rows, int64_t cols, float s, const float *x,
                             const float *t, float *loss)
{
    return ROWS(dev, softened_kl, rows, A(cols), A(s), A(x), A(t), A(loss));
}

static rc_status softened_kl_backward(rc_device *dev, int64_t rows, int64_t cols, float s, const float *x,
                                      const float *t, const float *dloss, bool acc, float *dx)
{
    return ROWS(dev, softened_kl_backward, rows, A(cols), A(s), A(x), A(t), A(dloss), A(acc), A(dx));
}

/* ---- optim.cl ---- */

static adam_rates rates_of(const rc_optimizer_step *o)
{
    return (adam_rates){.lr = o->lr,
                        .weight_decay = o->weight_decay,
                        .beta1 = o->beta1,
                        .beta2 = o->beta2,
                        .eps = o->eps,
                        .correction1 = o->correction1,
                        .correction2 = o->correction2,
                        .grad_scale = o->grad_scale,
                        .clip = (float)o->clip,
                        .decoupled = o->decoupled};
}

static rc_status adam(rc_device *dev, const rc_optimizer_step *o, int64_t n, const float *grad, float *m,
                      float *v, float *w)
{
    return GPU_LAUNCH(dev, adam, rc__gpu_groups(n, SPAN), A(rates_of(o)), A(n), A(o->squares), A(grad), A(m),
                      A(v), A(w));
}

static rc_status adam_ranges(rc_device *dev, const rc_optimizer_step *o, int64_t n,
                             const rc_update_range *range, const float *grad, float *m, float *v, float *w)
{
    void *host;
    float *room;
    size_t bytes = (size_t)n * sizeof(update_range);
    i64 groups = 0;
    RC_TRY(rc__gpu_scratch(dev->state, (i64)(bytes / sizeof *room), &room));
    RC_TRY(rc__gpu_stage(dev->state, bytes, &host));
    for (i64 i = 0; i < n; i++) {
        const rc_update_range *r = &range[i];
        ((update_range *)host)[i] =
            (update_range){groups, r->n, r->grad, r->state, r->value, r->rate, r->decay};
        groups += rc__gpu_groups(r->n, STRETCH);
    }
    RC_TRY(rc__gpu_send(dev->state, room, host));
    return GPU_LAUNCH(dev, adam_ranges, groups, A(rates_of(o)), A(n), A(room), A(o->squares), A(grad), A(m),
                      A(v), A(w));
}

static rc_status adam_rows(rc_device *dev, const rc_optimizer_step *o, const rc_table_gradient *grad,
                           int32_t *live, float *m, float *v, float *w)
{
    bool by_rows = grad->touched != NULL;
    i64 n = by_rows ? grad->n : 0;
    RC_TRY(EACH(dev, adam_mark, n, A(o->squares), A(grad->touched), A(live)));
    return ROWS(dev, adam_rows, grad->rows, A(rates_of(o)), A(grad->width), A(by_rows), A(o->squares),
                A(grad->values), A(live), A(m), A(v), A(w));
}

static rc_status sgd(rc_device *dev, const rc_optimizer_step *o, int64_t n, const float *grad, float *m,
                     float *w)
{
    float clip = (float)o->clip;
    return EACH(dev, sgd, n, A(o->lr), A(o->momentum), A(o->weight_decay), A(o->grad_scale), A(clip),
                A(o->first), A(o->squares), A(grad), A(m), A(w));
}

void rc__gpu_launchers(rc_kernels *k)
{
    k->gemm = gemm;
    k->affine = affine;
    k->affine_backward = affine_backward;
    k->fill = fill;
    k->scale = scale;
    k->axpy = axpy;
    k->add_rounded = add_rounded;
    k->narrow = narrow;
    k->widen = widen;
    k->add_narrow = add_narrow;
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
    k->glu_jvp = glu_jvp;
    k->layernorm = layernorm;
    k->layernorm_backward = layernorm_backward;
    k->layernorm_jvp = layernorm_jvp;
    k->gather_rows = gather_rows;
    k->scatter_rows = scatter_rows;
    k->mean_tokens = mean_tokens;
    k->mean_tokens_backward = mean_tokens_backward;
    k->adaptive_pool = adaptive_pool;
    k->adaptive_pool_backward = adaptive_pool_backward;
    k->interpolate = interpolate;
    k->interpolate_backward = interpolate_backward;
    k->bin_rows = bin_rows;
    k->softmax = softmax;
    k->softmax_backward = softmax_backward;
    k->cross_entropy = cross_entropy;
    k->cross_entropy_backward = cross_entropy_backward;
    k->focal = focal;
    k->focal_backward = focal_backward;
    k->relative_l2 = relative_l2;
    k->relative_l2_backward = relative_l2_backward;
    k->lp_error = lp_error;
    k->lp_error_backward = lp_error_backward;
    k->squared_error = squared_error;
    k->squared_error_backward = squared_error_backward;
    k->binary_cross_entropy = binary_cross_entropy;
    k->binary_cross_entropy_backward = binary_cross_entropy_backward;
    k->poisson = poisson;
    k->poisson_backward = poisson_backward;
    k->ordered_classes = ordered_classes;
    k->ordered_classes_backward = ordered_classes_backward;
    k->ordered_classes_jvp = ordered_classes_jvp;
    k->softened_kl = softened_kl;
    k->softened_kl_backward = softened_kl_backward;
    k->adam = adam;
    k->adam_ranges = adam_ranges;
    k->adam_rows = adam_rows;
    k->sgd = sgd;
    rc__gpu_attention_launchers(k);
}
