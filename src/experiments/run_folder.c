#include "experiments/run_folder.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "formats/json.h"
#include "runs/run_record.h"

enum { PATH = 4096, LARGEST = 16 << 20, LINE = 600, NANOSECONDS = 1000000000 };

static rc_status beside(const char *folder, const char *suffix, char out[PATH])
{
    int n = snprintf(out, PATH, "%s%s", folder, suffix);
    RC_CHECK(n > 0 && n < PATH, RC_IO, "%.80s...: the path is too long", folder);
    return RC_OK;
}

rc__run_state rc__run_state_of(const char *folder)
{
    char path[PATH];
    if (rc_run_has(folder, RC_RUN_RESULT)) return RC__RUN_DONE;
    if (beside(folder, ".failed", path) == RC_OK && rc_path_exists(path)) return RC__RUN_FAILED;
    return RC__RUN_OPEN;
}

int64_t rc__run_failed_at(const char *folder)
{
    char path[PATH];
    struct stat s;
    if (beside(folder, ".failed", path) != RC_OK || stat(path, &s) != 0) return 0;
    return (int64_t)s.st_mtim.tv_sec * NANOSECONDS + s.st_mtim.tv_nsec;
}

/* ---- whose is it? ---- */

bool rc__run_has_lock(const char *folder)
{
    char path[PATH];
    return beside(folder, ".lock", path) == RC_OK && rc_path_exists(path);
}

rc_status rc__run_look(const char *folder, rc_lock_holder *out)
{
    char path[PATH];
    RC_TRY(beside(folder, ".lock", path));
    RC_TRY(rc_lock_look(path, out));
    if (out->held) return RC_OK;
    RC_TRY(rc_path_join(folder, RC_LOCK_FILE, sizeof path, path));
    return rc_lock_look(path, out);
}

rc_status rc__run_claim(const char *folder, rc_lock **out)
{
    char path[PATH];
    rc_lock_holder inside;
    RC_TRY(beside(folder, ".lock", path));
    RC_TRY(rc_lock_try(folder, path, out));
    if (!*out) return RC_OK;
    rc_status status = rc_path_join(folder, RC_LOCK_FILE, sizeof path, path);
    if (status == RC_OK) status = rc_lock_look(path, &inside);
    if (status != RC_OK || inside.held) rc_lock_release(out);
    return status;
}

/* ---- is it the planned run? ---- */

static rc_status same_settings(const char *folder, const rc_config *planned)
{
    char path[PATH];
    rc_string other = {0};
    RC_TRY(rc_path_join(folder, RC_RUN_CONFIG, sizeof path, path));
    rc_status status = rc_config_difference(planned, path, &other);
    if (status == RC_OK && other.length)
        status = rc_fail(RC_CONFIG,
                         "%s: was run with other settings (%s); remove the folder to run it again, or choose "
                         "another \1out",
                         folder, other.data);
    rc_string_free(&other);
    return status;
}

rc_status rc__run_check(const char *folder, const rc_config *planned, const char *source, const char *method)
{
    rc_json *j;
    RC_TRY(rc_run_read(folder, RC_RUN_IDENTITY, &j));
    if (!j) return RC_OK;
    const char *s = rc_json_string(j, "source", ""), *m = rc_json_string(j, "method", "");
    rc_status status = RC_OK;
    /* A plain predictor has no source. */
    if ((source && *s && strcmp(s, source) != 0) || strcmp(m, method) != 0)
        status = rc_fail(RC_CONFIG,
                         "%s: was run by method %.40s from source %.200s; remove the folder to run it again, "
                         "or choose another \1out",
                         folder, m, s);
    rc_json_free(&j);
    return status == RC_OK ? same_settings(folder, planned) : status;
}

/* ---- failures ---- */

/* The last line of a log that says something; "" if none. */
static void last_line(const char *path, char out[LINE])
{
    static const char prefix[] = "recraft: ";
    char *text;
    size_t size;
    out[0] = '\0';
    if (rc_file_read(path, LARGEST, &text, &size) != RC_OK) return;
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == ' '))
        text[--size] = '\0';
    char *newline = strrchr(text, '\n'), *line = newline ? newline + 1 : text;
    if (strncmp(line, prefix, sizeof prefix - 1) == 0) line += sizeof prefix - 1;
    snprintf(out, LINE, "%.*s", LINE - 1, line);
    rc_free(text);
}

rc_status rc__run_note_failure(const char *folder, int code)
{
    char log[PATH], path[PATH], line[LINE];
    RC_TRY(beside(folder, ".log", log));
    RC_TRY(beside(folder, ".failed", path));
    last_line(log, line);
    if (code > 128)
        snprintf(line, sizeof line, "ended by signal %d (%s)", code - 128, strsignal(code - 128));
    else if (!line[0])
        snprintf(line, sizeof line, "ended with code %d and no message", code);
    return rc_file_write(path, line, strlen(line));
}

void rc__run_forget_failure(const char *folder)
{
    char path[PATH];
    if (beside(folder, ".log", path) == RC_OK) unlink(path);
    if (beside(folder, ".failed", path) == RC_OK) unlink(path);
}

/* ---- into a comparison ---- */

static rc_status read_failure(const char *folder, rc_comparison *c, rc_comparison_run *run)
{
    char path[PATH], *text;
    size_t size;
    RC_TRY(beside(folder, ".failed", path));
    RC_TRY(rc_file_read(path, LARGEST, &text, &size));
    run->state = RC_COMPARED_FAILED;
    rc_status status = rc_comparison_text(c, text, &run->line);
    rc_free(text);
    return status;
}

static rc_status note(rc_comparison *c, int64_t d, const rc_json *result)
{
    if (d < 0) return RC_OK;
    c->higher_is_better[d] = !rc_json_boolean(result, "lower_is_better", true);
    if (!c->metric[d])
        RC_TRY(rc_comparison_text(c, rc_json_string(result, "metric", "metric"), &c->metric[d]));
    const char *source = rc_json_string(result, "source", NULL);
    return source && !c->source[d] ? rc_comparison_text(c, source, &c->source[d]) : RC_OK;
}

/* The plain predictors that were fitted beside the run; one that was skipped has no score. */
static rc_status read_opponents(rc_comparison *c, const rc_json *list, rc_comparison_run *run)
{
    void *at = NULL;
    const char *name;
    const rc_json *one;
    int64_t n = 0;
    while (rc_json_each(list, &at, &name, &one))
        n++;
    RC_TRY(rc_arena_alloc(c->arena, (size_t)n * sizeof *run->opponent + 1, (void **)&run->opponent));
    for (at = NULL; rc_json_each(list, &at, &name, &one);) {
        rc_comparison_opponent *o = &run->opponent[run->n_opponents++];
        RC_TRY(rc_comparison_text(c, name, &o->name));
        o->test = rc_json_number(one, "test", NAN);
    }
    return RC_OK;
}

rc_status rc__run_read(const char *folder, rc_comparison *c, int64_t d, rc_comparison_run *run)
{
    rc_json *j;
    rc__run_state state = rc__run_state_of(folder);
    RC_TRY(rc_comparison_text(c, folder, &run->folder));
    if (state == RC__RUN_FAILED) return read_failure(folder, c, run);
    if (state != RC__RUN_DONE) return RC_OK;
    RC_TRY(rc_run_read(folder, RC_RUN_RESULT, &j));
    run->state = RC_COMPARED_DONE;
    run->valid = rc_json_number(j, "valid", NAN);
    run->test = rc_json_number(j, "test", NAN);
    run->seconds = rc_json_number(rc_json_get(j, "seconds"), "total", NAN);
    run->peak_mb = rc_json_number(j, "peak_rss_mb", NAN);
    rc_status status = note(c, d, j);
    if (status == RC_OK) status = read_opponents(c, rc_json_get(j, "opponents"), run);
    rc_json_free(&j);
    return status;
}
