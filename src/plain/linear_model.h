/* plain/linear_model.h: what is said of a sample as a linear function of its numbers: the sum of a loss over
 * the samples plus half the strength times the squared weights, by L-BFGS. The strength is chosen by
 * cross-validation, from strong to weak, each fit beginning at the one before. A loss is all that differs.
 * Within plain/ only. */
#ifndef RC_PLAIN_LINEAR_MODEL_H
#define RC_PLAIN_LINEAR_MODEL_H

#include "plain/plain_parts.h"

typedef struct rc__linear_loss rc__linear_loss;

/* A fit to some of the samples. */
typedef struct rc__linear {
    const rc_plain_form *f;
    const rc__linear_loss *loss;
    rc__matrix rows;
    const double *t;      /* [n, truths], as rc__targets_fill gives them */
    const double *weight; /* [n], of the samples; NULL: each counts once */
    double mass;          /* their sum, or n */
    double strength;
    double smooth; /* how far corners of the loss are rounded off */
    double *score; /* [n, scores] */
    int64_t *order;
    double *room; /* [n]: both for the loss */
} rc__linear;

static inline double rc__linear_weight(const rc__linear *p, int64_t i)
{
    return p->weight ? p->weight[i] : 1;
}

struct rc__linear_loss {
    /* Scores of a sample. */
    int64_t (*scores)(const rc_plain_form *f);
    /* Numbers of its own beside the weights, which no penalty holds; NULL: a bias for each score, which is in
     * it already. */
    int64_t (*own)(const rc_plain_form *f);
    /* Where these begin; NULL: at 0. */
    void (*begin)(const rc__linear *p, double *own);
    bool cornered; /* its corners are rounded off, less and less */
    /* p->order and p->room; NULL: it needs none. */
    rc_status (*prepare)(rc__linear *p);
    /* The sum over the samples. Scores become its slopes; those of its own numbers go to `slope`. */
    double (*run)(rc__linear *p, const double *own, double *slope);
    /* What is said by the scores of one sample, which may be changed. */
    void (*say)(const rc_plain_form *f, const double *own, double *score, float *out);
};

double rc__linear_seconds(const rc_plain_form *f, int64_t n, int64_t asked);
/* That learning takes beside the rows, of d numbers each: copies of them in the folds, and what is said. */
double rc__linear_bytes(const rc_plain_form *f, int64_t n, int64_t d);
/* Into the array "weight": the weights [columns, scores], and behind them the loss's own numbers. held as of
 * rc_plain_fit. f: of the samples, as this predictor sees them. */
rc_status rc__linear_learn(rc_plain *p, const rc__linear_loss *loss, const rc_plain_form *f,
                           const rc__matrix *rows, const rc_plain_samples *samples, const rc_plain_options *o,
                           float *held) RC_MUST_CHECK;
rc_status rc__linear_answer(const rc_plain *p, const rc__linear_loss *loss, const rc_plain_form *f,
                            const rc__matrix *rows, float *out) RC_MUST_CHECK;
rc_status rc__linear_verify(const rc_plain *p, const rc__linear_loss *loss, const rc_plain_form *f,
                            int64_t d) RC_MUST_CHECK;
/* For rows of the table of kinds that have a loss, on the samples of their table. */
rc_status rc__linear_table_check(const rc_plain_form *f, int64_t n) RC_MUST_CHECK;
rc_status rc__linear_table_learn(rc_plain *p, const rc__table *t, const rc_plain_options *o,
                                 float *held) RC_MUST_CHECK;
rc_status rc__linear_table_answer(const rc_plain *p, const rc__table *t, float *out) RC_MUST_CHECK;
rc_status rc__linear_table_verify(const rc_plain *p, int64_t d) RC_MUST_CHECK;
double rc__linear_table_bytes(const rc_plain_form *f, int64_t n);

/* The row of a kind that is nothing but a loss on the samples of its table; learn: rc__linear_table_learn, or
 * what calls it. */
#define RC__LINEAR_KIND(name_, targets_, check_, seconds_, loss_, learn_)                    \
    {                                                                                        \
        .name = name_, .targets = targets_, .check = check_, .seconds = seconds_,            \
        .bytes = rc__linear_table_bytes, .loss = loss_, .learn = learn_, .leaves_out = true, \
        .answer = rc__linear_table_answer, .verify = rc__linear_table_verify                 \
    }

/* logistic.c: of classes, and of labels. */
const rc__linear_loss *rc__logistic_loss(const rc_plain_form *f);

#endif
