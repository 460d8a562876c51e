/* base/process.h: a process as others can tell it from every other: on this machine, on others that share its
 * disk, and from a later one that was given the same number. Also the temporary files that it leaves when it
 * is killed. */
#ifndef RC_BASE_PROCESS_H
#define RC_BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct rc_process {
    char host[65];
    int64_t id;
    int64_t started; /* ticks since the machine was started; -1: not known */
    char kernel[97]; /* which start of which machine, and which space of process numbers; "-": not known */
} rc_process;

void rc_process_self(rc_process *out);
/* It can be asked for here, and is no longer there. */
bool rc_process_ended(const rc_process *p);
/* Can it be asked for here? */
bool rc_process_is_near(const rc_process *p);

/* What the processor calls itself; else its kind. */
void rc_processor_name(size_t size, char *out);

/* "PATH.tmp-WHO": what this process writes before it takes the name PATH. */
rc_status rc_temporary_name(const char *path, size_t size, char *out) RC_MUST_CHECK;
/* Removes the temporary files that ended processes have left in a folder. Those of processes that cannot be
 * asked for here go when nothing was written to them for an hour. */
void rc_temporaries_remove(const char *folder);

#endif
