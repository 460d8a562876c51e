/* backbones/swin_parts.h: a Swin's embedder and body, within backbones/. */
#ifndef RC_BACKBONES_SWIN_PARTS_H
#define RC_BACKBONES_SWIN_PARTS_H

#include "backbones/backbone.h"
#include "backbones/layers.h"

typedef struct rc_swin_embedder {
    int projection[2], norm[2];
    rc__patches patches;
} rc_swin_embedder;

/* Where each parameter is in the table. */
typedef struct rc_swin_block {
    int norm1[2], qkv[2], table, proj[2], norm2[2], fc1[2], fc2[2];
} rc_swin_block;

/* What depends on the token grid: index tables, made once and kept on the device. */
typedef struct rc_swin_stage_plan {
    int64_t h, w, padded_h, padded_w, window;
    rc_tensor pad, crop;  /* data NULL: nothing to pad */
    rc_tensor bias_index; /* [heads * n * n] into the table [(2W-1)^2 * heads] */
    rc_tensor merge;      /* [tokens of the next stage * 4] */
} rc_swin_stage_plan;

typedef struct rc_swin_body {
    rc_swin_config config;
    int final_norm[2];
    rc_swin_block block[RC_SWIN_STAGES][RC_SWIN_BLOCKS];
    int merge_norm[RC_SWIN_STAGES][2], merge[RC_SWIN_STAGES][2];
    rc_swin_stage_plan plan[RC_SWIN_STAGES];
} rc_swin_body;

/* Fills plan; what was made is released by rc__swin_plan_destroy, also after a failure. */
rc_status rc__swin_plan(const rc_swin_config *c, rc_device *device, int64_t h, int64_t w,
                        rc_swin_stage_plan plan[RC_SWIN_STAGES]) RC_MUST_CHECK;
void rc__swin_plan_destroy(rc_swin_stage_plan plan[RC_SWIN_STAGES]);

#endif
