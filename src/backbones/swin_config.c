#include <string.h>

#include "backbones/fields.h"
#include "backbones/swin.h"

/* ---- reading ---- */

static rc_status list(const rc_json *json, const char *source, const char *key, int64_t max, int64_t *count,
                      int64_t out[RC_SWIN_STAGES])
{
    const rc_json *v = rc_json_get(json, key);
    RC_CHECK(v && rc_json_is_array(v), RC_FORMAT, "%s: \"%s\" is missing or not a list", source, key);
    size_t n = rc_json_length(v);
    RC_CHECK(n >= 1 && n <= RC_SWIN_STAGES, RC_FORMAT, "%s: \"%s\" has %zu entries; it must have 1 to %d",
             source, key, n, RC_SWIN_STAGES);
    for (size_t i = 0; i < n; i++) {
        const rc_json *e = rc_json_at(v, i);
        RC_CHECK(rc_json_is_integer(e) && rc_json_as_integer(e) >= 1 && rc_json_as_integer(e) <= max,
                 RC_FORMAT, "%s: \"%s\" entry %zu is not a whole number from 1 to %lld", source, key, i,
                 (long long)max);
        out[i] = rc_json_as_integer(e);
    }
    *count = (int64_t)n;
    return RC_OK;
}

static rc_status check_widths(const rc_swin_config *c, const char *source)
{
    for (int64_t s = 0; s < c->stages; s++)
        RC_CHECK(rc_swin_width(c, s) % c->heads[s] == 0, RC_FORMAT,
                 "%s: stage %lld has %lld channels, which %lld heads do not divide; change \"embed_dim\" or "
                 "\"num_heads\"",
                 source, (long long)s, (long long)rc_swin_width(c, s), (long long)c->heads[s]);
    return RC_OK;
}

rc_status rc_swin_config_read(const rc_json *json, const char *source, rc_swin_config *out)
{
    rc_swin_config c = {0};
    int64_t stages_of_heads;
    RC_TRY(rc__field_whole(json, source, "image_size", 1, 4096, &c.image_size));
    RC_TRY(rc__field_whole(json, source, "patch_size", 1, 64, &c.patch));
    RC_TRY(rc__field_whole(json, source, "num_channels", 1, 4096, &c.channels));
    RC_TRY(rc__field_whole(json, source, "embed_dim", 1, 4096, &c.embed));
    RC_TRY(rc__field_whole(json, source, "window_size", 1, 64, &c.window));
    RC_TRY(list(json, source, "depths", RC_SWIN_BLOCKS, &c.stages, c.depth));
    RC_TRY(list(json, source, "num_heads", 4096, &stages_of_heads, c.heads));
    RC_CHECK(stages_of_heads == c.stages, RC_FORMAT, "%s: \"depths\" has %lld entries, \"num_heads\" %lld",
             source, (long long)c.stages, (long long)stages_of_heads);
    RC_TRY(rc__field_number(json, source, "mlp_ratio", 0.25, 64, 4.0, &c.mlp_ratio));
    RC_TRY(rc__field_number(json, source, "layer_norm_eps", 1e-20, 1, 1e-5, &c.eps));
    RC_TRY(rc__field_boolean(json, source, "qkv_bias", true, &c.qkv_bias));
    RC_TRY(rc__field_only(json, source, "hidden_act", "gelu"));
    RC_TRY(rc__field_off(json, source, "use_absolute_embeddings"));
    RC_TRY(check_widths(&c, source));
    *out = c;
    return RC_OK;
}

/* ---- writing ---- */

static void write_list(rc_json *object, const char *key, int64_t n, const int64_t *values)
{
    rc_json *array = rc_json_set(object, key, rc_json_array());
    for (int64_t i = 0; i < n; i++)
        rc_json_append_integer(array, values[i]);
}

rc_json *rc_swin_config_write(const rc_swin_config *c)
{
    rc_json *j = rc_json_object();
    rc_json_set_string(j, "model_type", "swin");
    rc_json_set_integer(j, "image_size", c->image_size);
    rc_json_set_integer(j, "patch_size", c->patch);
    rc_json_set_integer(j, "num_channels", c->channels);
    rc_json_set_integer(j, "embed_dim", c->embed);
    write_list(j, "depths", c->stages, c->depth);
    write_list(j, "num_heads", c->stages, c->heads);
    rc_json_set_integer(j, "window_size", c->window);
    rc_json_set_number(j, "mlp_ratio", c->mlp_ratio);
    rc_json_set_boolean(j, "qkv_bias", c->qkv_bias);
    rc_json_set_number(j, "layer_norm_eps", c->eps);
    rc_json_set_string(j, "hidden_act", "gelu");
    return j;
}

/* ---- the known sizes ---- */

typedef struct named {
    const char *name;
    rc_swin_config config;
} named;

static const named known[] = {
    {"swin-mini", {32, 2, 3, 48, 4, 3, {2, 4, 2}, {3, 6, 12}, 4.0, 1e-5, true}},
    {"swin-tiny", {224, 4, 3, 96, 7, 4, {2, 2, 6, 2}, {3, 6, 12, 24}, 4.0, 1e-5, true}},
    {"swin-small", {224, 4, 3, 96, 7, 4, {2, 2, 18, 2}, {3, 6, 12, 24}, 4.0, 1e-5, true}},
    {"swin-base", {224, 4, 3, 128, 7, 4, {2, 2, 18, 2}, {4, 8, 16, 32}, 4.0, 1e-5, true}},
};

rc_status rc_swin_config_named(const char *name, rc_swin_config *out)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].name, name) != 0) continue;
        *out = known[i].config;
        return RC_OK;
    }
    return rc_fail(RC_CONFIG, "no Swin is called \"%s\"", name);
}

/* ---- sizes ---- */

int64_t rc_swin_width(const rc_swin_config *c, int64_t stage)
{
    return c->embed << stage;
}

int64_t rc_swin_features(const rc_swin_config *c)
{
    return rc_swin_width(c, c->stages - 1);
}

int64_t rc_swin_stride(const rc_swin_config *c)
{
    return c->patch << (c->stages - 1);
}
