/* formats/pieces.h: arrays that are larger than the memory they are given. Their rows are read in blocks when
 * they are asked for, and ahead of that by a thread which is told the order. rc_array.pieces says that an
 * array is one of these. */
#ifndef RC_FORMATS_PIECES_H
#define RC_FORMATS_PIECES_H

#include "formats/container.h"

/* Where rows come from; whoever has it closes it, or hands it on. Zero: there is nothing. */
typedef struct rc_pieces_source {
    rc_dtype dtype;
    rc_shape shape;
    int64_t together; /* rows that can only be read together (HDF5's chunks); 1: each by itself */
    /* By one thread at a time; *out owns them. What it owned before, of this source or nothing, is used again
     * or freed, and stays on failure. Fails where the file is no longer the one that was opened. */
    rc_status (*read)(void *from, int64_t first, int64_t count, rc_array *out);
    void (*close)(void *from);
    void *from;
    uint64_t stamp; /* of its files (rc_file_stamp) */
} rc_pieces_source;
/* FOLDER/NAME-00000.npy, NAME-00001.npy and so on, numbered from 0 without gaps, or FOLDER/NAME.npy: one
 * array. Where there are none of these, out->read is NULL. */
rc_status rc_shards_source(const char *folder, const char *name, rc_pieces_source *out) RC_MUST_CHECK;
rc_status rc_npy_source(const char *path, rc_pieces_source *out) RC_MUST_CHECK; /* one file alone */
/* For a message, where row `row` of that array is: "x_train-00003.npy, row 19"; "sample ROW" of one file. */
void rc_shards_name_row(const char *folder, const char *name, int64_t row, size_t size, char *out);
bool rc_shards_exist(const char *folder, const char *name); /* of several files */
bool rc_shards_ends_as_one(const char *name);               /* NAME-00000, without a suffix */
/* An entry of a file whose container reads single rows (rc_container_has_rows). */
rc_status rc_container_source(const char *path, const char *entry, rc_pieces_source *out) RC_MUST_CHECK;
void rc_pieces_source_close(rc_pieces_source *s);

/* At most `room` blocks of `block` rows are held at once, of which half are ahead. Takes the source over,
 * also on failure. */
rc_status rc_pieces_open(rc_pieces_source *source, int64_t block, int64_t room, rc_array *out) RC_MUST_CHECK;
/* One more holder, who closes it too. NULL stays NULL. */
rc_pieces *rc_pieces_share(rc_pieces *r);
void rc_pieces_close(rc_pieces **r);
int64_t rc_pieces_block(const rc_pieces *r);
int64_t rc_pieces_window(const rc_pieces *r); /* blocks that rows may be in at random and be read once each */
uint64_t rc_pieces_stamp(const rc_pieces *r);
/* That other ranks (parallel/parallel.h) read the same files is for whoever has asked them to say, and for
 * others to know: each may then read a share of what all would read. r may be NULL. */
void rc_pieces_set_common(rc_pieces *r);
bool rc_pieces_are_common(const rc_pieces *r);

/* Tells the order in which rows will be asked for: index[order[first]] and n - 1 more; NULL: as they come. It
 * is a hint. */
rc_status rc_pieces_expect(rc_pieces *r, const int64_t *order, int64_t first, int64_t n,
                           const int64_t *index) RC_MUST_CHECK;
/* Row `row` of any array until it is unpinned; pin few, and not for long. NULL: it cannot be read, as
 * rc_pieces_status says. From any thread. */
const void *rc_array_pin(const rc_array *a, int64_t row);
void rc_array_unpin(const rc_array *a, int64_t row);
/* The first failure of a pin, which sticks. r may be NULL. */
rc_status rc_pieces_status(rc_pieces *r) RC_MUST_CHECK;

#endif
