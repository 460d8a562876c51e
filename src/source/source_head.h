/* source/source_head.h: the arithmetic of a linear head on rows of features, on the host: cross-entropy, its
 * slope in the features, and the gradients in the head's weight and bias (the formulas of recalibrate.h).
 *
 * A row is what the head reads: the pooled tokens of a sample, or a token where words are labelled. */
#ifndef RC_SOURCE_SOURCE_HEAD_H
#define RC_SOURCE_SOURCE_HEAD_H

#include "backbones/model.h"

typedef struct rc_head_rows {
    int64_t rows, k, f; /* rows, classes, features */
    int32_t *label;     /* [rows], -1: none; such rows count nothing and get no slope */
    float *share;       /* [rows]: what a row's loss counts: 1, or 1 / the labelled words of its sample */
    float *weight, *bias, *features;
    float *p, *delta; /* [rows, k]: softmax, and less the one-hot label */
    float *v;         /* [rows, f]: share W^T delta, the loss's slope in the features */
    float *a;         /* [rows, f]: (df/du) t, the penalty's slope in v */
    float *block;     /* all numbers of the above */
    double *loss;     /* [rows], times its share */
    int64_t counted, correct;
} rc_head_rows;

/* Room for `rows` rows, and the head as it is now. */
rc_status rc_head_rows_create(rc_model *m, int64_t rows, rc_head_rows *out) RC_MUST_CHECK;
void rc_head_rows_free(rc_head_rows *h);
/* p, delta, loss and counts from features and labels, and v if asked for; returns the sum of losses. */
double rc_head_forward(rc_head_rows *h, bool slope);
/* Adds to weight [k, f] and bias [k] the gradients of (1 / n) times the sum of losses, and with_a those of
 * the penalty. p is overwritten. */
void rc_head_gradients(rc_head_rows *h, int64_t n, bool with_a, float *weight, float *bias);

#endif
