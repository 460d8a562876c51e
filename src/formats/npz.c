/* NumPy's .npz: a zip of .npy members (libzip). */
#include <errno.h>
#include <string.h>
#include <zip.h>

#include "base/memory.h"
#include "formats/npy_header.h"

enum { MAX_MEMBERS = 10000 };

typedef struct member {
    char *name;
    zip_uint64_t index, size, packed;
} member;

struct rc_npz {
    zip_t *zip;
    char *source;
    member *members;
    int count;
};

static rc_status list_members(rc_npz *z)
{
    zip_int64_t n = zip_get_num_entries(z->zip, 0);
    RC_CHECK(n >= 0 && n <= MAX_MEMBERS, RC_FORMAT, "%s: more than %d members", z->source, MAX_MEMBERS);
    RC_TRY(RC_NEW(&z->members, n));
    for (zip_int64_t i = 0; i < n; i++) {
        zip_stat_t s;
        RC_CHECK(zip_stat_index(z->zip, (zip_uint64_t)i, 0, &s) == 0 && (s.valid & ZIP_STAT_NAME) &&
                     (s.valid & ZIP_STAT_SIZE),
                 RC_FORMAT, "%s: its directory is damaged", z->source);
        size_t length = strlen(s.name);
        if (length < 5 || strcmp(s.name + length - 4, ".npy") != 0) continue;
        member *m = &z->members[z->count];
        RC_TRY(rc_strdup(s.name, &m->name));
        z->count++;
        m->name[length - 4] = '\0';
        RC_CHECK(rc_npz_find(z, m->name) == z->count - 1, RC_FORMAT, "%s: two members are called \"%s\"",
                 z->source, m->name);
        m->index = (zip_uint64_t)i;
        m->size = s.size;
        m->packed = s.valid & ZIP_STAT_COMP_SIZE ? s.comp_size : s.size;
    }
    return RC_OK;
}

static rc_status open_zip(const char *name, zip_t *zip, rc_npz **out)
{
    rc_status status = RC_NEW(out, 1);
    if (status != RC_OK) {
        zip_discard(zip);
        return status;
    }
    (*out)->zip = zip;
    status = rc_strdup(name, &(*out)->source);
    if (status == RC_OK) status = list_members(*out);
    if (status != RC_OK) rc_npz_close(out);
    return status;
}

rc_status rc_npz_open(const char *path, rc_npz **out)
{
    int code;
    size_t size;
    RC_TRY(rc_file_check(path, &size));
    errno = 0;
    zip_t *zip = zip_open(path, ZIP_RDONLY, &code);
    if (!zip) return rc_fail_reading(path, "%s: not a .npz (zip) file, or cut off", path);
    return open_zip(path, zip, out);
}

rc_status rc_npz_open_memory(const char *name, const void *bytes, size_t size, rc_npz **out)
{
    zip_error_t error;
    zip_error_init(&error);
    errno = 0;
    zip_source_t *source = zip_source_buffer_create(bytes, size, 0, &error);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (!zip && source) zip_source_free(source);
    zip_error_fini(&error);
    if (!zip) return rc_fail_reading(name, "%s: not a .npz (zip) file, or cut off", name);
    return open_zip(name, zip, out);
}

void rc_npz_close(rc_npz **z)
{
    if (!*z) return;
    zip_discard((*z)->zip);
    for (int i = 0; i < (*z)->count; i++)
        rc_free((*z)->members[i].name);
    rc_free((*z)->members);
    rc_free((*z)->source);
    rc_free(*z);
    *z = NULL;
}

int rc_npz_count(const rc_npz *z)
{
    return z->count;
}

const char *rc_npz_name(const rc_npz *z, int i)
{
    return z->members[i].name;
}

int rc_npz_find(const rc_npz *z, const char *name)
{
    for (int i = 0; i < z->count; i++)
        if (strcmp(z->members[i].name, name) == 0) return i;
    return -1;
}

/* Arrays of zeros deflate this well too, so only large members are suspected. */
enum { BOMB_RATIO = 200, BOMB_FREE = 256 << 20 };

static rc_status check_bomb(const rc_npz *z, const member *m)
{
    bool bomb = m->size > BOMB_FREE && m->size / BOMB_RATIO > m->packed;
    RC_CHECK(
        !bomb, RC_FORMAT,
        "%s: member \"%s\" unpacks %llu bytes to %llu, as a zip bomb does; unpack the archive yourself if "
        "you trust it",
        z->source, m->name, (unsigned long long)m->packed, (unsigned long long)m->size);
    return RC_OK;
}

/* Read in pieces into a block that grows with what really comes out, so that a lie about the size cannot
 * claim memory. Stops at `limit`. */
static rc_status inflate_member(rc_npz *z, const member *m, zip_file_t *file, size_t limit,
                                unsigned char **out, size_t *size)
{
    size_t capacity = 1 << 16, used = 0;
    void *data = NULL;
    RC_TRY(rc_realloc(0, capacity, &data));
    *out = data;
    for (;;) {
        errno = 0;
        zip_int64_t n = zip_fread(file, *out + used, capacity - used);
        if (n < 0)
            return rc_fail_reading(z->source, "%s: member \"%s\" is damaged (%s)", z->source, m->name,
                                   zip_file_strerror(file));
        used += (size_t)n;
        RC_CHECK(used <= m->size, RC_FORMAT, "%s: member \"%s\" is larger than its directory says", z->source,
                 m->name);
        *size = used;
        if (used >= limit) return RC_OK;
        if (n == 0) break;
        if (used < capacity) continue;
        RC_TRY(rc_realloc(used, 2 * capacity, &data));
        *out = data;
        capacity *= 2;
    }
    RC_CHECK(used == m->size, RC_FORMAT, "%s: member \"%s\" is cut off", z->source, m->name);
    return RC_OK;
}

rc_status rc__npz_bytes(rc_npz *z, int i, size_t limit, unsigned char **out, size_t *size)
{
    const member *m = &z->members[i];
    *out = NULL;
    if (limit == SIZE_MAX) RC_TRY(check_bomb(z, m));
    errno = 0;
    zip_file_t *file = zip_fopen_index(z->zip, m->index, 0);
    if (!file)
        return rc_fail_reading(z->source, "%s: member \"%s\" cannot be read (%s)", z->source, m->name,
                               zip_strerror(z->zip));
    rc_status status = inflate_member(z, m, file, limit, out, size);
    zip_fclose(file);
    if (status == RC_OK) return RC_OK;
    rc_free(*out);
    *out = NULL;
    return status;
}

rc_status rc_npz_read(rc_npz *z, int i, rc_array *out)
{
    unsigned char *bytes;
    size_t size;
    *out = (rc_array){0};
    RC_TRY(rc__npz_bytes(z, i, SIZE_MAX, &bytes, &size));
    rc_status status = rc_npy_parse(z->members[i].name, bytes, size, out);
    if (status == RC_OK && !out->owned)
        out->owned = bytes;
    else
        rc_free(bytes);
    return status;
}
