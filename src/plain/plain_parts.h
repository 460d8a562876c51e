/* plain/plain_parts.h: what the predictors share. Within plain/ only. */
#ifndef RC_PLAIN_PLAIN_PARTS_H
#define RC_PLAIN_PLAIN_PARTS_H

#include "plain/plain.h"

enum { RC__MAX_ARRAYS = 16 };

/* Samples as a predictor sees them. */
typedef struct rc__table {
    int64_t n, d;
    double *z; /* [n, d]: standardised, without columns that never vary; NULL for kinds that are `raw` */
    const rc_plain_samples *samples; /* label and y: only while learning */
} rc__table;

/* What is computed from a sample in place of its own numbers. */
typedef struct rc__features {
    rc_status (*prepare)(rc_plain *p, const rc_plain_samples *train, const rc_plain_options *o);
    int64_t (*width)(const rc_plain *p);
    rc_status (*apply)(const rc_plain *p, int64_t n, const float *x, double *out); /* [n, width] */
    rc_status (*verify)(const rc_plain *p);
} rc__features;

/* What its samples may be. */
enum { RC__NUMBERS = 1, RC__TEXTS = 2 };

struct rc_plain_kind {
    const char *name;
    unsigned takes;               /* of these; 0: numbers */
    unsigned targets;             /* bits of rc_plain_target; a name may have a row for each */
    bool raw;                     /* wants x as it is, no table */
    bool one_scale;               /* its columns are divided by one deviation, not each by its own */
    bool wants_features;          /* x are meant to be a source's features */
    bool squares;                 /* numbers are fitted by the squares of errors */
    const rc__features *features; /* NULL: the numbers of the sample */
    /* Further conditions; may be NULL. */
    rc_status (*check)(const rc_plain_form *f, int64_t n);
    double (*seconds)(const rc_plain_form *f, int64_t n, int64_t asked);
    double (*bytes)(const rc_plain_form *f, int64_t n); /* beside its table; NULL: next to nothing */
    /* Learns; with held != NULL gives the predictions out of fold, if `leaves_out`: they come by the way. */
    rc_status (*learn)(rc_plain *p, const rc__table *t, const rc_plain_options *o, float *held);
    bool leaves_out;
    const struct rc__linear_loss *(*loss)(const rc_plain_form *f); /* of linear_model.h; else NULL */
    rc_status (*answer)(const rc_plain *p, const rc__table *t, float *out);
    /* Are the arrays of a stored predictor what `answer` takes them for? d: columns of its table. */
    rc_status (*verify)(const rc_plain *p, int64_t d);
};

struct rc_plain {
    const rc_plain_kind *kind;
    rc_plain_form form;
    int arrays;
    rc_plain_array array[RC__MAX_ARRAYS];
};

/* A zeroed array of the predictor's own. */
rc_status rc__plain_add(rc_plain *p, const char *name, rc_dtype dtype, rc_shape shape,
                        void *out) RC_MUST_CHECK;
/* The data of an array that is there. */
const void *rc__plain_data(const rc_plain *p, const char *name);
int64_t rc__plain_rows(const rc_plain *p, const char *name);
/* Is it there, of this type and shape (-1: any)? Real numbers must be finite. */
rc_status rc__plain_expect(const rc_plain *p, const char *name, rc_dtype dtype, rc_shape shape) RC_MUST_CHECK;
/* Are the whole numbers of an array from min to max? */
rc_status rc__plain_expect_within(const rc_plain *p, const char *name, int64_t min,
                                  int64_t max) RC_MUST_CHECK;

/* How many samples these count as; learning, each has weight. */
double rc__plain_mass(const rc_plain_samples *s);

/* columns.c: mean and deviation of each column x [n, width] of the training samples; NaN counts as the mean.
 */
rc_status rc__columns_fit(rc_plain *p, const rc_plain_samples *train, int64_t width,
                          const double *x) RC_MUST_CHECK;
int64_t rc__columns_kept(const rc_plain *p);
/* x [n, width] -> z [n, kept]. */
void rc__columns_apply(const rc_plain *p, int64_t n, int64_t width, const double *x, double *z);
rc_status rc__columns_verify(const rc_plain *p, int64_t width) RC_MUST_CHECK;

/* plain_targets.c: t [n, truths]: numbers, labels or one column a class of 0 and 1. */
void rc__targets_fill(const rc_plain_form *f, const rc_plain_samples *s, double *t);
/* Scores that lie about as 0 and 1 (of a linear fit to them) become probabilities by a slope, the one under
 * which these scores [n, outputs] explain the training samples best. */
double rc__slope_fit(const rc_plain_form *f, const rc_plain_samples *s, const double *score);
void rc__slope_apply(const rc_plain_form *f, double slope, const double *score, float *out);
/* In place; of logits. */
void rc__softmax(int64_t n, double *v);
double rc__sigmoid(double v);

/* Fold of each sample, from 0: classes are spread evenly, and groups stay together. *folds: RC_PLAIN_FOLDS,
 * less where there are fewer samples or groups. */
rc_status rc__folds_deal(const rc_plain_form *f, const rc_plain_samples *s, uint64_t seed, int32_t *fold,
                         int64_t *folds) RC_MUST_CHECK;

/* ridge.c, for the rows of the table that end in it. */
double rc__ridge_seconds(int64_t n, int64_t d, int64_t outputs);
double rc__ridge_bytes(int64_t n, int64_t d);
rc_status rc__ridge_check(const rc_plain_form *f, int64_t n) RC_MUST_CHECK;
rc_status rc__ridge_learn(rc_plain *p, const rc__table *t, const rc_plain_options *o,
                          float *held) RC_MUST_CHECK;
rc_status rc__ridge_answer(const rc_plain *p, const rc__table *t, float *out) RC_MUST_CHECK;
rc_status rc__ridge_verify(const rc_plain *p, int64_t d) RC_MUST_CHECK;

/* matrix.c: samples [n, d]. */
typedef struct rc__matrix {
    int64_t n, d;
    double *z;      /* [n, d]; NULL: sparse, of row i the entries first[i] .. first[i + 1] - 1 */
    int64_t *first; /* [n + 1] */
    int32_t *column;
    double *value;
} rc__matrix;
/* out [n, m] = rows * weight [d, m]; out [d, m] = rows turned * score [n, m]. */
void rc__matrix_times(const rc__matrix *r, int64_t m, const double *weight, double *out);
void rc__matrix_turned_times(const rc__matrix *r, int64_t m, const double *score, double *out);
/* A copy of those whose fold is, or is not, k. Free it also on failure. */
rc_status rc__matrix_of_fold(const rc__matrix *r, const int32_t *fold, int32_t k, bool is,
                             rc__matrix *out) RC_MUST_CHECK;
void rc__matrix_free(rc__matrix *r);

extern const rc_plain_kind rc__plain_majority, rc__plain_ridge, rc__plain_patches, rc__plain_logistic,
    rc__plain_points, rc__plain_svm, rc__plain_forest, rc__plain_kernels, rc__plain_ordinal,
    rc__plain_poisson, rc__plain_quantile, rc__plain_cox, rc__plain_words, rc__plain_probe;

#endif
