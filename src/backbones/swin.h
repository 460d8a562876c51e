/* backbones/swin.h: the configuration of a Swin Transformer (Liu et al., ICCV 2021) of any size. Parameters
 * have the names and layouts of Hugging Face's SwinModel, so its checkpoints load as they are. */
#ifndef RC_BACKBONES_SWIN_H
#define RC_BACKBONES_SWIN_H

#include "formats/json.h"

enum { RC_SWIN_STAGES = 6, RC_SWIN_BLOCKS = 64 };

typedef struct rc_swin_config {
    int64_t image_size; /* the square size it was trained at */
    int64_t patch, channels /* of the image */, embed, window;
    int64_t stages, depth[RC_SWIN_STAGES], heads[RC_SWIN_STAGES];
    double mlp_ratio, eps; /* eps: of the blocks' LayerNorms and the last one */
    bool qkv_bias;
} rc_swin_config;

/* From Hugging Face's config.json keys (image_size, patch_size, num_channels, embed_dim, depths, num_heads,
 * window_size, mlp_ratio, qkv_bias, layer_norm_eps, hidden_act); every number is checked. `source` names the
 * file in messages. */
rc_status rc_swin_config_read(const rc_json *json, const char *source, rc_swin_config *out) RC_MUST_CHECK;
/* The same keys, as an object to be freed. */
rc_json *rc_swin_config_write(const rc_swin_config *c);
/* swin-tiny, swin-small, swin-base (224 x 224) and swin-mini (32 x 32). */
rc_status rc_swin_config_named(const char *name, rc_swin_config *out) RC_MUST_CHECK;

int64_t rc_swin_width(const rc_swin_config *c, int64_t stage); /* channels of a stage */
int64_t rc_swin_features(const rc_swin_config *c);             /* channels after the last stage */
int64_t rc_swin_stride(const rc_swin_config *c); /* pixels a token of the last stage covers, each way */

#endif
