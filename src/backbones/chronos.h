/* backbones/chronos.h: the configuration of Chronos (Ansari et al., "Chronos: learning the language of time
 * series", TMLR 2024) and Chronos-Bolt: a series scaled by itself, as tokens of single points in bins or of
 * pieces, before T5's encoder (t5.c). Keys and parameters have the names of the package chronos-forecasting.
 */
#ifndef RC_BACKBONES_CHRONOS_H
#define RC_BACKBONES_CHRONOS_H

#include "backbones/t5.h"

typedef struct rc_chronos_config {
    rc_t5_config body; /* first, so that rc_backbone_config.t5 is it; its vocabulary holds the bins */
    int64_t length;    /* points */
    bool closed;       /* a token stands at the end of every series: row 1 of the word table */
    bool bolt;
    int64_t patch; /* of Bolt: points of a token */
    int64_t bins;  /* else: how many there are, from `low` to `high`, the first of them row `first` */
    int64_t first;
    double low, high;
} rc_chronos_config;

rc_status rc_chronos_config_read(const rc_json *json, const char *source,
                                 rc_chronos_config *out) RC_MUST_CHECK;
rc_json *rc_chronos_config_write(const rc_chronos_config *c);
rc_status rc_chronos_config_named(const char *name, rc_chronos_config *out) RC_MUST_CHECK;
extern const char *const rc__chronos_model_types[];
extern const char *const rc__chronos_sizes[];

#endif
