/* formats/protobuf.h: Google's protocol buffers, as far as they are written: each call appends one field of a
 * message to its bytes. A message within a message is a field of bytes, so that it is made first.
 * (https://protobuf.dev/programming-guides/encoding) */
#ifndef RC_FORMATS_PROTOBUF_H
#define RC_FORMATS_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* int64, int32, enum and bool. */
rc_status rc_protobuf_whole(rc_string *message, int field, int64_t value) RC_MUST_CHECK;
rc_status rc_protobuf_float(rc_string *message, int field, float value) RC_MUST_CHECK;
rc_status rc_protobuf_double(rc_string *message, int field, double value) RC_MUST_CHECK;
/* bytes, string, and messages. */
rc_status rc_protobuf_bytes(rc_string *message, int field, const void *bytes, size_t n) RC_MUST_CHECK;
rc_status rc_protobuf_text(rc_string *message, int field, const char *text) RC_MUST_CHECK;
/* A message that was made for this field, which is freed, also on failure. */
rc_status rc_protobuf_message(rc_string *message, int field, rc_string *inner) RC_MUST_CHECK;
/* What stands before n bytes of a field, for whoever writes the bytes elsewhere. */
rc_status rc_protobuf_head(rc_string *message, int field, size_t n) RC_MUST_CHECK;

#endif
