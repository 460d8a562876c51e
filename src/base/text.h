/* base/text.h: small helpers on text. */
#ifndef RC_BASE_TEXT_H
#define RC_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

/* The candidate with the smallest edit distance to word (for "did you mean"), or NULL when none is
 * near (distance over a third of the longer length, rounded up). */
const char *rc_text_nearest(const char *word, const char *const *candidates, size_t n);
/* Fails with the sentence and, behind it, the nearest of the n that are known or else `otherwise`; with all
 * of them where that is NULL. */
rc_status rc_fail_unknown(rc_status code, const char *word, const char *const *known, size_t n,
                          const char *otherwise, const char *format, ...) RC_PRINTF(6, 7);

/* Whole text as a number; false on anything else (blanks, trailing text, overflow, NaN, inf). */
bool rc_text_to_i64(const char *text, int64_t *out);
bool rc_text_to_f64(const char *text, double *out);
bool rc_text_to_bool(const char *text, bool *out); /* true false yes no on off */
/* The shortest decimal that reads back as the same number: 0.2, not 0.20000000000000001. */
enum { RC_NUMBER_TEXT = 32 };
const char *rc_text_number(double value, char text[RC_NUMBER_TEXT]);
const char *rc_text_number_f32(float value, char text[RC_NUMBER_TEXT]);

/* Nothing but white space, line breaks too. */
bool rc_text_is_blank(const char *text, size_t size);
/* The next line of text[*at..size), without its LF or CRLF; false at the end. */
bool rc_text_next_line(const char *text, size_t size, size_t *at, const char **line, size_t *length);

/* A growing string. Zero-initialise; release with rc_string_free. */
typedef struct rc_string {
    char *data; /* always NUL-terminated once non-NULL */
    size_t length, capacity;
} rc_string;
rc_status rc_string_add(rc_string *s, const char *bytes, size_t n) RC_MUST_CHECK;
rc_status rc_string_printf(rc_string *s, const char *format, ...) RC_MUST_CHECK RC_PRINTF(2, 3);
void rc_string_free(rc_string *s);

#endif
