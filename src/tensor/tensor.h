/* tensor/tensor.h: a dense, row-major, contiguous array on a device.
 *
 * rc_tensor is a small value: it says where the numbers are, it does not own them. Memory belongs
 * to an arena, a pool or a parameter block; whoever made the block releases it. Reshaping and taking
 * a range of the first dimension are therefore free, and nothing is reference-counted.
 *
 * `data` is a device address: pass it to kernels, never read through it. The host reads and writes
 * between rc_tensor_map_* and rc_tensor_unmap, which a GPU (and the poison device) answers with a copy. */
#ifndef RC_TENSOR_TENSOR_H
#define RC_TENSOR_TENSOR_H

#include <stdint.h>

#include "base/failure.h"
#include "base/memory.h"
#include "recraft/array.h"

typedef struct rc_device rc_device;

/* BF16 and F16 are storage types: arithmetic is in F32. */
bool rc_dtype_is_float(rc_dtype dtype);
/* n numbers of any type to float, and back (round to nearest even; F16, BF16 and F32 only). */
void rc_convert_to_f32(rc_dtype from, const void *src, int64_t n, float *dst);
rc_status rc_convert_from_f32(rc_dtype to, const float *src, int64_t n, void *dst) RC_MUST_CHECK;

enum { RC_MAX_DIMS = 6 };

typedef struct rc_shape {
    int n;
    int64_t dim[RC_MAX_DIMS];
} rc_shape;

#define RC_SHAPE(...) \
    rc_shape_make((int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[]){__VA_ARGS__})
rc_shape rc_shape_make(int n, const int64_t *dim);
/* Product of the dimensions; fails on a negative dimension or overflow. */
rc_status rc_shape_count(const rc_shape *shape, int64_t *out) RC_MUST_CHECK;
int64_t rc_shape_size(const rc_shape *shape); /* the same where the shape is known good */
int rc_shape_equal(const rc_shape *a, const rc_shape *b);
/* "[4, 3, 32, 32]" into text; returns text. */
enum { RC_SHAPE_TEXT = 160 };
const char *rc_shape_text(const rc_shape *shape, char text[RC_SHAPE_TEXT]);

typedef struct rc_tensor {
    rc_device *device;
    void *data; /* device address; NULL = no tensor */
    rc_dtype dtype;
    rc_shape shape;
} rc_tensor;

int64_t rc_tensor_size(const rc_tensor *t); /* elements */
size_t rc_tensor_bytes(const rc_tensor *t);
rc_tensor rc_tensor_reshape(rc_tensor t, rc_shape shape);            /* same size, asserted */
rc_tensor rc_tensor_rows(rc_tensor t, int64_t first, int64_t count); /* range of dimension 0 */

/* Own a block of its own, outside any arena. */
rc_status rc_tensor_create(rc_device *device, rc_dtype dtype, rc_shape shape, rc_tensor *out) RC_MUST_CHECK;
/* The same filled with zeros (device.h: alloc_zeroed). */
rc_status rc_tensor_create_zeroed(rc_device *device, rc_dtype dtype, rc_shape shape,
                                  rc_tensor *out) RC_MUST_CHECK;
void rc_tensor_destroy(rc_tensor *t);

/* Borrow for the host, in pairs. map_write gives memory whose old content is lost, map_update keeps it. */
rc_status rc_tensor_map_read(const rc_tensor *t, const void **out) RC_MUST_CHECK;
rc_status rc_tensor_map_write(const rc_tensor *t, void **out) RC_MUST_CHECK;
rc_status rc_tensor_map_update(const rc_tensor *t, void **out) RC_MUST_CHECK;
void rc_tensor_unmap(const rc_tensor *t, const void *host);

/* Whole-tensor copies between host and device. */
rc_status rc_tensor_upload(const rc_tensor *t, const void *host) RC_MUST_CHECK;
rc_status rc_tensor_download(const rc_tensor *t, void *host) RC_MUST_CHECK;
/* Until the host has it, as whoever takes the time of it must. */
rc_status rc_tensor_wait(const rc_tensor *t) RC_MUST_CHECK;
/* Begin an upload of these bytes beside what the device does now. They must stay as they are until then, or
 * until they are forgotten. */
rc_status rc_tensor_bring(rc_device *device, const void *host, size_t bytes) RC_MUST_CHECK;
void rc_tensor_forget_brought(rc_device *device);

#endif
