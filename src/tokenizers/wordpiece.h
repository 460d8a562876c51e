/* tokenizers/wordpiece.h: a word into the longest known pieces from its start. Within tokenizers/. */
#ifndef RC_TOKENIZERS_WORDPIECE_H
#define RC_TOKENIZERS_WORDPIECE_H

#include "tokenizers/unicode.h"
#include "tokenizers/vocabulary.h"

enum { RC__LONGEST_PREFIX = 32 };

typedef struct rc__wordpiece {
    char prefix[RC__LONGEST_PREFIX]; /* of the second and later pieces: "##" */
    int64_t longest_word;            /* code points; a longer word is unknown */
    int32_t unknown;
} rc__wordpiece;

/* Adds the pieces' ids. */
rc_status rc__wordpiece_split(const rc__wordpiece *w, const rc__vocabulary *v, const char *word, size_t size,
                              rc__codes *out) RC_MUST_CHECK;

#endif
