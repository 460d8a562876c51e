/* .npy and .npz as containers. Headers are read on opening; texts (NumPy kinds U and S) and object arrays,
 * which are pickles, are read too. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "formats/container_reader.h"
#include "formats/npy_header.h"

/* ---- NumPy's texts ---- */

/* Is it "<U12" or "|S3"? */
static bool text_descr(const char *descr, char *kind, size_t *item, bool *big)
{
    unsigned n;
    char order, rest;
    if (sscanf(descr, "%c%c%u%c", &order, kind, &n, &rest) != 3 || (*kind != 'U' && *kind != 'S'))
        return false;
    *item = *kind == 'U' ? 4 * (size_t)n : n;
    *big = order == '>';
    return n < 1 << 20;
}

/* ---- what a header says ---- */

static rc_status describe(rc_container *c, const char *name, const rc__npy_header *h)
{
    rc_entry e = {.shape = h->shape};
    char kind;
    size_t item;
    bool big;
    if (text_descr(h->descr, &kind, &item, &big)) {
        e.is_text = true;
        return rc__container_add(c, name, e, h->fortran && h->shape.n > 1 ? "text in Fortran order" : NULL);
    }
    if (strcmp(h->descr, "|O") == 0) return rc__container_add(c, name, e, "holds Python objects (a pickle)");
    rc_status status = rc__npy_dtype(name, h->descr, &e.dtype);
    return rc__container_add(c, name, e, status == RC_OK ? NULL : rc_error_text());
}

static rc_status texts_of(const char *name, const void *bytes, size_t size, rc_texts *out)
{
    rc__npy_header h;
    char kind;
    size_t item;
    bool big;
    RC_TRY(rc__npy_header_parse(name, bytes, size, &h));
    RC_CHECK(text_descr(h.descr, &kind, &item, &big), RC_FORMAT, "%s: not text", name);
    return rc__numpy_texts(name, kind, item, big, (const char *)bytes + h.offset, size - h.offset,
                           rc_shape_size(&h.shape), out);
}

/* ---- .npy ---- */

static void close_map(void *state)
{
    rc_file_map_close(state);
    rc_free(state);
}

static rc_status read_npy(rc_container *c, int i, rc_array *out)
{
    const rc_file_map *map = c->state;
    (void)i;
    return rc_npy_parse(c->source, map->data, map->size, out);
}

static rc_status texts_npy(rc_container *c, int i, rc_texts *out)
{
    const rc_file_map *map = c->state;
    (void)i;
    return texts_of(c->source, map->data, map->size, out);
}

rc_status rc__npy_container(rc_container *c, const char *path)
{
    rc_file_map *map;
    rc__npy_header h;
    rc_array a = {0};
    RC_TRY(RC_NEW(&map, 1));
    c->state = map;
    c->close = close_map;
    RC_TRY(rc_file_map_open(path, map));
    RC_TRY(rc__npy_header_parse(path, map->data, map->size, &h));
    if (strcmp(h.descr, "|O") == 0) return rc__pickle_entries(c, map->data + h.offset, map->size - h.offset);
    c->read = read_npy;
    c->texts = texts_npy;
    RC_TRY(describe(c, "array", &h));
    /* A cut-off file is told on opening. */
    if (!c->entry[0].refused && !c->entry[0].is_text) RC_TRY(rc_npy_parse(path, map->data, map->size, &a));
    rc_array_free(&a);
    return RC_OK;
}

/* ---- .npz ---- */

static void close_npz(void *state)
{
    rc_npz *z = state;
    rc_npz_close(&z);
}

static rc_status read_npz(rc_container *c, int i, rc_array *out)
{
    rc_status status = rc_npz_read(c->state, i, out);
    return status == RC_OK ? RC_OK : rc_fail_context(status, "%s", c->source);
}

static rc_status texts_npz(rc_container *c, int i, rc_texts *out)
{
    unsigned char *bytes;
    size_t size;
    RC_TRY(rc__npz_bytes(c->state, i, SIZE_MAX, &bytes, &size));
    rc_status status = texts_of(c->entry[i].name, bytes, size, out);
    rc_free(bytes);
    return status == RC_OK ? RC_OK : rc_fail_context(status, "%s", c->source);
}

rc_status rc__npz_container(rc_container *c, const char *path)
{
    rc_npz *z;
    RC_TRY(rc_npz_open(path, &z));
    c->state = z;
    c->close = close_npz;
    c->read = read_npz;
    c->texts = texts_npz;
    for (int i = 0; i < rc_npz_count(z); i++) {
        unsigned char *bytes;
        size_t size;
        rc__npy_header h;
        RC_TRY(rc__npz_bytes(z, i, (size_t)1 << 16, &bytes, &size));
        rc_status status = rc__npy_header_parse(rc_npz_name(z, i), bytes, size, &h);
        rc_free(bytes);
        if (status == RC_OK)
            RC_TRY(describe(c, rc_npz_name(z, i), &h));
        else
            RC_TRY(rc__container_add(c, rc_npz_name(z, i), (rc_entry){0}, rc_error_text()));
    }
    return RC_OK;
}
