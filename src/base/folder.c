#include "base/folder.h"

#include <stdio.h>

#include "base/disk.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/temporary.h"

rc_status rc_folder_begin(const char *path, rc_folder *out)
{
    out->path = path;
    RC_CHECK(path[0], RC_CONFIG, "\1out is empty");
    RC_CHECK(!rc_path_exists(path), RC_CONFIG, "%s: exists already; choose another \1out", path);
    rc_temporaries_remove_of(path);
    RC_TRY(rc_temporary_name(path, sizeof out->partial, out->partial));
    return rc_make_directory(out->partial);
}

rc_status rc_folder_drop(const char *path, rc_status status)
{
    char why[RC_FOLDER_PATH];
    snprintf(why, sizeof why, "%s", rc_error_text()); /* which removing may overwrite */
    if (rc_remove_tree(path) == RC_OK) return status;
    rc_progress_note("warning: %s", rc_error_text());
    return status == RC_OK ? RC_OK : rc_fail(status, "%s", why);
}

rc_status rc_folder_end(rc_folder *f, rc_status status)
{
    if (status == RC_OK) status = rc_rename(f->partial, f->path);
    return status == RC_OK ? RC_OK : rc_folder_drop(f->partial, status);
}
