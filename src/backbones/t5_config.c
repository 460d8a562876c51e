#include <string.h>

#include "backbones/fields.h"
#include "backbones/t5.h"

const char *const rc__t5_model_types[] = {"t5", NULL};
const char *const rc__t5_sizes[] = {"t5-small", "t5-base", "flan-t5-small", "flan-t5-base", NULL};

static const rc_t5_config known[] = {
    {32128, 512, 6, 8, 64, 2048, 32, 128, 512, 0, RC_T5_RELU, 1e-6},
    {32128, 768, 12, 12, 64, 3072, 32, 128, 512, 0, RC_T5_RELU, 1e-6},
    {32128, 512, 8, 6, 64, 1024, 32, 128, 512, 0, RC_T5_GATED_GELU, 1e-6},
    {32128, 768, 12, 12, 64, 2048, 32, 128, 512, 0, RC_T5_GATED_GELU, 1e-6},
};

/* As feed_forward_proj names them. */
static const char *const feeds[RC_T5_FEEDS] = {"relu", "gated-gelu", "gated-silu"};

/* ---- reading ---- */

static rc_status read_feed(const rc_json *json, const char *source, rc_t5_feed *out)
{
    const char *text =
        rc_json_string(json, "feed_forward_proj", rc_json_get(json, "feed_forward_proj") ? "" : "relu");
    for (int i = 0; i < RC_T5_FEEDS; i++) {
        if (strcmp(text, feeds[i]) != 0) continue;
        *out = (rc_t5_feed)i;
        return RC_OK;
    }
    return rc_fail(RC_UNSUPPORTED, "%s: \"feed_forward_proj\" is \"%.60s\"; supported: %s, %s, %s", source,
                   text, feeds[0], feeds[1], feeds[2]);
}

static rc_status check(const rc_t5_config *c, const char *source)
{
    RC_CHECK(c->padding < c->vocabulary, RC_FORMAT,
             "%s: \"pad_token_id\" is %lld, outside the vocabulary of %lld", source, (long long)c->padding,
             (long long)c->vocabulary);
    RC_CHECK(
        c->distance > c->buckets / 4, RC_FORMAT,
        "%s: \"relative_attention_max_distance\" is %lld; %lld \"relative_attention_num_buckets\" need more "
        "than %lld",
        source, (long long)c->distance, (long long)c->buckets, (long long)(c->buckets / 4));
    return RC_OK;
}

rc_status rc_t5_config_read(const rc_json *json, const char *source, rc_t5_config *out)
{
    rc_t5_config c = {0};
    RC_TRY(rc__field_whole(json, source, "vocab_size", 1, RC__MAX_VOCABULARY, &c.vocabulary));
    RC_TRY(rc__field_whole(json, source, "d_model", 1, 16384, &c.hidden));
    RC_TRY(rc__field_whole(json, source, "num_layers", 1, RC_T5_BLOCKS, &c.blocks));
    RC_TRY(rc__field_whole(json, source, "num_heads", 1, 1024, &c.heads));
    RC_TRY(rc__field_whole(json, source, "d_kv", 1, 16384, &c.key));
    RC_TRY(rc__field_whole(json, source, "d_ff", 1, 131072, &c.inner));
    RC_TRY(rc__field_whole_or(json, source, "relative_attention_num_buckets", 4, 4096, 32, &c.buckets));
    RC_TRY(rc__field_whole_or(json, source, "relative_attention_max_distance", 2, 1 << 20, 128, &c.distance));
    RC_TRY(rc__field_whole_or(json, source, "n_positions", 1, 1 << 20, 512, &c.longest));
    RC_TRY(rc__field_whole_or(json, source, "pad_token_id", 0, RC__MAX_VOCABULARY, 0, &c.padding));
    RC_TRY(rc__field_number(json, source, "layer_norm_epsilon", 1e-20, 1, 1e-6, &c.eps));
    RC_TRY(read_feed(json, source, &c.feed));
    RC_TRY(check(&c, source));
    *out = c;
    return RC_OK;
}

/* ---- writing ---- */

rc_json *rc_t5_config_write(const rc_t5_config *c)
{
    rc_json *j = rc_json_object();
    rc_json_set_string(j, "model_type", rc__t5_model_types[0]);
    rc_json_set_integer(j, "vocab_size", c->vocabulary);
    rc_json_set_integer(j, "d_model", c->hidden);
    rc_json_set_integer(j, "num_layers", c->blocks);
    rc_json_set_integer(j, "num_heads", c->heads);
    rc_json_set_integer(j, "d_kv", c->key);
    rc_json_set_integer(j, "d_ff", c->inner);
    rc_json_set_string(j, "feed_forward_proj", feeds[c->feed]);
    rc_json_set_integer(j, "relative_attention_num_buckets", c->buckets);
    rc_json_set_integer(j, "relative_attention_max_distance", c->distance);
    rc_json_set_integer(j, "n_positions", c->longest);
    rc_json_set_integer(j, "pad_token_id", c->padding);
    rc_json_set_number(j, "layer_norm_epsilon", c->eps);
    return j;
}

/* ---- the known sizes ---- */

rc_status rc_t5_config_named(const char *name, rc_t5_config *out)
{
    for (int i = 0; rc__t5_sizes[i]; i++) {
        if (strcmp(rc__t5_sizes[i], name) != 0) continue;
        *out = known[i];
        return RC_OK;
    }
    return rc_fail(RC_CONFIG, "no T5 is called \"%s\"", name);
}
