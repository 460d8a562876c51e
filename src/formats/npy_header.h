/* formats/npy_header.h: the parts of the .npy reader that other readers of NumPy's arrays share. Within
 * formats/ only. */
#ifndef RC_FORMATS_NPY_HEADER_H
#define RC_FORMATS_NPY_HEADER_H

#include "formats/array_file.h"

typedef struct rc__npy_header {
    char descr[16]; /* "<f4", "<U12", "|O" */
    bool fortran;
    rc_shape shape;
    size_t offset; /* where the data begin */
} rc__npy_header;
rc_status rc__npy_header_parse(const char *name, const void *bytes, size_t size,
                               rc__npy_header *out) RC_MUST_CHECK;
/* "<f4" and relatives; anything that is not little-endian numbers is refused. */
rc_status rc__npy_dtype(const char *name, const char *descr, rc_dtype *out) RC_MUST_CHECK;
/* The first `limit` bytes of a .npz member. Free *out with rc_free. */
rc_status rc__npz_bytes(rc_npz *z, int i, size_t limit, unsigned char **out, size_t *size) RC_MUST_CHECK;
/* Column-major data to row-major, into a block of its own; shape as it is to be. */
rc_status rc__array_from_fortran(rc_array *a) RC_MUST_CHECK;

#endif
