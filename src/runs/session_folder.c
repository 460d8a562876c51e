#include "runs/session_folder.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/progress.h"
#include "base/temporary.h"
#include "parallel/parallel.h"
#include "runs/run_record.h"
#include "runs/training_log.h"

enum { LARGEST = 1 << 20 };

static rc_status path_in(const rc_session *s, const char *name, char out[RC_SESSION_PATH])
{
    return rc_path_join(s->directory, name, RC_SESSION_PATH, out);
}

/* ---- what is in the folder ---- */

typedef enum contents { NOTHING, STUB, RUN, OTHER } contents;

/* Settings that this program has written: all of them, its way. Somebody's own file is not to be lost. */
static bool is_our_config(const rc_session *s)
{
    char path[RC_SESSION_PATH], *text = NULL;
    size_t size;
    rc_string ours = {0};
    bool same = path_in(s, RC_RUN_CONFIG, path) == RC_OK &&
                rc_file_read(path, LARGEST, &text, &size) == RC_OK &&
                rc_config_restate(path, &ours) == RC_OK && strcmp(text, ours.data) == 0;
    rc_free(text);
    rc_string_free(&ours);
    return same;
}

/* What a run that was killed before run.json leaves. */
static bool is_of_stub(const rc_session *s, const char *name)
{
    static const char *const begins[] = {RC_LOCK_FILE, RC_RUN_CONFIG ".tmp-", RC_RUN_IDENTITY ".tmp-",
                                         RC_RUN_DATA ".tmp-"};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (strncmp(name, begins[i], strlen(begins[i])) == 0) return true;
    if (strcmp(name, RC_RUN_DATA) == 0) return rc_run_has(s->directory, RC_RUN_DATA "/encoders.json");
    return strcmp(name, RC_RUN_CONFIG) == 0 && is_our_config(s);
}

static contents look(const rc_session *s)
{
    if (!rc_path_exists(s->directory)) return NOTHING;
    if (rc_run_has(s->directory, RC_RUN_IDENTITY)) return RUN;
    DIR *d = opendir(s->directory);
    if (!d) return OTHER;
    contents found = NOTHING;
    for (struct dirent *e; found != OTHER && (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            found = is_of_stub(s, e->d_name) ? STUB : OTHER;
    closedir(d);
    return found;
}

static rc_status may_use(const rc_session *s, contents found, rc_resume resume)
{
    const char *folder = s->directory;
    RC_CHECK(resume >= RC_RESUME_NO && resume <= RC_RESUME_AUTO, RC_CONFIG,
             "%s: \1resume is %d, which says nothing", folder, (int)resume);
    RC_CHECK(!rc_path_exists(folder) || rc_path_is_directory(folder), RC_CONFIG,
             "%s: exists and is not a folder; choose another \1out", folder);
    RC_CHECK(found != NOTHING || resume != RC_RESUME_YES, RC_CONFIG,
             "%s: no run to resume here (run.json is missing); \1resume=auto begins one", folder);
    RC_CHECK(
        found != OTHER || resume == RC_RESUME_NO, RC_CONFIG,
        "%s: no run to resume here (run.json is missing), and the folder is not empty; choose another \1out",
        folder);
    RC_CHECK(found < RUN || resume != RC_RESUME_NO, RC_CONFIG,
             "%s: the folder exists and is not empty; choose another \1out, or \1resume to go on with the "
             "run in it",
             folder);
    return RC_OK;
}

/* ---- is it the same run? ---- */

static const char FORESEEN[] = "foreseen";

static void copy_foreseen(const rc_json *from, rc_json *to)
{
    const rc_json *j = rc_json_get(from, FORESEEN);
    if (j) rc_json_set(to, FORESEEN, rc_json_copy(j));
}

static rc_status same_record(rc_session *s)
{
    char path[RC_SESSION_PATH];
    rc_json *there;
    RC_TRY(path_in(s, RC_RUN_IDENTITY, path));
    RC_TRY(rc_json_read(path, &there));
    rc_status status = rc__session_same_run(s, there, path);
    if (status == RC_OK) rc__session_note_unknown(s, there);
    if (status == RC_OK) copy_foreseen(there, s->record);
    if (status == RC_OK) status = rc_json_check(s->record);
    if (status == RC_OK && s->config.fit.shards == 0)
        status = rc_session_set_shards(s, rc_json_integer(there, "shards", 1));
    rc_json_free(&there);
    return status;
}

static rc_status same_settings(const rc_session *s)
{
    char path[RC_SESSION_PATH];
    rc_string other = {0};
    RC_TRY(path_in(s, RC_RUN_CONFIG, path));
    rc_status status = rc_config_difference(&s->config, path, &other);
    if (status == RC_OK && other.length)
        status = rc_fail(RC_CONFIG,
                         "%s: the run was started with other settings than now asked for (%s); resume with "
                         "the same ones (\1config_file %s), or choose another \1out",
                         path, other.data, path);
    rc_string_free(&other);
    return status;
}

/* ---- claiming it ---- */

/* run.json last: with it the folder is a run. */
static rc_status begin(rc_session *s, const char *config)
{
    char path[RC_SESSION_PATH];
    s->start = RC_SESSION_BEGINS;
    RC_TRY(path_in(s, RC_RUN_CONFIG, path));
    RC_TRY(rc_file_write(path, config, strlen(config)));
    return rc_json_write(s->directory, RC_RUN_IDENTITY, s->record);
}

static rc_status go_on(rc_session *s, const char *config)
{
    char path[RC_SESSION_PATH];
    RC_TRY(same_record(s));
    RC_TRY(same_settings(s));
    s->start = rc_run_has(s->directory, RC_RUN_RESULT)                    ? RC_SESSION_IS_DONE
               : rc_run_has(s->directory, "checkpoint/state.safetensors") ? RC_SESSION_GOES_ON
                                                                          : RC_SESSION_BEGINS;
    if (s->start != RC_SESSION_BEGINS) return RC_OK;
    /* Ended before its first checkpoint, it begins anew, and so do its metrics. */
    RC_TRY(path_in(s, RC_RUN_EPOCHS, path));
    unlink(path);
    return begin(s, config);
}

static void remove_temporaries(const rc_session *s)
{
    char path[RC_SESSION_PATH];
    rc_temporaries_remove(s->directory);
    if (path_in(s, "checkpoint", path) == RC_OK) rc_temporaries_remove(path);
}

/* Whoever was asked to stop before does not come in any more: a comparison's next worker may be about to. */
static rc_status reserve(rc_session *s, rc_resume resume, bool *begun)
{
    RC_CHECK(!rc_interrupt_requested(), RC_INTERRUPTED, "%s: interrupted before anything was done",
             s->directory);
    RC_TRY(may_use(s, look(s), resume));
    if (!s->lock) {
        RC_TRY(rc_make_directory(s->directory));
        RC_TRY(rc_lock_take(s->directory, RC_LOCK_FILE, &s->lock));
    }
    remove_temporaries(s);
    contents found = look(s); /* another may have been quicker, and have ended since */
    *begun = found == RUN;
    return may_use(s, found, resume);
}

static rc_status claim(rc_session *s, const char *config, rc_resume resume)
{
    bool begun;
    RC_TRY(reserve(s, resume, &begun));
    return begun ? go_on(s, config) : begin(s, config);
}

/* A session that knows its folder and nothing more. */
static rc_status of_folder(const char *directory, rc_session **out)
{
    RC_CHECK(strlen(directory) < RC_SESSION_PATH - 64, RC_CONFIG, "\1out: the path is too long");
    RC_TRY(RC_NEW(out, 1));
    strcpy((*out)->directory, directory);
    return RC_OK;
}

rc_status rc_run_reserve(const char *directory, rc_resume resume, bool *begun, rc_lock **out)
{
    rc_session *s;
    RC_TRY(of_folder(directory, &s));
    rc_status status = reserve(s, resume, begun);
    if (status != RC_OK) rc_lock_release(&s->lock);
    *out = s->lock;
    rc_free(s);
    return status;
}

rc_status rc_run_ask(const char *directory, rc_resume resume)
{
    rc_session *s;
    RC_TRY(of_folder(directory, &s));
    rc_status status = may_use(s, look(s), resume);
    rc_free(s);
    return status;
}

/* ---- keeping the training in it ---- */

static rc_status append_metrics(rc_session *s, const rc_json *line)
{
    char path[RC_SESSION_PATH];
    rc_string text = {0};
    RC_TRY(rc_lock_check(s->lock));
    RC_TRY(path_in(s, RC_RUN_EPOCHS, path));
    if (!s->log) RC_TRY(rc_training_log_open(&s->config, s->directory, &s->log));
    rc_status status = rc_run_print_epoch(line, &text);
    if (status == RC_OK) status = rc_file_append(path, text.data, text.length);
    if (status == RC_OK) status = rc_training_log_add(s->log, line);
    if (status == RC_OK) s->at.metrics_bytes += (int64_t)text.length;
    rc_string_free(&text);
    return status;
}

static rc_status keep_file(rc_session *s, const char *name, rc_safetensors_writer *w)
{
    char path[RC_SESSION_PATH];
    RC_TRY(rc_lock_check(s->lock));
    RC_TRY(path_in(s, name, path));
    return rc_safetensors_writer_write(w, path);
}

static rc_status write_result(rc_session *s, const rc_json *result)
{
    RC_TRY(rc_lock_check(s->lock));
    return rc_json_write(s->directory, RC_RUN_RESULT, result);
}

const rc_recorder rc__run_folder = {.metrics = append_metrics,
                                    .checkpoint = rc__checkpoint_write,
                                    .optimizer = rc__checkpoint_optimizer,
                                    .keep = keep_file,
                                    .result = write_result};

/* Ranks but the first read a checkpoint, and write nothing. */
static rc_status keep_no_line(rc_session *s, const rc_json *line)
{
    (void)s, (void)line;
    return RC_OK;
}

static rc_status keep_no_checkpoint(rc_session *s)
{
    (void)s;
    return RC_OK;
}

static rc_status keep_no_file(rc_session *s, const char *name, rc_safetensors_writer *w)
{
    (void)s, (void)name, (void)w;
    return RC_OK;
}

static const rc_recorder reader = {.metrics = keep_no_line,
                                   .checkpoint = keep_no_checkpoint,
                                   .optimizer = rc__checkpoint_optimizer,
                                   .keep = keep_no_file,
                                   .result = keep_no_line};

/* ---- a run ---- */

/* By rank 0; the others begin or go on as it does. */
static rc_status claim_for_all(rc_session *s, const char *config, rc_resume resume)
{
    int64_t found[] = {0, 0};
    rc_status status = rc_parallel_rank() == 0 ? claim(s, config, resume) : RC_OK;
    RC_TRY(rc_parallel_follow(status));
    found[0] = s->start;
    found[1] = s->shards;
    RC_TRY(rc_parallel_broadcast(found, sizeof found));
    s->start = (rc_session_start)found[0];
    return rc_session_set_shards(s, found[1]);
}

/* The user may not have heard of it. */
static void keep_takeover(rc_session *s)
{
    char line[512];
    const char *before = rc_lock_before(s->lock);
    if (!before[0]) return;
    snprintf(line, sizeof line, "the folder was taken over from %s, which had ended without releasing it",
             before);
    rc_session_keep_note(s, line);
}

rc_status rc_run_open(rc_session *s, rc_resume resume, rc_lock **reserved)
{
    rc_string config = {0};
    s->recorder = rc_parallel_rank() == 0 ? &rc__run_folder : &reader;
    if (reserved) {
        s->lock = *reserved;
        *reserved = NULL;
    }
    rc_status status = rc_config_write(&s->config, &config);
    if (status == RC_OK) status = claim_for_all(s, config.data, resume);
    rc_string_free(&config);
    if (status == RC_OK) keep_takeover(s);
    return status;
}

rc_status rc_run_foresee(rc_session *s, double seconds, double peak_mb)
{
    rc_json *j = rc_json_set(s->record, FORESEEN, rc_json_object());
    rc_json_set_number(j, "total_seconds", seconds);
    rc_json_set_number(j, "peak_mb", peak_mb);
    return s->recorder == &rc__run_folder ? rc_json_write(s->directory, RC_RUN_IDENTITY, s->record) : RC_OK;
}

void rc_run_tell_foreseen(const rc_session *s, rc_json *result)
{
    copy_foreseen(s->record, result);
}

rc_status rc_run_result(const rc_session *s, rc_json **out)
{
    char path[RC_SESSION_PATH];
    RC_TRY(path_in(s, RC_RUN_RESULT, path));
    RC_TRY(rc_json_read(path, out));
    rc_progress_note("%s: the run is complete; this is its result", s->directory);
    return rc_result_check(s->directory, *out);
}
