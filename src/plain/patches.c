/* A field from the field that lies below it: the mean field, and a linear map of how the points around differ
 * from their own means, the same everywhere. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "plain/neighbourhood.h"
#include "transport/dense.h"

/* Points that the map is fitted to, at most; there are a few hundred numbers to find. */
enum { MAX_POINTS = 200000, BLOCK = 256 };
static const double STRENGTH = 1e-6; /* times the number of points: for columns that repeat others */

typedef struct fit {
    rc__patch q;
    int64_t d, points; /* points of all samples */
    const rc_plain_samples *s;
    const float *x_mean, *y_mean;
    double *square, *product; /* [d, d], [d, fields] */
    double mass;              /* as how many points they count that have been added */
} fit;

/* Adds `count` points drawn at random, or all in turn, to the sums. */
static rc_status add_points(fit *f, rc_rng *rng, int64_t first, int64_t count, double *z, double *t,
                            double *more)
{
    int64_t size = f->q.h * f->q.w;
    for (int64_t i = 0; i < count; i++) {
        int64_t at = rng ? (int64_t)rc_rng_below(rng, (uint64_t)f->points) : first + i;
        int64_t sample = at / size, point = at % size;
        double weight = rc_plain_weight(f->s, sample), root = sqrt(weight);
        f->mass += weight;
        rc__patch_look(&f->q, f->x_mean, f->s->x + sample * f->q.channels * size, point, z + i * f->d);
        for (int64_t k = 0; k < f->d; k++)
            z[i * f->d + k] *= root;
        for (int64_t k = 0; k < f->q.fields; k++)
            t[i * f->q.fields + k] = root * ((double)f->s->y[(sample * f->q.fields + k) * size + point] -
                                             (double)f->y_mean[k * size + point]);
    }
    rc_dense_product(f->d, f->d, count, z, true, z, more);
    for (int64_t i = 0; i < f->d * f->d; i++)
        f->square[i] += more[i];
    rc_dense_product(f->d, f->q.fields, count, z, true, t, more);
    for (int64_t i = 0; i < f->d * f->q.fields; i++)
        f->product[i] += more[i];
    return RC_OK;
}

static rc_status add_all(fit *f, uint64_t seed, int64_t taken)
{
    rc_rng rng = rc_rng_make(seed, "patches", 0);
    double *z = NULL, *t = NULL, *more = NULL;
    int64_t widest = f->d > f->q.fields ? f->d : f->q.fields;
    rc_status status = RC_NEW_RAW(&z, BLOCK * f->d);
    if (status == RC_OK) status = RC_NEW_RAW(&t, BLOCK * f->q.fields);
    if (status == RC_OK) status = RC_NEW_RAW(&more, f->d * widest);
    for (int64_t i = 0; i < taken && status == RC_OK; i += BLOCK)
        status = add_points(f, taken < f->points ? &rng : NULL, i, taken - i < BLOCK ? taken - i : BLOCK, z,
                            t, more);
    rc_free(z);
    rc_free(t);
    rc_free(more);
    return status;
}

/* weight = (square + strength)^-1 product, columns being scaled to 1 for the strength. */
static rc_status solve(fit *f, double *weight)
{
    double *scale = NULL, *value = NULL, *turned = NULL;
    int64_t d = f->d, m = f->q.fields;
    rc_status status = RC_NEW_RAW(&scale, d);
    if (status == RC_OK) status = RC_NEW_RAW(&value, d);
    if (status == RC_OK) status = RC_NEW_RAW(&turned, d * m);
    for (int64_t i = 0; i < d && status == RC_OK; i++) {
        double variance = f->square[i * d + i] / f->mass;
        scale[i] = variance > 0 ? 1 / sqrt(variance) : 0;
    }
    for (int64_t i = 0; i < d * d && status == RC_OK; i++)
        f->square[i] *= scale[i / d] * scale[i % d];
    for (int64_t i = 0; i < d * m && status == RC_OK; i++)
        f->product[i] *= scale[i / m];
    if (status == RC_OK) status = rc_dense_eigen(d, true, f->square, value);
    if (status == RC_OK) {
        rc_dense_product(d, m, d, f->square, false, f->product, turned);
        for (int64_t i = 0; i < d * m; i++)
            turned[i] /= fmax(value[i / m], 0) + STRENGTH * f->mass;
        rc_dense_product(d, m, d, f->square, true, turned, weight);
        for (int64_t i = 0; i < d * m; i++)
            weight[i] *= scale[i / m];
    }
    rc_free(scale);
    rc_free(value);
    rc_free(turned);
    return status;
}

static rc_status learn(rc_plain *p, const rc__table *t, const rc_plain_options *o, float *held)
{
    const rc_plain_samples *s = t->samples;
    fit f = {.q = rc__patch_of(&p->form), .s = s};
    float *x_mean, *y_mean;
    double *weight;
    (void)held;
    f.d = rc__patch_size(&f.q);
    f.points = s->n * f.q.h * f.q.w;
    int64_t taken = f.points < MAX_POINTS ? f.points : MAX_POINTS;
    RC_TRY(rc__plain_add(p, "x_mean", RC_DTYPE_F32, RC_SHAPE(rc_plain_inputs(&p->form)), &x_mean));
    RC_TRY(rc__plain_add(p, "y_mean", RC_DTYPE_F32, RC_SHAPE(p->form.outputs), &y_mean));
    RC_TRY(rc__plain_add(p, "weight", RC_DTYPE_F64, RC_SHAPE(f.d, f.q.fields), &weight));
    rc__patch_means(s, rc_plain_inputs(&p->form), s->x, x_mean);
    rc__patch_means(s, p->form.outputs, s->y, y_mean);
    f.x_mean = x_mean;
    f.y_mean = y_mean;
    rc_status status = RC_NEW(&f.square, f.d * f.d);
    if (status == RC_OK) status = RC_NEW(&f.product, f.d * f.q.fields);
    if (status == RC_OK) status = add_all(&f, o->seed, taken);
    if (status == RC_OK) status = solve(&f, weight);
    rc_free(f.square);
    rc_free(f.product);
    return status;
}

static rc_status answer(const rc_plain *p, const rc__table *t, float *out)
{
    const float *x_mean = rc__plain_data(p, "x_mean"), *y_mean = rc__plain_data(p, "y_mean");
    const double *weight = rc__plain_data(p, "weight");
    rc__patch q = rc__patch_of(&p->form);
    int64_t size = q.h * q.w, d = rc__patch_size(&q);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < t->n * size; i++) {
        double near[RC__MAX_AROUND];
        int64_t sample = i / size, point = i % size;
        rc__patch_look(&q, x_mean, t->samples->x + sample * q.channels * size, point, near);
        for (int64_t k = 0; k < q.fields; k++) {
            double sum = (double)y_mean[k * size + point];
            for (int64_t j = 0; j < d; j++)
                sum += near[j] * weight[j * q.fields + k];
            out[(sample * q.fields + k) * size + point] = (float)sum;
        }
    }
    return RC_OK;
}

static rc_status check(const rc_plain_form *f, int64_t n)
{
    (void)n;
    return rc__patch_check("ridge", f);
}

static double seconds(const rc_plain_form *f, int64_t n, int64_t asked)
{
    rc__patch q = rc__patch_of(f);
    double points = (double)(f->x_shape[1] * f->x_shape[2]), d = (double)rc__patch_size(&q);
    double taken = fmin((double)n * points, MAX_POINTS);
    return 1e-9 * taken * d * d + 1e-8 * d * d * d + 3e-9 * (double)asked * points * d;
}

static rc_status verify(const rc_plain *p, int64_t d)
{
    rc__patch q = rc__patch_of(&p->form);
    (void)d;
    RC_TRY(rc__plain_expect(p, "x_mean", RC_DTYPE_F32, RC_SHAPE(rc_plain_inputs(&p->form))));
    RC_TRY(rc__plain_expect(p, "y_mean", RC_DTYPE_F32, RC_SHAPE(p->form.outputs)));
    return rc__plain_expect(p, "weight", RC_DTYPE_F64, RC_SHAPE(rc__patch_size(&q), q.fields));
}

const rc_plain_kind rc__plain_patches = {.name = "ridge",
                                         .targets = RC_PLAIN_FIELDS,
                                         .raw = true,
                                         .check = check,
                                         .seconds = seconds,
                                         .learn = learn,
                                         .answer = answer,
                                         .verify = verify};
