/* training/threshold.h: from what probability on the second of two classes is said. */
#ifndef RC_TRAINING_THRESHOLD_H
#define RC_TRAINING_THRESHOLD_H

#include "training/session.h"

/* As fit.threshold says, on the validation part; becomes part of the task. */
rc_status rc_choose_threshold(rc_session *s) RC_MUST_CHECK;
/* Of n samples with the probability p of the second class and their labels: between which two of them the
 * most is reached; of equal ones the nearest to one half. */
rc_status rc_best_threshold(rc_threshold chosen, int64_t n, const float *p, const int32_t *label,
                            double *out) RC_MUST_CHECK;

#endif
