/* importers/foreign.h: files that are not read, by name, and the line that makes readable ones of them.
 * Within importers/ only. */
#ifndef RC_IMPORTERS_FOREIGN_H
#define RC_IMPORTERS_FOREIGN_H

#include "formats/container.h"

typedef struct rc__foreign {
    const char *suffixes[8];
    const char *what; /* "TIFF pictures" */
    const char *how;  /* one line of a shell or of Python; F is the file */
} rc__foreign;

/* NULL: none of these. */
const rc__foreign *rc__foreign_kind(const char *path);
/* The kind that most of the files are of, and how many. NULL: none. */
const rc__foreign *rc__foreign_max(const rc_texts *files, int64_t *count);

#endif
