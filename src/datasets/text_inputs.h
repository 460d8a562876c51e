/* datasets/text_inputs.h: texts as one of several inputs of a sample. A data set keeps them as they are,
 * since only a model knows into which tokens they are cut. In a folder they are x_train.NAME.jsonl and so on:
 * a line for each sample, which is a text of JSON, or null where the sample has none; in .npy and in files of
 * arrays, arrays of texts. A text of blanks is none. */
#ifndef RC_DATASETS_TEXT_INPUTS_H
#define RC_DATASETS_TEXT_INPUTS_H

#include "base/text.h"
#include "datasets/dataset.h"
#include "tokenizers/tokenizer.h"

/* Is x, or a further input, of texts? */
bool rc_dataset_has_texts(const rc_dataset *d);
/* What input k, which is of texts, says of sample i. */
const char *rc_part_text(const rc_part *p, const rc_dataset *d, int k, int64_t i);
/* Token ids of further input k, which is of texts, in all parts: at most `max` tokens a text, in rows of
 * pad_to, or (0) of the longest. A note counts what was cut. Again: those of another tokenizer. */
rc_status rc_dataset_tokenize(rc_dataset *d, int k, const rc_tokenizer *t, int64_t max,
                              int64_t pad_to) RC_MUST_CHECK;
/* The same of texts that are asked about; `what` begins messages. */
rc_status rc_texts_tokenize(const char *what, const rc_texts *texts, const rc_tokenizer *t, int64_t tokens,
                            rc_texts *notes, rc_array *out) RC_MUST_CHECK;
/* A text as a line of such a file. */
rc_status rc_texts_add_json(const char *text, rc_string *out) RC_MUST_CHECK;

#endif
