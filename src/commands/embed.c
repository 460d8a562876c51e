/* Features of a backbone for images, series or token ids. */
#include <string.h>

#include "api/predicting.h"
#include "api/text_feed.h"
#include "backbones/model_folder.h"
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
    rc_model *m;
    rc_graph *g;
    float *pixels;      /* [BATCH, ...] */
    const int32_t *ids; /* [n, tokens] of x */
    int32_t *length;    /* [n] */
    bool pooled;
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
    return RC_NEW(&e->pixels, BATCH * rc_input_size(&e->form));
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
    return RC_NEW(&e->pixels, BATCH * rc_input_size(&e->form));
}

/* Token ids [N, T]. */
static rc_status describe_texts(embedding *e)
{
    const int64_t *dim = e->x.shape.dim;
    e->form = (rc_input){.kind = RC_INPUT_TOKENS, .length = dim[1]};
    e->ids = e->x.data;
    RC_TRY(RC_NEW(&e->length, dim[0]));
    for (int64_t i = 0; i < dim[0]; i++)
        e->length[i] = (int32_t)rc_row_tokens(e->ids + i * dim[1], dim[1]);
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
    return describe_texts(e);
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

static rc_status open_model(embedding *e)
{
    rc_device *device = rc_device_default();
    if (e->model) return rc_model_folder_open(e->folder, device, &e->form, &e->m);
    rc_model_spec spec = {.backbone = e->backbone, .input = e->form, .head = RC_HEAD_NONE};
    rc_weights weights = rc_bundle_weights(e->bundle);
    return rc_model_open(device, &spec, &weights, &e->m);
}

static rc_status choose_pool(embedding *e, const char *pool)
{
    bool none = strcmp(pool, "none") == 0, cls = strcmp(pool, "cls") == 0;
    RC_CHECK(none || cls || strcmp(pool, "mean") == 0, RC_CONFIG, "\1pool %s: choose none, mean or cls",
             pool);
    RC_CHECK(!cls || e->form.kind == RC_INPUT_TOKENS || e->m->last.extra > 0, RC_CONFIG,
             "\1pool cls: a %s has no class token; choose none or mean", e->m->backbone->name);
    e->pooled = !none;
    e->m->spec.pool = cls ? RC_POOL_CLS : RC_POOL_MEAN;
    return RC_OK;
}

/* ---- the work ---- */

/* Pooled texts are as long as the longest of their batch: what is behind is padding only. */
static rc_feed feed_texts(embedding *e, int64_t first, int64_t n, int32_t *cut)
{
    int64_t all = e->form.length, tokens = e->pooled ? 1 : all;
    for (int64_t i = 0; i < n; i++)
        tokens = e->length[first + i] > tokens ? e->length[first + i] : tokens;
    for (int64_t i = 0; i < n; i++)
        memcpy(cut + i * tokens, e->ids + (first + i) * all, (size_t)tokens * sizeof *cut);
    rc_token_batch batch = {.batch = n, .tokens = tokens, .ids = cut, .length = e->length + first};
    return rc_feed_tokens(e->g, &e->backbone, &batch);
}

static rc_status read_pixels(embedding *e, int64_t first, int64_t n)
{
    int64_t size = rc_input_size(&e->form);
    const char *from = (const char *)e->x.data + (size_t)(first * size) * rc_dtype_size(e->x.dtype);
    rc_convert_to_f32(e->x.dtype, from, n * size, e->pixels);
    for (int64_t i = 0; i < n; i++)
        RC_TRY(rc__check_input(e->input, first + i, e->pixels + i * size, size, false));
    return RC_OK;
}

static rc_feed feed_images(embedding *e, int64_t n)
{
    return (rc_feed){.x = rc_graph_input(e->g, RC_DTYPE_F32, rc_input_shape(&e->form, n), e->pixels, false)};
}

static rc_status run_batch(embedding *e, int64_t first, int64_t n, int32_t *cut, float *out)
{
    if (!e->ids) RC_TRY(read_pixels(e, first, n));
    rc_graph_reset(e->g, false);
    rc_feed feed = e->ids ? feed_texts(e, first, n, cut) : feed_images(e, n);
    rc_var y = rc_model_body(e->g, e->m, rc_model_embed(e->g, e->m, &feed), &feed);
    if (e->pooled) y = rc_model_pool(e->g, e->m, y, &feed);
    RC_TRY(rc_graph_status(e->g));
    RC_TRY(rc_tensor_download(&y->value, out));
    return rc__check_output(e->input, first, out, n, rc_tensor_size(&y->value) / n);
}

/* A batch for each rank. */
static rc_status run_round(embedding *e, int64_t first, int64_t n, int64_t each, int32_t *cut, float *out)
{
    int64_t own, end;
    rc_parallel_batches(n, BATCH, &own, &end);
    if (own < end) RC_TRY(run_batch(e, first + own, end - own, cut, out + own * each));
    return rc_parallel_complete(n, BATCH, NULL, (size_t)each * sizeof *out, out);
}

static rc_status run_rounds(embedding *e, int64_t samples, int64_t each, int32_t *cut, float *out,
                            rc__numbers *to)
{
    int64_t round = BATCH * rc_parallel_size();
    for (int64_t i = 0; i < samples; i += round) {
        int64_t n = samples - i < round ? samples - i : round;
        RC_TRY(run_round(e, i, n, each, cut, out));
        RC_TRY(rc_parallel_agree());
        RC_TRY(rc__numbers_add(to, n, out));
        rc_progress_step("embed", i + n, samples, NULL);
        if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted; nothing was written");
    }
    return RC_OK;
}

/* Batch by batch into the file: the features of a large set need not fit in memory. */
static rc_status write_features(embedding *e, rc_shape shape, const char *output)
{
    rc__numbers to = {.prefix = "feature", .shape = shape};
    float *out = NULL;
    int32_t *cut = NULL;
    int64_t samples = shape.dim[0], each = rc_shape_size(&shape) / samples;
    RC_TRY(rc__numbers_begin(output, &to));
    rc_status status = RC_NEW(&out, BATCH * rc_parallel_size() * each);
    if (status == RC_OK && e->ids) status = RC_NEW(&cut, BATCH * e->form.length);
    if (status == RC_OK) status = run_rounds(e, samples, each, cut, out, &to);
    rc_free(out);
    rc_free(cut);
    return rc__numbers_end(&to, status);
}

static rc_status run(embedding *e, const char *output, const char *pool, rc_json *j)
{
    char text[RC_SHAPE_TEXT];
    RC_TRY(read_config(e));
    RC_TRY(read_input(e));
    RC_TRY(rc__same_array(e->tokenizer ? "another input, or another tokenizer," : "another input", &e->x));
    RC_TRY(open_model(e));
    RC_TRY(choose_pool(e, pool));
    RC_TRY(rc_graph_create(e->m->device, &e->g));
    int64_t n = e->x.shape.dim[0], width = rc_model_features(e->m);
    rc_shape shape = e->pooled ? RC_SHAPE(n, width) : RC_SHAPE(n, rc_grid_tokens(&e->m->last), width);
    RC_TRY(write_features(e, shape, output));
    if (e->m->spec.int8) RC_TRY(rc_json_set_string(j, "weights", "int8"));
    RC_TRY(rc_json_set_string(j, "output", output));
    RC_TRY(rc_json_set_integer(j, "n", n));
    RC_TRY(rc_json_set_string(j, "shape", rc_shape_text(&shape, text)));
    return rc_json_set_texts(j, "notes", &e->notes);
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
    rc_json *j = NULL;
    const char *pool = o->pool ? o->pool : "mean";
    RC_CHECK(!o->model + !o->source + !o->run == 2, RC_CONFIG,
             "embed: give one of \1model, \1source and \1run");
    RC_TRY(rc_encoding_check("\1encoding", o->encoding));
    RC_TRY(rc__output_check(o->output, rc__output_numbers, NULL));
    if (o->run) return rc__embed_run(o, pool, json);
    rc_status status = rc_json_object(&j);
    if (status == RC_OK) status = run(&e, o->output, pool, j);
    rc_graph_destroy(&e.g);
    rc_model_destroy(&e.m);
    rc_bundle_close(&e.bundle);
    rc_array_free(&e.x);
    rc_texts_free(&e.notes);
    rc_free(e.pixels);
    rc_free(e.length);
    rc_tokenizer_close(&e.tokenizer);
    return rc__json_result(j, status, json);
}
