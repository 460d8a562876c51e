/* Building, showing and listing source bundles. */
#include <stdio.h>
#include <string.h>

#include "api/text.h"
#include "backbones/model_folder.h"
#include "base/file.h"
#include "base/finite.h"
#include "base/home.h"
#include "base/progress.h"
#include "commands/common.h"
#include "methods/method.h"
#include "methods/recalibrate.h"
#include "methods/source_samples.h"
#include "transport/transport.h"

enum { MEASURED = 1000 };

typedef struct build {
    rc_config c;
    char folder[4096], out[4096]; /* of the model; the bundle */
    rc_backbone_config backbone;
    rc_tokenizer *tokenizer; /* of a text model */
    rc_dataset *data;
    rc_task *task;
    rc_model *model;
    rc_graph *graph;
    rc_kept_features train, judged; /* `judged` is empty where it is the train part */
    rc_head_state before, after;    /* recalibration */
    float *features, *prior;
    float *plain[2]; /* weight and bias of the head before recalibration */
    int32_t *labels;
    int64_t n_features, n_tokens;
    float *tokens;
    int32_t *token_length;
    rc_sinkhorn_self self;
} build;

/* ---- model with a head for this source set ---- */

static rc_status adopt_body(build *b, rc_model *found, const rc_model_spec *spec)
{
    RC_TRY(rc_model_create(found->device, spec, &b->model));
    RC_TRY(rc_params_initialise(b->model->params, (uint64_t)b->c.seed));
    for (int i = 0; i < rc_params_count(b->model->params); i++) {
        int from = rc_params_find(found->params, rc_params_get(b->model->params, i)->name);
        if (from < 0 || !rc_shape_equal(&rc_params_get(found->params, from)->shape,
                                        &rc_params_get(b->model->params, i)->shape))
            continue; /* a head for other classes is made anew */
        rc_tensor to = rc_params_value(b->model->params, i), source = rc_params_value(found->params, from);
        RC_TRY(to.device->copy(to.device, to.data, source.data, rc_tensor_bytes(&to)));
    }
    return RC_OK;
}

static rc_status open_data(build *b, const char *data)
{
    if (!rc__takes_text(&b->backbone)) {
        RC_CHECK(!rc_text_is(data, "auto", false), RC_CONFIG,
                 "%s: texts need a model that was trained on text", data);
        return rc_dataset_open(data, RC_DATASET_TRAIN, &b->data);
    }
    RC_CHECK(rc_path_exists(data), RC_IO, "%s: no such data set", data);
    RC_CHECK(rc_text_is(data, b->c.data.format, true), RC_DATA,
             "%s: no texts; a text model takes .csv, .tsv, .jsonl or .conll (a file, or a folder with train "
             "and test), "
             "or arrays with data.format bytes or words",
             data);
    RC_TRY(rc__text_tokenizer(b->folder, &b->backbone, &b->tokenizer));
    return rc__text_data(&b->c, data, b->tokenizer, &b->backbone, 0, &b->data);
}

static rc_status open_model(build *b, const char *data)
{
    rc_model *found;
    rc_device *device;
    RC_TRY(rc_device_by_precision(b->c.model.precision, &device));
    rc_input tokens = {.kind = RC_INPUT_TOKENS, .length = b->data->x_shape[1]};
    RC_TRY(rc_model_folder_open(b->folder, device, b->tokenizer ? &tokens : NULL, &found));
    rc_model_spec spec = found->spec;
    int64_t channels = spec.input.channels;
    rc_status status = rc_task_create(&b->c, b->data, device, &spec, &b->task);
    if (status == RC_OK && spec.input.channels != channels)
        status = rc_fail(RC_SHAPE, "%s: images of %lld channels, the model in %s takes %lld", data,
                         (long long)spec.input.channels, b->folder, (long long)channels);
    spec.readout = RC_READOUT_POOL; /* what recalibration and every target take a source's head to read */
    if (status == RC_OK) status = adopt_body(b, found, &spec);
    rc_model_destroy(&found);
    return status;
}

/* A name is kept where recraft finds it again; anything else is a path. */
static rc_status choose_out(build *b, const char *out)
{
    char file[128];
    bool is_file = rc_path_has_suffix(out, ".safetensors");
    RC_CHECK(is_file || rc_home_is_name(out), RC_CONFIG,
             "--out %.60s: takes a file .safetensors, or a name (letters, digits, - _ .)", out);
    if (is_file) {
        RC_CHECK(strlen(out) < sizeof b->out, RC_CONFIG, "--out %.60s...: the path is too long", out);
        strcpy(b->out, out);
        return RC_OK;
    }
    RC_TRY(rc_home_path("sources", NULL, sizeof b->out, b->out));
    RC_TRY(rc_make_directory(b->out));
    snprintf(file, sizeof file, "%s.safetensors", out);
    return rc_home_path("sources", file, sizeof b->out, b->out);
}

/* Are tau and rho to give way to the labels of the source? */
static bool chooses(const build *b)
{
    return b->c.source.most_cost < 1;
}

static rc_status open_parts(build *b, const rc_source_build_options *o)
{
    RC_TRY(rc_home_find_model(o->model, sizeof b->folder, b->folder));
    RC_TRY(choose_out(b, o->out));
    RC_TRY(rc_model_folder_config(b->folder, &b->backbone));
    RC_TRY(open_data(b, o->data));
    RC_CHECK(b->data->target == RC_TARGET_CLASSES, RC_DATA, "%s: a source set needs class labels [N]",
             o->data);
    RC_TRY(rc_dataset_limit_train(b->data, b->c.data.limit_train, (uint64_t)b->c.seed));
    if (chooses(b)) {
        RC_TRY(rc_dataset_hold_out(b->data, b->c.data.valid_fraction, (uint64_t)b->c.seed));
        RC_CHECK(
            b->data->valid.n > 0, RC_CONFIG,
            "source.most_cost is below 1, which needs a validation part; leave data.valid_fraction above 0");
    }
    RC_TRY(open_model(b, o->data));
    return rc_graph_create(b->model->device, &b->graph);
}

/* ---- work ---- */

static const rc_part *judged_on(const build *b)
{
    return b->data->test.n > 0 ? &b->data->test : &b->data->train;
}

/* Embedder and body stay as they are, so what they make of the samples is computed once. */
static rc_status keep_features(build *b)
{
    int64_t most = b->c.source.keep_mb * 1000000;
    RC_TRY(
        rc_features_keep(b->graph, b->model, b->task, &b->data->train, b->c.source.batch, most, &b->train));
    if (judged_on(b) == &b->data->train) return RC_OK;
    most -= rc_kept_features_bytes(&b->train);
    return rc_features_keep(b->graph, b->model, b->task, judged_on(b), b->c.source.batch, most, &b->judged);
}

static rc_status measure(build *b, rc_head_state *out)
{
    const rc_kept_features *kept = judged_on(b) == &b->data->train ? &b->train : &b->judged;
    rc_params_set_trainable(b->model->params, "", false);
    RC_TRY(rc_params_prepare_grads(b->model->params));
    return rc_head_measure(b->graph, b->model, b->task, judged_on(b), MEASURED, kept, out);
}

static rc_status keep_plain_head(build *b)
{
    for (int i = 0; i < 2; i++) {
        rc_tensor value = rc_params_value(b->model->params, b->model->head[i]);
        RC_TRY(RC_NEW(&b->plain[i], rc_tensor_size(&value)));
        RC_TRY(rc_tensor_download(&value, b->plain[i]));
    }
    return RC_OK;
}

static rc_status use_plain_head(build *b)
{
    for (int i = 0; i < 2; i++) {
        rc_tensor value = rc_params_value(b->model->params, b->model->head[i]);
        RC_TRY(rc_tensor_upload(&value, b->plain[i]));
    }
    return RC_OK;
}

static rc_status measure_valid(build *b, double *accuracy)
{
    rc_head_state state;
    const rc_kept_features none = {0};
    rc_params_set_trainable(b->model->params, "", false);
    RC_TRY(rc_params_prepare_grads(b->model->params));
    RC_TRY(rc_head_measure(b->graph, b->model, b->task, &b->data->valid, 1, &none, &state));
    *accuracy = state.accuracy;
    return RC_OK;
}

static rc_status note_try(rc_json *tried, double tau, double rho, double accuracy)
{
    rc_json *one;
    RC_TRY(rc_json_object(&one));
    RC_TRY(rc_json_append(tried, one));
    RC_TRY(rc_json_set_number(one, "tau", tau));
    RC_TRY(rc_json_set_number(one, "rho", rho));
    return rc_json_set_number(one, "valid_accuracy", accuracy);
}

static rc_status train_recalibrated(build *b)
{
    return rc_head_train(b->graph, b->model, b->task, &b->c, b->c.source.recalibration_epochs, true,
                         &b->train);
}

/* From the penalty of the settings to gentler ones: the first that costs no more validation accuracy than is
 * allowed. Where none does, the head stays as it was, which is rho 0. The card says what was tried. */
static rc_status choose_penalty(build *b, rc_json *card)
{
    static const double gentler[][2] = {{1, 1}, {2, 1}, {1, 0.1}, {2, 0.1}, {1, 0.01}, {2, 0.01}};
    double tau = b->c.source.tau, rho = b->c.source.rho, before, after;
    rc_json *tried;
    RC_TRY(rc_json_array(&tried));
    RC_TRY(rc_json_set(card, "tried", tried));
    RC_TRY(measure_valid(b, &before));
    RC_TRY(note_try(tried, tau, 0, before));
    for (size_t i = 0; i < sizeof gentler / sizeof *gentler; i++) {
        b->c.source.tau = tau * gentler[i][0];
        b->c.source.rho = rho * gentler[i][1];
        RC_TRY(train_recalibrated(b));
        RC_TRY(measure_valid(b, &after));
        RC_TRY(note_try(tried, b->c.source.tau, b->c.source.rho, after));
        if (after >= before - b->c.source.most_cost) return RC_OK;
        RC_TRY(use_plain_head(b));
    }
    b->c.source.rho = 0;
    return RC_OK;
}

static rc_status make_features(build *b)
{
    const rc_part *train = &b->data->train;
    int64_t width = rc_model_width(b->model);
    b->n_features = train->n < b->c.source.features ? train->n : b->c.source.features;
    RC_TRY(RC_NEW(&b->features, b->n_features * width));
    RC_TRY(RC_NEW(&b->labels, b->n_features));
    RC_TRY(rc_pooled_features(b->graph, b->model, b->task, train, b->c.source.batch, (uint64_t)b->c.seed,
                              b->n_features, b->features, b->labels));
    RC_CHECK(rc_first_not_finite(b->features, b->n_features * width) < 0, RC_NUMERIC,
             "the source's features are not finite numbers; the model's weights, or the data, are too large");
    /* The self-distance belongs to the features as they will be read back. */
    rc_dtype storage = strcmp(b->c.source.storage, "bf16") == 0  ? RC_DTYPE_BF16
                       : strcmp(b->c.source.storage, "f16") == 0 ? RC_DTYPE_F16
                                                                 : RC_DTYPE_F32;
    void *stored;
    RC_TRY(rc_alloc((size_t)(b->n_features * width), rc_dtype_size(storage), &stored));
    rc_status status = rc_convert_from_f32(storage, b->features, b->n_features * width, stored);
    if (status == RC_OK) rc_convert_to_f32(storage, stored, b->n_features * width, b->features);
    rc_free(stored);
    RC_TRY(status);
    rc_sinkhorn_options o = rc_sinkhorn_defaults();
    o.epsilon = b->c.align.epsilon;
    o.scaling = b->c.align.scaling;
    return rc_sinkhorn_self_term(b->features, b->n_features, width, &o, &b->self);
}

static rc_status make_tokens(build *b)
{
    b->n_tokens = b->n_features < b->c.source.tokens ? b->n_features : b->c.source.tokens;
    if (b->n_tokens == 0) return RC_OK;
    RC_TRY(RC_NEW(&b->tokens, b->n_tokens * rc_grid_tokens(&b->model->u) * rc_model_width(b->model)));
    return rc_source_tokens_make(b->graph, b->model, b->task, &b->data->train, (uint64_t)b->c.seed,
                                 b->n_tokens, b->tokens, &b->token_length);
}

/* Shares of the labels in train. */
static rc_status make_prior(build *b)
{
    int64_t *count;
    RC_TRY(RC_NEW(&b->prior, b->data->classes));
    RC_TRY(RC_NEW(&count, b->data->classes));
    double all = (double)rc_part_count_labels(&b->data->train, b->data, count);
    for (int64_t c = 0; c < b->data->classes; c++)
        b->prior[c] = (float)((double)count[c] / all);
    rc_free(count);
    return RC_OK;
}

/* ---- the card ---- */

static rc_status write_state(rc_json *card, const char *key, const rc_head_state *s)
{
    static const char *const name[] = {"q05", "q25", "q50", "q75", "q95"};
    rc_json *j;
    RC_TRY(rc_json_object(&j));
    RC_TRY(rc_json_set_number(j, "accuracy", s->accuracy));
    RC_TRY(rc_json_set_number(j, "loss", s->loss));
    RC_TRY(rc_json_set_number(j, "gradient_norm_mean", s->mean_norm));
    for (int i = 0; i < 5; i++) {
        char full[32];
        snprintf(full, sizeof full, "gradient_norm_%s", name[i]);
        RC_TRY(rc_json_set_number(j, full, s->quantile[i]));
    }
    return rc_json_set(card, key, j);
}

static rc_status write_labels(const build *b, rc_json *card)
{
    rc_json *list;
    if (!rc_dataset_label_name(b->data, 0)) return RC_OK;
    RC_TRY(rc_json_set_string(card, "labels_of", b->data->of_words ? "words" : "texts"));
    RC_TRY(rc_json_set_integer(card, "tokens", b->data->x_shape[1]));
    RC_TRY(rc_json_array(&list));
    RC_TRY(rc_json_set(card, "labels", list));
    for (int64_t i = 0; i < b->data->classes; i++)
        RC_TRY(rc_json_append_string(list, rc_dataset_label_name(b->data, i)));
    return RC_OK;
}

static rc_status write_card(const build *b, const rc_source_build_options *o, rc_json *card)
{
    RC_TRY(rc_json_set_string(card, "data", b->data->name));
    RC_TRY(rc_json_set_integer(card, "n_train", b->data->train.n));
    RC_TRY(rc_json_set_integer(card, "n_test", b->data->test.n));
    RC_TRY(rc_json_set_string(card, "measured_on", b->data->test.n > 0 ? "test" : "train"));
    RC_TRY(rc_json_set_integer(card, "classes", b->data->classes));
    RC_TRY(write_labels(b, card));
    RC_TRY(rc_json_set_string(card, "model", rc_path_base(o->model)));
    RC_TRY(rc_json_set_integer(card, "parameters", rc_params_total(b->model->params)));
    RC_TRY(rc_json_set_number(card, "tau", b->c.source.tau));
    RC_TRY(rc_json_set_number(card, "rho", b->c.source.rho));
    RC_TRY(rc_json_set_integer(card, "head_epochs", b->c.source.head_epochs));
    RC_TRY(rc_json_set_integer(card, "recalibration_epochs", b->c.source.recalibration_epochs));
    RC_TRY(rc_json_set_integer(card, "seed", b->c.seed));
    RC_TRY(rc_json_set_integer(card, "features", b->n_features));
    RC_TRY(rc_json_set_string(card, "storage", b->c.source.storage));
    RC_TRY(write_state(card, "before_recalibration", &b->before));
    RC_TRY(write_state(card, "after_recalibration", &b->after));
    RC_TRY(rc_json_set_texts(card, "notes", rc_dataset_notes(b->data)));
    RC_TRY(rc_json_set_string(card, "made_with", "recraft source build"));
    return rc_json_set_string(card, "version", rc_version());
}

static rc_status write_bundle(const build *b, const char *out, const rc_json *card)
{
    const char *s = b->c.source.storage;
    rc_bundle_parts parts = {.model = b->model,
                             .n_features = b->n_features,
                             .features = b->features,
                             .labels = b->labels,
                             .n_tokens = b->n_tokens,
                             .tokens = b->tokens,
                             .token_length = b->token_length,
                             .plain_weight = b->plain[0],
                             .plain_bias = b->plain[1],
                             .prior = b->prior,
                             .self_distance = b->self.value,
                             .self_epsilon = b->self.epsilon,
                             .card = card,
                             .tokenizer = b->tokenizer,
                             .storage = strcmp(s, "bf16") == 0  ? RC_DTYPE_BF16
                                        : strcmp(s, "f16") == 0 ? RC_DTYPE_F16
                                                                : RC_DTYPE_F32};
    return rc_bundle_write(out, &parts);
}

static rc_status run(build *b, const rc_source_build_options *o, rc_json *card)
{
    rc_config_defaults(&b->c);
    RC_TRY(rc__settings_apply(&b->c, &o->settings));
    RC_TRY(open_parts(b, o));
    RC_TRY(keep_features(b));
    RC_TRY(rc_head_train(b->graph, b->model, b->task, &b->c, b->c.source.head_epochs, false, &b->train));
    RC_TRY(measure(b, &b->before));
    RC_TRY(keep_plain_head(b));
    RC_TRY(chooses(b) ? choose_penalty(b, card) : train_recalibrated(b));
    RC_TRY(measure(b, &b->after));
    RC_TRY(make_features(b));
    RC_TRY(make_tokens(b));
    RC_TRY(make_prior(b));
    RC_TRY(write_card(b, o, card));
    return write_bundle(b, b->out, card);
}

rc_status rc_source_build(const rc_source_build_options *o, char **json)
{
    build b = {0};
    rc_json *card;
    RC_TRY(rc_json_object(&card));
    rc_status status = run(&b, o, card);
    rc_graph_destroy(&b.graph);
    rc_model_destroy(&b.model);
    rc_task_destroy(&b.task);
    rc_dataset_close(&b.data);
    rc_tokenizer_close(&b.tokenizer);
    rc_kept_features_free(&b.train);
    rc_kept_features_free(&b.judged);
    rc_free(b.features);
    rc_free(b.labels);
    rc_free(b.tokens);
    rc_free(b.token_length);
    rc_free(b.plain[0]);
    rc_free(b.plain[1]);
    rc_free(b.prior);
    return rc__json_result(card, status, json);
}

/* ---- show and list ---- */

static rc_status copy_json(const rc_json *from, rc_json **out)
{
    char *text;
    RC_TRY(rc_json_text(from, false, &text));
    rc_status status = rc_json_parse("card", text, strlen(text), out);
    rc_free(text);
    return status;
}

static rc_status show(const rc_bundle *b, rc_json *j)
{
    rc_json *card, *backbone;
    RC_TRY(rc_json_set_string(j, "source", b->name));
    RC_TRY(rc_json_set_integer(j, "classes", b->classes));
    RC_TRY(rc_json_set_integer(j, "features", b->n_features));
    RC_TRY(rc_json_set_integer(j, "width", b->width));
    RC_TRY(rc_json_set_integer(j, "tokens", b->n_tokens));
    RC_TRY(rc_json_set_number(j, "self_distance", b->self_distance));
    RC_TRY(rc_json_set_number(j, "self_epsilon", b->self_epsilon));
    RC_TRY(rc_backbone_config_write(&b->backbone, &backbone));
    RC_TRY(rc_json_set(j, "backbone", backbone));
    RC_TRY(copy_json(b->card, &card));
    return rc_json_set(j, "card", card);
}

rc_status rc_source_show(const char *source, char **json)
{
    rc_bundle *b;
    rc_json *j;
    RC_TRY(rc_bundle_open(source, &b));
    rc_status status = rc_json_object(&j);
    if (status == RC_OK) status = rc__json_result(j, show(b, j), json);
    rc_bundle_close(&b);
    return status;
}

rc_status rc_source_list(char **json)
{
    rc_json *j, *list, *kept;
    RC_TRY(rc_json_object(&j));
    rc_status status = rc_json_array(&list);
    for (int i = 0; status == RC_OK && rc_bundle_builtin(i); i++)
        status = rc_json_append_string(list, rc_bundle_builtin(i));
    if (status == RC_OK) status = rc_json_set(j, "sources", list);
    if (status == RC_OK) status = rc_json_array(&kept);
    if (status == RC_OK) status = rc_bundle_list_kept(kept);
    if (status == RC_OK) status = rc_json_set(j, "built_here", kept);
    return rc__json_result(j, status, json);
}
