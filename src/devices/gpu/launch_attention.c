/* Attention of whole samples and of windows: the same kernels, told apart by their shape. */
#include "devices/gpu/gpu.h"

enum { MINE = 16, THEIRS = 64, WIDE = 256 }; /* as in kernels/attention.cl */

static attention_shape whole(const rc_attention *a)
{
    return (attention_shape){
        .units = a->batch, .tokens = a->tokens, .heads = a->heads, .d = a->d, .ld = a->ld, .scale = a->scale};
}

static attention_shape windows(const rc_window_attention *a)
{
    return (attention_shape){.units = a->batch * (a->gh / a->window) * (a->gw / a->window),
                             .tokens = a->window * a->window,
                             .heads = a->heads,
                             .d = a->d,
                             .ld = a->ld,
                             .gh = a->gh,
                             .gw = a->gw,
                             .window = a->window,
                             .shift = a->shift,
                             .scale = a->scale};
}

static i64 groups_of(attention_shape s)
{
    return s.units * s.heads * rc__gpu_groups(s.tokens, MINE) * rc__gpu_groups(s.d, WIDE);
}

typedef struct tensors {
    const int32_t *length;
    const float *q, *k, *v, *bias, *out, *lse, *dout;
} tensors;

/* The gradient of the bias: units are shared out, and the shares added up in order. */
static rc_status bias_gradient(rc_device *dev, attention_shape s, const tensors *t, const float *delta,
                               float *part, i64 shares, float *dbias)
{
    i64 table = s.heads * s.tokens * s.tokens;
    i64 tiles = s.heads * rc__gpu_groups(s.tokens, MINE) * rc__gpu_groups(s.tokens, THEIRS);
    RC_TRY(GPU_LAUNCH(dev, attention_bias, shares * tiles, A(s), A(rc__gpu_groups(s.units, shares)),
                      A(t->length), A(t->q), A(t->k), A(t->v), A(t->bias), A(t->lse), A(delta), A(t->dout),
                      A(part)));
    return rc__gpu_sum_parts(dev, shares, table, part, true, dbias);
}

static rc_status slopes(rc_device *dev, attention_shape s, const tensors *t, float *dq, float *dk, float *dv,
                        float *dbias)
{
    enum { MAX_SHARES = 32, MAX_NUMBERS = 16 << 20 }; /* of all shares but one */
    float *delta;
    i64 rows = s.units * s.heads * s.tokens, table = s.heads * s.tokens * s.tokens;
    if (rows == 0) return RC_OK;
    i64 max = 1 + MAX_NUMBERS / table;
    if (max > MAX_SHARES) max = MAX_SHARES;
    i64 shares = s.units < max ? s.units : max;
    RC_TRY(rc__gpu_scratch(dev->state, rows + (dbias ? shares * table : 0), &delta));
    RC_TRY(GPU_LAUNCH(dev, attention_delta, rc__gpu_groups(rows, SPAN), A(s), A(rows), A(t->out), A(t->dout),
                      A(delta)));
    RC_TRY(GPU_LAUNCH(dev, attention_queries, groups_of(s), A(s), A(t->length), A(t->q), A(t->k), A(t->v),
                      A(t->bias), A(t->lse), A(delta), A(t->dout), A(dq)));
    RC_TRY(GPU_LAUNCH(dev, attention_keys, groups_of(s), A(s), A(t->length), A(t->q), A(t->k), A(t->v),
                      A(t->bias), A(t->lse), A(delta), A(t->dout), A(dk), A(dv)));
    return dbias ? bias_gradient(dev, s, t, delta, delta + rows, shares, dbias) : RC_OK;
}

static rc_status attention(rc_device *dev, const rc_attention *a, const int32_t *length, const float *q,
                           const float *k, const float *v, const float *bias, float *out, float *lse)
{
    attention_shape s = whole(a);
    return GPU_LAUNCH(dev, attention_forward, groups_of(s), A(s), A(length), A(q), A(k), A(v), A(bias),
                      A(out), A(lse));
}

static rc_status attention_backward(rc_device *dev, const rc_attention *a, const int32_t *length,
                                    const float *q, const float *k, const float *v, const float *bias,
                                    const float *out, const float *lse, const float *dout, float *dq,
                                    float *dk, float *dv, float *dbias)
{
    tensors t = {
        .length = length, .q = q, .k = k, .v = v, .bias = bias, .out = out, .lse = lse, .dout = dout};
    return slopes(dev, whole(a), &t, dq, dk, dv, dbias);
}

static rc_status attention_jvp(rc_device *dev, const rc_attention *a, const int32_t *length, const float *q,
                               const float *k, const float *v, const float *bias, const float *lse,
                               const float *tq, const float *tk, const float *tv, const float *tbias,
                               float *tout)
{
    attention_shape s = whole(a);
    return GPU_LAUNCH(dev, attention_tangent, groups_of(s), A(s), A(length), A(q), A(k), A(v), A(bias),
                      A(lse), A(tq), A(tk), A(tv), A(tbias), A(tout));
}

static rc_status window_attention(rc_device *dev, const rc_window_attention *a, const float *q,
                                  const float *k, const float *v, const float *bias, float *out, float *lse)
{
    attention_shape s = windows(a);
    return GPU_LAUNCH(dev, attention_forward, groups_of(s), A(s), A(NULL), A(q), A(k), A(v), A(bias), A(out),
                      A(lse));
}

static rc_status window_attention_backward(rc_device *dev, const rc_window_attention *a, const float *q,
                                           const float *k, const float *v, const float *bias,
                                           const float *out, const float *lse, const float *dout, float *dq,
                                           float *dk, float *dv, float *dbias)
{
    tensors t = {.q = q, .k = k, .v = v, .bias = bias, .out = out, .lse = lse, .dout = dout};
    return slopes(dev, windows(a), &t, dq, dk, dv, dbias);
}

static rc_status window_attention_jvp(rc_device *dev, const rc_window_attention *a, const float *q,
                                      const float *k, const float *v, const float *bias, const float *lse,
                                      const float *tq, const float *tk, const float *tv, const float *tbias,
                                      float *tout)
{
    attention_shape s = windows(a);
    return GPU_LAUNCH(dev, attention_tangent, groups_of(s), A(s), A(NULL), A(q), A(k), A(v), A(bias), A(lse),
                      A(tq), A(tk), A(tv), A(tbias), A(tout));
}

void rc__gpu_attention_launchers(rc_kernels *k)
{
    k->attention = attention;
    k->attention_backward = attention_backward;
    k->attention_jvp = attention_jvp;
    k->window_attention = window_attention;
    k->window_attention_backward = window_attention_backward;
    k->window_attention_jvp = window_attention_jvp;
}
