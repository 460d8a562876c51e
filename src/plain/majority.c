/* The floor: what is right most often without looking at a sample. Shares of the classes or labels, the mean
 * of numbers, the mean field, the quantiles of numbers, one risk for all, the shares of the classes of
 * points. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plain/plain_parts.h"

/* Sum over the samples. */
static void add_up(const rc_plain_form *f, const rc_plain_samples *s, double *sum)
{
    for (int64_t i = 0; i < s->n; i++) {
        double weight = rc_plain_weight(s, i);
        if (f->target == RC_PLAIN_CLASSES) sum[s->label[i]] += weight;
        for (int64_t k = 0; k < f->outputs && f->target != RC_PLAIN_CLASSES; k++)
            sum[k] += weight * (double)s->y[i * f->outputs + k];
    }
}

static rc_status take_means(const rc_plain_form *f, const rc_plain_samples *s, float *mean)
{
    double *sum, mass = rc__plain_mass(s);
    RC_TRY(RC_NEW(&sum, f->outputs));
    add_up(f, s, sum);
    for (int64_t k = 0; k < f->outputs; k++)
        mean[k] = (float)(sum[k] / mass);
    rc_free(sum);
    return RC_OK;
}

/* A number, and how much its sample counts. */
typedef struct counted {
    float number;
    double weight;
} counted;

static int by_number(const void *a, const void *b)
{
    float x = ((const counted *)a)->number, y = ((const counted *)b)->number;
    return x < y ? -1 : x > y;
}

/* The least number that has a share of q at or below it. */
static rc_status take_quantiles(const rc_plain_form *f, const rc_plain_samples *s, float *out)
{
    counted *c;
    int64_t numbers = rc_plain_truths(f);
    double mass = rc__plain_mass(s);
    RC_TRY(RC_NEW_RAW(&c, s->n));
    for (int64_t k = 0; k < numbers; k++) {
        int64_t at = 0;
        for (int64_t i = 0; i < s->n; i++)
            c[i] = (counted){s->y[i * numbers + k], rc_plain_weight(s, i)};
        qsort(c, (size_t)s->n, sizeof *c, by_number);
        double below = c[0].weight;
        for (int64_t q = 0; q < f->quantiles; q++) {
            while (at + 1 < s->n && below < f->quantile[q] * mass * (1 - 1e-12))
                below += c[++at].weight;
            out[q * numbers + k] = c[at].number;
        }
    }
    rc_free(c);
    return RC_OK;
}

static void take_shares(const rc_plain_form *f, const rc_plain_samples *s, float *out)
{
    int64_t points = rc_plain_truths(f);
    double all = 0;
    for (int64_t k = 0; k < f->point_classes; k++) {
        double sum = 0;
        for (int64_t i = 0; i < s->n * points; i++)
            if (s->y[i] == (float)k) sum += rc_plain_weight(s, i / points);
        out[k * points] = (float)sum;
        all += sum;
    }
    for (int64_t k = f->outputs - 1; k >= 0; k--)
        out[k] = all > 0 ? (float)((double)out[k / points * points] / all) : 1.0f / (float)f->point_classes;
}

static rc_status learn(rc_plain *p, const rc__table *t, const rc_plain_options *o, float *held)
{
    const rc_plain_form *f = &p->form;
    float *mean;
    (void)o;
    (void)held;
    RC_TRY(rc__plain_add(p, "mean", RC_DTYPE_F32, RC_SHAPE(f->outputs), &mean));
    if (f->target == RC_PLAIN_QUANTILES) return take_quantiles(f, t->samples, mean);
    if (f->target == RC_PLAIN_POINTS) take_shares(f, t->samples, mean);
    /* Risks stay 0: they are told apart by nothing. */
    bool mean_of = f->target != RC_PLAIN_POINTS && f->target != RC_PLAIN_RISKS;
    return mean_of ? take_means(f, t->samples, mean) : RC_OK;
}

static rc_status answer(const rc_plain *p, const rc__table *t, float *out)
{
    const float *mean = rc__plain_data(p, "mean");
    for (int64_t i = 0; i < t->n; i++)
        memcpy(out + i * p->form.outputs, mean, (size_t)p->form.outputs * sizeof *mean);
    return RC_OK;
}

static rc_status verify(const rc_plain *p, int64_t d)
{
    (void)d;
    return rc__plain_expect(p, "mean", RC_DTYPE_F32, RC_SHAPE(p->form.outputs));
}

static double seconds(const rc_plain_form *f, int64_t n, int64_t asked)
{
    return 1e-8 * (double)(n + asked) * (double)(f->outputs + rc_plain_inputs(f));
}

const rc_plain_kind rc__plain_majority = {.name = "majority",
                                          .targets = RC_PLAIN_CLASSES | RC_PLAIN_LABELS | RC_PLAIN_NUMBERS |
                                                     RC_PLAIN_FIELDS | RC_PLAIN_QUANTILES | RC_PLAIN_RISKS |
                                                     RC_PLAIN_POINTS,
                                          .takes = RC__NUMBERS | RC__TEXTS,
                                          .raw = true,
                                          .seconds = seconds,
                                          .learn = learn,
                                          .answer = answer,
                                          .verify = verify};
