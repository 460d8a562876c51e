#include "tokenizers/unicode.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "base/memory.h"

rc_status rc__codes_add(rc__codes *c, int32_t code)
{
    if (c->n == c->capacity) {
        size_t more = c->capacity ? 2 * c->capacity : 64;
        RC_TRY(rc_realloc(c->capacity * sizeof *c->data, more * sizeof *c->data, (void **)&c->data));
        c->capacity = more;
    }
    c->data[c->n++] = code;
    return RC_OK;
}

void rc__codes_free(rc__codes *c)
{
    rc_free(c->data);
    *c = (rc__codes){0};
}

/* ---- UTF-8 ---- */

static const utf8proc_uint8_t *octets(const char *text)
{
    return (const utf8proc_uint8_t *)text;
}

int32_t rc__utf8_next(const char *text, size_t size, size_t *at)
{
    unsigned char c = (unsigned char)text[*at];
    if (c < 128) {
        (*at)++;
        return c;
    }
    utf8proc_int32_t code;
    utf8proc_ssize_t n = utf8proc_iterate(octets(text) + *at, (utf8proc_ssize_t)(size - *at), &code);
    *at += n > 0 ? (size_t)n : 1;
    return code;
}

int32_t rc__utf8_before(const char *text, size_t at)
{
    size_t from = at - 1;
    while (from > 0 && ((unsigned char)text[from] & 0xC0) == 0x80)
        from--;
    return rc__utf8_next(text, at, &from);
}

rc_status rc__utf8_add(rc_string *s, int32_t code)
{
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t n = utf8proc_encode_char(code, bytes);
    return rc_string_add(s, (const char *)bytes, (size_t)n);
}

/* ---- classes ---- */

static bool within(const rc__code_range *range, int n, int32_t c)
{
    int low = 0, high = n;
    while (low < high) {
        int middle = (low + high) / 2;
        if (range[middle].last < c)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && range[low].first <= c;
}

bool rc__is_space(int32_t c)
{
    if (c < 128) return c == ' ' || (c >= 9 && c <= 13);
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool rc__is_removed(int32_t c)
{
    if (c < 128) return (c < 32 && c != '\t' && c != '\n' && c != '\r') || c == 127;
    return within(rc__removed_range, rc__removed_range_count, c);
}

bool rc__is_punctuation(int32_t c)
{
    if (c < 128)
        return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
               (c >= '{' && c <= '~');
    return within(rc__punctuation_range, rc__punctuation_range_count, c);
}

bool rc__is_mark(int32_t c)
{
    return c >= 128 && within(rc__mark_range, rc__mark_range_count, c);
}

bool rc__is_letter(int32_t c)
{
    if (c < 128) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return within(rc__letter_range, rc__letter_range_count, c);
}

bool rc__is_number(int32_t c)
{
    if (c < 128) return c >= '0' && c <= '9';
    return within(rc__number_range, rc__number_range_count, c);
}

/* The blocks that BERT's own code lists; the sixth begins where the reference has it begin. */
bool rc__is_ideograph(int32_t c)
{
    static const rc__code_range block[] = {{0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xF900, 0xFAFF},
                                           {0x20000, 0x2A6DF}, {0x2A700, 0x2B73F}, {0x2B740, 0x2B81F},
                                           {0x2B920, 0x2CEAF}, {0x2F800, 0x2FA1F}};
    return c >= 0x3400 && within(block, sizeof block / sizeof *block, c);
}

int rc__lower(int32_t c, int32_t out[2])
{
    out[0] = c;
    if (c < 128) {
        if (c >= 'A' && c <= 'Z') out[0] = c + 32;
        return 1;
    }
    if (c == 0x130) { /* the one letter whose small form is two: i and a dot above */
        out[0] = 'i';
        out[1] = 0x307;
        return 2;
    }
    int low = 0, high = rc__lower_run_count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (rc__lower_run[middle].last < c)
            low = middle + 1;
        else
            high = middle;
    }
    const rc__case_run *run = &rc__lower_run[low];
    if (low < rc__lower_run_count && run->first <= c && (c - run->first) % run->step == 0)
        out[0] = c + run->distance;
    return 1;
}

/* ---- canonical decomposition ---- */

/* A combining mark on its way to canonical order: by class, and in equal classes as it stood. */
typedef struct placed {
    int32_t class, at, code;
} placed;

static int by_class(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->class != y->class) return x->class < y->class ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static int32_t combining_class(int32_t c)
{
    return utf8proc_get_property(c)->combining_class;
}

/* Not utf8proc_decompose: its ordering of a long row of marks takes quadratic time. */
static rc_status order_marks(int32_t *code, size_t n)
{
    placed few[32], *many = few;
    if (n > sizeof few / sizeof *few) RC_TRY(RC_NEW_RAW(&many, n));
    for (size_t i = 0; i < n; i++)
        many[i] = (placed){combining_class(code[i]), (int32_t)i, code[i]};
    qsort(many, n, sizeof *many, by_class);
    for (size_t i = 0; i < n; i++)
        code[i] = many[i].code;
    if (many != few) rc_free(many);
    return RC_OK;
}

static rc_status decompose(const rc__codes *from, rc__codes *to)
{
    for (size_t i = 0; i < from->n; i++) {
        utf8proc_int32_t part[32];
        int boundary = 0;
        utf8proc_ssize_t n = from->data[i] < 0xC0 ? -1
                                                  : utf8proc_decompose_char(from->data[i], part, 32,
                                                                            UTF8PROC_DECOMPOSE, &boundary);
        if (n < 1 || n > 32) {
            RC_TRY(rc__codes_add(to, from->data[i]));
            continue;
        }
        for (utf8proc_ssize_t k = 0; k < n; k++)
            RC_TRY(rc__codes_add(to, part[k]));
    }
    return RC_OK;
}

rc_status rc__decompose(rc__codes *c)
{
    rc__codes to = {0};
    rc_status status = decompose(c, &to);
    for (size_t i = 0; i < to.n && status == RC_OK;) {
        size_t end = i;
        while (end < to.n && to.data[end] >= 0x300 && combining_class(to.data[end]) > 0)
            end++;
        if (end > i + 1) status = order_marks(to.data + i, end - i);
        i = end > i ? end : i + 1;
    }
    rc__codes_free(c);
    *c = to;
    return status;
}
