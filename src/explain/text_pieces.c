/* A text as the model reads it, piece by piece, with what each counts. A token of bytes may end inside a
 * letter: the next then goes on with it. */
#include <math.h>

#include "base/utf8.h"
#include "explain/explain_parts.h"

enum { MAX_TOKENS = 128 };

/* Bytes that do not end with a letter yet, and what the one of their tokens counts that counts most. */
typedef struct held {
    rc_string bytes;
    double gradient;
} held;

static bool is_inside_letter(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* The letter of which some bytes are missing becomes U+FFFD, the sign for that. */
static rc_status mend(const rc_string *from, rc_string *out)
{
    char sign[4];
    size_t length = rc_utf8_put(0xFFFD, sign);
    for (size_t at = 0; at < from->length;) {
        size_t whole = rc_utf8_span(from->data + at, from->length - at);
        if (whole) RC_TRY(rc_string_add(out, from->data + at, whole));
        at += whole;
        if (at == from->length) break;
        RC_TRY(rc_string_add(out, sign, length));
        do
            at++;
        while (at < from->length && is_inside_letter(from->data[at]));
    }
    return RC_OK;
}

static rc_status emit(held *h, rc_json *list)
{
    rc_string text = {0};
    rc_json *piece = rc_json_append(list, rc_json_object());
    rc_status status = mend(&h->bytes, &text);
    if (status == RC_OK) rc_json_set_string(piece, "text", text.data ? text.data : "");
    rc_json_set_number(piece, "gradient", h->gradient);
    rc_string_free(&text);
    rc_string_free(&h->bytes);
    *h = (held){0};
    return status;
}

/* What is held waits in vain where the token does not go on with it, as none does behind a text that was cut.
 */
static rc_status add_token(held *h, const rc_string *bytes, double gradient, rc_json *list)
{
    if (h->bytes.length && bytes->length && !is_inside_letter(bytes->data[0])) RC_TRY(emit(h, list));
    h->gradient = fmax(h->gradient, gradient);
    if (bytes->length) RC_TRY(rc_string_add(&h->bytes, bytes->data, bytes->length));
    bool ends = !h->bytes.length || rc_utf8_span(h->bytes.data, h->bytes.length) == h->bytes.length;
    return ends ? emit(h, list) : RC_OK;
}

rc_status rc__text_pieces(const rc_tokenizer *z, const int32_t *id, const float *gradient, int64_t n,
                          rc_json *list)
{
    held h = {0};
    rc_status status = RC_OK;
    for (int64_t t = 0; t < n && t < MAX_TOKENS && status == RC_OK; t++) {
        rc_string bytes = {0};
        status = rc_tokenizer_piece(z, id[t], &bytes);
        if (status == RC_OK) status = add_token(&h, &bytes, (double)gradient[t], list);
        rc_string_free(&bytes);
    }
    if (status == RC_OK && h.bytes.length) status = emit(&h, list);
    rc_string_free(&h.bytes);
    return status;
}
