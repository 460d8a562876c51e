/* methods/unpaired.h: a student that learns from features which a teacher has of other data. */
#ifndef RC_METHODS_UNPAIRED_H
#define RC_METHODS_UNPAIRED_H

#include "training/session.h"

typedef struct rc_unpaired rc_unpaired;
/* Whether the settings go together. */
rc_status rc_unpaired_check(const rc_config *c) RC_MUST_CHECK;
/* read [n, features]: of the training part of the teacher's data, standardised; borrowed. */
rc_status rc_unpaired_create(rc_session *s, const float *read, int64_t features,
                             rc_unpaired **out) RC_MUST_CHECK;
/* As of rc_fit_addition; context is the rc_unpaired. Told is the distance. */
rc_status rc_unpaired_add(void *context, rc_graph *g, const rc_fit_batch *b) RC_MUST_CHECK;
/* What is to be said when training has ended. */
void rc_unpaired_note(const rc_unpaired *u);
void rc_unpaired_free(rc_unpaired **u);

#endif
