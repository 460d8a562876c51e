/* plain/plain.h: the plain predictors that a user has at hand without a foundation model, so that what one is
 * worth can be seen: arrays in, predictor out. Knows no model, no file and no task.
 *
 * To add one: a file that defines its row, and the row in plain.c. All are deterministic for a seed, whatever
 * the number of threads. */
#ifndef RC_PLAIN_PLAIN_H
#define RC_PLAIN_PLAIN_H

#include <stdbool.h>

#include "tensor/form.h"
#include "tensor/tensor.h"

typedef enum rc_plain_target {
    RC_PLAIN_CLASSES = 1,
    RC_PLAIN_LABELS = 2,     /* several labels a sample */
    RC_PLAIN_NUMBERS = 4,    /* regression */
    RC_PLAIN_FIELDS = 8,     /* dense */
    RC_PLAIN_QUANTILES = 16, /* of numbers; those of one quantile lie side by side */
    RC_PLAIN_RISKS = 32,     /* of a time, and whether it ended with the event (1) or was seen so far (0) */
    RC_PLAIN_POINTS = 64     /* classes of the points of a field, [classes, points] */
} rc_plain_target;
enum { RC_MAX_QUANTILES = 16 };

/* What a sample is, and what is said of it. */
typedef struct rc_plain_form {
    rc_plain_target target;
    int64_t outputs;   /* classes, labels, numbers; of a field, all its numbers; what else is said */
    bool ordered;      /* CLASSES: they are in order */
    bool counts;       /* NUMBERS: how often something happened */
    int64_t quantiles; /* QUANTILES */
    double quantile[RC_MAX_QUANTILES];
    int64_t point_classes; /* POINTS */
    /* Channels, height, width; of a sequence channels, length, 1; of a table 1, columns, 1. */
    int64_t x_shape[3];
    rc_form form;       /* of x; token ids have -1 behind each text */
    bool placed;        /* TEXTS: the pieces around one, -1 where there is none, each in a place of its own */
    int64_t y_shape[3]; /* FIELDS, POINTS: as x_shape */
} rc_plain_form;
/* Numbers of a sample. */
static inline int64_t rc_plain_inputs(const rc_plain_form *f)
{
    return f->x_shape[0] * f->x_shape[1] * f->x_shape[2];
}
/* And of its target. */
static inline int64_t rc_plain_truths(const rc_plain_form *f)
{
    return f->target == RC_PLAIN_QUANTILES ? f->outputs / f->quantiles
           : f->target == RC_PLAIN_RISKS   ? 2
           : f->target == RC_PLAIN_POINTS  ? f->outputs / f->point_classes
                                           : f->outputs;
}

/* Samples. NaN in x is a missing number. */
typedef struct rc_plain_samples {
    int64_t n;
    const float *x;       /* [n, inputs] */
    const int32_t *label; /* [n], CLASSES */
    const float *y;       /* [n, truths], others; POINTS: NaN where it is not known */
    const int64_t *group; /* [n], from 0: those of one number are left out together; NULL: each by itself */
    const double *weight; /* [n], not negative, of mean 1: a sample counts as so many; NULL: each as one */
    const int32_t *ids;   /* [n, inputs], of text: in place of x */
} rc_plain_samples;

static inline double rc_plain_weight(const rc_plain_samples *s, int64_t i)
{
    return s->weight ? s->weight[i] : 1.0;
}

enum { RC_PLAIN_VERSIONS = 8 };
typedef struct rc_plain_options {
    uint64_t seed;
    double strength; /* of the penalty on the weights (ridge, logistic); 0: chosen */
    int64_t trees;   /* forest; 0: 300 */
    int versions;    /* ridge, probe: of every sample there are so many, at most RC_PLAIN_VERSIONS: all of the
                        first in the first rows, then all of the second; they are left out together; 0: one */
} rc_plain_options;

typedef struct rc_plain rc_plain;
typedef struct rc_plain_kind rc_plain_kind;

/* Names in the order of the table; NULL beyond the last. */
const char *rc_plain_name(int i);

/* Does the predictor of this name serve such samples, n of them to learn from? The message says why not. */
rc_status rc_plain_check(const char *name, const rc_plain_form *f, int64_t n) RC_MUST_CHECK;
/* About how long it takes on a core of today: to learn from n samples and to speak of `asked` others. For the
 * decision whether to wait. */
double rc_plain_seconds(const char *name, const rc_plain_form *f, int64_t n, int64_t asked);
/* About how many bytes learning from n samples takes, the samples as numbers among them, or asking it about
 * them, whichever is more. */
double rc_plain_bytes(const char *name, const rc_plain_form *f, int64_t n);
/* Is it meant for features of a frozen source, not for the samples? */
bool rc_plain_wants_features(const char *name);
/* Weights count in what is learnt, and in the strength and sureness that are chosen; the convolutions of
 * "kernels" are the same with and without. held (may be NULL): what is said of each training sample by a
 * predictor that has not learnt from it, nor from its fold. The folds are the same for all predictors, so
 * that they can be compared; so many further fits, each to the other folds, are the price. */
enum { RC_PLAIN_FOLDS = 5 };
typedef struct rc_plain_held {
    float *said;    /* [n, outputs], given */
    double seconds; /* that it took beside the fit itself */
} rc_plain_held;
rc_status rc_plain_fit(const char *name, const rc_plain_form *f, const rc_plain_samples *train,
                       const rc_plain_options *o, rc_plain_held *held, rc_plain **out) RC_MUST_CHECK;
/* out [n, outputs]: probabilities of classes, which sum to 1; of each label its own; numbers and quantiles as
 * they are; rates, above 0; logarithms of risks. */
rc_status rc_plain_predict(const rc_plain *p, int64_t n, const float *x, float *out) RC_MUST_CHECK;
rc_status rc_plain_predict_texts(const rc_plain *p, int64_t n, const int32_t *ids, float *out) RC_MUST_CHECK;
/* What a linear predictor ("ridge", "probe") says of x before it becomes probabilities, as one matrix over x
 * as it is: logits of classes and labels, numbers as they are. weight [outputs, inputs], bias [outputs]. */
void rc_plain_linear(const rc_plain *p, float *weight, float *bias);
void rc_plain_destroy(rc_plain **p);
const char *rc_plain_name_of(const rc_plain *p);
const rc_plain_form *rc_plain_form_of(const rc_plain *p);

/* A fitted predictor is a list of named arrays; made again from them, it says the same. */
enum { RC_PLAIN_NAME = 32 };
typedef struct rc_plain_array {
    char name[RC_PLAIN_NAME];
    rc_dtype dtype; /* F32, F64 or I32 */
    rc_shape shape;
    void *data;
} rc_plain_array;
int rc_plain_arrays(const rc_plain *p, const rc_plain_array **out);
/* The arrays are checked and copied. */
rc_status rc_plain_restore(const char *name, const rc_plain_form *f, int n, const rc_plain_array *array,
                           rc_plain **out) RC_MUST_CHECK;

#endif
