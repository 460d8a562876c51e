/* Linear quantile regression (Koenker and Bassett 1978). With e = y minus what is said, the loss of quantile
 * q is max(q e, (q - 1) e); its corner is rounded off as q e + h log(1 + exp(-e / h)) (Zheng 2011). */
#include <math.h>

#include "base/memory.h"
#include "plain/linear_model.h"

static int64_t outputs_of(const rc_plain_form *f)
{
    return f->outputs;
}

static double run(rc__linear *p, const double *own, double *slope)
{
    int64_t m = p->f->outputs, numbers = rc_plain_truths(p->f);
    double h = p->smooth, sum = 0;
    (void)own;
    (void)slope;
    for (int64_t i = 0; i < p->rows.n * m; i++) {
        int64_t sample = i / m, k = i % m;
        double weight = rc__linear_weight(p, sample), q = p->f->quantile[k / numbers];
        double e = p->t[sample * numbers + k % numbers] - p->score[i];
        sum += weight * (q * e + fmax(-e, 0) + h * log1p(exp(-fabs(e) / h)));
        p->score[i] = weight * (rc__sigmoid(-e / h) - q);
    }
    return sum;
}

static void say(const rc_plain_form *f, const double *own, double *score, float *out)
{
    (void)own;
    for (int64_t k = 0; k < f->outputs; k++)
        out[k] = (float)score[k];
}

static const rc__linear_loss *loss(const rc_plain_form *f)
{
    static const rc__linear_loss quantiles = {.scores = outputs_of, .cornered = true, .run = run, .say = say};
    (void)f;
    return &quantiles;
}

/* ---- targets of mean 0 and deviation 1, as strengths and corners are meant ---- */

static void measure(const rc_plain_samples *s, int64_t numbers, int64_t k, double *mean, double *deviation)
{
    double sum = 0, squares = 0, mass = rc__plain_mass(s);
    for (int64_t i = 0; i < s->n; i++)
        sum += rc_plain_weight(s, i) * (double)s->y[i * numbers + k];
    *mean = sum / mass;
    for (int64_t i = 0; i < s->n; i++) {
        double off = (double)s->y[i * numbers + k] - *mean;
        squares += rc_plain_weight(s, i) * off * off;
    }
    *deviation = squares > 0 ? sqrt(squares / mass) : 1;
}

static rc_status learn(rc_plain *p, const rc__table *t, const rc_plain_options *o, float *held)
{
    int64_t numbers = rc_plain_truths(&p->form), m = p->form.outputs;
    rc_plain_samples scaled = *t->samples;
    rc__table table = {t->n, t->d, t->z, &scaled};
    double *mean, *deviation;
    float *y = NULL;
    RC_TRY(RC_NEW_RAW(&mean, 2 * numbers));
    deviation = mean + numbers;
    rc_status status = RC_NEW_RAW(&y, scaled.n * numbers);
    for (int64_t k = 0; k < numbers && status == RC_OK; k++) {
        measure(t->samples, numbers, k, &mean[k], &deviation[k]);
        for (int64_t i = k; i < scaled.n * numbers; i += numbers)
            y[i] = (float)(((double)t->samples->y[i] - mean[k]) / deviation[k]);
    }
    scaled.y = y;
    if (status == RC_OK) status = rc__linear_table_learn(p, &table, o, held);
    double *weight = status == RC_OK ? (double *)(uintptr_t)rc__plain_data(p, "weight") : NULL;
    for (int64_t i = 0; i < (t->d + 1) * m && weight; i++)
        weight[i] = weight[i] * deviation[i % m % numbers] + (i < t->d * m ? 0 : mean[i % m % numbers]);
    for (int64_t i = 0; i < scaled.n * m && weight && held; i++)
        held[i] = (float)((double)held[i] * deviation[i % m % numbers] + mean[i % m % numbers]);
    rc_free(y);
    rc_free(mean);
    return status;
}

/* Each width of the corner is a fit of its own. */
static double seconds(const rc_plain_form *f, int64_t n, int64_t asked)
{
    return 5 * rc__linear_seconds(f, n, asked);
}

const rc_plain_kind rc__plain_quantile =
    RC__LINEAR_KIND("quantile", RC_PLAIN_QUANTILES, rc__linear_table_check, seconds, loss, learn);
