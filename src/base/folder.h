/* base/folder.h: a new folder that appears whole or not at all: what is to be in it goes into a folder beside
 * it, which then takes its name. */
#ifndef RC_BASE_FOLDER_H
#define RC_BASE_FOLDER_H

#include "base/failure.h"

enum { RC_FOLDER_PATH = 4096 };

typedef struct rc_folder {
    const char *path;             /* what it will be; borrowed */
    char partial[RC_FOLDER_PATH]; /* where files go */
} rc_folder;

/* `path` must not be there. What a process that was killed has left of an earlier attempt goes. */
rc_status rc_folder_begin(const char *path, rc_folder *out) RC_MUST_CHECK;
/* Takes the name when status is RC_OK, else (or when that fails) removes what was written; gives the outcome.
 */
rc_status rc_folder_end(rc_folder *f, rc_status status) RC_MUST_CHECK;
/* Removes a folder, or a file, that nobody needs any more, and gives the outcome of what it was for: what
 * stays of it is warned of, and undoes nothing. */
rc_status rc_folder_drop(const char *path, rc_status status) RC_MUST_CHECK;

#endif
