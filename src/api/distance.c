#include "recraft/distance.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "base/text.h"
#include "formats/array.h"
#include "transport/transport.h"

/* On its own a distance may take its time: enough iterations to converge wherever float32 allows it. */
enum { ITERATIONS = 5000 };

typedef struct samples {
    float *x;
    int64_t n, d;
} samples;

static rc_status sinkhorn(const samples *a, const samples *b, const rc_distance_options *given,
                          rc_distance_result *out)
{
    rc_sinkhorn_options o = rc_sinkhorn_defaults();
    o.extra_iterations = ITERATIONS;
    if (given->epsilon != 0.0) o.epsilon = given->epsilon;
    if (given->scaling != 0.0) o.scaling = given->scaling;
    out->epsilon = o.epsilon;
    return rc_sinkhorn_divergence(a->x, a->n, b->x, b->n, a->d, &o, NULL, &out->value, NULL);
}

typedef struct distance {
    const char *name;
    rc_status (*compute)(const samples *a, const samples *b, const rc_distance_options *o,
                         rc_distance_result *out);
} distance;

static const distance distances[] = {{"sinkhorn", sinkhorn}};
enum { DISTANCES = sizeof distances / sizeof *distances };

static rc_status fail_unknown(const char *name)
{
    rc_string known = {0};
    rc_status status = RC_OK;
    for (int i = 0; i < DISTANCES && status == RC_OK; i++) {
        status = rc_string_printf(&known, "%s%s", i > 0 ? ", " : "", distances[i].name);
    }
    if (status == RC_OK) {
        status = rc_fail(RC_CONFIG, "no distance is called \"%.40s\"; known: %s", name, known.data);
    }
    rc_string_free(&known);
    return status;
}

static rc_status find_distance(const char *name, const distance **out)
{
    for (int i = 0; i < DISTANCES; i++) {
        *out = &distances[i];
        if (strcmp(name, distances[i].name) == 0) return RC_OK;
    }
    return fail_unknown(name);
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

static rc_status compute(const distance *kind, const char *path_a, const char *path_b, const samples *a,
                         const samples *b, const rc_distance_options *o, rc_distance_result *out)
{
    RC_CHECK(a->d == b->d, RC_SHAPE, "%s has %lld columns and %s has %lld; they must be equal", path_a,
             (long long)a->d, path_b, (long long)b->d);
    double started = rc_clock();
    RC_TRY(kind->compute(a, b, o, out));
    out->n = a->n;
    out->m = b->n;
    out->d = a->d;
    out->seconds = rc_clock() - started;
    return RC_OK;
}

rc_status rc_distance_files(const char *path_a, const char *path_b, const char *name,
                            const rc_distance_options *o, rc_distance_result *out)
{
    const rc_distance_options defaults = {0};
    const distance *kind;
    samples a = {0}, b = {0};
    rc_status status = RC_OK;
    *out = (rc_distance_result){0};
    RC_TRY(find_distance(name, &kind));
    RC_TRY_DONE(read_samples(path_a, &a));
    RC_TRY_DONE(read_samples(path_b, &b));
    RC_TRY_DONE(compute(kind, path_a, path_b, &a, &b, o ? o : &defaults, out));
done:
    rc_free(a.x);
    rc_free(b.x);
    return status;
}
