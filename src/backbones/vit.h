/* backbones/vit.h: the configuration of a Vision Transformer (Dosovitskiy et al., ICLR 2021) and its
 * relatives: DeiT (with its distillation token) and DINOv2 (layer scale, optionally SwiGLU). DINO and MAE
 * encoders that are published as "vit" are ViT. Pre-norm transformer blocks over patches and leading tokens.
 * Parameters have the names and layouts of Hugging Face's classes. */
#ifndef RC_BACKBONES_VIT_H
#define RC_BACKBONES_VIT_H

#include "formats/json.h"

enum { RC_VIT_BLOCKS = 128 };

typedef enum rc_vit_dialect { RC_VIT_VIT, RC_VIT_DEIT, RC_VIT_DINOV2, RC_VIT_DIALECTS } rc_vit_dialect;

typedef struct rc_vit_config {
    rc_vit_dialect dialect;
    int64_t image_size, patch, channels; /* the square size that the position table is for */
    int64_t hidden, blocks, heads;
    int64_t inner; /* width between the two layers of the MLP; of each half with SwiGLU */
    double eps;
    bool qkv_bias, swiglu;
} rc_vit_config;

rc_status rc_vit_config_read(const rc_json *json, const char *source, rc_vit_config *out) RC_MUST_CHECK;
rc_json *rc_vit_config_write(const rc_vit_config *c);
rc_status rc_vit_config_named(const char *name, rc_vit_config *out) RC_MUST_CHECK;
extern const char *const rc__vit_model_types[]; /* by dialect, then NULL */
extern const char *const rc__vit_sizes[];

int64_t rc_vit_extra(const rc_vit_config *c); /* leading tokens: class, distillation */
int64_t rc_vit_side(const rc_vit_config *c);  /* patches along a side of the position table */

#endif
