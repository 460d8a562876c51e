/* training/rehearsal.h: how long a training is going to take, from a few steps of it. A session with a
 * rehearsal goes through the stages of its method as any other, with all the memory that they need; but of
 * what is done over and over it does only as much as can be timed. Its model is spent afterwards. */
#ifndef RC_TRAINING_REHEARSAL_H
#define RC_TRAINING_REHEARSAL_H

#include "training/session.h"

typedef struct rc_rehearsed {
    rc_stage stage;
    int64_t epochs, steps; /* steps of the optimizer in all */
    double seconds;
} rc_rehearsed;

struct rc_rehearsal {
    int stages;
    rc_rehearsed stage[RC_SESSION_STAGES];
    double pass;            /* seconds of a batch without gradients; 0: not timed yet */
    double test, opponents; /* seconds of the end */
    size_t activations;     /* bytes of the largest step */
    double closed_form;     /* bytes that a predictor in closed form needs beside it, before and */
    double plain;           /* behind the training */
    int64_t parameters, trainable;
};

/* Mean seconds of run(context), which is called until there is a steady figure; not more often than the
 * training itself is going to, which is `times`. */
rc_status rc_rehearse(rc_session *s, int64_t times, rc_status (*run)(void *context), void *context,
                      double *seconds) RC_MUST_CHECK;
/* In place of rc_session_epochs: one optimizer step an epoch. */
rc_status rc_rehearse_epochs(rc_session *s, int64_t epochs, rc_status (*run)(void *context),
                             void *context) RC_MUST_CHECK;
/* Seconds of the forward pass of so many samples; of reading n for a closed form, fitting it, and asking it.
 */
rc_status rc_rehearse_passes(rc_session *s, int64_t samples, double *seconds) RC_MUST_CHECK;
rc_status rc_rehearse_readout(rc_session *s, int64_t n, int64_t asked, double *seconds) RC_MUST_CHECK;
/* To the stage that was begun last: what is expected of it, beside what it has taken so far. */
void rc_rehearsal_add(rc_session *s, int64_t epochs, int64_t steps, double seconds);
/* After the stages: what ends a run. */
rc_status rc_rehearse_end(rc_session *s) RC_MUST_CHECK;

#endif
