/* base/file.h: reading and atomically writing files. */
#ifndef RC_BASE_FILE_H
#define RC_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/failure.h"

/* A failed system call: "PATH: cannot be WHAT: REASON; REMEDY" from errno. RC_IO where the path is to blame
 * (missing, not allowed), RC_MEMORY and RC_MACHINE where the machine is (no space, a bad disk, too many open
 * files). */
rc_status rc_fail_system(const char *path, const char *what, int error);
/* A library that could not read `name` and does not tell a bad file from a bad machine. errno does, when it
 * was 0 before the call: as rc_fail_system where it names the machine, else RC_FORMAT with this text. */
rc_status rc_fail_reading(const char *name, const char *format, ...) RC_PRINTF(2, 3);

/* "directory/name" into out of the given size; fails when too long. */
rc_status rc_path_join(const char *directory, const char *name, size_t size, char *out) RC_MUST_CHECK;
bool rc_path_exists(const char *path);
bool rc_path_is_directory(const char *path);
/* The part after the last '/'. */
const char *rc_path_base(const char *path);
/* Are both spelled alike, or the same file or folder (x, ./x/)? */
bool rc_path_same(const char *a, const char *b);
/* Of its number, size and time, which only the same file has, on whichever machine it is seen; 0: there is
 * none. */
uint64_t rc_file_stamp(const char *path);
bool rc_path_has_suffix(const char *path, const char *suffix);
/* Of a path in a file that somebody made: does it begin at the root, or climb by ".."? */
bool rc_path_leads_outside(const char *path);
/* mkdir -p. */
rc_status rc_make_directory(const char *path) RC_MUST_CHECK;

/* Files are regular ones: pipes, devices and sockets are refused and never waited for. */

/* Can it be read, and how long is it? Before a library opens a file by its path. */
rc_status rc_file_check(const char *path, size_t *size) RC_MUST_CHECK;
/* The first bytes of a file, at most `size` of them: what kind it is. */
rc_status rc_file_read_head(const char *path, size_t size, void *head, size_t *used) RC_MUST_CHECK;
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
 * A failed commit has already cleaned up. What is no regular file is never replaced: into a pipe, a character
 * device and standard output ("-") bytes go as they come, anything else is refused. Typical use:
 *     rc_file_writer w;
 *     RC_TRY(rc_file_writer_open(path, &w));
 *     ... fwrite to w.stream or rc_file_writer_put ...; on error: rc_file_writer_abandon(&w)
 *     return rc_file_writer_commit(&w); */
#define RC_STANDARD_OUTPUT "-"
bool rc_path_is_stream(const char *path); /* standard output, a pipe, a character device */
typedef struct rc_file_writer {
    FILE *stream;
    char *path, *temporary; /* temporary NULL: bytes go to the path directly */
    int terminal;           /* -1: none; else where `shown` goes on commit */
    char *shown;
    size_t shown_size;
} rc_file_writer;
rc_status rc_file_writer_open(const char *path, rc_file_writer *out) RC_MUST_CHECK;
rc_status rc_file_writer_put(rc_file_writer *w, const void *data, size_t size) RC_MUST_CHECK;
rc_status rc_file_writer_commit(rc_file_writer *w) RC_MUST_CHECK;
void rc_file_writer_abandon(rc_file_writer *w);

/* rename(2). A folder takes the place of an empty one. */
rc_status rc_rename(const char *from, const char *to) RC_MUST_CHECK;

/* Fails unless the path can be written, so that no work is done in vain. Leaves it as it is. */
rc_status rc_file_check_writable(const char *path) RC_MUST_CHECK;

/* A whole file at once, atomically. */
rc_status rc_file_write(const char *path, const void *data, size_t size) RC_MUST_CHECK;
/* Append bytes, or one line, to which a newline is added, and fsync: all of it, or nothing. */
rc_status rc_file_append(const char *path, const void *data, size_t size) RC_MUST_CHECK;
rc_status rc_file_append_line(const char *path, const char *line) RC_MUST_CHECK;

#endif
