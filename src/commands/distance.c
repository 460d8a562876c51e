#include "recraft/distance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "commands/common.h"
#include "formats/array.h"
#include "transport/distance.h"

/* Whole numbers up to here are exact in float32. */
static const float most_label = 16777216.0f;

typedef struct samples {
    float *x;
    int32_t *label;
    int64_t n, d, classes;
} samples;

static void free_samples(samples *s)
{
    rc_free(s->x);
    rc_free(s->label);
}

static rc_status settings_from(const rc_distance_options *o, rc_distance_settings *out)
{
    *out = rc_distance_defaults();
    out->sinkhorn.passes = RC_PASSES_ALONE;
    if (o->epsilon != 0.0) out->sinkhorn.epsilon = o->epsilon;
    if (o->scaling != 0.0) out->sinkhorn.scaling = o->scaling;
    if (o->projections != 0) out->projections = (int)o->projections;
    RC_CHECK(o->projections >= 0 && o->projections <= 1000000, RC_CONFIG,
             "sliced: %lld directions; from 1 to 1000000", (long long)o->projections);
    RC_CHECK(o->shrinkage <= 1.0, RC_CONFIG, "gaussian: a shrinkage of %g; at most 1", o->shrinkage);
    if (o->shrinkage != 0.0) out->shrinkage = o->shrinkage < 0.0 ? 0.0 : o->shrinkage;
    out->seed = o->seed;
    out->exact_labels = o->exact_labels;
    return RC_OK;
}

static rc_status check_samples(const char *path, const samples *s)
{
    for (int64_t i = 0; i < s->n * s->d; i++) {
        RC_CHECK(isfinite(s->x[i]), RC_DATA,
                 "%s: row %lld, column %lld is not a finite float32 number; clean or scale the samples", path,
                 (long long)(i / s->d), (long long)(i % s->d));
    }
    return RC_OK;
}

static rc_status read_samples(const char *path, samples *out)
{
    rc_array array = {0};
    rc_status status = rc_npy_open(path, &array);
    if (status != RC_OK) return status;
    const rc_shape *shape = &array.shape;
    if (shape->n != 2) {
        status = rc_fail(RC_SHAPE, "%s: %d dimensions; samples are a table [N, D] of 2", path, shape->n);
    } else if (shape->dim[0] < 1 || shape->dim[1] < 1) {
        status = rc_fail(RC_SHAPE, "%s: %lld x %lld values; at least one sample of one value is needed", path,
                         (long long)shape->dim[0], (long long)shape->dim[1]);
    } else {
        out->n = shape->dim[0];
        out->d = shape->dim[1];
        status = rc_array_to_f32(&array, &out->x);
    }
    rc_array_free(&array);
    return status == RC_OK ? check_samples(path, out) : status;
}

/* ---- labels ---- */

static int ascending(const void *x, const void *y)
{
    float a = *(const float *)x, b = *(const float *)y;
    return (a > b) - (a < b);
}

/* Labels may be any whole numbers; what counts is which are equal: 0, 1, ... in their order. */
static rc_status number_labels(const char *path, const float *given, samples *s)
{
    float *known;
    for (int64_t i = 0; i < s->n; i++)
        RC_CHECK(given[i] == floorf(given[i]) && fabsf(given[i]) < most_label, RC_DATA,
                 "%s: label %lld is %g; labels are whole numbers below %.0f", path, (long long)i,
                 (double)given[i], (double)most_label);
    RC_TRY(RC_NEW(&known, s->n));
    memcpy(known, given, sizeof *known * (size_t)s->n);
    qsort(known, (size_t)s->n, sizeof *known, ascending);
    for (int64_t i = 0; i < s->n; i++)
        if (i == 0 || known[i] != known[s->classes - 1]) known[s->classes++] = known[i];
    for (int64_t i = 0; i < s->n; i++) {
        const float *at = bsearch(&given[i], known, (size_t)s->classes, sizeof *known, ascending);
        s->label[i] = (int32_t)(at - known);
    }
    rc_free(known);
    return RC_OK;
}

static rc_status read_labels(const char *path, const char *option, const char *of, samples *s)
{
    rc_array array = {0};
    float *given = NULL;
    RC_CHECK(path, RC_CONFIG, "this distance compares labelled samples; give the labels of %s with %s", of,
             option);
    rc_status status = rc_npy_open(path, &array);
    if (status == RC_OK && (array.shape.n != 1 || array.shape.dim[0] != s->n))
        status = rc_fail(RC_SHAPE, "%s: labels are [N], one for each of the %lld rows of %s", path,
                         (long long)s->n, of);
    if (status == RC_OK) status = rc_array_to_f32(&array, &given);
    if (status == RC_OK) status = RC_NEW(&s->label, s->n);
    if (status == RC_OK) status = number_labels(path, given, s);
    rc_free(given);
    rc_array_free(&array);
    return status;
}

/* ---- the distance ---- */

static rc_status compute(const rc_distance_kind *kind, const samples *a, const samples *b,
                         const rc_distance_settings *o, rc_distance_result *out)
{
    rc_samples from = {a->x, a->n, a->d, a->label, a->classes}, to = {b->x, b->n, b->d, b->label, b->classes};
    rc_distance *distance = NULL;
    double started = rc_clock();
    rc_status status = rc_distance_create(kind, &to, o, &distance);
    rc_measured found = {0};
    if (status == RC_OK) status = rc_distance_measure(distance, &from, &found, NULL);
    rc_distance_destroy(&distance);
    out->value = found.value;
    out->iterations = found.how.iterations;
    out->marginal_error = found.how.marginal_error;
    out->converged = found.how.converged;
    out->root = kind->half_square ? sqrt(fmax(0.0, 2.0 * out->value)) : NAN;
    out->epsilon = out->iterations > 0 ? o->sinkhorn.epsilon : 0.0;
    out->n = a->n;
    out->m = b->n;
    out->d = a->d;
    out->seconds = rc_clock() - started;
    return status;
}

rc_status rc_distance_files(const char *path_a, const char *path_b, const char *name,
                            const rc_distance_options *given, rc_distance_result *out)
{
    const rc_distance_options defaults = {0}, *o = given ? given : &defaults;
    const rc_distance_kind *kind;
    rc_distance_settings settings;
    samples a = {0}, b = {0};
    rc_status status = RC_OK;
    *out = (rc_distance_result){0};
    RC_TRY(rc_distance_find(name, &kind));
    RC_TRY(settings_from(o, &settings));
    RC_TRY_DONE(read_samples(path_a, &a));
    RC_TRY_DONE(read_samples(path_b, &b));
    RC_TRY_DONE(a.d == b.d ? RC_OK
                           : rc_fail(RC_SHAPE, "%s has %lld columns and %s has %lld; they must be equal",
                                     path_a, (long long)a.d, path_b, (long long)b.d));
    if (kind->labels) RC_TRY_DONE(read_labels(o->labels_a, "--labels-a", path_a, &a));
    if (kind->labels) RC_TRY_DONE(read_labels(o->labels_b, "--labels-b", path_b, &b));
    RC_TRY_DONE(compute(kind, &a, &b, &settings, out));
done:
    free_samples(&a);
    free_samples(&b);
    return status;
}

rc_status rc_distances(char **json)
{
    rc_json *j, *list;
    RC_TRY(rc_json_object(&j));
    rc_status status = rc_json_array(&list);
    for (const rc_distance_kind *const *k = rc_distance_table; *k && status == RC_OK; k++) {
        rc_json *one;
        status = rc_json_object(&one);
        if (status == RC_OK) status = rc_json_set_string(one, "name", (*k)->name);
        if (status == RC_OK) status = rc_json_set_string(one, "about", (*k)->about);
        if (status == RC_OK) status = rc_json_set_boolean(one, "labels", (*k)->labels);
        if (status == RC_OK) status = rc_json_append(list, one);
    }
    if (status == RC_OK) status = rc_json_set(j, "distances", list);
    return rc__json_result(j, status, json);
}
