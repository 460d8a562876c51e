/* tokenizers/bert_text.h: what BERT does to a text before WordPiece: clean-up, spaces around ideographs,
 * stripping of accents, lower case; then words and punctuation marks. Within tokenizers/. */
#ifndef RC_TOKENIZERS_BERT_TEXT_H
#define RC_TOKENIZERS_BERT_TEXT_H

#include "base/text.h"

typedef struct rc__bert_text {
    bool clean, ideographs, strip_accents, lower;
} rc__bert_text;

/* Checked UTF-8 in, UTF-8 added to out. */
rc_status rc__bert_normalise(const rc__bert_text *o, const char *text, size_t size,
                             rc_string *out) RC_MUST_CHECK;

/* The next word or punctuation mark of text[*at..size): *begin, *end; false at the end. */
bool rc__bert_next_word(const char *text, size_t size, size_t *at, size_t *begin, size_t *end);

#endif
