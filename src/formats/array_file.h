/* formats/array_file.h: a host array as files carry it. */
#ifndef RC_FORMATS_ARRAY_FILE_H
#define RC_FORMATS_ARRAY_FILE_H

#include "base/file.h"
#include "tensor/tensor.h"

typedef struct rc_pieces rc_pieces; /* pieces.h */

/* data points into an owned block or into an open map; rc_array_free knows. */
typedef struct rc_array {
    rc_dtype dtype;
    rc_shape shape;
    const void *data;  /* row-major, little-endian, aligned to its element or memcpy'd out */
    void *owned;       /* rc_free'd, or NULL */
    rc_file_map map;   /* closed, or .data NULL */
    rc_pieces *pieces; /* not in memory: data is NULL, and rc_array_pin reads; else NULL */
} rc_array;
void rc_array_free(rc_array *a);
static inline bool rc_array_is_there(const rc_array *a)
{
    return a->data || a->pieces;
}
static inline int64_t rc_array_size(const rc_array *a)
{
    return rc_shape_size(&a->shape);
}
/* A fresh float32 copy of all elements (or of rows [first, first+count)). Free with rc_free. */
rc_status rc_array_to_f32(const rc_array *a, float **out) RC_MUST_CHECK;
/* Element i of an array of any type. */
double rc_array_number(const rc_array *a, int64_t i);
/* Element i of an array of integers or truth values. One of uint64 that int64 does not hold comes out
 * negative.
 */
int64_t rc_array_whole(const rc_array *a, int64_t i);
/* The same as text, of uint64 too. */
enum { RC_WHOLE_TEXT = 24 };
void rc_array_whole_text(const rc_array *a, int64_t i, char text[RC_WHOLE_TEXT]);
/* Fails, naming `source`, on another type than that of integers. */
rc_status rc_array_check_whole(const rc_array *a, const char *source) RC_MUST_CHECK;
/* All elements of an integer array into out; fails, naming `source`, on another type or a value that int32
 * does not hold. */
rc_status rc_array_to_i32(const rc_array *a, const char *source, int32_t *out) RC_MUST_CHECK;

/* ---- .npy (formats 1.0, 2.0, 3.0; little-endian or single-byte; C order; Fortran order is transposed) ----
 * Every header field and the file's length are checked; a bad file is RC_FORMAT with path and reason. */
rc_status rc_npy_open(const char *path, rc_array *out) RC_MUST_CHECK; /* memory-mapped */
rc_status rc_npy_parse(const char *name, const void *bytes, size_t size,
                       rc_array *out) RC_MUST_CHECK; /* data points into bytes */
rc_status rc_npy_write(const char *path, rc_dtype dtype, rc_shape shape, const void *data) RC_MUST_CHECK;
/* Header text for an array (for .npz members and streaming writers); *size bytes into header[]. */
enum { RC_NPY_HEADER = 256 };
rc_status rc_npy_header(rc_dtype dtype, rc_shape shape, unsigned char header[RC_NPY_HEADER],
                        size_t *size) RC_MUST_CHECK;

/* ---- .npz (stored or deflated members; libzip) ---- */
typedef struct rc_npz rc_npz;
rc_status rc_npz_open(const char *path, rc_npz **out) RC_MUST_CHECK;
rc_status rc_npz_open_memory(const char *name, const void *bytes, size_t size, rc_npz **out) RC_MUST_CHECK;
void rc_npz_close(rc_npz **z);
int rc_npz_count(const rc_npz *z);
const char *rc_npz_name(const rc_npz *z, int i);    /* without .npy */
int rc_npz_find(const rc_npz *z, const char *name); /* -1: none */
rc_status rc_npz_read(rc_npz *z, int i,
                      rc_array *out) RC_MUST_CHECK; /* owned; bomb-limited by header vs. size */
/* Arrays under their names (without .npy), into a file. */
typedef struct rc_npz_member {
    const char *name;
    rc_dtype dtype;
    rc_shape shape;
    const void *data;
} rc_npz_member;
rc_status rc_npz_write(const char *path, const rc_npz_member *member, int n) RC_MUST_CHECK;

#endif
