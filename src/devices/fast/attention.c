/* Windowed attention. One unit of work is a (sample, window, head): its rows are gathered into a thread's
 * scratch, padded to whole vectors, multiplied there, and scattered back. Scores live only in scratch. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include "devices/fast/vector.h"
#include "devices/window.h"

/* ---- small matrix product: c [m, n] = alpha a [m, k] b [k, n], n a multiple of LANES, any strides of a ----
 */

#define TILE_ROWS 4

static inline void tile(int rows, int64_t k, const float *a, int64_t row, int64_t col, const float *b,
                        int64_t ldb, float alpha, float *c, int64_t ldc)
{
    vec sum[TILE_ROWS] = {0};
    for (int64_t p = 0; p < k; p++) {
        vec v = load(b + p * ldb);
        for (int i = 0; i < rows; i++)
            sum[i] += splat(a[i * row + p * col]) * v;
    }
    for (int i = 0; i < rows; i++)
        store(c + i * ldc, splat(alpha) * sum[i]);
}

static inline void tile2(int64_t k, const float *a, int64_t row, int64_t col, const float *b, int64_t ldb,
                         float alpha, float *c, int64_t ldc)
{
    vec s0[TILE_ROWS] = {0}, s1[TILE_ROWS] = {0};
    for (int64_t p = 0; p < k; p++) {
        vec v0 = load(b + p * ldb), v1 = load(b + p * ldb + LANES);
        for (int i = 0; i < TILE_ROWS; i++) {
            vec x = splat(a[i * row + p * col]);
            s0[i] += x * v0;
            s1[i] += x * v1;
        }
    }
    for (int i = 0; i < TILE_ROWS; i++) {
        store(c + i * ldc, splat(alpha) * s0[i]);
        store(c + i * ldc + LANES, splat(alpha) * s1[i]);
    }
}

static void product(int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t row, int64_t col,
                    const float *b, int64_t ldb, float *c, int64_t ldc)
{
    int64_t i = 0;
    for (; i + TILE_ROWS <= m; i += TILE_ROWS) {
        int64_t j = 0;
        for (; j + 2 * LANES <= n; j += 2 * LANES)
            tile2(k, a + i * row, row, col, b + j, ldb, alpha, c + i * ldc + j, ldc);
        for (; j < n; j += LANES)
            tile(TILE_ROWS, k, a + i * row, row, col, b + j, ldb, alpha, c + i * ldc + j, ldc);
    }
    for (; i < m; i++)
        for (int64_t j = 0; j < n; j += LANES)
            tile(1, k, a + i * row, row, col, b + j, ldb, alpha, c + i * ldc + j, ldc);
}

/* ---- a thread's scratch ---- */

typedef struct unit {
    const rc_window_attention *a;
    int64_t n, np, dp; /* tokens of a window; n and d rounded up to LANES */
    int64_t at, head, base;
    int32_t *token, *region;
    float *p, *ds;        /* [n, np] scores, probabilities; their gradients or tangents */
    float *q, *k, *v, *o; /* [n, dp] rows */
    float *kt, *vt;       /* [d, np] transposed */
    float *x, *y;         /* [n, dp] results */
    float *delta;         /* [n] */
} unit;

static _Thread_local void *scratch;
static _Thread_local size_t scratch_bytes;

static int64_t up(int64_t n)
{
    return (n + LANES - 1) / LANES * LANES;
}

static size_t bytes_needed(const rc_window_attention *a)
{
    int64_t n = a->window * a->window, np = up(n), dp = up(a->d);
    int64_t floats = 2 * n * np + 6 * n * dp + 2 * dp * np + np, ints = 2 * np;
    return (size_t)(floats + ints) * 4 + 64;
}

static bool prepare(unit *u, const rc_window_attention *a)
{
    if (scratch_bytes < bytes_needed(a)) {
        rc_free(scratch);
        scratch_bytes = 0;
        if (rc_alloc_raw(1, bytes_needed(a), &scratch) != RC_OK) return false;
        scratch_bytes = bytes_needed(a);
    }
    u->a = a;
    u->n = a->window * a->window;
    u->np = up(u->n);
    u->dp = up(a->d);
    float *next = scratch;
    float **rows[] = {&u->q, &u->k, &u->v, &u->o, &u->x, &u->y}, **squares[] = {&u->p, &u->ds};
    for (int i = 0; i < 2; i++, next += u->n * u->np)
        *squares[i] = next;
    for (int i = 0; i < 6; i++, next += u->n * u->dp)
        *rows[i] = next;
    u->kt = next;
    u->vt = u->kt + u->dp * u->np;
    u->delta = u->vt + u->dp * u->np;
    u->token = (int32_t *)(u->delta + u->np);
    u->region = u->token + u->np;
    u->at = -1;
    return true;
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

static void transpose(const unit *u, const float *rows, float *to)
{
    for (int64_t c = 0; c < u->a->d; c++) {
        float *out = to + c * u->np;
        for (int64_t i = 0; i < u->n; i++)
            out[i] = rows[i * u->dp + c];
        for (int64_t i = u->n; i < u->np; i++)
            out[i] = 0;
    }
}

static void scatter(const unit *u, const float *from, float *to, int64_t ld)
{
    int64_t d = u->a->d;
    for (int64_t i = 0; i < u->n; i++)
        memcpy(to + (u->base + u->token[i]) * ld + u->head * d, from + i * u->dp, (size_t)d * sizeof *to);
}

/* p = scale q k^T + bias + mask; padding columns far below everything. */
static void scores(unit *u, const float *q, const float *k, const float *bias)
{
    const rc_window_attention *a = u->a;
    gather(u, q, a->ld, u->q);
    gather(u, k, a->ld, u->k);
    transpose(u, u->k, u->kt);
    product(u->n, u->np, a->d, a->scale, u->q, u->dp, 1, u->kt, u->np, u->p, u->np);
    for (int64_t i = 0; i < u->n; i++) {
        float *row = u->p + i * u->np;
        const float *add = bias + (u->head * u->n + i) * u->n;
        for (int64_t j = 0; j < u->n; j++)
            row[j] += add[j];
        if (a->shift)
            for (int64_t j = 0; j < u->n; j++)
                row[j] += u->region[i] == u->region[j] ? 0.0f : -100.0f;
        for (int64_t j = u->n; j < u->np; j++)
            row[j] = -1e30f;
    }
}

static void softmax_rows(unit *u, float *lse)
{
    for (int64_t i = 0; i < u->n; i++) {
        float *row = u->p + i * u->np, most = row[0], sum = 0;
#pragma omp simd reduction(max : most)
        for (int64_t j = 0; j < u->np; j++)
            most = row[j] > most ? row[j] : most;
#pragma omp simd reduction(+ : sum)
        for (int64_t j = 0; j < u->np; j++) {
            row[j] = exp_approx(row[j] - most);
            sum += row[j];
        }
        float inverse = 1.0f / sum;
#pragma omp simd
        for (int64_t j = 0; j < u->np; j++)
            row[j] *= inverse;
        for (int64_t j = u->n; j < u->np; j++)
            row[j] = 0;
        lse[i] = most + logf(sum);
    }
}

/* The probabilities again, from the saved log-sum-exp. */
static void probabilities(unit *u, const float *q, const float *k, const float *bias, const float *lse)
{
    scores(u, q, k, bias);
    for (int64_t i = 0; i < u->n; i++) {
        float *row = u->p + i * u->np, shift = lse[i];
#pragma omp simd
        for (int64_t j = 0; j < u->np; j++)
            row[j] = exp_approx(row[j] - shift);
        for (int64_t j = u->n; j < u->np; j++)
            row[j] = 0;
    }
}

static int64_t units(const rc_window_attention *a)
{
    return a->batch * (a->gh / a->window) * (a->gw / a->window) * a->heads;
}

static rc_status no_scratch(void)
{
    return rc_fail(RC_MEMORY, "out of memory for attention");
}

/* ---- forward ---- */

static rc_status forward(const rc_window_attention *a, const float *q, const float *k, const float *v,
                         const float *bias, float *out, float *lse)
{
    bool failed = false;
#pragma omp parallel reduction(|| : failed)
    {
        unit u;
        failed = !prepare(&u, a);
#pragma omp for schedule(static)
        for (int64_t i = 0; i < units(a); i++) {
            if (failed) continue;
            choose(&u, i);
            scores(&u, q, k, bias);
            softmax_rows(&u, lse + i * u.n);
            gather(&u, v, a->ld, u.v);
            product(u.n, u.dp, u.n, 1.0f, u.p, u.np, 1, u.v, u.dp, u.o, u.dp);
            scatter(&u, u.o, out, a->heads * a->d);
        }
    }
    return failed ? no_scratch() : RC_OK;
}

/* ---- backward ---- */

static void score_gradient(unit *u, const float *v, const float *out, const float *dout)
{
    const rc_window_attention *a = u->a;
    int64_t width = a->heads * a->d;
    gather(u, v, a->ld, u->v);
    transpose(u, u->v, u->vt);
    gather(u, out, width, u->x);
    gather(u, dout, width, u->o);
    product(u->n, u->np, a->d, 1.0f, u->o, u->dp, 1, u->vt, u->np, u->ds, u->np);
    for (int64_t i = 0; i < u->n; i++) {
        const float *x = u->x + i * u->dp, *o = u->o + i * u->dp, *p = u->p + i * u->np;
        float *row = u->ds + i * u->np, delta = 0;
#pragma omp simd reduction(+ : delta)
        for (int64_t c = 0; c < u->dp; c++)
            delta += x[c] * o[c];
#pragma omp simd
        for (int64_t j = 0; j < u->np; j++)
            row[j] = p[j] * (row[j] - delta);
    }
}

static void unit_backward(unit *u, int64_t i, const float *q, const float *k, const float *v,
                          const float *bias, const float *out, const float *lse, const float *dout, float *dq,
                          float *dk, float *dv)
{
    const rc_window_attention *a = u->a;
    choose(u, i);
    probabilities(u, q, k, bias, lse + i * u->n);
    score_gradient(u, v, out, dout);
    product(u->n, u->dp, u->n, 1.0f, u->p, 1, u->np, u->o, u->dp, u->x, u->dp); /* dv = p^T dout */
    scatter(u, u->x, dv, a->ld);
    product(u->n, u->dp, u->n, a->scale, u->ds, u->np, 1, u->k, u->dp, u->x, u->dp);
    scatter(u, u->x, dq, a->ld);
    product(u->n, u->dp, u->n, a->scale, u->ds, 1, u->np, u->q, u->dp, u->y, u->dp);
    scatter(u, u->y, dk, a->ld);
}

/* Each thread sums the bias gradient of its own units; the sums are joined in the order of the threads, so
 * that the same thread count gives the same bits. The buffer belongs to the calling thread and is kept. */
static _Thread_local float *partial;
static _Thread_local size_t partial_size;

static rc_status prepare_partial(size_t size)
{
    if (partial_size < size) {
        rc_free(partial);
        partial_size = 0;
        RC_TRY(RC_NEW_RAW(&partial, size));
        partial_size = size;
    }
    memset(partial, 0, size * sizeof *partial);
    return RC_OK;
}

static void add_bias_gradient(const unit *u, float *sums)
{
    for (int64_t i = 0; i < u->n; i++) {
        float *to = sums + (u->head * u->n + i) * u->n;
        const float *row = u->ds + i * u->np;
#pragma omp simd
        for (int64_t j = 0; j < u->n; j++)
            to[j] += row[j];
    }
}

static rc_status backward(const rc_window_attention *a, const float *q, const float *k, const float *v,
                          const float *bias, const float *out, const float *lse, const float *dout, float *dq,
                          float *dk, float *dv, float *dbias)
{
    bool failed = false;
    int threads = omp_get_max_threads();
    int64_t n = a->window * a->window, table = a->heads * n * n;
    if (dbias) RC_TRY(prepare_partial((size_t)(threads * table)));
    float *sums = partial;
#pragma omp parallel num_threads(threads) reduction(|| : failed)
    {
        unit u;
        failed = !prepare(&u, a);
#pragma omp for schedule(static)
        for (int64_t i = 0; i < units(a); i++) {
            if (failed) continue;
            unit_backward(&u, i, q, k, v, bias, out, lse, dout, dq, dk, dv);
            if (dbias) add_bias_gradient(&u, sums + omp_get_thread_num() * table);
        }
    }
    for (int t = 0; dbias && t < threads; t++)
        for (int64_t i = 0; i < table; i++)
            dbias[i] += sums[t * table + i];
    return failed ? no_scratch() : RC_OK;
}

/* ---- jvp ---- */

static void score_tangents(unit *u, const float *tq, const float *tk, const float *tbias)
{
    const rc_window_attention *a = u->a;
    memset(u->ds, 0, (size_t)(u->n * u->np) * sizeof(float));
    if (tq) {
        gather(u, tq, a->ld, u->x);
        product(u->n, u->np, a->d, a->scale, u->x, u->dp, 1, u->kt, u->np, u->ds, u->np);
    }
    if (tk) {
        float *more = u->delta; /* one row at a time */
        gather(u, tk, a->ld, u->y);
        transpose(u, u->y, u->vt);
        for (int64_t i = 0; i < u->n; i++) {
            product(1, u->np, a->d, a->scale, u->q + i * u->dp, u->dp, 1, u->vt, u->np, more, u->np);
            for (int64_t j = 0; j < u->np; j++)
                u->ds[i * u->np + j] += more[j];
        }
    }
    for (int64_t i = 0; tbias && i < u->n; i++)
        for (int64_t j = 0; j < u->n; j++)
            u->ds[i * u->np + j] += tbias[(u->head * u->n + i) * u->n + j];
    for (int64_t i = 0; i < u->n; i++) {
        float *row = u->ds + i * u->np, mean = 0;
        const float *p = u->p + i * u->np;
#pragma omp simd reduction(+ : mean)
        for (int64_t j = 0; j < u->np; j++)
            mean += p[j] * row[j];
#pragma omp simd
        for (int64_t j = 0; j < u->np; j++)
            row[j] = p[j] * (row[j] - mean);
    }
}

static rc_status jvp(const rc_window_attention *a, const float *q, const float *k, const float *v,
                     const float *bias, const float *lse, const float *tq, const float *tk, const float *tv,
                     const float *tbias, float *tout)
{
    bool failed = false;
#pragma omp parallel reduction(|| : failed)
    {
        unit u;
        failed = !prepare(&u, a);
#pragma omp for schedule(static)
        for (int64_t i = 0; i < units(a); i++) {
            if (failed) continue;
            choose(&u, i);
            probabilities(&u, q, k, bias, lse + i * u.n);
            score_tangents(&u, tq, tk, tbias);
            gather(&u, v, a->ld, u.v);
            product(u.n, u.dp, u.n, 1.0f, u.ds, u.np, 1, u.v, u.dp, u.o, u.dp);
            if (tv) {
                gather(&u, tv, a->ld, u.x);
                product(u.n, u.dp, u.n, 1.0f, u.p, u.np, 1, u.x, u.dp, u.y, u.dp);
                for (int64_t c = 0; c < u.n * u.dp; c++)
                    u.o[c] += u.y[c];
            }
            scatter(&u, u.o, tout, a->heads * a->d);
        }
    }
    return failed ? no_scratch() : RC_OK;
}

void RC_ISA_NAME(rc__fast_attention)(rc_kernels *k)
{
    k->window_attention = forward;
    k->window_attention_backward = backward;
    k->window_attention_jvp = jvp;
}
