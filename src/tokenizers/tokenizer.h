/* tokenizers/tokenizer.h: from text to the token ids that a text model was trained with. WordPiece (BERT,
 * MiniLM, DistilBERT) and byte-level BPE (RoBERTa), read from the model's own files: tokenizer.json, else
 * vocab.txt with tokenizer_config.json, else vocab.json with merges.txt. Equal, token for token, to the
 * `tokenizers` package (docs/tokenizers.md). Text must be UTF-8. */
#ifndef RC_TOKENIZERS_TOKENIZER_H
#define RC_TOKENIZERS_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"
#include "base/text.h"
#include "formats/safetensors.h"

typedef struct rc_tokenizer rc_tokenizer; /* read-only once open: threads may share it */

/* A file of the tokenizer by its name ("tokenizer.json"), held in memory. */
typedef struct rc_tokenizer_file {
    const char *name;
    const char *text;
    size_t size;
} rc_tokenizer_file;

/* From a model folder (or the name of a fetched model), or from files in memory (a source bundle carries
 * them; they are copied). `place` begins the messages. */
rc_status rc_tokenizer_open(const char *model, rc_tokenizer **out) RC_MUST_CHECK;
rc_status rc_tokenizer_open_files(const char *place, const rc_tokenizer_file *file, int n,
                                  rc_tokenizer **out) RC_MUST_CHECK;
/* The same once more. */
rc_status rc_tokenizer_copy(const rc_tokenizer *from, rc_tokenizer **out) RC_MUST_CHECK;
void rc_tokenizer_close(rc_tokenizer **t);
/* What it was read from: enough to open it again. Borrowed; index 0.. until NULL. */
const rc_tokenizer_file *rc_tokenizer_source(const rc_tokenizer *t, int i);
/* Into and out of a safetensors file (bundles and runs carry theirs); *out NULL: there is none in it. */
rc_status rc_tokenizer_store(const rc_tokenizer *t, rc_safetensors_writer *w) RC_MUST_CHECK;
rc_status rc_tokenizer_restore(const char *place, const rc_safetensors *file,
                               rc_tokenizer **out) RC_MUST_CHECK;
/* Does a folder hold any tokenizer file? */
bool rc_tokenizer_is_in(const char *folder);

int64_t rc_tokenizer_size(const rc_tokenizer *t);  /* 1 + the largest id */
int64_t rc_tokenizer_limit(const rc_tokenizer *t); /* the most tokens its files allow; 0: they do not say */
int32_t rc_tokenizer_pad(const rc_tokenizer *t);   /* id of the padding token; -1: none */
int rc_tokenizer_special_count(const rc_tokenizer *t);               /* special tokens around one text */
const char *rc_tokenizer_kind(const rc_tokenizer *t);                /* "wordpiece" or "byte-level bpe" */
int32_t rc_tokenizer_find(const rc_tokenizer *t, const char *token); /* its id; -1: unknown */

/* What a token stands for, for people: bytes to be put behind those of the token before, which begin with a
 * blank where a word begins. A byte-level token may end inside a letter. Adds nothing for an unknown id. */
rc_status rc_tokenizer_piece(const rc_tokenizer *t, int32_t id, rc_string *out) RC_MUST_CHECK;

/* Does it fit a model with an embedding of `rows` rows? */
rc_status rc_tokenizer_check(const rc_tokenizer *t, int64_t rows) RC_MUST_CHECK;

/* One encoded text, special tokens included. Zero-initialise, reuse, release with rc_encoding_free. */
typedef struct rc_encoding {
    int64_t n;
    int32_t *id;
    int32_t
        *word; /* index of the word a token belongs to; -1: special tokens, and everywhere for plain text */
    bool truncated; /* tokens were dropped at the end */
    int64_t capacity;
} rc_encoding;
void rc_encoding_free(rc_encoding *e);
/* Does a word begin with token k? */
bool rc_encoding_begins(const rc_encoding *e, int64_t k);

/* At most `limit` tokens, special ones included (0: no limit). Text that is not UTF-8 is RC_DATA. */
rc_status rc_tokenizer_encode(const rc_tokenizer *t, const char *text, size_t size, int64_t limit,
                              rc_encoding *out) RC_MUST_CHECK;
/* The same for text that is cut into words already (token classification). Byte-level BPE puts a space before
 * every word, as add_prefix_space does. A word of which nothing is left (control characters) has no token. */
typedef struct rc_word {
    const char *text;
    size_t size;
} rc_word;
rc_status rc_tokenizer_encode_words(const rc_tokenizer *t, const rc_word *word, int64_t n, int64_t limit,
                                    rc_encoding *out) RC_MUST_CHECK;

/* Texts as rows of one length. RC_NO_TOKEN follows a row's last token, and not the padding's id: a text may
 * say [PAD], which is a token like any other. */
enum { RC_NO_TOKEN = -1 };
void rc_encoding_to_row(const rc_encoding *e, int64_t tokens, int32_t *row);
int64_t rc_row_tokens(const int32_t *row, int64_t tokens); /* those before RC_NO_TOKEN */

#endif
