/* datasets/store.h: what a data set owns. Within datasets/ only. */
#ifndef RC_DATASETS_STORE_H
#define RC_DATASETS_STORE_H

#include "datasets/dataset.h"
#include "formats/pieces.h"

enum { RC__TRAIN, RC__VALID, RC__TEST, RC__PARTS };

struct rc_dataset_store {
    rc_array x[RC__PARTS], y[RC__PARTS], group[RC__PARTS], weight[RC__PARTS];
    int32_t *column_width;
    rc_array unlabelled;                          /* x */
    rc_array more[RC_MORE_INPUTS][RC__PARTS + 1]; /* further inputs; the last of each are unlabelled */
    rc_texts text[RC_MORE_INPUTS][RC__PARTS + 1]; /* of texts, which `more` has as token ids once a tokenizer
                                                     has seen them */
    bool borrows_texts;                           /* of another data set */
    int64_t *index[RC__PARTS];                    /* of parts that are a choice of rows */
    char **label_name;                            /* [classes], or NULL: classes have numbers only */
    int64_t n_names;
    char *encoders; /* text of encoders.json; NULL: none */
    rc_texts notes;
};

/* common_files.c: asks whether all ranks see the same files (rc_pieces_are_common); and the rows of an array
 * that this rank reads then. false: all rows, for themselves alone. */
rc_status rc__common_files_find(const rc_dataset *d) RC_MUST_CHECK;
bool rc__common_files_share(const rc_array *a, int64_t *first, int64_t *end);

extern const char *const rc__part_name[RC__PARTS + 1]; /* the last is that of what has no targets */
rc_part *rc__dataset_part(rc_dataset *d, int i);
/* One more note, which is told, too. */
rc_status rc__add_note(rc_texts *notes, const char *format, ...) RC_PRINTF(2, 3) RC_MUST_CHECK;
/* dataset_check.c: of a part, one float for each sample, none below 0 and not all 0; or none at all. */
rc_status rc__dataset_check_weights(const rc_part *p, const char *path, const char *part) RC_MUST_CHECK;
/* dataset_read.c: the arrays that are there, each part in at most so many bytes of memory. */
rc_status rc__dataset_read(rc_dataset *d, const char *path, int64_t memory) RC_MUST_CHECK;
/* Inputs alone, likewise: the array of this name (array_source.c), or one .npy. */
rc_status rc__inputs_take(const char *path, rc_container *c, const char *name, const rc_inputs_asked *how,
                          rc_texts *notes, rc_array *out) RC_MUST_CHECK;
rc_status rc__inputs_take_file(const char *path, const rc_inputs_asked *how, rc_texts *notes,
                               rc_array *out) RC_MUST_CHECK;
/* dataset_labels.c: classes of y as whole numbers. */
rc_status rc__dataset_classes(rc_dataset *d, const char *path) RC_MUST_CHECK;
/* groups.c: puts the samples of whole groups first, at least n of them but not all groups; *n becomes their
 * number. */
rc_status rc__groups_first(const rc_part *p, int64_t *order, int64_t *n) RC_MUST_CHECK;
/* dataset_import.c: of what was imported. */
rc_status rc__dataset_import(rc_dataset *d, const char *path) RC_MUST_CHECK;
/* dataset_encoders.c: of what was imported, before the arrays are checked. Where there are not as many names
 * as classes then, they are of other arrays. */
rc_status rc__dataset_names(rc_dataset *d, const char *path) RC_MUST_CHECK;
/* Labels that are called by these names, copied. */
rc_status rc__dataset_take_names(rc_dataset *d, const char *const *name, int64_t n) RC_MUST_CHECK;
/* Arrays that have been taken into the store become parts: x with y, as many samples of each. */
rc_status rc__dataset_pair(rc_dataset *d, const char *path, bool need_train) RC_MUST_CHECK;
/* array_source.c: the array of this name in a folder, or (c not NULL) in a file; one that is not there has no
 * data. Is it there? What it is; all of it, of which a single .npy is mapped; both. */
bool rc__array_exists(const char *path, const rc_container *c, const char *name);
rc_status rc__array_describe(const char *path, const rc_container *c, const char *name,
                             rc_pieces_source *out) RC_MUST_CHECK;
rc_status rc__array_take(const char *path, rc_container *c, const char *name, rc_pieces_source *s,
                         rc_array *out) RC_MUST_CHECK;
rc_status rc__read_array(const char *path, rc_container *c, const char *name, rc_array *out) RC_MUST_CHECK;
/* text_inputs.c: the texts of this name in a folder or (c not NULL) in a file; none where there are no texts
 * of it. */
rc_status rc__texts_read(const char *path, rc_container *c, const char *name, rc_texts *out) RC_MUST_CHECK;
/* inputs.c: the array of input k that belongs to an array of x. */
const rc_array *rc__input_array(const rc_dataset *d, const rc_array *x, int k);
/* The names of further inputs in a folder or file, in order. */
rc_status rc__inputs_find(rc_dataset *d, const char *path, const rc_container *c) RC_MUST_CHECK;
/* Further inputs of as many samples as x, in the same parts. */
rc_status rc__inputs_pair(const rc_dataset *d, const char *path) RC_MUST_CHECK;
void rc__inputs_free(rc_dataset *d);
/* dataset_check.c: shapes, kinds and values of what has been read. */
rc_status rc__dataset_check(rc_dataset *d, const char *path, bool may_miss) RC_MUST_CHECK;
rc_status rc__dataset_check_unlabelled(rc_dataset *d, const char *path, bool may_miss) RC_MUST_CHECK;

#endif
