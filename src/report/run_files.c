#include "report/run_files.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "runs/run_record.h"

rc_status rc__run_open(const char *directory, rc__run *r)
{
    enum { PATH = 4096, LARGEST = 1 << 20 };
    char path[PATH];
    size_t size;
    *r = (rc__run){.directory = directory};
    RC_CHECK(rc_path_is_directory(directory), RC_IO, "%s: no such run folder", directory);
    RC_TRY(rc_path_join(directory, RC_RUN_CONFIG, sizeof path, path));
    RC_CHECK(rc_path_exists(path), RC_FORMAT, "%s: not a run folder (config.yaml is missing)", directory);
    RC_TRY(rc_file_read(path, LARGEST, &r->config, &size));
    RC_TRY(rc_run_read(directory, RC_RUN_RESULT, &r->result));
    RC_TRY(rc_run_read(directory, RC_RUN_IDENTITY, &r->identity));
    return rc_run_read_epochs(directory, &r->epochs);
}

void rc__run_close(rc__run *r)
{
    rc_free(r->config);
    rc_json_free(&r->result);
    rc_json_free(&r->identity);
    rc_json_free(&r->epochs);
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
    for (size_t i = 0; i < rc_json_length(r->epochs); i++) {
        const rc_json *epoch = rc_json_at(r->epochs, i);
        if (strcmp(rc_json_string(epoch, "stage", ""), stage) != 0) continue;
        x[n] = rc_json_number(epoch, "epoch", (double)n + 1);
        y[n++] = rc_json_number(epoch, key, NAN);
    }
    return n;
}
