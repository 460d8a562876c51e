/* backbones/series_model.h: the configuration of a transformer over pieces of a series: the embedder of
 * signals (signal.c) before BERT's body, both trained on series (generators/series.h). Nobody has published
 * one under these names; `recraft pretrain` makes them. */
#ifndef RC_BACKBONES_SERIES_MODEL_H
#define RC_BACKBONES_SERIES_MODEL_H

#include "backbones/bert.h"

typedef struct rc_series_config {
    rc_bert_config body; /* first, so that rc_backbone_config.bert is it; no vocabulary, no positions */
    int64_t channels, length, patch; /* of the series that it was trained on; points of a token */
} rc_series_config;

rc_status rc_series_config_read(const rc_json *json, const char *source, rc_series_config *out) RC_MUST_CHECK;
rc_json *rc_series_config_write(const rc_series_config *c);
rc_status rc_series_config_named(const char *name, rc_series_config *out) RC_MUST_CHECK;
extern const char *const rc__series_model_types[];
extern const char *const rc__series_sizes[];

#endif
