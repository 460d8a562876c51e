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
#include "base/progress.h"
#include "base/temporary.h"

enum {
    LONGEST_PATH = 4096,
    TEXT = 512,
    BEAT_SECONDS = 5,
    STALE_SECONDS = 120,
    NAMELESS_SECONDS = 10,
    ATTEMPTS = 5,
    DEEPEST = 3
};

/* What a lock file says, and when it was last touched. */
typedef struct holder {
    rc_process process;
    char since[RC_LOCK_SINCE];
    char text[TEXT];
    time_t touched;
} holder;

struct rc_lock {
    char what[LONGEST_PATH], path[LONGEST_PATH], text[TEXT];
    char before[TEXT]; /* who held it and has ended; "": nobody */
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
    char since[RC_LOCK_SINCE];
    time_t now = time(NULL);
    struct tm utc;
    rc_process_self(&self);
    strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S UTC", gmtime_r(&now, &utc));
    snprintf(out, TEXT, "host %s\nprocess %lld\nstarted %lld\nkernel %s\nsince %s\n", self.host,
             (long long)self.id, (long long)self.started, self.kernel, since);
}

/* Opened before it is looked at: over a network only then its times are the server's. One that is replaced
 * or removed there meanwhile is stale (ESTALE), and not there. */
static rc_status read_file(const char *path, holder *out, bool *there)
{
    struct stat s;
    int file = open(path, O_RDONLY | O_CLOEXEC), error = file < 0 ? errno : 0;
    if (!error && (read(file, out->text, TEXT - 1) < 0 || fstat(file, &s) != 0)) error = errno;
    if (file >= 0) close(file);
    *there = !error;
    if (error && error != ENOENT && error != ESTALE) return rc_fail_system(path, "read", error);
    if (*there) out->touched = s.st_mtime;
    return RC_OK;
}

static rc_status read_holder(const char *path, holder *out, bool *there)
{
    *out = (holder){0};
    RC_TRY(read_file(path, out, there));
    rc_process *p = &out->process;
    long long id, started;
    if (sscanf(out->text, "host %64s process %lld started %lld kernel %96[^\n] since %31[^\n]", p->host, &id,
               &started, p->kernel, out->since) != 5)
        return RC_OK; /* of a process that is just writing it, or was killed there: its age decides */
    p->id = id;
    p->started = started;
    return RC_OK;
}

static rc_status is_ours(const char *path, const char *text, holder *h, bool *ours)
{
    RC_TRY(read_holder(path, h, ours));
    *ours = *ours && strcmp(h->text, text) == 0;
    return RC_OK;
}

static bool is_same(const holder *a, const holder *b)
{
    return strcmp(a->text, b->text) == 0 && a->touched == b->touched;
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

static rc_status is_stale(const char *path, const holder *h, bool *out)
{
    time_t now;
    *out = rc_process_ended(&h->process);
    if (rc_process_is_near(&h->process)) return RC_OK;
    RC_TRY(rc_folder_time(path, &now));
    *out = now - h->touched > (h->since[0] ? STALE_SECONDS : NAMELESS_SECONDS);
    return RC_OK;
}

/* ---- taking it ---- */

static rc_status fill_file(const char *path, const char *text, int file)
{
    size_t n = strlen(text);
    if (write(file, text, n) == (ssize_t)n && fsync(file) == 0) return RC_OK;
    int error = errno;
    close(file);
    unlink(path);
    return rc_fail_system(path, "written", error);
}

/* A file just made gets its text. *file -1: that took so long that the other has taken it over. */
static rc_status name_holder(const char *path, const char *text, int *file, holder *other)
{
    bool ours;
    RC_TRY(fill_file(path, text, *file));
    rc_status status = is_ours(path, text, other, &ours);
    if (status == RC_OK && ours) return RC_OK;
    if (status != RC_OK) unlink(path);
    close(*file);
    *file = -1;
    return status;
}

static rc_status acquire(const char *path, const char *text, int depth, int *file, holder *other);

/* The new file takes the place of the stale one at once: at no time there is none. */
static rc_status put_in_place(const char *path, const char *text, int *file)
{
    char name[LONGEST_PATH];
    RC_TRY(rc_temporary_name(path, sizeof name, name));
    int made = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (made < 0) return rc_fail_system(name, "written", errno);
    RC_TRY(fill_file(name, text, made));
    rc_status status = rc_rename(name, path);
    if (status == RC_OK) {
        *file = made;
        return RC_OK;
    }
    close(made);
    unlink(name);
    return status;
}

/* Of several that find it stale, one takes it over: whoever holds a second lock beside it, and finds it
 * unchanged. *other: the stale one; where it is not taken over, who is about to do so instead. */
static rc_status take_over(const char *path, const char *text, int depth, int *file, holder *other)
{
    char guard[LONGEST_PATH], was[TEXT];
    int held;
    bool there;
    holder stale = *other, now;
    RC_CHECK(depth < DEEPEST && snprintf(guard, sizeof guard, "%s.next", path) < LONGEST_PATH, RC_IO,
             "%s: the process that held this lock has ended, but the lock cannot be taken over; remove it",
             path);
    RC_TRY(acquire(guard, text, depth + 1, &held, other));
    if (held < 0) return RC_OK;
    rc_status status = read_holder(path, &now, &there);
    if (status == RC_OK && there && is_same(&now, &stale)) status = put_in_place(path, text, file);
    unlink(guard);
    close(held);
    if (*file < 0) return status;
    *other = stale;
    rc_progress_note("warning: %s: was held by %s, which ended without releasing it; this process takes over",
                     path, describe(&stale, was));
    return status;
}

/* *file -1: the other holds it, or has been quicker. */
static rc_status acquire(const char *path, const char *text, int depth, int *file, holder *other)
{
    bool there, stale = true;
    *other = (holder){0};
    for (int i = 0; i < ATTEMPTS && stale; i++) {
        *file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (*file >= 0) return name_holder(path, text, file, other);
        if (errno != EEXIST) return rc_fail_system(path, "written", errno);
        RC_TRY(read_holder(path, other, &there));
        if (!there) continue;
        RC_TRY(is_stale(path, other, &stale));
        if (stale) RC_TRY(take_over(path, text, depth, file, other));
        if (*file >= 0) return RC_OK;
    }
    return RC_OK;
}

/* ---- holding it ---- */

static void *beat(void *lock)
{
    rc_lock *l = lock;
    pthread_mutex_lock(&l->mutex);
    while (!l->over) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
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
    pthread_condattr_t steady; /* a clock that is set back must not keep it from beating */
    pthread_mutex_init(&l->mutex, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&l->end, &steady);
    pthread_condattr_destroy(&steady);
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

static rc_status take(const char *what, const char *path, rc_lock *l, holder *other)
{
    RC_CHECK(strlen(what) < sizeof l->what && strlen(path) < sizeof l->path, RC_IO,
             "%.80s...: the path is too long", path);
    strcpy(l->what, what);
    strcpy(l->path, path);
    write_text(l->text);
    RC_TRY(acquire(path, l->text, 0, &l->file, other));
    if (l->file >= 0 && strcmp(other->text, l->text) != 0) describe(other, l->before);
    return RC_OK;
}

/* *out NULL: the other has it. */
static rc_status try_to_take(const char *what, const char *path, rc_lock **out, holder *other)
{
    RC_TRY(RC_NEW(out, 1));
    rc_status status = take(what, path, *out, other);
    if (status == RC_OK && (*out)->file >= 0) {
        begin_to_beat(*out);
        return RC_OK;
    }
    rc_free(*out);
    *out = NULL;
    return status;
}

rc_status rc_lock_try(const char *what, const char *path, rc_lock **out)
{
    holder other;
    return try_to_take(what, path, out, &other);
}

rc_status rc_lock_take(const char *folder, const char *name, rc_lock **out)
{
    char path[LONGEST_PATH], text[TEXT];
    holder other;
    RC_TRY(rc_path_join(folder, name, sizeof path, path));
    RC_TRY(try_to_take(folder, path, out, &other));
    RC_CHECK(*out, RC_CONFIG,
             "%s: another process is at work here (%s); wait for it, or choose another \1out", folder,
             describe(&other, text));
    return RC_OK;
}

rc_status rc_lock_look(const char *path, rc_lock_holder *out)
{
    holder h;
    bool there, stale;
    *out = (rc_lock_holder){0};
    RC_TRY(read_holder(path, &h, &there));
    if (!there) return RC_OK;
    /* Who may not write there cannot ask for the server's time; then it counts as held. */
    if (is_stale(path, &h, &stale) == RC_OK && stale) return RC_OK;
    out->held = true;
    out->process = h.process;
    memcpy(out->since, h.since, sizeof out->since);
    return RC_OK;
}

const char *rc_lock_before(const rc_lock *l)
{
    return l ? l->before : "";
}

rc_status rc_lock_check(const rc_lock *l)
{
    holder h;
    bool ours;
    char text[TEXT];
    if (!l) return RC_OK;
    RC_TRY(is_ours(l->path, l->text, &h, &ours));
    if (ours) return RC_OK;
    return rc_fail(
        RC_CONFIG,
        "%s: the folder is no longer this process's (its lock was removed, or taken over: %s); nothing "
        "more is written",
        l->what, describe(&h, text));
}

void rc_lock_release(rc_lock **lock)
{
    rc_lock *l = *lock;
    holder h;
    bool ours;
    if (!l) return;
    end_beats(l);
    close(l->file);
    if (is_ours(l->path, l->text, &h, &ours) == RC_OK && ours) unlink(l->path);
    rc_free(l);
    *lock = NULL;
}
