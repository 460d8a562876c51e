/* tasks/text_model.h: which texts a model takes. */
#ifndef RC_TASKS_TEXT_MODEL_H
#define RC_TASKS_TEXT_MODEL_H

#include "backbones/backbone.h"
#include "settings/config.h"
#include "tokenizers/tokenizer.h"

/* Is this model one that takes token ids? */
bool rc_takes_text(const rc_backbone_config *backbone);
/* Is it the model's tokenizer? `place` begins the message. */
rc_status rc_text_fits(const rc_tokenizer *t, const char *place,
                       const rc_backbone_config *backbone) RC_MUST_CHECK;
/* The most tokens that model, tokenizer and the setting model.tokens allow. */
rc_status rc_text_max(const rc_config *c, const rc_tokenizer *t, const rc_backbone_config *backbone,
                      int64_t *out) RC_MUST_CHECK;

#endif
