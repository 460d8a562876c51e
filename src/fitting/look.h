/* fitting/look.h: a target as a source sees it before any training: the model that a fit would begin with,
 * and the features that it makes. */
#ifndef RC_FITTING_LOOK_H
#define RC_FITTING_LOOK_H

#include "methods/alignment.h"
#include "settings/config.h"

typedef struct rc__look {
    rc_task *task;
    rc_model *model;
    rc_graph *graph;
    rc_alignment view;
} rc__look;

/* data: borrowed, split as it is to be. To be closed in any case. */
rc_status rc__look_open(const rc_config *c, rc_dataset *data, const rc_bundle *source,
                        rc__look *out) RC_MUST_CHECK;
void rc__look_close(rc__look *l);

#endif
