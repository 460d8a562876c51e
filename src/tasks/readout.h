/* tasks/readout.h: what a head may read of samples, as a frozen model gives it, beside their targets: the
 * ground of closed-form predictors on features. Of samples of words there is none. */
#ifndef RC_TASKS_READOUT_H
#define RC_TASKS_READOUT_H

#include "tasks/task.h"

/* x is what a linear head reads; for a dense head all tokens side by side, and y some points of the field. */
typedef struct rc_readout {
    rc_plain_form form;
    int64_t n;
    float *x, *y; /* [n, inputs]; [n, outputs] of numbers and labels */
    int32_t *label;
    int64_t *group; /* [n]: of the samples, as the part has them */
    double *weight; /* [n], of mean 1; NULL: all the same */
    int versions;   /* of each sample, one behind the other; 0: one */
} rc_readout;

bool rc_readout_serves(const rc_model *m);
/* At most so many samples, of which the numbers that are read have room in memory and time. */
int64_t rc_readout_max(const rc_model *m, int64_t samples);
/* Samples order[0..n) of a part, of the model as it is, so many at once. */
rc_status rc_readout_take(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part,
                          const int64_t *order, int64_t n, int64_t batch, rc_readout *out) RC_MUST_CHECK;
void rc_readout_free(rc_readout *r);
/* Ridge regression on what is read, its strength chosen by leaving samples out; held as of rc_plain_fit. */
rc_status rc_readout_fit(const rc_readout *r, uint64_t seed, rc_plain_held *held,
                         rc_plain **out) RC_MUST_CHECK;
/* The loss of answers [n, outputs], mean over samples: cross-entropy of classes and labels, squared error of
 * numbers. */
double rc_readout_loss_of(const rc_readout *r, const float *said);
rc_status rc_readout_loss(const rc_readout *r, const rc_plain *p, double *out) RC_MUST_CHECK;

#endif
