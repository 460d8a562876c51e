/* backbones/model.h: a whole model: embedder, body and head around one parameter block.
 *
 * The embedder is the backbone's own input layer, with as many input channels as the data have. Heads:
 * "linear" (mean over the last hidden state's tokens, then a linear layer: classes, labels or numbers) and
 * "dense" (the masked-image decoder of SwinForMaskedImageModeling: 1x1 convolution to stride^2 * 3 channels,
 * pixel shuffle, then means over channels and adaptive cells down to the target's grid). Parameter names are
 * Hugging Face's: "swin....", "classifier.*", "decoder.0.*". */
#ifndef RC_BACKBONES_MODEL_H
#define RC_BACKBONES_MODEL_H

#include "backbones/swin.h"
#include "formats/safetensors.h"

typedef enum rc_head_kind { RC_HEAD_NONE, RC_HEAD_LINEAR, RC_HEAD_DENSE } rc_head_kind;

typedef struct rc_model_spec {
    rc_swin_config swin;      /* channels: of the data */
    int64_t image_h, image_w; /* what the embedder is given (data are resized to it) */
    rc_head_kind head;
    int64_t outputs;      /* LINEAR */
    int64_t out_shape[3]; /* DENSE: channels, height, width */
} rc_model_spec;

typedef struct rc_model {
    rc_model_spec spec;
    rc_device *device;
    rc_params *params;
    rc_swin swin;
    rc_swin_plan *plan;
    int head[2];       /* weight, bias */
    rc_tensor shuffle; /* DENSE: index table of the pixel shuffle */
} rc_model;

rc_status rc_model_create(rc_device *device, const rc_model_spec *spec, rc_model **out) RC_MUST_CHECK;
void rc_model_destroy(rc_model **m);

rc_var rc_model_embed(rc_graph *g, rc_model *m, rc_var x);     /* [B,C,H,W] -> u [B,T,C0] */
rc_var rc_model_body(rc_graph *g, rc_model *m, rc_var u);      /* -> [B,T',F] */
rc_var rc_model_head(rc_graph *g, rc_model *m, rc_var tokens); /* -> [B,outputs] or [B, out_shape] */
rc_var rc_model_forward(rc_graph *g, rc_model *m, rc_var x);

/* Set parameter values from a file, by name. Every parameter whose name starts with `prefix` must be there
 * with its shape; those of other names are left alone. Names in the file that nothing uses are counted into
 * *unused (may be NULL). */
rc_status rc_model_load(rc_model *m, const rc_safetensors *file, const char *file_name, const char *prefix,
                        int64_t *unused) RC_MUST_CHECK;
/* The embedder of a new modality: the source's patch projection with its input channels repeated and cut to
 * this model's, bias and LayerNorm copied. */
rc_status rc_model_adopt_embedder(rc_model *m, const rc_safetensors *file,
                                  const char *file_name) RC_MUST_CHECK;
/* All parameters into a writer, stored as the given type. */
rc_status rc_model_store(rc_model *m, rc_safetensors_writer *w, rc_dtype stored) RC_MUST_CHECK;

rc_status rc_model_spec_write(const rc_model_spec *s, rc_json **out) RC_MUST_CHECK;
rc_status rc_model_spec_read(const rc_json *json, const char *source, rc_model_spec *out) RC_MUST_CHECK;

#endif
