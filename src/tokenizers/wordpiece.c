#include "tokenizers/wordpiece.h"

#include <string.h>

static int64_t count_codes(const char *text, size_t size)
{
    int64_t n = 0;
    for (size_t i = 0; i < size; i++)
        n += ((unsigned char)text[i] & 0xC0) != 0x80;
    return n;
}

rc_status rc__wordpiece_split(const rc__wordpiece *w, const rc__vocabulary *v, const char *word, size_t size,
                              rc__codes *out)
{
    size_t first = out->n, taken = 0;
    if (count_codes(word, size) > w->longest_word) return rc__codes_add(out, w->unknown);
    for (size_t at = 0; at < size; at += taken) {
        size_t prefix = at > 0 ? strlen(w->prefix) : 0;
        int32_t id = rc__vocabulary_longest(v, w->prefix, prefix, word + at, size - at, &taken);
        if (id < 0) { /* one unknown piece makes the whole word unknown */
            out->n = first;
            return rc__codes_add(out, w->unknown);
        }
        RC_TRY(rc__codes_add(out, id));
    }
    return RC_OK;
}
