#include "tokenizers/vocabulary.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"

typedef struct rc__token {
    size_t at;
    uint32_t size, hash;
    int32_t id;
} rc__token;

/* FNV-1a, which can go on from the hash of a beginning. */
enum { FNV_START = 0x811c9dc5 };

static uint32_t hash_on(uint32_t hash, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x01000193u;
    return hash;
}

void rc__vocabulary_start(rc__vocabulary *v)
{
    *v = (rc__vocabulary){.largest = -1};
}

void rc__vocabulary_free(rc__vocabulary *v)
{
    rc_free(v->token);
    rc_free(v->bytes);
    rc_free(v->slot);
    rc__vocabulary_start(v);
}

/* Is token k the text head + tail? */
static bool is_text(const rc__vocabulary *v, const rc__token *k, const char *head, size_t head_size,
                    const char *tail, size_t tail_size)
{
    return k->size == head_size + tail_size && memcmp(v->bytes + k->at, head, head_size) == 0 &&
           memcmp(v->bytes + k->at + head_size, tail, tail_size) == 0;
}

static rc__token *look_up(const rc__vocabulary *v, uint32_t hash, const char *head, size_t head_size,
                          const char *tail, size_t tail_size)
{
    if (v->n_slots == 0) return NULL;
    for (size_t s = hash & (v->n_slots - 1); v->slot[s]; s = (s + 1) & (v->n_slots - 1)) {
        rc__token *k = &v->token[v->slot[s] - 1];
        if (k->hash == hash && is_text(v, k, head, head_size, tail, tail_size)) return k;
    }
    return NULL;
}

static void put_in_slot(rc__vocabulary *v, size_t index)
{
    size_t s = v->token[index].hash & (v->n_slots - 1);
    while (v->slot[s])
        s = (s + 1) & (v->n_slots - 1);
    v->slot[s] = (uint32_t)index + 1;
}

static rc_status make_room(rc__vocabulary *v, size_t size)
{
    if (v->n == v->capacity) {
        size_t more = v->capacity ? 2 * v->capacity : 1024;
        RC_TRY(rc_realloc(v->capacity * sizeof *v->token, more * sizeof *v->token, (void **)&v->token));
        v->capacity = more;
        rc_free(v->slot);
        v->slot = NULL;
        v->n_slots = 0;
        RC_TRY(RC_NEW(&v->slot, 2 * more));
        v->n_slots = 2 * more;
        for (size_t i = 0; i < v->n; i++)
            put_in_slot(v, i);
    }
    if (!v->bytes || v->n_bytes + size > v->room) {
        size_t more = v->room ? v->room : 16384;
        while (more < v->n_bytes + size)
            more *= 2;
        RC_TRY(rc_realloc(v->n_bytes, more, (void **)&v->bytes));
        v->room = more;
    }
    return RC_OK;
}

rc_status rc__vocabulary_add(rc__vocabulary *v, const char *text, size_t size, int64_t id)
{
    RC_CHECK(id >= 0 && id < RC__MAX_TOKENS, RC_FORMAT, "token \"%.40s\" has id %lld; ids go from 0 to %d",
             text, (long long)id, RC__MAX_TOKENS - 1);
    RC_CHECK(size <= RC__LONGEST_TOKEN, RC_FORMAT, "token \"%.40s...\" is %zu bytes long; the limit is %d",
             text, size, RC__LONGEST_TOKEN);
    if (id > v->largest) v->largest = (int32_t)id;
    uint32_t hash = hash_on(FNV_START, text, size);
    rc__token *known = look_up(v, hash, text, size, "", 0);
    if (known) {
        known->id = (int32_t)id;
        return RC_OK;
    }
    RC_TRY(make_room(v, size));
    memcpy(v->bytes + v->n_bytes, text, size);
    v->token[v->n] = (rc__token){.at = v->n_bytes, .size = (uint32_t)size, .hash = hash, .id = (int32_t)id};
    v->n_bytes += size;
    put_in_slot(v, v->n++);
    if (size > v->longest) v->longest = size;
    return RC_OK;
}

const char *rc__vocabulary_text(const rc__vocabulary *v, int32_t id, size_t *size)
{
    for (size_t i = 0; i < v->n; i++) {
        const rc__token *k = &v->token[i];
        if (k->id != id) continue;
        *size = k->size;
        return v->bytes + k->at;
    }
    return NULL;
}

int32_t rc__vocabulary_find(const rc__vocabulary *v, const char *text, size_t size)
{
    const rc__token *k = look_up(v, hash_on(FNV_START, text, size), text, size, "", 0);
    return k ? k->id : -1;
}

int32_t rc__vocabulary_longest(const rc__vocabulary *v, const char *prefix, size_t prefix_size,
                               const char *text, size_t size, size_t *taken)
{
    uint32_t hash = hash_on(FNV_START, prefix, prefix_size);
    const rc__token *best = NULL;
    size_t max = v->longest > prefix_size ? v->longest - prefix_size : 0;
    for (size_t n = 1; n <= size && n <= max; n++) {
        hash = hash_on(hash, text + n - 1, 1);
        if (n < size && ((unsigned char)text[n] & 0xC0) == 0x80) continue;
        const rc__token *k = look_up(v, hash, prefix, prefix_size, text, n);
        if (!k) continue;
        best = k;
        *taken = n;
    }
    return best ? best->id : -1;
}
