/* Sources as objects. */
#include <math.h>
#include <string.h>

#include "api/body.h"
#include "api/predictor_parts.h"
#include "api/text_feed.h"
#include "base/memory.h"
#include "source/assembly.h"

rc_status rc_source_open(rc_context *context, const char *name_or_path, rc_source **out)
{
    rc__call call = rc__call_begin(context);
    if (out) *out = NULL;
    rc_status status = RC_ARGUMENTS(name_or_path, out);
    if (status == RC_OK) status = RC_NEW(out, 1);
    if (status == RC_OK) status = rc_bundle_open(name_or_path, &(*out)->bundle);
    if (status != RC_OK) rc_source_destroy(out);
    return rc__call_end(&call, status);
}

void rc_source_destroy(rc_source **s)
{
    if (!s || !*s) return;
    rc_bundle_close(&(*s)->bundle);
    rc_free(*s);
    *s = NULL;
}

rc_status rc_source_save(rc_context *context, const rc_source *source, const char *path)
{
    rc__call call = rc__call_begin(context);
    rc_status status = RC_ARGUMENTS(source, path);
    if (status == RC_OK) status = rc_bundle_save(source->bundle, path);
    return rc__call_end(&call, status);
}

/* ---- what it is ---- */

rc_status rc_source_describe(const rc_source *source, rc_source_info *out)
{
    RC_TRY(RC_ARGUMENTS(source, out));
    const rc_bundle *b = source->bundle;
    const rc_backbone *backbone = rc_backbone_of(&b->backbone);
    const rc_json *state = rc_json_get(b->card, "after_recalibration");
    rc_source_info info = RC_SOURCE_INFO_INIT;
    info.name = b->name;
    info.family = backbone->name;
    info.texts = backbone->native->input == RC_INPUT_TOKENS;
    info.classes = b->classes;
    info.features = b->n_features;
    info.width = b->width;
    info.tokens = b->n_tokens;
    info.sets = b->sets;
    info.outputs = backbone->features(&b->backbone);
    info.self_distance = b->self_distance;
    info.self_epsilon = b->self_epsilon;
    info.accuracy = rc_json_number(state, "accuracy", NAN);
    info.loss = rc_json_number(state, "loss", NAN);
    info.gradient_norm_mean = rc_json_number(state, "gradient_norm_mean", NAN);
    info.gradient_norm_q95 = rc_json_number(state, "gradient_norm_q95", NAN);
    return rc__options_give("rc_source_info", &info, sizeof info, out);
}

rc_status rc_source_features(const rc_source *source, rc_view *features, rc_view *labels)
{
    RC_TRY(RC_ARGUMENTS(source, features));
    const rc_bundle *b = source->bundle;
    *features = RC_VIEW(b->features, RC_DTYPE_F32, b->n_features, b->width);
    if (labels) *labels = RC_VIEW(b->labels, RC_DTYPE_I32, b->n_features);
    return RC_OK;
}

rc_status rc_source_card(const rc_source *source, char **json)
{
    RC_TRY(RC_ARGUMENTS(source, json));
    const rc_bundle *b = source->bundle;
    rc_json *j = rc_json_object();
    rc_json_set_string(j, "source", b->name);
    rc_json_set_integer(j, "classes", b->classes);
    rc_json_set_integer(j, "features", b->n_features);
    rc_json_set_integer(j, "width", b->width);
    rc_json_set_integer(j, "tokens", b->n_tokens);
    rc_json_set_number(j, "self_distance", b->self_distance);
    rc_json_set_number(j, "self_epsilon", b->self_epsilon);
    rc_json_set(j, "backbone", rc_backbone_config_write(&b->backbone));
    rc_json_set(j, "card", rc_json_copy(b->card));
    rc_status status = rc_json_text(j, true, json);
    rc_json_free(&j);
    return status;
}

/* ---- what it makes of samples ---- */

typedef struct output {
    const rc_view *view;
    int64_t width;
} output;

static rc_status store(void *context, int64_t first, int64_t n, const float *rows)
{
    const output *o = context;
    rc__view_store(o->view, first * o->width, n * o->width, rows);
    return RC_OK;
}

static rc_status check_output(const rc_bundle *b, int64_t samples, const rc_view *out)
{
    rc_shape shape = RC_SHAPE(samples, rc_backbone_of(&b->backbone)->features(&b->backbone));
    return rc__view_check_output("out", out, &shape, false);
}

/* in: the samples of x. */
static rc_status embed(const rc_bundle *b, const rc_array *x, const rc__inputs *in, const rc_view *out)
{
    rc_input form;
    rc_trained of;
    rc__room room = {0};
    RC_TRY(rc__body_form(&b->backbone, in->name, x, &form));
    RC_TRY(check_output(b, x->shape.dim[0], out));
    output to = {out, out->shape[1]};
    rc_status status = rc__body_open(&b->backbone, NULL, b, &form, &of);
    if (status == RC_OK) status = rc__predict(&of, &room, in, RC__POOLED, store, &to);
    rc__room_free(&room);
    rc_trained_close(&of);
    return status;
}

static rc_status apply(const rc_bundle *b, const rc_view *view, const rc_view *out)
{
    rc_array x;
    rc__text_ids ids;
    RC_TRY(rc__view_array("x", view, &x));
    bool texts = rc_takes_text(&b->backbone);
    rc_status status = texts ? rc__text_ids_take("x", &x, &b->backbone, &ids) : RC_OK;
    if (status == RC_OK) {
        rc__inputs in = texts ? rc__inputs_of_ids(&ids) : rc__inputs_of(&x, "x");
        status = embed(b, &x, &in, out);
    }
    rc_array_free(&x);
    return status;
}

rc_status rc_source_apply(rc_context *context, const rc_source *source, const rc_view *x, const rc_view *out)
{
    rc__call call = rc__call_begin(context);
    rc_status status = RC_ARGUMENTS(source, x, out);
    if (status == RC_OK) status = apply(source->bundle, x, out);
    return rc__call_end(&call, status);
}

static rc_status encode(const rc_bundle *b, const rc_text_list *list, rc_array *ids)
{
    rc_config c;
    rc_texts notes = {0};
    rc_tokenizer *tokenizer = NULL;
    rc_config_defaults(&c);
    rc_text_options o = rc__text_inputs(&c, NULL);
    o.list = list;
    rc_status status = rc__body_tokenizer(b, &tokenizer);
    if (status == RC_OK) status = rc_text_max(&c, tokenizer, &b->backbone, &o.tokens);
    if (status == RC_OK) status = rc_text_inputs("texts", &o, tokenizer, &notes, ids);
    rc_tokenizer_close(&tokenizer);
    rc_texts_free(&notes);
    return status;
}

static rc_status apply_texts(const rc_bundle *b, int64_t n, const char *const *texts, const rc_view *out)
{
    rc_text_list list = {0};
    rc_array ids = {0};
    RC_CHECK(rc_takes_text(&b->backbone), RC_UNSUPPORTED, "%s: this source takes arrays, not texts", b->name);
    RC_CHECK(n >= 1, RC_DATA, "texts: there are none");
    RC_TRY(check_output(b, n, out));
    rc_status status = rc__texts_copy("texts", texts, n, &list.text[RC_DATA_PARTS]);
    if (status == RC_OK) status = encode(b, &list, &ids);
    if (status == RC_OK) {
        rc__inputs in = rc__inputs_of_texts(&ids, "texts");
        status = embed(b, &ids, &in, out);
    }
    rc_array_free(&ids);
    rc_text_list_free(&list);
    return status;
}

rc_status rc_source_apply_texts(rc_context *context, const rc_source *source, int64_t n,
                                const char *const *texts, const rc_view *out)
{
    rc__call call = rc__call_begin(context);
    rc_status status = RC_ARGUMENTS(source, texts, out);
    if (status == RC_OK) status = apply_texts(source->bundle, n, texts, out);
    return rc__call_end(&call, status);
}

/* ---- of one's own ---- */

typedef struct own {
    int sets; /* of which there are so many */
    rc_dataset *data[RC_SOURCE_SETS];
    rc_building of[RC_SOURCE_SETS];
    rc_assembly all;
} own;

static void close_own(own *o)
{
    rc_assembly_free(&o->all);
    for (int k = 0; k < o->sets; k++) {
        rc_building_free(&o->of[k]);
        rc_dataset_close(&o->data[k]);
    }
}

static rc_status add_set(const rc_predictor *p, const rc_data *data, const rc_options *options,
                         const char *name, own *o)
{
    rc_building *b = &o->of[o->sets];
    *b = (rc_building){.model_name = name,
                       .made_with = "rc_source_from_predictor",
                       .tokenizer = p->session->task->tokenizer,
                       .found = p->session->model};
    RC_TRY(rc__options_config(options, &b->config));
    RC_TRY(rc__data_for(p->session->task, data, &o->data[o->sets]));
    b->data = o->data[o->sets++];
    RC_CHECK(b->data->train.n > 0, RC_DATA, "%s: there is no training part", b->data->name);
    return RC_OK;
}

static rc_status build(own *o, const char *name, rc_bundle **out)
{
    rc_json *card = rc_json_object();
    rc_status status = rc_assembly_create(o->of, o->sets, "the predictor", card, &o->all);
    if (status == RC_OK) {
        rc_bundle_parts parts = rc_assembly_parts(&o->all, card);
        status = rc_bundle_make(name, &parts, out);
    }
    rc_json_free(&card);
    return status;
}

static rc_status from_predictor(const rc_predictor *p, const rc_data *const *data, size_t n_data,
                                const rc_options *options, const char *name, rc_source **out)
{
    own o = {0};
    RC_CHECK(n_data >= 1 && n_data <= RC_SOURCE_SETS, RC_CONFIG, "%zu labelled sets; a source has 1 to %d",
             n_data, RC_SOURCE_SETS);
    rc_status status = RC_NEW(out, 1);
    for (size_t k = 0; k < n_data && status == RC_OK; k++)
        status = data[k] ? add_set(p, data[k], options, name, &o)
                         : rc_fail(RC_CONFIG, "labelled set %zu of %zu is missing", k + 1, n_data);
    if (status == RC_OK) status = build(&o, name, &(*out)->bundle);
    close_own(&o);
    return status;
}

rc_status rc_source_from_predictor(rc_context *context, const rc_predictor *predictor,
                                   const rc_data *const *data, size_t n_data, const rc_options *options,
                                   const char *name, rc_source **out)
{
    rc__call call = rc__call_begin(context);
    if (out) *out = NULL;
    rc_status status = RC_ARGUMENTS(predictor, data, name, out);
    if (status == RC_OK) status = from_predictor(predictor, data, n_data, options, name, out);
    if (status != RC_OK) rc_source_destroy(out);
    return rc__call_end(&call, status);
}
