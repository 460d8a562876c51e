/* Features of a backbone for images, series or token ids. */
#include <string.h>

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

enum { BATCH = 32 };

typedef struct embedding {
    const char *model, *source, *input, *encoding; /* model or source is NULL */
    const rc_settings *settings;
    char folder[4096]; /* of `model` */
    rc_tokenizer *tokenizer;
    rc_array x;
    rc_texts notes;
    rc_bundle *bundle;
    rc_backbone_config backbone;
    rc_input form; /* of one sample */
    rc_trained of;
} embedding;

/* ---- the input ---- */

/* Series [N, C, L] of the form that the source was trained on. */
static rc_status describe_series(embedding *e, const rc_input *native)
{
    char text[RC_SHAPE_TEXT];
    const int64_t *dim = e->x.shape.dim;
    RC_CHECK(
        e->x.shape.n == 3 && dim[0] >= 1 && dim[1] == native->channels && dim[2] == native->length, RC_SHAPE,
        "%s: shape %s; this backbone takes series [N, %lld, %lld]; other forms go through a run of fit "
        "(\1run)",
        e->input, rc_shape_text(&e->x.shape, text), (long long)native->channels, (long long)native->length);
    e->form = *native;
    return RC_OK;
}

/* Images [N, C, H, W]. */
static rc_status describe_numbers(embedding *e)
{
    char text[RC_SHAPE_TEXT];
    const int64_t *dim = e->x.shape.dim;
    rc_input native = rc_backbone_of(&e->backbone)->native_input(&e->backbone);
    if (native.kind == RC_INPUT_SIGNAL) return describe_series(e, &native);
    RC_CHECK(e->x.shape.n == 4 && dim[0] >= 1, RC_SHAPE,
             "%s: shape %s; this backbone takes images [N, C, H, W]", e->input,
             rc_shape_text(&e->x.shape, text));
    RC_CHECK(dim[1] == native.channels, RC_SHAPE, "%s: %lld channels, the backbone takes %lld", e->input,
             (long long)dim[1], (long long)native.channels);
    e->form = (rc_input){.kind = RC_INPUT_IMAGE, .channels = dim[1], .height = dim[2], .width = dim[3]};
    return RC_OK;
}

/* ---- texts ---- */

static rc_status open_tokenizer(embedding *e)
{
    if (e->model) return rc__text_tokenizer(e->folder, &e->backbone, &e->tokenizer);
    RC_TRY(rc_bundle_tokenizer(e->bundle, &e->tokenizer));
    RC_CHECK(e->tokenizer, RC_FORMAT,
             "%s: this bundle has no tokenizer; give token ids (.npy), or \1model FOLDER", e->source);
    return rc_text_fits(e->tokenizer, e->source, &e->backbone);
}

static rc_status read_texts(embedding *e)
{
    rc_config c;
    rc_config_defaults(&c);
    RC_TRY(rc__settings_apply(&c, e->settings));
    rc_text_options o = rc__text_inputs(&c, e->encoding);
    RC_TRY(open_tokenizer(e));
    RC_TRY(rc_text_max(&c, e->tokenizer, &e->backbone, &o.tokens));
    return rc_text_inputs(e->input, &o, e->tokenizer, &e->notes, &e->x);
}

/* Text models take .npy of token ids, and any other file as texts. */
static rc_status read_input(embedding *e)
{
    if (!rc_takes_text(&e->backbone)) {
        RC_CHECK(!e->encoding, RC_CONFIG, "\1encoding is for texts; this backbone takes %s",
                 rc_backbone_of(&e->backbone)->native->input == RC_INPUT_SIGNAL ? "series" : "images");
        RC_TRY(rc_npy_open(e->input, &e->x));
        return describe_numbers(e);
    }
    if (rc_path_has_suffix(e->input, ".npy"))
        RC_TRY(rc__text_ids(e->input, &e->backbone, &e->x));
    else
        RC_TRY(read_texts(e));
    e->form = (rc_input){.kind = RC_INPUT_TOKENS, .length = e->x.shape.dim[1]};
    return RC_OK;
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

static rc_status open_body(embedding *e, rc_device *device)
{
    if (e->model) return rc_model_folder_open(e->folder, device, &e->form, &e->of.model);
    rc_model_spec spec = {.backbone = e->backbone, .input = e->form, .head = RC_HEAD_NONE};
    rc_weights weights = rc_bundle_weights(e->bundle);
    return rc_model_open(device, &spec, &weights, &e->of.model);
}

static rc_status open_model(embedding *e)
{
    e->of = (rc_trained){.device = rc_device_default(), .batch = BATCH};
    RC_TRY(open_body(e, e->of.device));
    RC_TRY(rc_task_create_bare(&e->backbone, &e->form, &e->of.task));
    return rc_graph_create(e->of.device, &e->of.graph);
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
    bool texts = e->form.kind == RC_INPUT_TOKENS;
    rc__inputs in = texts ? rc__inputs_of_ids(&e->x, e->input) : rc__inputs_of(&e->x, e->input);
    rc__room room = {0};
    *shape = rc__wanted_shape(&e->of, what, in.shape.dim[0]);
    rc__numbers to = {.prefix = "feature", .shape = *shape};
    RC_TRY(rc__numbers_begin(output, &to));
    rc_status status = rc__numbers_end(&to, rc__predict(&e->of, &room, &in, what, add_rows, &to));
    rc__room_free(&room);
    return status;
}

static rc_status run(embedding *e, const char *output, rc__pooling pool, rc_json *j)
{
    char text[RC_SHAPE_TEXT];
    rc__wanted what;
    rc_shape shape;
    RC_TRY(read_config(e));
    RC_TRY(read_input(e));
    RC_TRY(rc__same_array(e->tokenizer ? "another input, or another tokenizer," : "another input", &e->x));
    RC_TRY(open_model(e));
    RC_TRY(choose_pool(e, pool, &what));
    RC_TRY(write_features(e, what, output, &shape));
    if (e->of.model->spec.int8) rc_json_set_string(j, "weights", "int8");
    rc_json_set_string(j, "output", output);
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
    embedding e = {.model = o->model,
                   .source = o->source,
                   .input = o->input,
                   .encoding = o->encoding,
                   .settings = &o->settings};
    rc__pooling pool = RC__POOL_MEAN;
    RC_CHECK(!o->model + !o->source + !o->run == 2, RC_CONFIG,
             "embed: give one of \1model, \1source and \1run");
    RC_TRY(rc_choice_take("\1pool", RC__POOLINGS, o->pool, &pool));
    RC_TRY(rc_encoding_check("\1encoding", o->encoding));
    RC_TRY(rc__output_check(o->output, rc__output_numbers, NULL));
    if (o->run) return rc__embed_run(o, pool, json);
    rc_json *j = rc_json_object();
    rc_status status = run(&e, o->output, pool, j);
    rc_trained_close(&e.of);
    rc_bundle_close(&e.bundle);
    rc_array_free(&e.x);
    rc_texts_free(&e.notes);
    rc_tokenizer_close(&e.tokenizer);
    return rc__json_result(j, status, json);
}
