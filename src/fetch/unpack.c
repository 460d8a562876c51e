#include "fetch/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/progress.h"
#include "fetch/archive.h"

/* FSD50K is the largest: a sound of one second for every second of 108 hours, overlapping. */
enum { PATH_BYTES = 4096, ENTRIES = 4000000 };
static const int64_t LARGEST = 64LL << 30;

/* How much there will be, and whether there is anything that is neither file nor folder. */
static rc_status survey(rc__archive *a, const char *archive, int64_t *bytes)
{
    rc__archive_entry e;
    *bytes = 0;
    RC_TRY(rc__archive_next(a, &e));
    while (e.path) {
        RC_CHECK(e.is_file || e.is_directory, RC_DATA,
                 "%s: its entry \"%.80s\" is a link, or not a file at all", archive, e.path);
        RC_TRY(rc__archive_pass(a, &e));
        *bytes += e.size;
        if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted");
        RC_TRY(rc__archive_next(a, &e));
    }
    return RC_OK;
}

static rc_status make_parents(char *path, const char *folder)
{
    for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        rc_status status = rc_path_is_directory(path) ? RC_OK : rc_make_directory(path);
        *slash = '/';
        RC_TRY(status);
    }
    return RC_OK;
}

/* O_EXCL: the folder is ours and new, so a name that is there already stands twice in the archive. */
static rc_status write_file(rc__archive *a, const rc__archive_entry *e, const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    RC_CHECK(file >= 0 || errno != EEXIST, RC_DATA, "%s: is in the archive twice", path);
    if (file < 0) return rc_fail_system(path, "written", errno);
    FILE *to = fdopen(file, "wb");
    if (!to) {
        close(file);
        return rc_fail(RC_MEMORY, "out of memory");
    }
    rc_status status = rc__archive_copy(a, e->path, LARGEST, to);
    if (fclose(to) != 0 && status == RC_OK) status = rc_fail_system(path, "written", errno);
    return status;
}

static rc_status unpack_all(rc__archive *a, const char *folder, int64_t bytes)
{
    rc__archive_entry e;
    int64_t done = 0;
    RC_TRY(rc__archive_next(a, &e));
    while (e.path) {
        char path[PATH_BYTES];
        RC_TRY(rc_path_join(folder, e.path, sizeof path, path));
        RC_TRY(make_parents(path, folder));
        if (e.is_file) RC_TRY(write_file(a, &e, path));
        done += e.size;
        if (bytes > 1 << 24) rc_progress_step("unpack", done >> 20, bytes >> 20, "MiB");
        RC_TRY(rc__archive_next(a, &e));
    }
    return RC_OK;
}

static rc_status fill(const char *archive, const char *folder, int64_t bytes)
{
    rc__archive *a;
    RC_TRY(rc__archive_open(archive, ENTRIES, &a));
    rc_status status = unpack_all(a, folder, bytes);
    rc__archive_close(&a);
    return status;
}

static rc_status look_first(const char *archive, const char *folder, int64_t *bytes)
{
    rc__archive *a;
    RC_TRY(rc__archive_open(archive, ENTRIES, &a));
    rc_status status = survey(a, archive, bytes);
    rc__archive_close(&a);
    return status == RC_OK ? rc_disk_check(folder, *bytes, "unpacking") : status;
}

rc_status rc__unpack(const char *archive, const char *folder)
{
    rc_folder f;
    int64_t bytes;
    RC_TRY(look_first(archive, folder, &bytes));
    RC_TRY(rc_folder_begin(folder, &f));
    return rc_folder_end(&f, fill(archive, f.partial, bytes));
}

rc_status rc__unpack_gzip(const char *archive, const char *path)
{
    rc__archive *a;
    rc__archive_entry e;
    rc_file_writer w;
    RC_TRY(rc__archive_open_gzip(archive, &a));
    rc_status status = rc__archive_next(a, &e);
    if (status == RC_OK && !e.path) status = rc_fail(RC_FORMAT, "%s: an empty archive", archive);
    if (status == RC_OK) status = rc_file_writer_open(path, &w);
    if (status == RC_OK) {
        status = rc__archive_copy(a, rc_path_base(archive), LARGEST, w.stream);
        if (status == RC_OK)
            status = rc_file_writer_commit(&w);
        else
            rc_file_writer_abandon(&w);
    }
    rc__archive_close(&a);
    return status;
}
