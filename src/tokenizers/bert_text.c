#include "tokenizers/bert_text.h"

#include "tokenizers/unicode.h"

static rc_status clean(rc__codes *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        if (!rc__is_removed(c->data[i])) c->data[n++] = rc__is_space(c->data[i]) ? ' ' : c->data[i];
    c->n = n;
    return RC_OK;
}

static void strip_marks(rc__codes *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        if (!rc__is_mark(c->data[i])) c->data[n++] = c->data[i];
    c->n = n;
}

static rc_status read_codes(const rc__bert_text *o, const char *text, size_t size, rc__codes *c)
{
    for (size_t at = 0; at < size;)
        RC_TRY(rc__codes_add(c, rc__utf8_next(text, size, &at)));
    if (o->clean) RC_TRY(clean(c));
    if (!o->ideographs) return RC_OK;
    size_t extra = 0;
    for (size_t i = 0; i < c->n; i++)
        extra += rc__is_ideograph(c->data[i]);
    if (extra == 0) return RC_OK;
    rc__codes spaced = {0};
    rc_status status = RC_OK;
    for (size_t i = 0; i < c->n && status == RC_OK; i++) {
        bool alone = rc__is_ideograph(c->data[i]);
        if (alone) status = rc__codes_add(&spaced, ' ');
        if (status == RC_OK) status = rc__codes_add(&spaced, c->data[i]);
        if (alone && status == RC_OK) status = rc__codes_add(&spaced, ' ');
    }
    rc__codes_free(c);
    *c = spaced;
    return status;
}

static rc_status write_codes(const rc__bert_text *o, const rc__codes *c, rc_string *out)
{
    for (size_t i = 0; i < c->n; i++) {
        int32_t small[2] = {c->data[i]};
        int n = o->lower ? rc__lower(c->data[i], small) : 1;
        for (int k = 0; k < n; k++)
            RC_TRY(rc__utf8_add(out, small[k]));
    }
    return RC_OK;
}

rc_status rc__bert_normalise(const rc__bert_text *o, const char *text, size_t size, rc_string *out)
{
    rc__codes c = {0};
    rc_status status = read_codes(o, text, size, &c);
    if (status == RC_OK && o->strip_accents) {
        status = rc__decompose(&c);
        if (status == RC_OK) strip_marks(&c);
    }
    if (status == RC_OK) status = write_codes(o, &c, out);
    rc__codes_free(&c);
    return status;
}

bool rc__bert_next_word(const char *text, size_t size, size_t *at, size_t *begin, size_t *end)
{
    bool inside = false;
    while (*at < size) {
        size_t here = *at;
        int32_t c = rc__utf8_next(text, size, at);
        bool mark = rc__is_punctuation(c);
        if (!inside && !rc__is_space(c)) {
            inside = true;
            *begin = here;
            if (!mark) continue;
        } else if (!inside) {
            continue;
        } else if (mark || rc__is_space(c)) {
            *at = here; /* the word ends before this */
        } else {
            continue;
        }
        *end = *at;
        return true;
    }
    *end = size;
    return inside;
}
