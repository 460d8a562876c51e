/* formats/container_reader.h: what the reader of one format gives. Within formats/ only. */
#ifndef RC_FORMATS_CONTAINER_READER_H
#define RC_FORMATS_CONTAINER_READER_H

#include "formats/container.h"
#include "formats/text_file.h"

struct rc_container {
    const char *format;
    bool alone; /* its library is not for several threads: see container.c */
    char *source;
    const char *encoding; /* borrowed; or NULL */
    rc_entry *entry;
    int count, capacity;
    void *state; /* the reader's */
    /* A reader fills `state` and these; it need give only one of read and rows. Nothing refused is asked for,
     * and the range of rows is checked. */
    rc_status (*read)(rc_container *c, int i, rc_array *out);
    rc_status (*rows)(rc_container *c, int i, int64_t first, int64_t count, rc_array *out);
    rc_status (*box)(rc_container *c, int i, const int64_t *first, const int64_t *count,
                     float *out);                                          /* or NULL */
    rc_status (*series)(rc_container *c, int i, int64_t k, rc_array *out); /* of ragged entries */
    rc_status (*texts)(rc_container *c, int i, rc_texts *out);
    void (*close)(void *state);
    int cached; /* entry whose array is kept, -1: none */
    rc_array cache;
};

/* Adds an entry; names must differ, and be UTF-8 or in the container's encoding. `refused` NULL or the
 * reason. */
rc_status rc__container_add(rc_container *c, const char *name, rc_entry entry,
                            const char *refused) RC_MUST_CHECK;
/* A name or text of the file as UTF-8: as it is, or from the container's encoding. */
rc_status rc__container_decode(const rc_container *c, const char *text, const char *remedy,
                               rc_text_file *out) RC_MUST_CHECK;
/* Does so small a file claim so many numbers that only a trick explains it? Deflate gives 1,032 to 1 at best.
 */
enum { RC__BOMB_RATIO = 1100, RC__BOMB_FREE = 64 << 20 };
bool rc__is_bomb(size_t stored, size_t claimed);

rc_status rc__npy_container(rc_container *c, const char *path) RC_MUST_CHECK;
rc_status rc__npz_container(rc_container *c, const char *path) RC_MUST_CHECK;
rc_status rc__hdf5_container(rc_container *c, const char *path) RC_MUST_CHECK;
/* Of a file that another reader of HDF5 will take: no groups nested too deep. */
rc_status rc__hdf5_check_depth(const char *path) RC_MUST_CHECK;
rc_status rc__mat_container(rc_container *c, const char *path) RC_MUST_CHECK;
rc_status rc__pickle_container(rc_container *c, const char *path) RC_MUST_CHECK;
/* A pickle within a file (an object array's .npy). bytes must live as long as the container. */
rc_status rc__pickle_entries(rc_container *c, const void *bytes, size_t size) RC_MUST_CHECK;

/* Texts of a NumPy array of kind 'U' (UCS-4) or 'S'; `big` for big-endian UCS-4. */
rc_status rc__numpy_texts(const char *name, char kind, size_t item, bool big, const void *data, size_t size,
                          int64_t count, rc_texts *out) RC_MUST_CHECK;

#endif
