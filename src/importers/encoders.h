/* importers/encoders.h: how raw input of one form becomes samples, as an import has learnt it: a table's
 * columns with their texts, means and dates, the size of pictures, the channels and windows of sounds and
 * series, what stands for missing values in them, the letters of sequences, the layout of arrays; and what is
 * to be predicted, with the names of it. An import fits and applies them by the same code that applies them
 * here to what comes later.
 *
 * They are one JSON object: "encoders.json" beside the arrays of a data set, and part of every model that was
 * trained on them. */
#ifndef RC_IMPORTERS_ENCODERS_H
#define RC_IMPORTERS_ENCODERS_H

#include "base/text.h"
#include "datasets/dataset.h"
#include "formats/json.h"
#include "importers/importer.h"

/* All is checked: text is somebody's file. source: what messages call it. */
rc_status rc_encoders_parse(const char *source, const char *text, rc_encoders **out) RC_MUST_CHECK;
void rc_encoders_free(rc_encoders **e);
rc_import_form rc_encoders_form(const rc_encoders *e);
/* Of the classes, labels or numbers to be predicted, in order; n = 0: they have none. */
const rc_texts *rc_encoders_names(const rc_encoders *e);
/* Of a table, in the order of its numbers; 0 of all else, and of what was transformed. What a column is
 * called, and how many numbers of a sample are made of it; and what those were in the table, added to out. */
int64_t rc_encoders_columns(const rc_encoders *e);
const char *rc_encoders_column(const rc_encoders *e, int64_t k, int64_t *width);
rc_status rc_encoders_value(const rc_encoders *e, int64_t k, const float *x, rc_string *out) RC_MUST_CHECK;

/* ---- raw input, sample by sample ---- */

typedef struct rc_raw rc_raw;
/* A file or folder of the encoders' form. Labels are taken where they are there (labels: required). encoding:
 * of text files; NULL: as at the import. The encoders must outlive it. */
rc_status rc_raw_open(rc_encoders *e, const char *path, bool labels, const char *encoding,
                      rc_raw **out) RC_MUST_CHECK;
/* Rows of a table in memory. */
rc_status rc_raw_open_table(rc_encoders *e, const rc_memory_table *t, rc_raw **out) RC_MUST_CHECK;
/* The same rows as what encoders of a table's inputs are fitted to: *e is new, and the caller's, to be freed
 * after *out and before the table. What is to be predicted they learn by rc_encoders_keep. */
rc_status rc_raw_fit_table(const rc_memory_table *t, rc_encoders **e, rc_raw **out) RC_MUST_CHECK;
/* All that the data set's target is called goes into the encoders, and they into the data set, whose x they
 * have made; with notes on columns that they leave out. */
rc_status rc_encoders_keep(rc_encoders *e, rc_dataset *d) RC_MUST_CHECK;
void rc_raw_close(rc_raw **r);
/* Of so many inputs; 0 is x. [n, ...] of input k. */
int rc_raw_inputs(const rc_raw *r);
const char *rc_raw_input_name(const rc_raw *r, int k);
rc_shape rc_raw_shape(const rc_raw *r, int k);
/* Is input k of texts? Then it has no numbers, and these are all of them; "": the sample lacks it. */
bool rc_raw_is_of_texts(const rc_raw *r, int k);
rc_status rc_raw_texts(const rc_raw *r, int k, rc_texts *out) RC_MUST_CHECK;
/* One sample's input k as float32; NaN alone: it lacks it. */
rc_status rc_raw_sample(rc_raw *r, int k, int64_t i, float *x) RC_MUST_CHECK;
/* What a sample is called: its file, name, or number. Those of one group are windows of one record and follow
 * each other; without groups each sample is its own. */
enum { RC_RAW_ID = 320 };
void rc_raw_id(const rc_raw *r, int64_t i, char text[RC_RAW_ID]);
int64_t rc_raw_group(const rc_raw *r, int64_t i);
bool rc_raw_has_groups(const rc_raw *r);
bool rc_raw_has_labels(const rc_raw *r);
/* What the reader of the answers should know. */
const rc_texts *rc_raw_notes(const rc_raw *r);
/* Input k of all samples, [n, ...]. */
rc_status rc_raw_input(rc_raw *r, int k, rc_array *out) RC_MUST_CHECK;
/* Samples and labels as the test part of a data set, or as its training part. */
rc_status rc_raw_dataset(rc_raw *r, bool train, rc_dataset **out) RC_MUST_CHECK;

#endif
