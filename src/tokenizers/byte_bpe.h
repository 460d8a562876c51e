/* tokenizers/byte_bpe.h: byte-level byte-pair encoding as GPT-2 introduced it and RoBERTa uses it. Every byte
 * is written as a printable character, so a vocabulary of such characters covers every text. Within
 * tokenizers/. */
#ifndef RC_TOKENIZERS_BYTE_BPE_H
#define RC_TOKENIZERS_BYTE_BPE_H

#include "tokenizers/unicode.h"
#include "tokenizers/vocabulary.h"

typedef struct rc__merge {
    uint64_t pair; /* left id, right id */
    int32_t rank, id;
} rc__merge;

typedef struct rc__byte_bpe {
    rc__merge *merge; /* open addressing; rank -1: free */
    size_t n_slots;
    int32_t byte_id[256]; /* -1: the vocabulary lacks it */
    int32_t unknown;      /* -1: such bytes are dropped */
    bool add_prefix_space, whole_words /* a word the vocabulary has is not built from merges */;
} rc__byte_bpe;

rc_status rc__byte_bpe_start(rc__byte_bpe *b, const rc__vocabulary *v, size_t n_merges) RC_MUST_CHECK;
void rc__byte_bpe_free(rc__byte_bpe *b);
rc_status rc__byte_bpe_add_merge(rc__byte_bpe *b, const rc__vocabulary *v, const char *left, size_t left_size,
                                 const char *right, size_t right_size, int32_t rank) RC_MUST_CHECK;

/* The bytes that a token's characters are written for. */
rc_status rc__byte_bpe_bytes(const char *token, size_t size, rc_string *out) RC_MUST_CHECK;

/* The next piece of text[*at..size) by GPT-2's pattern (contractions; letters, digits or others with one
 * space before them; white space): *begin, *end; false at the end. */
bool rc__byte_bpe_next_word(const char *text, size_t size, size_t *at, size_t *begin, size_t *end);

/* Adds the ids of one such piece. Time n log n in its length. */
rc_status rc__byte_bpe_split(const rc__byte_bpe *b, const rc__vocabulary *v, const char *word, size_t size,
                             rc__codes *out) RC_MUST_CHECK;

#endif
