/* settings/optimize.h: an optimizer and a learning-rate schedule from the settings of a stage. */
#ifndef RC_SETTINGS_OPTIMIZE_H
#define RC_SETTINGS_OPTIMIZE_H

#include "optim/optimizer.h"
#include "settings/config.h"

/* Over what is trainable in p now; p must outlive it. */
rc_status rc_config_optimizer(const rc_optimizer_config *c, rc_params *p, rc_optimizer **out) RC_MUST_CHECK;
/* For a stage of `epochs` epochs with so many optimizer steps each. */
rc_schedule rc_config_schedule(const rc_optimizer_config *c, int64_t steps_per_epoch, int64_t epochs);

#endif
