/* backbones/moment.h: the configuration of MOMENT (Goswami et al., "MOMENT: a family of open time-series
 * foundation models", ICML 2024): pieces of a series, each series standardised by itself, before T5's encoder
 * (t5.c). Keys and parameters have the names of the package momentfm. */
#ifndef RC_BACKBONES_MOMENT_H
#define RC_BACKBONES_MOMENT_H

#include "backbones/t5.h"

typedef struct rc_moment_config {
    rc_t5_config body; /* first, so that rc_backbone_config.t5 is it; its vocabulary is not used */
    int64_t length, patch;
    int64_t channels; /* that a token sees; MOMENT's own sees one */
    bool bias, positions;
} rc_moment_config;

rc_status rc_moment_config_read(const rc_json *json, const char *source, rc_moment_config *out) RC_MUST_CHECK;
rc_json *rc_moment_config_write(const rc_moment_config *c);
rc_status rc_moment_config_named(const char *name, rc_moment_config *out) RC_MUST_CHECK;
extern const char *const rc__moment_model_types[];
extern const char *const rc__moment_sizes[];

#endif
