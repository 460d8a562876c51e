/* backbones/swin.h: Swin Transformer (Liu et al., ICCV 2021) of any size, with the parameter names and
 * layouts of Hugging Face's SwinModel, so its checkpoints load as they are. */
#ifndef RC_BACKBONES_SWIN_H
#define RC_BACKBONES_SWIN_H

#include "autodiff/params.h"
#include "formats/json.h"

enum { RC_SWIN_STAGES = 6, RC_SWIN_BLOCKS = 64 };

typedef struct rc_swin_config {
    int64_t image_size; /* the square size it was trained at */
    int64_t patch, channels /* of the image */, embed, window;
    int64_t stages, depth[RC_SWIN_STAGES], heads[RC_SWIN_STAGES];
    double mlp_ratio, eps;
    bool qkv_bias;
} rc_swin_config;

/* From Hugging Face's config.json keys (image_size, patch_size, num_channels, embed_dim, depths, num_heads,
 * window_size, mlp_ratio, qkv_bias, layer_norm_eps, hidden_act); every number is checked. `source` names the
 * file in messages. */
rc_status rc_swin_config_read(const rc_json *json, const char *source, rc_swin_config *out) RC_MUST_CHECK;
/* The same keys, as an object to be freed. */
rc_status rc_swin_config_write(const rc_swin_config *c, rc_json **out) RC_MUST_CHECK;
/* swin-tiny, swin-small, swin-base (224 x 224) and swin-mini (32 x 32). */
rc_status rc_swin_config_named(const char *name, rc_swin_config *out) RC_MUST_CHECK;

int64_t rc_swin_width(const rc_swin_config *c, int64_t stage); /* channels of a stage */
int64_t rc_swin_features(const rc_swin_config *c);             /* channels after the last stage */
int64_t rc_swin_stride(const rc_swin_config *c); /* pixels a token of the last stage covers, each way */

/* Where each parameter is in the table; first of a joined group where several are read as one. */
typedef struct rc_swin_block {
    int norm1[2], qkv, qkv_bias, table, proj[2], norm2[2], fc1[2], fc2[2]; /* [weight, bias] */
} rc_swin_block;
typedef struct rc_swin {
    rc_swin_config config;
    int projection[2], embed_norm[2], final_norm[2];
    rc_swin_block block[RC_SWIN_STAGES][RC_SWIN_BLOCKS];
    int merge_norm[RC_SWIN_STAGES][2], merge[RC_SWIN_STAGES];
} rc_swin;
/* Declare all parameters, embeddings first. The layout is that of config.channels input channels. */
rc_status rc_swin_declare(const rc_swin_config *c, rc_params *p, rc_swin *out) RC_MUST_CHECK;

/* What depends on the image's size: token grids and index tables, made once and kept on the device. */
typedef struct rc_swin_stage_plan {
    int64_t h, w, padded_h, padded_w, window;
    rc_tensor pad, crop;  /* data NULL: nothing to pad */
    rc_tensor bias_index; /* [heads * n * n] into the table [(2W-1)^2 * heads] */
    rc_tensor merge;      /* [tokens of the next stage * 4] */
} rc_swin_stage_plan;
typedef struct rc_swin_plan {
    int64_t image_h, image_w, patch_width;
    rc_tensor patches;
    rc_swin_stage_plan stage[RC_SWIN_STAGES];
} rc_swin_plan;
rc_status rc_swin_plan_create(const rc_swin_config *c, rc_device *device, int64_t image_h, int64_t image_w,
                              rc_swin_plan **out) RC_MUST_CHECK;
void rc_swin_plan_destroy(rc_swin_plan **plan);

/* x [B, channels, H, W] -> u [B, T, embed], after the embeddings' LayerNorm. */
rc_var rc_swin_embed(rc_graph *g, const rc_swin *s, rc_params *p, const rc_swin_plan *plan, rc_var x);
/* u -> the last hidden state [B, T', features], after the final LayerNorm. */
rc_var rc_swin_body(rc_graph *g, const rc_swin *s, rc_params *p, const rc_swin_plan *plan, rc_var u);

/* Floating-point operations of the matrix products of one forward pass (2 x multiplications), for `recraft
 * bench`. */
double rc_swin_flops(const rc_swin_config *c, const rc_swin_plan *plan, int64_t batch);

#endif
