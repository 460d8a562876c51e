/* Logistic regression, multinomial for classes and one by one for labels. */
#include <math.h>

#include "plain/linear_model.h"

static int64_t outputs_of(const rc_plain_form *f)
{
    return f->outputs;
}

/* Scores become probabilities. */
static double cross_entropy(int64_t n, double *score, const double *t)
{
    double max = score[0], sum = 0, hit = 0;
    for (int64_t k = 1; k < n; k++)
        max = score[k] > max ? score[k] : max;
    for (int64_t k = 0; k < n; k++) {
        hit += t[k] * (score[k] - max);
        sum += score[k] = exp(score[k] - max);
    }
    for (int64_t k = 0; k < n; k++)
        score[k] /= sum;
    return log(sum) - hit;
}

static double binary_entropy(int64_t n, double *score, const double *t)
{
    double sum = 0;
    for (int64_t k = 0; k < n; k++) {
        double v = score[k];
        sum += (v > 0 ? v : 0) + log1p(exp(-fabs(v))) - t[k] * v;
        score[k] = rc__sigmoid(v);
    }
    return sum;
}

static double run(rc__linear *p, double (*entropy)(int64_t n, double *score, const double *t))
{
    int64_t m = p->f->outputs;
    double sum = 0;
    for (int64_t i = 0; i < p->rows.n; i++) {
        double *score = p->score + i * m, weight = rc__linear_weight(p, i);
        const double *t = p->t + i * m;
        sum += weight * entropy(m, score, t);
        for (int64_t k = 0; k < m; k++)
            score[k] = weight * (score[k] - t[k]);
    }
    return sum;
}

static double run_classes(rc__linear *p, const double *own, double *slope)
{
    (void)own;
    (void)slope;
    return run(p, cross_entropy);
}

static double run_labels(rc__linear *p, const double *own, double *slope)
{
    (void)own;
    (void)slope;
    return run(p, binary_entropy);
}

static void say_classes(const rc_plain_form *f, const double *own, double *score, float *out)
{
    (void)own;
    rc__softmax(f->outputs, score);
    for (int64_t k = 0; k < f->outputs; k++)
        out[k] = (float)score[k];
}

static void say_labels(const rc_plain_form *f, const double *own, double *score, float *out)
{
    (void)own;
    for (int64_t k = 0; k < f->outputs; k++)
        out[k] = (float)rc__sigmoid(score[k]);
}

const rc__linear_loss *rc__logistic_loss(const rc_plain_form *f)
{
    static const rc__linear_loss classes = {.scores = outputs_of, .run = run_classes, .say = say_classes},
                                 labels = {.scores = outputs_of, .run = run_labels, .say = say_labels};
    return f->target == RC_PLAIN_CLASSES ? &classes : &labels;
}

const rc_plain_kind rc__plain_logistic =
    RC__LINEAR_KIND("logistic", RC_PLAIN_CLASSES | RC_PLAIN_LABELS, rc__linear_table_check,
                    rc__linear_seconds, rc__logistic_loss, rc__linear_table_learn);
