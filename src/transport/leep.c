/* LEEP and its gradient. With S_yz the sum of p_i(z) over the samples of class y, P(y|z) = S_yz / sum_y S_yz
 * and q_i = sum_z P(y_i|z) p_i(z), a sample moves the score by itself and by all P(y|z):
 *
 *     n d LEEP / d p_i(z) = P(y_i|z) / q_i + (B_yz - sum_y' B_y'z P(y'|z)) / sum_y' S_y'z,   y = y_i,
 *
 * where B_yz is the sum of p_j(z) / q_j over the samples of class y. */
#include <math.h>

#include "base/memory.h"
#include "transport/transport.h"

/* A source class that nobody is said to be has no shares. */
static const double MIN = 1e-12;

typedef struct leep {
    int64_t n, z, y; /* samples, source and target classes */
    const float *p;
    const int32_t *label;
    double *share, *pull; /* [y, z]: P(y|z); B */
    double *all, *mean;   /* [z]: sum_y S_yz; sum_y B_yz P(y|z) */
    double *q;            /* [n] */
} leep;

static void count_shares(leep *l)
{
    for (int64_t i = 0; i < l->n; i++)
        for (int64_t k = 0; k < l->z; k++) {
            l->share[l->label[i] * l->z + k] += (double)l->p[i * l->z + k];
            l->all[k] += (double)l->p[i * l->z + k];
        }
    for (int64_t k = 0; k < l->z; k++)
        l->all[k] = l->all[k] > MIN ? l->all[k] : MIN;
    for (int64_t c = 0; c < l->y; c++)
        for (int64_t k = 0; k < l->z; k++)
            l->share[c * l->z + k] /= l->all[k];
}

static double score(leep *l)
{
    double sum = 0;
    for (int64_t i = 0; i < l->n; i++) {
        const double *share = l->share + l->label[i] * l->z;
        for (int64_t k = 0; k < l->z; k++)
            l->q[i] += share[k] * (double)l->p[i * l->z + k];
        l->q[i] = l->q[i] > MIN ? l->q[i] : MIN;
        sum += log(l->q[i]);
    }
    return l->n > 0 ? sum / (double)l->n : 0;
}

static void differentiate(leep *l, float *grad)
{
    for (int64_t i = 0; i < l->n; i++)
        for (int64_t k = 0; k < l->z; k++)
            l->pull[l->label[i] * l->z + k] += (double)l->p[i * l->z + k] / l->q[i];
    for (int64_t c = 0; c < l->y; c++)
        for (int64_t k = 0; k < l->z; k++)
            l->mean[k] += l->pull[c * l->z + k] * l->share[c * l->z + k];
    for (int64_t i = 0; i < l->n; i++)
        for (int64_t k = 0; k < l->z; k++) {
            int64_t at = l->label[i] * l->z + k;
            double own = l->share[at] / l->q[i], by_shares = (l->pull[at] - l->mean[k]) / l->all[k];
            grad[i * l->z + k] = (float)(-(own + by_shares) / (double)l->n);
        }
}

rc_status rc_leep(int64_t n, int64_t source_classes, int64_t target_classes, const float *p,
                  const int32_t *label, double *value, float *grad)
{
    leep l = {.n = n, .z = source_classes, .y = target_classes, .p = p, .label = label};
    int64_t table = l.y * l.z;
    RC_TRY(RC_NEW(&l.share, 2 * table + 2 * l.z + n));
    l.pull = l.share + table;
    l.all = l.pull + table;
    l.mean = l.all + l.z;
    l.q = l.mean + l.z;
    count_shares(&l);
    *value = score(&l);
    if (grad) differentiate(&l, grad);
    rc_free(l.share);
    return RC_OK;
}

/* NCE is LEEP of predictions that are sure. */
rc_status rc_nce(int64_t n, int64_t source_classes, int64_t target_classes, const float *p,
                 const int32_t *label, double *value)
{
    float *sure;
    RC_TRY(RC_NEW(&sure, n * source_classes));
    for (int64_t i = 0; i < n; i++) {
        int64_t best = 0;
        for (int64_t k = 1; k < source_classes; k++)
            if (p[i * source_classes + k] > p[i * source_classes + best]) best = k;
        sure[i * source_classes + best] = 1;
    }
    rc_status status = rc_leep(n, source_classes, target_classes, sure, label, value, NULL);
    rc_free(sure);
    return status;
}
