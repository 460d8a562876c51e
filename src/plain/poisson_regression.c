/* Poisson regression of counts: the logarithm of the rate is linear. */
#include <math.h>

#include "plain/linear_model.h"

/* Further away a float would not hold the rate. */
static const double HIGHEST = 80;

static int64_t outputs_of(const rc_plain_form *f)
{
    return f->outputs;
}

/* At the mean rate. */
static void begin(const rc__linear *p, double *bias)
{
    for (int64_t k = 0; k < p->f->outputs; k++) {
        double sum = 0;
        for (int64_t i = 0; i < p->rows.n; i++)
            sum += rc__linear_weight(p, i) * p->t[i * p->f->outputs + k];
        bias[k] = log(fmax(sum / p->mass, 1e-3));
    }
}

static double run(rc__linear *p, const double *own, double *slope)
{
    double sum = 0;
    (void)own;
    (void)slope;
    for (int64_t i = 0; i < p->rows.n * p->f->outputs; i++) {
        double weight = rc__linear_weight(p, i / p->f->outputs), rate = exp(p->score[i]);
        sum += weight * (rate - p->t[i] * p->score[i]);
        p->score[i] = weight * (rate - p->t[i]);
    }
    return sum;
}

static void say(const rc_plain_form *f, const double *own, double *score, float *out)
{
    (void)own;
    for (int64_t k = 0; k < f->outputs; k++)
        out[k] = (float)exp(fmin(score[k], HIGHEST));
}

static const rc__linear_loss *loss(const rc_plain_form *f)
{
    static const rc__linear_loss counts = {.scores = outputs_of, .begin = begin, .run = run, .say = say};
    (void)f;
    return &counts;
}

static rc_status check(const rc_plain_form *f, int64_t n)
{
    RC_CHECK(f->counts, RC_UNSUPPORTED, "poisson is for counts (fit.loss=poisson)");
    return rc__linear_table_check(f, n);
}

const rc_plain_kind rc__plain_poisson =
    RC__LINEAR_KIND("poisson", RC_PLAIN_NUMBERS, check, rc__linear_seconds, loss, rc__linear_table_learn);
