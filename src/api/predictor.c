/* Fitting, saving and loading a predictor. */
#include "api/predictor_parts.h"

#include <math.h>
#include <string.h>

#include "api/taught.h"
#include "api/text_feed.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/progress.h"
#include "datasets/text_inputs.h"
#include "fitting/auto.h"
#include "runs/run_record.h"
#include "runs/session_folder.h"
#include "source/names.h"
#include "tasks/ensemble.h"

bool rc_method_at(int64_t row, rc_method_about *out)
{
    for (int64_t i = 0; out && rc_method_table[i] && row >= 0; i++) {
        if (i < row) continue;
        const rc_method *m = rc_method_table[i];
        const rc_method_about found = {sizeof found, m->name, m->about, m->plain != NULL,
                                       !m->plain && !m->no_texts};
        return rc__options_give("rc_method_about", &found, sizeof found, out) == RC_OK;
    }
    return false;
}

void rc_predictor_destroy(rc_predictor **p)
{
    if (!p || !*p) return;
    rc_session_close(&(*p)->session);
    rc__room_free(&(*p)->room);
    rc_string_free(&(*p)->metrics);
    rc_json_free(&(*p)->result);
    rc_encoders_free(&(*p)->encoders);
    rc_free(*p);
    *p = NULL;
}

/* ---- who listens ---- */

typedef struct listening {
    rc_predictor *p;
    const rc_fit_how *how;
} listening;

static void tell(const listening *l, const char *candidate, rc_session *s, const rc_json *line)
{
    rc_epoch e = {.size = sizeof e,
                  .stage = rc_json_string(line, "stage", ""),
                  .epoch = rc_json_integer(line, "epoch", 0),
                  .seconds = rc_json_number(line, "seconds", NAN),
                  .learning_rate = rc_json_number(line, "lr", NAN),
                  .train_loss = rc_json_number(line, "train_loss", NAN),
                  .valid_loss = rc_json_number(line, "valid_loss", NAN),
                  .valid_metric = rc_json_number(line, "valid_metric", NAN),
                  .metric = rc_metric_name(s->task->metric),
                  .loss = rc_json_number(line, "loss", NAN),
                  .distance = rc_json_number(line, "distance", NAN),
                  .conditional_entropy = rc_json_number(line, "conditional_entropy", NAN),
                  .information = rc_json_number(line, "information", NAN),
                  .candidate = candidate};
    if (l->how->epoch && !l->how->epoch(l->how->epoch_context, &e)) s->stopped = true;
}

static rc_status hear(void *context, rc_session *s, const rc_json *line)
{
    const listening *l = context;
    RC_TRY(rc_run_print_epoch(line, &l->p->metrics));
    tell(l, NULL, s, line);
    return RC_OK;
}

/* The epochs of several models are the history of none. */
static rc_status hear_candidate(void *context, const char *candidate, rc_session *s, const rc_json *line)
{
    tell(context, candidate, s, line);
    return RC_OK;
}

/* ---- fitting ---- */

typedef struct fit {
    rc_fit_how how;
    rc__fitting of;
    rc_bundle *opened; /* the default source */
    rc_dataset *data;
} fit;

static rc_status check_part(const rc_dataset *d)
{
    RC_CHECK(d->train.n > 0, RC_DATA, "%s: there is no training part to fit to", d->name);
    return RC_OK;
}

static rc_status open_source(fit *f, bool text)
{
    const rc_bundle *given = f->how.source ? f->how.source->bundle : NULL;
    if (f->of.method->taught) return rc__taught_open(&f->of, &f->how);
    if (f->of.method->plain && !text) return RC_OK; /* texts are read with a source's tokenizer */
    if (given) {
        f->of.source = given;
        f->of.source_name = given->name;
        return RC_OK;
    }
    f->of.data = f->data;
    rc__fitting_choose_source(&f->of, f->how.sources, text);
    RC_TRY(rc_bundle_open(f->of.source_name, &f->opened));
    f->of.source = f->opened;
    return RC_OK;
}

static rc_status open_data(fit *f, const rc_data *data)
{
    rc_config *c = &f->of.config;
    const rc_method *m = f->of.method;
    if (data->missing) c->data.missing = RC_MISSING_MEAN;
    RC_CHECK(!data->texts || !m->no_texts, RC_CONFIG, "method %s does not take texts: %s", m->name,
             m->no_texts);
    if (!data->texts) RC_TRY(rc__data_share(data, &f->data));
    RC_TRY(open_source(f, data->texts != NULL));
    if (data->texts) RC_TRY(rc__fitting_texts(&f->of, data->texts, data->list, &f->data));
    RC_TRY(check_part(f->data));
    RC_TRY(rc__taught_more(&f->of, data->list, f->data));
    f->of.data = f->data;
    return rc__fitting_split(c, f->data);
}

/* Cut short, the model is the best that stage 2 has seen. */
static rc_status take_best(rc_session *s)
{
    if (!s->model) return s->task->plain ? RC_OK : RC_INTERRUPTED;
    if (s->entered == 0 || s->stage[s->entered - 1] != RC_STAGE_FIT) return RC_INTERRUPTED;
    RC_TRY(rc_session_use_best(s));
    rc_optimizer_destroy(&s->optimizer);
    s->task->averages = s->task->turns;
    return rc_model_merge_adapters(s->model);
}

static rc_status fail_complete(const rc_fit_how *how)
{
    return rc_fail(RC_CONFIG, "%s: the run is complete; load it, or choose another folder", how->folder);
}

/* What the predictor takes of a fit that is over. */
static rc_status hand_over(fit *f, rc_predictor *p)
{
    p->session = f->of.session;
    p->result = f->of.result;
    f->of.session = NULL;
    f->of.result = NULL;
    p->session->listener = (rc_listener){0};
    p->adapters = p->session->model && p->session->model->spec.lora.rank > 0;
    return rc_task_detach(p->session->task);
}

static rc_status run_method(fit *f, const rc_data *data, rc_predictor *p)
{
    double started = rc_clock();
    listening l = {p, &f->how};
    RC_TRY(open_data(f, data));
    f->of.folder = f->how.folder;
    RC_TRY(rc__fitting_prepare(&f->of));
    RC_TRY(rc__fitting_open(&f->of, f->data->name, f->how.resume, NULL));
    if (f->of.session->start == RC_SESSION_IS_DONE) return fail_complete(&f->how);
    f->of.session->listener = (rc_listener){&l, hear};
    rc_status status = rc__fitting_run(&f->of, started);
    if (status == RC_INTERRUPTED && take_best(f->of.session) == RC_OK) {
        RC_TRY(hand_over(f, p));
        return rc_fail(RC_INTERRUPTED, "interrupted; the predictor is the best so far");
    }
    return status == RC_OK ? hand_over(f, p) : status;
}

/* method: its run from each source; NULL: auto. */
static rc_status run_auto(fit *f, const char *method, const rc_data *data, rc_predictor *p)
{
    listening l = {p, &f->how};
    const rc_fit_how *given = &f->how;
    if (data->missing) f->of.config.data.missing = RC_MISSING_MEAN;
    RC_TRY(rc__data_share(data, &f->data));
    RC_TRY(check_part(f->data));
    const rc_auto_how how = {.method = method,
                             .config = &f->of.config,
                             .data = f->data,
                             .data_name = f->data->name,
                             .source = given->source ? given->source->bundle->name : given->sources,
                             .bundle = given->source ? given->source->bundle : NULL,
                             .folder = given->folder,
                             .resume = given->resume,
                             .makes_do = true,
                             .epoch = given->epoch ? hear_candidate : NULL,
                             .epoch_context = &l};
    rc_status status = rc_auto_fit(&how, &p->session, &p->result);
    if (status == RC_OK && !p->session->task) {
        rc_session_close(&p->session);
        return fail_complete(given);
    }
    return status;
}

/* Alone, or among several inputs. */
static bool has_texts(const rc_data *data)
{
    return !data->set || rc_dataset_has_texts(data->set);
}

static rc_status count_sources(const fit *f, bool texts, int *out)
{
    rc_source_names names;
    *out = 0;
    if (!f->how.sources) return RC_OK;
    RC_CHECK(!f->how.source, RC_CONFIG, "rc_fit_how: source and sources cannot be used together");
    RC_TRY(rc_source_names_cut(f->how.sources, &names));
    *out = names.n;
    rc_source_names_free(&names);
    RC_CHECK(*out == 1 || !texts, RC_CONFIG,
             "sources %.60s: texts are read with the tokenizer of one source; give one", f->how.sources);
    return RC_OK;
}

/* Among all at hand, for the method that is named. */
static rc_status choose_source(fit *f, const rc_data *data)
{
    rc_auto_how how = {.config = &f->of.config, .folder = f->how.folder, .resume = f->how.resume};
    if (f->of.method->taught) return RC_OK; /* it refuses any source */
    RC_CHECK(!has_texts(data) && !f->of.method->plain, RC_CONFIG, "sources auto: %s; name one, or none",
             has_texts(data) ? "texts are read with a source's tokenizer" : "plain methods have no source");
    if (data->missing) f->of.config.data.missing = RC_MISSING_MEAN;
    RC_TRY(rc__data_share(data, &how.data));
    rc_status status = check_part(how.data);
    if (status == RC_OK) status = rc_auto_choose(&how, &f->of.choice);
    rc_dataset_close(&how.data);
    f->how.sources = rc_json_string(f->of.choice, "source", NULL);
    return status;
}

static rc_status check_teacher(const fit *f)
{
    bool given = f->how.teacher || f->how.teacher_source || f->how.unpaired;
    RC_CHECK(!given || f->of.method->taught, RC_CONFIG,
             "rc_fit_how: the method %s has no teacher; take the method distill, or leave teacher, "
             "teacher_source and unpaired out",
             f->of.method->name);
    return RC_OK;
}

static rc_status run(fit *f, const rc_data *data, rc_predictor *p)
{
    const char *method = f->how.method ? f->how.method : "nft";
    int sources;
    RC_TRY(rc__options_config(f->how.options, &f->of.config));
    RC_TRY(rc_method_find(method, &f->of.method));
    if (!f->of.method->run && has_texts(data)) RC_TRY(rc_method_find(RC_AUTO_INSTEAD, &f->of.method));
    RC_TRY(check_teacher(f));
    RC_TRY(count_sources(f, has_texts(data), &sources));
    bool all = f->how.sources && strcmp(f->how.sources, RC_SOURCE_AUTO) == 0;
    if (all && !f->of.method->run) f->how.sources = NULL; /* as it does anyway */
    if (!f->of.method->run) return run_auto(f, NULL, data, p);
    if (all) RC_TRY(choose_source(f, data));
    return sources > 1 ? run_auto(f, method, data, p) : run_method(f, data, p);
}

rc_status rc_predictor_fit(rc_context *context, const rc_data *data, const rc_fit_how *how,
                           rc_predictor **out)
{
    rc__call call = rc__call_begin(context);
    fit f = {.how = RC_FIT_HOW_INIT};
    if (out) *out = NULL;
    rc_status status = RC_ARGUMENTS(data, out);
    if (status == RC_OK) status = RC_NEW(out, 1);
    if (status == RC_OK) status = rc__options_take("rc_fit_how", how, sizeof f.how, &f.how);
    if (status == RC_OK) status = run(&f, data, *out);
    rc_session_close(&f.of.session);
    rc__fitting_free(&f.of);
    rc_dataset_close(&f.data);
    rc_bundle_close(&f.opened);
    if (status != RC_OK && out && *out && !(*out)->session) rc_predictor_destroy(out);
    return rc__call_end(&call, status);
}

/* ---- going on ---- */

static rc_status take_settings(rc_session *s, const rc_config *c)
{
    const rc_config before = s->config;
    if (!s->record) s->record = rc_json_object(); /* of a run without one */
    s->config = *c;
    rc_status status = rc_session_choose_shards(s);
    if (status != RC_OK) s->config = before;
    return status;
}

static rc_status begin_again(rc_session *s, const rc_dataset *d, const rc_fit_how *how)
{
    rc_config c;
    RC_TRY(rc__options_config(how->options, &c));
    RC_TRY(check_part(d));
    RC_TRY(rc_layout_check_augmentation(&c, d));
    RC_CHECK(!c.fit.turn || s->task->turns, RC_CONFIG,
             "fit.turn: the predictor was fitted without it, so its inputs are not prepared for that");
    RC_CHECK(!c.fit.lora_from[0], RC_CONFIG,
             "fit.lora_from: the predictor has its weights already; fit a new one to start from adapters");
    RC_TRY(rc_model_check_learns(s->model));
    c.model.precision = s->config.model.precision;
    if (c.fit.head_start == RC_HEAD_BEGINS_AUTO)
        c.fit.head_start = RC_HEAD_BEGINS_SEED; /* the head has learnt already */
    RC_TRY(take_settings(s, &c));
    s->at = (rc_position){0};
    s->entered = 0;
    s->start = RC_SESSION_BEGINS;
    rc_free(s->best); /* of what was cut short before: others may learn now, in other places */
    rc_free(s->average);
    s->best = s->average = NULL;
    s->task->smoothing = c.fit.smoothing;
    s->task->averages = false;
    rc_json_free(&s->notes);
    s->notes = rc_json_array();
    return RC_OK;
}

static rc_status finish(rc_session *s, const char *data, rc_json **result)
{
    *result = rc_json_object();
    rc_json_set_string(*result, "task", data);
    rc_json_set_string(*result, "method", "refine");
    rc_json_set_integer(*result, "seed", s->config.seed);
    return rc_session_finish(s, *result);
}

/* Those that it learns from now are those that it is measured on. */
static rc_status record_data(rc_session *s, const rc_dataset *d)
{
    uint64_t print;
    RC_TRY(rc_dataset_fingerprint(d, &print));
    rc_json_set_string(s->record, "data", d->name);
    rc__json_fingerprint(s->record, "data_fingerprint", print);
    return rc_json_check(s->record);
}

static rc_status train(rc_predictor *p, rc_dataset *d, const rc_fit_how *how)
{
    rc_session *s = p->session;
    listening l = {p, how};
    rc_json *result = NULL;
    RC_TRY(rc_task_attach(s->task, d));
    RC_TRY(rc__fitting_split(&s->config, d));
    RC_TRY(record_data(s, d));
    s->listener = (rc_listener){&l, hear};
    p->metrics.length = 0;
    rc_status status = rc_stage_fit(s);
    if (status == RC_OK) status = finish(s, d->name, &result);
    if (status == RC_INTERRUPTED && take_best(s) != RC_OK) status = RC_INTERNAL;
    rc_optimizer_destroy(&s->optimizer);
    s->listener = (rc_listener){0};
    if (status != RC_OK && !s->changed) { /* the last result is still its own */
        rc_json_free(&result);
        return status;
    }
    /* What is not whole could never be saved. */
    if (result && rc_json_check(result) != RC_OK) rc_json_free(&result);
    rc_json_free(&p->result);
    p->result = result;
    return status;
}

/* What it says of the training behind it. */
typedef struct past {
    rc_config config;
    rc_json *record, *notes;
    rc_position at;
    int64_t shards;
    double smoothing;
    size_t lines; /* of metrics */
} past;

/* j may be NULL; *out is to be freed in any case. */
static rc_status copy(const rc_json *j, rc_json **out)
{
    *out = rc_json_copy(j);
    return j ? rc_json_check(*out) : RC_OK;
}

static rc_status remember(const rc_predictor *p, past *out)
{
    const rc_session *s = p->session;
    *out = (past){s->config, NULL, NULL, s->at, s->shards, s->task->smoothing, p->metrics.length};
    RC_TRY(copy(s->record, &out->record));
    return copy(s->notes, &out->notes);
}

static void put_back(rc_predictor *p, past *before)
{
    rc_session *s = p->session;
    s->config = before->config;
    s->at = before->at;
    s->shards = before->shards;
    s->task->smoothing = before->smoothing;
    p->metrics.length = before->lines;
    rc_json_free(&s->record);
    rc_json_free(&s->notes);
    s->record = before->record;
    s->notes = before->notes;
    before->record = before->notes = NULL;
}

/* What fails before a weight has changed leaves no trace. */
static rc_status refine_on(rc_predictor *p, rc_dataset *d, const rc_fit_how *how)
{
    past before;
    rc_status status;
    RC_TRY_DONE(remember(p, &before));
    p->session->changed = false;
    status = begin_again(p->session, d, how);
    if (status == RC_OK) status = train(p, d, how);
    if (status != RC_OK && !p->session->changed)
        put_back(p, &before);
    else
        p->adapters = false; /* what was learnt is not in them */
done:
    rc_json_free(&before.record);
    rc_json_free(&before.notes);
    return status;
}

static rc_status refine(rc_predictor *p, const rc_data *data, const rc_fit_how *given)
{
    rc_fit_how how = RC_FIT_HOW_INIT;
    rc_dataset *d = NULL;
    RC_TRY(rc__options_take("rc_fit_how", given, sizeof how, &how));
    RC_CHECK(p->session->model, RC_UNSUPPORTED, "there is no model to refine: fit a new plain predictor");
    RC_TRY(rc__data_for(p->session->task, data, &d));
    rc__room_free(&p->room); /* which was for batches of another size */
    rc_status status = refine_on(p, d, &how);
    p->session->task->averages = p->session->task->turns;
    p->session->task->data = NULL;
    rc_dataset_close(&d);
    return status;
}

rc_status rc_predictor_refine(rc_context *context, rc_predictor *predictor, const rc_data *data,
                              const rc_fit_how *how)
{
    rc__call call = rc__call_begin(context);
    rc_status status = RC_ARGUMENTS(predictor, data);
    if (status == RC_OK) status = refine(predictor, data, how);
    return rc__call_end(&call, status);
}

/* ---- scores ---- */

static void list_metrics(const rc_task *t, const rc_json *usual, rc_scores *out)
{
    void *at = NULL;
    const char *key;
    const rc_json *value;
    while (rc_json_each(usual, &at, &key, &value) && out->count < RC_SCORES) {
        const rc_metric *m = rc_metric_named(key, rc__task_metric_target(t));
        if (!m) continue; /* the coverage of quantiles is no score: neither low nor high is better */
        out->name[out->count] = rc_metric_name(m);
        out->values[out->count++] = rc_json_as_number(value);
    }
}

static rc_status evaluate(rc_session *s, const rc_part *part, rc_scores *out)
{
    rc_score score;
    rc_json *usual = rc_json_object();
    rc_status status = rc_evaluate_all(s->graph, s->model, s->task, part, s->config.fit.batch,
                                       &(rc_evaluation){.usual = usual}, &score);
    if (status == RC_OK) status = rc_json_check(usual);
    if (status == RC_OK) {
        out->metric = rc_metric_name(s->task->metric);
        out->value = score.metric;
        out->loss = score.loss;
        out->samples = part->n;
        list_metrics(s->task, usual, out);
    }
    rc_json_free(&usual);
    return status;
}

static rc_status score(rc_predictor *p, const rc_data *data, rc_data_part which, rc_scores *out)
{
    rc_session *s = p->session;
    rc_scores found = RC_SCORES_INIT;
    rc_dataset *d = NULL;
    RC_CHECK(which >= RC_DATA_TRAIN && which < RC_DATA_PARTS, RC_CONFIG, "there is no part %d", (int)which);
    RC_TRY(rc__data_for(p->session->task, data, &d));
    const rc_part *part[] = {&d->train, &d->valid, &d->test};
    rc_status status = rc_task_attach(s->task, d);
    if (status == RC_OK) status = evaluate(s, part[which], &found);
    found.weights = rc__weights(p);
    s->task->data = NULL;
    rc_dataset_close(&d);
    return status == RC_OK ? rc__options_give("rc_scores", &found, sizeof found, out) : status;
}

rc_status rc_predictor_score(rc_context *context, rc_predictor *predictor, const rc_data *data,
                             rc_data_part part, rc_scores *out)
{
    rc__call call = rc__call_begin(context);
    rc_status status = RC_ARGUMENTS(predictor, data, out);
    if (status == RC_OK) status = score(predictor, data, part, out);
    return rc__call_end(&call, status);
}

/* ---- files ---- */

static rc_status write_text(const rc_folder *f, const char *name, const char *text, size_t size)
{
    char path[RC_SESSION_PATH];
    RC_TRY(rc_path_join(f->partial, name, sizeof path, path));
    return rc_file_write(path, text, size);
}

/* A training that was cut short has no result of its own. */
static rc_status write_result(const rc_predictor *p, const rc_folder *f)
{
    const rc_session *s = p->session;
    if (p->result) return rc_json_write(f->partial, RC_RUN_RESULT, p->result);
    rc_json *j = rc_json_object();
    rc_json_set_string(j, "metric", rc_metric_name(s->task->metric));
    rc_json_set_boolean(j, "lower_is_better", true);
    rc_json_set_number(j, "valid", s->at.scored ? s->at.best_metric : NAN);
    rc_json_set_number(j, "test", NAN);
    rc_status status = rc_json_write(f->partial, RC_RUN_RESULT, j);
    rc_json_free(&j);
    return status;
}

static rc_status write_adapters(const rc_predictor *p, const rc_folder *f)
{
    char path[RC_SESSION_PATH];
    rc_safetensors_writer *w;
    if (!p->adapters) return RC_OK;
    RC_TRY(rc_path_join(f->partial, "adapters.safetensors", sizeof path, path));
    RC_TRY(rc_safetensors_writer_create(&w));
    rc_status status = rc_model_store_adapters(p->session->model, w);
    if (status == RC_OK) status = rc_safetensors_writer_write(w, path);
    rc_safetensors_writer_destroy(&w);
    return status;
}

static rc_status write_all(rc_predictor *p, const rc_folder *f)
{
    rc_session *s = p->session;
    char path[RC_SESSION_PATH];
    rc_string config = {0};
    rc_status status = rc_config_write(&s->config, &config);
    if (status == RC_OK) status = write_text(f, RC_RUN_CONFIG, config.data, config.length);
    rc_string_free(&config);
    RC_TRY(status);
    RC_TRY(rc_path_join(f->partial, "model.safetensors", sizeof path, path));
    RC_TRY(rc_session_write_model(s, path));
    RC_TRY(write_adapters(p, f));
    if (s->task->ensemble) RC_TRY(rc_ensemble_save(s->task->ensemble, f->partial));
    if (p->metrics.length > 0) RC_TRY(write_text(f, RC_RUN_EPOCHS, p->metrics.data, p->metrics.length));
    if (s->record) RC_TRY(rc_json_write(f->partial, RC_RUN_IDENTITY, s->record));
    return write_result(p, f);
}

static rc_status save(rc_predictor *p, const char *folder)
{
    rc_folder f;
    RC_TRY(rc_folder_begin(folder, &f));
    return rc_folder_end(&f, write_all(p, &f));
}

rc_status rc_predictor_save(rc_context *context, rc_predictor *predictor, const char *folder)
{
    rc__call call = rc__call_begin(context);
    rc_status status = RC_ARGUMENTS(predictor, folder);
    if (status == RC_OK) status = save(predictor, folder);
    return rc__call_end(&call, status);
}

static rc_status load(const char *folder, rc_predictor *p)
{
    char path[RC_SESSION_PATH];
    RC_TRY(rc_session_load(folder, &p->session));
    rc_session *s = p->session;
    int64_t batch = s->config.fit.batch; /* the model's own */
    RC_TRY(rc_path_join(folder, RC_RUN_CONFIG, sizeof path, path));
    if (rc_path_exists(path)) RC_TRY(rc_config_read(&s->config, path));
    s->config.fit.batch = batch;
    RC_TRY(rc_run_read(folder, RC_RUN_IDENTITY, &s->record));
    return rc_run_read(folder, RC_RUN_RESULT, &p->result);
}

rc_status rc_predictor_load(rc_context *context, const char *folder, rc_predictor **out)
{
    rc__call call = rc__call_begin(context);
    if (out) *out = NULL;
    rc_status status = RC_ARGUMENTS(folder, out);
    if (status == RC_OK) status = RC_NEW(out, 1);
    if (status == RC_OK) status = load(folder, *out);
    if (status != RC_OK) rc_predictor_destroy(out);
    return rc__call_end(&call, status);
}
