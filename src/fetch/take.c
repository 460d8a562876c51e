/* Taking what belongs to a model from a folder. */
#include "fetch/take.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/file.h"

enum { PATH_BYTES = 4096 };

static rc_status copy_file(const char *from, const char *to, int64_t limit)
{
    rc_file_map map;
    rc_file_writer w;
    RC_TRY(rc_file_map_open(from, &map));
    rc_status status = RC_OK;
    if ((int64_t)map.size > limit)
        status = rc_fail(RC_DATA, "%s: larger than the allowed %lld bytes", from, (long long)limit);
    if (status == RC_OK) status = rc_file_writer_open(to, &w);
    if (status == RC_OK) {
        status = rc_file_writer_put(&w, map.data, map.size);
        if (status == RC_OK)
            status = rc_file_writer_commit(&w);
        else
            rc_file_writer_abandon(&w);
    }
    rc_file_map_close(&map);
    return status;
}

/* Links are followed here: the folder is the user's own, and the hub's cache consists of links. */
static rc_status take_entry(const char *from, const rc_known_model *known, const char *out, const char *name)
{
    char a[PATH_BYTES], b[PATH_BYTES];
    RC_TRY(rc_path_join(from, name, sizeof a, a));
    RC_TRY(rc_path_join(out, name, sizeof b, b));
    return copy_file(a, b, rc__take_limit(known, name));
}

static rc_status take_from_folder(const char *from, const rc_known_model *known, const char *out)
{
    bool config = false, weights = false, pickle = false;
    rc_status status = RC_OK;
    DIR *d = opendir(from);
    if (!d) return rc_fail_system(from, "read", errno);
    for (struct dirent *e; status == RC_OK && (e = readdir(d));) {
        pickle |= rc_path_has_suffix(e->d_name, ".bin");
        if (!rc__take_wants(e->d_name)) continue;
        config |= strcmp(e->d_name, "config.json") == 0;
        weights |= rc__take_is_weights(e->d_name);
        status = take_entry(from, known, out, e->d_name);
    }
    closedir(d);
    RC_TRY(status);
    return config && weights ? RC_OK : rc__take_no_model(from, config && pickle);
}

rc_status rc__take_model(const char *from, const rc_known_model *known, const char *out)
{
    RC_CHECK(rc_path_exists(from), RC_IO, "%s: no such folder or file", from);
    return rc_path_is_directory(from) ? take_from_folder(from, known, out)
                                      : rc__take_from_archive(from, known, out);
}
