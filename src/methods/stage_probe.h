/* methods/stage_probe.h: stage 1 judged by what it is for. Every align.probe_every epochs a closed-form probe
 * learns from the frozen body's features of some training samples and is scored on others; the parameters
 * with the smallest loss are kept, the start among them, so that stage 1 cannot spoil. */
#ifndef RC_METHODS_STAGE_PROBE_H
#define RC_METHODS_STAGE_PROBE_H

#include "training/session.h"

typedef struct rc_stage_probe {
    rc_session *s;
    const rc_part *judge_part; /* NULL: there is no probe */
    int64_t n_learn, n_judge;
    int64_t *learn, *judge; /* rows of train; of judge_part */
} rc_stage_probe;

/* Takes the first look, unless a resumed stage has. Scored on validation. Without a validation part the probe
 * learns from the training samples whose labels stage 1 sees, seen[0..n), and is scored on the others; where
 * those are too few there is no probe, and the run's notes say so. */
rc_status rc_stage_probe_create(rc_session *s, const int64_t *seen, int64_t n,
                                rc_stage_probe *out) RC_MUST_CHECK;
void rc_stage_probe_free(rc_stage_probe *p);
/* After each epoch: a look, where one is due. `epochs` are those of the stage. */
rc_status rc_stage_probe_look(const rc_stage_probe *p, int64_t epochs) RC_MUST_CHECK;
/* At the end: the best parameters back. */
rc_status rc_stage_probe_end(const rc_stage_probe *p) RC_MUST_CHECK;

#endif
