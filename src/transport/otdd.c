/* transport/otdd.c: optimal transport dataset distance (Alvarez-Melis and Fusi, "Geometric dataset distances
 * via optimal transport", 2020), as ORCA aligns with it: the Sinkhorn divergence between labelled samples
 * with cost
 *
 *     |x - x'|^2 / 2 + W(z, z'),    W = W2^2 / 2 between the samples that carry z and those that carry z'.
 *
 * Labels of the two sides need have nothing in common: they are compared by their samples alone. The gradient
 * sees both parts: the plan's pull on each sample, and through the plan's mass between labels the pull of
 * each label distance on the samples that carry it. */
#include "base/memory.h"
#include "transport/label_distance.h"
#include "transport/sinkhorn.h"

typedef struct source {
    rc_label_groups groups;
    rc_sinkhorn_self self; /* of b with its label costs */
} source;

static void release(void *state)
{
    source *s = state;
    if (s) rc__label_groups_free(&s->groups);
    rc_free(s);
}

static rc_label_costs costs_between(const rc_sample_set *a, const rc_sample_set *b, const double *table)
{
    return (rc_label_costs){a->label, b->label, table, a->classes, b->classes};
}

static rc_status prepare(rc_distance *to)
{
    const rc_sample_set *b = &to->b;
    source *s;
    double *table = NULL;
    rc_status status = RC_OK;
    RC_TRY(RC_NEW(&s, 1));
    to->state = s;
    RC_TRY_DONE(rc__label_groups_create(b, to->settings.exact_labels, &s->groups));
    RC_TRY_DONE(RC_NEW(&table, b->classes * b->classes));
    RC_TRY_DONE(rc__label_distances(&s->groups, &s->groups, table));
    rc_label_costs labels = costs_between(b, b, table);
    RC_TRY_DONE(rc__sinkhorn_self(b, &to->settings.sinkhorn, &labels, &s->self));
done:
    rc_free(table);
    return status;
}

typedef struct work {
    rc_label_groups groups;
    double *cross, *self, *cross_mass, *self_mass, *grad;
} work;

static void free_work(work *w)
{
    rc__label_groups_free(&w->groups);
    rc_free(w->cross);
    rc_free(w->self);
    rc_free(w->cross_mass);
    rc_free(w->self_mass);
    rc_free(w->grad);
}

static rc_status make_work(const rc_distance *to, const rc_sample_set *a, work *w)
{
    const source *s = to->state;
    int64_t k = a->classes, l = to->b.classes;
    RC_TRY(rc__label_groups_create(a, to->settings.exact_labels, &w->groups));
    RC_TRY(RC_NEW(&w->cross, k * l));
    RC_TRY(RC_NEW(&w->self, k * k));
    RC_TRY(RC_NEW(&w->cross_mass, k * l));
    RC_TRY(RC_NEW(&w->self_mass, k * k));
    RC_TRY(rc__label_distances(&w->groups, &s->groups, w->cross));
    return rc__label_distances(&w->groups, &w->groups, w->self);
}

/* Within a, W(z, z') moves with the samples of z and those of z'. Half the self term is taken off, and its
 * two sides are alike, so one side counts whole; for that the mass is made as symmetric as the plan is. */
static rc_status add_label_pull(const rc_distance *to, const rc_sample_set *a, work *w, float *grad)
{
    const source *s = to->state;
    int64_t k = a->classes;
    RC_TRY(RC_NEW(&w->grad, a->n * a->d));
    for (int64_t i = 0; i < k; i++) {
        for (int64_t j = 0; j < i; j++) {
            double mass = 0.5 * (w->self_mass[i * k + j] + w->self_mass[j * k + i]);
            w->self_mass[i * k + j] = w->self_mass[j * k + i] = mass;
        }
    }
    RC_TRY(rc__label_pull(&w->groups, &s->groups, 1.0, w->cross_mass, w->grad));
    RC_TRY(rc__label_pull(&w->groups, &w->groups, -1.0, w->self_mass, w->grad));
    for (int64_t i = 0; i < a->n * a->d; i++)
        grad[i] += (float)w->grad[i];
    return RC_OK;
}

static rc_status measure(const rc_distance *to, const rc_sample_set *a, rc_measured *out, float *grad)
{
    const source *s = to->state;
    work w = {0};
    rc_status status = RC_OK;
    RC_TRY_DONE(make_work(to, a, &w));
    rc_sinkhorn_labels labels = {costs_between(a, &to->b, w.cross), costs_between(a, a, w.self), w.cross_mass,
                                 w.self_mass};
    rc_distance of_costs = *to;
    of_costs.settings.self = s->self;
    of_costs.state = &labels;
    RC_TRY_DONE(rc__sinkhorn_measure(&of_costs, a, out, grad));
    if (grad) RC_TRY_DONE(add_label_pull(to, a, &w, grad));
done:
    free_work(&w);
    return status;
}

const rc_distance_kind rc_distance_otdd = {
    .name = "otdd",
    .about = "dataset distance: cost |x - y|^2 / 2 + distance between the labels",
    .labels = true,
    .half_square = true,
    .plans = true,
    .entropic = true,
    .prepare = prepare,
    .measure = measure,
    .release = release};
