#include "source/building.h"

#include <string.h>

#include "backbones/shorter.h"
#include "base/finite.h"
#include "base/memory.h"
#include "recraft/version.h"
#include "source/source_samples.h"

enum { MEASURED = 1000 };

/* ---- model with a head for this source set ---- */

static rc_status adopt_body(rc_building *b)
{
    rc_model *found = b->found;
    RC_TRY(rc_model_create(found->device, &b->spec, &b->model));
    RC_TRY(rc_params_initialise(b->model->params, (uint64_t)b->config.seed));
    return rc_model_take(b->model, found); /* a head for other classes is made anew */
}

/* Are tau and rho to give way to the labels of the source? */
static bool chooses(const rc_building *b)
{
    return b->config.source.max_cost < 1;
}

static rc_status choose_samples(rc_building *b)
{
    const rc_config *c = &b->config;
    RC_TRY(rc_dataset_limit_train(b->data, c->data.limit_train, (uint64_t)c->seed));
    if (!chooses(b)) return RC_OK;
    RC_TRY(rc_dataset_hold_out(b->data, c->data.valid_fraction, (uint64_t)c->seed));
    RC_CHECK(b->data->valid.n > 0, RC_CONFIG,
             "source.max_cost is below 1, which needs a validation part; leave data.valid_fraction above 0");
    return RC_OK;
}

/* A source's body takes what its backbone was made for. */
static rc_status check_model(const rc_model *found, const char *place)
{
    RC_CHECK(found && found->spec.n_more == 0 && found->spec.input.kind == found->backbone->native->input,
             RC_UNSUPPORTED,
             "%s: a source needs a model that takes what its backbone takes (images, series or texts), which "
             "this one does not",
             place);
    RC_CHECK(!found->spec.int8, RC_UNSUPPORTED,
             "%s: these weights have 8 bits and cannot learn, as a source's must; build it from the run that "
             "they were exported from",
             place);
    return RC_OK;
}

rc_status rc_building_check(rc_building *b, const char *place)
{
    RC_TRY(check_model(b->found, place));
    b->spec = b->found->spec;
    int64_t channels = b->spec.input.channels;
    /* A run may have learnt from images of other channels, or series of another length. */
    if (b->spec.input.kind != RC_INPUT_TOKENS)
        b->found->backbone->set_native_input(&b->spec.backbone, &b->spec.input);
    RC_CHECK(rc_target_is_class(b->data->target), RC_DATA, "%s: a source set needs class labels [N]",
             b->data->name);
    RC_CHECK(!b->data->train.weight, RC_UNSUPPORTED, "%s: a source set cannot have weights of samples",
             b->data->name);
    RC_TRY(choose_samples(b));
    RC_TRY(rc_task_create(&b->config, b->data, b->found->device, &b->spec, &b->task));
    RC_CHECK(b->spec.input.channels == channels, RC_SHAPE,
             "%s: samples of %lld channels, the model in %s takes %lld", b->data->name,
             (long long)b->spec.input.channels, place, (long long)channels);
    b->spec.readout = RC_READOUT_POOL; /* what recalibration and every target take a source's head to read */
    return RC_OK;
}

/* ---- work ---- */

static const rc_part *judged_on(const rc_building *b)
{
    return b->data->test.n > 0 ? &b->data->test : &b->data->train;
}

/* Embedder and body stay as they are, so what they make of the samples is computed once. */
static rc_status keep_features(rc_building *b)
{
    int64_t max = b->config.source.keep_mb * 1000000;
    RC_TRY(rc_features_keep(b->graph, b->model, b->task, &b->data->train, b->config.source.batch, max,
                            &b->train));
    if (judged_on(b) == &b->data->train) return RC_OK;
    max -= rc_kept_features_bytes(&b->train);
    return rc_features_keep(b->graph, b->model, b->task, judged_on(b), b->config.source.batch, max,
                            &b->judged);
}

static rc_status measure(rc_building *b, rc_head_state *out)
{
    const rc_kept_features *kept = judged_on(b) == &b->data->train ? &b->train : &b->judged;
    rc_params_set_trainable(b->model->params, "", false);
    RC_TRY(rc_params_prepare_grads(b->model->params));
    return rc_head_measure(b->graph, b->model, b->task, judged_on(b), MEASURED, kept, out);
}

static rc_status keep_head(rc_building *b, float *head[2])
{
    for (int i = 0; i < 2; i++) {
        rc_tensor value = rc_params_value(b->model->params, b->model->head[i]);
        RC_TRY(RC_NEW(&head[i], rc_tensor_size(&value)));
        RC_TRY(rc_tensor_download(&value, head[i]));
    }
    return RC_OK;
}

static rc_status use_plain_head(rc_building *b)
{
    for (int i = 0; i < 2; i++) {
        rc_tensor value = rc_params_value(b->model->params, b->model->head[i]);
        RC_TRY(rc_tensor_upload(&value, b->plain[i]));
    }
    return RC_OK;
}

static rc_status measure_valid(rc_building *b, double *accuracy)
{
    rc_head_state state;
    const rc_kept_features none = {0};
    rc_params_set_trainable(b->model->params, "", false);
    RC_TRY(rc_params_prepare_grads(b->model->params));
    RC_TRY(rc_head_measure(b->graph, b->model, b->task, &b->data->valid, 1, &none, &state));
    *accuracy = state.accuracy;
    return RC_OK;
}

static void note_try(rc_json *tried, double tau, double rho, double accuracy)
{
    rc_json *one = rc_json_append(tried, rc_json_object());
    rc_json_set_number(one, "tau", tau);
    rc_json_set_number(one, "rho", rho);
    rc_json_set_number(one, "valid_accuracy", accuracy);
}

static rc_status train_recalibrated(rc_building *b)
{
    return rc_head_train(b->graph, b->model, b->task, &b->config, b->config.source.recalibration_epochs, true,
                         &b->train);
}

/* From the penalty of the settings to gentler ones: the first that costs no more validation accuracy than is
 * allowed. Where none does, the head stays as it was, which is rho 0. The card says what was tried. */
static rc_status choose_penalty(rc_building *b, rc_json *card)
{
    static const double gentler[][2] = {{1, 1}, {2, 1}, {1, 0.1}, {2, 0.1}, {1, 0.01}, {2, 0.01}};
    double tau = b->config.source.tau, rho = b->config.source.rho, before, after;
    rc_json *tried = rc_json_set(card, "tried", rc_json_array());
    RC_TRY(measure_valid(b, &before));
    note_try(tried, tau, 0, before);
    for (size_t i = 0; i < sizeof gentler / sizeof *gentler; i++) {
        b->config.source.tau = tau * gentler[i][0];
        b->config.source.rho = rho * gentler[i][1];
        RC_TRY(train_recalibrated(b));
        RC_TRY(measure_valid(b, &after));
        note_try(tried, b->config.source.tau, b->config.source.rho, after);
        if (after >= before - b->config.source.max_cost) return RC_OK;
        RC_TRY(use_plain_head(b));
    }
    b->config.source.rho = 0;
    return RC_OK;
}

rc_dtype rc_building_storage(const rc_building *b)
{
    static const rc_dtype dtype[] = {
        [RC_STORAGE_BF16] = RC_DTYPE_BF16, [RC_STORAGE_F16] = RC_DTYPE_F16, [RC_STORAGE_F32] = RC_DTYPE_F32};
    return dtype[b->config.source.storage];
}

static rc_status make_features(rc_building *b)
{
    const rc_part *train = &b->data->train;
    int64_t width = rc_model_width(b->model);
    b->n_features = train->n < b->config.source.features ? train->n : b->config.source.features;
    RC_TRY(RC_NEW(&b->features, b->n_features * width));
    RC_TRY(RC_NEW(&b->labels, b->n_features));
    RC_TRY(rc_pooled_features(b->graph, b->model, b->task, train, b->config.source.batch,
                              (uint64_t)b->config.seed, b->n_features, b->features, b->labels));
    RC_CHECK(rc_first_not_finite(b->features, b->n_features * width) < 0, RC_NUMERIC,
             "the source's features are not finite numbers; the model's weights, or the data, are too large");
    /* As they will be read back: what is measured of them belongs to these. */
    rc_dtype storage = rc_building_storage(b);
    void *stored;
    RC_TRY(rc_alloc((size_t)(b->n_features * width), rc_dtype_size(storage), &stored));
    rc_status status = rc_convert_from_f32(storage, b->features, b->n_features * width, stored);
    if (status == RC_OK) rc_convert_to_f32(storage, stored, b->n_features * width, b->features);
    rc_free(stored);
    return status;
}

static rc_status make_tokens(rc_building *b)
{
    b->n_tokens = b->n_features < b->config.source.tokens ? b->n_features : b->config.source.tokens;
    if (b->n_tokens == 0) return RC_OK;
    RC_TRY(RC_NEW(&b->tokens, b->n_tokens * rc_grid_tokens(&b->model->u) * rc_model_width(b->model)));
    return rc_source_tokens_make(b->graph, b->model, b->task, &b->data->train, (uint64_t)b->config.seed,
                                 b->n_tokens, b->tokens, &b->token_length);
}

/* Shares of the labels in train. */
static rc_status make_prior(rc_building *b)
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

static void write_state(rc_json *card, const char *key, const rc_head_state *s)
{
    static const char *const name[] = {"q05", "q25", "q50", "q75", "q95"};
    rc_json *j = rc_json_set(card, key, rc_json_object());
    rc_json_set_number(j, "accuracy", s->accuracy);
    rc_json_set_number(j, "loss", s->loss);
    rc_json_set_number(j, "gradient_norm_mean", s->mean_norm);
    for (int i = 0; i < 5; i++) {
        char full[32];
        snprintf(full, sizeof full, "gradient_norm_%s", name[i]);
        rc_json_set_number(j, full, s->quantile[i]);
    }
}

static void write_labels(const rc_building *b, rc_json *card)
{
    if (b->data->form != RC_FORM_TEXTS) return;
    rc_json_set_string(card, "labels_of", b->data->target == RC_TARGET_WORDS ? "words" : "texts");
    rc_json_set_integer(card, "tokens", b->data->x_shape[1]);
    rc_json *list = rc_json_set(card, "labels", rc_json_array());
    for (int64_t i = 0; i < b->data->classes; i++)
        rc_json_append_string(list, rc_dataset_label_name(b->data, i));
}

static rc_status write_storage(const rc_building *b, rc_json *card)
{
    rc_string word = {0};
    rc_status status = rc_config_get(&b->config, "source", "source.storage", &word);
    if (status == RC_OK) rc_json_set_string(card, "storage", word.data);
    rc_string_free(&word);
    return status;
}

static rc_status write_card(const rc_building *b, rc_json *card)
{
    rc_json_set_string(card, "data", b->data->name);
    rc_json_set_integer(card, "n_train", b->data->train.n);
    rc_json_set_integer(card, "n_test", b->data->test.n);
    rc_json_set_string(card, "measured_on", b->data->test.n > 0 ? "test" : "train");
    rc_json_set_integer(card, "classes", b->data->classes);
    write_labels(b, card);
    rc_json_set_string(card, "model", b->model_name);
    if (b->config.source.learnt_from[0])
        rc_json_set_string(card, "learnt_from", b->config.source.learnt_from);
    rc_json_set_integer(card, "parameters", rc_params_total(b->model->params));
    rc_json_set_number(card, "tau", b->config.source.tau);
    rc_json_set_number(card, "rho", b->config.source.rho);
    rc_json_set_integer(card, "head_epochs", b->config.source.head_epochs);
    rc_json_set_integer(card, "recalibration_epochs", b->config.source.recalibration_epochs);
    rc_json_set_number(card, "lr", b->config.source.optimizer.lr);
    rc_json_set_integer(card, "seed", b->config.seed);
    rc_json_set_integer(card, "features", b->n_features);
    RC_TRY(write_storage(b, card));
    write_state(card, "before_recalibration", &b->before);
    write_state(card, "after_recalibration", &b->after);
    rc_json_set_texts(card, "notes", rc_dataset_notes(b->data));
    rc_json_set_string(card, "made_with", b->made_with);
    rc_json_set_string(card, "version", rc_version());
    return RC_OK;
}

/* What the arrays have been made with. */
static void rest(rc_building *b)
{
    rc_graph_destroy(&b->graph);
    rc_kept_features_free(&b->train);
    rc_kept_features_free(&b->judged);
}

rc_status rc_building_run(rc_building *b, bool with_tokens, rc_json *card)
{
    const rc_config *c = &b->config;
    RC_TRY(adopt_body(b));
    RC_TRY(rc_graph_create(b->found->device, &b->graph));
    RC_TRY(keep_features(b));
    RC_TRY(rc_head_train(b->graph, b->model, b->task, c, c->source.head_epochs, false, &b->train));
    RC_TRY(measure(b, &b->before));
    RC_TRY(keep_head(b, b->plain));
    RC_TRY(chooses(b) ? choose_penalty(b, card) : train_recalibrated(b));
    RC_TRY(keep_head(b, b->head));
    RC_TRY(measure(b, &b->after));
    RC_TRY(make_features(b));
    if (with_tokens) RC_TRY(make_tokens(b));
    RC_TRY(make_prior(b));
    rest(b);
    return write_card(b, card);
}

void rc_building_free(rc_building *b)
{
    rest(b);
    rc_model_destroy(&b->model);
    rc_task_destroy(&b->task);
    rc_free(b->features);
    rc_free(b->labels);
    rc_free(b->tokens);
    rc_free(b->token_length);
    for (int i = 0; i < 2; i++) {
        rc_free(b->plain[i]);
        rc_free(b->head[i]);
    }
    rc_free(b->prior);
}
