#include "tokenizers/byte_bpe.h"

#include <string.h>

#include "base/memory.h"

/* ---- bytes as printable characters ---- */

static bool is_printable(int byte)
{
    return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || (byte >= 0xAE && byte <= 0xFF);
}

/* Printable Latin-1 bytes stand for themselves, the others follow from U+0100 in order. */
static int32_t character_of(int byte)
{
    if (is_printable(byte)) return byte;
    int32_t c = 0x100;
    for (int i = 0; i < byte; i++)
        c += !is_printable(i);
    return c;
}

rc_status rc__byte_bpe_bytes(const char *token, size_t size, rc_string *out)
{
    for (size_t at = 0; at < size;) {
        int32_t c = rc__utf8_next(token, size, &at);
        for (int byte = 0; byte < 256; byte++) {
            if (character_of(byte) != c) continue;
            char one = (char)byte;
            RC_TRY(rc_string_add(out, &one, 1));
        }
    }
    return RC_OK;
}

/* ---- merges ---- */

static uint64_t pair_of(int32_t left, int32_t right)
{
    return (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
}

static size_t slot_of(const rc__byte_bpe *b, uint64_t pair)
{
    size_t s = (size_t)((pair * 0x9e3779b97f4a7c15u) >> 20) & (b->n_slots - 1);
    while (b->merge[s].rank >= 0 && b->merge[s].pair != pair)
        s = (s + 1) & (b->n_slots - 1);
    return s;
}

rc_status rc__byte_bpe_start(rc__byte_bpe *b, const rc__vocabulary *v, size_t n_merges)
{
    size_t slots = 16;
    while (slots < 2 * n_merges)
        slots *= 2;
    RC_TRY(RC_NEW(&b->merge, slots));
    b->n_slots = slots;
    for (size_t i = 0; i < slots; i++)
        b->merge[i].rank = -1;
    for (int byte = 0; byte < 256; byte++) {
        rc_string c = {0};
        rc_status status = rc__utf8_add(&c, character_of(byte));
        b->byte_id[byte] = status == RC_OK ? rc__vocabulary_find(v, c.data, c.length) : -1;
        rc_string_free(&c);
        RC_TRY(status);
    }
    return RC_OK;
}

void rc__byte_bpe_free(rc__byte_bpe *b)
{
    rc_free(b->merge);
    *b = (rc__byte_bpe){0};
}

rc_status rc__byte_bpe_add_merge(rc__byte_bpe *b, const rc__vocabulary *v, const char *left, size_t left_size,
                                 const char *right, size_t right_size, int32_t rank)
{
    int32_t l = rc__vocabulary_find(v, left, left_size), r = rc__vocabulary_find(v, right, right_size);
    rc_string both = {0};
    rc_status status = rc_string_add(&both, left, left_size);
    if (status == RC_OK) status = rc_string_add(&both, right, right_size);
    int32_t id = status == RC_OK ? rc__vocabulary_find(v, both.data, both.length) : -1;
    rc_string_free(&both);
    RC_TRY(status);
    RC_CHECK(
        l >= 0 && r >= 0 && id >= 0, RC_FORMAT,
        "merge %d, \"%.*s %.*s\", is of tokens that the vocabulary lacks; the files do not belong together",
        rank + 1, (int)(left_size < 40 ? left_size : 40), left, (int)(right_size < 40 ? right_size : 40),
        right);
    rc__merge *m = &b->merge[slot_of(b, pair_of(l, r))];
    *m = (rc__merge){.pair = pair_of(l, r), .rank = rank, .id = id};
    return RC_OK;
}

/* ---- one word ---- */

/* The word as a list of symbols; a symbol that was merged into its left neighbour has id -1. */
typedef struct symbol {
    int32_t id, previous, next;
} symbol;
/* A merge that may be done at `at`, ordered by rank and then by place. */
typedef struct chance {
    int32_t rank, at, left, right, id;
} chance;
typedef struct heap {
    chance *item;
    size_t n;
} heap;

static bool sooner(const chance *a, const chance *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

static void swap(chance *a, chance *b)
{
    chance t = *a;
    *a = *b;
    *b = t;
}

static void push(heap *h, chance c)
{
    size_t i = h->n++;
    h->item[i] = c;
    for (; i > 0 && sooner(&h->item[i], &h->item[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&h->item[i], &h->item[(i - 1) / 2]);
}

static chance pop(heap *h)
{
    chance top = h->item[0];
    h->item[0] = h->item[--h->n];
    for (size_t i = 0;;) {
        size_t min = i, left = 2 * i + 1;
        for (size_t k = left; k < left + 2 && k < h->n; k++)
            if (sooner(&h->item[k], &h->item[min])) min = k;
        if (min == i) return top;
        swap(&h->item[i], &h->item[min]);
        i = min;
    }
}

static void consider(const rc__byte_bpe *b, heap *h, const symbol *s, int32_t at)
{
    if (at < 0 || s[at].next < 0) return;
    int32_t left = s[at].id, right = s[s[at].next].id;
    const rc__merge *m = &b->merge[slot_of(b, pair_of(left, right))];
    if (m->rank >= 0) push(h, (chance){.rank = m->rank, .at = at, .left = left, .right = right, .id = m->id});
}

/* Every merge adds at most two chances, so the heap never holds more than 3 n. */
static void merge_all(const rc__byte_bpe *b, symbol *s, int32_t n, heap *h)
{
    for (int32_t i = 0; i + 1 < n; i++)
        consider(b, h, s, i);
    while (h->n > 0) {
        chance c = pop(h);
        int32_t right = s[c.at].next;
        if (s[c.at].id != c.left || right < 0 || s[right].id != c.right) continue; /* out of date */
        s[c.at].id = c.id;
        s[c.at].next = s[right].next;
        s[right].id = -1;
        if (s[c.at].next >= 0) s[s[c.at].next].previous = c.at;
        consider(b, h, s, s[c.at].previous);
        consider(b, h, s, c.at);
    }
}

static rc_status find_whole(const rc__vocabulary *v, const char *word, size_t size, int32_t *id)
{
    rc_string text = {0};
    rc_status status = RC_OK;
    for (size_t i = 0; i < size && status == RC_OK; i++)
        status = rc__utf8_add(&text, character_of((unsigned char)word[i]));
    *id = status == RC_OK ? rc__vocabulary_find(v, text.data, text.length) : -1;
    rc_string_free(&text);
    return status;
}

enum { SHORT = 64 };

rc_status rc__byte_bpe_split(const rc__byte_bpe *b, const rc__vocabulary *v, const char *word, size_t size,
                             rc__codes *out)
{
    symbol few[SHORT], *s = few;
    chance few_chances[3 * SHORT];
    heap h = {.item = few_chances};
    int32_t n = 0, whole = -1;
    if (b->whole_words) RC_TRY(find_whole(v, word, size, &whole));
    if (whole >= 0) return rc__codes_add(out, whole);
    rc_status status = RC_OK;
    if (size > SHORT) {
        RC_TRY(RC_NEW_RAW(&s, size));
        h.item = NULL;
        status = RC_NEW_RAW(&h.item, 3 * size);
    }
    for (size_t i = 0; i < size && status == RC_OK; i++) {
        int32_t id = b->byte_id[(unsigned char)word[i]];
        if (id < 0) id = b->unknown;
        if (id < 0) continue;
        s[n] = (symbol){.id = id, .previous = n - 1, .next = n + 1};
        n++;
    }
    if (n > 0 && status == RC_OK) {
        s[n - 1].next = -1;
        merge_all(b, s, n, &h);
    }
    for (int32_t i = 0; i < n && status == RC_OK; i++)
        if (s[i].id >= 0) status = rc__codes_add(out, s[i].id);
    if (s != few) {
        rc_free(s);
        rc_free(h.item);
    }
    return status;
}
