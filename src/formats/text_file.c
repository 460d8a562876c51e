#include "formats/text_file.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "base/memory.h"
#include "base/spill.h"
#include "base/utf8.h"
#include "formats/packed.h"

/* ---- encodings ---- */

static const struct {
    const char *name, *iconv; /* iconv NULL: nothing to convert */
} known[] = {{"utf8", NULL}, {"latin1", "ISO-8859-1"}, {"cp1252", "CP1252"}, {"utf16", "UTF-16"}};
enum { KNOWN = sizeof known / sizeof *known, PIECE = 4 << 20, LONGEST_LETTER = 4 };

static int find(const char *encoding)
{
    for (int i = 0; i < KNOWN; i++)
        if (strcmp(known[i].name, encoding) == 0) return i;
    return -1;
}

rc_status rc_encoding_check(const char *field, const char *encoding)
{
    RC_CHECK(!encoding || find(encoding) >= 0, RC_CONFIG, "%s %.40s: takes utf8, latin1, cp1252 or utf16",
             field, encoding);
    return RC_OK;
}

/* ---- checking ---- */

/* As rc_utf8_span, which sees a piece after the other: what is behind need not stay in memory. */
static size_t good_span(const char *text, size_t size)
{
    size_t at = 0, n, span;
    do {
        n = size - at < PIECE ? size - at : PIECE;
        span = rc_utf8_span(text + at, n);
        at += span;
        rc_spill_rest();
    } while (span > 0 && at < size && n - span < LONGEST_LETTER);
    return at;
}

/* Puts the line in front of what is wrong with a byte, which is counted in its line. */
static rc_status check_lines(const char *name, const char *text, size_t size)
{
    static const char remedy[] = "save the file as UTF-8, or say what it is: \1encoding, where it can be "
                                 "given, or the setting data.encoding takes latin1, cp1252 or utf16";
    size_t good = good_span(text, size), from = 0;
    long long line = 1;
    if (good == size) return RC_OK;
    for (const char *end; (end = memchr(text + from, '\n', good - from)); line++)
        from = (size_t)(end - text) + 1;
    return rc_fail_context(rc_utf8_check(text + from, size - from, remedy), "%s:%lld", name, line);
}

/* ---- converting ---- */

/* Line and byte of what cannot be converted, as far as they can be counted: by what came out before it. */
static rc_status no_letter(const char *name, const char *encoding, const rc_string *done, const char *at,
                           size_t left)
{
    long long line = 1;
    for (size_t i = 0; i < done->length; i++)
        line += done->data[i] == '\n';
    RC_CHECK(left > 0, RC_DATA, "%s:%lld: the file ends within a letter of %s", name, line, encoding);
    return rc_fail(RC_DATA, "%s:%lld: byte 0x%02X is not a letter of %s; choose another encoding", name, line,
                   (unsigned char)*at, encoding);
}

static rc_status convert_all(iconv_t how, const char *name, const char *encoding, const char *bytes,
                             size_t size, rc_string *out)
{
    char piece[4096], *from = (char *)(uintptr_t)bytes;
    size_t left = size;
    for (bool more = true; more;) {
        char *to = piece;
        size_t room = sizeof piece;
        more = iconv(how, &from, &left, &to, &room) == (size_t)-1;
        int error = more ? errno : 0;
        RC_TRY(rc_string_add(out, piece, sizeof piece - room));
        if (error && error != E2BIG) return no_letter(name, encoding, out, from, error == EINVAL ? 0 : left);
    }
    return RC_OK;
}

static rc_status convert(const char *name, const char *bytes, size_t size, int encoding, rc_text_file *out)
{
    iconv_t how = iconv_open("UTF-8", known[encoding].iconv);
    RC_CHECK(how != (iconv_t)-1, RC_UNSUPPORTED, "%s: this system's C library does not know %s (%s)", name,
             known[encoding].name, known[encoding].iconv);
    rc_status status = convert_all(how, name, known[encoding].name, bytes, size, &out->decoded);
    iconv_close(how);
    out->text = out->decoded.data;
    out->size = out->decoded.length;
    return status;
}

/* ---- opening ---- */

static rc_status decode(const char *name, const char *bytes, size_t size, const char *encoding,
                        rc_text_file *out)
{
    *out = (rc_text_file){.text = bytes, .size = size};
    RC_TRY(rc_encoding_check("\1encoding", encoding));
    int at = encoding ? find(encoding) : 0;
    bool wide = size >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0);
    RC_CHECK(!wide || at > 0, RC_DATA,
             "%s:1: byte 1 (0x%02X) is not UTF-8; the file is UTF-16: save it as UTF-8, or say so "
             "(\1encoding, or the setting data.encoding: utf16)",
             name, (unsigned char)bytes[0]);
    if (known[at].iconv) RC_TRY(convert(name, bytes, size, at, out));
    if (out->size >= 3 && memcmp(out->text, "\xef\xbb\xbf", 3) == 0) {
        out->text += 3;
        out->size -= 3;
    }
    return check_lines(name, out->text, out->size);
}

rc_status rc_text_file_memory(const char *name, const char *bytes, size_t size, const char *encoding,
                              rc_text_file *out)
{
    rc_string plain = {0};
    if (!rc_packed_is(bytes, size)) return decode(name, bytes, size, encoding, out);
    *out = (rc_text_file){0};
    rc_status status = rc_packed_read(name, bytes, size, &plain);
    if (status == RC_OK) status = decode(name, plain.data ? plain.data : "", plain.length, encoding, out);
    if (out->decoded.data)
        rc_string_free(&plain);
    else
        out->decoded = plain; /* in which the text lies */
    return status;
}

rc_status rc_text_file_open(const char *path, const char *encoding, rc_text_file *out)
{
    rc_file_map map;
    *out = (rc_text_file){0};
    RC_TRY(rc_file_map_open(path, &map));
    rc_status status = rc_text_file_memory(path, (const char *)map.data, map.size, encoding, out);
    out->map = map;
    if (status != RC_OK) rc_text_file_close(out);
    return status;
}

void rc_text_file_close(rc_text_file *f)
{
    rc_string_free(&f->decoded);
    rc_file_map_close(&f->map);
    *f = (rc_text_file){0};
}
