/* Logistic regression of the class of a point from the points around it, the same everywhere. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "plain/linear_model.h"
#include "plain/neighbourhood.h"

/* Points that it is fitted to, at most; there are a few hundred numbers to find. */
enum { MAX_POINTS = 10000 };

/* A point as a sample. */
static rc_plain_form form_of(const rc_plain_form *f, int64_t d)
{
    return (rc_plain_form){.target = RC_PLAIN_CLASSES, .outputs = f->point_classes, .x_shape = {1, d, 1}};
}

static int64_t numbers_around(const rc_plain_form *f)
{
    rc__patch q = rc__patch_of(f);
    return rc__patch_size(&q);
}

/* What a channel is on average, at every point: where a point lies tells nothing. */
static void take_means(const rc_plain_form *f, const rc_plain_samples *s, float *mean)
{
    int64_t points = rc_plain_truths(f);
    rc__patch_means(s, rc_plain_inputs(f), s->x, mean);
    for (int64_t c = 0; c < f->x_shape[0]; c++) {
        double sum = 0;
        for (int64_t k = 0; k < points; k++)
            sum += (double)mean[c * points + k];
        for (int64_t k = 0; k < points; k++)
            mean[c * points + k] = (float)(sum / (double)points);
    }
}

/* The points whose class is known, in random order where there are more than are taken. */
static rc_status list_points(const rc_plain_form *f, const rc_plain_samples *s, uint64_t seed, int64_t **out,
                             int64_t *taken)
{
    rc_rng rng = rc_rng_make(seed, "points", 0);
    int64_t all = s->n * rc_plain_truths(f), n = 0;
    RC_TRY(RC_NEW_RAW(out, all));
    for (int64_t i = 0; i < all; i++)
        if (s->y[i] >= 0) (*out)[n++] = i;
    if (n > MAX_POINTS) rc_rng_shuffle(&rng, n, *out);
    *taken = n < MAX_POINTS ? n : MAX_POINTS;
    return RC_OK;
}

typedef struct taken {
    int64_t n, d;
    int64_t *point;
    double *z; /* [n, d] */
    int32_t *label;
    int64_t *group;
    double *weight, *deviation; /* [n], [d] */
} taken;

static void taken_free(taken *a)
{
    rc_free(a->point);
    rc_free(a->z);
    rc_free(a->label);
    rc_free(a->group);
    rc_free(a->weight);
    rc_free(a->deviation);
}

/* Points of one sample, or of one group of them, are left out together. */
static rc_status take_points(const rc_plain_form *f, const rc_plain_samples *s, const float *mean, taken *a)
{
    rc__patch q = rc__patch_of(f);
    int64_t points = rc_plain_truths(f);
    a->d = rc__patch_size(&q);
    RC_TRY(RC_NEW_RAW(&a->z, a->n * a->d));
    RC_TRY(RC_NEW_RAW(&a->label, a->n));
    RC_TRY(RC_NEW_RAW(&a->group, a->n));
    RC_TRY(RC_NEW_RAW(&a->weight, a->n));
    RC_TRY(RC_NEW_RAW(&a->deviation, a->d));
    for (int64_t i = 0; i < a->n; i++) {
        int64_t sample = a->point[i] / points;
        rc__patch_look(&q, mean, s->x + sample * rc_plain_inputs(f), a->point[i] % points, a->z + i * a->d);
        a->label[i] = (int32_t)s->y[a->point[i]];
        a->group[i] = s->group ? s->group[sample] : sample;
        a->weight[i] = rc_plain_weight(s, sample);
    }
    return RC_OK;
}

/* So that a strength suits all columns alike. */
static void standardise(const taken *a)
{
    for (int64_t k = 0; k < a->d; k++) {
        double squares = 0, mass = 0;
        for (int64_t i = 0; i < a->n; i++) {
            squares += a->weight[i] * a->z[i * a->d + k] * a->z[i * a->d + k];
            mass += a->weight[i];
        }
        a->deviation[k] = squares > 0 ? sqrt(squares / mass) : 1;
        for (int64_t i = 0; i < a->n; i++)
            a->z[i * a->d + k] /= a->deviation[k];
    }
}

static rc_status fit(rc_plain *p, const taken *a, const rc_plain_options *o)
{
    rc_plain_form f = form_of(&p->form, a->d);
    rc_plain_samples s = {.n = a->n, .label = a->label, .group = a->group, .weight = a->weight};
    rc__matrix rows = {.n = a->n, .d = a->d, .z = a->z};
    standardise(a);
    RC_TRY(rc__linear_learn(p, rc__logistic_loss(&f), &f, &rows, &s, o, NULL));
    double *weight = (double *)(uintptr_t)rc__plain_data(p, "weight");
    for (int64_t i = 0; i < a->d * f.outputs; i++)
        weight[i] /= a->deviation[i / f.outputs];
    return RC_OK;
}

static rc_status learn(rc_plain *p, const rc__table *t, const rc_plain_options *o, float *held)
{
    taken a = {0};
    float *mean;
    (void)held;
    RC_TRY(rc__plain_add(p, "x_mean", RC_DTYPE_F32, RC_SHAPE(rc_plain_inputs(&p->form)), &mean));
    take_means(&p->form, t->samples, mean);
    rc_status status = list_points(&p->form, t->samples, o->seed, &a.point, &a.n);
    if (status == RC_OK && a.n == 0)
        status = rc_fail(RC_DATA, "logistic: of no point of these samples the class is known");
    if (status == RC_OK) status = take_points(&p->form, t->samples, mean, &a);
    if (status == RC_OK) status = fit(p, &a, o);
    taken_free(&a);
    return status;
}

/* ---- answers ---- */

static rc_status answer(const rc_plain *p, const rc__table *t, float *out)
{
    const float *mean = rc__plain_data(p, "x_mean");
    int64_t points = rc_plain_truths(&p->form), d = numbers_around(&p->form), classes = p->form.point_classes;
    rc__patch q = rc__patch_of(&p->form);
    rc_plain_form f = form_of(&p->form, d);
    rc__matrix rows = {.n = points, .d = d};
    float *said = NULL;
    rc_status status = RC_NEW_RAW(&rows.z, points * d);
    if (status == RC_OK) status = RC_NEW_RAW(&said, points * classes);
    for (int64_t i = 0; i < t->n && status == RC_OK; i++) {
        for (int64_t k = 0; k < points; k++)
            rc__patch_look(&q, mean, t->samples->x + i * rc_plain_inputs(&p->form), k, rows.z + k * d);
        status = rc__linear_answer(p, rc__logistic_loss(&f), &f, &rows, said);
        for (int64_t k = 0; k < points * classes && status == RC_OK; k++)
            out[i * p->form.outputs + k % classes * points + k / classes] = said[k];
    }
    rc_free(said);
    rc_free(rows.z);
    return status;
}

static rc_status check(const rc_plain_form *f, int64_t n)
{
    (void)n;
    return rc__patch_check("logistic", f);
}

static double seconds(const rc_plain_form *f, int64_t n, int64_t asked)
{
    double points = (double)rc_plain_truths(f), d = (double)numbers_around(f), m = (double)f->point_classes;
    return 1e-6 * fmin((double)n * points, MAX_POINTS) * d * m + 2e-9 * (double)asked * points * d * m;
}

/* To learn, or to speak of all points of a sample at once. */
static double bytes(const rc_plain_form *f, int64_t n)
{
    int64_t points = rc_plain_truths(f), all = n * points, d = numbers_around(f);
    int64_t learnt = all < MAX_POINTS ? all : MAX_POINTS;
    rc_plain_form point = form_of(f, d);
    double learning = (double)all * sizeof(int64_t) + (double)learnt * (double)d * sizeof(double) +
                      rc__linear_bytes(&point, learnt, d);
    double each = (double)d * sizeof(double) + (double)f->point_classes * (sizeof(double) + sizeof(float));
    return fmax(learning, (double)points * each);
}

static rc_status verify(const rc_plain *p, int64_t d)
{
    rc_plain_form f = form_of(&p->form, numbers_around(&p->form));
    (void)d;
    RC_TRY(rc__plain_expect(p, "x_mean", RC_DTYPE_F32, RC_SHAPE(rc_plain_inputs(&p->form))));
    return rc__linear_verify(p, rc__logistic_loss(&f), &f, f.x_shape[1]);
}

const rc_plain_kind rc__plain_points = {.name = "logistic",
                                        .targets = RC_PLAIN_POINTS,
                                        .raw = true,
                                        .check = check,
                                        .seconds = seconds,
                                        .bytes = bytes,
                                        .learn = learn,
                                        .answer = answer,
                                        .verify = verify};
