/* base/lock.h: one process at a time in a folder, or at a piece of work, also where machines share the disk
 * over a network. A lock is a file that only one can make (O_EXCL). It says who holds it: host, process,
 * since when; a thread touches it every few seconds. It is stale, and is taken over, when its holder ran on
 * this machine and has ended, or cannot be asked for here and has not touched it for two minutes by the file
 * server's clock; ten seconds where it was killed before it had given its name. */
#ifndef RC_BASE_LOCK_H
#define RC_BASE_LOCK_H

#include "base/process.h"

#define RC_LOCK_FILE "run.lock" /* of a run folder */
enum { RC_LOCK_SINCE = 32 };

typedef struct rc_lock rc_lock;

/* That a stale one was taken over is told by a note, and by rc_lock_before. */
/* The file `path`, of what messages call `what`. *out NULL: another process holds it. */
rc_status rc_lock_try(const char *what, const char *path, rc_lock **out) RC_MUST_CHECK;
/* The file `name` in a folder. Fails with RC_CONFIG and the holder's name when another process holds it. */
rc_status rc_lock_take(const char *folder, const char *name, rc_lock **out) RC_MUST_CHECK;
/* Whose lock it was that was taken over, "process 7 on HOST, since ..."; "": nobody's. l may be NULL. */
const char *rc_lock_before(const rc_lock *l);
/* Before something is written: fails when another process has taken the lock over (this one was asleep, or
 * out of touch with the disk). NULL: nothing to check. */
rc_status rc_lock_check(const rc_lock *l) RC_MUST_CHECK;
void rc_lock_release(rc_lock **l);

/* Who holds it, for whoever only asks. since: of its process's own clock, as text; "": not told yet. */
typedef struct rc_lock_holder {
    bool held;
    rc_process process;
    char since[RC_LOCK_SINCE];
} rc_lock_holder;
rc_status rc_lock_look(const char *path, rc_lock_holder *out) RC_MUST_CHECK;

#endif
