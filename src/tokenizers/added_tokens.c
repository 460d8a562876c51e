#include "tokenizers/added_tokens.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tokenizers/unicode.h"

rc_status rc__added_add(rc__added *a, const char *text, size_t size, rc__added_token flags)
{
    RC_CHECK(a->n < RC__MAX_ADDED, RC_UNSUPPORTED, "more than %d added tokens", RC__MAX_ADDED);
    if (a->n == a->capacity) {
        int more = a->capacity ? 2 * a->capacity : 8;
        RC_TRY(rc_realloc((size_t)a->capacity * sizeof *a->token, (size_t)more * sizeof *a->token,
                          (void **)&a->token));
        a->capacity = more;
    }
    char *copy;
    RC_TRY(RC_NEW(&copy, size + 1));
    memcpy(copy, text, size);
    flags.text = copy;
    flags.size = size;
    a->token[a->n++] = flags;
    a->starts[flags.normalized][(unsigned char)text[0]] = true;
    return RC_OK;
}

static int longest_first(const void *a, const void *b)
{
    const rc__added_token *x = a, *y = b;
    if (x->size != y->size) return x->size > y->size ? -1 : 1;
    return strcmp(x->text, y->text);
}

void rc__added_sort(rc__added *a)
{
    if (a->n > 0) qsort(a->token, (size_t)a->n, sizeof *a->token, longest_first);
}

void rc__added_free(rc__added *a)
{
    for (int i = 0; i < a->n; i++)
        rc_free(a->token[i].text);
    rc_free(a->token);
    *a = (rc__added){0};
}

static bool is_word(int32_t c)
{
    return rc__is_letter(c) || rc__is_number(c) || rc__is_mark(c) || c == '_';
}

static const rc__added_token *match(const rc__added *a, bool normalized, const char *text, size_t size)
{
    for (int i = 0; i < a->n; i++) {
        const rc__added_token *k = &a->token[i];
        if (k->normalized == normalized && k->size <= size && memcmp(k->text, text, k->size) == 0) return k;
    }
    return NULL;
}

static bool stands_alone(const char *text, size_t size, size_t begin, size_t end)
{
    if (begin > 0 && is_word(rc__utf8_before(text, begin))) return false;
    return end >= size || !is_word(rc__utf8_next(text, size, &end));
}

const rc__added_token *rc__added_next(const rc__added *a, bool normalized, const char *text, size_t size,
                                      size_t from, size_t *begin, size_t *end)
{
    for (size_t at = from; at < size; at++) {
        if (!a->starts[normalized][(unsigned char)text[at]]) continue;
        const rc__added_token *k = match(a, normalized, text + at, size - at);
        if (!k) continue;
        *begin = at;
        *end = at + k->size;
        if (k->single_word && !stands_alone(text, size, *begin, *end)) {
            at += k->size - 1;
            continue;
        }
        while (k->lstrip && *begin > from) {
            int32_t c = rc__utf8_before(text, *begin);
            if (!rc__is_space(c)) break;
            *begin -= c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
        }
        for (size_t next = *end; k->rstrip && next < size; *end = next)
            if (!rc__is_space(rc__utf8_next(text, size, &next))) break;
        return k;
    }
    return NULL;
}
