/* fetch/unpack.h: a whole archive into a folder, which appears complete or not at all. */
#ifndef RC_FETCH_UNPACK_H
#define RC_FETCH_UNPACK_H

#include "base/failure.h"

/* Files and folders only: a link or a device in the archive, a path that leads outside, a name that stands
 * twice or a bomb refuses it as a whole (archive.h), and room on the disk is looked for first. `folder` must
 * not be there. */
rc_status rc__unpack(const char *archive, const char *folder) RC_MUST_CHECK;
/* One gzipped file. */
rc_status rc__unpack_gzip(const char *archive, const char *path) RC_MUST_CHECK;

#endif
