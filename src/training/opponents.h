/* training/opponents.h: what a user would have without the model: plain predictors, fitted to the training
 * part of a run and scored beside it. */
#ifndef RC_TRAINING_OPPONENTS_H
#define RC_TRAINING_OPPONENTS_H

#include "training/session.h"

/* Into result's "opponents", by name: "valid", "test", "seconds", or "skipped" with the reason; and in one
 * line to the person who waits. Each takes some seconds at most. Where the run has learnt from the validation
 * samples too, so do they before they are scored on test. valid: the run's own score. Of several ranks rank 0
 * does it, and alone has them in its result. */
rc_status rc_opponents_add(rc_session *s, double valid, rc_json *result) RC_MUST_CHECK;
/* About how long that takes, and how many bytes. */
rc_status rc_opponents_foresee(rc_session *s, double *seconds, double *bytes) RC_MUST_CHECK;

#endif
