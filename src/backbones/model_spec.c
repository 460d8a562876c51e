/* A model's description in a file: which backbone, what input, which head. */
#include <string.h>

#include "backbones/model.h"

/* A head of tokens is a linear one that is "of_words". */
static const char *const head_name[] = {[RC_HEAD_NONE] = "none",
                                        [RC_HEAD_LINEAR] = "linear",
                                        [RC_HEAD_TOKENS] = "linear",
                                        [RC_HEAD_DENSE] = "dense"};
static const char *const pool_name[] = {"mean", "cls"};
static const char *const readout_name[] = {"pool", "cls", "flatten", "attention"};
static const char *const dense_name[] = {"linear", "average", "conv"};
static const char *const fusion_name[] = {"early", "late"};

static rc_json *write_input(const rc_input *in)
{
    rc_json *j = rc_json_object();
    rc_json_set_string(j, "kind", rc_input_kind_text(in->kind));
    rc_json_set_integer(j, "channels", in->channels);
    rc_json_set_integer(j, "height", in->height);
    rc_json_set_integer(j, "width", in->width);
    rc_json_set_integer(j, "length", in->length);
    rc_json_set_integer(j, "patch", in->patch);
    if (in->window) rc_json_set_integer(j, "window", in->window);
    if (in->rows) rc_json_set_integer(j, "rows", in->rows);
    return j;
}

static void write_more(const rc_model_spec *s, rc_json *j)
{
    if (s->n_more == 0) return;
    rc_json_set_string(j, "fusion", fusion_name[s->fusion]);
    rc_json *list = rc_json_set(j, "more_inputs", rc_json_array());
    for (int k = 0; k < s->n_more; k++) {
        rc_json *one = rc_json_append(list, write_input(&s->more[k].input));
        rc_json_set_string(one, "name", s->more[k].name);
    }
}

rc_json *rc_model_spec_write(const rc_model_spec *s)
{
    rc_json *j = rc_json_object();
    rc_json_set(j, "backbone", rc_backbone_config_write(&s->backbone));
    rc_json_set(j, "input", write_input(&s->input));
    write_more(s, j);
    rc_json_set_string(j, "head", head_name[s->head]);
    rc_json_set_string(j, "pool", pool_name[s->pool]);
    rc_json_set_string(j, "readout", readout_name[s->readout]);
    rc_json_set_string(j, "dense", dense_name[s->dense]);
    rc_json_set_integer(j, "outputs", s->outputs);
    if (s->head == RC_HEAD_TOKENS) rc_json_set_boolean(j, "of_words", true);
    if (s->ordered) rc_json_set_boolean(j, "ordered", true);
    if (s->gate) rc_json_set_boolean(j, "gate", true);
    if (s->int8) rc_json_set_boolean(j, "int8", true);
    rc_json *shape = rc_json_set(j, "out_shape", rc_json_array());
    for (int i = 0; i < 3; i++)
        rc_json_append_integer(shape, s->out_shape[i]);
    return j;
}

static rc_status read_bounded(const rc_json *json, const char *source, const char *key, int64_t max,
                              int64_t *out)
{
    *out = rc_json_integer(json, key, -1);
    RC_CHECK(*out >= 0 && *out <= max, RC_FORMAT, "%s: \"%s\" is missing or not from 0 to %lld", source, key,
             (long long)max);
    return RC_OK;
}

/* The place of a text in a list of n; the message lists them. */
static rc_status read_choice(const rc_json *json, const char *source, const char *key,
                             const char *const *names, int n, int *out)
{
    const char *text = rc_json_string(json, key, "");
    for (*out = 0; *out < n && strcmp(text, names[*out]) != 0;)
        ++*out;
    RC_CHECK(*out < n, RC_FORMAT, "%s: \"%s\" is \"%.60s\", which is not known here", source, key, text);
    return RC_OK;
}

static rc_status read_input(const rc_json *json, const char *source, rc_input *out)
{
    const char *names[RC_INPUT_KINDS];
    int kind;
    for (int i = 0; i < RC_INPUT_KINDS; i++)
        names[i] = rc_input_kind_text((rc_input_kind)i);
    RC_CHECK(rc_json_is_object(json), RC_FORMAT, "%s: \"input\" is missing", source);
    RC_TRY(read_choice(json, source, "kind", names, RC_INPUT_KINDS, &kind));
    out->kind = (rc_input_kind)kind;
    RC_TRY(read_bounded(json, source, "channels", 1 << 20, &out->channels));
    RC_TRY(read_bounded(json, source, "height", 8192, &out->height));
    RC_TRY(read_bounded(json, source, "width", 8192, &out->width));
    RC_TRY(read_bounded(json, source, "length", 1 << 24, &out->length));
    RC_TRY(read_bounded(json, source, "patch", 1 << 24, &out->patch));
    RC_CHECK(out->kind != RC_INPUT_TABLE || (out->patch > 0 && out->length % out->patch == 0), RC_FORMAT,
             "%s: \"patch\" does not cut \"length\" into whole tokens", source);
    if (rc_json_get(json, "window")) RC_TRY(read_bounded(json, source, "window", 1 << 24, &out->window));
    if (rc_json_get(json, "rows")) RC_TRY(read_bounded(json, source, "rows", 65536, &out->rows));
    return RC_OK;
}

static rc_status read_more(const rc_json *json, const char *source, rc_model_spec *s)
{
    const rc_json *list = rc_json_get(json, "more_inputs");
    int fusion;
    if (!list) return RC_OK;
    size_t n = rc_json_is_array(list) ? rc_json_length(list) : 0;
    RC_CHECK(n >= 1 && n <= RC_MORE_INPUTS, RC_FORMAT, "%s: \"more_inputs\" is not a list of 1 to %d", source,
             RC_MORE_INPUTS);
    RC_TRY(read_choice(json, source, "fusion", fusion_name, 2, &fusion));
    s->fusion = (rc_fusion)fusion;
    for (; s->n_more < (int)n; s->n_more++) {
        const rc_json *one = rc_json_at(list, (size_t)s->n_more);
        rc_named_input *in = &s->more[s->n_more];
        RC_TRY(read_input(one, source, &in->input));
        RC_TRY(rc_input_name_check(source, rc_json_string(one, "name", "")));
        strcpy(in->name, rc_json_string(one, "name", ""));
    }
    return RC_OK;
}

static rc_status read_head(const rc_json *json, const char *source, rc_model_spec *s)
{
    int head, pool, dense, readout = RC_READOUT_POOL;
    const rc_json *shape = rc_json_get(json, "out_shape");
    RC_TRY(read_choice(json, source, "head", head_name, RC_HEAD_DENSE + 1, &head));
    RC_TRY(read_choice(json, source, "pool", pool_name, 2, &pool));
    RC_TRY(read_choice(json, source, "dense", dense_name, 3, &dense));
    /* Models of earlier versions do not say: theirs is the pool. */
    if (rc_json_get(json, "readout"))
        RC_TRY(read_choice(json, source, "readout", readout_name, RC_READOUTS, &readout));
    s->readout = (rc_readout_kind)readout;
    RC_TRY(read_bounded(json, source, "outputs", 1 << 24, &s->outputs));
    s->head = (rc_head_kind)head;
    s->gate = rc_json_boolean(json, "gate", false);
    bool of_words = rc_json_boolean(json, "of_words", false);
    RC_CHECK(!of_words || s->head == RC_HEAD_LINEAR, RC_FORMAT, "%s: \"of_words\" needs a linear head",
             source);
    if (of_words) s->head = RC_HEAD_TOKENS;
    s->ordered = rc_json_boolean(json, "ordered", false);
    RC_CHECK(!s->ordered || (s->head == RC_HEAD_LINEAR && s->outputs > 1), RC_FORMAT,
             "%s: \"ordered\" needs a linear head of two classes or more", source);
    s->pool = (rc_pool_kind)pool;
    s->dense = (rc_dense_kind)dense;
    RC_CHECK(shape && rc_json_length(shape) == 3, RC_FORMAT,
             "%s: \"out_shape\" is missing or not of length 3", source);
    for (size_t i = 0; i < 3; i++) {
        s->out_shape[i] = rc_json_as_integer(rc_json_at(shape, i));
        RC_CHECK(s->out_shape[i] >= 0 && s->out_shape[i] <= 65536, RC_FORMAT,
                 "%s: \"out_shape\" is out of range", source);
    }
    RC_CHECK(!rc_head_is_linear(s->head) || s->outputs > 0, RC_FORMAT, "%s: a linear head needs \"outputs\"",
             source);
    RC_CHECK(s->head != RC_HEAD_DENSE || (s->out_shape[0] > 0 && s->out_shape[1] > 0 && s->out_shape[2] > 0),
             RC_FORMAT, "%s: a dense head needs \"out_shape\"", source);
    return RC_OK;
}

rc_status rc_model_spec_read(const rc_json *json, const char *source, rc_model_spec *out)
{
    rc_model_spec s = {0};
    const rc_json *backbone = rc_json_get(json, "backbone");
    RC_CHECK(backbone, RC_FORMAT, "%s: \"backbone\" is missing", source);
    RC_TRY(rc_backbone_config_read(backbone, source, &s.backbone));
    RC_TRY(read_input(rc_json_get(json, "input"), source, &s.input));
    RC_TRY(read_more(json, source, &s));
    RC_TRY(read_head(json, source, &s));
    s.int8 = rc_json_boolean(json, "int8", false);
    *out = s;
    return RC_OK;
}
