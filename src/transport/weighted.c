#include "transport/weighted.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

static rc_status sum_weights(const char *name, const rc_sample_set *s, double *sum, int64_t *used)
{
    *sum = 0.0;
    *used = 0;
    for (int64_t i = 0; i < s->n; i++) {
        RC_CHECK(isfinite(s->weight[i]) && s->weight[i] >= 0.0, RC_NUMERIC,
                 "weight %lld of %s is %g; weights are finite and not negative", (long long)i, name,
                 s->weight[i]);
        *sum += s->weight[i];
        *used += s->weight[i] > 0.0;
    }
    RC_CHECK(*sum > 0.0 && isfinite(*sum), RC_NUMERIC,
             "the weights of %s sum to %g; they must sum to a finite number above 0", name, *sum);
    return RC_OK;
}

/* The samples with weight alone. */
static rc_status gather(const rc_sample_set *s, int64_t used, rc_weighted *out)
{
    int64_t k = 0;
    RC_TRY(RC_NEW(&out->index, used));
    RC_TRY(RC_NEW(&out->x, used * s->d));
    if (s->label) RC_TRY(RC_NEW(&out->label, used));
    for (int64_t i = 0; i < s->n; i++) {
        if (s->weight[i] == 0.0) continue;
        memcpy(out->x + k * s->d, s->x + i * s->d, sizeof(float) * (size_t)s->d);
        if (s->label) out->label[k] = s->label[i];
        out->index[k++] = i;
    }
    out->set.x = out->x;
    out->set.label = out->label;
    out->set.n = used;
    return RC_OK;
}

static int64_t place(const rc_weighted *w, int64_t i)
{
    return w->index ? w->index[i] : i;
}

rc_status rc__weighted_create(const char *name, const rc_sample_set *given, rc_weighted *out)
{
    double sum;
    int64_t used;
    rc_status status = RC_OK;
    *out = (rc_weighted){.set = *given, .all = given->n};
    if (!given->weight) return RC_OK;
    RC_TRY(sum_weights(name, given, &sum, &used));
    if (used < given->n) RC_TRY_DONE(gather(given, used, out));
    RC_TRY_DONE(RC_NEW(&out->weight, used));
    for (int64_t i = 0; i < used; i++)
        out->weight[i] = given->weight[place(out, i)] * (double)used / sum;
    out->set.weight = out->weight;
done:
    if (status != RC_OK) rc__weighted_free(out);
    return status;
}

void rc__weighted_free(rc_weighted *w)
{
    rc_free(w->index);
    rc_free(w->x);
    rc_free(w->label);
    rc_free(w->weight);
    *w = (rc_weighted){0};
}

static void spread_gradient(const rc_weighted *a, const float *some, float *grad)
{
    int64_t d = a->set.d;
    memset(grad, 0, sizeof *grad * (size_t)(a->all * d));
    for (int64_t i = 0; i < a->set.n; i++)
        memcpy(grad + place(a, i) * d, some + i * d, sizeof *grad * (size_t)d);
}

static void spread_plan(const rc_weighted *a, const rc_weighted *b, const double *some, double *plan)
{
    memset(plan, 0, sizeof *plan * (size_t)(a->all * b->all));
    for (int64_t i = 0; i < a->set.n; i++)
        for (int64_t j = 0; j < b->set.n; j++)
            plan[place(a, i) * b->all + place(b, j)] = some[i * b->set.n + j];
}

rc_status rc__weighted_measure(const rc_distance *to, const rc_weighted *a, rc_measured *out, float *grad)
{
    const rc_weighted *b = &to->weighted_b;
    double *plan = to->settings.plan;
    rc_distance some = *to;
    float *pull = NULL;
    rc_status status = RC_OK;
    if (!a->index && !b->index) return to->kind->measure(to, &a->set, out, grad);
    some.settings.plan = NULL;
    if (grad) RC_TRY_DONE(RC_NEW(&pull, a->set.n * a->set.d));
    if (plan) RC_TRY_DONE(RC_NEW(&some.settings.plan, a->set.n * b->set.n));
    RC_TRY_DONE(to->kind->measure(&some, &a->set, out, pull));
    if (grad) spread_gradient(a, pull, grad);
    if (plan) spread_plan(a, b, some.settings.plan, plan);
done:
    rc_free(pull);
    rc_free(some.settings.plan);
    return status;
}
