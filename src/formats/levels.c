#include "formats/levels.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { MAX_LEVELS = 1 << 30 };

/* FNV-1a. */
static uint64_t hash_of(const char *bytes, size_t n)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)bytes[i]) * 1099511628211u;
    return h ^ h >> 29;
}

static size_t place_of(const rc_levels *l, const char *bytes, size_t n)
{
    size_t at = hash_of(bytes, n) & (l->slots - 1);
    for (; l->slot[at]; at = (at + 1) & (l->slots - 1)) {
        const char *text = rc_texts_get(&l->text, l->slot[at] - 1);
        if (strncmp(text, bytes, n) == 0 && text[n] == '\0') break;
    }
    return at;
}

static rc_status widen(rc_levels *l)
{
    int32_t *old = l->slot;
    size_t slots = l->slots ? 2 * l->slots : 64;
    RC_TRY(RC_NEW(&l->slot, slots));
    l->slots = slots;
    for (int64_t i = 0; i < l->text.n; i++) {
        const char *text = rc_texts_get(&l->text, i);
        l->slot[place_of(l, text, strlen(text))] = (int32_t)i + 1;
    }
    rc_free(old);
    return RC_OK;
}

rc_status rc_levels_add(rc_levels *l, const char *bytes, size_t n, int32_t *number)
{
    /* A zero byte ends a text. */
    n = strnlen(bytes, n);
    if (2 * (size_t)l->text.n >= l->slots) RC_TRY(widen(l));
    size_t at = place_of(l, bytes, n);
    if (!l->slot[at]) {
        RC_CHECK(l->text.n < MAX_LEVELS, RC_DATA, "a column of over %d different texts", MAX_LEVELS);
        RC_TRY(rc_texts_add(&l->text, bytes, n));
        l->slot[at] = (int32_t)l->text.n;
    }
    *number = l->slot[at] - 1;
    return RC_OK;
}

int32_t rc_levels_find(const rc_levels *l, const char *bytes, size_t n)
{
    return l->slots ? l->slot[place_of(l, bytes, strnlen(bytes, n))] - 1 : -1;
}

/* ---- order ---- */

typedef struct ranked {
    const char *text;
    double number;
    bool is_number;
    int32_t at;
} ranked;

static int by_text(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->is_number != y->is_number) return x->is_number ? -1 : 1;
    if (x->is_number && x->number != y->number) return x->number < y->number ? -1 : 1;
    return strcmp(x->text, y->text);
}

rc_status rc_levels_sort(const rc_levels *l, int32_t **order)
{
    ranked *r;
    *order = NULL;
    RC_TRY(RC_NEW(&r, l->text.n));
    rc_status status = RC_NEW(order, l->text.n);
    for (int64_t i = 0; i < l->text.n && status == RC_OK; i++) {
        r[i] = (ranked){.text = rc_texts_get(&l->text, i), .at = (int32_t)i};
        r[i].is_number = rc_text_to_f64(r[i].text, &r[i].number);
    }
    if (status == RC_OK) {
        qsort(r, (size_t)l->text.n, sizeof *r, by_text);
        for (int64_t i = 0; i < l->text.n; i++)
            (*order)[i] = r[i].at;
    }
    rc_free(r);
    return status;
}

void rc_levels_free(rc_levels *l)
{
    rc_texts_free(&l->text);
    rc_free(l->slot);
    *l = (rc_levels){0};
}
