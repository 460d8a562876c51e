/* The folder of a download, beside the data set that it is for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "base/progress.h"
#include "fetch/download_folder.h"
#include "fetch/transfer.h"
#include "published/get_task.h"

rc_status rc__work_open(const rc_get_options *o, rc__work *w)
{
    *w = (rc__work){.o = o, .lock = -1};
    int n = snprintf(w->folder, sizeof w->folder, "%s.download", o->out);
    RC_CHECK(n > 0 && n < RC__PATH, RC_IO, "%.80s...: the path is too long", o->out);
    return rc_download_folder_open(w->folder, &w->lock);
}

void rc__work_close(rc__work *w, rc_status status)
{
    char why[1024];
    if (w->lock < 0) return;
    if (status == RC_OK && !w->o->keep && rc_remove_tree(w->folder) != RC_OK)
        rc_progress_note("warning: %s", rc_error_text());
    if (status != RC_OK) {
        snprintf(why, sizeof why, "%s", rc_error_text());
        /* What was unpacked of files that are on the disk anyway is no gain. */
        if (w->o->from && rc_remove_tree(w->folder) != RC_OK)
            rc_progress_note("warning: %s", rc_error_text());
        if (rmdir(w->folder) != 0 && errno == ENOTEMPTY && !w->o->from)
            (void)rc_fail(status, "%s (what has arrived stays in %s)", why, w->folder);
        else
            (void)rc_fail(status, "%s", why);
    }
    close(w->lock);
}

/* ---- what a file begins with ---- */

typedef struct magic {
    const char *suffix, *bytes, *what;
    int size, at;
} magic;

static const magic *magic_of(const char *name)
{
    static const magic known[] = {
        {".npy", "\x93NUMPY", "a .npy file", 6, 0}, {".npz", "PK", "a zip archive", 2, 0},
        {".zip", "PK", "a zip archive", 2, 0},      {".gz", "\x1f\x8b", "a gzip archive", 2, 0},
        {".hdf5", "\x89HDF", "an HDF5 file", 4, 0}, {".h5", "\x89HDF", "an HDF5 file", 4, 0},
        {".mat", "MATLAB", "a .mat file", 6, 0},    {".pkl", "\x80", "a pickle", 1, 0},
        {".json", "{", "a JSON object", 1, 0}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (rc_path_has_suffix(name, known[i].suffix)) return &known[i];
    return NULL;
}

/* A network that wants a login answers every request with a page: that is told at once, and not kept. */
static rc_status accepts(const char *path, const char *shown)
{
    char name[RC__PATH], head[16] = "";
    int n = snprintf(name, sizeof name, "%s", path);
    if (n < RC__PATH && rc_path_has_suffix(name, ".part")) name[n - 5] = '\0';
    const magic *m = magic_of(name);
    size_t have;
    RC_TRY(rc_file_read_head(path, sizeof head - 1, head, &have));
    RC_CHECK(have > 0, RC_DATA, "%s: the server sent an empty file", shown);
    RC_CHECK(head[0] != '<', RC_DATA,
             "%s: the server sent a web page instead of %s; does the network ask for a login?", shown,
             m ? m->what : "the file");
    RC_CHECK(!m || (have >= (size_t)m->size && memcmp(head, m->bytes, (size_t)m->size) == 0), RC_DATA,
             "%s: the server did not send %s", shown, m->what);
    return RC_OK;
}

/* ---- fetching ---- */

static rc_status address_of(const rc__work *w, const rc_published_file *f, char out[RC_ADDRESS])
{
    int n;
    if (w->o->mirror) {
        size_t end = strlen(w->o->mirror);
        while (end > 0 && w->o->mirror[end - 1] == '/')
            end--;
        n = snprintf(out, RC_ADDRESS, "%.*s/%s", (int)end, w->o->mirror, f->name);
    } else {
        RC_CHECK(f->url, RC_CONFIG, "no address is known for %s; give the files by \1from, or a \1mirror",
                 f->name);
        n = snprintf(out, RC_ADDRESS, "%s", f->url);
    }
    RC_CHECK(n < RC_ADDRESS, RC_CONFIG, "%.80s...: the address is too long", out);
    RC_CHECK(strncmp(out, "http://", 7) == 0 || strncmp(out, "https://", 8) == 0, RC_CONFIG,
             "%.80s: not an http:// or https:// address", out);
    return RC_OK;
}

rc_status rc__work_fetch(const rc__work *w, const rc_published_file *f, int64_t limit)
{
    char url[RC_ADDRESS], path[RC__PATH];
    RC_TRY(rc_path_join(w->folder, f->name, sizeof path, path));
    if (rc_path_exists(path))
        return RC_OK; /* of an earlier call: whole and checked, or it had no such name */
    RC_TRY(address_of(w, f, url));
    rc_transfer t = {
        .url = url, .path = path, .work = f->name, .md5 = f->md5, .limit = limit, .accepts = accepts};
    return rc__transfer_run(&t);
}
