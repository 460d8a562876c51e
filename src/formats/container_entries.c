/* What the readers of containers share: texts, and the list of what is in a file. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "formats/container_reader.h"
#include "formats/text_file.h"

enum {
    MAX_ENTRIES = 1 << 20,
    MAX_EMPTY = 1 << 16 /* texts without letters, which take no bytes */
};

rc_status rc_texts_add(rc_texts *t, const char *bytes, size_t n)
{
    if ((size_t)t->n == t->capacity) {
        size_t wanted = t->capacity ? 2 * t->capacity : 64;
        RC_TRY(rc_realloc(t->capacity * sizeof *t->offset, wanted * sizeof *t->offset, (void **)&t->offset));
        t->capacity = wanted;
    }
    size_t offset = t->block.length;
    RC_TRY(rc_string_add(&t->block, bytes, n));
    RC_TRY(rc_string_add(&t->block, "", 1));
    t->offset[t->n++] = offset;
    return RC_OK;
}

rc_status rc_texts_add_line(rc_texts *t, const char *format, va_list args)
{
    char line[400];
    rc_message_write(sizeof line, line, format, args);
    return rc_texts_add(t, line, strlen(line));
}

const char *rc_texts_get(const rc_texts *t, int64_t i)
{
    return t->block.data + t->offset[i];
}

void rc_texts_free(rc_texts *t)
{
    rc_free(t->offset);
    rc_string_free(&t->block);
    *t = (rc_texts){0};
}

bool rc__is_bomb(size_t stored, size_t claimed)
{
    return claimed > RC__BOMB_FREE && claimed / RC__BOMB_RATIO > stored;
}

/* A name or text of the file as UTF-8: as it is, or from the container's encoding. Files mix the two (NumPy's
 * S and U), so what is UTF-8 already is left alone. */
rc_status rc__container_decode(const rc_container *c, const char *text, const char *remedy, rc_text_file *out)
{
    size_t size = strlen(text);
    bool foreign = c->encoding && rc_utf8_span(text, size) < size;
    *out = (rc_text_file){.text = text, .size = size};
    return foreign ? rc_text_file_memory(c->source, text, size, c->encoding, out)
                   : rc_utf8_check(text, size, remedy);
}

rc_status rc__container_add(rc_container *c, const char *name, rc_entry entry, const char *refused)
{
    if (c->count == c->capacity) {
        int wanted = c->capacity ? 2 * c->capacity : 16;
        RC_CHECK(c->count < MAX_ENTRIES, RC_FORMAT, "%s: more than %d arrays", c->source, MAX_ENTRIES);
        RC_TRY(rc_realloc((size_t)c->capacity * sizeof entry, (size_t)wanted * sizeof entry,
                          (void **)&c->entry));
        c->capacity = wanted;
    }
    rc_text_file decoded;
    rc_status status =
        rc__container_decode(c, name, "rename the array, or say what it is: \1encoding", &decoded);
    entry.name = entry.refused = NULL;
    if (status != RC_OK) status = rc_fail_context(status, "%s: \"%.200s\"", c->source, name);
    if (status == RC_OK) status = RC_NEW(&entry.name, decoded.size + 1);
    if (status == RC_OK) memcpy(entry.name, decoded.text, decoded.size);
    rc_text_file_close(&decoded);
    if (status == RC_OK && refused) status = rc_strdup(refused, &entry.refused);
    if (status != RC_OK) {
        rc_free(entry.name);
        return status;
    }
    c->entry[c->count++] = entry;
    return RC_OK;
}

void rc_container_flat_name(const rc_container *c, int i, size_t room, char *out)
{
    size_t n = (size_t)snprintf(out, room, "%s", c->entry[i].name);
    if (n < room && n > 2 && strcmp(out + n - 2, "/x") == 0) out[n - 2] = '\0';
    for (char *at = out; (at = strchr(at, '/')) != NULL; at++)
        *at = '.';
}

int rc_container_find(const rc_container *c, const char *name)
{
    char flat[256];
    for (int i = 0; i < c->count; i++)
        if (strcmp(c->entry[i].name, name) == 0) return i;
    for (int i = 0; i < c->count; i++) {
        rc_container_flat_name(c, i, sizeof flat, flat);
        if (strchr(c->entry[i].name, '/') && strcmp(flat, name) == 0) return i;
    }
    return -1;
}

/* ---- NumPy's texts ---- */

/* UCS-4, padded with zeros. */
static rc_status add_wide(const char *name, const unsigned char *at, size_t letters, bool big, rc_texts *out)
{
    rc_string s = {0};
    rc_status status = RC_OK;
    for (size_t i = 0; i < letters && status == RC_OK; i++, at += 4) {
        uint32_t k = big ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]
                         : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
        char utf8[4];
        if (k == 0) break;
        if (k > 0x10ffff) status = rc_fail(RC_FORMAT, "%s: not a letter in text (%#x)", name, k);
        if (status == RC_OK) status = rc_string_add(&s, utf8, rc_utf8_put(k, utf8));
    }
    if (status == RC_OK) status = rc_texts_add(out, s.data ? s.data : "", s.length);
    rc_string_free(&s);
    return status;
}

rc_status rc__numpy_texts(const char *name, char kind, size_t item, bool big, const void *data, size_t size,
                          int64_t count, rc_texts *out)
{
    size_t need;
    RC_CHECK(count >= 0 && rc_mul_size((size_t)count, item, &need) && need <= size, RC_FORMAT,
             "%s: the texts are cut off", name);
    RC_CHECK(item > 0 || count <= MAX_EMPTY, RC_FORMAT, "%s: %lld texts without letters", name,
             (long long)count);
    const unsigned char *at = data;
    for (int64_t i = 0; i < count; i++, at += item) {
        const unsigned char *end = kind == 'S' && item ? memchr(at, 0, item) : NULL;
        if (kind == 'U')
            RC_TRY(add_wide(name, at, item / 4, big, out));
        else
            RC_TRY(rc_texts_add(out, (const char *)at, end ? (size_t)(end - at) : item));
    }
    return RC_OK;
}
