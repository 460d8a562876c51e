#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

/* The bytes of the letter that begins at text[0..size), 0 if none does (Unicode 15, table 3-7). */
static size_t letter_size(const unsigned char *text, size_t size)
{
    unsigned char lead = text[0], min = 0x80, max = 0xBF;
    size_t n = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (n > size) return 0;
    if (lead == 0xE0) min = 0xA0; /* no longer than it must be */
    if (lead == 0xF0) min = 0x90;
    if (lead == 0xED) max = 0x9F; /* no surrogates */
    if (lead == 0xF4) max = 0x8F; /* up to U+10FFFF */
    for (size_t i = 1; i < n; i++) {
        if (text[i] < min || text[i] > max) return 0;
        min = 0x80;
        max = 0xBF;
    }
    return n;
}

size_t rc_utf8_span(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    for (size_t at = 0; at < size;) {
        uint64_t eight;
        if (size - at >= sizeof eight) {
            memcpy(&eight, bytes + at, sizeof eight);
            if (!(eight & 0x8080808080808080u)) {
                at += sizeof eight;
                continue;
            }
        }
        size_t n = letter_size(bytes + at, size - at);
        if (n == 0) return at;
        at += n;
    }
    return size;
}

size_t rc_utf8_cut(const char *text, size_t size, size_t max)
{
    if (size <= max) return size;
    while (max > 0 && ((unsigned char)text[max] & 0xC0) == 0x80)
        max--;
    return max;
}

size_t rc_utf8_put(uint32_t letter, char out[4])
{
    if (letter < 0x80) {
        out[0] = (char)letter;
        return 1;
    }
    size_t n = letter < 0x800 ? 2 : letter < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; letter >>= 6)
        out[i] = (char)(0x80 | (letter & 0x3f));
    out[0] = (char)((0xf00 >> n & 0xff) | letter);
    return n;
}

size_t rc_utf8_control(const char *text, unsigned *code)
{
    unsigned char first = (unsigned char)text[0];
    *code = first == 0xC2 ? (unsigned char)text[1] : first;
    if (first == 0xC2) return *code >= 0x80 && *code < 0xA0 ? 2 : 0;
    return (first > 0 && first < 0x20) || first == 0x7F ? 1 : 0;
}

/* The next piece of text as it is shown; its bytes are text[0..return). */
static size_t show_piece(const char *text, size_t size, const char *keep, char piece[8])
{
    unsigned code;
    size_t control = rc_utf8_control(text, &code);
    size_t n = letter_size((const unsigned char *)text, size);
    if (control && !strchr(keep, text[0]))
        snprintf(piece, 8,
                 code == '\n'   ? "\\n"
                 : code == '\t' ? "\\t"
                 : code == '\r' ? "\\r"
                                : "\\u%04X",
                 code);
    else if (n == 0)
        snprintf(piece, 8, "\\x%02X", (unsigned char)text[0]);
    else
        snprintf(piece, 8, "%.*s", (int)n, text);
    return n ? n : 1;
}

void rc_utf8_visible(const char *text, const char *keep, size_t room, char *out)
{
    char piece[8];
    size_t size = strlen(text), used = 0;
    for (size_t at = 0; at < size;) {
        at += show_piece(text + at, size - at, keep, piece);
        size_t n = strlen(piece);
        if (used + n >= room) break;
        memcpy(out + used, piece, n);
        used += n;
    }
    out[used] = '\0';
}
