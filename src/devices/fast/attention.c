/* Self-attention over whole sequences. One unit of work is a (sample, head); its queries are taken in blocks,
 * so that no more than a block of scores exists at a time (Dao et al., "FlashAttention", 2022, for a cache in
 * place of a GPU's shared memory). Backward computes the scores again from the saved log-sum-exp. */
#include "devices/fast/tile.h"

enum { BLOCK = 48 }; /* queries at a time: whole tiles; their scores against 512 keys fill 96 KiB */

typedef struct unit {
    const rc_attention *a;
    int64_t keys, ld, dp; /* keys seen; row lengths of transposed matrices and scores, of rows of d */
    int64_t sample, head;
    float *k, *v;            /* [T, dp] */
    float *kt, *vt;          /* [d, ld] */
    float *dk, *dv;          /* [T, dp] sums over the query blocks */
    float *q, *o, *dout, *x; /* [BLOCK, dp] */
    float *p, *ds;           /* [BLOCK, ld] */
} unit;

/* What a unit takes of scratch, in floats. */
static int64_t unit_size(const rc_attention *a)
{
    int64_t dp = whole_vectors(a->d), ld = odd_vectors(a->tokens);
    return 4 * a->tokens * dp + 2 * dp * ld + 4 * BLOCK * dp + 2 * BLOCK * ld;
}

static void prepare(unit *u, const rc_attention *a, float *next)
{
    int64_t dp = whole_vectors(a->d), ld = odd_vectors(a->tokens), tall = a->tokens * dp;
    *u = (unit){.a = a, .ld = ld, .dp = dp};
    float **rows[] = {&u->k, &u->v, &u->dk, &u->dv}, **across[] = {&u->kt, &u->vt};
    float **few[] = {&u->q, &u->o, &u->dout, &u->x}, **square[] = {&u->p, &u->ds};
    for (int i = 0; i < 4; i++, next += tall)
        *rows[i] = next;
    for (int i = 0; i < 2; i++, next += dp * ld)
        *across[i] = next;
    for (int i = 0; i < 4; i++, next += BLOCK * dp)
        *few[i] = next;
    for (int i = 0; i < 2; i++, next += BLOCK * ld)
        *square[i] = next;
}

static int64_t seen(const rc_attention *a, const int32_t *length, int64_t sample)
{
    if (!length || length[sample] > a->tokens) return a->tokens;
    return length[sample] < 0 ? 0 : length[sample];
}

static void choose(unit *u, int64_t i, const int32_t *length)
{
    u->sample = i / u->a->heads;
    u->head = i % u->a->heads;
    u->keys = seen(u->a, length, u->sample);
}

/* Where the unit's row `first` lies in a tensor with row stride ld. */
static int64_t at(const unit *u, int64_t first, int64_t ld)
{
    return (u->sample * u->a->tokens + first) * ld + u->head * u->a->d;
}

/* Rows of d floats into rows of whole vectors. */
static void fetch(const unit *u, int64_t first, int64_t n, const float *from, int64_t ld, float *to)
{
    int64_t d = u->a->d;
    from += at(u, first, ld);
    for (int64_t i = 0; i < n; i++) {
        memcpy(to + i * u->dp, from + i * ld, (size_t)d * sizeof *to);
        for (int64_t c = d; c < u->dp; c++)
            to[i * u->dp + c] = 0;
    }
}

static void put(const unit *u, int64_t first, int64_t n, const float *from, float *to, int64_t ld)
{
    to += at(u, first, ld);
    for (int64_t i = 0; i < n; i++)
        memcpy(to + i * ld, from + i * u->dp, (size_t)u->a->d * sizeof *to);
}

static void put_zeros(const unit *u, int64_t first, int64_t n, float *to, int64_t ld)
{
    to += at(u, first, ld);
    for (int64_t i = 0; i < n; i++)
        memset(to + i * ld, 0, (size_t)u->a->d * sizeof *to);
}

static int64_t width(const rc_attention *a)
{
    return a->heads * a->d;
}

static int64_t block_rows(const rc_attention *a, int64_t first)
{
    return a->tokens - first < BLOCK ? a->tokens - first : BLOCK;
}

/* Where the unit's row i begins in a table [heads, T, T]. */
static int64_t table_row(const unit *u, int64_t i)
{
    return (u->head * u->a->tokens + i) * u->a->tokens;
}

/* p [n, keys] = scale q k^T + bias for the block of queries that starts at `first`. */
static void scores(unit *u, int64_t first, int64_t n, const float *q, const float *bias)
{
    const rc_attention *a = u->a;
    fetch(u, first, n, q, a->ld, u->q);
    product(n, whole_vectors(u->keys), a->d, a->scale, u->q, u->dp, 1, u->kt, u->ld, false, u->p, u->ld);
    for (int64_t i = 0; bias && i < n; i++)
        add_row(u->keys, bias + table_row(u, first + i), u->p + i * u->ld);
}

static void scores_again(unit *u, int64_t first, int64_t n, const float *q, const float *bias,
                         const float *lse)
{
    scores(u, first, n, q, bias);
    for (int64_t i = 0; i < n; i++)
        softmax_again(u->keys, lse[first + i], u->p + i * u->ld);
}

/* ---- forward ---- */

static void unit_forward(unit *u, const float *q, const float *k, const float *v, const float *bias,
                         float *out, float *lse)
{
    const rc_attention *a = u->a;
    if (u->keys == 0) {
        put_zeros(u, 0, a->tokens, out, width(a));
        memset(lse, 0, (size_t)a->tokens * sizeof *lse);
        return;
    }
    transpose(u->keys, a->d, k + at(u, 0, a->ld), a->ld, u->kt, u->ld);
    fetch(u, 0, u->keys, v, a->ld, u->v);
    for (int64_t first = 0; first < a->tokens; first += BLOCK) {
        int64_t n = block_rows(a, first);
        scores(u, first, n, q, bias);
        for (int64_t i = 0; i < n; i++)
            lse[first + i] = softmax_row(u->keys, u->p + i * u->ld);
        product(n, u->dp, u->keys, 1.0f, u->p, u->ld, 1, u->v, u->dp, false, u->o, u->dp);
        put(u, first, n, u->o, out, width(a));
    }
}

static rc_status forward(rc_device *dev, const rc_attention *a, const int32_t *length, const float *q,
                         const float *k, const float *v, const float *bias, float *out, float *lse)
{
    slices s;
    RC_TRY(begin_slices(dev, unit_size(a), &s));
#pragma omp parallel num_threads(s.threads)
    {
        unit u;
        prepare(&u, a, slice(&s, omp_get_thread_num()));
#pragma omp for schedule(static)
        for (int64_t i = 0; i < a->batch * a->heads; i++) {
            choose(&u, i, length);
            unit_forward(&u, q, k, v, bias, out, lse + i * a->tokens);
        }
    }
    end_slices(&s);
    return RC_OK;
}

/* ---- backward ---- */

typedef struct tensors {
    const float *q, *k, *v, *bias, *out, *dout;
    float *dq, *dk, *dv, *dbias;
} tensors;

static void block_backward(unit *u, int64_t first, const tensors *t, const float *lse)
{
    const rc_attention *a = u->a;
    int64_t n = block_rows(a, first), wide = whole_vectors(u->keys);
    scores_again(u, first, n, t->q, t->bias, lse);
    fetch(u, first, n, t->out, width(a), u->o);
    fetch(u, first, n, t->dout, width(a), u->dout);
    product(n, wide, a->d, 1.0f, u->dout, u->dp, 1, u->vt, u->ld, false, u->ds, u->ld);
    for (int64_t i = 0; i < n; i++)
        softmax_slope(wide, u->p + i * u->ld, dot(u->dp, u->o + i * u->dp, u->dout + i * u->dp),
                      u->ds + i * u->ld);
    for (int64_t i = 0; t->dbias && i < n; i++)
        add_row(u->keys, u->ds + i * u->ld, t->dbias + table_row(u, first + i));
    product(u->keys, u->dp, n, 1.0f, u->p, 1, u->ld, u->dout, u->dp, first > 0, u->dv, u->dp);
    product(u->keys, u->dp, n, a->scale, u->ds, 1, u->ld, u->q, u->dp, first > 0, u->dk, u->dp);
    product(n, u->dp, u->keys, a->scale, u->ds, u->ld, 1, u->k, u->dp, false, u->x, u->dp);
    put(u, first, n, u->x, t->dq, a->ld);
}

static void unit_backward(unit *u, const tensors *t, const float *lse)
{
    const rc_attention *a = u->a;
    put_zeros(u, u->keys, a->tokens - u->keys, t->dk, a->ld);
    put_zeros(u, u->keys, a->tokens - u->keys, t->dv, a->ld);
    if (u->keys == 0) {
        put_zeros(u, 0, a->tokens, t->dq, a->ld);
        return;
    }
    fetch(u, 0, u->keys, t->k, a->ld, u->k);
    transpose(u->keys, a->d, u->k, u->dp, u->kt, u->ld);
    transpose(u->keys, a->d, t->v + at(u, 0, a->ld), a->ld, u->vt, u->ld);
    for (int64_t first = 0; first < a->tokens; first += BLOCK)
        block_backward(u, first, t, lse);
    put(u, 0, u->keys, u->dk, t->dk, a->ld);
    put(u, 0, u->keys, u->dv, t->dv, a->ld);
}

static rc_status backward(rc_device *dev, const rc_attention *a, const int32_t *length, const float *q,
                          const float *k, const float *v, const float *bias, const float *out,
                          const float *lse, const float *dout, float *dq, float *dk, float *dv, float *dbias)
{
    slices s;
    tensors t = {q, k, v, bias, out, dout, dq, dk, dv, dbias};
    /* All samples add to the same gradient of the bias, so a thread takes whole heads then. */
    int64_t shares = dbias ? a->heads : a->batch * a->heads, each = a->batch * a->heads / shares;
    RC_TRY(begin_slices(dev, unit_size(a), &s));
#pragma omp parallel num_threads(s.threads)
    {
        unit u;
        prepare(&u, a, slice(&s, omp_get_thread_num()));
#pragma omp for schedule(static)
        for (int64_t share = 0; share < shares; share++)
            for (int64_t i = share; i < each * shares; i += shares) {
                choose(&u, i, length);
                unit_backward(&u, &t, lse + i * a->tokens);
            }
    }
    end_slices(&s);
    return RC_OK;
}

/* ---- jvp: ts = scale (tq k^T + q tk^T) + tbias, tout = (p (ts - <p, ts>)) v + p tv ---- */

typedef struct tangents {
    const float *q, *k, *v, *bias, *tq, *tk, *tv, *tbias;
} tangents;

static void score_tangents(unit *u, int64_t first, int64_t n, const tangents *t)
{
    const rc_attention *a = u->a;
    int64_t wide = whole_vectors(u->keys);
    if (t->tq) {
        fetch(u, first, n, t->tq, a->ld, u->x);
        product(n, wide, a->d, a->scale, u->x, u->dp, 1, u->kt, u->ld, false, u->ds, u->ld);
        product(n, wide, a->d, a->scale, u->q, u->dp, 1, u->vt, u->ld, true, u->ds, u->ld);
    } else {
        memset(u->ds, 0, (size_t)(n * u->ld) * sizeof *u->ds);
    }
    for (int64_t i = 0; t->tbias && i < n; i++)
        add_row(u->keys, t->tbias + table_row(u, first + i), u->ds + i * u->ld);
    for (int64_t i = 0; i < n; i++)
        softmax_slope(wide, u->p + i * u->ld, dot(wide, u->p + i * u->ld, u->ds + i * u->ld),
                      u->ds + i * u->ld);
}

static void unit_jvp(unit *u, const tangents *t, const float *lse, float *tout)
{
    const rc_attention *a = u->a;
    if (u->keys == 0) {
        put_zeros(u, 0, a->tokens, tout, width(a));
        return;
    }
    transpose(u->keys, a->d, t->k + at(u, 0, a->ld), a->ld, u->kt, u->ld);
    fetch(u, 0, u->keys, t->v, a->ld, u->v);
    if (t->tq) {
        transpose(u->keys, a->d, t->tk + at(u, 0, a->ld), a->ld, u->vt, u->ld);
        fetch(u, 0, u->keys, t->tv, a->ld, u->k);
    }
    for (int64_t first = 0; first < a->tokens; first += BLOCK) {
        int64_t n = block_rows(a, first);
        scores_again(u, first, n, t->q, t->bias, lse);
        score_tangents(u, first, n, t);
        product(n, u->dp, u->keys, 1.0f, u->ds, u->ld, 1, u->v, u->dp, false, u->o, u->dp);
        if (t->tv) product(n, u->dp, u->keys, 1.0f, u->p, u->ld, 1, u->k, u->dp, true, u->o, u->dp);
        put(u, first, n, u->o, tout, width(a));
    }
}

static rc_status jvp(rc_device *dev, const rc_attention *a, const int32_t *length, const float *q,
                     const float *k, const float *v, const float *bias, const float *lse, const float *tq,
                     const float *tk, const float *tv, const float *tbias, float *tout)
{
    slices s;
    tangents t = {q, k, v, bias, tq, tk, tv, tbias};
    RC_TRY(begin_slices(dev, unit_size(a), &s));
#pragma omp parallel num_threads(s.threads)
    {
        unit u;
        prepare(&u, a, slice(&s, omp_get_thread_num()));
#pragma omp for schedule(static)
        for (int64_t i = 0; i < a->batch * a->heads; i++) {
            choose(&u, i, length);
            unit_jvp(&u, &t, lse + i * a->tokens, tout);
        }
    }
    end_slices(&s);
    return RC_OK;
}

void RC_ISA_NAME(rc__fast_attention)(rc_kernels *k)
{
    k->attention = forward;
    k->attention_backward = backward;
    k->attention_jvp = jvp;
}
