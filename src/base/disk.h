/* base/disk.h: room on a disk, and whole trees of files. */
#ifndef RC_BASE_DISK_H
#define RC_BASE_DISK_H

#include <stdint.h>

#include "base/failure.h"

/* Fails unless the disk that `path` lies on, or will lie on, has so many bytes free; `what` is what they are
 * for. */
rc_status rc_disk_check(const char *path, int64_t bytes, const char *what) RC_MUST_CHECK;
/* Removes a file, or a folder with all that is in it. Links are removed, never followed. Nothing there:
 * nothing to do. */
rc_status rc_remove_tree(const char *path) RC_MUST_CHECK;

#endif
