#include "formats/container.h"

#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "formats/container_reader.h"
#include "formats/text_file.h"

enum { LISTED = 12 };

/* ---- formats ---- */

typedef rc_status (*opener)(rc_container *c, const char *path);

static opener opener_of(const char *path, const unsigned char head[520], size_t n, const char **format)
{
    static const char hdf5[] = "\x89HDF\r\n\x1a\n";
    bool matlab = n >= 128 && memcmp(head, "MATLAB ", 7) == 0;
    *format = matlab ? "MATLAB" : "HDF5";
    /* MATLAB 7.3 is HDF5 behind 512 bytes of text. */
    if (matlab) return rc__mat_container;
    if (memcmp(head, hdf5, 8) == 0 || memcmp(head + 512, hdf5, 8) == 0) return rc__hdf5_container;
    *format = ".npz";
    if (memcmp(head, "PK\3\4", 4) == 0 || memcmp(head, "PK\5\6", 4) == 0) return rc__npz_container;
    *format = ".npy";
    if (memcmp(head, "\x93NUMPY", 6) == 0) return rc__npy_container;
    *format = "pickle";
    bool named = rc_path_has_suffix(path, ".pkl") || rc_path_has_suffix(path, ".pickle");
    return named || (n > 2 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5) ? rc__pickle_container : NULL;
}

/* Rows are read ahead by threads of their own (pieces.h), and libhdf5 is not for several; matio stands on it.
 * So all that goes into a reader goes between these two. */
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;

static void enter(const rc_container *c)
{
    if (c->alone) pthread_mutex_lock(&one);
}

static rc_status leave(const rc_container *c, rc_status status)
{
    if (c->alone) pthread_mutex_unlock(&one);
    return status;
}

/* By its first bytes; NULL: none of these formats. */
static rc_status recognise(const char *path, opener *out, const char **format)
{
    unsigned char head[520] = {0};
    size_t n;
    RC_TRY(rc_file_read_head(path, sizeof head, head, &n));
    *out = opener_of(path, head, n, format);
    return RC_OK;
}

rc_status rc_container_recognise(const char *path, bool *is)
{
    const char *format;
    opener open = NULL;
    rc_status status = recognise(path, &open, &format);
    *is = open != NULL;
    return status == RC_IO ? RC_OK : status; /* not there, or a folder */
}

static rc_status open_as(rc_container *c, const char *path)
{
    opener open;
    RC_TRY(recognise(path, &open, &c->format));
    RC_CHECK(open, RC_FORMAT,
             "%s: not a file of arrays; known are .npy, .npz, HDF5, .mat and Python pickles; "
             "`\1rc_data_import` reads tables, "
             "pictures, sounds and sequences",
             path);
    c->cached = -1;
    RC_TRY(rc_strdup(path, &c->source));
    c->alone = open == rc__hdf5_container || open == rc__mat_container;
    enter(c);
    RC_TRY(leave(c, open(c, path)));
    RC_CHECK(c->count > 0, RC_DATA, "%s: holds no arrays (%s)", path, c->format);
    return RC_OK;
}

rc_status rc_container_open(const char *path, rc_container **out)
{
    return rc_container_open_encoded(path, NULL, out);
}

rc_status rc_container_open_encoded(const char *path, const char *encoding, rc_container **out)
{
    RC_CHECK(!encoding || strcmp(encoding, "utf16") != 0, RC_CONFIG,
             "\1encoding utf16: that is for files of text; names and texts in %s may be latin1 or cp1252",
             path);
    RC_TRY(RC_NEW(out, 1));
    (*out)->encoding = encoding;
    rc_status status = open_as(*out, path);
    if (status != RC_OK) rc_container_close(out);
    return status;
}

void rc_container_close(rc_container **c)
{
    rc_container *k = *c;
    if (!k) return;
    rc_array_free(&k->cache);
    enter(k);
    if (k->close && k->state) k->close(k->state);
    (void)leave(k, RC_OK);
    for (int i = 0; i < k->count; i++) {
        rc_free(k->entry[i].name);
        rc_free(k->entry[i].refused);
    }
    rc_free(k->entry);
    rc_free(k->source);
    rc_free(k);
    *c = NULL;
}

/* ---- asking ---- */

const char *rc_container_format(const rc_container *c)
{
    return c->format;
}

int rc_container_count(const rc_container *c)
{
    return c->count;
}

const rc_entry *rc_container_entry(const rc_container *c, int i)
{
    return &c->entry[i];
}

rc_status rc_container_list(const rc_container *c, rc_string *out)
{
    char text[RC_SHAPE_TEXT];
    for (int i = 0; i < c->count && i < LISTED; i++) {
        const rc_entry *e = &c->entry[i];
        RC_TRY(rc_string_printf(out, "%s\"%s\" ", i ? ", " : "", e->name));
        if (e->refused)
            RC_TRY(rc_string_printf(out, "(%s)", e->refused));
        else
            RC_TRY(rc_string_printf(out, "%s%s %s", e->is_ragged ? "series of " : "",
                                    e->is_text ? "text" : rc_dtype_text(e->dtype),
                                    rc_shape_text(&e->shape, text)));
    }
    return c->count > LISTED ? rc_string_printf(out, " and %d more", c->count - LISTED) : RC_OK;
}

/* ---- reading ---- */

static rc_status may_read(const rc_container *c, int i, bool text)
{
    const rc_entry *e = &c->entry[i];
    RC_CHECK(!e->refused, RC_UNSUPPORTED, "%s: \"%s\" cannot be used: %s", c->source, e->name, e->refused);
    RC_CHECK(!e->is_ragged, RC_DATA,
             "%s: \"%s\" holds series of different lengths; an import cuts windows of them "
             "(`\1rc_data_import`, \1length)",
             c->source, e->name);
    RC_CHECK(!e->is_text || text, RC_DATA, "%s: \"%s\" holds text, where numbers are needed", c->source,
             e->name);
    RC_CHECK(e->is_text || !text, RC_DATA, "%s: \"%s\" holds numbers, where text is needed", c->source,
             e->name);
    return RC_OK;
}

static rc_status read_whole(rc_container *c, int i, rc_array *out)
{
    enter(c);
    return leave(c, c->read(c, i, out));
}

static rc_status read_rows(rc_container *c, int i, int64_t first, int64_t count, rc_array *out)
{
    enter(c);
    return leave(c, c->rows(c, i, first, count, out));
}

static rc_status fill_cache(rc_container *c, int i)
{
    if (c->cached == i) return RC_OK;
    rc_array_free(&c->cache);
    c->cached = -1;
    RC_TRY(read_whole(c, i, &c->cache));
    c->cached = i;
    return RC_OK;
}

/* Element by element, in row-major order: what is not HDF5 is small. */
static void copy_box(const rc_array *a, const int64_t *first, const int64_t *count, float *out)
{
    int n = a->shape.n;
    int64_t stride[RC_MAX_DIMS], at[RC_MAX_DIMS] = {0}, step = 1, offset = 0;
    for (int d = n - 1; d >= 0; d--) {
        stride[d] = step;
        step *= a->shape.dim[d];
        offset += first[d] * stride[d];
    }
    for (bool more = true; more;) {
        const char *from = (const char *)a->data + (size_t)offset * rc_dtype_size(a->dtype);
        rc_convert_to_f32(a->dtype, from, 1, out++);
        more = false;
        for (int d = n - 1; d >= 0 && !more; d--) {
            offset += stride[d];
            more = ++at[d] < count[d];
            if (more) break;
            offset -= stride[d] * at[d];
            at[d] = 0;
        }
    }
}

rc_status rc_container_box(rc_container *c, int i, const int64_t *first, const int64_t *count, float *out)
{
    const rc_entry *e = &c->entry[i];
    rc_array whole;
    RC_CHECK(!e->refused && !e->is_text && !e->is_ragged && e->shape.n > 0, RC_UNSUPPORTED,
             "%s: \"%s\" is not an array of numbers", c->source, e->name);
    for (int d = 0; d < e->shape.n; d++)
        RC_CHECK(first[d] >= 0 && count[d] > 0 && first[d] <= e->shape.dim[d] - count[d], RC_SHAPE,
                 "%s: \"%s\" has %lld entries in dimension %d; %lld from %lld on were asked for", c->source,
                 e->name, (long long)e->shape.dim[d], d, (long long)count[d], (long long)first[d]);
    if (c->box) {
        enter(c);
        return leave(c, c->box(c, i, first, count, out));
    }
    RC_TRY(rc_container_rows(c, i, 0, e->shape.dim[0], &whole));
    copy_box(&whole, first, count, out);
    rc_array_free(&whole);
    return RC_OK;
}

bool rc_container_has_rows(const rc_container *c)
{
    return c->rows != NULL;
}

rc_status rc_container_rows(rc_container *c, int i, int64_t first, int64_t count, rc_array *out)
{
    const rc_entry *e = &c->entry[i];
    *out = (rc_array){0};
    RC_TRY(may_read(c, i, false));
    int64_t rows = e->shape.n ? e->shape.dim[0] : 1;
    RC_CHECK(first >= 0 && count >= 0 && first <= rows && count <= rows - first, RC_SHAPE,
             "%s: \"%s\" has %lld rows", c->source, e->name, (long long)rows);
    if (c->rows) return read_rows(c, i, first, count, out);
    RC_TRY(fill_cache(c, i));
    out->dtype = c->cache.dtype;
    out->shape = c->cache.shape;
    size_t row = rows ? (size_t)(rc_array_size(&c->cache) / rows) * rc_dtype_size(out->dtype) : 0;
    if (out->shape.n) out->shape.dim[0] = count;
    /* Lent: nothing is owned, and the cache lives until another array is asked for. */
    out->data = (const char *)c->cache.data + (size_t)first * row;
    return RC_OK;
}

rc_status rc_container_read(rc_container *c, int i, rc_array *out)
{
    const rc_entry *e = &c->entry[i];
    *out = (rc_array){0};
    RC_TRY(may_read(c, i, false));
    if (c->rows) return read_rows(c, i, 0, e->shape.n ? e->shape.dim[0] : 1, out);
    return read_whole(c, i, out);
}

rc_status rc_container_series(rc_container *c, int i, int64_t k, rc_array *out)
{
    const rc_entry *e = &c->entry[i];
    *out = (rc_array){0};
    RC_CHECK(e->is_ragged && k >= 0 && k < e->shape.dim[0], RC_INTERNAL, "%s: \"%s\" has no series %lld",
             c->source, e->name, (long long)k);
    enter(c);
    return leave(c, c->series(c, i, k, out));
}

/* Text k of entry i, decoded, to the end of `to`. */
static rc_status take_text(const rc_container *c, int i, const rc_texts *from, int64_t k, rc_texts *to)
{
    const char *text = rc_texts_get(from, k);
    rc_text_file decoded;
    rc_status status =
        rc__container_decode(c, text, "save the texts as UTF-8, or say what they are: \1encoding", &decoded);
    if (status != RC_OK)
        status = rc_fail_context(status, "%s: \"%s\", text %lld (\"%.60s\")", c->source, c->entry[i].name,
                                 (long long)k, text);
    else
        status = rc_texts_add(to, decoded.text, decoded.size);
    rc_text_file_close(&decoded);
    return status;
}

rc_status rc_container_texts(rc_container *c, int i, rc_texts *out)
{
    rc_texts raw = {0};
    *out = (rc_texts){0};
    RC_TRY(may_read(c, i, true));
    enter(c);
    rc_status status = leave(c, c->texts(c, i, &raw));
    for (int64_t k = 0; k < raw.n && status == RC_OK; k++)
        status = take_text(c, i, &raw, k, out);
    rc_texts_free(&raw);
    if (status != RC_OK) rc_texts_free(out);
    return status;
}
