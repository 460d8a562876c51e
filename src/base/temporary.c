#include "base/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checksum.h"
#include "base/disk.h"
#include "base/file.h"
#include "base/process.h"
#include "base/spill.h"

static const char MARK[] = ".tmp-";
enum { OLD_SECONDS = 3600, LONGEST_PATH = 4096 };

/* The machine, its start and its space of process numbers as one word. */
static uint32_t place_of(const rc_process *p)
{
    rc_checksum c;
    rc_checksum_begin(&c);
    rc_checksum_add_text(&c, p->host);
    rc_checksum_add_text(&c, p->kernel);
    return (uint32_t)rc_checksum_value(&c);
}

rc_status rc_temporary_name(const char *path, size_t size, char *out)
{
    rc_process self;
    rc_process_self(&self);
    int n = snprintf(out, size, "%s%s%08" PRIx32 "-%lld-%lld", path, MARK, place_of(&self),
                     (long long)self.id, (long long)self.started);
    RC_CHECK(n >= 0 && (size_t)n < size, RC_IO, "%.80s...: the path is too long", path);
    return RC_OK;
}

/* Whether this word of a name tells a process of this machine; *ended: it is no longer there. */
static bool is_of_here(const char *who, bool *ended)
{
    rc_process p;
    uint32_t place;
    long long id, started;
    rc_process_self(&p);
    if (sscanf(who, "%8" SCNx32 "-%lld-%lld", &place, &id, &started) != 3 || place != place_of(&p))
        return false;
    p.id = id;
    p.started = started;
    *ended = rc_process_ended(&p);
    return true;
}

/* The time by the clock that gives files theirs. */
rc_status rc_folder_time(const char *path, time_t *out)
{
    char name[LONGEST_PATH];
    struct stat s;
    RC_TRY(rc_temporary_name(path, sizeof name, name));
    int file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int failed = file < 0 || futimens(file, NULL) != 0 || fstat(file, &s) != 0 ? errno : 0;
    if (file >= 0) close(file);
    unlink(name);
    if (failed) return rc_fail_system(name, "written", failed);
    *out = s.st_mtime;
    return RC_OK;
}

static bool is_left(const char *path, const char *who)
{
    struct stat file;
    time_t now;
    bool ended;
    if (is_of_here(who, &ended)) return ended;
    return lstat(path, &file) == 0 && rc_folder_time(path, &now) == RC_OK &&
           file.st_mtime + OLD_SECONDS < now;
}

void rc_temporaries_remove(const char *folder)
{
    char path[LONGEST_PATH];
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        const char *mark = strstr(e->d_name, MARK);
        if (mark && rc_path_join(folder, e->d_name, sizeof path, path) == RC_OK &&
            is_left(path, mark + strlen(MARK)))
            unlink(path);
    }
    if (d) closedir(d);
}

void rc_temporaries_remove_of(const char *path)
{
    const char *name = rc_path_base(path);
    char folder[LONGEST_PATH], full[LONGEST_PATH];
    snprintf(folder, sizeof folder, "%.*s", (int)(name - path), path);
    DIR *d = opendir(folder[0] ? folder : ".");
    size_t n = strlen(name);
    bool ended;
    for (struct dirent *e; d && (e = readdir(d));)
        if (strncmp(e->d_name, name, n) == 0 && strncmp(e->d_name + n, MARK, strlen(MARK)) == 0 &&
            is_of_here(e->d_name + n + strlen(MARK), &ended) && ended &&
            rc_path_join(folder[0] ? folder : ".", e->d_name, sizeof full, full) == RC_OK)
            (void)!rc_remove_tree(full);
    if (d) closedir(d);
}

rc_status rc_temporary_folder(size_t size, char *out)
{
    RC_TRY(rc_path_join(rc_temporary_place(), "recraft-XXXXXX", size, out));
    return mkdtemp(out) ? RC_OK : rc_fail_system(out, "made", errno);
}
