/* backbones/model_folder.h: a model folder as downloaded from a hub: config.json, and model.safetensors or
 * the shards that model.safetensors.index.json names. */
#ifndef RC_BACKBONES_MODEL_FOLDER_H
#define RC_BACKBONES_MODEL_FOLDER_H

#include "backbones/model.h"

/* The weight files of a folder, memory-mapped. */
typedef struct rc_shards rc_shards;
rc_status rc_shards_open(const char *folder, rc_shards **out) RC_MUST_CHECK;
void rc_shards_close(rc_shards **s);
/* For a family whose names begin with prefix (or lack it). The shards remember which tensors were asked for.
 */
const rc_weights *rc_shards_weights(rc_shards *s, const char *prefix);
/* Of all that is in them. */
uint64_t rc_shards_checksum(const rc_shards *s);
/* One note that lists the tensors nobody asked for, if there are any. */
void rc_shards_note_unused(const rc_shards *s);

/* model: a folder, or the name of a fetched model (base/home.h). */
rc_status rc_model_folder_config(const char *model, rc_backbone_config *out) RC_MUST_CHECK;
/* The model for this input (NULL: the one that the configuration names). It has the linear head of the
 * checkpoint where that head reads the mean of the tokens as ours does (rc_backbone.mean_head), else none. */
rc_status rc_model_folder_open(const char *model, rc_device *device, const rc_input *in,
                               rc_model **out) RC_MUST_CHECK;

#endif
