/* base/file.h: reading and atomically writing files. */
#ifndef RC_BASE_FILE_H
#define RC_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

/* "directory/name" into out of the given size; fails when too long. */
rc_status rc_path_join(const char *directory, const char *name, size_t size, char *out) RC_MUST_CHECK;
bool rc_path_exists(const char *path);
bool rc_path_is_directory(const char *path);
/* The part after the last '/'. */
const char *rc_path_base(const char *path);
bool rc_path_has_suffix(const char *path, const char *suffix);
/* mkdir -p. */
rc_status rc_make_directory(const char *path) RC_MUST_CHECK;

/* A whole file, NUL-terminated for convenience; at most limit bytes. Free with rc_free. */
rc_status rc_file_read(const char *path, size_t limit, char **data, size_t *size) RC_MUST_CHECK;

/* A read-only memory map of a regular file. */
typedef struct rc_file_map {
    const unsigned char *data;
    size_t size;
} rc_file_map;
rc_status rc_file_map_open(const char *path, rc_file_map *out) RC_MUST_CHECK;
void rc_file_map_close(rc_file_map *map);

/* Atomic write: everything goes to a temporary file beside `path`; commit flushes, fsyncs and renames
 * it over `path` (and fsyncs the folder), abandon removes it. After either the writer is closed.
 * A failed commit has already cleaned up. Typical use:
 *     rc_file_writer w;
 *     RC_TRY(rc_file_writer_open(path, &w));
 *     ... fwrite to w.stream or rc_file_writer_put ...; on error: rc_file_writer_abandon(&w)
 *     return rc_file_writer_commit(&w); */
typedef struct rc_file_writer {
    FILE *stream;
    char *path, *temporary;
} rc_file_writer;
rc_status rc_file_writer_open(const char *path, rc_file_writer *out) RC_MUST_CHECK;
rc_status rc_file_writer_put(rc_file_writer *w, const void *data, size_t size) RC_MUST_CHECK;
rc_status rc_file_writer_commit(rc_file_writer *w) RC_MUST_CHECK;
void rc_file_writer_abandon(rc_file_writer *w);

/* A whole file at once, atomically. */
rc_status rc_file_write(const char *path, const void *data, size_t size) RC_MUST_CHECK;
/* Append one line and fsync (metrics.jsonl). A newline is added. */
rc_status rc_file_append_line(const char *path, const char *line) RC_MUST_CHECK;

#endif
