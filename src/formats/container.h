/* formats/container.h: named arrays in one file, whatever its format: .npy, .npz, HDF5, .mat (v5, v7.3),
 * Python pickle. Found out by content, not by name. Opening reads what is there, not the numbers; an entry
 * that cannot be read says why and harms nobody who does not ask for it. What each format takes of memory and
 * depth at most is described in docs/your-data.md. */
#ifndef RC_FORMATS_CONTAINER_H
#define RC_FORMATS_CONTAINER_H

#include <stdarg.h>

#include "base/text.h"
#include "formats/array_file.h"

typedef struct rc_entry {
    char *name; /* "images", "train/x" (HDF5), "train.images" (pickle) */
    rc_dtype dtype;
    rc_shape shape;   /* n = 0: one number */
    bool is_text;     /* texts; dtype means nothing */
    bool is_ragged;   /* series of different lengths: shape is their number */
    int64_t together; /* rows that are stored, and read, together (HDF5's chunks); else 0 */
    char *refused;    /* NULL: readable; else the reason: "holds compound values" */
} rc_entry;

/* Texts in one block. Zero-initialise. */
typedef struct rc_texts {
    int64_t n;
    size_t *offset, capacity;
    rc_string block;
} rc_texts;
rc_status rc_texts_add(rc_texts *t, const char *bytes, size_t n) RC_MUST_CHECK;
/* A line for the user, in which a terminal finds nothing to act on. */
rc_status rc_texts_add_line(rc_texts *t, const char *format, va_list args) RC_PRINTF(2, 0) RC_MUST_CHECK;
const char *rc_texts_get(const rc_texts *t, int64_t i);
void rc_texts_free(rc_texts *t);

typedef struct rc_container rc_container;
/* Does the file begin like one of the formats? (No answer to whether it is whole.) */
rc_status rc_container_recognise(const char *path, bool *is) RC_MUST_CHECK;
rc_status rc_container_open(const char *path, rc_container **out) RC_MUST_CHECK;
/* Names and texts that are not UTF-8 are read as `encoding` (formats/text_file.h) says; NULL: refused, as by
 * rc_container_open. */
rc_status rc_container_open_encoded(const char *path, const char *encoding, rc_container **out) RC_MUST_CHECK;
void rc_container_close(rc_container **c);
const char *rc_container_format(const rc_container *c); /* "HDF5" */
int rc_container_count(const rc_container *c);
const rc_entry *rc_container_entry(const rc_container *c, int i);
/* Entry i as it is called outside of groups: x_train/ecg is x_train.ecg, and x_train/x is x_train. What does
 * not fit is cut off. */
void rc_container_flat_name(const rc_container *c, int i, size_t room, char *out);
/* The entry of this name, else of this flat name; -1: none. */
int rc_container_find(const rc_container *c, const char *name);
/* "\"images\" uint8 [100, 3, 32, 32], \"labels\" ..." for messages. */
rc_status rc_container_list(const rc_container *c, rc_string *out) RC_MUST_CHECK;

/* Rows [first, first + count) of the first dimension; from HDF5 only these are read, the other formats read
 * the array once and keep it until another is asked for. */
bool rc_container_has_rows(const rc_container *c); /* reads only these */
rc_status rc_container_rows(rc_container *c, int i, int64_t first, int64_t count,
                            rc_array *out) RC_MUST_CHECK;
rc_status rc_container_read(rc_container *c, int i, rc_array *out) RC_MUST_CHECK; /* all of it */
/* A box of it, first and count for every dimension, as float32 into out; of the other formats than HDF5 the
 * whole array is read and kept, as above. */
rc_status rc_container_box(rc_container *c, int i, const int64_t *first, const int64_t *count,
                           float *out) RC_MUST_CHECK;
/* Series k of a ragged entry, [length], owned. */
rc_status rc_container_series(rc_container *c, int i, int64_t k, rc_array *out) RC_MUST_CHECK;
rc_status rc_container_texts(rc_container *c, int i, rc_texts *out) RC_MUST_CHECK;

#endif
