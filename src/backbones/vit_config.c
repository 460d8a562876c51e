#include <math.h>
#include <string.h>

#include "backbones/fields.h"
#include "backbones/vit.h"

const char *const rc__vit_model_types[] = {
    [RC_VIT_VIT] = "vit", [RC_VIT_DEIT] = "deit", [RC_VIT_DINOV2] = "dinov2", [RC_VIT_DIALECTS] = NULL};

static const double MIN_RATIO = 0.25, MAX_RATIO = 64; /* of the MLP's width to the model's */

/* ---- reading ---- */

static rc_status read_dialect(const rc_json *json, const char *source, rc_vit_dialect *out)
{
    const char *type = rc_json_string(json, "model_type", "");
    for (int i = 0; i < RC_VIT_DIALECTS; i++) {
        if (strcmp(type, rc__vit_model_types[i]) != 0) continue;
        *out = (rc_vit_dialect)i;
        return RC_OK;
    }
    return rc_fail(RC_UNSUPPORTED, "%s: \"model_type\" \"%.60s\" is not a ViT", source, type);
}

/* DINOv2 gives a ratio; SwiGLU keeps two thirds of it, rounded up to a multiple of 8. */
static rc_status read_inner(const rc_json *json, const char *source, rc_vit_config *c)
{
    double ratio;
    if (c->dialect != RC_VIT_DINOV2)
        return rc__field_whole(json, source, "intermediate_size", 1, 131072, &c->inner);
    RC_TRY(rc__field_number(json, source, "mlp_ratio", MIN_RATIO, MAX_RATIO, 4, &ratio));
    RC_TRY(rc__field_boolean(json, source, "use_swiglu_ffn", false, &c->swiglu));
    c->inner = (int64_t)((double)c->hidden * ratio);
    if (c->swiglu) c->inner = (c->inner * 2 / 3 + 7) / 8 * 8;
    RC_CHECK(c->inner >= 1, RC_FORMAT, "%s: \"mlp_ratio\" leaves no channel in the MLP", source);
    return RC_OK;
}

rc_status rc_vit_config_read(const rc_json *json, const char *source, rc_vit_config *out)
{
    rc_vit_config c = {0};
    RC_TRY(read_dialect(json, source, &c.dialect));
    RC_TRY(rc__field_whole(json, source, "image_size", 1, 4096, &c.image_size));
    RC_TRY(rc__field_whole(json, source, "patch_size", 1, 256, &c.patch));
    RC_TRY(rc__field_whole_or(json, source, "num_channels", 1, 4096, 3, &c.channels));
    RC_TRY(rc__field_whole(json, source, "hidden_size", 1, 16384, &c.hidden));
    RC_TRY(rc__field_whole(json, source, "num_hidden_layers", 1, RC_VIT_BLOCKS, &c.blocks));
    RC_TRY(rc__field_whole(json, source, "num_attention_heads", 1, 1024, &c.heads));
    RC_TRY(read_inner(json, source, &c));
    RC_TRY(rc__field_number(json, source, "layer_norm_eps", 1e-20, 1,
                            c.dialect == RC_VIT_DINOV2 ? 1e-6 : 1e-12, &c.eps));
    RC_TRY(rc__field_boolean(json, source, "qkv_bias", true, &c.qkv_bias));
    RC_TRY(rc__field_only(json, source, "hidden_act", "gelu"));
    RC_TRY(rc__field_heads_divide(source, "hidden_size", c.hidden, "num_attention_heads", c.heads));
    RC_CHECK(c.patch <= c.image_size, RC_FORMAT, "%s: \"patch_size\" %lld is larger than \"image_size\" %lld",
             source, (long long)c.patch, (long long)c.image_size);
    *out = c;
    return RC_OK;
}

/* ---- writing ---- */

/* A ratio that gives `inner` back: the reader rounds the product down, so one that is not whole aims at the
 * middle. SwiGLU's rounding up to 8 forgives more. */
static double ratio_of(const rc_vit_config *c)
{
    double hidden = (double)c->hidden, inner = (double)c->inner;
    double ratio = c->swiglu ? inner * 3 / 2 / hidden : (inner + (c->inner % c->hidden ? 0.5 : 0)) / hidden;
    return ratio < MIN_RATIO ? MIN_RATIO : ratio > MAX_RATIO ? MAX_RATIO : ratio;
}

/* transformers takes a whole number here, and refuses 2.0. */
static void set_ratio(rc_json *j, double ratio)
{
    if (ratio == floor(ratio))
        rc_json_set_integer(j, "mlp_ratio", (int64_t)ratio);
    else
        rc_json_set_number(j, "mlp_ratio", ratio);
}

rc_json *rc_vit_config_write(const rc_vit_config *c)
{
    rc_json *j = rc_json_object();
    rc_json_set_string(j, "model_type", rc__vit_model_types[c->dialect]);
    rc_json_set_integer(j, "image_size", c->image_size);
    rc_json_set_integer(j, "patch_size", c->patch);
    rc_json_set_integer(j, "num_channels", c->channels);
    rc_json_set_integer(j, "hidden_size", c->hidden);
    rc_json_set_integer(j, "num_hidden_layers", c->blocks);
    rc_json_set_integer(j, "num_attention_heads", c->heads);
    if (c->dialect == RC_VIT_DINOV2) {
        set_ratio(j, ratio_of(c));
        rc_json_set_boolean(j, "use_swiglu_ffn", c->swiglu);
    } else {
        rc_json_set_integer(j, "intermediate_size", c->inner);
    }
    rc_json_set_boolean(j, "qkv_bias", c->qkv_bias);
    rc_json_set_string(j, "hidden_act", "gelu");
    rc_json_set_number(j, "layer_norm_eps", c->eps);
    return j;
}

/* ---- the known sizes ---- */

const char *const rc__vit_sizes[] = {"vit-base",     "vit-large",   "deit-small",   "deit-base",
                                     "dinov2-small", "dinov2-base", "dinov2-giant", NULL};

static const rc_vit_config known[] = {
    {RC_VIT_VIT, 224, 16, 3, 768, 12, 12, 3072, 1e-12, true, false},
    {RC_VIT_VIT, 224, 16, 3, 1024, 24, 16, 4096, 1e-12, true, false},
    {RC_VIT_DEIT, 224, 16, 3, 384, 12, 6, 1536, 1e-12, true, false},
    {RC_VIT_DEIT, 224, 16, 3, 768, 12, 12, 3072, 1e-12, true, false},
    {RC_VIT_DINOV2, 518, 14, 3, 384, 12, 6, 1536, 1e-6, true, false},
    {RC_VIT_DINOV2, 518, 14, 3, 768, 12, 12, 3072, 1e-6, true, false},
    {RC_VIT_DINOV2, 518, 14, 3, 1536, 40, 24, 4096, 1e-6, true, true},
};

rc_status rc_vit_config_named(const char *name, rc_vit_config *out)
{
    for (int i = 0; rc__vit_sizes[i]; i++) {
        if (strcmp(rc__vit_sizes[i], name) != 0) continue;
        *out = known[i];
        return RC_OK;
    }
    return rc_fail(RC_CONFIG, "no ViT is called \"%s\"", name);
}

/* ---- sizes ---- */

int64_t rc_vit_extra(const rc_vit_config *c)
{
    return c->dialect == RC_VIT_DEIT ? 2 : 1;
}

int64_t rc_vit_side(const rc_vit_config *c)
{
    return c->image_size / c->patch;
}
