/* The bytes of protocol buffers, against the examples of the format's own description. */
#include "formats/protobuf.h"

#include "check.h"

static bool is(const rc_string *s, size_t n, const char *bytes)
{
    return s->length == n && memcmp(s->data, bytes, n) == 0;
}

TEST(fields)
{
    rc_string s = {0};
    OK(rc_protobuf_whole(&s, 1, 150));
    CHECK(is(&s, 3, "\x08\x96\x01"));
    OK(rc_protobuf_text(&s, 2, "testing"));
    CHECK(is(&s, 12, "\x08\x96\x01\x12\x07testing"));
    rc_string_free(&s);
    OK(rc_protobuf_float(&s, 3, 1.0f));
    CHECK(is(&s, 5, "\x1d\x00\x00\x80\x3f"));
    rc_string_free(&s);
    OK(rc_protobuf_double(&s, 1, 1.0));
    CHECK(is(&s, 9, "\x09\x00\x00\x00\x00\x00\x00\xf0\x3f"));
    rc_string_free(&s);
}

TEST(numbers)
{
    rc_string s = {0};
    OK(rc_protobuf_whole(&s, 1, 0));
    CHECK(is(&s, 2, "\x08\x00"));
    rc_string_free(&s);
    OK(rc_protobuf_whole(&s, 1, -2));
    CHECK(is(&s, 11, "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    rc_string_free(&s);
    OK(rc_protobuf_whole(&s, 20, 127)); /* a tag of two bytes */
    CHECK(is(&s, 3, "\xa0\x01\x7f"));
    rc_string_free(&s);
}

TEST(messages)
{
    rc_string s = {0}, inner = {0};
    OK(rc_protobuf_whole(&inner, 1, 150));
    OK(rc_protobuf_message(&s, 3, &inner));
    CHECK(is(&s, 5, "\x1a\x03\x08\x96\x01") && !inner.data);
    rc_string_free(&s);
    OK(rc_protobuf_message(&s, 4, &inner)); /* an empty one */
    CHECK(is(&s, 2, "\x22\x00"));
    rc_string_free(&s);
    OK(rc_protobuf_head(&s, 1, 300));
    CHECK(is(&s, 3, "\x0a\xac\x02"));
    rc_string_free(&s);
}

int main(void)
{
    RUN(fields);
    RUN(numbers);
    RUN(messages);
    return RESULT();
}
