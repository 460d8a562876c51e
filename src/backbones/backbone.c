#include "backbones/backbone.h"

#include <string.h>

#include "base/choice.h"
#include "base/file.h"
#include "base/text.h"

static const rc_backbone *const table[RC_BACKBONE_KINDS] = {
    [RC_BACKBONE_SWIN] = &rc__backbone_swin,      [RC_BACKBONE_BERT] = &rc__backbone_bert,
    [RC_BACKBONE_VIT] = &rc__backbone_vit,        [RC_BACKBONE_SERIES] = &rc__backbone_series,
    [RC_BACKBONE_T5] = &rc__backbone_t5,          [RC_BACKBONE_MOMENT] = &rc__backbone_moment,
    [RC_BACKBONE_CHRONOS] = &rc__backbone_chronos};

const rc_backbone *rc_backbone_of(const rc_backbone_config *c)
{
    return table[c->kind];
}

/* ---- inputs ---- */

rc_shape rc_input_shape(const rc_input *in, int64_t batch)
{
    if (in->kind == RC_INPUT_IMAGE) return RC_SHAPE(batch, in->channels, in->height, in->width);
    if (in->kind == RC_INPUT_SIGNAL) return RC_SHAPE(batch, in->channels, in->length);
    if (in->kind == RC_INPUT_TABLE) return RC_SHAPE(batch, in->length / in->patch, in->patch);
    return RC_SHAPE(batch, in->length);
}

int64_t rc_input_size(const rc_input *in)
{
    rc_shape shape = rc_input_shape(in, 1);
    return rc_shape_size(&shape);
}

rc_status rc_embedder_for(const rc_backbone_config *c, rc_input_kind kind, const rc_embedder **out)
{
    const rc_backbone *b = rc_backbone_of(c);
    char takes[RC_CHOICE_TEXT], given[RC_CHOICE_TEXT];
    *out = b->native;
    if (b->native->input == RC_INPUT_TOKENS && kind != RC_INPUT_TOKENS && kind != RC_INPUT_IMAGE) {
        *out = kind == RC_INPUT_TABLE ? &rc__embedder_table : &rc__embedder_signal;
        return RC_OK;
    }
    RC_CHECK(b->native->input == kind, RC_UNSUPPORTED, "a %s backbone takes %s input, not %s", b->name,
             rc_choice_text(RC_INPUT_KIND_NAMES, (int)b->native->input, takes),
             rc_choice_text(RC_INPUT_KIND_NAMES, (int)kind, given));
    return RC_OK;
}

/* ---- configurations ---- */

enum { MAX_NAMES = 64 };

/* Every model type or every size of the table; for messages. */
static size_t collect(bool sizes, const char *names[MAX_NAMES])
{
    size_t n = 0;
    for (int i = 0; i < RC_BACKBONE_KINDS; i++)
        for (const char *const *s = sizes ? table[i]->sizes : table[i]->model_types; *s && n < MAX_NAMES; s++)
            names[n++] = *s;
    return n;
}

static rc_status list(bool sizes, rc_string *out)
{
    const char *names[MAX_NAMES];
    size_t n = collect(sizes, names);
    for (size_t i = 0; i < n; i++)
        RC_TRY(rc_string_printf(out, "%s%s", i ? ", " : "", names[i]));
    return RC_OK;
}

static bool contains(const char *const *names, const char *name)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names;
}

static rc_status unknown_type(const char *source, const char *type)
{
    rc_string known = {0};
    RC_TRY(list(false, &known));
    rc_status status =
        rc_fail(RC_UNSUPPORTED, "%s: \"model_type\" is \"%.60s\"; supported: %s", source, type, known.data);
    rc_string_free(&known);
    return status;
}

/* MOMENT's files say a model_name alone. Chronos's say that they are a T5's. */
static const char *type_of(const rc_json *json)
{
    const char *type = rc_json_string(json, "model_type", NULL);
    if (type && strcmp(type, "t5") == 0 && rc_json_get(json, "chronos_config"))
        return rc__chronos_model_types[0];
    return type ? type : rc_json_string(json, "model_name", NULL);
}

rc_status rc_backbone_config_read(const rc_json *json, const char *source, rc_backbone_config *out)
{
    RC_CHECK(rc_json_is_object(json), RC_FORMAT, "%s: not a JSON object", source);
    const char *type = type_of(json);
    RC_CHECK(type, RC_FORMAT, "%s: \"model_type\" is missing: not the config.json of a model", source);
    for (int i = 0; i < RC_BACKBONE_KINDS; i++) {
        if (!contains(table[i]->model_types, type)) continue;
        memset(out, 0, sizeof *out);
        out->kind = (rc_backbone_kind)i;
        return table[i]->config_read(json, source, out);
    }
    return unknown_type(source, type);
}

rc_json *rc_backbone_config_write(const rc_backbone_config *c)
{
    return rc_backbone_of(c)->config_write(c);
}

rc_status rc_backbone_config_named(const char *name, rc_backbone_config *out)
{
    if (rc_path_has_suffix(name, ".json")) {
        rc_json *j;
        RC_TRY(rc_json_read(name, &j));
        rc_status status = rc_backbone_config_read(j, name, out);
        rc_json_free(&j);
        return status;
    }
    for (int i = 0; i < RC_BACKBONE_KINDS; i++) {
        if (!contains(table[i]->sizes, name)) continue;
        memset(out, 0, sizeof *out);
        out->kind = (rc_backbone_kind)i;
        return table[i]->config_named(name, out);
    }
    const char *names[MAX_NAMES];
    return rc_fail_unknown(RC_CONFIG, name, names, collect(true, names), NULL,
                           "no backbone is called \"%.60s\", and it is not a config.json file", name);
}
