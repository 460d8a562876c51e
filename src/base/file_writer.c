/* Writing files whole, and never over what is no file. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/temporary.h"
#include "base/utf8.h"

/* ---- what stands at a path ---- */

/* A regular file is written by way of a temporary one, what takes bytes as they come directly. */
typedef struct target {
    bool direct;
    char path[PATH_MAX];
} target;

bool rc_path_is_stream(const char *path)
{
    struct stat s;
    if (strcmp(path, RC_STANDARD_OUTPUT) == 0) return true;
    return stat(path, &s) == 0 && (S_ISFIFO(s.st_mode) || S_ISCHR(s.st_mode));
}

/* A link stays one: the file that it leads to is written. */
static rc_status find_target(const char *path, target *t)
{
    struct stat s;
    t->direct = rc_path_is_stream(path);
    RC_CHECK(strlen(path) < sizeof t->path, RC_IO, "%.80s...: the path is too long", path);
    strcpy(t->path, path);
    if (t->direct || lstat(path, &s) != 0) return RC_OK;
    bool link = S_ISLNK(s.st_mode);
    RC_CHECK(!link || stat(path, &s) == 0, RC_IO, "%s: cannot be written: it is a link to nothing", path);
    RC_CHECK(!S_ISDIR(s.st_mode), RC_IO, "%s: cannot be written: it is a folder", path);
    RC_CHECK(S_ISREG(s.st_mode), RC_IO,
             "%s: cannot be written: it is neither a file nor a pipe; choose another place", path);
    return !link || realpath(path, t->path) ? RC_OK : rc_fail_system(path, "written", errno);
}

/* ---- opening ---- */

/* A terminal gets the text when it is whole, with its control characters made visible. */
static rc_status open_direct(rc_file_writer *w)
{
    bool standard = strcmp(w->path, RC_STANDARD_OUTPUT) == 0;
    int file = standard ? dup(STDOUT_FILENO) : open(w->path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    if (file < 0) return rc_fail_system(w->path, "written", errno);
    w->terminal = isatty(file) ? file : -1;
    w->stream = w->terminal >= 0 ? open_memstream(&w->shown, &w->shown_size) : fdopen(file, "wb");
    return w->stream ? RC_OK : rc_fail_system(w->path, "written", errno);
}

static rc_status open_temporary(rc_file_writer *w)
{
    size_t n = strlen(w->path) + 64;
    RC_TRY(rc_alloc(n, 1, (void **)&w->temporary));
    RC_TRY(rc_temporary_name(w->path, n, w->temporary));
    w->stream = fopen(w->temporary, "wb");
    return w->stream ? RC_OK : rc_fail_system(w->path, "written", errno);
}

static void release(rc_file_writer *w)
{
    if (w->stream) fclose(w->stream);
    if (w->terminal >= 0) close(w->terminal);
    free(w->shown); /* open_memstream's */
    rc_free(w->path);
    rc_free(w->temporary);
    *w = (rc_file_writer){.terminal = -1};
}

rc_status rc_file_writer_open(const char *path, rc_file_writer *out)
{
    target t;
    *out = (rc_file_writer){.terminal = -1};
    RC_TRY(find_target(path, &t));
    rc_status status = rc_strdup(t.path, &out->path);
    if (status == RC_OK) status = t.direct ? open_direct(out) : open_temporary(out);
    if (status != RC_OK) release(out);
    return status;
}

rc_status rc_file_check_writable(const char *path)
{
    rc_file_writer w;
    target t;
    RC_TRY(find_target(path, &t));
    if (t.direct) return RC_OK; /* whoever reads a pipe would take it for written */
    RC_TRY(rc_file_writer_open(path, &w));
    rc_file_writer_abandon(&w);
    return RC_OK;
}

/* ---- writing ---- */

rc_status rc_file_writer_put(rc_file_writer *w, const void *data, size_t size)
{
    if (size == 0 || fwrite(data, 1, size, w->stream) == size) return RC_OK;
    return rc_fail_system(w->path, "written", errno);
}

void rc_file_writer_abandon(rc_file_writer *w)
{
    if (w->temporary) unlink(w->temporary);
    release(w);
}

static rc_status show(const rc_file_writer *w)
{
    char *visible;
    size_t room = 6 * w->shown_size + 1; /* "\\u001B" */
    RC_TRY(rc_alloc_raw(room, 1, (void **)&visible));
    rc_utf8_visible(w->shown, "\n\t", room, visible);
    rc_status status =
        dprintf(w->terminal, "%s", visible) < 0 ? rc_fail_system(w->path, "written", errno) : RC_OK;
    rc_free(visible);
    return status;
}

rc_status rc_file_writer_commit(rc_file_writer *w)
{
    int error = 0;
    if (fflush(w->stream) != 0 || (w->temporary && fsync(fileno(w->stream)) != 0)) error = errno;
    if (fclose(w->stream) != 0 && !error) error = errno;
    w->stream = NULL;
    rc_status status = error              ? rc_fail_system(w->path, "written", error)
                       : w->temporary     ? rc_rename(w->temporary, w->path)
                       : w->terminal >= 0 ? show(w)
                                          : RC_OK;
    if (status != RC_OK && w->temporary) unlink(w->temporary);
    release(w);
    return status;
}

rc_status rc_file_write(const char *path, const void *data, size_t size)
{
    rc_file_writer w;
    RC_TRY(rc_file_writer_open(path, &w));
    rc_status status = rc_file_writer_put(&w, data, size);
    if (status == RC_OK) return rc_file_writer_commit(&w);
    rc_file_writer_abandon(&w);
    return status;
}
