/* transport/label_distance.c: see label_distance.h. Between Gaussians,
 *
 *     |m_a - m_b|^2 / 2 + tr A / 2 + tr B / 2 - |K|_*,    K = X F^T / sqrt(n),    A = X^T X / n,    B = F^T
 * F,
 *
 * with |K|_* the sum of K's singular values: tr (B^(1/2) A B^(1/2))^(1/2) without a root of either. A label
 * has few samples, so K is small, and its smaller Gram matrix is all that has to be decomposed. With K = U S
 * V^T the gradient of |K|_* in X is U V^T F / sqrt(n), and U V^T = (K K^T)^(-1/2) K = K (K^T K)^(-1/2). */
#include "transport/label_distance.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "transport/dense.h"
#include "transport/exact.h"

/* ---- groups ---- */

static rc_status gather(const rc_sample_set *s, rc_label_group *g)
{
    RC_TRY(RC_NEW(&g->x, g->n * s->d));
    for (int64_t i = 0; i < g->n; i++)
        memcpy(g->x + i * s->d, s->x + g->index[i] * s->d, sizeof(float) * (size_t)s->d);
    return RC_OK;
}

static rc_status gather_weights(const rc_sample_set *s, rc_label_group *g)
{
    double sum = 0.0;
    RC_TRY(RC_NEW(&g->weight, g->n));
    for (int64_t i = 0; i < g->n; i++)
        sum += s->weight[g->index[i]];
    for (int64_t i = 0; i < g->n; i++)
        g->weight[i] = s->weight[g->index[i]] * (double)g->n / sum;
    return RC_OK;
}

/* The root of a sample's share of its label's mass. */
static double root_share(const rc_label_group *g, int64_t i)
{
    return sqrt((g->weight ? g->weight[i] : 1.0) / (double)g->n);
}

/* The deviations are a factor themselves; where they have more rows than columns, the root is smaller. */
static rc_status find_factor(int64_t d, double *covariance, rc_label_group *g)
{
    g->factor_rows = g->n < d ? g->n : d;
    RC_TRY(RC_NEW(&g->factor, g->factor_rows * d));
    if (g->n > d) return rc_dense_root(d, covariance, g->factor);
    for (int64_t k = 0; k < g->n * d; k++)
        g->factor[k] = g->deviation[k] * root_share(g, k / d);
    return RC_OK;
}

static rc_status describe(int64_t d, rc_label_group *g)
{
    rc_moments m;
    RC_TRY(rc_moments_create(g->x, g->weight, g->n, d, (double)g->n, &m));
    for (int64_t k = 0; k < d; k++)
        g->trace += m.covariance[k * d + k];
    g->mean = m.mean;
    g->deviation = m.deviation;
    rc_status status = find_factor(d, m.covariance, g);
    rc_free(m.covariance);
    return status;
}

rc_status rc__label_groups_create(const rc_sample_set *s, bool exact, rc_label_groups *out)
{
    int64_t at = 0;
    *out = (rc_label_groups){.classes = s->classes, .d = s->d, .exact = exact};
    rc_status status = RC_OK;
    RC_TRY_DONE(RC_NEW(&out->group, s->classes));
    RC_TRY_DONE(RC_NEW(&out->order, s->n));
    for (int64_t c = 0; c < s->classes; c++) {
        rc_label_group *g = &out->group[c];
        g->index = out->order + at;
        for (int64_t i = 0; i < s->n; i++)
            if (s->label[i] == c) out->order[at + g->n++] = i;
        at += g->n;
        if (g->n == 0) continue;
        RC_TRY_DONE(gather(s, g));
        if (s->weight) RC_TRY_DONE(gather_weights(s, g));
        if (!exact) RC_TRY_DONE(describe(s->d, g));
    }
done:
    if (status != RC_OK) rc__label_groups_free(out);
    return status;
}

void rc__label_groups_free(rc_label_groups *l)
{
    for (int64_t c = 0; l->group && c < l->classes; c++) {
        rc_free(l->group[c].x);
        rc_free(l->group[c].weight);
        rc_free(l->group[c].mean);
        rc_free(l->group[c].deviation);
        rc_free(l->group[c].factor);
    }
    rc_free(l->group);
    rc_free(l->order);
    *l = (rc_label_groups){0};
}

/* ---- the sum of singular values ---- */

typedef struct coupling {
    int64_t n, r, q;          /* q = the smaller of n and r */
    double *k, *gram, *value; /* K [n, r]; [q, q], then its eigenvectors; [q], then singular values */
} coupling;

static void free_coupling(coupling *c)
{
    rc_free(c->k);
    rc_free(c->gram);
    rc_free(c->value);
}

static rc_status couple(const rc_label_group *a, const rc_label_group *b, int64_t d, bool vectors,
                        coupling *c)
{
    *c = (coupling){.n = a->n, .r = b->factor_rows};
    c->q = c->n < c->r ? c->n : c->r;
    RC_TRY(RC_NEW(&c->k, c->n * c->r));
    RC_TRY(RC_NEW(&c->gram, c->q * c->q));
    RC_TRY(RC_NEW(&c->value, c->q));
    rc_dense_inner(c->n, c->r, d, a->deviation, b->factor, c->k);
    for (int64_t i = 0; i < c->n * c->r; i++)
        c->k[i] *= root_share(a, i / c->r);
    if (c->q == c->n)
        rc_dense_inner(c->n, c->n, c->r, c->k, c->k, c->gram);
    else
        rc_dense_product(c->r, c->r, c->n, c->k, true, c->k, c->gram);
    RC_TRY(rc_dense_eigen(c->q, vectors, c->gram, c->value));
    /* What is within rounding of 0 is 0, a direction that no sample takes: its root would not be small. */
    double min = 4.0 * (double)c->q * DBL_EPSILON * fmax(0.0, c->value[c->q - 1]);
    for (int64_t i = 0; i < c->q; i++)
        c->value[i] = c->value[i] > min ? sqrt(c->value[i]) : 0.0;
    return RC_OK;
}

static rc_status gaussian_distance(const rc_label_group *a, const rc_label_group *b, int64_t d, double *out)
{
    coupling c;
    rc_status status = couple(a, b, d, false, &c);
    *out = 0.5 * (a->trace + b->trace);
    for (int64_t k = 0; k < d; k++)
        *out += 0.5 * (a->mean[k] - b->mean[k]) * (a->mean[k] - b->mean[k]);
    for (int64_t i = 0; status == RC_OK && i < c.q; i++)
        *out -= c.value[i];
    if (*out < 0.0) *out = 0.0; /* rounding */
    free_coupling(&c);
    return status;
}

/* pull [n, d] = U V^T F. */
static rc_status rotate(const rc_label_group *b, int64_t d, coupling *c, double *pull)
{
    double *root = NULL, *turn = NULL;
    rc_status status = RC_OK;
    for (int64_t i = 0; i < c->q; i++)
        c->value[i] = c->value[i] > 0.0 ? 1.0 / c->value[i] : 0.0;
    RC_TRY_DONE(RC_NEW(&root, c->q * c->q));
    RC_TRY_DONE(RC_NEW(&turn, c->n * c->r));
    RC_TRY_DONE(rc_dense_compose(c->q, c->gram, c->value, root));
    if (c->q == c->n)
        rc_dense_product(c->n, c->r, c->n, root, false, c->k, turn);
    else
        rc_dense_product(c->n, c->r, c->r, c->k, false, root, turn);
    rc_dense_product(c->n, d, c->r, turn, false, b->factor, pull);
done:
    rc_free(root);
    rc_free(turn);
    return status;
}

static rc_status gaussian_pull(const rc_label_group *a, const rc_label_group *b, int64_t d, double factor,
                               double *grad)
{
    double *pull = NULL;
    coupling c;
    rc_status status = couple(a, b, d, true, &c);
    if (status == RC_OK) status = RC_NEW(&pull, a->n * d);
    if (status == RC_OK) status = rotate(b, d, &c, pull);
    for (int64_t i = 0; status == RC_OK && i < a->n; i++) {
        double *to = grad + a->index[i] * d, root = root_share(a, i);
        for (int64_t k = 0; k < d; k++) {
            double own = a->deviation[i * d + k] + a->mean[k] - b->mean[k];
            to[k] += factor * root * (own * root - pull[i * d + k]);
        }
    }
    rc_free(pull);
    free_coupling(&c);
    return status;
}

/* ---- exact ---- */

static rc_status exact_distance(const rc_label_group *a, const rc_label_group *b, int64_t d, float *grad,
                                double *out)
{
    return rc_wasserstein(2, a->x, a->weight, a->n, b->x, b->weight, b->n, d, out, grad, NULL);
}

static rc_status exact_pull(const rc_label_group *a, const rc_label_group *b, int64_t d, double factor,
                            double *grad)
{
    float *own;
    double value;
    RC_TRY(RC_NEW(&own, a->n * d));
    rc_status status = exact_distance(a, b, d, own, &value);
    for (int64_t i = 0; status == RC_OK && i < a->n; i++)
        for (int64_t k = 0; k < d; k++)
            grad[a->index[i] * d + k] += factor * (double)own[i * d + k];
    rc_free(own);
    return status;
}

/* ---- all pairs ---- */

rc_status rc__label_distances(const rc_label_groups *a, const rc_label_groups *b, double *table)
{
    for (int64_t i = 0; i < a->classes; i++) {
        for (int64_t j = 0; j < b->classes; j++) {
            const rc_label_group *x = &a->group[i], *y = &b->group[j];
            double *out = &table[i * b->classes + j];
            *out = 0.0;
            if (a == b && j <= i) {
                *out = j < i ? table[j * b->classes + i] : 0.0;
            } else if (x->n > 0 && y->n > 0) {
                RC_TRY(a->exact ? exact_distance(x, y, a->d, NULL, out) : gaussian_distance(x, y, a->d, out));
            }
        }
    }
    return RC_OK;
}

rc_status rc__label_pull(const rc_label_groups *a, const rc_label_groups *b, double factor,
                         const double *mass, double *grad)
{
    for (int64_t i = 0; i < a->classes; i++) {
        for (int64_t j = 0; j < b->classes; j++) {
            double share = factor * mass[i * b->classes + j];
            const rc_label_group *x = &a->group[i], *y = &b->group[j];
            if (share == 0.0 || x->n == 0 || y->n == 0 || (a == b && i == j)) continue;
            RC_TRY(a->exact ? exact_pull(x, y, a->d, share, grad) : gaussian_pull(x, y, a->d, share, grad));
        }
    }
    return RC_OK;
}
