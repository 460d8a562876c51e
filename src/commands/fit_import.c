#include "commands/fit_import.h"

#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/progress.h"
#include "commands/common.h"
#include "commands/import_by_name.h"
#include "commands/raw_input.h"
#include "datasets/labelled_text.h"
#include "parallel/parallel.h"
#include "recraft/import.h"
#include "runs/run_record.h"
#include "runs/session_folder.h"

/* A label says that it is to be imported: a table may be labelled texts, too. */
static rc_status is_asked(const rc_fit_options *o, const rc_config *c, const rc_json *told, bool *out)
{
    const char *field = rc__import_field_of(told);
    RC_TRY(rc__is_raw(o->data, out));
    RC_CHECK(*out || !field, RC_CONFIG, "\1%s: %s is a data set already, and is not imported", field,
             o->data);
    if (!*out || o->import->label || o->import->labels) return RC_OK;
    *out = !rc_text_is(o->data, c->data.format, false);
    RC_CHECK(
        *out || !field, RC_CONFIG,
        "\1%s: %s is read as texts and labels, by the settings data.*; \1label COLUMN imports it as a table",
        field, o->data);
    return RC_OK;
}

/* That of a run which goes on: what is said of it now was said then. */
static rc_status compare(const rc_fit_options *o, const rc_json *told, const char *path,
                         const rc_json *report)
{
    const rc_json *options = rc_json_get(report, "options"), *value;
    const char *from = rc_json_string(report, "from", ""), *name;
    void *at = NULL;
    RC_CHECK(
        rc_path_same(from, o->data), RC_CONFIG,
        "%s: the run was started with %.200s, not with %.200s; resume with the same, or choose another \1out",
        path, from, o->data);
    while (rc_json_each(told, &at, &name, &value)) {
        /* Earlier versions kept the label alone. */
        bool label = strcmp(name, "label") == 0;
        const char *found = label ? rc_json_string(report, name, NULL) : NULL;
        const char *then = rc_json_string(options, name, found), *now = rc_json_as_string(value);
        RC_CHECK((!options && !label) || (then && strcmp(then, now) == 0), RC_CONFIG,
                 "%s: the run was started with \1%s %.80s, not with %.80s; resume with the same, or choose "
                 "another \1out",
                 path, rc__import_field(name), then ? then : "as it is by default", now);
    }
    return RC_OK;
}

static rc_status check_same(const rc_fit_options *o, const rc_json *told, const char *set)
{
    char path[RC_SESSION_PATH];
    rc_json *report;
    RC_TRY(rc_path_join(set, "import.json", sizeof path, path));
    RC_TRY(rc_json_read(path, &report));
    rc_status status = compare(o, told, path, report);
    rc_json_free(&report);
    return status;
}

static rc_status make(const rc_fit_options *o, const char *set)
{
    rc_data_import_options i = *o->import;
    i.from = o->data;
    i.out = set;
    if (rc_path_exists(set)) RC_TRY(rc_remove_tree(set)); /* of a run that never began */
    rc_progress_note("importing %s into %s", o->data, set);
    return rc_data_import(&i, NULL);
}

static rc_status import_into(const rc_fit_options *o, const rc_json *told, const char *path,
                             rc_lock **reserved)
{
    bool begun;
    RC_TRY(rc_run_reserve(o->out, o->resume, &begun, reserved));
    rc_status status = begun ? check_same(o, told, path) : make(o, path);
    if (status == RC_OK) return RC_OK;
    rc_lock_release(reserved);
    rmdir(o->out); /* where nothing else is in it */
    return status;
}

/* *set: OUT/data. Rank 0 imports, all read. */
static rc_status import(const rc_fit_options *o, const rc_json *told, char **set, rc_lock **reserved)
{
    char path[RC_SESSION_PATH];
    RC_TRY(rc_path_join(o->out, RC_RUN_DATA, sizeof path, path));
    rc_status status = rc_parallel_rank() == 0 ? import_into(o, told, path, reserved) : RC_OK;
    RC_TRY(rc_parallel_follow(status));
    return rc_strdup(path, set);
}

rc_status rc__fit_import(const rc_fit_options *o, const rc_config *c, char **data, rc_lock **reserved)
{
    rc_data_import_options own = RC_DATA_IMPORT_OPTIONS_INIT;
    rc_fit_options how = *o;
    bool asked;
    *data = NULL;
    if (!o->import) return RC_OK;
    RC_TRY(rc__options_take("rc_data_import_options", o->import, sizeof own, &own));
    how.import = &own;
    rc_json *told = rc__import_options_told(&own);
    rc_status status = rc_json_check(told);
    if (status == RC_OK) status = is_asked(&how, c, told, &asked);
    if (status == RC_OK && asked) status = import(&how, told, data, reserved);
    rc_json_free(&told);
    return status;
}

rc_status rc__fit_import_end(const char *out, const char *data, rc_status status)
{
    if (status == RC_OK || rc_parallel_rank() != 0 || rc_run_has(out, RC_RUN_IDENTITY)) return status;
    status = rc_folder_drop(data, status);
    rmdir(out); /* where nothing else is in it */
    return status;
}
