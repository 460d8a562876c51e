/* The table of distances, and what all of them share: samples are checked, and those without weight are left
 * out of what a kind sees. */
#include "transport/distances.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

#define LIST(name) &rc_distance_##name,
const rc_distance_kind *const rc_distance_table[] = {RC_DISTANCES(LIST) NULL};

rc_distance_settings rc_distance_defaults(void)
{
    return (rc_distance_settings){.sinkhorn = rc_sinkhorn_defaults(), .projections = 128, .shrinkage = -1.0};
}

rc_status rc_distance_find(const char *name, const rc_distance_kind **out)
{
    const char *known[sizeof rc_distance_table / sizeof *rc_distance_table];
    size_t n = 0;
    for (; rc_distance_table[n]; n++) {
        *out = rc_distance_table[n];
        known[n] = (*out)->name;
        if (strcmp(known[n], name) == 0) return RC_OK;
    }
    return rc_fail_unknown(RC_CONFIG, name, known, n, NULL, "no distance is called \"%.40s\"", name);
}

static rc_status check_samples(const rc_distance_kind *kind, const char *name, const rc_sample_set *s)
{
    RC_CHECK(s->n > 0 && s->d > 0, RC_SHAPE,
             "distance %s: %s has %lld samples of %lld values; at least one is needed", kind->name, name,
             (long long)s->n, (long long)s->d);
    for (int64_t i = 0; i < s->n * s->d; i++) {
        RC_CHECK(isfinite(s->x[i]), RC_NUMERIC, "distance %s: %s, sample %lld, value %lld is not finite",
                 kind->name, name, (long long)(i / s->d), (long long)(i % s->d));
    }
    if (!kind->labels) return RC_OK;
    RC_CHECK(s->label, RC_DATA, "distance %s needs the labels of %s", kind->name, name);
    for (int64_t i = 0; i < s->n; i++) {
        RC_CHECK(s->label[i] >= 0 && s->label[i] < s->classes, RC_DATA,
                 "distance %s: %s, label %lld is %d; labels are 0 to %lld", kind->name, name, (long long)i,
                 (int)s->label[i], (long long)s->classes - 1);
    }
    return RC_OK;
}

/* ---- without the samples that have no weight ---- */

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

static void free_weighted(rc_weighted *w)
{
    rc_free(w->index);
    rc_free(w->x);
    rc_free(w->label);
    rc_free(w->weight);
    *w = (rc_weighted){0};
}

/* name: of the set, in messages. Its arrays must outlive what is made of it. */
static rc_status weigh(const char *name, const rc_sample_set *given, rc_weighted *out)
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
    if (status != RC_OK) free_weighted(out);
    return status;
}

/* ---- to a fixed set ---- */

rc_status rc_distance_create(const rc_distance_kind *kind, const rc_sample_set *b,
                             const rc_distance_settings *o, rc_distance **out)
{
    RC_TRY(check_samples(kind, "b", b));
    RC_CHECK(!o->plan || kind->plans, RC_UNSUPPORTED,
             "distance %s has no transport plan; w1, w2, sinkhorn, otdd and gw have one", kind->name);
    RC_TRY(RC_NEW(out, 1));
    **out = (rc_distance){.kind = kind, .settings = *o};
    rc_status status = weigh("b", b, &(*out)->weighted_b);
    (*out)->b = (*out)->weighted_b.set;
    if (status == RC_OK && kind->prepare) status = kind->prepare(*out);
    if (status != RC_OK) rc_distance_destroy(out);
    return status;
}

/* Of the whole set: samples without weight pull nowhere and get no mass. */
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

rc_status rc_distance_measure(const rc_distance *to, const rc_sample_set *a, rc_measured *out, float *grad)
{
    *out = (rc_measured){.how.converged = true};
    RC_TRY(check_samples(to->kind, "a", a));
    RC_CHECK(to->kind->widths || a->d == to->b.d, RC_SHAPE,
             "distance %s: a has %lld values a sample and b %lld; they must agree", to->kind->name,
             (long long)a->d, (long long)to->b.d);
    rc_weighted w;
    rc_distance some = *to;
    float *pull = NULL;
    double *plan = NULL;
    rc_status status = RC_OK;
    RC_TRY(weigh("a", a, &w));
    bool whole = !w.index && !to->weighted_b.index;
    if (!whole && grad) RC_TRY_DONE(RC_NEW(&pull, w.set.n * w.set.d));
    if (!whole && to->settings.plan) RC_TRY_DONE(RC_NEW(&plan, w.set.n * to->b.n));
    if (!whole) some.settings.plan = plan;
    RC_TRY_DONE(to->kind->measure(&some, &w.set, out, whole ? grad : pull));
    if (pull) spread_gradient(&w, pull, grad);
    if (plan) spread_plan(&w, &to->weighted_b, plan, to->settings.plan);
done:
    rc_free(pull);
    rc_free(plan);
    free_weighted(&w);
    if (out->value < 0.0) out->value = 0.0;
    return status;
}

void rc_distance_destroy(rc_distance **to)
{
    if (!*to) return;
    if ((*to)->state && (*to)->kind->release) (*to)->kind->release((*to)->state);
    free_weighted(&(*to)->weighted_b);
    rc_free(*to);
    *to = NULL;
}
