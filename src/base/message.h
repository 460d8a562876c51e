/* base/message.h: a line for whoever reads it: the text of a failure, a note, a warning.
 *
 * A message says \1out where it means the field `out` of an options struct: "choose another \1out", and
 * \1rc_source_list where it means that function. The name is that in C, and of the keyword in Python; the
 * program has its option or command in this place. The mark
 * is a control character, and none of these gets through to a reader: one that a file's text brings along is
 * taken for the mark before a small letter, and made visible elsewhere. */
#ifndef RC_BASE_MESSAGE_H
#define RC_BASE_MESSAGE_H

#include <stdarg.h>
#include <stddef.h>

#include "recraft/status.h"

enum { RC_MESSAGE = 1024 };

/* Writes it (printf form): its fields as the context in which the calling thread works names them, control
 * characters visible (rc_utf8_visible). What does not fit is left out. An argument may be `out`. */
void rc_message_write(size_t room, char *out, const char *format, va_list args) RC_PRINTF(3, 0);
/* The same. */
void rc_message_print(size_t room, char *out, const char *format, ...) RC_PRINTF(3, 4);

#endif
