#include "formats/protobuf.h"

#include <string.h>

enum { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5, LONGEST_VARINT = 10 };

/* Seven bits a byte, the lowest first; the high bit says that more follow. */
static rc_status put_varint(rc_string *message, uint64_t value)
{
    char bytes[LONGEST_VARINT];
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[n++] = (char)(value | 0x80);
    bytes[n++] = (char)value;
    return rc_string_add(message, bytes, n);
}

static rc_status put_tag(rc_string *message, int field, int kind)
{
    return put_varint(message, (uint64_t)field << 3 | (uint64_t)kind);
}

rc_status rc_protobuf_whole(rc_string *message, int field, int64_t value)
{
    RC_TRY(put_tag(message, field, VARINT));
    return put_varint(message, (uint64_t)value);
}

rc_status rc_protobuf_float(rc_string *message, int field, float value)
{
    RC_TRY(put_tag(message, field, FIXED32));
    return rc_string_add(message, (const char *)&value, sizeof value);
}

rc_status rc_protobuf_double(rc_string *message, int field, double value)
{
    RC_TRY(put_tag(message, field, FIXED64));
    return rc_string_add(message, (const char *)&value, sizeof value);
}

rc_status rc_protobuf_head(rc_string *message, int field, size_t n)
{
    RC_TRY(put_tag(message, field, LENGTH));
    return put_varint(message, n);
}

rc_status rc_protobuf_bytes(rc_string *message, int field, const void *bytes, size_t n)
{
    RC_TRY(rc_protobuf_head(message, field, n));
    return n > 0 ? rc_string_add(message, bytes, n) : RC_OK;
}

rc_status rc_protobuf_text(rc_string *message, int field, const char *text)
{
    return rc_protobuf_bytes(message, field, text, strlen(text));
}

rc_status rc_protobuf_message(rc_string *message, int field, rc_string *inner)
{
    rc_status status = rc_protobuf_bytes(message, field, inner->data, inner->length);
    rc_string_free(inner);
    return status;
}
