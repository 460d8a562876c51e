#include <string.h>

#include "backbones/bert.h"
#include "backbones/fields.h"

const char *const rc__bert_model_types[] = {
    [RC_BERT_BERT] = "bert",
    [RC_BERT_ROBERTA] = "roberta",
    [RC_BERT_XLM_ROBERTA] = "xlm-roberta",
    [RC_BERT_CAMEMBERT] = "camembert",
    [RC_BERT_DISTILBERT] = "distilbert",
    [RC_BERT_DIALECTS] = NULL,
};

/* The same things under the two sets of keys that are in use. */
typedef struct keys {
    const char *hidden, *blocks, *heads, *inner, *activation;
} keys;

static const keys common = {"hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
                            "hidden_act"};
static const keys distil = {"dim", "n_layers", "n_heads", "hidden_dim", "activation"};

static const keys *keys_of(rc_bert_dialect dialect)
{
    return dialect == RC_BERT_DISTILBERT ? &distil : &common;
}

/* ---- reading ---- */

static rc_status check(const rc_bert_config *c, const char *source)
{
    const keys *k = keys_of(c->dialect);
    RC_TRY(rc__field_heads_divide(source, k->hidden, c->hidden, k->heads, c->heads));
    RC_CHECK(c->padding < c->vocabulary, RC_FORMAT,
             "%s: \"pad_token_id\" is %lld, outside the vocabulary of %lld", source, (long long)c->padding,
             (long long)c->vocabulary);
    RC_CHECK(rc_bert_longest(c) >= 1, RC_FORMAT,
             "%s: \"max_position_embeddings\" is %lld, which leaves no position after the padding's (%lld)",
             source, (long long)c->positions, (long long)c->padding);
    return RC_OK;
}

static rc_status read_dialect(const rc_json *json, const char *source, rc_bert_dialect *out)
{
    const char *type = rc_json_string(json, "model_type", "");
    for (int i = 0; i < RC_BERT_DIALECTS; i++) {
        if (strcmp(type, rc__bert_model_types[i]) != 0) continue;
        *out = (rc_bert_dialect)i;
        return RC_OK;
    }
    return rc_fail(RC_UNSUPPORTED, "%s: \"model_type\" \"%.60s\" is not a BERT", source, type);
}

rc_status rc_bert_config_read(const rc_json *json, const char *source, rc_bert_config *out)
{
    rc_bert_config c = {0};
    RC_TRY(read_dialect(json, source, &c.dialect));
    bool roberta = c.dialect != RC_BERT_BERT && c.dialect != RC_BERT_DISTILBERT;
    const keys *k = keys_of(c.dialect);
    RC_TRY(rc__field_whole(json, source, "vocab_size", 1, RC__MAX_VOCABULARY, &c.vocabulary));
    RC_TRY(rc__field_whole(json, source, k->hidden, 1, 16384, &c.hidden));
    RC_TRY(rc__field_whole(json, source, k->blocks, 1, RC_BERT_BLOCKS, &c.blocks));
    RC_TRY(rc__field_whole(json, source, k->heads, 1, 1024, &c.heads));
    RC_TRY(rc__field_whole(json, source, k->inner, 1, 131072, &c.inner));
    RC_TRY(rc__field_whole(json, source, "max_position_embeddings", 1, 1 << 20, &c.positions));
    RC_TRY(
        rc__field_whole_or(json, source, "pad_token_id", 0, RC__MAX_VOCABULARY, roberta ? 1 : 0, &c.padding));
    c.eps = 1e-12; /* fixed in DistilBERT */
    if (c.dialect != RC_BERT_DISTILBERT) {
        RC_TRY(rc__field_whole(json, source, "type_vocab_size", 1, 1024, &c.types));
        RC_TRY(rc__field_number(json, source, "layer_norm_eps", 1e-20, 1, 1e-12, &c.eps));
    }
    RC_TRY(rc__field_only(json, source, k->activation, "gelu"));
    RC_TRY(rc__field_only(json, source, "position_embedding_type", "absolute"));
    RC_TRY(rc__field_off(json, source, "is_decoder"));
    RC_TRY(rc__field_off(json, source, "add_cross_attention"));
    RC_TRY(check(&c, source));
    *out = c;
    return RC_OK;
}

/* ---- writing ---- */

rc_json *rc_bert_config_write(const rc_bert_config *c)
{
    rc_json *j = rc_json_object();
    const keys *k = keys_of(c->dialect);
    rc_json_set_string(j, "model_type", rc__bert_model_types[c->dialect]);
    rc_json_set_integer(j, "vocab_size", c->vocabulary);
    rc_json_set_integer(j, k->hidden, c->hidden);
    rc_json_set_integer(j, k->blocks, c->blocks);
    rc_json_set_integer(j, k->heads, c->heads);
    rc_json_set_integer(j, k->inner, c->inner);
    rc_json_set_string(j, k->activation, "gelu");
    rc_json_set_integer(j, "max_position_embeddings", c->positions);
    rc_json_set_integer(j, "pad_token_id", c->padding);
    if (c->dialect == RC_BERT_DISTILBERT) return j;
    rc_json_set_integer(j, "type_vocab_size", c->types);
    rc_json_set_number(j, "layer_norm_eps", c->eps);
    return j;
}

/* ---- the known sizes ---- */

const char *const rc__bert_sizes[] = {"bert-base",     "bert-large",      "minilm", "roberta-base",
                                      "roberta-large", "distilbert-base", NULL};

static const rc_bert_config known[] = {
    {RC_BERT_BERT, 30522, 768, 12, 12, 3072, 512, 2, 0, 1e-12},
    {RC_BERT_BERT, 30522, 1024, 24, 16, 4096, 512, 2, 0, 1e-12},
    {RC_BERT_BERT, 30522, 384, 6, 12, 1536, 512, 2, 0, 1e-12},
    {RC_BERT_ROBERTA, 50265, 768, 12, 12, 3072, 514, 1, 1, 1e-5},
    {RC_BERT_ROBERTA, 50265, 1024, 24, 16, 4096, 514, 1, 1, 1e-5},
    {RC_BERT_DISTILBERT, 30522, 768, 6, 12, 3072, 512, 0, 0, 1e-12},
};

rc_status rc_bert_config_named(const char *name, rc_bert_config *out)
{
    for (int i = 0; rc__bert_sizes[i]; i++) {
        if (strcmp(rc__bert_sizes[i], name) != 0) continue;
        *out = known[i];
        return RC_OK;
    }
    return rc_fail(RC_CONFIG, "no BERT is called \"%s\"", name);
}

/* ---- sizes ---- */

int64_t rc_bert_first_position(const rc_bert_config *c)
{
    return c->dialect == RC_BERT_BERT || c->dialect == RC_BERT_DISTILBERT ? 0 : c->padding + 1;
}

int64_t rc_bert_longest(const rc_bert_config *c)
{
    return c->positions - rc_bert_first_position(c);
}
