#include <string.h>

#include "backbones/fields.h"
#include "backbones/moment.h"

/* The published config.json has no model_type, and says the second under model_name. */
const char *const rc__moment_model_types[] = {"moment", "MOMENT", NULL};
const char *const rc__moment_sizes[] = {"moment-small", "moment-base", "moment-large", NULL};

#define BODY(hidden, blocks, heads, inner)                                               \
    {                                                                                    \
        32128, hidden, blocks, heads, 64, inner, 32, 128, 512, 0, RC_T5_GATED_GELU, 1e-6 \
    }
static const rc_moment_config known[] = {
    {BODY(512, 8, 6, 1024), 512, 8, 1, false, true},
    {BODY(768, 12, 12, 2048), 512, 8, 1, false, true},
    {BODY(1024, 24, 16, 2816), 512, 8, 1, false, true},
};

/* ---- reading ---- */

static rc_status check(const rc_moment_config *c, const char *source, int64_t stride, int64_t width)
{
    RC_CHECK(stride == c->patch, RC_UNSUPPORTED,
             "%s: \"patch_stride_len\" is %lld and \"patch_len\" %lld; pieces that overlap are not supported",
             source, (long long)stride, (long long)c->patch);
    RC_CHECK(c->length % c->patch == 0, RC_FORMAT, "%s: \"patch_len\" %lld does not divide \"seq_len\" %lld",
             source, (long long)c->patch, (long long)c->length);
    RC_CHECK(width == c->body.hidden, RC_FORMAT, "%s: \"d_model\" is %lld, and that of \"t5_config\" %lld",
             source, (long long)width, (long long)c->body.hidden);
    return RC_OK;
}

rc_status rc_moment_config_read(const rc_json *json, const char *source, rc_moment_config *out)
{
    rc_moment_config c = {0};
    int64_t stride, width;
    const rc_json *body = rc_json_get(json, "t5_config");
    RC_CHECK(rc_json_is_object(body), RC_FORMAT,
             "%s: \"t5_config\" is missing: recraft does not know the encoder of this MOMENT", source);
    RC_TRY(rc_t5_config_read(body, source, &c.body));
    RC_TRY(rc__field_whole(json, source, "seq_len", 1, 1 << 20, &c.length));
    RC_TRY(rc__field_whole(json, source, "patch_len", 1, 1 << 20, &c.patch));
    RC_TRY(rc__field_whole_or(json, source, "patch_stride_len", 1, 1 << 20, c.patch, &stride));
    RC_TRY(rc__field_whole_or(json, source, "d_model", 1, 16384, c.body.hidden, &width));
    RC_TRY(rc__field_whole_or(json, source, "joint_channels", 1, 4096, 1, &c.channels));
    RC_TRY(rc__field_boolean(json, source, "value_embedding_bias", false, &c.bias));
    RC_TRY(rc__field_boolean(json, source, "add_positional_embedding", true, &c.positions));
    RC_TRY(rc__field_only(json, source, "transformer_type", "encoder_only"));
    RC_TRY(rc__field_off(json, source, "revin_affine"));
    RC_TRY(check(&c, source, stride, width));
    *out = c;
    return RC_OK;
}

/* ---- writing ---- */

rc_json *rc_moment_config_write(const rc_moment_config *c)
{
    rc_json *j = rc_json_object();
    rc_json_set_string(j, "model_type", rc__moment_model_types[0]);
    rc_json_set_string(j, "model_name", rc__moment_model_types[1]);
    rc_json_set_string(j, "task_name", "embedding");
    rc_json_set_string(j, "transformer_type", "encoder_only");
    rc_json_set_integer(j, "d_model", c->body.hidden);
    rc_json_set_integer(j, "seq_len", c->length);
    rc_json_set_integer(j, "patch_len", c->patch);
    rc_json_set_integer(j, "patch_stride_len", c->patch);
    if (c->channels > 1) rc_json_set_integer(j, "joint_channels", c->channels);
    rc_json_set_boolean(j, "value_embedding_bias", c->bias);
    rc_json_set_boolean(j, "add_positional_embedding", c->positions);
    rc_json_set(j, "t5_config", rc_t5_config_write(&c->body));
    return j;
}

/* ---- the known sizes ---- */

rc_status rc_moment_config_named(const char *name, rc_moment_config *out)
{
    for (int i = 0; rc__moment_sizes[i]; i++) {
        if (strcmp(rc__moment_sizes[i], name) != 0) continue;
        *out = known[i];
        return RC_OK;
    }
    return rc_fail(RC_CONFIG, "no MOMENT is called \"%s\"", name);
}
