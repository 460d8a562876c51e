#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/progress.h"
#include "base/temporary.h"

enum { LONGEST_PATH = 4096, TEXT = 512, BEAT_SECONDS = 5, STALE_SECONDS = 120, ATTEMPTS = 5 };

/* What a lock file says, and when it was last touched. */
typedef struct holder {
    rc_process process;
    char since[32];
    char text[TEXT];
    time_t touched;
} holder;

struct rc_lock {
    char folder[LONGEST_PATH], path[LONGEST_PATH], text[TEXT];
    int file;
    bool beats, over;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t end;
};

/* ---- the file ---- */

static void write_text(char out[TEXT])
{
    rc_process self;
    char since[32];
    time_t now = time(NULL);
    struct tm utc;
    rc_process_self(&self);
    strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S UTC", gmtime_r(&now, &utc));
    snprintf(out, TEXT, "host %s\nprocess %lld\nstarted %lld\nkernel %s\nsince %s\n", self.host,
             (long long)self.id, (long long)self.started, self.kernel, since);
}

/* False: there is none. Opened before it is looked at: over a network only then its times are the server's.
 */
static bool read_holder(const char *path, holder *out)
{
    struct stat s;
    *out = (holder){0};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    ssize_t n = read(file, out->text, TEXT - 1);
    out->touched = fstat(file, &s) == 0 ? s.st_mtime : 0;
    close(file);
    out->text[n > 0 ? n : 0] = '\0';
    rc_process *p = &out->process;
    long long id, started;
    if (sscanf(out->text, "host %64s process %lld started %lld kernel %96[^\n] since %31[^\n]", p->host, &id,
               &started, p->kernel, out->since) != 5)
        return true; /* of a process that is just writing it, or was killed there: its age decides */
    p->id = id;
    p->started = started;
    return true;
}

/* The time by the clock that gives files theirs. */
static rc_status folder_time(const char *path, time_t *out)
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

static const char *describe(const holder *h, char out[TEXT])
{
    if (h->since[0])
        snprintf(out, TEXT, "process %lld on %s, since %s", (long long)h->process.id, h->process.host,
                 h->since);
    else
        snprintf(out, TEXT, "a process that has not given its name");
    return out;
}

/* ---- taking it ---- */

static rc_status is_stale(const rc_lock *l, const holder *h, bool *out)
{
    time_t now;
    *out = rc_process_ended(&h->process);
    if (rc_process_is_near(&h->process)) return RC_OK;
    RC_TRY(folder_time(l->path, &now));
    *out = now - h->touched > STALE_SECONDS;
    return RC_OK;
}

/* Of several that find it stale, one moves it aside. Whoever moves the lock of a quicker one gives it back.
 */
static void remove_stale(const rc_lock *l, const holder *stale)
{
    char aside[LONGEST_PATH], text[TEXT];
    holder moved;
    if (rc_temporary_name(l->path, sizeof aside, aside) != RC_OK || rename(l->path, aside) != 0) return;
    bool same = read_holder(aside, &moved) && strcmp(moved.text, stale->text) == 0;
    bool back = !same && link(aside, l->path) == 0;
    if (same)
        rc_progress_note(
            "warning: %s: was held by %s, which has ended without a word; this process takes over", l->folder,
            describe(stale, text));
    (void)back; /* if not, a third has the lock, and the quicker one finds out before it writes */
    unlink(aside);
}

static rc_status make_file(rc_lock *l)
{
    char text[TEXT];
    for (int i = 0; i < ATTEMPTS; i++) {
        holder h;
        bool stale;
        l->file = open(l->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (l->file >= 0) return RC_OK;
        if (errno != EEXIST) return rc_fail_system(l->path, "written", errno);
        if (!read_holder(l->path, &h)) continue;
        RC_TRY(is_stale(l, &h, &stale));
        RC_CHECK(stale, RC_CONFIG,
                 "%s: another process is at work here (%s); wait for it, or choose another --out", l->folder,
                 describe(&h, text));
        remove_stale(l, &h);
    }
    return rc_fail(RC_CONFIG, "%s: several processes want to begin here at once", l->folder);
}

static rc_status fill_file(rc_lock *l)
{
    size_t n = strlen(l->text);
    if (write(l->file, l->text, n) == (ssize_t)n && fsync(l->file) == 0) return RC_OK;
    int error = errno;
    unlink(l->path);
    return rc_fail_system(l->path, "written", error);
}

/* ---- holding it ---- */

static void *beat(void *lock)
{
    rc_lock *l = lock;
    pthread_mutex_lock(&l->mutex);
    while (!l->over) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += BEAT_SECONDS;
        pthread_cond_timedwait(&l->end, &l->mutex, &until);
        (void)futimens(l->file, NULL);
    }
    pthread_mutex_unlock(&l->mutex);
    return NULL;
}

/* No signal is for this thread. */
static void begin_to_beat(rc_lock *l)
{
    sigset_t all, before;
    pthread_mutex_init(&l->mutex, NULL);
    pthread_cond_init(&l->end, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    l->beats = pthread_create(&l->thread, NULL, beat, l) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void end_beats(rc_lock *l)
{
    pthread_mutex_lock(&l->mutex);
    l->over = true;
    pthread_cond_signal(&l->end);
    pthread_mutex_unlock(&l->mutex);
    if (l->beats) pthread_join(l->thread, NULL);
    pthread_cond_destroy(&l->end);
    pthread_mutex_destroy(&l->mutex);
}

static rc_status take(const char *folder, rc_lock *l)
{
    RC_CHECK(strlen(folder) < sizeof l->folder, RC_IO, "%.80s...: the path is too long", folder);
    strcpy(l->folder, folder);
    RC_TRY(rc_path_join(folder, RC_LOCK_FILE, sizeof l->path, l->path));
    write_text(l->text);
    RC_TRY(make_file(l));
    rc_status status = fill_file(l);
    if (status != RC_OK) close(l->file);
    return status;
}

rc_status rc_lock_take(const char *folder, rc_lock **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_status status = take(folder, *out);
    if (status == RC_OK) {
        begin_to_beat(*out);
        return RC_OK;
    }
    rc_free(*out);
    *out = NULL;
    return status;
}

static bool is_ours(const rc_lock *l, holder *h)
{
    return read_holder(l->path, h) && strcmp(h->text, l->text) == 0;
}

rc_status rc_lock_check(const rc_lock *l)
{
    holder h = {0};
    char text[TEXT];
    if (!l || is_ours(l, &h)) return RC_OK;
    return rc_fail(
        RC_CONFIG,
        "%s: the folder is no longer this process's (its lock was removed, or taken over: %s); nothing "
        "more is written",
        l->folder, describe(&h, text));
}

void rc_lock_release(rc_lock **lock)
{
    rc_lock *l = *lock;
    holder h;
    if (!l) return;
    end_beats(l);
    close(l->file);
    if (is_ours(l, &h)) unlink(l->path);
    rc_free(l);
    *lock = NULL;
}
