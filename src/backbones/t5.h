/* backbones/t5.h: the configuration of T5's encoder (Raffel et al., "Exploring the limits of transfer
 * learning with a unified text-to-text transformer", 2020): pre-norm transformer blocks without biases, RMS
 * norms, and a bias of the scores by the distance of two tokens, which all blocks share. Parameters have the
 * names and layouts of Hugging Face's T5EncoderModel, which those of T5's other classes include. */
#ifndef RC_BACKBONES_T5_H
#define RC_BACKBONES_T5_H

#include "formats/json.h"

enum { RC_T5_BLOCKS = 128 };

typedef enum rc_t5_feed { RC_T5_RELU, RC_T5_GATED_GELU, RC_T5_GATED_SILU, RC_T5_FEEDS } rc_t5_feed;

typedef struct rc_t5_config {
    int64_t vocabulary, hidden, blocks, heads, key; /* key: channels of a head */
    int64_t inner;             /* width between the two layers of the feed-forward part */
    int64_t buckets, distance; /* of the bias: rows of its table; where the last begins */
    int64_t longest;           /* tokens of a text; the bias itself knows no end */
    int64_t padding;           /* id of the padding token */
    rc_t5_feed feed;
    double eps;
} rc_t5_config;

rc_status rc_t5_config_read(const rc_json *json, const char *source, rc_t5_config *out) RC_MUST_CHECK;
rc_json *rc_t5_config_write(const rc_t5_config *c);
rc_status rc_t5_config_named(const char *name, rc_t5_config *out) RC_MUST_CHECK;
extern const char *const rc__t5_model_types[];
extern const char *const rc__t5_sizes[];

#endif
