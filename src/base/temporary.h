/* base/temporary.h: files and folders on their way to another name, and what is left of them when a process
 * is killed. */
#ifndef RC_BASE_TEMPORARY_H
#define RC_BASE_TEMPORARY_H

#include <stddef.h>
#include <time.h>

#include "base/failure.h"

/* "PATH.tmp-WHO": what this process writes before it takes the name PATH. */
rc_status rc_temporary_name(const char *path, size_t size, char *out) RC_MUST_CHECK;
/* The time by the clock that gives the files beside `path` theirs, which may be a server's. */
rc_status rc_folder_time(const char *path, time_t *out) RC_MUST_CHECK;
/* Removes the temporary files that ended processes have left in a folder. Those of processes that cannot be
 * asked for here go when nothing was written to them for an hour. */
void rc_temporaries_remove(const char *folder);
/* Removes what ended processes of this machine have left of `path`, files or folders. */
void rc_temporaries_remove_of(const char *path);

/* A new folder in rc_temporary_place() (base/spill.h), of a name that nobody else has. */
rc_status rc_temporary_folder(size_t size, char *out) RC_MUST_CHECK;

#endif
