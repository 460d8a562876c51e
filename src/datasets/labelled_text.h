/* datasets/labelled_text.h: labelled texts as a data set of token ids. Two kinds: a label for every text
 * (CSV, TSV, JSONL, or arrays of bytes), and a label for every word (columns as in CoNLL, or arrays of word
 * ids).
 *
 * A path is a file (it becomes the train part) or a folder with train, valid (or dev) and test of one of
 * these suffixes: .csv .tsv .jsonl .conll .iob .bio .txt. Labels are names; they are numbered in the order of
 * their names, or of their values where all are whole numbers. */
#ifndef RC_DATASETS_LABELLED_TEXT_H
#define RC_DATASETS_LABELLED_TEXT_H

#include "base/text.h"
#include "datasets/dataset.h"
#include "formats/json.h"
#include "formats/text_file.h"
#include "tokenizers/tokenizer.h"

/* Texts with their labels in memory: of train, valid, test. Whole ones, or the words of sentences. The last
 * are whole texts without labels. */
typedef struct rc_text_list {
    rc_texts text[4], label[3];
    int64_t *words[3];  /* of each sentence, owned; NULL: whole texts */
    rc_array weight[3]; /* a float for each text or sentence; no data: all count the same */
} rc_text_list;
void rc_text_list_free(rc_text_list *l);

typedef struct rc_text_options {
    const rc_text_list *list; /* instead of a path, which is then what messages call it; NULL: none */
    rc_text_format format;    /* never LINES */
    const char *text_column;  /* "": found by its name; columns of words: by number, from 1 */
    const char *label_column; /* "" likewise */
    const char *encoding;     /* of files (formats/text_file.h); NULL: UTF-8 */
    int64_t tokens;           /* the most tokens a text may have; what is longer is cut */
    int64_t pad_to;           /* T; 0: the longest text */
    bool unlabelled;          /* labels are not looked for */
} rc_text_options;

/* Does the path hold texts (as opposed to arrays of numbers)? Arrays of bytes and words only count when
 * `arrays` is set: they could be anything. */
bool rc_text_is(const char *path, rc_text_format format, bool arrays);

/* x: int32 [N, T], RC_NO_TOKEN behind each text. y: int32 [N]; or [N, T] for labels of words, at the first
 * token of each word, -1 elsewhere. Texts that were cut are counted in a note; empty texts, and labels that
 * train does not have, are refused. */
rc_status rc_text_open(const char *path, const rc_text_options *o, const rc_tokenizer *t, bool need_train,
                       rc_dataset **out) RC_MUST_CHECK;

/* The texts of rows of a part (0 train, 1 valid, 2 test) as they stand there; words with blanks between them.
 */
rc_status rc_text_rows(const char *path, const rc_text_options *o, int part, int64_t n, const int64_t *row,
                       rc_texts *out) RC_MUST_CHECK;

/* Texts to be given labels, int32 [N, T] (owned), RC_NO_TOKEN behind each: .csv, .tsv and .jsonl are read as
 * above, labels or none; any other file is a text a line, unless the format says more. Notes are told, and
 * added to those there are. */
rc_status rc_text_inputs(const char *path, const rc_text_options *o, const rc_tokenizer *t, rc_texts *notes,
                         rc_array *out) RC_MUST_CHECK;

/* The same, or those of o->list, as inputs without targets of a data set of texts; o->pad_to is its length.
 */
rc_status rc_text_read_unlabelled(rc_dataset *d, const char *path, const rc_text_options *o,
                                  const rc_tokenizer *t) RC_MUST_CHECK;

/* Words to be given labels: columns (.conll, .iob, .bio), labels or none, or a sentence a line with blanks
 * between its words. Zero-initialise. */
typedef struct rc_sentences {
    rc_word *word;  /* [words] pieces of bytes */
    int64_t *first; /* [n + 1] */
    int64_t n, words;
    rc_string bytes;
    int64_t from; /* how messages count sentences: those of a file from 1, those in memory from 0 */
} rc_sentences;
rc_status rc_text_sentences(const char *path, const rc_text_options *o, rc_sentences *out) RC_MUST_CHECK;
/* The tokens of sentence i, at most so many. name: what messages call the sentences. */
rc_status rc_sentences_encode(const rc_sentences *s, int64_t i, const char *name, const rc_tokenizer *t,
                              int64_t tokens, rc_encoding *out) RC_MUST_CHECK;
void rc_sentences_free(rc_sentences *s);

/* What is in labelled texts, into out: form, labels_of, classes, labels; for each part n, words, words_a_text
 * (quantiles), class_counts, and with a tokenizer tokens, tokens_a_text, longer_than_model (o->tokens); and
 * faults, a list of lines. out NULL: whether they can be read is all that is asked. */
rc_status rc_text_show(const char *path, const rc_text_options *o, const rc_tokenizer *t,
                       rc_json *out) RC_MUST_CHECK;

#endif
