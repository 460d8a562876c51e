/* Writing .npz: a zip whose members are stored as they are, byte by byte behind each other, so that nothing
 * is copied and equal arrays give equal files. */
#include <string.h>
#include <zlib.h>

#include "base/memory.h"
#include "formats/array_file.h"

enum { LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50, VERSION = 20, NAME = 512 };
/* 1980-01-01, the earliest day that a zip knows. */
enum { DAY = 0x0021 };

typedef struct place {
    uint32_t checksum, size, offset;
} place;

typedef struct fields {
    unsigned char bytes[64];
    size_t n;
} fields;

/* Little-endian. */
static void put(fields *f, int width, uint32_t value)
{
    for (int i = 0; i < width; i++)
        f->bytes[f->n++] = (unsigned char)(value >> (8 * i));
}

/* What a member's local header and its line in the directory have in common. */
static void put_member(fields *f, const place *p, size_t name)
{
    put(f, 2, VERSION);
    put(f, 2, 0); /* flags */
    put(f, 2, 0); /* stored */
    put(f, 2, 0); /* time */
    put(f, 2, DAY);
    put(f, 4, p->checksum);
    put(f, 4, p->size);
    put(f, 4, p->size);
    put(f, 2, (uint32_t)name);
    put(f, 2, 0); /* extra */
}

static rc_status put_fields(rc_file_writer *w, const fields *f, const char *name, uint64_t *at)
{
    *at += f->n + strlen(name);
    RC_TRY(rc_file_writer_put(w, f->bytes, f->n));
    return rc_file_writer_put(w, name, strlen(name));
}

static rc_status member_name(const rc_npz_member *m, char name[NAME])
{
    int n = snprintf(name, NAME, "%s.npy", m->name);
    RC_CHECK(n > 0 && n < NAME, RC_CONFIG, "%.60s...: too long a name for an array", m->name);
    return RC_OK;
}

static rc_status put_array(rc_file_writer *w, const rc_npz_member *m, uint64_t *at, place *p)
{
    unsigned char header[RC_NPY_HEADER];
    char name[NAME];
    fields f = {.n = 0};
    size_t size, bytes = (size_t)rc_shape_size(&m->shape) * rc_dtype_size(m->dtype);
    RC_TRY(member_name(m, name));
    RC_TRY(rc_npy_header(m->dtype, m->shape, header, &size));
    RC_CHECK(*at + size + bytes + sizeof name < UINT32_MAX, RC_UNSUPPORTED,
             "%s: an .npz of 4 GB and more is not written", w->path);
    uLong checksum = crc32_z(crc32(0, header, (uInt)size), m->data, bytes);
    *p = (place){(uint32_t)checksum, (uint32_t)(size + bytes), (uint32_t)*at};
    put(&f, 4, LOCAL);
    put_member(&f, p, strlen(name));
    RC_TRY(put_fields(w, &f, name, at));
    RC_TRY(rc_file_writer_put(w, header, size));
    *at += size + bytes;
    return rc_file_writer_put(w, m->data, bytes);
}

static rc_status put_line(rc_file_writer *w, const rc_npz_member *m, const place *p, uint64_t *at)
{
    char name[NAME];
    fields f = {.n = 0};
    RC_TRY(member_name(m, name));
    put(&f, 4, CENTRAL);
    put(&f, 2, VERSION);
    put_member(&f, p, strlen(name));
    put(&f, 2, 0); /* comment */
    put(&f, 2, 0); /* disk */
    put(&f, 2, 0); /* attributes */
    put(&f, 4, 0);
    put(&f, 4, p->offset);
    return put_fields(w, &f, name, at);
}

static rc_status put_all(rc_file_writer *w, const rc_npz_member *member, int n, place *places)
{
    uint64_t at = 0;
    fields end = {.n = 0};
    for (int i = 0; i < n; i++)
        RC_TRY(put_array(w, &member[i], &at, &places[i]));
    uint64_t directory = at;
    for (int i = 0; i < n; i++)
        RC_TRY(put_line(w, &member[i], &places[i], &at));
    put(&end, 4, END);
    put(&end, 4, 0); /* disks */
    put(&end, 2, (uint32_t)n);
    put(&end, 2, (uint32_t)n);
    put(&end, 4, (uint32_t)(at - directory));
    put(&end, 4, (uint32_t)directory);
    put(&end, 2, 0); /* comment */
    return put_fields(w, &end, "", &at);
}

rc_status rc_npz_write(const char *path, const rc_npz_member *member, int n)
{
    rc_file_writer w;
    place *places;
    RC_CHECK(n < UINT16_MAX, RC_UNSUPPORTED, "%s: %d arrays are too many for an .npz", path, n);
    RC_TRY(RC_NEW(&places, n));
    rc_status status = rc_file_writer_open(path, &w);
    if (status == RC_OK) {
        status = put_all(&w, member, n, places);
        if (status == RC_OK)
            status = rc_file_writer_commit(&w);
        else
            rc_file_writer_abandon(&w);
    }
    rc_free(places);
    return status;
}
