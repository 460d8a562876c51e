/* The end of a training: the model file, the test score (read once), the result. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/choice.h"
#include "base/process.h"
#include "base/progress.h"
#include "recraft/version.h"
#include "training/calibrate.h"
#include "training/examples.h"
#include "training/opponents.h"
#include "training/teacher.h"
#include "training/threshold.h"

/* ---- the model file ---- */

/* To the path, or where the training is kept. */
static rc_status store_model(rc_session *s, const char *path)
{
    rc_safetensors_writer *w;
    RC_TRY(rc_safetensors_writer_create(&w));
    rc_status status = rc_trained_store(&s->config, s->model, s->task, w);
    if (status == RC_OK)
        status = path ? rc_safetensors_writer_write(w, path) : rc_session_keep(s, "model.safetensors", w);
    rc_safetensors_writer_destroy(&w);
    return status;
}

rc_status rc_session_save_model(rc_session *s)
{
    return store_model(s, NULL);
}

rc_status rc_session_write_model(rc_session *s, const char *path)
{
    return store_model(s, path);
}

rc_status rc_session_model_checksum(const rc_session *s, uint64_t *out)
{
    rc_safetensors_writer *w;
    RC_TRY(rc_safetensors_writer_create(&w));
    rc_status status = rc_trained_store(&s->config, s->model, s->task, w);
    if (status == RC_OK) status = rc_safetensors_writer_checksum(w, out);
    rc_safetensors_writer_destroy(&w);
    return status;
}

/* adapters.safetensors: what was learnt beside the source's matrices. The model file has it merged in. */
static rc_status save_adapters(rc_session *s)
{
    rc_safetensors_writer *w;
    if (s->model->spec.lora.rank == 0) return RC_OK;
    RC_TRY(rc_safetensors_writer_create(&w));
    rc_status status = rc_model_store_adapters(s->model, w);
    if (status == RC_OK) status = rc_session_keep(s, "adapters.safetensors", w);
    rc_safetensors_writer_destroy(&w);
    return status;
}

/* ---- the result ---- */

static void add_seconds(const rc_session *s, double test_seconds, rc_json *result)
{
    char stage[RC_CHOICE_TEXT];
    double total = s->prepare_seconds + test_seconds;
    rc_json *seconds = rc_json_set(result, "seconds", rc_json_object());
    rc_json_set_number(seconds, "prepare", s->prepare_seconds);
    for (int64_t i = 0; i < s->entered; i++) {
        rc_json_set_number(seconds, rc_choice_text(RC_STAGES, (int)s->stage[i], stage), s->at.seconds[i]);
        total += s->at.seconds[i];
    }
    if (s->folds_seconds > 0) rc_json_set_number(seconds, "out_of_fold", s->folds_seconds);
    rc_json_set_number(seconds, "test", test_seconds);
    rc_json_set_number(seconds, "total", total);
}

/* A test part that has no score (the metric has no meaning on it, the model's outputs are no numbers) does
 * not undo the training: the result says why it lacks one, and is written before the command fails. */
static rc_status score_test(rc_session *s, rc_json *result, rc_score *out, double interval[2])
{
    rc_status status = rc_score_test(s, out, interval);
    if (status == RC_OK && isnan(out->metric))
        status = rc_fail(RC_NUMERIC, "the model's outputs on the test part are not finite numbers");
    if (status != RC_DATA && status != RC_NUMERIC) return status;
    *out = (rc_score){NAN, NAN};
    rc_json_set_string(result, "test_problem", rc_error_text());
    return RC_OK;
}

/* The loss, in nats, of one who knows the shares of the classes and nothing else. */
static double entropy_of_classes(const rc_task *t)
{
    double sum = 0;
    for (int64_t c = 0; c < t->outputs; c++)
        if (t->share[c] > 0) sum -= t->share[c] * log(t->share[c]);
    return sum;
}

/* A run at chance ends like any other, with a score that looks like one. */
static void warn_of_chance(rc_session *s)
{
    const rc_task *t = s->task;
    /* An entropy is compared with this loss alone, by its name. */
    bool comparable = !s->teacher && t->target == RC_TARGET_CLASSES && t->loss == RC_LOSS_CROSS_ENTROPY &&
                      !t->class_weight && t->smoothing == 0 && s->config.fit.mixup == 0;
    if (!s->model || !comparable || !t->share || !(s->at.train_loss > 0)) return;
    double chance = entropy_of_classes(t);
    if (s->at.train_loss < 0.98 * chance) return;
    rc_session_note(s,
                    "nothing was learnt: the training loss ends at %.4g, and the shares of the classes "
                    "alone give %.4g; try another fit.lr, more epochs or another source",
                    s->at.train_loss, chance);
}

/* Those of the data behind those of the run. */
static rc_status add_notes(rc_session *s, rc_json *result)
{
    rc_json_append_texts(s->notes, rc_dataset_notes(s->task->data));
    if (rc_json_length(s->notes) == 0) return rc_json_check(s->notes);
    rc_json *notes = s->notes;
    s->notes = NULL; /* the result owns them now */
    rc_json_set(result, "notes", notes);
    return RC_OK;
}

/* What stage 1 was worth to a probe. */
static void add_probe(const rc_probed *p, rc_json *result)
{
    if (p->looks == 0) return;
    rc_json *j = rc_json_set(result, "stage_1", rc_json_object());
    rc_json_set_integer(j, "kept_epoch", p->kept);
    rc_json_set_number(j, "probe_start", p->start);
    rc_json_set_number(j, "probe_kept", p->best);
}

static void add_parts(const rc_model *m, rc_json *result)
{
    static const char *const name[RC_PARTS] = {"embedder", "body", "head", "adapters"};
    /* RC_PART_MATCH has no name: it is not of the model that is kept. */
    rc_json *j = rc_json_set(result, "parts", rc_json_object());
    for (int part = 0; part < RC_PARTS; part++) {
        int64_t size = rc_model_numbers(m, part, part + 1);
        if (size > 0 && name[part]) rc_json_set_integer(j, name[part], size);
    }
}

static void add_epochs(const rc_session *s, rc_json *result)
{
    rc_json_set_integer(result, "best_epoch", s->at.best_epoch);
    rc_json_set_integer(result, "epochs", s->config.fit.epochs);
    rc_json_set_integer(result, "parameters", rc_model_numbers(s->model, 0, RC_PART_MATCH));
    add_parts(s->model, result);
    rc_json_set_integer(result, "trainable", rc_params_trainable_total(s->model->params));
}

/* From here on predictions are means over the poses; the score of the best epoch is that of the means. */
static rc_status average_turns(rc_session *s)
{
    rc_score valid;
    s->task->averages = true;
    if (!s->at.scored) return RC_OK;
    RC_TRY(rc_evaluate(s->graph, s->model, s->task, &s->task->data->valid, s->config.fit.batch, NULL, NULL,
                       &valid));
    s->at.best_metric = valid.metric;
    return RC_OK;
}

static void add_scores(const rc_session *s, const rc_score *test, const double interval[2], rc_json *result)
{
    rc_json_set_string(result, "metric", rc_metric_name(s->task->metric));
    rc_json_set_boolean(result, "lower_is_better", true);
    rc_json_set_number(result, "valid", s->at.scored ? s->at.best_metric : NAN);
    rc_json_set_number(result, "test", test->metric);
    rc_result_set_interval(result, interval);
    rc_json_set_number(result, "test_loss", test->loss);
}

static void add_samples(const rc_dataset *d, rc_json *result)
{
    if (d->split[0]) rc_json_set_string(result, "split", d->split);
    rc_json_set_integer(result, "n_train", d->train.n);
    if (d->unlabelled.n > 0) rc_json_set_integer(result, "n_unlabelled", d->unlabelled.n);
    rc_json_set_integer(result, "n_valid", d->valid.n);
    rc_json_set_integer(result, "n_test", d->test.n);
}

static void add_costs(const rc_session *s, double test_seconds, rc_json *result)
{
    add_seconds(s, test_seconds, result);
    rc_json_set_number(result, "peak_rss_mb", (double)rc_peak_rss() / 1e6);
    rc_json_set_string(result, "version", rc_version());
}

rc_status rc_session_finish_cut(rc_session *s, rc_json *result)
{
    static const double none[2] = {NAN, NAN};
    rc_session_count_seconds(s);
    add_scores(s, &(rc_score){NAN, NAN}, none, result);
    add_samples(s->task->data, result);
    add_costs(s, 0, result);
    RC_TRY(add_notes(s, result));
    return rc_json_check(result);
}

rc_status rc_session_finish(rc_session *s, rc_json *result)
{
    rc_score score = {NAN, NAN};
    double started = rc_clock(), interval[2] = {NAN, NAN};
    RC_CHECK(s->at.stage == s->entered && s->at.best_epoch <= s->config.fit.epochs, RC_FORMAT,
             "%s/checkpoint: it is past stage %lld, and the run is at %lld; it is damaged, or belongs to "
             "another run",
             s->directory, (long long)s->at.stage, (long long)s->entered);
    if (s->model) RC_TRY(save_adapters(s));
    if (s->model) RC_TRY(rc_model_merge_adapters(s->model));
    RC_TRY(rc_calibrate(s, result));
    RC_TRY(rc_choose_threshold(s));
    RC_TRY(rc_task_count_classes(s->task));
    RC_TRY(rc_session_save_model(s));
    if (s->task->turns) RC_TRY(average_turns(s));
    if (s->task->data->test.n > 0 && s->config.fit.test) RC_TRY(score_test(s, result, &score, interval));
    rc_task_tell_decision(s->task, result);
    add_scores(s, &score, interval, result);
    if (!isnan(score.metric))
        RC_TRY(rc_evaluate_each_without(s->graph, s->model, s->task, s->config.fit.batch, result));
    add_samples(s->task->data, result);
    if (s->model) add_epochs(s, result);
    add_probe(&s->at.probe, result);
    warn_of_chance(s);
    add_costs(s, rc_clock() - started, result);
    RC_TRY(add_notes(s, result));
    double valid = s->at.scored ? s->at.best_metric : NAN;
    if (s->teacher) RC_TRY(rc_teacher_add(s, valid, score.metric, result));
    if (s->opponents) RC_TRY(rc_opponents_add(s, valid, result));
    RC_TRY(rc_json_check(result));
    if (s->recorder) RC_TRY(s->recorder->result(s, result));
    return rc_result_check(s->directory, result);
}

void rc_result_set_interval(rc_json *result, const double interval[2])
{
    if (isnan(interval[0])) return;
    rc_json *pair = rc_json_set(result, "test_interval", rc_json_array());
    rc_json_append_number(pair, interval[0]);
    rc_json_append_number(pair, interval[1]);
}

rc_status rc_result_check(const char *name, const rc_json *result)
{
    const char *problem = rc_json_string(result, "test_problem", NULL);
    RC_CHECK(!problem, RC_DATA, "%s: the model is trained and saved, but has no test score: %s", name,
             problem);
    return RC_OK;
}
