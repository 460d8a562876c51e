/* devices/gpu/kept.h: built programs, kept under the home folder by a checksum of all that they were made
 * from. Not to keep one costs the next start some seconds, and no more. */
#ifndef RC_DEVICES_GPU_KEPT_H
#define RC_DEVICES_GPU_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

enum { RC__KEPT_PATH = 4096 };

typedef struct rc__kept {
    uint64_t key;
    char binary[RC__KEPT_PATH], log[RC__KEPT_PATH]; /* "": there is no folder of one's own */
} rc__kept;

/* Where `program` of this kind ("opencl") is kept, which was made from these n texts. */
void rc__kept_find(const char *kind, const char *program, int n, const char *const *texts, rc__kept *out);
/* What is kept, which the caller frees; false: there is nothing, or it is damaged. A zero stands behind it.
 */
bool rc__kept_read(const rc__kept *k, char **memory, const void **binary, size_t *size);
void rc__kept_write(const rc__kept *k, const void *binary, size_t size);
/* Fails: what the compiler said goes to a file, and one line names it. */
rc_status rc__kept_fail(const rc__kept *k, const char *compiler, const char *program,
                        const char *log) RC_MUST_CHECK;

#endif
