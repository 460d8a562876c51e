/* formats/safetensors.h: named tensors in one file (8-byte little-endian header length, JSON header, data).
 * Everything in the header is checked: length within the file, offsets in order without gap or overlap, dtype
 * and shape against byte count, duplicate names, nesting, size limits. Fails with path, tensor and reason.
 *
 * What is written carries a checksum of its contents in the metadata ("recraft.checksum"), which opening
 * compares. */
#ifndef RC_FORMATS_SAFETENSORS_H
#define RC_FORMATS_SAFETENSORS_H

#include "formats/array_file.h"
#include "formats/json.h"

typedef struct rc_safetensors rc_safetensors;
typedef struct rc_safetensors_entry {
    const char *name;
    rc_dtype dtype;
    rc_shape shape; /* n = 0: a scalar, one element */
    const void *data;
    size_t bytes;
} rc_safetensors_entry;

rc_status rc_safetensors_open(const char *path, rc_safetensors **out) RC_MUST_CHECK; /* memory-mapped */
/* bytes must outlive the object. name is used in messages. */
rc_status rc_safetensors_open_memory(const char *name, const void *bytes, size_t size,
                                     rc_safetensors **out) RC_MUST_CHECK;
void rc_safetensors_close(rc_safetensors **s);
/* All of it, as a file has it. */
const void *rc_safetensors_bytes(const rc_safetensors *s, size_t *size);
int rc_safetensors_count(const rc_safetensors *s);
rc_safetensors_entry rc_safetensors_get(const rc_safetensors *s, int i);
int rc_safetensors_find(const rc_safetensors *s, const char *name); /* -1: none */
/* Value of a __metadata__ key, NULL if absent. */
const char *rc_safetensors_metadata(const rc_safetensors *s, const char *key);
/* Its text read as JSON; *out NULL if absent. */
rc_status rc_safetensors_metadata_json(const rc_safetensors *s, const char *key, rc_json **out) RC_MUST_CHECK;
int rc_safetensors_metadata_count(const rc_safetensors *s);
const char *rc_safetensors_metadata_key(const rc_safetensors *s, int i);
/* Of everything in the file but a checksum that it carries. */
uint64_t rc_safetensors_checksum(const rc_safetensors *s);

/* Writing: begin, add (data is borrowed until write), write atomically. Names must be unique. */
typedef struct rc_safetensors_writer rc_safetensors_writer;
rc_status rc_safetensors_writer_create(rc_safetensors_writer **out) RC_MUST_CHECK;
void rc_safetensors_writer_destroy(rc_safetensors_writer **w);
void rc_safetensors_writer_metadata(rc_safetensors_writer *w, const char *key, const char *value);
rc_status rc_safetensors_writer_metadata_json(rc_safetensors_writer *w, const char *key,
                                              const rc_json *value) RC_MUST_CHECK;
rc_status rc_safetensors_writer_add(rc_safetensors_writer *w, const char *name, rc_dtype dtype,
                                    rc_shape shape, const void *data) RC_MUST_CHECK;
/* The same of data that will be gone by then: the writer keeps a copy. */
rc_status rc_safetensors_writer_add_copy(rc_safetensors_writer *w, const char *name, rc_dtype dtype,
                                         rc_shape shape, const void *data) RC_MUST_CHECK;
/* f32 data stored as `stored` (F32, F16 or BF16); the converted copy is owned by the writer. */
rc_status rc_safetensors_writer_add_f32(rc_safetensors_writer *w, const char *name, rc_dtype stored,
                                        rc_shape shape, const float *data) RC_MUST_CHECK;
rc_status rc_safetensors_writer_write(rc_safetensors_writer *w, const char *path) RC_MUST_CHECK;
/* The same into memory, which is to be freed with rc_free. */
rc_status rc_safetensors_writer_bytes(rc_safetensors_writer *w, void **bytes, size_t *size) RC_MUST_CHECK;
/* rc_safetensors_checksum of what would be written. Nothing can be added afterwards. */
rc_status rc_safetensors_writer_checksum(rc_safetensors_writer *w, uint64_t *out) RC_MUST_CHECK;

#endif
