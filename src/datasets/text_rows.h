/* datasets/text_rows.h: texts and labels as they were read, before tokens. Within datasets/. */
#ifndef RC_DATASETS_TEXT_ROWS_H
#define RC_DATASETS_TEXT_ROWS_H

#include "base/text.h"
#include "datasets/labelled_text.h"
#include "datasets/store.h"

/* A word with its label, or a whole text with its label: ranges of `bytes`. */
typedef struct rc__piece {
    size_t text, size, label, label_size;
} rc__piece;

typedef struct rc__row {
    int64_t first, n; /* pieces */
    int64_t line;     /* in its file, from 1; of arrays the row, from 0 */
} rc__row;

typedef struct rc__rows {
    char *place;     /* the file, for messages */
    bool in_words;   /* texts come as words, each with its label */
    bool from_file;  /* lines are counted from 1 */
    bool unlabelled; /* all labels are empty */
    rc_string bytes;
    rc__piece *piece;
    rc__row *row;
    int64_t n_pieces, max_pieces, n, max;
} rc__rows;

void rc__rows_free(rc__rows *r);
/* Starts a row; pieces that follow belong to it. */
rc_status rc__rows_begin(rc__rows *r, int64_t line) RC_MUST_CHECK;
rc_status rc__rows_add(rc__rows *r, const char *text, size_t size, const char *label,
                       size_t label_size) RC_MUST_CHECK;
/* Ends the row: an empty text is refused. */
rc_status rc__rows_end(rc__rows *r) RC_MUST_CHECK;

/* Token ids of a row, at most `most`; failures name the row's place. */
rc_status rc__row_encode(const rc_tokenizer *t, const rc__rows *r, const rc__row *row, int64_t max,
                         rc_encoding *out) RC_MUST_CHECK;

/* All parts of a path as they stand in its files: rows [RC__PARTS]. */
rc_status rc__text_read_parts(const char *path, const rc_text_options *o, bool need_train,
                              rc__rows *rows) RC_MUST_CHECK;
/* A line about a file, and a row in it (line 0: about all of it), to a list. */
rc_status rc__text_fault(rc_json *faults, const rc__rows *r, int64_t line, const char *text) RC_MUST_CHECK;

/* The readers. Each fills rows of one file (or of the part of that name in a folder of arrays). */
rc_status rc__read_delimited(const char *path, bool tabs, const rc_text_options *o,
                             rc__rows *r) RC_MUST_CHECK;
rc_status rc__read_json_lines(const char *path, const rc_text_options *o, rc__rows *r) RC_MUST_CHECK;
rc_status rc__read_columns(const char *path, const rc_text_options *o, rc__rows *r) RC_MUST_CHECK;
/* A text a line, or (r->in_words) a sentence of words; without labels. */
rc_status rc__read_lines(const char *path, const rc_text_options *o, rc__rows *r) RC_MUST_CHECK;
rc_status rc__read_text_arrays(const char *folder, const char *part, const rc_text_options *o, bool words,
                               rc__rows *r) RC_MUST_CHECK;
/* "bytes" or "words" by what the folder's arrays look like; NULL: neither. */
rc_text_format rc__text_arrays_form(const char *folder);

/* The names of labels, sorted; their numbers; and the names by number. */
typedef struct rc__labels {
    char **name, **in_order;
    int64_t *number, n;
} rc__labels;
rc_status rc__labels_collect(const rc__rows *r, rc__labels *out) RC_MUST_CHECK;
void rc__labels_free(rc__labels *l);
int64_t rc__labels_find(const rc__labels *l, const char *text, size_t size); /* -1: none */

#endif
