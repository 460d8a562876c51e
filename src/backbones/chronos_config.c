#include <string.h>

#include "backbones/chronos.h"
#include "backbones/fields.h"

/* Its config.json is that of a T5 with an object "chronos_config" (backbone.c). */
const char *const rc__chronos_model_types[] = {"chronos", NULL};
const char *const rc__chronos_sizes[] = {"chronos-t5-tiny",
                                         "chronos-t5-small",
                                         "chronos-t5-base",
                                         "chronos-bolt-tiny",
                                         "chronos-bolt-small",
                                         "chronos-bolt-base",
                                         NULL};

#define BODY(words, hidden, blocks, heads, inner)                                  \
    {                                                                              \
        words, hidden, blocks, heads, 64, inner, 32, 128, 512, 0, RC_T5_RELU, 1e-6 \
    }
static const rc_chronos_config known[] = {
    {BODY(4096, 256, 4, 4, 1024), 512, true, false, 1, 4093, 3, -15, 15},
    {BODY(4096, 512, 6, 8, 2048), 512, true, false, 1, 4093, 3, -15, 15},
    {BODY(4096, 768, 12, 12, 3072), 512, true, false, 1, 4093, 3, -15, 15},
    {BODY(2, 256, 4, 4, 1024), 2048, true, true, 16, 0, 0, 0, 0},
    {BODY(2, 512, 6, 8, 2048), 2048, true, true, 16, 0, 0, 0, 0},
    {BODY(2, 768, 12, 12, 3072), 2048, true, true, 16, 0, 0, 0, 0},
};

/* ---- reading ---- */

static rc_status read_bolt(const rc_json *j, const char *source, rc_chronos_config *c)
{
    int64_t stride;
    RC_TRY(rc__field_whole(j, source, "input_patch_size", 1, 1 << 20, &c->patch));
    RC_TRY(rc__field_whole(j, source, "input_patch_stride", 1, 1 << 20, &stride));
    RC_TRY(rc__field_boolean(j, source, "use_reg_token", false, &c->closed));
    c->body.vocabulary = c->closed ? 2 : 1;
    c->body.padding = 0; /* that of the file is of a vocabulary which nothing here reads */
    RC_CHECK(stride == c->patch, RC_UNSUPPORTED,
             "%s: \"input_patch_stride\" is %lld and \"input_patch_size\" %lld; pieces that overlap are not "
             "supported",
             source, (long long)stride, (long long)c->patch);
    RC_CHECK(c->length % c->patch == 0, RC_FORMAT,
             "%s: \"input_patch_size\" %lld does not divide \"context_length\" %lld", source,
             (long long)c->patch, (long long)c->length);
    RC_CHECK(c->body.feed == RC_T5_RELU, RC_UNSUPPORTED,
             "%s: \"feed_forward_proj\" of a Chronos-Bolt is not relu, which is not supported", source);
    return RC_OK;
}

static rc_status read_bins(const rc_json *j, const char *source, rc_chronos_config *c)
{
    int64_t words, special, end;
    const rc_json *limits = rc_json_get(j, "tokenizer_kwargs");
    RC_CHECK(rc_json_is_object(limits), RC_FORMAT, "%s: \"tokenizer_kwargs\" is missing", source);
    RC_TRY(rc__field_only(j, source, "tokenizer_class", "MeanScaleUniformBins"));
    RC_TRY(rc__field_only(j, source, "model_type", "seq2seq"));
    RC_TRY(rc__field_whole(j, source, "n_tokens", 5, 1 << 22, &words));
    RC_TRY(rc__field_whole(j, source, "n_special_tokens", 2, words - 3, &special));
    RC_TRY(rc__field_whole(j, source, "eos_token_id", 1, 1, &end));
    RC_TRY(rc__field_boolean(j, source, "use_eos_token", true, &c->closed));
    RC_TRY(rc__field_number(limits, source, "low_limit", -1e6, 1e6, -15, &c->low));
    RC_TRY(rc__field_number(limits, source, "high_limit", -1e6, 1e6, 15, &c->high));
    RC_CHECK(words <= c->body.vocabulary && c->low < c->high, RC_FORMAT,
             "%s: %lld bins from %g to %g for a vocabulary of %lld", source, (long long)words, c->low,
             c->high, (long long)c->body.vocabulary);
    c->patch = 1;
    c->first = special + 1;
    c->bins = words - special - 1;
    return RC_OK;
}

rc_status rc_chronos_config_read(const rc_json *json, const char *source, rc_chronos_config *out)
{
    rc_chronos_config c = {0};
    const rc_json *own = rc_json_get(json, "chronos_config");
    RC_CHECK(rc_json_is_object(own), RC_FORMAT, "%s: \"chronos_config\" is missing", source);
    RC_TRY(rc_t5_config_read(json, source, &c.body));
    RC_TRY(rc__field_whole(own, source, "context_length", 1, 1 << 20, &c.length));
    c.bolt = rc_json_get(own, "input_patch_size") != NULL;
    RC_TRY(c.bolt ? read_bolt(own, source, &c) : read_bins(own, source, &c));
    *out = c;
    return RC_OK;
}

/* ---- writing ---- */

static void fill_bins(const rc_chronos_config *c, rc_json *j)
{
    rc_json_set_string(j, "tokenizer_class", "MeanScaleUniformBins");
    rc_json_set_string(j, "model_type", "seq2seq");
    rc_json_set_integer(j, "n_tokens", c->bins + c->first);
    rc_json_set_integer(j, "n_special_tokens", c->first - 1);
    rc_json_set_integer(j, "eos_token_id", 1);
    rc_json_set_boolean(j, "use_eos_token", c->closed);
    rc_json *limits = rc_json_set(j, "tokenizer_kwargs", rc_json_object());
    rc_json_set_number(limits, "low_limit", c->low);
    rc_json_set_number(limits, "high_limit", c->high);
}

static void fill_bolt(const rc_chronos_config *c, rc_json *j)
{
    rc_json_set_integer(j, "input_patch_size", c->patch);
    rc_json_set_integer(j, "input_patch_stride", c->patch);
    rc_json_set_boolean(j, "use_reg_token", c->closed);
}

rc_json *rc_chronos_config_write(const rc_chronos_config *c)
{
    rc_json *j = rc_t5_config_write(&c->body), *own = rc_json_set(j, "chronos_config", rc_json_object());
    rc_json_set_integer(own, "context_length", c->length);
    if (c->bolt)
        fill_bolt(c, own);
    else
        fill_bins(c, own);
    return j;
}

/* ---- the known sizes ---- */

rc_status rc_chronos_config_named(const char *name, rc_chronos_config *out)
{
    for (int i = 0; rc__chronos_sizes[i]; i++) {
        if (strcmp(rc__chronos_sizes[i], name) != 0) continue;
        *out = known[i];
        return RC_OK;
    }
    return rc_fail(RC_CONFIG, "no Chronos is called \"%s\"", name);
}
