/* tests/fuzz/memory_file.h: for readers that want a path: the input as a file in memory. */
#ifndef RC_TESTS_FUZZ_MEMORY_FILE_H
#define RC_TESTS_FUZZ_MEMORY_FILE_H

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "formats/container.h"

/* A descriptor to close, -1 for no file; its path. */
static int memory_file(const uint8_t *data, size_t size, char path[64])
{
    int file = memfd_create("fuzz", 0);
    if (file < 0) return -1;
    snprintf(path, 64, "/proc/self/fd/%d", file);
    if (write(file, data, size) == (ssize_t)size) return file;
    close(file);
    return -1;
}

/* Open, and read whatever can be read; half of the inputs in an encoding in which all bytes are letters. */
static inline int read_container(const uint8_t *data, size_t size)
{
    char path[64];
    rc_container *c;
    int file = memory_file(data, size, path);
    if (file < 0) return 0;
    if (rc_container_open_encoded(path, size % 2 ? "latin1" : NULL, &c) == RC_OK) {
        for (int i = 0; i < rc_container_count(c) && i < 16; i++) {
            rc_array a;
            rc_texts t;
            const rc_entry *e = rc_container_entry(c, i);
            if (e->is_text && rc_container_texts(c, i, &t) == RC_OK) rc_texts_free(&t);
            for (int64_t k = 0; e->is_ragged && k < e->shape.dim[0] && k < 16; k++)
                if (rc_container_series(c, i, k, &a) == RC_OK) rc_array_free(&a);
            if (!e->is_text && !e->is_ragged && rc_container_read(c, i, &a) == RC_OK) rc_array_free(&a);
        }
        rc_container_close(&c);
    }
    close(file);
    return 0;
}

#endif
