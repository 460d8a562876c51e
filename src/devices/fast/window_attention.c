/* Windowed attention. One unit of work is a (sample, window, head): its rows are gathered into a thread's
 * scratch, padded to whole vectors, multiplied there, and scattered back. Scores live only in scratch. */
#include "devices/fast/tile.h"
#include "devices/window.h"

/* ---- a thread's scratch ---- */

typedef struct unit {
    const rc_window_attention *a;
    int64_t n, wide; /* tokens of a window; rounded up to whole vectors */
    int64_t np, dp;  /* row lengths of the matrices below */
    int64_t at, head, base;
    int32_t *token, *region;
    float *p, *ds;        /* [n, np] scores, probabilities; their gradients or tangents */
    float *q, *k, *v, *o; /* [n, dp] rows */
    float *kt, *vt;       /* [d, np] transposed */
    float *x, *y;         /* [n, dp] results */
} unit;

/* What a unit takes of scratch, in floats; integers are as large. */
static int64_t unit_size(const rc_window_attention *a)
{
    int64_t n = a->window * a->window, np = odd_vectors(n), dp = whole_vectors(a->d);
    return 2 * n * np + 6 * n * dp + 2 * dp * np + 3 * np;
}

static void prepare(unit *u, const rc_window_attention *a, float *next)
{
    int64_t n = a->window * a->window, np = odd_vectors(n), dp = whole_vectors(a->d);
    *u = (unit){.a = a, .n = n, .wide = whole_vectors(n), .np = np, .dp = dp, .at = -1};
    float **rows[] = {&u->q, &u->k, &u->v, &u->o, &u->x, &u->y}, **squares[] = {&u->p, &u->ds};
    for (int i = 0; i < 2; i++, next += n * np)
        *squares[i] = next;
    for (int i = 0; i < 6; i++, next += n * dp)
        *rows[i] = next;
    u->kt = next;
    u->vt = u->kt + dp * np;
    u->token = (int32_t *)(u->vt + dp * np);
    u->region = u->token + np;
}

/* Unit number i: (sample * windows + window) * heads + head. */
static void choose(unit *u, int64_t i)
{
    const rc_window_attention *a = u->a;
    int64_t windows = (a->gh / a->window) * (a->gw / a->window), window = i / a->heads % windows;
    u->head = i % a->heads;
    u->base = i / a->heads / windows * a->gh * a->gw;
    if (window != u->at) rc__window_tokens(a, window, u->token, u->region);
    u->at = window;
}

static void gather(const unit *u, const float *from, int64_t ld, float *to)
{
    int64_t d = u->a->d;
    for (int64_t i = 0; i < u->n; i++) {
        const float *row = from + (u->base + u->token[i]) * ld + u->head * d;
        float *out = to + i * u->dp;
        memcpy(out, row, (size_t)d * sizeof *out);
        for (int64_t c = d; c < u->dp; c++)
            out[c] = 0;
    }
}

static void scatter(const unit *u, const float *from, float *to, int64_t ld)
{
    int64_t d = u->a->d;
    for (int64_t i = 0; i < u->n; i++)
        memcpy(to + (u->base + u->token[i]) * ld + u->head * d, from + i * u->dp, (size_t)d * sizeof *to);
}

/* p = scale q k^T + bias + mask. */
static void scores(unit *u, const float *q, const float *k, const float *bias)
{
    const rc_window_attention *a = u->a;
    gather(u, q, a->ld, u->q);
    gather(u, k, a->ld, u->k);
    transpose(u->n, a->d, u->k, u->dp, u->kt, u->np);
    product(u->n, u->wide, a->d, a->scale, u->q, u->dp, 1, u->kt, u->np, false, u->p, u->np);
    for (int64_t i = 0; i < u->n; i++) {
        float *row = u->p + i * u->np;
        add_row(u->n, bias + (u->head * u->n + i) * u->n, row);
        if (a->shift)
            for (int64_t j = 0; j < u->n; j++)
                row[j] += u->region[i] == u->region[j] ? 0.0f : -100.0f;
    }
}

static void softmax_rows(unit *u, float *lse)
{
    for (int64_t i = 0; i < u->n; i++)
        lse[i] = softmax_row(u->n, u->p + i * u->np);
}

/* The probabilities again, from the saved log-sum-exp. */
static void probabilities(unit *u, const float *q, const float *k, const float *bias, const float *lse)
{
    scores(u, q, k, bias);
    for (int64_t i = 0; i < u->n; i++)
        softmax_again(u->n, lse[i], u->p + i * u->np);
}

static int64_t units(const rc_window_attention *a)
{
    return a->batch * (a->gh / a->window) * (a->gw / a->window) * a->heads;
}

/* ---- forward ---- */

static rc_status forward(rc_device *dev, const rc_window_attention *a, const float *q, const float *k,
                         const float *v, const float *bias, float *out, float *lse)
{
    slices s;
    RC_TRY(begin_slices(dev, unit_size(a), &s));
#pragma omp parallel num_threads(s.threads)
    {
        unit u;
        prepare(&u, a, slice(&s, omp_get_thread_num()));
#pragma omp for schedule(static)
        for (int64_t i = 0; i < units(a); i++) {
            choose(&u, i);
            scores(&u, q, k, bias);
            softmax_rows(&u, lse + i * u.n);
            gather(&u, v, a->ld, u.v);
            product(u.n, u.dp, u.n, 1.0f, u.p, u.np, 1, u.v, u.dp, false, u.o, u.dp);
            scatter(&u, u.o, out, a->heads * a->d);
        }
    }
    end_slices(&s);
    return RC_OK;
}

/* ---- backward ---- */

static void score_gradient(unit *u, const float *v, const float *out, const float *dout)
{
    const rc_window_attention *a = u->a;
    int64_t width = a->heads * a->d;
    gather(u, v, a->ld, u->v);
    transpose(u->n, a->d, u->v, u->dp, u->vt, u->np);
    gather(u, out, width, u->x);
    gather(u, dout, width, u->o);
    product(u->n, u->wide, a->d, 1.0f, u->o, u->dp, 1, u->vt, u->np, false, u->ds, u->np);
    for (int64_t i = 0; i < u->n; i++)
        softmax_slope(u->wide, u->p + i * u->np, dot(u->dp, u->x + i * u->dp, u->o + i * u->dp),
                      u->ds + i * u->np);
}

static void unit_backward(unit *u, int64_t i, const float *q, const float *k, const float *v,
                          const float *bias, const float *out, const float *lse, const float *dout, float *dq,
                          float *dk, float *dv)
{
    const rc_window_attention *a = u->a;
    choose(u, i);
    probabilities(u, q, k, bias, lse + i * u->n);
    score_gradient(u, v, out, dout);
    product(u->n, u->dp, u->n, 1.0f, u->p, 1, u->np, u->o, u->dp, false, u->x, u->dp); /* dv = p^T dout */
    scatter(u, u->x, dv, a->ld);
    product(u->n, u->dp, u->n, a->scale, u->ds, u->np, 1, u->k, u->dp, false, u->x, u->dp);
    scatter(u, u->x, dq, a->ld);
    product(u->n, u->dp, u->n, a->scale, u->ds, 1, u->np, u->q, u->dp, false, u->y, u->dp);
    scatter(u, u->y, dk, a->ld);
}

/* Each thread sums the bias gradient of its own units; the sums are joined in the order of the threads, so
 * that the same thread count gives the same bits. */
static void add_bias_gradient(const unit *u, float *sums)
{
    for (int64_t i = 0; i < u->n; i++)
        add_row(u->n, u->ds + i * u->np, sums + (u->head * u->n + i) * u->n);
}

static rc_status backward(rc_device *dev, const rc_window_attention *a, const float *q, const float *k,
                          const float *v, const float *bias, const float *out, const float *lse,
                          const float *dout, float *dq, float *dk, float *dv, float *dbias)
{
    slices s;
    int64_t n = a->window * a->window, table = dbias ? a->heads * n * n : 0, sums = unit_size(a);
    RC_TRY(begin_slices(dev, sums + table, &s));
    for (int t = 0; t < s.threads; t++)
        memset(slice(&s, t) + sums, 0, (size_t)table * sizeof(float));
#pragma omp parallel num_threads(s.threads)
    {
        unit u;
        prepare(&u, a, slice(&s, omp_get_thread_num()));
#pragma omp for schedule(static)
        for (int64_t i = 0; i < units(a); i++) {
            unit_backward(&u, i, q, k, v, bias, out, lse, dout, dq, dk, dv);
            if (dbias) add_bias_gradient(&u, slice(&s, omp_get_thread_num()) + sums);
        }
    }
    for (int t = 0; t < s.threads; t++)
        for (int64_t i = 0; i < table; i++)
            dbias[i] += slice(&s, t)[sums + i];
    end_slices(&s);
    return RC_OK;
}

/* ---- jvp ---- */

static void score_tangents(unit *u, const float *tq, const float *tk, const float *tbias)
{
    const rc_window_attention *a = u->a;
    memset(u->ds, 0, (size_t)(u->n * u->np) * sizeof(float));
    if (tq) {
        gather(u, tq, a->ld, u->x);
        product(u->n, u->wide, a->d, a->scale, u->x, u->dp, 1, u->kt, u->np, false, u->ds, u->np);
    }
    if (tk) {
        gather(u, tk, a->ld, u->y);
        transpose(u->n, a->d, u->y, u->dp, u->vt, u->np);
        product(u->n, u->wide, a->d, a->scale, u->q, u->dp, 1, u->vt, u->np, true, u->ds, u->np);
    }
    for (int64_t i = 0; tbias && i < u->n; i++)
        add_row(u->n, tbias + (u->head * u->n + i) * u->n, u->ds + i * u->np);
    for (int64_t i = 0; i < u->n; i++)
        softmax_slope(u->wide, u->p + i * u->np, dot(u->wide, u->p + i * u->np, u->ds + i * u->np),
                      u->ds + i * u->np);
}

static rc_status jvp(rc_device *dev, const rc_window_attention *a, const float *q, const float *k,
                     const float *v, const float *bias, const float *lse, const float *tq, const float *tk,
                     const float *tv, const float *tbias, float *tout)
{
    slices s;
    RC_TRY(begin_slices(dev, unit_size(a), &s));
#pragma omp parallel num_threads(s.threads)
    {
        unit u;
        prepare(&u, a, slice(&s, omp_get_thread_num()));
#pragma omp for schedule(static)
        for (int64_t i = 0; i < units(a); i++) {
            choose(&u, i);
            probabilities(&u, q, k, bias, lse + i * u.n);
            score_tangents(&u, tq, tk, tbias);
            gather(&u, v, a->ld, u.v);
            product(u.n, u.dp, u.n, 1.0f, u.ds, u.np, 1, u.v, u.dp, false, u.o, u.dp);
            if (tv) {
                gather(&u, tv, a->ld, u.x);
                product(u.n, u.dp, u.n, 1.0f, u.p, u.np, 1, u.x, u.dp, true, u.o, u.dp);
            }
            scatter(&u, u.o, tout, a->heads * a->d);
        }
    }
    end_slices(&s);
    return RC_OK;
}

void RC_ISA_NAME(rc__fast_window_attention)(rc_kernels *k)
{
    k->window_attention = forward;
    k->window_attention_backward = backward;
    k->window_attention_jvp = jvp;
}
