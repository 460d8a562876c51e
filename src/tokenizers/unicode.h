/* tokenizers/unicode.h: UTF-8 and the character classes of the reference tokenizers. The classes come from a
 * table made by asking the reference (unicode_classes.c), since it mixes Unicode versions; canonical
 * decomposition, which Unicode never changes, from utf8proc. Within tokenizers/. */
#ifndef RC_TOKENIZERS_UNICODE_H
#define RC_TOKENIZERS_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"
#include "base/text.h"

/* A growing array of code points. */
typedef struct rc__codes {
    int32_t *data;
    size_t n, capacity;
} rc__codes;
rc_status rc__codes_add(rc__codes *c, int32_t code) RC_MUST_CHECK;
void rc__codes_free(rc__codes *c);

/* The code point at *at of checked text, and one step on. */
int32_t rc__utf8_next(const char *text, size_t size, size_t *at);
/* The code point that ends before `at` (> 0). */
int32_t rc__utf8_before(const char *text, size_t at);
rc_status rc__utf8_add(rc_string *s, int32_t code) RC_MUST_CHECK;

bool rc__is_space(int32_t c);   /* White_Space */
bool rc__is_removed(int32_t c); /* BERT's clean-up drops it: control, format, private use, U+0000, U+FFFD */
bool rc__is_punctuation(int32_t c);       /* a token of its own for BERT */
bool rc__is_mark(int32_t c);              /* what stripping accents drops */
bool rc__is_letter(int32_t c);            /* \p{L} */
bool rc__is_number(int32_t c);            /* \p{N} */
bool rc__is_ideograph(int32_t c);         /* BERT puts spaces around it */
int rc__lower(int32_t c, int32_t out[2]); /* 1 or 2 code points */
/* Canonical decomposition (NFD) of c, replaced in place. */
rc_status rc__decompose(rc__codes *c) RC_MUST_CHECK;

/* ---- the tables ---- */
typedef struct rc__code_range {
    int32_t first, last;
} rc__code_range;
typedef struct rc__case_run {
    int32_t first, last, step, distance;
} rc__case_run;
extern const rc__code_range rc__removed_range[], rc__punctuation_range[], rc__mark_range[],
    rc__letter_range[], rc__number_range[];
extern const int rc__removed_range_count, rc__punctuation_range_count, rc__mark_range_count,
    rc__letter_range_count, rc__number_range_count;
extern const rc__case_run rc__lower_run[];
extern const int rc__lower_run_count;

#endif
