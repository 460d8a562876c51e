/* importers/import_arrays.h: the state of the reader of arrays. Within importers/ only. */
#ifndef RC_IMPORTERS_IMPORT_ARRAYS_H
#define RC_IMPORTERS_IMPORT_ARRAYS_H

#include "importers/samples.h"

/* One of train, valid, test: an array of a file. */
typedef struct rc__array_block {
    rc_container *file;
    int x, y;
    int64_t n;
    int8_t part;
} rc__array_block;

typedef struct rc__arrays {
    rc_container *file, *test, *y_file;
    rc__array_block block[RC__PART_COUNT];
    int blocks;
    bool named_parts;
    /* x as it lies: its dimensions, and for each of the result's where it is found (-1: one, put in). */
    int dims;
    int64_t dim[RC_MAX_DIMS];
    int from[4], out_dims, at_n;
    char layout[8];
    /* Rows [first, first + count) of a block. */
    rc_array rows;
    int open;
    int64_t first, count;
} rc__arrays;

/* array_layout.c: the order of x's dimensions, told or guessed, into p and s->shape. */
rc_status rc__array_layout(rc_samples *s, rc__arrays *p, rc_json *report) RC_MUST_CHECK;

#endif
