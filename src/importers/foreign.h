/* importers/foreign.h: files that are not read, and the line that makes readable ones of them. Within
 * importers/ only. */
#ifndef RC_IMPORTERS_FOREIGN_H
#define RC_IMPORTERS_FOREIGN_H

#include "formats/container.h"

typedef struct rc__foreign {
    const char *suffixes[8];
    const char *what; /* "TIFF pictures" */
    const char *how;  /* what to type; @ is the file */
} rc__foreign;

/* By name; NULL: none of these. */
const rc__foreign *rc__foreign_kind(const char *path);
/* By what it holds, else by name. */
rc_status rc__foreign_file(const char *path, const rc__foreign **out) RC_MUST_CHECK;
/* What to type; path NULL: "FILE" stands for it. */
enum { RC__FOREIGN_LINE = 1024 };
const char *rc__foreign_how(const rc__foreign *f, const char *path, char line[RC__FOREIGN_LINE]);
/* The kind that most of the files are of, and how many. NULL: none. */
const rc__foreign *rc__foreign_max(const rc_texts *files, int64_t *count);

#endif
