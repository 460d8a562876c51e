/* Training on a target data set. */
#include <string.h>

#include "base/file.h"
#include "base/progress.h"
#include "commands/auto.h"
#include "commands/text.h"
#include "methods/method.h"
#include "training/benchmark.h"
#include "training/partial.h"

typedef struct fit {
    const rc_fit_options *o;
    const char *source_name; /* as given, or chosen by the form of the data */
    const rc_method *method;
    rc_config c;
    rc_bundle *source;
    rc_dataset *data;
    rc_tokenizer *tokenizer; /* of texts, until the task has it */
    rc_model_spec spec;
    rc_task *task; /* both until the session has them */
    rc_model *model;
    rc_session *s;
    rc_json *result;
} fit;

static rc_status describe(const fit *f, rc_json *identity)
{
    RC_TRY(rc_json_set_string(identity, "command", "fit"));
    RC_TRY(rc_json_set_string(identity, "data", f->o->data));
    RC_TRY(rc_json_set_string(identity, "method", f->method->name));
    RC_TRY(rc__json_fingerprint(identity, "data_fingerprint", rc_dataset_fingerprint(f->data)));
    if (!f->source) return RC_OK;
    RC_TRY(rc_json_set_string(identity, "source", f->source_name));
    return rc__json_fingerprint(identity, "source_fingerprint", rc_safetensors_checksum(f->source->file));
}

static void give_tokenizer(fit *f)
{
    f->task->tokenizer = f->tokenizer;
    f->tokenizer = NULL;
}

/* No model: whether the predictor serves such data is told before there is a folder. */
static rc_status make_plain(fit *f)
{
    rc_device *device;
    RC_TRY(rc_device_by_precision(f->c.model.precision, &device));
    RC_TRY(rc_task_create_plain(&f->c, f->data, device, &f->task));
    give_tokenizer(f);
    rc_plain_form form = rc_task_plain_form(f->task);
    return rc_plain_check(f->method->plain, &form, f->data->train.n);
}

/* The target model: the source's body, an embedder for the data, a fresh head. Made before the run's folder
 * is, so that what does not fit leaves nothing behind. */
static rc_status make_model(fit *f)
{
    rc_device *device;
    if (f->method->plain) return make_plain(f);
    RC_TRY(rc_device_by_precision(f->c.model.precision, &device));
    f->spec.backbone = f->source->backbone;
    RC_TRY(rc_partial_adapters(&f->c, &f->spec.lora));
    RC_TRY(rc_task_create(&f->c, f->data, device, &f->spec, &f->task));
    give_tokenizer(f);
    RC_CHECK(!f->method->linear_head || (f->spec.head == RC_HEAD_LINEAR && !f->spec.of_words), RC_CONFIG,
             "--method %s predicts classes, labels or numbers of a sample, not fields or words",
             f->method->name);
    f->spec.gate = rc_method_has_gate(f->method);
    RC_TRY(rc_model_create(device, &f->spec, &f->model));
    RC_TRY(rc_partial_apply(&f->c, f->c.fit.train, f->model));
    rc_weights weights = rc_bundle_weights(f->source);
    return rc_model_start(f->model, &weights, (uint64_t)f->c.seed);
}

/* Gives model and task to the session. */
static rc_status start(fit *f)
{
    rc_session *s = f->s;
    s->task = f->task;
    s->model = f->model;
    f->task = NULL;
    f->model = NULL;
    return s->start == RC_SESSION_GOES_ON ? rc_session_restore(s) : RC_OK;
}

static rc_status open_data(fit *f)
{
    bool text = rc_text_is(f->o->data, f->c.data.format, false);
    RC_CHECK(!text || !f->method->no_texts, RC_CONFIG, "--method %s does not take texts: %s", f->method->name,
             f->method->no_texts);
    if (!text) RC_TRY(rc__open_arrays(f->o->data, &f->c, &f->data));
    f->source_name = f->o->source ? f->o->source : !text && f->data->x_dims == 2 ? "swin-mini" : "minilm";
    /* Texts are read with the source's tokenizer, by plain predictors too. */
    if (!f->method->plain || text) RC_TRY(rc_bundle_open(f->source_name, &f->source));
    if (text) RC_TRY(rc__text_target(&f->c, f->o->data, f->source, &f->tokenizer, &f->data));
    RC_TRY(rc_dataset_limit_train(f->data, f->c.data.limit_train, (uint64_t)f->c.seed));
    return rc_dataset_hold_out(f->data, f->c.data.valid_fraction, (uint64_t)f->c.seed);
}

static rc_status open_session(fit *f)
{
    rc_json *identity;
    RC_TRY(rc_json_object(&identity));
    rc_status status = describe(f, identity);
    if (status == RC_OK) return rc_session_open(f->o->out, &f->c, identity, f->o->resume, &f->s);
    rc_json_free(&identity);
    return status;
}

static rc_status run(fit *f)
{
    double started = rc_clock();
    rc_json *result;
    rc_config_defaults(&f->c);
    if (f->o->task) {
        const rc_benchmark *task;
        RC_TRY(rc_benchmark_find(f->o->task, &task));
        RC_TRY(rc_benchmark_apply(task, &f->c));
        rc_config_take_as_defaults(&f->c);
    }
    RC_TRY(rc__settings_apply(&f->c, &f->o->settings));
    RC_TRY(rc_method_find(f->o->method, &f->method));
    RC_TRY(open_data(f));
    if (f->method->check) RC_TRY(f->method->check(&f->c, f->source));
    RC_TRY(make_model(f));
    RC_TRY(open_session(f));
    if (f->s->start == RC_SESSION_IS_DONE) return rc_session_result(f->s, &f->result);
    RC_TRY(start(f));
    f->s->prepare_seconds = rc_clock() - started;
    f->s->pause = f->o->pause;
    f->s->opponents = !f->method->plain && rc__wants_opponents(f->o, &f->c);
    RC_TRY(f->method->run(f->s, f->source));
    RC_TRY(rc_json_object(&f->result));
    result = f->result;
    RC_TRY(rc_json_set_string(result, "task", f->data->name));
    RC_TRY(rc_json_set_string(result, "method", f->method->name));
    if (f->source) RC_TRY(rc_json_set_string(result, "source", f->source_name));
    RC_TRY(rc_json_set_integer(result, "seed", f->c.seed));
    RC_TRY(rc_json_set_string(result, "run", f->o->out));
    return rc_session_finish(f->s, result);
}

/* Texts have one source and no plain predictors: there is nothing to choose among. */
static rc_status is_text(const rc_fit_options *o, bool *out)
{
    rc_config c;
    rc_config_defaults(&c);
    RC_TRY(rc__settings_apply(&c, &o->settings));
    *out = rc_text_is(o->data, c.data.format, false);
    return RC_OK;
}

rc_status rc_fit(const rc_fit_options *o, char **json)
{
    fit f = {.o = o};
    rc_fit_options of_text = *o;
    bool text;
    if (strcmp(o->method, "auto") == 0) {
        RC_CHECK(!o->task, RC_CONFIG, "a task has settings of its own (--task %s): choose a method", o->task);
        RC_TRY(is_text(o, &text));
        if (!text) return rc__fit_auto(o, json);
        of_text.method = "nft";
        f.o = &of_text;
    }
    rc_status status = run(&f);
    rc_session_close(&f.s);
    rc_task_destroy(&f.task);
    rc_tokenizer_close(&f.tokenizer);
    rc_model_destroy(&f.model);
    rc_dataset_close(&f.data);
    rc_bundle_close(&f.source);
    return rc__json_result(f.result, status, json);
}

rc_status rc_methods(char **json)
{
    rc_json *j, *list;
    RC_TRY(rc_json_object(&j));
    rc_status status = rc_json_array(&list);
    for (const rc_method *const *m = rc_method_table; *m && status == RC_OK; m++) {
        rc_json *one;
        status = rc_json_object(&one);
        if (status == RC_OK) status = rc_json_set_string(one, "name", (*m)->name);
        if (status == RC_OK) status = rc_json_set_string(one, "about", (*m)->about);
        if (status == RC_OK) status = rc_json_append(list, one);
    }
    if (status == RC_OK) status = rc_json_set(j, "methods", list);
    return rc__json_result(j, status, json);
}

rc_status rc_settings_list(char **json)
{
    rc_json *j, *list;
    RC_TRY(rc_json_object(&j));
    rc_status status = rc_json_array(&list);
    for (int i = 0; i < rc_config_table_count && status == RC_OK; i++) {
        const rc_config_row *row = &rc_config_table[i];
        rc_json *one;
        status = rc_json_object(&one);
        if (status == RC_OK) status = rc_json_set_string(one, "key", row->key);
        if (status == RC_OK) status = rc_json_set_string(one, "default", row->initial);
        if (status == RC_OK) status = rc_json_set_string(one, "about", row->about);
        if (status == RC_OK && row->choices) status = rc_json_set_string(one, "choices", row->choices);
        if (status == RC_OK) status = rc_json_append(list, one);
    }
    if (status == RC_OK) status = rc_json_set(j, "settings", list);
    return rc__json_result(j, status, json);
}
