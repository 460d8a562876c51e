#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/checksum.h"
#include "base/memory.h"
#include "base/spill.h"

/* ---- paths ---- */

rc_status rc_path_join(const char *directory, const char *name, size_t size, char *out)
{
    int n = snprintf(out, size, "%s/%s", directory, name);
    RC_CHECK(n >= 0 && (size_t)n < size, RC_IO, "%.80s...: the path is too long", directory);
    return RC_OK;
}

bool rc_path_exists(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0;
}

bool rc_path_is_directory(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

const char *rc_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool rc_path_same(const char *a, const char *b)
{
    struct stat s, t;
    return strcmp(a, b) == 0 ||
           (stat(a, &s) == 0 && stat(b, &t) == 0 && s.st_dev == t.st_dev && s.st_ino == t.st_ino);
}

uint64_t rc_file_stamp(const char *path)
{
    struct stat is;
    rc_checksum c;
    if (stat(path, &is) != 0) return 0;
    const int64_t what[] = {(int64_t)is.st_ino, (int64_t)is.st_size, (int64_t)is.st_mtim.tv_sec,
                            (int64_t)is.st_mtim.tv_nsec};
    rc_checksum_begin(&c);
    rc_checksum_add(&c, what, sizeof what);
    return rc_checksum_value(&c);
}

bool rc_path_has_suffix(const char *path, const char *suffix)
{
    size_t n = strlen(path), m = strlen(suffix);
    return n >= m && strcmp(path + n - m, suffix) == 0;
}

bool rc_path_leads_outside(const char *path)
{
    if (path[0] == '/') return true;
    for (const char *part = path; part;) {
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || !part[2])) return true;
        part = strchr(part, '/');
        if (part) part++;
    }
    return false;
}

/* ---- failures ---- */

/* What another path, or other permissions, would mend. */
static bool is_about_the_path(int error)
{
    static const int errors[] = {ENOENT, ENOTDIR, EISDIR,       EACCES, EPERM,  EEXIST, ENOTEMPTY, EBUSY,
                                 EXDEV,  ETXTBSY, ENAMETOOLONG, ELOOP,  EINVAL, ENXIO,  ENODEV};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i] == error) return true;
    return false;
}

static const char *remedy_for(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return "; free some space, or write to another disk";
    case EACCES:
    case EROFS:
        return "; check the permissions, or choose another place";
    case EIO:
        return "; the disk or its connection is failing, see the system's log";
    case EMFILE:
    case ENFILE:
        return "; raise the limit on open files (ulimit -n)";
    case ENOTEMPTY:
        return "; a folder with files in it is there already";
    default:
        return "";
    }
}

rc_status rc_fail_system(const char *path, const char *what, int error)
{
    if (error == ENOMEM) return rc_fail(RC_MEMORY, "%s: cannot be %s: out of memory", path, what);
    return rc_fail(is_about_the_path(error) ? RC_IO : RC_MACHINE, "%s: cannot be %s: %s%s", path, what,
                   strerror(error), remedy_for(error));
}

/* Libraries have error numbers of their own meaning, so only these are believed. */
static bool hinders_reading(int error)
{
    return error == ENOMEM || error == EIO || error == EMFILE || error == ENFILE || error == ESTALE;
}

rc_status rc_fail_reading(const char *name, const char *format, ...)
{
    char text[512];
    va_list args;
    if (hinders_reading(errno)) return rc_fail_system(name, "read", errno);
    va_start(args, format);
    rc_ascii_vprint(text, sizeof text, format, args);
    va_end(args);
    return rc_fail(RC_FORMAT, "%s", text);
}

rc_status rc_make_directory(const char *path)
{
    char part[4096];
    size_t n = strlen(path);
    RC_CHECK(n > 0 && n < sizeof part, RC_IO, "%.80s: the path is empty or too long", path);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0') continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST) return rc_fail_system(part, "made", errno);
    }
    RC_CHECK(rc_path_is_directory(path), RC_IO, "%s: exists and is not a folder", path);
    return RC_OK;
}

/* ---- reading ---- */

static rc_status read_all(int file, const char *path, size_t size, char *data)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = read(file, data + done, size - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return rc_fail_system(path, "read", errno);
        RC_CHECK(n > 0, RC_IO, "%s: the file shrank while it was read", path);
        done += (size_t)n;
    }
    return RC_OK;
}

static rc_status irregular(const char *path, mode_t mode)
{
    const char *what = S_ISDIR(mode)    ? "a folder"
                       : S_ISFIFO(mode) ? "a pipe"
                       : S_ISSOCK(mode) ? "a socket"
                                        : "a device";
    return rc_fail(RC_IO, "%s: %s, not a regular file; save its contents to a file first", path, what);
}

static rc_status open_regular(const char *path, int *file, size_t *size)
{
    struct stat s;
    /* Without O_NONBLOCK a pipe would be waited for. */
    *file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*file < 0 && errno == ENOENT) return rc_fail(RC_IO, "%s: no such file", path);
    if (*file < 0 && errno == ENXIO) return irregular(path, S_IFSOCK);
    if (*file < 0) return rc_fail_system(path, "opened", errno);
    if (fstat(*file, &s) != 0 || !S_ISREG(s.st_mode)) {
        close(*file);
        return irregular(path, s.st_mode);
    }
    *size = (size_t)s.st_size;
    return RC_OK;
}

rc_status rc_file_check(const char *path, size_t *size)
{
    int file;
    RC_TRY(open_regular(path, &file, size));
    close(file);
    return RC_OK;
}

rc_status rc_file_read_head(const char *path, size_t size, void *head, size_t *used)
{
    int file;
    size_t whole;
    RC_TRY(open_regular(path, &file, &whole));
    *used = whole < size ? whole : size;
    rc_status status = read_all(file, path, *used, head);
    close(file);
    return status;
}

rc_status rc_file_read(const char *path, size_t limit, char **data, size_t *size)
{
    int file;
    *data = NULL;
    RC_TRY(open_regular(path, &file, size));
    rc_status status = RC_OK;
    if (*size > limit)
        status =
            rc_fail(RC_FORMAT, "%s: %zu bytes, at most %zu are expected of such a file", path, *size, limit);
    if (status == RC_OK) status = rc_alloc(*size + 1, 1, (void **)data);
    if (status == RC_OK) status = read_all(file, path, *size, *data);
    close(file);
    if (status != RC_OK) {
        rc_free(*data);
        *data = NULL;
    }
    return status;
}

rc_status rc_file_map_open(const char *path, rc_file_map *out)
{
    int file;
    size_t size;
    *out = (rc_file_map){0};
    RC_TRY(open_regular(path, &file, &size));
    if (size == 0) {
        close(file);
        return rc_fail(RC_FORMAT, "%s: the file is empty", path);
    }
    void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    int error = errno;
    close(file);
    if (data == MAP_FAILED) return rc_fail_system(path, "mapped", error);
    rc__spill_join(data, size);
    *out = (rc_file_map){data, size};
    return RC_OK;
}

void rc_file_map_close(rc_file_map *map)
{
    void *data = (void *)(uintptr_t)map->data;
    if (data && !rc__spill_free(data)) munmap(data, map->size);
    *map = (rc_file_map){0};
}

/* ---- writing ---- */

/* A rename is on disk only once its folder is. Some file systems sync no folders, and say so. */
static rc_status sync_folder(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (n >= sizeof folder) return RC_OK;
    memcpy(folder, path, n);
    folder[n] = '\0';
    int file = open(n ? folder : (slash ? "/" : "."), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = file < 0 || fsync(file) != 0 ? errno : 0;
    if (file >= 0) close(file);
    return !error || is_about_the_path(error) ? RC_OK : rc_fail_system(path, "made safe on the disk", error);
}

rc_status rc_rename(const char *from, const char *to)
{
    if (rename(from, to) != 0) return rc_fail_system(to, "put in its place", errno);
    return sync_folder(to);
}

/* Returns an errno, or 0. */
static int write_all(int file, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(file, data, size);
        if (n < 0 && errno != EINTR) return errno;
        data += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static rc_status append(const char *path, const char *data, size_t size, const char *ending)
{
    struct stat before;
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) return rc_fail_system(path, "written", errno);
    bool known = fstat(file, &before) == 0;
    int error = known ? write_all(file, data, size) : errno;
    if (!error) error = write_all(file, ending, strlen(ending));
    if (!error && fsync(file) != 0) error = errno;
    if (error && known) (void)!ftruncate(file, before.st_size); /* nothing by halves */
    if (close(file) != 0 && !error) error = errno;
    return error ? rc_fail_system(path, "written", error) : RC_OK;
}

rc_status rc_file_append(const char *path, const void *data, size_t size)
{
    return append(path, data, size, "");
}

rc_status rc_file_append_line(const char *path, const char *line)
{
    return append(path, line, strlen(line), "\n");
}
