/* base/utf8.h: is it UTF-8, and what of it may be shown. */
#ifndef RC_BASE_UTF8_H
#define RC_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

/* How many bytes from the beginning are UTF-8: size where all are, else the place of the first that is not.
 */
size_t rc_utf8_span(const char *text, size_t size);
/* RC_DATA unless all of it is: "byte 4 (0xE9) is not UTF-8; REMEDY". Who knows the place puts it in front. */
rc_status rc_utf8_check(const char *text, size_t size, const char *remedy) RC_MUST_CHECK;
/* The most bytes, up to `max`, that a text can be cut to without cutting a letter. */
size_t rc_utf8_cut(const char *text, size_t size, size_t max);
/* A letter's bytes; their number. */
size_t rc_utf8_put(uint32_t letter, char out[4]);

/* The control character (C0, DEL, C1) that begins a NUL-terminated text: its bytes; 0: none begins there. */
size_t rc_utf8_control(const char *text, unsigned *code);
/* A copy in which a terminal finds nothing to act on: control characters are written as in JSON ("\u001B"),
 * but for those in `keep`, and bytes that are not UTF-8 as "\xE9". What does not fit is left out. */
void rc_utf8_visible(const char *text, const char *keep, size_t room, char *out);

#endif
