/* training/examples.h: the score of the test part, and examples of it for the report. */
#ifndef RC_TRAINING_EXAMPLES_H
#define RC_TRAINING_EXAMPLES_H

#include "training/session.h"

/* Keeps examples.safetensors. interval: as of rc_evaluation. */
rc_status rc_score_test(rc_session *s, rc_score *score, double interval[2]) RC_MUST_CHECK;

#endif
