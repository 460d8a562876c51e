#include "base/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"

enum { PATH_BYTES = 4096, DEEPEST = 64 };

/* The nearest folder above that is there already. */
static void step_up(char path[PATH_BYTES])
{
    char *slash = strrchr(path, '/');
    if (!slash)
        strcpy(path, ".");
    else if (slash == path)
        path[1] = '\0';
    else
        *slash = '\0';
}

rc_status rc_disk_check(const char *path, int64_t bytes, const char *what)
{
    char at[PATH_BYTES];
    struct statvfs disk;
    int n = snprintf(at, sizeof at, "%s", path);
    RC_CHECK(n >= 0 && n < PATH_BYTES, RC_IO, "%.80s...: the path is too long", path);
    while (statvfs(at, &disk) != 0) {
        if (errno != ENOENT && errno != ENOTDIR) return rc_fail_system(at, "looked at", errno);
        step_up(at);
    }
    double free = (double)disk.f_bavail * (double)disk.f_frsize;
    RC_CHECK((double)bytes <= free, RC_MACHINE,
             "%s: %s needs %.3g GB here, %.3g GB are free; free some space, or choose another disk", path,
             what, (double)bytes / 1e9, free / 1e9);
    return RC_OK;
}

static int remove_entry(int folder, const char *name, int depth);

static int empty_folder(int folder, int depth)
{
    DIR *d = fdopendir(folder);
    int failed = 0;
    if (!d) {
        close(folder);
        return -1;
    }
    for (struct dirent *e; !failed && (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            failed = remove_entry(dirfd(d), e->d_name, depth + 1);
    closedir(d);
    return failed;
}

static int remove_entry(int folder, const char *name, int depth)
{
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT) return 0;
    if (errno != EISDIR && errno != EPERM) return -1;
    int inner = depth < DEEPEST ? openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (inner < 0 || empty_folder(inner, depth) != 0) return -1;
    return unlinkat(folder, name, AT_REMOVEDIR);
}

rc_status rc_remove_tree(const char *path)
{
    return remove_entry(AT_FDCWD, path, 0) == 0 ? RC_OK : rc_fail_system(path, "removed", errno);
}
