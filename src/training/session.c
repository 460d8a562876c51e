#include "training/session.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/progress.h"

/* ---- the folder ---- */

static rc_status path_in(const rc_session *s, const char *name, char out[RC_SESSION_PATH])
{
    return rc_path_join(s->directory, name, RC_SESSION_PATH, out);
}

static bool is_empty_folder(const char *path)
{
    DIR *d = opendir(path);
    if (!d) return false;
    int entries = 0;
    for (struct dirent *e; (e = readdir(d));)
        entries += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return entries == 0;
}

static rc_status tell_same(bool same, const char *path, const char *what)
{
    RC_CHECK(same, RC_CONFIG,
             "%s: the run was started with other %s than now asked for; resume with the same ones, or choose "
             "another "
             "--out",
             path, what);
    return RC_OK;
}

static rc_status same_identity(const rc_session *s)
{
    char path[RC_SESSION_PATH], *old;
    size_t size;
    RC_TRY(path_in(s, "run.json", path));
    RC_TRY(rc_file_read(path, 1 << 20, &old, &size));
    bool same = strcmp(old, s->identity) == 0;
    rc_free(old);
    return tell_same(same, path, "data, source or method");
}

static rc_status same_settings(const rc_session *s, const char *config)
{
    char path[RC_SESSION_PATH];
    rc_string text = {0};
    RC_TRY(path_in(s, "config.yaml", path));
    rc_status status = rc_config_restate(path, &text);
    bool same = status == RC_OK && strcmp(text.data, config) == 0;
    rc_string_free(&text);
    return status == RC_OK ? tell_same(same, path, "settings") : status;
}

static rc_status write_identity(rc_session *s, const char *config)
{
    char path[RC_SESSION_PATH];
    RC_TRY(rc_make_directory(s->directory));
    RC_TRY(path_in(s, "config.yaml", path));
    RC_TRY(rc_file_write(path, config, strlen(config)));
    RC_TRY(path_in(s, "run.json", path));
    return rc_file_write(path, s->identity, strlen(s->identity));
}

static rc_status check_folder(rc_session *s, const char *config, bool resume, bool *can_resume)
{
    char path[RC_SESSION_PATH];
    *can_resume = false;
    bool exists = rc_path_exists(s->directory);
    if (resume) {
        RC_TRY(path_in(s, "run.json", path));
        RC_CHECK(rc_path_exists(path), RC_CONFIG, "%s: no run to resume here (run.json is missing)",
                 s->directory);
        RC_TRY(same_identity(s));
        RC_TRY(same_settings(s, config));
        RC_TRY(path_in(s, "checkpoint/state.safetensors", path));
        *can_resume = rc_path_exists(path);
        if (*can_resume) return RC_OK;
        /* Ended before its first checkpoint, it begins anew, and so do its metrics. */
        RC_TRY(path_in(s, "metrics.jsonl", path));
        unlink(path);
        return RC_OK;
    }
    RC_CHECK(!exists || rc_path_is_directory(s->directory), RC_CONFIG,
             "%s: exists and is not a folder; choose another --out", s->directory);
    RC_CHECK(!exists || is_empty_folder(s->directory), RC_CONFIG,
             "%s: the folder exists and is not empty; choose another --out, or --resume to go on with the "
             "run in it",
             s->directory);
    return write_identity(s, config);
}

rc_status rc_session_open(const char *directory, const rc_config *c, const char *identity, bool resume,
                          rc_session **out, bool *can_resume)
{
    RC_CHECK(directory[0] && strlen(directory) < RC_SESSION_PATH - 64, RC_CONFIG,
             "--out: the path is empty or too long");
    RC_TRY(RC_NEW(out, 1));
    rc_session *s = *out;
    s->config = *c;
    strcpy(s->directory, directory);
    rc_string config = {0};
    rc_status status = rc_device_by_precision(c->model.precision, &s->device);
    if (status == RC_OK) status = rc_strdup(identity, &s->identity);
    if (status == RC_OK) status = rc_config_write(c, &config);
    if (status == RC_OK) status = check_folder(s, config.data, resume, can_resume);
    if (status == RC_OK) status = rc_graph_create(s->device, &s->graph);
    rc_string_free(&config);
    if (status != RC_OK) rc_session_close(out);
    return status;
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
    rc_free(s->identity);
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

rc_status rc_session_end(rc_session *s)
{
    count_seconds(s);
    rc_optimizer_destroy(&s->optimizer);
    rc_safetensors_close(&s->resumed);
    rc_free(s->best);
    s->best = NULL;
    int64_t stage = s->at.stage + 1;
    rc_position next = {.stage = stage, .metrics_bytes = s->at.metrics_bytes};
    memcpy(next.seconds, s->at.seconds, sizeof next.seconds);
    /* What the last stage learnt about its best epoch is part of the result. */
    next.best_epoch = s->at.best_epoch;
    next.best_metric = s->at.best_metric;
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
