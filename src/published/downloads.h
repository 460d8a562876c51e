/* published/downloads.h: where the tasks' data are published: files, addresses, sizes, checksums, licences,
 * and the reader that makes a data set of them. */
#ifndef RC_PUBLISHED_DOWNLOADS_H
#define RC_PUBLISHED_DOWNLOADS_H

#include "published/published_layout.h"

enum { RC_PUBLISHED_FILES = 8 };

typedef struct rc_published_file {
    const char *name; /* that it is kept under, and looked for by `from`; NULL ends a list */
    const char *url;  /* NULL: published nowhere that we know */
    int64_t bytes;    /* about, as its publishers say; 0: they do not */
    const char *md5;  /* as published; NULL: none is */
    /* Archives: a path inside by which one that is unpacked already is known. NULL: no archive. A gzipped
     * single file: what it becomes. */
    const char *unpacked;
} rc_published_file;

typedef struct rc_published {
    const char *task;    /* as in the table of tasks */
    const char *licence; /* as its publishers name it */
    rc_published_file file[RC_PUBLISHED_FILES];
    int64_t made; /* bytes of the data set, about */
    /* The same where options decide it (0: as published); NULL: `made` whatever they are. */
    int64_t (*sized)(int64_t n_train, int64_t n_test, int64_t side);
    rc__layout read;
} rc_published;

extern const rc_published rc_published_table[];
extern const int rc_published_count;
/* NULL: none of this name. */
const rc_published *rc_published_find(const char *task);
/* Bytes of all files, about. */
int64_t rc_published_bytes(const rc_published *p);

#endif
