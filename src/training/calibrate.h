/* training/calibrate.h: probabilities of classes that can be believed (setting fit.calibrate). */
#ifndef RC_TRAINING_CALIBRATE_H
#define RC_TRAINING_CALIBRATE_H

#include "training/session.h"

/* Of a trained model, before it is saved: its head is divided by the temperature that explains the validation
 * part best, which the result is told. Nothing where the settings do not ask for it. */
rc_status rc_calibrate(rc_session *s, rc_json *result) RC_MUST_CHECK;

#endif
