#include "api/body.h"

#include "backbones/model_folder.h"
#include "tasks/text_model.h"

enum { BATCH = 32 };

static rc_status series_form(const char *name, const rc_array *x, const rc_input *native, rc_input *out)
{
    char text[RC_SHAPE_TEXT];
    const int64_t *dim = x->shape.dim;
    RC_CHECK(
        x->shape.n == 3 && dim[0] >= 1 && dim[1] == native->channels && dim[2] == native->length, RC_SHAPE,
        "%s: shape %s; this backbone takes series [N, %lld, %lld]; for other forms fit a model to them, and "
        "embed by that",
        name, rc_shape_text(&x->shape, text), (long long)native->channels, (long long)native->length);
    *out = *native;
    return RC_OK;
}

static rc_status image_form(const char *name, const rc_array *x, const rc_input *native, rc_input *out)
{
    char text[RC_SHAPE_TEXT];
    const int64_t *dim = x->shape.dim;
    RC_CHECK(x->shape.n == 4 && dim[0] >= 1, RC_SHAPE,
             "%s: shape %s; this backbone takes images [N, C, H, W]", name, rc_shape_text(&x->shape, text));
    RC_CHECK(dim[1] == native->channels, RC_SHAPE, "%s: %lld channels, the backbone takes %lld", name,
             (long long)dim[1], (long long)native->channels);
    *out = (rc_input){.kind = RC_INPUT_IMAGE, .channels = dim[1], .height = dim[2], .width = dim[3]};
    return RC_OK;
}

rc_status rc__body_form(const rc_backbone_config *c, const char *name, const rc_array *x, rc_input *out)
{
    rc_input native = rc_backbone_of(c)->native_input(c);
    if (native.kind == RC_INPUT_SIGNAL) return series_form(name, x, &native, out);
    if (native.kind == RC_INPUT_IMAGE) return image_form(name, x, &native, out);
    *out = (rc_input){.kind = RC_INPUT_TOKENS, .length = x->shape.dim[1]};
    return RC_OK;
}

static rc_status open_model(const rc_backbone_config *c, const char *folder, const rc_bundle *b,
                            const rc_input *form, rc_trained *out)
{
    if (folder) return rc_model_folder_open(folder, out->device, form, &out->model);
    rc_model_spec spec = {.backbone = *c, .input = *form, .head = RC_HEAD_NONE};
    rc_weights weights = rc_bundle_weights(b);
    return rc_model_open(out->device, &spec, &weights, &out->model);
}

rc_status rc__body_open(const rc_backbone_config *c, const char *folder, const rc_bundle *b,
                        const rc_input *form, rc_trained *out)
{
    *out = (rc_trained){.device = rc_device_default(), .batch = BATCH};
    RC_TRY(open_model(c, folder, b, form, out));
    RC_TRY(rc_task_create_bare(c, form, &out->task));
    return rc_graph_create(out->device, &out->graph);
}

rc_status rc__body_tokenizer(const rc_bundle *b, rc_tokenizer **out)
{
    RC_TRY(rc_bundle_tokenizer(b, out));
    RC_CHECK(*out, RC_FORMAT, "%s: this bundle has no tokenizer; give token ids", b->name);
    return rc_text_fits(*out, b->name, &b->backbone);
}
