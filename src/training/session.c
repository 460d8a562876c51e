#include "training/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/progress.h"
#include "training/session_folder.h"

/* ---- the folder ---- */

static rc_status path_in(const rc_session *s, const char *name, char out[RC_SESSION_PATH])
{
    return rc_path_join(s->directory, name, RC_SESSION_PATH, out);
}

static rc_status open_in(rc_session *s, const char *directory, rc_resume resume)
{
    rc_string config = {0};
    RC_CHECK(directory[0] && strlen(directory) < RC_SESSION_PATH - 64, RC_CONFIG,
             "--out: the path is empty or too long");
    strcpy(s->directory, directory);
    RC_TRY(rc_json_array(&s->notes));
    RC_TRY(rc_device_by_precision(s->config.model.precision, &s->device));
    RC_TRY(rc__session_add_machine(s->record, s->device->name));
    rc_status status = rc_config_write(&s->config, &config);
    if (status == RC_OK) status = rc__session_claim(s, config.data, resume);
    rc_string_free(&config);
    return status == RC_OK ? rc_graph_create(s->device, &s->graph) : status;
}

rc_status rc_session_open(const char *directory, const rc_config *c, rc_json *identity, rc_resume resume,
                          rc_session **out)
{
    rc_status status = RC_NEW(out, 1);
    if (status != RC_OK) {
        rc_json_free(&identity);
        return status;
    }
    (*out)->config = *c;
    (*out)->record = identity;
    status = open_in(*out, directory, resume);
    if (status != RC_OK) rc_session_close(out);
    return status;
}

rc_status rc_session_note(rc_session *s, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    rc_progress_note("warning: %s: %s", s->directory, line);
    return rc_json_append_string(s->notes, line);
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
    rc_json_free(&s->record);
    rc_json_free(&s->notes);
    rc_lock_release(&s->lock);
    rc_free(s);
    *session = NULL;
}

/* ---- stages ---- */

rc_status rc_session_begin(rc_session *s, const char *name, bool *done)
{
    s->stage_name[s->entered] = name;
    *done = s->entered < s->at.stage;
    s->entered++;
    s->stage_started = rc_clock();
    return RC_OK;
}

static void count_seconds(rc_session *s)
{
    double now = rc_clock();
    s->at.seconds[s->at.stage] += now - s->stage_started;
    s->stage_started = now;
}

rc_status rc_session_check(const rc_session *s, int64_t epochs, int64_t batches, int64_t steps)
{
    const rc_position *at = &s->at;
    int64_t taken = s->optimizer ? rc_optimizer_steps(s->optimizer) : steps;
    RC_CHECK(at->epoch <= epochs && at->batch <= batches && taken == steps && at->best_epoch <= at->epoch &&
                 (!at->best_epoch || s->best),
             RC_FORMAT,
             "%s/checkpoint: it stands at epoch %lld, batch %lld, step %lld of stage %s, which by the "
             "settings has %lld "
             "epochs of %lld batches; it is damaged, or of another run",
             s->directory, (long long)at->epoch, (long long)at->batch, (long long)taken,
             s->stage_name[s->entered - 1], (long long)epochs, (long long)batches);
    return RC_OK;
}

rc_status rc_session_end(rc_session *s)
{
    count_seconds(s);
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
    next.best_metric = s->at.best_metric;
    next.best_loss = s->at.best_loss;
    next.train_loss = s->at.train_loss;
    next.probe = s->at.probe;
    s->at = next;
    return rc_session_checkpoint(s);
}

rc_status rc_session_interrupted(rc_session *s)
{
    count_seconds(s);
    RC_TRY(rc_session_checkpoint(s));
    return rc_fail(RC_INTERRUPTED, "interrupted; the checkpoint is written, go on with --resume");
}

rc_status rc_session_metrics(rc_session *s, rc_json *line)
{
    char path[RC_SESSION_PATH], *text = NULL;
    rc_status status = path_in(s, "metrics.jsonl", path);
    if (status == RC_OK) status = rc_json_text(line, false, &text);
    if (status == RC_OK) status = rc_file_append_line(path, text);
    if (status == RC_OK) s->at.metrics_bytes += (int64_t)strlen(text) + 1;
    rc_free(text);
    rc_json_free(&line);
    return status;
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
