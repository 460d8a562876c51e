#include "report/run_files.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

enum { LARGEST = 64 << 20 };

static rc_status read_optional(const rc__run *r, const char *name, rc_json **out)
{
    char path[RC__RUN_PATH];
    RC_TRY(rc_path_join(r->directory, name, sizeof path, path));
    return rc_path_exists(path) ? rc_json_read(path, out) : RC_OK;
}

static rc_status read_metrics(rc__run *r)
{
    char path[RC__RUN_PATH], *text, *save = NULL;
    size_t size, capacity = 0;
    RC_TRY(rc_path_join(r->directory, "metrics.jsonl", sizeof path, path));
    if (!rc_path_exists(path)) return RC_OK;
    RC_TRY(rc_file_read(path, LARGEST, &text, &size));
    for (size_t i = 0; i < size; i++)
        capacity += text[i] == '\n';
    rc_status status = RC_NEW(&r->line, capacity + 1);
    for (char *at = strtok_r(text, "\n", &save); at && status == RC_OK; at = strtok_r(NULL, "\n", &save)) {
        char where[RC__RUN_PATH + 16];
        snprintf(where, sizeof where, "%s line %zu", path, r->lines + 1);
        status = rc_json_parse(where, at, strlen(at), &r->line[r->lines]);
        if (status == RC_OK) r->lines++;
    }
    rc_free(text);
    return status;
}

rc_status rc__run_open(const char *directory, rc__run *r)
{
    char path[RC__RUN_PATH];
    size_t size;
    *r = (rc__run){.directory = directory};
    RC_CHECK(rc_path_is_directory(directory), RC_IO, "%s: no such run folder", directory);
    RC_TRY(rc_path_join(directory, "config.yaml", sizeof path, path));
    RC_CHECK(rc_path_exists(path), RC_FORMAT, "%s: not a run folder (config.yaml is missing)", directory);
    RC_TRY(rc_file_read(path, 1 << 20, &r->config, &size));
    RC_TRY(read_optional(r, "result.json", &r->result));
    RC_TRY(read_optional(r, "run.json", &r->identity));
    return read_metrics(r);
}

void rc__run_close(rc__run *r)
{
    for (size_t i = 0; i < r->lines; i++)
        rc_json_free(&r->line[i]);
    rc_free(r->line);
    rc_free(r->config);
    rc_json_free(&r->result);
    rc_json_free(&r->identity);
}

rc_status rc__run_open_finished(const char *directory, rc__run *out)
{
    RC_TRY(rc__run_open(directory, out));
    RC_CHECK(out->result, RC_FORMAT, "%s: the run is unfinished (result.json is missing)", directory);
    return RC_OK;
}

const char *rc__best_opponent(const rc_json *result, double *test)
{
    const char *name, *best = NULL;
    const rc_json *one;
    void *at = NULL;
    *test = INFINITY;
    while (rc_json_each(rc_json_get(result, "opponents"), &at, &name, &one)) {
        double value = rc_json_number(one, "test", NAN);
        if (!(value < *test)) continue;
        *test = value;
        best = name;
    }
    return best;
}

size_t rc__run_curve(const rc__run *r, const char *stage, const char *key, double *x, double *y)
{
    size_t n = 0;
    for (size_t i = 0; i < r->lines; i++) {
        if (strcmp(rc_json_string(r->line[i], "stage", ""), stage) != 0) continue;
        x[n] = rc_json_number(r->line[i], "epoch", (double)n + 1);
        y[n++] = rc_json_number(r->line[i], key, NAN);
    }
    return n;
}
