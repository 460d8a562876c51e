/* One array of a data set, of a folder or a file of arrays. */
#include <stdio.h>

#include "base/file.h"
#include "datasets/store.h"
#include "formats/container.h"

static rc_status read_folder(const char *path, const char *name, rc_array *out)
{
    char file[96], full[4096];
    snprintf(file, sizeof file, "%s.npy", name);
    RC_TRY(rc_path_join(path, file, sizeof full, full));
    return rc_path_exists(full) ? rc_npy_open(full, out) : RC_OK;
}

static rc_status read_entry(rc_container *c, const char *path, const char *name, rc_array *out)
{
    int at = rc_container_find(c, name);
    if (at < 0) return RC_OK;
    RC_CHECK(!rc_container_entry(c, at)->is_text, RC_DATA,
             "%s: \"%s\" holds text, numbers are wanted; `recraft data import` turns names of classes into "
             "numbers",
             path, name);
    return rc_container_read(c, at, out);
}

rc_status rc__read_array(const char *path, rc_container *c, const char *name, rc_array *out)
{
    return c ? read_entry(c, path, name, out) : read_folder(path, name, out);
}
