#include "api/distance_parts.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "transport/distances.h"

bool rc_distance_at(int64_t row, rc_distance_about *out)
{
    for (int64_t i = 0; out && rc_distance_table[i] && row >= 0; i++) {
        const rc_distance_kind *k = rc_distance_table[i];
        if (i < row) continue;
        const rc_distance_about found = {sizeof found, k->name,  k->about,  k->labels,
                                         true,         k->plans, k->widths, k->local};
        return rc__options_give("rc_distance_about", &found, sizeof found, out) == RC_OK;
    }
    return false;
}

static rc_status settings_from(const rc_distance_options *o, rc_distance_settings *out)
{
    *out = rc_distance_defaults();
    out->sinkhorn.passes = o->passes != 0 ? o->passes : RC_PASSES_ALONE;
    if (o->epsilon != 0.0) out->sinkhorn.epsilon = o->epsilon;
    if (o->scaling != 0.0) out->sinkhorn.scaling = o->scaling;
    if (o->projections != 0) out->projections = (int)o->projections;
    RC_CHECK(o->projections >= 0 && o->projections <= 1000000, RC_CONFIG,
             "sliced: %lld directions; it takes 1 to 1000000", (long long)o->projections);
    RC_CHECK(o->shrinkage <= 1.0, RC_CONFIG, "gaussian: a shrinkage of %g; it takes at most 1", o->shrinkage);
    if (o->shrinkage != 0.0) out->shrinkage = o->shrinkage < 0.0 ? 0.0 : o->shrinkage;
    out->seed = o->seed;
    out->exact_labels = o->exact_labels;
    return RC_OK;
}

/* ---- samples ---- */

typedef struct samples {
    rc_sample_set s;
    float *x; /* a copy, where one was needed */
    int32_t *label;
    double *weight;
} samples;

static void free_samples(samples *s)
{
    rc_free(s->x);
    rc_free(s->label);
    rc_free(s->weight);
}

static rc_status check_finite(const char *name, const rc_sample_set *s)
{
    for (int64_t i = 0; i < s->n * s->d; i++)
        RC_CHECK(isfinite(s->x[i]), RC_DATA,
                 "%s: row %lld, column %lld is not a finite float32 number; clean or scale the samples", name,
                 (long long)(i / s->d), (long long)(i % s->d));
    return RC_OK;
}

static rc_status take_points(const rc__set *set, samples *out)
{
    const rc_shape *shape = &set->x->shape;
    RC_CHECK(shape->n == 2, RC_SHAPE, "%s: %d dimensions; samples have 2, [N, D]", set->name, shape->n);
    RC_CHECK(shape->dim[0] >= 1 && shape->dim[1] >= 1, RC_SHAPE,
             "%s: %lld x %lld values; at least one sample of one value is needed", set->name,
             (long long)shape->dim[0], (long long)shape->dim[1]);
    if (set->x->dtype != RC_DTYPE_F32) RC_TRY(rc_array_to_f32(set->x, &out->x));
    out->s = (rc_sample_set){.x = out->x ? out->x : set->x->data, .n = shape->dim[0], .d = shape->dim[1]};
    return check_finite(set->name, &out->s);
}

static rc_status take_weights(const rc__set *set, samples *out)
{
    const rc_array *w = set->weight;
    RC_CHECK(w->shape.n == 1 && w->shape.dim[0] == out->s.n, RC_SHAPE,
             "%s: weights are [N], one for each of the %lld rows of %s", set->weight_name,
             (long long)out->s.n, set->name);
    RC_TRY(RC_NEW(&out->weight, out->s.n));
    for (int64_t i = 0; i < out->s.n; i++) {
        out->weight[i] = rc_array_number(w, i);
        RC_CHECK(isfinite(out->weight[i]) && out->weight[i] >= 0.0, RC_DATA,
                 "%s: weight %lld is %g; weights are finite and not negative", set->weight_name, (long long)i,
                 out->weight[i]);
    }
    out->s.weight = out->weight;
    return RC_OK;
}

static rc_status take(const rc_distance_kind *kind, const rc__set *set, samples *out)
{
    RC_TRY(take_points(set, out));
    if (set->weight) RC_TRY(take_weights(set, out));
    if (!kind->labels) return RC_OK;
    RC_CHECK(set->label, RC_CONFIG, "%s compares labelled samples; the labels of %s (%s) are missing",
             kind->name, set->name, set->label_name);
    RC_TRY(rc__number_labels(set->label_name, set->label, out->s.n, &out->label, &out->s.classes));
    out->s.label = out->label;
    return RC_OK;
}

/* ---- the distance ---- */

typedef struct outputs {
    float *gradient;
    double *plan;
} outputs;

static rc_status prepare_outputs(const samples *a, const samples *b, const rc_view *gradient,
                                 const rc_view *plan, outputs *out)
{
    rc_shape grad_shape = RC_SHAPE(a->s.n, a->s.d), plan_shape = RC_SHAPE(a->s.n, b->s.n);
    if (gradient) RC_TRY(rc__view_check_output("gradient", gradient, &grad_shape, false));
    if (plan) RC_TRY(rc__view_check_output("plan", plan, &plan_shape, false));
    if (gradient) RC_TRY(RC_NEW_RAW(&out->gradient, a->s.n * a->s.d));
    return plan ? RC_NEW_RAW(&out->plan, a->s.n * b->s.n) : RC_OK;
}

static void store_plan(const rc_view *to, const double *plan)
{
    for (int64_t i = 0, n = rc_view_size(to); i < n; i++) {
        if (to->dtype == RC_DTYPE_F64)
            ((double *)to->data)[i] = plan[i];
        else
            ((float *)to->data)[i] = (float)plan[i];
    }
}

static rc_status compute(const rc_distance_kind *kind, const samples *a, const samples *b,
                         const rc_distance_settings *o, float *gradient, rc_distance_result *out)
{
    rc_distance *distance = NULL;
    double started = rc_clock();
    rc_status status = rc_distance_create(kind, &b->s, o, &distance);
    rc_measured found = {0};
    if (status == RC_OK) status = rc_distance_measure(distance, &a->s, &found, gradient);
    rc_distance_destroy(&distance);
    out->value = found.value;
    out->iterations = found.how.iterations;
    out->marginal_error = found.how.marginal_error;
    out->converged = found.how.converged;
    out->root = kind->half_square ? sqrt(fmax(0.0, 2.0 * out->value)) : NAN;
    out->epsilon = kind->entropic ? o->sinkhorn.epsilon : 0.0;
    out->n = a->s.n;
    out->m = b->s.n;
    out->d = a->s.d;
    out->d_b = b->s.d;
    out->local = kind->local;
    out->seconds = rc_clock() - started;
    return status;
}

rc_status rc__distance(const char *name, const rc__set *set_a, const rc__set *set_b,
                       const rc_distance_options *given, const rc_view *gradient, const rc_view *plan,
                       rc_distance_result *result)
{
    rc_distance_options o = RC_DISTANCE_OPTIONS_INIT;
    rc_distance_result found = RC_DISTANCE_RESULT_INIT;
    const rc_distance_kind *kind;
    rc_distance_settings settings;
    samples a = {0}, b = {0};
    outputs to = {0};
    rc_status status = RC_OK;
    RC_TRY(rc__options_take("rc_distance_options", given, sizeof o, &o));
    RC_TRY(rc_distance_find(name, &kind));
    RC_TRY(settings_from(&o, &settings));
    RC_TRY_DONE(take(kind, set_a, &a));
    RC_TRY_DONE(take(kind, set_b, &b));
    RC_TRY_DONE(kind->widths || a.s.d == b.s.d
                    ? RC_OK
                    : rc_fail(RC_SHAPE,
                              "%s has %lld columns and %s has %lld; they must be equal, except for gw",
                              set_a->name, (long long)a.s.d, set_b->name, (long long)b.s.d));
    RC_TRY_DONE(prepare_outputs(&a, &b, gradient, plan, &to));
    settings.plan = to.plan;
    RC_TRY_DONE(compute(kind, &a, &b, &settings, to.gradient, &found));
    if (gradient) rc__view_store(gradient, 0, a.s.n * a.s.d, to.gradient);
    if (plan) store_plan(plan, to.plan);
    RC_TRY_DONE(rc__options_give("rc_distance_result", &found, sizeof found, result));
done:
    free_samples(&a);
    free_samples(&b);
    rc_free(to.gradient);
    rc_free(to.plan);
    return status;
}

/* ---- of views ---- */

typedef struct arrays {
    rc_array x, label, weight;
} arrays;

static void free_arrays(arrays *a)
{
    rc_array_free(&a->x);
    rc_array_free(&a->label);
    rc_array_free(&a->weight);
}

/* name, name_labels, name_weights: as messages call them. */
static rc_status open_points(const rc_points *given, const char *name, const char *labels,
                             const char *weights, arrays *a, rc__set *out)
{
    rc_points p = RC_POINTS_INIT;
    RC_TRY(rc__options_take("rc_points", given, sizeof p, &p));
    RC_CHECK(p.x, RC_CONFIG, "field x of rc_points is missing: %s has no samples", name);
    *out = (rc__set){.name = name,
                     .label_name = labels,
                     .weight_name = weights,
                     .x = &a->x,
                     .label = p.labels ? &a->label : NULL,
                     .weight = p.weights ? &a->weight : NULL};
    RC_TRY(rc__view_array(name, p.x, &a->x));
    if (p.labels) RC_TRY(rc__view_array(labels, p.labels, &a->label));
    return p.weights ? rc__view_array(weights, p.weights, &a->weight) : RC_OK;
}

rc_status rc_distance_between(rc_context *context, const char *name, const rc_points *a, const rc_points *b,
                              const rc_distance_options *o, const rc_view *gradient, const rc_view *plan,
                              rc_distance_result *result)
{
    rc__call call = rc__call_begin(context);
    arrays of_a = {0}, of_b = {0};
    rc__set set_a, set_b;
    rc_status status = RC_ARGUMENTS(name, a, b, result);
    if (status == RC_OK) status = open_points(a, "a", "a.labels", "a.weights", &of_a, &set_a);
    if (status == RC_OK) status = open_points(b, "b", "b.labels", "b.weights", &of_b, &set_b);
    if (status == RC_OK) status = rc__distance(name, &set_a, &set_b, o, gradient, plan, result);
    free_arrays(&of_a);
    free_arrays(&of_b);
    return rc__call_end(&call, status);
}
