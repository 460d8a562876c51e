/* Features of a backbone for images, series or token ids. */
#include <string.h>

#include "api/body.h"
#include "api/predicting.h"
#include "api/text_feed.h"
#include "backbones/model_folder.h"
#include "base/choice.h"
#include "base/file.h"
#include "base/home.h"
#include "base/progress.h"
#include "commands/common.h"
#include "commands/outputs.h"
#include "formats/text_file.h"
#include "parallel/parallel.h"
#include "source/bundle.h"

typedef struct embedding {
    const char *model, *source, *input, *part, *encoding; /* model or source is NULL */
    rc_config config;
    char folder[4096]; /* of `model` */
    rc_tokenizer *tokenizer;
    rc_array x;
    rc__text_ids ids; /* in place of its numbers */
    rc__inputs all;
    rc_texts notes;
    rc_bundle *bundle;
    rc_backbone_config backbone;
    rc_input form; /* of one sample */
    rc_trained of;
} embedding;

/* ---- texts ---- */

static rc_status open_tokenizer(embedding *e)
{
    if (e->model) return rc__text_tokenizer(e->folder, &e->backbone, &e->tokenizer);
    return rc__body_tokenizer(e->bundle, &e->tokenizer);
}

static rc_status read_texts(embedding *e)
{
    rc_text_options o = rc__text_inputs(&e->config, e->encoding);
    RC_TRY(open_tokenizer(e));
    RC_TRY(rc_text_max(&e->config, e->tokenizer, &e->backbone, &o.tokens));
    RC_TRY(rc_text_inputs(e->input, &o, e->tokenizer, &e->notes, &e->x));
    e->all = rc__inputs_of_texts(&e->x, e->input);
    return RC_OK;
}

static rc_status read_arrays(embedding *e)
{
    const rc_inputs_asked how = {.part = e->part, .encoding = e->encoding, .mib = e->config.data.memory};
    rc_texts none;
    RC_TRY(rc_inputs_read(e->input, &how, &e->notes, &e->x, &none));
    e->all = rc__inputs_of(&e->x, e->input);
    if (!rc_takes_text(&e->backbone)) return RC_OK;
    RC_TRY(rc__text_ids_take(e->input, &e->x, &e->backbone, &e->ids));
    e->all = rc__inputs_of_ids(&e->ids);
    return RC_OK;
}

/* Text models take arrays of token ids, and any other file as texts. */
static rc_status read_input(embedding *e)
{
    bool texts = rc_takes_text(&e->backbone), arrays = true;
    RC_CHECK(texts || !e->encoding, RC_CONFIG, "\1encoding is for texts; this backbone takes %s",
             rc_backbone_of(&e->backbone)->native->input == RC_INPUT_SIGNAL ? "series" : "images");
    RC_TRY(rc_inputs_check_part(e->input, e->part, e->encoding));
    if (texts) RC_TRY(rc_inputs_recognise(e->input, e->encoding, &arrays));
    RC_TRY(arrays ? read_arrays(e) : read_texts(e));
    return rc__body_form(&e->backbone, e->input, &e->x, &e->form);
}

/* ---- the model ---- */

static rc_status read_config(embedding *e)
{
    if (e->model) {
        RC_TRY(rc_home_find_model(e->model, sizeof e->folder, e->folder));
        RC_TRY(rc__same_model(e->folder));
        return rc_model_folder_config(e->folder, &e->backbone);
    }
    RC_TRY(rc_bundle_open(e->source, &e->bundle));
    RC_TRY(rc__same_source(e->bundle));
    e->backbone = e->bundle->backbone;
    return RC_OK;
}

static rc_status choose_pool(embedding *e, rc__pooling pool, rc__wanted *what)
{
    bool none = pool == RC__POOL_NONE, cls = pool == RC__POOL_CLS;
    rc_model *m = e->of.model;
    RC_CHECK(!cls || e->form.kind == RC_INPUT_TOKENS || m->last.extra > 0, RC_CONFIG,
             "\1pool cls: a %s has no class token; choose none or mean", m->backbone->name);
    m->spec.pool = cls ? RC_POOL_CLS : RC_POOL_MEAN;
    e->of.task->uncut = none;
    *what = none ? RC__TOKENS : RC__POOLED;
    return RC_OK;
}

/* ---- the work ---- */

static rc_status add_rows(void *context, int64_t first, int64_t n, const float *rows)
{
    (void)first;
    return rc__numbers_add(context, n, rows);
}

/* Batch by batch into the file: the features of a large set need not fit in memory. */
static rc_status write_features(embedding *e, rc__wanted what, const char *output, rc_shape *shape)
{
    rc__room room = {0};
    *shape = rc__wanted_shape(&e->of, what, e->all.shape.dim[0]);
    rc__numbers to = {.prefix = "feature", .shape = *shape};
    RC_TRY(rc__numbers_begin(output, &to));
    rc_status status = rc__numbers_end(&to, rc__predict(&e->of, &room, &e->all, what, add_rows, &to));
    rc__room_free(&room);
    return status;
}

static rc_status run(embedding *e, const rc_embed_options *o, rc__pooling pool, rc_json *j)
{
    char text[RC_SHAPE_TEXT];
    rc__wanted what;
    rc_shape shape;
    rc_config_defaults(&e->config);
    RC_TRY(rc__settings_apply(&e->config, &o->settings));
    RC_TRY(read_config(e));
    RC_TRY(read_input(e));
    RC_TRY(rc__same_array(e->tokenizer ? "another input, or another tokenizer," : "another input", &e->x));
    RC_TRY(rc__body_open(&e->backbone, e->model ? e->folder : NULL, e->bundle, &e->form, &e->of));
    RC_TRY(choose_pool(e, pool, &what));
    RC_TRY(write_features(e, what, o->output, &shape));
    if (e->of.model->spec.int8) rc_json_set_string(j, "weights", "int8");
    rc_json_set_string(j, "output", o->output);
    rc_json_set_integer(j, "n", shape.dim[0]);
    rc_json_set_string(j, "shape", rc_shape_text(&shape, text));
    rc_json_set_texts(j, "notes", &e->notes);
    return RC_OK;
}

rc_status rc_embed(const rc_embed_options *given, char **json)
{
    rc_embed_options own = RC_EMBED_OPTIONS_INIT, *o = &own;
    RC_TRY(rc__options_take("rc_embed_options", given, sizeof own, o));
    RC_TRY(RC_FIELDS("rc_embed_options", o->input, o->output));
    embedding e = {
        .model = o->model, .source = o->source, .input = o->input, .part = o->part, .encoding = o->encoding};
    rc__pooling pool = RC__POOL_MEAN;
    RC_CHECK(!o->model + !o->source + !o->run == 2, RC_CONFIG,
             "embed: give one of \1model, \1source and \1run");
    RC_TRY(rc_choice_take("\1pool", RC__POOLINGS, o->pool, &pool));
    RC_TRY(rc_encoding_check("\1encoding", o->encoding));
    RC_TRY(rc__output_check(o->output, rc__output_numbers, NULL));
    if (o->run) return rc__embed_run(o, pool, json);
    rc_json *j = rc_json_object();
    rc_status status = run(&e, o, pool, j);
    rc_trained_close(&e.of);
    rc_bundle_close(&e.bundle);
    rc_array_free(&e.x);
    rc_texts_free(&e.notes);
    rc_tokenizer_close(&e.tokenizer);
    return rc__json_result(j, status, json);
}
