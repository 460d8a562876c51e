/* training/partial.h: which part of a model learns (settings fit.train, fit.embedder, fit.last_blocks,
 * fit.lora_*). */
#ifndef RC_TRAINING_PARTIAL_H
#define RC_TRAINING_PARTIAL_H

#include "backbones/model.h"
#include "settings/config.h"

/* Before the model is made: the adapters it will have. */
rc_status rc_partial_adapters(const rc_config *c, rc_lora *out) RC_MUST_CHECK;
/* Before that: the settings become those of adapters that there are (fit.lora_from). What was asked for and
 * is another is refused. */
rc_status rc_partial_follow(rc_config *c, const rc_lora *found) RC_MUST_CHECK;
/* How fast each parameter learns from this epoch on (fit.body_rate, layer_decay, body_after), and whether it
 * decays (fit.decay_of). */
void rc_partial_rates(const rc_config *c, int64_t epoch, rc_model *m);
/* Sets what is trainable; train: as fit.train, of which a method may think otherwise. Fails where it does not
 * fit the model. */
rc_status rc_partial_apply(const rc_config *c, rc_train train, rc_model *m) RC_MUST_CHECK;

#endif
