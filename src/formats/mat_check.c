#include "formats/mat_check.h"

#include <string.h>
#include <zlib.h>

#include "base/ascii.h"
#include "base/memory.h"

enum { HEADER = 128, DEEPEST = 32, MAX_DIMS = 64, KEPT = 64 << 20, PIECE = 1 << 16 };
enum { TYPE_INT8 = 1, TYPE_INT32 = 5, TYPE_UINT32 = 6, TYPE_MATRIX = 14, TYPE_COMPRESSED = 15 };
enum {
    CLASS_CELL = 1,
    CLASS_STRUCT,
    CLASS_OBJECT,
    CLASS_CHAR,
    CLASS_SPARSE,
    CLASS_DOUBLE,
    CLASS_UINT64 = 15,
    CLASS_FUNCTION,
    CLASS_OPAQUE
};

typedef struct walker {
    const char *path;
    bool big;
} walker;

/* A range of bytes; `more` when what follows it exists but was not kept. */
typedef struct span {
    const unsigned char *at, *end;
    bool more;
} span;

typedef struct element {
    uint32_t type, length;
    span data;
} element;

static uint32_t word(const walker *w, const unsigned char *at)
{
    return w->big ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]
                  : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static size_t value_size(uint32_t type)
{
    static const unsigned char size[] = {0, 1, 1, 2, 2, 4, 4, 4, 0, 8, 0, 0, 8, 8, 0, 0, 1, 2, 4};
    return type < sizeof size ? size[type] : 0;
}

static bool take(const walker *w, span *s, element *e)
{
    size_t left = (size_t)(s->end - s->at);
    if (left < 8) return false;
    uint32_t first = word(w, s->at);
    bool small = first >> 16 != 0; /* up to four bytes, within the tag */
    e->type = small ? first & 0xffff : first;
    e->length = small ? first >> 16 : word(w, s->at + 4);
    const unsigned char *data = s->at + (small ? 4 : 8);
    size_t padded = small ? 4 : ((size_t)e->length + 7) / 8 * 8, there = (size_t)(s->end - data);
    if (small && e->length > 4) return false;
    bool cut = padded > there;
    /* The last element of a kept beginning may go on; the last of a whole may lack its padding. */
    if (e->length > there && !s->more) return false;
    e->data = (span){data, cut && e->length > there ? s->end : data + e->length, e->length > there};
    s->at = cut ? s->end : data + padded;
    return true;
}

static bool walk_matrix(const walker *w, span s, int depth);

static bool walk_children(const walker *w, span *s, uint64_t count, int depth)
{
    element e;
    if (s->more || count > (uint64_t)(s->end - s->at) / 8) return false;
    for (uint64_t i = 0; i < count; i++) {
        if (!take(w, s, &e) || e.type != TYPE_MATRIX) return false;
        if (e.length > 0 && !walk_matrix(w, e.data, depth + 1)) return false;
    }
    return true;
}

static bool walk_fields(const walker *w, span *s, uint64_t count, bool object, int depth)
{
    element e, names;
    uint64_t fields;
    if (object && !take(w, s, &e)) return false;
    if (!take(w, s, &e) || e.length != 4 || e.data.more) return false;
    uint32_t longest = word(w, e.data.at);
    if (!take(w, s, &names) || longest == 0 || longest > 4096) return false;
    return !__builtin_mul_overflow((uint64_t)(names.length / longest), count, &fields) &&
           walk_children(w, s, fields, depth);
}

static bool walk_values(const walker *w, span *s, uint64_t count, bool complex, bool text)
{
    element e;
    for (int part = 0; part < (complex ? 2 : 1); part++) {
        if (count == 0 && s->at == s->end) return true;
        if (!take(w, s, &e) || value_size(e.type) == 0) return false;
        uint64_t there = e.length / value_size(e.type);
        /* UTF-8 has a varying number of bytes. */
        if (text && e.type == 16 ? e.length < count : there != count) return false;
    }
    return true;
}

/* An object of its own kind (a string, a table) has its name where others have dimensions, and matio takes
 * what is in the name for the tag of one: letters are no tag that it believes. It is listed, never read. */
static bool is_object(const walker *w, span *s, const element *name)
{
    element system;
    if (name->type != TYPE_INT8 || name->data.more || name->length > 63) return false;
    for (const unsigned char *c = name->data.at; c < name->data.end; c++)
        if (!rc_ascii_is_word(*c) && *c != '_') return false;
    return take(w, s, &system) && system.type == TYPE_INT8;
}

static bool walk_matrix(const walker *w, span s, int depth)
{
    element flags, dims, name;
    uint64_t count = 1;
    /* The types are checked, here and below, because matio takes an element of another for what follows it.
     */
    if (depth > DEEPEST || !take(w, &s, &flags) || flags.type != TYPE_UINT32) return false;
    if (flags.length != 8 || flags.data.more) return false;
    uint32_t word0 = word(w, flags.data.at), kind = word0 & 0xff;
    if (!take(w, &s, &dims)) return false;
    if (kind == CLASS_OPAQUE) return depth == 0 && is_object(w, &s, &dims);
    if (dims.type != TYPE_INT32 || dims.data.more || dims.length % 4 || dims.length > 4 * MAX_DIMS)
        return false;
    for (uint32_t d = 0; d < dims.length / 4; d++)
        if (__builtin_mul_overflow(count, (uint64_t)word(w, dims.data.at + 4 * (size_t)d), &count))
            return false;
    if (!take(w, &s, &name) || name.type != TYPE_INT8 || name.data.more) return false;
    switch (kind) {
    case CLASS_CELL:
    case CLASS_FUNCTION: /* never read, but listed, its parts with it */
        return walk_children(w, &s, count, depth);
    case CLASS_STRUCT:
    case CLASS_OBJECT:
        return walk_fields(w, &s, count, kind == CLASS_OBJECT, depth);
    case CLASS_SPARSE:
        return depth == 0; /* refused by itself; among cells matio would read it */
    default:
        return kind >= CLASS_CHAR && kind <= CLASS_UINT64 &&
               walk_values(w, &s, count, word0 & 0x800, kind == CLASS_CHAR);
    }
}

/* ---- compressed elements ---- */

/* The first KEPT bytes stay in *kept; the stream is followed to its end. */
static rc_status unpack(z_stream *z, unsigned char **kept, size_t *used, size_t *total)
{
    unsigned char piece[PIECE];
    size_t capacity = 0;
    int result = Z_OK;
    while (result == Z_OK) {
        z->next_out = piece;
        z->avail_out = sizeof piece;
        result = inflate(z, Z_NO_FLUSH);
        size_t n = sizeof piece - z->avail_out, keep = KEPT - *used < n ? KEPT - *used : n;
        if (*used + keep > capacity) {
            size_t wanted = capacity ? 2 * capacity : 4 * PIECE;
            RC_TRY(rc_realloc(capacity, wanted, (void **)kept));
            capacity = wanted;
        }
        if (keep) memcpy(*kept + *used, piece, keep);
        *used += keep;
        *total += n;
        if (result == Z_BUF_ERROR) break;
    }
    RC_CHECK(result != Z_MEM_ERROR, RC_MEMORY, "out of memory to unpack");
    return result == Z_STREAM_END ? RC_OK : RC_FORMAT;
}

static rc_status walk_compressed(const walker *w, const unsigned char *data, uint32_t length, bool *good)
{
    unsigned char *kept = NULL;
    size_t used = 0, total = 0;
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)data, .avail_in = length};
    *good = false;
    RC_CHECK(inflateInit(&z) == Z_OK, RC_MEMORY, "%s: out of memory", w->path);
    rc_status status = unpack(&z, &kept, &used, &total);
    inflateEnd(&z);
    if (status == RC_OK) {
        span s = {kept, kept + used, total > used};
        element e;
        *good = take(w, &s, &e) && e.type == TYPE_MATRIX && (size_t)e.length + 8 <= total + 7 &&
                walk_matrix(w, e.data, 0);
    }
    rc_free(kept);
    return status == RC_MEMORY ? status : RC_OK;
}

rc_status rc__mat_check(const char *path, const rc_file_map *map)
{
    walker w = {path, map->size >= HEADER && map->data[126] == 'M'};
    size_t at = HEADER;
    bool good = map->size >= HEADER;
    while (good && at < map->size) {
        const unsigned char *tag = map->data + at;
        good = map->size - at >= 8;
        uint32_t type = good ? word(&w, tag) : 0, length = good ? word(&w, tag + 4) : 0;
        good = good && length <= map->size - at - 8 && (type == TYPE_MATRIX || type == TYPE_COMPRESSED);
        if (good && type == TYPE_MATRIX) good = walk_matrix(&w, (span){tag + 8, tag + 8 + length, false}, 0);
        if (good && type == TYPE_COMPRESSED) RC_TRY(walk_compressed(&w, tag + 8, length, &good));
        if (good) at += 8 + (size_t)length;
    }
    RC_CHECK(good, RC_FORMAT, "%s: a MATLAB file that is cut off or damaged at byte %zu", path, at);
    return RC_OK;
}
