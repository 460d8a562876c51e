/* LogME. With s_i the eigenvalues of f^T f, z_i the component of an output y along the i-th left singular
 * vector of f, and lambda = alpha / beta, the noise under which y is likeliest has beta = n / E. The evidence
 * is then
 *
 *     n/2 (log n - log E - 1 - log 2 pi) - 1/2 sum_i log(1 + s_i / lambda),
 *     E = |y|^2 - sum_i z_i^2 + sum_i z_i^2 lambda / (s_i + lambda),
 *
 * a function of lambda alone: its largest value is sought on a grid, then between the neighbours there. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "transport/dense.h"
#include "transport/transport.h"

/* What is rounding: of the largest s_i, and of |y|^2. */
static const double SMALLEST = 1e-12, TAU = 6.28318530717958647692;
/* Lambda is the largest s_i times 10^(k/2) for k from -BELOW to ABOVE. */
enum { BELOW = 24, ABOVE = 12, SECTIONS = 40 };

typedef struct evidence {
    int64_t n, d, outputs, size; /* size: of the smaller of f^T f and f f^T */
    double *f, *y;               /* [n, d], [n, outputs] */
    double *vectors, *s;         /* of the smaller one, in rising order: [size, size], [size] */
    double *z2;                  /* [size, outputs]: z_i^2, 0 where s_i is rounding */
    double *pulled;              /* [d, outputs]: f^T y */
} evidence;

static rc_status make_room(const float *f, const float *y, evidence *e)
{
    int64_t of_f = e->n * e->d, of_y = e->n * e->outputs;
    e->size = e->d < e->n ? e->d : e->n;
    RC_TRY(RC_NEW_RAW(&e->f, of_f + of_y + (e->size + e->d) * e->outputs + e->size * (e->size + 1)));
    e->y = e->f + of_f;
    e->z2 = e->y + of_y;
    e->pulled = e->z2 + e->size * e->outputs;
    e->vectors = e->pulled + e->d * e->outputs;
    e->s = e->vectors + e->size * e->size;
    for (int64_t i = 0; i < of_f; i++)
        e->f[i] = (double)f[i];
    for (int64_t i = 0; i < of_y; i++)
        e->y[i] = (double)y[i];
    return RC_OK;
}

/* Of fewer features than samples the right singular vectors are at hand, else the left ones. */
static rc_status decompose(evidence *e)
{
    bool right = e->d < e->n;
    if (right)
        rc_dense_product(e->d, e->d, e->n, e->f, true, e->f, e->vectors);
    else
        rc_dense_inner(e->n, e->n, e->d, e->f, e->f, e->vectors);
    RC_TRY(rc_dense_eigen(e->size, true, e->vectors, e->s));
    if (right) rc_dense_product(e->d, e->outputs, e->n, e->f, true, e->y, e->pulled);
    rc_dense_product(e->size, e->outputs, e->size, e->vectors, false, right ? e->pulled : e->y, e->z2);
    for (int64_t i = 0; i < e->size; i++) {
        if (e->s[i] <= SMALLEST * e->s[e->size - 1]) e->s[i] = 0;
        for (double *z = e->z2 + i * e->outputs; z < e->z2 + (i + 1) * e->outputs; z++)
            *z = e->s[i] > 0 ? *z * *z / (right ? e->s[i] : 1) : 0;
    }
    return RC_OK;
}

/* Of output k; `rest` is what no features explain, |y|^2 - sum_i z_i^2. */
static double evidence_at(const evidence *e, int64_t k, double rest, double lambda)
{
    double missed = rest, penalty = 0, n = (double)e->n;
    for (int64_t i = 0; i < e->size; i++) {
        missed += e->z2[i * e->outputs + k] * lambda / (e->s[i] + lambda);
        penalty += log1p(e->s[i] / lambda);
    }
    return n / 2 * (log(n) - log(missed) - 1 - log(TAU)) - penalty / 2;
}

static double largest_between(const evidence *e, int64_t k, double rest, double low, double high)
{
    const double golden = (sqrt(5) - 1) / 2;
    for (int i = 0; i < SECTIONS; i++) {
        double left = high - golden * (high - low), right = low + golden * (high - low);
        bool rises = evidence_at(e, k, rest, exp(left)) < evidence_at(e, k, rest, exp(right));
        *(rises ? &low : &high) = rises ? left : right;
    }
    return evidence_at(e, k, rest, exp((low + high) / 2));
}

static double largest(const evidence *e, int64_t k, double rest)
{
    const double step = log(10) / 2, middle = log(e->s[e->size - 1]);
    double max = -INFINITY, at = middle;
    for (int i = -BELOW; i <= ABOVE; i++) {
        double here = evidence_at(e, k, rest, exp(middle + i * step));
        if (here > max) at = middle + i * step;
        max = fmax(max, here);
    }
    return fmax(max, largest_between(e, k, rest, at - step, at + step));
}

/* The mean over the outputs that are not 0 throughout. */
static double mean_evidence(const evidence *e)
{
    double sum = 0;
    int64_t counted = 0;
    for (int64_t k = 0; k < e->outputs; k++) {
        double all = 0, rest;
        for (int64_t i = 0; i < e->n; i++)
            all += e->y[i * e->outputs + k] * e->y[i * e->outputs + k];
        if (!(all > 0)) continue;
        rest = all;
        for (int64_t i = 0; i < e->size; i++)
            rest -= e->z2[i * e->outputs + k];
        sum += largest(e, k, rest > SMALLEST * all ? rest : 0) / (double)e->n;
        counted++;
    }
    return counted > 0 ? sum / (double)counted : NAN;
}

rc_status rc_logme(int64_t n, int64_t d, int64_t outputs, const float *f, const float *y, double *value)
{
    evidence e = {.n = n, .d = d, .outputs = outputs};
    *value = NAN;
    if (n == 0) return RC_OK;
    RC_TRY(make_room(f, y, &e));
    rc_status status = decompose(&e);
    if (status == RC_OK && e.s[e.size - 1] > 0) *value = mean_evidence(&e);
    rc_free(e.f);
    return status;
}
