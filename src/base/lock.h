/* base/lock.h: one process at a time in a folder, also where machines share it over a network. The lock is
 * the file run.lock, which only one can make (O_EXCL). It says who holds it: host, process, since when; a
 * thread touches it every few seconds. It is stale, and is taken over, when its holder ran on this machine
 * and has ended, or cannot be asked for here and has not touched it for two minutes by the file server's
 * clock. */
#ifndef RC_BASE_LOCK_H
#define RC_BASE_LOCK_H

#include "base/status.h"

#define RC_LOCK_FILE "run.lock"

typedef struct rc_lock rc_lock;

/* Fails with RC_CONFIG and the holder's name when another process holds it. That a stale one was taken over
 * is told by a note. */
rc_status rc_lock_take(const char *folder, rc_lock **out) RC_MUST_CHECK;
/* Before something is written: fails when another process has taken the lock over (this one was asleep, or
 * out of touch with the disk). NULL: nothing to check. */
rc_status rc_lock_check(const rc_lock *l) RC_MUST_CHECK;
void rc_lock_release(rc_lock **l);

#endif
