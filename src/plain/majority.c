/* The floor: what is right most often without looking at a sample. Shares of the classes or labels, the mean
 * of numbers, the mean field. */
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

static rc_status learn(rc_plain *p, const rc__table *t, const rc_plain_options *o, float *held)
{
    const rc_plain_form *f = &p->form;
    double *sum, mass = rc__plain_mass(t->samples);
    float *mean;
    (void)o;
    (void)held;
    RC_TRY(rc__plain_add(p, "mean", RC_DTYPE_F32, RC_SHAPE(f->outputs), &mean));
    RC_TRY(RC_NEW(&sum, f->outputs));
    add_up(f, t->samples, sum);
    for (int64_t k = 0; k < f->outputs; k++)
        mean[k] = (float)(sum[k] / mass);
    rc_free(sum);
    return RC_OK;
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
                                                     RC_PLAIN_FIELDS,
                                          .takes = RC__NUMBERS | RC__TEXTS,
                                          .raw = true,
                                          .seconds = seconds,
                                          .learn = learn,
                                          .answer = answer,
                                          .verify = verify};
