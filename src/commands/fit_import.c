#include "commands/fit_import.h"

#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "commands/common.h"
#include "commands/raw_input.h"
#include "datasets/labelled_text.h"
#include "recraft/import.h"
#include "runs/session_folder.h"

/* A label says that it is to be imported: a table may be labelled texts, too. */
static rc_status is_asked(const rc_fit_options *o, bool *out)
{
    rc_config c;
    const rc_data_import_options *i = o->import;
    *out = false;
    if (!i) return RC_OK;
    RC_TRY(rc__is_raw(o->data, out));
    bool labelled = i->label || i->labels;
    RC_CHECK(*out || !labelled, RC_CONFIG, "--label and --labels: %s is a data set, which has its targets",
             o->data);
    if (!*out || labelled) return RC_OK;
    rc_config_defaults(&c);
    RC_TRY(rc__settings_apply(&c, &o->settings));
    *out = !rc_text_is(o->data, c.data.format, false);
    return RC_OK;
}

/* That of a run which goes on. */
static rc_status check_same(const rc_fit_options *o, const char *set)
{
    char path[RC_SESSION_PATH];
    rc_json *report;
    RC_TRY(rc_path_join(set, "import.json", sizeof path, path));
    RC_TRY(rc_json_read(path, &report));
    const char *from = rc_json_string(report, "from", ""), *label = rc_json_string(report, "label", "");
    rc_status status = RC_OK;
    if (strcmp(from, o->data) != 0 || (o->import->label && strcmp(label, o->import->label) != 0))
        status =
            rc_fail(RC_CONFIG,
                    "%s: the run was started with data of %.200s, label \"%.60s\"; resume with the same, or "
                    "choose another --out",
                    path, from, label);
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

rc_status rc__fit_import(const rc_fit_options *o, char **data, rc_lock **reserved)
{
    char set[RC_SESSION_PATH];
    bool asked, begun;
    *data = NULL;
    RC_TRY(is_asked(o, &asked));
    if (!asked) return RC_OK;
    RC_TRY(rc_path_join(o->out, RC_RUN_DATA, sizeof set, set));
    RC_TRY(rc_run_reserve(o->out, o->resume, &begun, reserved));
    rc_status status = begun ? check_same(o, set) : make(o, set);
    if (status == RC_OK) status = rc_strdup(set, data);
    if (status == RC_OK) return RC_OK;
    rc_lock_release(reserved);
    rmdir(o->out); /* where nothing else is in it */
    return status;
}
