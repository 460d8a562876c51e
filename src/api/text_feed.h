/* api/text_feed.h: labelled texts as data of a text model. */
#ifndef RC_API_TEXT_FEED_H
#define RC_API_TEXT_FEED_H

#include "backbones/backbone.h"
#include "datasets/labelled_text.h"
#include "settings/config.h"
#include "source/bundle.h"
#include "tasks/text_model.h"

/* The tokenizer of a model folder, checked against its model. */
rc_status rc__text_tokenizer(const char *folder, const rc_backbone_config *backbone,
                             rc_tokenizer **out) RC_MUST_CHECK;
/* The settings data.* as the readers of texts take them; `c` must live as long. */
rc_text_options rc__text_options(const rc_config *c);
/* The same of texts that have no labels to be read; encoding NULL: as the settings say. */
rc_text_options rc__text_inputs(const rc_config *c, const char *encoding);
/* Opens a text data set, or makes it of a list of this name (list NULL: none), with the settings data.*;
 * tokens 0: as long as its longest text, else padded to that.
 */
rc_status rc__text_data(const rc_config *c, const char *data, const rc_text_list *list, const rc_tokenizer *t,
                        const rc_backbone_config *backbone, int64_t tokens, rc_dataset **out) RC_MUST_CHECK;

/* A target of texts, read with the tokenizer of its source; both are the caller's, on success. */
rc_status rc__text_target(const rc_config *c, const char *data, const rc_text_list *list,
                          const rc_bundle *source, rc_tokenizer **tokenizer, rc_dataset **out) RC_MUST_CHECK;

/* Token ids [N, T] of any whole type, padded at the end with the model's padding id or with RC_NO_TOKEN.
 * name: for messages. All is borrowed. Taking them checks all rows, except of what is read by pieces: those
 * are checked in their turn. */
typedef struct rc__text_ids {
    const char *name;
    const rc_array *x;
    int32_t padding;
} rc__text_ids;
rc_status rc__text_ids_take(const char *name, const rc_array *x, const rc_backbone_config *backbone,
                            rc__text_ids *out) RC_MUST_CHECK;
/* Those of row i [T], RC_NO_TOKEN behind them. */
rc_status rc__text_ids_row(const rc__text_ids *t, int64_t i, int32_t *out) RC_MUST_CHECK;

#endif
