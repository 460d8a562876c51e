/* fetch/archive.h: archives one entry after another (libarchive stays in archive.c). They come from the
 * network and are trusted in nothing: a path that leads outside, far more data than the file's size explains
 * or an endless list ends the walk with a failure. */
#ifndef RC_FETCH_ARCHIVE_H
#define RC_FETCH_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/failure.h"

typedef struct rc__archive rc__archive;

/* Valid until the next entry is asked for. */
typedef struct rc__archive_entry {
    const char *path;           /* without "./" at its beginning; NULL: there are no more entries */
    int64_t size;               /* as the archive says; 0 where it does not */
    bool is_file, is_directory; /* neither: a link, a device ... */
} rc__archive_entry;

/* .zip, .tar, .tar.gz. max_entries: a longer list is refused. */
rc_status rc__archive_open(const char *path, int64_t max_entries, rc__archive **out) RC_MUST_CHECK;
/* One gzipped file: a single entry. */
rc_status rc__archive_open_gzip(const char *path, rc__archive **out) RC_MUST_CHECK;
void rc__archive_close(rc__archive **a);
rc_status rc__archive_next(rc__archive *a, rc__archive_entry *out) RC_MUST_CHECK;
/* Counts an entry that is passed over, as if it had been unpacked. */
rc_status rc__archive_pass(rc__archive *a, const rc__archive_entry *e) RC_MUST_CHECK;
/* The current entry's data, at most `limit` bytes; name is what messages call it. */
rc_status rc__archive_copy(rc__archive *a, const char *name, int64_t limit, FILE *to) RC_MUST_CHECK;

#endif
