/* transport/by_class.c: distances between labelled samples, of each class with its own kind alone. */
#include "base/memory.h"
#include "transport/distances.h"

typedef struct classes {
    int64_t n;
    double *in_a, *in_b; /* [n]: what the samples of each class weigh */
    double *weight_a, *weight_b;
    float *grad; /* of one class */
} classes;

static void free_classes(classes *c)
{
    rc_free(c->in_a);
    rc_free(c->in_b);
    rc_free(c->weight_a);
    rc_free(c->weight_b);
    rc_free(c->grad);
}

static rc_status count_classes(const rc_sample_set *a, const rc_sample_set *b, classes *c)
{
    RC_CHECK(a->classes == b->classes, RC_SHAPE, "a has %lld classes and b %lld; they must be the same",
             (long long)a->classes, (long long)b->classes);
    c->n = a->classes;
    RC_TRY(RC_NEW(&c->in_a, c->n));
    RC_TRY(RC_NEW(&c->in_b, c->n));
    RC_TRY(RC_NEW(&c->weight_a, a->n));
    RC_TRY(RC_NEW(&c->weight_b, b->n));
    for (int64_t i = 0; i < a->n; i++)
        c->in_a[a->label[i]] += rc_sample_weight(a, i);
    for (int64_t j = 0; j < b->n; j++)
        c->in_b[b->label[j]] += rc_sample_weight(b, j);
    return RC_OK;
}

/* What those samples of a weigh that have their like in b. */
static double weigh_matched(const classes *c)
{
    double sum = 0;
    for (int64_t k = 0; k < c->n; k++)
        sum += c->in_b[k] > 0 ? c->in_a[k] : 0;
    return sum;
}

static rc_status measure(const rc_distance_kind *kind, const rc_distance_settings *o, const rc_sample_set *a,
                         const rc_sample_set *b, const classes *c, rc_measured *out, float *grad)
{
    rc_sample_set of_a = *a, of_b = *b;
    rc_distance *to = NULL;
    of_a.weight = c->weight_a;
    of_b.weight = c->weight_b;
    rc_status status = rc_distance_create(kind, &of_b, o, &to);
    if (status == RC_OK) status = rc_distance_measure(to, &of_a, out, grad);
    rc_distance_destroy(&to);
    return status;
}

/* All classes at once; each weighs as much in b as in a. */
static rc_status measure_together(const rc_distance_kind *kind, const rc_distance_settings *o,
                                  const rc_sample_set *a, const rc_sample_set *b, classes *c,
                                  rc_measured *out, float *grad)
{
    rc_distance_settings by_class = *o;
    by_class.by_class = true;
    for (int64_t i = 0; i < a->n; i++)
        c->weight_a[i] = c->in_b[a->label[i]] > 0 ? rc_sample_weight(a, i) : 0;
    for (int64_t j = 0; j < b->n; j++) {
        double own = c->in_b[b->label[j]];
        c->weight_b[j] = own > 0 ? rc_sample_weight(b, j) * c->in_a[b->label[j]] / own : 0;
    }
    return measure(kind, &by_class, a, b, c, out, grad);
}

static rc_status add_class(const rc_distance_kind *kind, const rc_distance_settings *o,
                           const rc_sample_set *a, const rc_sample_set *b, classes *c, int64_t k,
                           double share, rc_measured *out, float *grad)
{
    rc_measured one;
    for (int64_t i = 0; i < a->n; i++)
        c->weight_a[i] = a->label[i] == k ? rc_sample_weight(a, i) : 0;
    for (int64_t j = 0; j < b->n; j++)
        c->weight_b[j] = b->label[j] == k ? rc_sample_weight(b, j) : 0;
    RC_TRY(measure(kind, o, a, b, c, &one, c->grad));
    out->value += share * one.value;
    out->how.iterations += one.how.iterations;
    rc_convergence_join(&out->how, &one.how);
    for (int64_t i = 0; i < a->n * a->d && grad; i++)
        grad[i] += (float)share * c->grad[i];
    return RC_OK;
}

static rc_status measure_each(const rc_distance_kind *kind, const rc_distance_settings *o,
                              const rc_sample_set *a, const rc_sample_set *b, classes *c, double matched,
                              rc_measured *out, float *grad)
{
    if (grad) RC_TRY(RC_NEW(&c->grad, a->n * a->d));
    for (int64_t k = 0; k < c->n; k++)
        if (c->in_a[k] > 0 && c->in_b[k] > 0)
            RC_TRY(add_class(kind, o, a, b, c, k, c->in_a[k] / matched, out, grad));
    return RC_OK;
}

rc_status rc_distance_by_class(const rc_distance_kind *kind, const rc_distance_settings *o,
                               const rc_sample_set *a, const rc_sample_set *b, rc_measured *out, float *grad)
{
    classes c = {0};
    rc_status status = count_classes(a, b, &c);
    *out = (rc_measured){.how.converged = true};
    for (int64_t i = 0; i < a->n * a->d && grad; i++)
        grad[i] = 0.0f;
    double matched = status == RC_OK ? weigh_matched(&c) : 0;
    if (matched > 0)
        status = kind->widths ? measure_together(kind, o, a, b, &c, out, grad)
                              : measure_each(kind, o, a, b, &c, matched, out, grad);
    free_classes(&c);
    return status;
}
