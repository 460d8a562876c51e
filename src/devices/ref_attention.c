/* Self-attention over whole sequences, one score at a time. */
#include <math.h>
#include <string.h>

#include "devices/ref.h"

/* One (sample, head); s, ts: a row of scores and of their tangents. */
typedef struct unit {
    const rc_attention *a;
    int64_t sample, head, keys;
    double *s, *ts;
} unit;

typedef struct args {
    const float *q, *k, *v, *bias, *out_in, *lse_in, *dout, *tq, *tk, *tv, *tbias;
    float *out, *lse, *dq, *dk, *dv, *dbias;
} args;

static int64_t at(const unit *u, int64_t i, int64_t ld)
{
    return (u->sample * u->a->tokens + i) * ld + u->head * u->a->d;
}

static double dot(const float *x, const float *y, int64_t n)
{
    double s = 0;
    for (int64_t i = 0; i < n; i++)
        s += (double)x[i] * y[i];
    return s;
}

static double product(const unit *u, const float *q, const float *k, int64_t i, int64_t j)
{
    int64_t ld = u->a->ld;
    return u->a->scale * dot(q + at(u, i, ld), k + at(u, j, ld), u->a->d);
}

/* Where the bias of query i and key j stands. */
static int64_t pair(const unit *u, int64_t i, int64_t j)
{
    return (u->head * u->a->tokens + i) * u->a->tokens + j;
}

static double score(const unit *u, const args *x, int64_t i, int64_t j)
{
    return product(u, x->q, x->k, i, j) + (x->bias ? x->bias[pair(u, i, j)] : 0);
}

static double score_tangent(const unit *u, const args *x, int64_t i, int64_t j)
{
    double t = x->tq ? product(u, x->tq, x->k, i, j) + product(u, x->q, x->tk, i, j) : 0;
    return t + (x->tbias ? x->tbias[pair(u, i, j)] : 0);
}

static rc_status each(const rc_attention *a, const int32_t *length, args *x,
                      void (*f)(const unit *u, float *lse, args *x))
{
    double *rows;
    RC_TRY(RC_NEW(&rows, 2 * a->tokens));
    unit u = {.a = a, .s = rows, .ts = rows + a->tokens};
    for (u.sample = 0; u.sample < a->batch; u.sample++) {
        int64_t n = length ? length[u.sample] : a->tokens;
        u.keys = n < 0 ? 0 : n > a->tokens ? a->tokens : n;
        for (u.head = 0; u.head < a->heads; u.head++) {
            int64_t first = (u.sample * a->heads + u.head) * a->tokens;
            f(&u, x->lse ? x->lse + first : (float *)x->lse_in + first, x);
        }
    }
    rc_free(rows);
    return RC_OK;
}

static void forward_one(const unit *u, float *lse, args *x)
{
    const rc_attention *a = u->a;
    for (int64_t i = 0; i < a->tokens; i++) {
        double max = -INFINITY, sum = 0;
        for (int64_t j = 0; j < u->keys; j++) {
            u->s[j] = score(u, x, i, j);
            max = u->s[j] > max ? u->s[j] : max;
        }
        for (int64_t j = 0; j < u->keys; j++)
            sum += exp(u->s[j] - max);
        lse[i] = u->keys ? (float)(max + log(sum)) : 0.0f;
        for (int64_t c = 0; c < a->d; c++) {
            double value = 0;
            for (int64_t j = 0; j < u->keys; j++)
                value += exp(u->s[j] - max) / sum * x->v[at(u, j, a->ld) + c];
            x->out[at(u, i, a->heads * a->d) + c] = (float)value;
        }
    }
}

static rc_status forward(rc_device *dev, const rc_attention *a, const int32_t *length, const float *q,
                         const float *k, const float *v, const float *bias, float *out, float *lse)
{
    args x = {.q = q, .k = k, .v = v, .bias = bias, .out = out, .lse = lse};
    return each(a, length, &x, forward_one);
}

static void backward_one(const unit *u, float *lse, args *x)
{
    const rc_attention *a = u->a;
    for (int64_t i = 0; i < a->tokens; i++)
        for (int64_t c = 0; c < a->d; c++)
            x->dq[at(u, i, a->ld) + c] = x->dk[at(u, i, a->ld) + c] = x->dv[at(u, i, a->ld) + c] = 0;
    for (int64_t i = 0; i < a->tokens; i++) {
        int64_t mine = at(u, i, a->heads * a->d), query = at(u, i, a->ld);
        double delta = dot(x->dout + mine, x->out_in + mine, a->d);
        for (int64_t j = 0; j < u->keys; j++) {
            int64_t key = at(u, j, a->ld);
            double p = exp(score(u, x, i, j) - lse[i]);
            double ds = p * (dot(x->dout + mine, x->v + key, a->d) - delta);
            if (x->dbias) x->dbias[pair(u, i, j)] += (float)ds;
            for (int64_t c = 0; c < a->d; c++) {
                x->dq[query + c] += (float)(a->scale * ds * x->k[key + c]);
                x->dk[key + c] += (float)(a->scale * ds * x->q[query + c]);
                x->dv[key + c] += (float)(p * x->dout[mine + c]);
            }
        }
    }
}

static rc_status backward(rc_device *dev, const rc_attention *a, const int32_t *length, const float *q,
                          const float *k, const float *v, const float *bias, const float *out,
                          const float *lse, const float *dout, float *dq, float *dk, float *dv, float *dbias)
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
    return each(a, length, &x, backward_one);
}

static void jvp_one(const unit *u, float *lse, args *x)
{
    const rc_attention *a = u->a;
    for (int64_t i = 0; i < a->tokens; i++) {
        double mean = 0;
        for (int64_t j = 0; j < u->keys; j++) {
            u->s[j] = exp(score(u, x, i, j) - lse[i]);
            u->ts[j] = score_tangent(u, x, i, j);
            mean += u->s[j] * u->ts[j];
        }
        for (int64_t c = 0; c < a->d; c++) {
            double value = 0;
            for (int64_t j = 0; j < u->keys; j++) {
                int64_t key = at(u, j, a->ld) + c;
                value += u->s[j] * ((u->ts[j] - mean) * x->v[key] + (x->tv ? x->tv[key] : 0));
            }
            x->out[at(u, i, a->heads * a->d) + c] = (float)value;
        }
    }
}

static rc_status jvp(rc_device *dev, const rc_attention *a, const int32_t *length, const float *q,
                     const float *k, const float *v, const float *bias, const float *lse, const float *tq,
                     const float *tk, const float *tv, const float *tbias, float *tout)
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
    return each(a, length, &x, jvp_one);
}

void rc__ref_attention(rc_kernels *k)
{
    k->attention = forward;
    k->attention_backward = backward;
    k->attention_jvp = jvp;
}
