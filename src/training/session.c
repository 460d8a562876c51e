#include "training/session.h"

#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/checksum.h"
#include "base/choice.h"
#include "base/cores.h"
#include "base/current_context.h"
#include "base/process.h"
#include "base/progress.h"
#include "parallel/parallel.h"
#include "recraft/version.h"
#include "settings/optimize.h"
#include "training/rehearsal.h"

/* Between two checkpoints at least so many times what one takes. */
static const double CHECKPOINT_INTERVAL = 19.0;
static const char UNEQUAL[] =
    "ranks differ in %s: the last bits of the result may be other than with equal ranks";

/* ---- beginning and end ---- */

/* What the number of threads is due to. */
static const char *threads_by(void)
{
    const char *by;
    if (rc_context_threads(rc_context_current()) > 0) return "the program";
    if (rc_cores_chosen()) return "OMP_NUM_THREADS";
    int64_t granted = rc_cores_granted(rc_parallel_processors(omp_get_num_procs()), &by);
    return omp_get_max_threads() == granted ? by : "the program";
}

/* What computes; a resumed run is compared with it. */
static void add_machine(rc_json *record, const char *device)
{
    char processor[128];
    rc_json *j = rc_json_set(record, "machine", rc_json_object());
    rc_processor_name(sizeof processor, processor);
    rc_json_set_integer(j, "threads", omp_get_max_threads());
    rc_json_set_string(j, "threads_by", threads_by());
    rc_json_set_string(j, "processor", processor);
    rc_json_set_string(j, "device", device);
    rc_json_set_string(j, "version", rc_version());
}

/* A run is one on all ranks: what it is, with fingerprints of the data and the source, and its settings. */
static rc_status same_on_all_ranks(const rc_session *s)
{
    rc_checksum c;
    char *identity;
    RC_TRY(rc_json_text(s->record, false, &identity));
    rc_checksum_begin(&c);
    rc_checksum_add_text(&c, identity);
    rc_free(identity);
    RC_TRY(rc_parallel_same("other data, or another source,", rc_checksum_value(&c)));
    return rc_config_same(&s->config);
}

/* Ranks may be unequal in what computes: that changes the last bits, and only a run of equal ones has those
 * that were promised. */
static rc_status note_unequal_ranks(rc_session *s)
{
    const rc_json *machine = rc_json_get(s->record, "machine");
    rc_checksum c;
    bool same;
    RC_TRY(rc_parallel_is_same((uint64_t)rc_json_integer(machine, "threads", 0), &same));
    if (!same) rc_session_note(s, UNEQUAL, "threads");
    rc_checksum_begin(&c);
    rc_checksum_add_text(&c, rc_json_string(machine, "processor", ""));
    RC_TRY(rc_parallel_is_same(rc_checksum_value(&c), &same));
    if (!same) rc_session_note(s, UNEQUAL, "their processors");
    return RC_OK;
}

rc_status rc_session_set_shards(rc_session *s, int64_t shards)
{
    int64_t ranks = rc_parallel_size(), batch = s->config.fit.batch;
    RC_CHECK(shards % ranks == 0, RC_CONFIG,
             "a batch of this run is %lld shards (fit.shards), which %lld ranks cannot share evenly; start "
             "as many as "
             "divide it",
             (long long)shards, (long long)ranks);
    RC_CHECK(shards <= batch, RC_CONFIG,
             "fit.batch is %lld, fewer than the %lld shards or ranks that share it; take a larger batch or "
             "fewer of "
             "these",
             (long long)batch, (long long)shards);
    s->shards = shards;
    rc_json_set_integer(s->record, "shards", shards);
    return RC_OK;
}

rc_status rc_session_choose_shards(rc_session *s)
{
    int64_t shards = s->config.fit.shards;
    return rc_session_set_shards(s, shards > 0 ? shards : rc_parallel_size());
}

static rc_status fill_session(rc_session *s, const char *name)
{
    RC_CHECK(name[0] && strlen(name) < RC_SESSION_PATH - 64, RC_CONFIG,
             "\1out: the path is empty or too long");
    strcpy(s->directory, name);
    s->notes = rc_json_array();
    RC_TRY(rc_device_choose(s->config.model.device, s->config.model.precision, &s->device));
    RC_TRY(same_on_all_ranks(s));
    RC_TRY(rc_session_choose_shards(s));
    add_machine(s->record, s->device->name);
    RC_TRY(note_unequal_ranks(s));
    RC_TRY(rc_json_check(s->record));
    return rc_graph_create(s->device, &s->graph);
}

rc_status rc_session_create(const char *name, const rc_config *c, rc_json *identity, rc_session **out)
{
    rc_status status = RC_NEW(out, 1);
    if (status != RC_OK) {
        rc_json_free(&identity);
        return status;
    }
    (*out)->config = *c;
    (*out)->record = identity;
    status = fill_session(*out, name);
    if (status != RC_OK) rc_session_close(out);
    return status;
}

rc_status rc_session_load(const char *directory, rc_session **out)
{
    rc_trained t;
    RC_TRY(rc_trained_open(directory, &t));
    rc_status status = RC_NEW(out, 1);
    if (status != RC_OK) {
        rc_trained_close(&t);
        return status;
    }
    rc_session *s = *out;
    strcpy(s->directory, directory);
    rc_config_defaults(&s->config);
    s->config.fit.batch = t.batch;
    s->shards = 1;
    s->config.model.precision = t.precision;
    s->device = t.device;
    s->graph = t.graph;
    s->model = t.model;
    s->task = t.task;
    return RC_OK;
}

rc_trained rc_session_trained(const rc_session *s)
{
    return (rc_trained){s->device,
                        s->graph,
                        s->model,
                        s->task,
                        .batch = s->config.fit.batch,
                        .precision = s->config.model.precision};
}

void rc_session_note(rc_session *s, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    rc_message_write(sizeof line, line, format, args);
    va_end(args);
    rc_progress_note("warning: %s: %s", s->directory, line);
    rc_session_keep_note(s, line);
}

/* A run that goes on comes by the same places again. */
void rc_session_keep_note(rc_session *s, const char *line)
{
    for (size_t i = 0; i < rc_json_length(s->notes); i++) {
        const char *there = rc_json_as_string(rc_json_at(s->notes, i));
        if (there && strcmp(there, line) == 0) return;
    }
    rc_json_append_string(s->notes, line);
}

void rc_session_note_way(rc_session *s, const rc_gradient_sum *sum)
{
    bool crosses;
    const char *way = rc_gradient_sum_way(sum, &crosses);
    if (!crosses && way[0])
        rc_session_note(s, "gradients go through the host, not from card to card: %s", way);
}

void rc_session_close(rc_session **session)
{
    rc_session *s = *session;
    if (!s) return;
    rc_optimizer_destroy(&s->optimizer);
    rc_graph_destroy(&s->graph);
    rc_model_destroy(&s->model);
    rc_task_destroy(&s->task);
    rc_safetensors_close(&s->resumed);
    rc_free(s->best);
    rc_free(s->average);
    rc_free(s->log);
    rc_json_free(&s->record);
    rc_json_free(&s->notes);
    rc_lock_release(&s->lock);
    rc_free(s);
    *session = NULL;
}

/* ---- stages ---- */

rc_status rc_session_begin(rc_session *s, rc_stage stage, bool *done)
{
    s->stage[s->entered] = stage;
    s->stopped = false;
    *done = s->entered < s->at.stage;
    s->entered++;
    s->stage_started = rc_clock();
    return RC_OK;
}

void rc_session_count_seconds(rc_session *s)
{
    double now = rc_clock();
    s->at.seconds[s->at.stage] += now - s->stage_started;
    s->stage_started = now;
}

rc_status rc_session_check(const rc_session *s, int64_t epochs, int64_t batches, int64_t steps)
{
    const rc_position *at = &s->at;
    char stage[RC_CHOICE_TEXT];
    int64_t taken = s->optimizer ? rc_optimizer_steps(s->optimizer) : steps;
    RC_CHECK(at->epoch <= epochs && at->batch <= batches && taken == steps && at->best_epoch <= at->epoch &&
                 (!at->best_epoch || s->best),
             RC_FORMAT,
             "%s/checkpoint: it is at epoch %lld, batch %lld, step %lld of stage %s, which has %lld epochs "
             "of %lld batches by the settings; it is damaged, or belongs to another run",
             s->directory, (long long)at->epoch, (long long)at->batch, (long long)taken,
             rc_choice_text(RC_STAGES, (int)s->stage[s->entered - 1], stage), (long long)epochs,
             (long long)batches);
    return RC_OK;
}

rc_status rc_session_end(rc_session *s)
{
    rc_session_count_seconds(s);
    rc_optimizer_destroy(&s->optimizer);
    rc_safetensors_close(&s->resumed);
    rc_free(s->best);
    rc_free(s->average);
    s->best = s->average = NULL;
    int64_t stage = s->at.stage + 1;
    rc_position next = {.stage = stage, .metrics_bytes = s->at.metrics_bytes};
    memcpy(next.seconds, s->at.seconds, sizeof next.seconds);
    /* What the last stage learnt about its best epoch is part of the result. */
    next.scored = s->at.scored;
    next.best_epoch = s->at.best_epoch;
    next.best_worth = s->at.best_worth;
    next.best_metric = s->at.best_metric;
    next.best_loss = s->at.best_loss;
    next.train_loss = s->at.train_loss;
    next.probe = s->at.probe;
    next.weighed = s->at.weighed;
    next.told = s->at.told;
    s->at = next;
    return rc_session_checkpoint(s);
}

rc_status rc_session_interrupted(rc_session *s)
{
    rc_session_count_seconds(s);
    /* As long as the optimizer has not been read, the checkpoint that there is says more than a new one. */
    if (!s->resumed) RC_TRY(rc_session_checkpoint(s));
    if (!s->recorder) return rc_fail(RC_INTERRUPTED, "%s: interrupted", s->directory);
    return rc_fail(RC_INTERRUPTED, "interrupted; the checkpoint is written; continue with \1resume");
}

rc_status rc_session_epochs(rc_session *s, int64_t epochs, rc_status (*run)(void *context), void *context)
{
    if (s->rehearsal) return rc_rehearse_epochs(s, epochs, run, context);
    while (s->at.epoch < epochs && !s->stopped) {
        rc_status status = run(context);
        if (status != RC_OK && status != RC_INTERRUPTED) return status;
        if (status == RC_OK) RC_TRY(rc_parallel_agree());
        if (status == RC_INTERRUPTED || rc_interrupt_requested()) return rc_session_interrupted(s);
        RC_TRY(rc_session_checkpoint_if_due(s));
    }
    return RC_OK;
}

rc_status rc_session_metrics(rc_session *s, rc_json *line)
{
    rc_status status = rc_json_check(line);
    if (status == RC_OK && s->recorder) status = s->recorder->metrics(s, line);
    if (status == RC_OK && s->listener.epoch) status = s->listener.epoch(s->listener.context, s, line);
    rc_json_free(&line);
    return status;
}

rc_status rc_session_checkpoint(rc_session *s)
{
    /* A plain predictor is fitted again in seconds. */
    return s->recorder && s->model ? s->recorder->checkpoint(s) : RC_OK;
}

rc_status rc_session_checkpoint_if_due(rc_session *s)
{
    if (s->at.epoch % s->config.fit.checkpoint_every != 0) return RC_OK;
    if (rc_clock() - s->checkpoint_ended < CHECKPOINT_INTERVAL * s->checkpoint_seconds) return RC_OK;
    return rc_session_checkpoint(s);
}

rc_status rc_session_optimizer(rc_session *s, const rc_optimizer_config *c)
{
    RC_TRY(rc_config_optimizer(c, s->model->params, &s->optimizer));
    return s->resumed ? s->recorder->optimizer(s) : RC_OK;
}

rc_status rc_session_keep(rc_session *s, const char *name, rc_safetensors_writer *w)
{
    return s->recorder ? s->recorder->keep(s, name, w) : RC_OK;
}

/* ---- best parameters ---- */

rc_status rc_session_keep_best(rc_session *s)
{
    rc_params *p = s->model->params;
    if (!s->best) {
        s->best_size = rc_params_grad_total(p);
        RC_TRY(RC_NEW(&s->best, s->best_size));
    }
    for (int i = 0; i < rc_params_count(p); i++) {
        const rc_param *e = rc_params_get(p, i);
        rc_tensor t = rc_params_value(p, i);
        if (e->grad_offset >= 0) RC_TRY(rc_tensor_download(&t, s->best + e->grad_offset));
    }
    return RC_OK;
}

rc_status rc_session_use_best(rc_session *s)
{
    rc_params *p = s->model->params;
    for (int i = 0; s->best && i < rc_params_count(p); i++) {
        const rc_param *e = rc_params_get(p, i);
        rc_tensor t = rc_params_value(p, i);
        if (e->grad_offset >= 0) RC_TRY(rc_tensor_upload(&t, s->best + e->grad_offset));
    }
    return RC_OK;
}
