/* A model's description in a file: which backbone, what input, which head. */
#include <string.h>

#include "backbones/model.h"

static rc_json *write_input(const rc_input *in)
{
    rc_json *j = rc_json_object();
    rc_json_set_choice(j, "kind", RC_INPUT_KIND_NAMES, (int)in->kind);
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
    rc_json_set_choice(j, "fusion", RC_FUSION_NAMES, (int)s->fusion);
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
    rc_json_set_choice(j, "head", RC_HEAD_NAMES, (int)s->head);
    rc_json_set_choice(j, "pool", RC_POOL_NAMES, (int)s->pool);
    rc_json_set_choice(j, "readout", RC_READOUT_NAMES, (int)s->readout);
    rc_json_set_choice(j, "dense", RC_DENSE_NAMES, (int)s->dense);
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

/* The number of a word into an enum. */
static rc_status read_choice(const rc_json *json, const char *source, const char *key, const char *words,
                             void *out)
{
    int number = rc_json_choice(json, key, words);
    RC_CHECK(number >= 0, RC_FORMAT, "%s: \"%s\" is \"%.60s\", which is not known here", source, key,
             rc_json_string(json, key, ""));
    memcpy(out, &number, sizeof number);
    return RC_OK;
}

static rc_status read_input(const rc_json *json, const char *source, rc_input *out)
{
    RC_CHECK(rc_json_is_object(json), RC_FORMAT, "%s: \"input\" is missing", source);
    RC_TRY(read_choice(json, source, "kind", RC_INPUT_KIND_NAMES, &out->kind));
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
    if (!list) return RC_OK;
    size_t n = rc_json_is_array(list) ? rc_json_length(list) : 0;
    RC_CHECK(n >= 1 && n <= RC_MORE_INPUTS, RC_FORMAT, "%s: \"more_inputs\" is not a list of 1 to %d", source,
             RC_MORE_INPUTS);
    RC_TRY(read_choice(json, source, "fusion", RC_FUSION_NAMES, &s->fusion));
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
    const rc_json *shape = rc_json_get(json, "out_shape");
    RC_TRY(read_choice(json, source, "head", RC_HEAD_NAMES, &s->head));
    RC_TRY(read_choice(json, source, "pool", RC_POOL_NAMES, &s->pool));
    RC_TRY(read_choice(json, source, "dense", RC_DENSE_NAMES, &s->dense));
    /* Models of earlier versions do not say: theirs is the pool. */
    s->readout = RC_READOUT_POOL;
    if (rc_json_get(json, "readout"))
        RC_TRY(read_choice(json, source, "readout", RC_READOUT_NAMES, &s->readout));
    RC_TRY(read_bounded(json, source, "outputs", 1 << 24, &s->outputs));
    s->gate = rc_json_boolean(json, "gate", false);
    bool of_words = rc_json_boolean(json, "of_words", false);
    RC_CHECK(!of_words || s->head == RC_HEAD_LINEAR, RC_FORMAT, "%s: \"of_words\" needs a linear head",
             source);
    if (of_words) s->head = RC_HEAD_TOKENS;
    s->ordered = rc_json_boolean(json, "ordered", false);
    RC_CHECK(!s->ordered || (s->head == RC_HEAD_LINEAR && s->outputs > 1), RC_FORMAT,
             "%s: \"ordered\" needs a linear head of two classes or more", source);
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
