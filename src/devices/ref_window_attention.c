/* Windowed attention, one score at a time. */
#include <math.h>
#include <string.h>

#include "devices/ref.h"
#include "devices/window.h"

enum { MASKED = -100, MAX = 64 * 64 };

typedef struct view {
    const rc_window_attention *a;
    int64_t base, head; /* first row of the sample in the grid, head */
    int32_t token[MAX], region[MAX];
} view;

static const float *row(const view *v, const float *x, int64_t i)
{
    return x + (v->base + v->token[i]) * v->a->ld + v->head * v->a->d;
}

static float *row_out(const view *v, float *x, int64_t i, int64_t ld)
{
    return x + (v->base + v->token[i]) * ld + v->head * v->a->d;
}

static double dot(const float *x, const float *y, int64_t n)
{
    double s = 0;
    for (int64_t i = 0; i < n; i++)
        s += (double)x[i] * y[i];
    return s;
}

static double score(const view *v, const float *q, const float *k, const float *bias, int64_t i, int64_t j)
{
    const rc_window_attention *a = v->a;
    int64_t n = a->window * a->window;
    double s = a->scale * dot(row(v, q, i), row(v, k, j), a->d) + bias[(v->head * n + i) * n + j];
    return v->region[i] == v->region[j] ? s : s + MASKED;
}

typedef void (*visit)(const view *v, int64_t unit, void *context);

/* All (sample, window, head) in turn; unit numbers the rows of lse: (sample * windows + window) * heads +
 * head. */
static rc_status each(const rc_window_attention *a, visit f, void *context)
{
    int64_t windows = (a->gh / a->window) * (a->gw / a->window);
    view *v;
    RC_TRY(RC_NEW(&v, 1));
    v->a = a;
    for (int64_t b = 0; b < a->batch; b++)
        for (int64_t w = 0; w < windows; w++) {
            rc__window_tokens(a, w, v->token, v->region);
            v->base = b * a->gh * a->gw;
            for (v->head = 0; v->head < a->heads; v->head++)
                f(v, (b * windows + w) * a->heads + v->head, context);
        }
    rc_free(v);
    return RC_OK;
}

typedef struct args {
    const float *q, *k, *v, *bias, *out_in, *lse_in, *dout, *tq, *tk, *tv, *tbias;
    float *out, *lse, *dq, *dk, *dv, *dbias;
} args;

static void forward_one(const view *v, int64_t unit, void *context)
{
    args *x = context;
    const rc_window_attention *a = v->a;
    int64_t n = a->window * a->window;
    for (int64_t i = 0; i < n; i++) {
        double max = -INFINITY, sum = 0, s[MAX];
        for (int64_t j = 0; j < n; j++) {
            s[j] = score(v, x->q, x->k, x->bias, i, j);
            max = s[j] > max ? s[j] : max;
        }
        for (int64_t j = 0; j < n; j++)
            sum += exp(s[j] - max);
        x->lse[unit * n + i] = (float)(max + log(sum));
        float *out = row_out(v, x->out, i, a->heads * a->d);
        for (int64_t c = 0; c < a->d; c++) {
            double value = 0;
            for (int64_t j = 0; j < n; j++)
                value += exp(s[j] - max) / sum * row(v, x->v, j)[c];
            out[c] = (float)value;
        }
    }
}

static rc_status forward(rc_device *dev, const rc_window_attention *a, const float *q, const float *k,
                         const float *v, const float *bias, float *out, float *lse)
{
    args x = {.q = q, .k = k, .v = v, .bias = bias, .out = out, .lse = lse};
    return each(a, forward_one, &x);
}

static void backward_one(const view *v, int64_t unit, void *context)
{
    args *x = context;
    const rc_window_attention *a = v->a;
    int64_t n = a->window * a->window;
    for (int64_t i = 0; i < n; i++) {
        memset(row_out(v, x->dq, i, a->ld), 0, (size_t)a->d * sizeof(float));
        memset(row_out(v, x->dk, i, a->ld), 0, (size_t)a->d * sizeof(float));
        memset(row_out(v, x->dv, i, a->ld), 0, (size_t)a->d * sizeof(float));
    }
    for (int64_t i = 0; i < n; i++) {
        const float *dout = x->dout + (v->base + v->token[i]) * a->heads * a->d + v->head * a->d;
        const float *out = x->out_in + (v->base + v->token[i]) * a->heads * a->d + v->head * a->d;
        double delta = dot(dout, out, a->d);
        float *dq = row_out(v, x->dq, i, a->ld);
        for (int64_t j = 0; j < n; j++) {
            double p = exp(score(v, x->q, x->k, x->bias, i, j) - x->lse_in[unit * n + i]);
            double ds = p * (dot(dout, row(v, x->v, j), a->d) - delta);
            float *dk = row_out(v, x->dk, j, a->ld), *dv = row_out(v, x->dv, j, a->ld);
            for (int64_t c = 0; c < a->d; c++) {
                dq[c] += (float)(a->scale * ds * row(v, x->k, j)[c]);
                dk[c] += (float)(a->scale * ds * row(v, x->q, i)[c]);
                dv[c] += (float)(p * dout[c]);
            }
            if (x->dbias) x->dbias[(v->head * n + i) * n + j] += (float)ds;
        }
    }
}

static rc_status backward(rc_device *dev, const rc_window_attention *a, const float *q, const float *k,
                          const float *v, const float *bias, const float *out, const float *lse,
                          const float *dout, float *dq, float *dk, float *dv, float *dbias)
{
    args x = {.q = q,
              .k = k,
              .v = v,
              .bias = bias,
              .out_in = out,
              .lse_in = lse,
              .dout = dout,
              .dq = dq,
              .dk = dk,
              .dv = dv,
              .dbias = dbias};
    return each(a, backward_one, &x);
}

static void jvp_one(const view *v, int64_t unit, void *context)
{
    args *x = context;
    const rc_window_attention *a = v->a;
    int64_t n = a->window * a->window;
    for (int64_t i = 0; i < n; i++) {
        double p[MAX], ts[MAX], mean = 0;
        for (int64_t j = 0; j < n; j++) {
            p[j] = exp(score(v, x->q, x->k, x->bias, i, j) - x->lse_in[unit * n + i]);
            ts[j] = x->tbias ? x->tbias[(v->head * n + i) * n + j] : 0;
            if (x->tq) ts[j] += a->scale * dot(row(v, x->tq, i), row(v, x->k, j), a->d);
            if (x->tk) ts[j] += a->scale * dot(row(v, x->q, i), row(v, x->tk, j), a->d);
            mean += p[j] * ts[j];
        }
        float *out = row_out(v, x->out, i, a->heads * a->d);
        for (int64_t c = 0; c < a->d; c++) {
            double value = 0;
            for (int64_t j = 0; j < n; j++)
                value += p[j] * ((ts[j] - mean) * row(v, x->v, j)[c] + (x->tv ? row(v, x->tv, j)[c] : 0));
            out[c] = (float)value;
        }
    }
}

static rc_status jvp(rc_device *dev, const rc_window_attention *a, const float *q, const float *k,
                     const float *v, const float *bias, const float *lse, const float *tq, const float *tk,
                     const float *tv, const float *tbias, float *tout)
{
    args x = {.q = q,
              .k = k,
              .v = v,
              .bias = bias,
              .lse_in = lse,
              .tq = tq,
              .tk = tk,
              .tv = tv,
              .tbias = tbias,
              .out = tout};
    return each(a, jvp_one, &x);
}

void rc__ref_window_attention(rc_kernels *k)
{
    k->window_attention = forward;
    k->window_attention_backward = backward;
    k->window_attention_jvp = jvp;
}
