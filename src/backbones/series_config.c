#include <string.h>

#include "backbones/fields.h"
#include "backbones/series_model.h"

const char *const rc__series_model_types[] = {"series", NULL};
const char *const rc__series_sizes[] = {"series-mini", NULL};

static const rc_series_config known[] = {
    {{.hidden = 128, .blocks = 4, .heads = 4, .inner = 512, .eps = 1e-5}, 3, 512, 16}};

/* ---- reading ---- */

rc_status rc_series_config_read(const rc_json *json, const char *source, rc_series_config *out)
{
    rc_series_config c = {.body = {.dialect = RC_BERT_BERT}};
    RC_TRY(rc__field_whole(json, source, "hidden_size", 1, 16384, &c.body.hidden));
    RC_TRY(rc__field_whole(json, source, "num_hidden_layers", 1, RC_BERT_BLOCKS, &c.body.blocks));
    RC_TRY(rc__field_whole(json, source, "num_attention_heads", 1, 1024, &c.body.heads));
    RC_TRY(rc__field_whole(json, source, "intermediate_size", 1, 131072, &c.body.inner));
    RC_TRY(rc__field_number(json, source, "layer_norm_eps", 1e-20, 1, 1e-5, &c.body.eps));
    RC_TRY(rc__field_whole(json, source, "num_channels", 1, 4096, &c.channels));
    RC_TRY(rc__field_whole(json, source, "series_length", 1, 1 << 20, &c.length));
    RC_TRY(rc__field_whole(json, source, "patch_size", 1, 1 << 20, &c.patch));
    RC_TRY(rc__field_only(json, source, "hidden_act", "gelu"));
    RC_TRY(rc__field_heads_divide(source, "hidden_size", c.body.hidden, "num_attention_heads", c.body.heads));
    RC_CHECK(c.length % c.patch == 0, RC_FORMAT,
             "%s: \"patch_size\" %lld does not divide \"series_length\" %lld", source, (long long)c.patch,
             (long long)c.length);
    *out = c;
    return RC_OK;
}

/* ---- writing ---- */

rc_json *rc_series_config_write(const rc_series_config *c)
{
    rc_json *j = rc_json_object();
    rc_json_set_string(j, "model_type", rc__series_model_types[0]);
    rc_json_set_integer(j, "hidden_size", c->body.hidden);
    rc_json_set_integer(j, "num_hidden_layers", c->body.blocks);
    rc_json_set_integer(j, "num_attention_heads", c->body.heads);
    rc_json_set_integer(j, "intermediate_size", c->body.inner);
    rc_json_set_string(j, "hidden_act", "gelu");
    rc_json_set_number(j, "layer_norm_eps", c->body.eps);
    rc_json_set_integer(j, "num_channels", c->channels);
    rc_json_set_integer(j, "series_length", c->length);
    rc_json_set_integer(j, "patch_size", c->patch);
    return j;
}

/* ---- the known sizes ---- */

rc_status rc_series_config_named(const char *name, rc_series_config *out)
{
    for (int i = 0; rc__series_sizes[i]; i++) {
        if (strcmp(rc__series_sizes[i], name) != 0) continue;
        *out = known[i];
        return RC_OK;
    }
    return rc_fail(RC_CONFIG, "no transformer of series is called \"%s\"", name);
}
