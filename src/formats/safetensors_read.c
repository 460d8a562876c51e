#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "formats/json.h"
#include "formats/safetensors.h"
#include "formats/safetensors_sum.h"

enum { LARGEST_HEADER = 100 << 20, MAX_TENSORS = 1 << 20 };

typedef struct entry {
    rc_safetensors_entry e;
    size_t begin, end;
} entry;

struct rc_safetensors {
    rc_file_map map;
    char *source;
    rc_json *header;
    const unsigned char *bytes, *data; /* all of it, and behind the header */
    size_t size, data_size;
    entry *entries; /* in order of offset */
    int count;
};

static const struct {
    const char *name;
    rc_dtype dtype;
} dtypes[] = {{"F32", RC_DTYPE_F32},  {"F64", RC_DTYPE_F64}, {"F16", RC_DTYPE_F16}, {"BF16", RC_DTYPE_BF16},
              {"I8", RC_DTYPE_I8},    {"U8", RC_DTYPE_U8},   {"I16", RC_DTYPE_I16}, {"U16", RC_DTYPE_U16},
              {"I32", RC_DTYPE_I32},  {"U32", RC_DTYPE_U32}, {"I64", RC_DTYPE_I64}, {"U64", RC_DTYPE_U64},
              {"BOOL", RC_DTYPE_BOOL}};

/* ---- one tensor ---- */

static rc_status read_dtype(const rc_safetensors *s, const char *name, const rc_json *v, rc_dtype *out)
{
    const char *text = rc_json_string(v, "dtype", "");
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        if (strcmp(dtypes[i].name, text) != 0) continue;
        *out = dtypes[i].dtype;
        return RC_OK;
    }
    return rc_fail(RC_UNSUPPORTED, "%s: tensor \"%s\" has dtype \"%s\", which is not supported", s->source,
                   name, text);
}

static rc_status read_shape(const rc_safetensors *s, const char *name, const rc_json *v, rc_shape *out)
{
    const rc_json *shape = rc_json_get(v, "shape");
    RC_CHECK(rc_json_is_array(shape), RC_FORMAT, "%s: tensor \"%s\" has no shape", s->source, name);
    RC_CHECK(rc_json_length(shape) <= RC_MAX_DIMS, RC_UNSUPPORTED,
             "%s: tensor \"%s\" has more than %d dimensions", s->source, name, RC_MAX_DIMS);
    out->n = (int)rc_json_length(shape);
    for (int i = 0; i < out->n; i++) {
        const rc_json *d = rc_json_at(shape, (size_t)i);
        RC_CHECK(rc_json_is_integer(d) && rc_json_as_integer(d) >= 0, RC_FORMAT,
                 "%s: tensor \"%s\" has an impossible shape", s->source, name);
        out->dim[i] = rc_json_as_integer(d);
    }
    return RC_OK;
}

static rc_status read_offsets(const rc_safetensors *s, const char *name, const rc_json *v, entry *out)
{
    const rc_json *range = rc_json_get(v, "data_offsets");
    const rc_json *first = rc_json_at(range, 0), *last = rc_json_at(range, 1);
    RC_CHECK(rc_json_is_array(range) && rc_json_length(range) == 2 && rc_json_is_integer(first) &&
                 rc_json_is_integer(last),
             RC_FORMAT, "%s: tensor \"%s\" has no data_offsets", s->source, name);
    int64_t begin = rc_json_as_integer(first), end = rc_json_as_integer(last);
    RC_CHECK(begin >= 0 && begin <= end && (uint64_t)end <= s->data_size, RC_FORMAT,
             "%s: tensor \"%s\" lies outside the file; it is cut off or damaged", s->source, name);
    out->begin = (size_t)begin;
    out->end = (size_t)end;
    return RC_OK;
}

static rc_status read_entry(rc_safetensors *s, const char *name, const rc_json *v)
{
    entry *out = &s->entries[s->count];
    int64_t count;
    size_t bytes;
    RC_CHECK(rc_json_is_object(v), RC_FORMAT, "%s: tensor \"%s\" is not described by an object", s->source,
             name);
    RC_TRY(read_dtype(s, name, v, &out->e.dtype));
    RC_TRY(read_shape(s, name, v, &out->e.shape));
    RC_TRY(read_offsets(s, name, v, out));
    RC_CHECK(rc_shape_count(&out->e.shape, &count) == RC_OK &&
                 rc_mul_size((size_t)count, rc_dtype_size(out->e.dtype), &bytes),
             RC_FORMAT, "%s: tensor \"%s\" has an impossible shape", s->source, name);
    RC_CHECK(bytes == out->end - out->begin, RC_FORMAT,
             "%s: tensor \"%s\" has %zu bytes of data, its shape needs %zu", s->source, name,
             out->end - out->begin, bytes);
    out->e.name = name;
    out->e.data = s->data + out->begin;
    out->e.bytes = bytes;
    s->count++;
    return RC_OK;
}

/* ---- the whole header ---- */

static int by_offset(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

/* The tensors must cover the data without gap or overlap: nothing hidden, nothing shared. */
static rc_status check_tiling(const rc_safetensors *s)
{
    size_t at = 0;
    for (int i = 0; i < s->count; i++) {
        const entry *e = &s->entries[i];
        RC_CHECK(e->begin >= at, RC_FORMAT, "%s: tensor \"%s\" overlaps the one before it", s->source,
                 e->e.name);
        RC_CHECK(e->begin == at, RC_FORMAT, "%s: unused bytes before tensor \"%s\"", s->source, e->e.name);
        at = e->end;
    }
    RC_CHECK(at == s->data_size, RC_FORMAT, "%s: %zu bytes after the last tensor", s->source,
             s->data_size - at);
    return RC_OK;
}

static rc_status check_metadata(const rc_safetensors *s)
{
    const rc_json *meta = rc_json_get(s->header, "__metadata__"), *value;
    void *at = NULL;
    const char *key;
    RC_CHECK(!meta || rc_json_is_object(meta), RC_FORMAT, "%s: __metadata__ is not an object", s->source);
    while (meta && rc_json_each(meta, &at, &key, &value))
        RC_CHECK(rc_json_is_string(value), RC_FORMAT, "%s: metadata \"%s\" is not a text", s->source, key);
    return RC_OK;
}

static rc_status read_header(rc_safetensors *s, const unsigned char *bytes, size_t size)
{
    RC_CHECK(size >= 8, RC_FORMAT, "%s: not a safetensors file (only %zu bytes)", s->source, size);
    uint64_t length = 0;
    for (int i = 7; i >= 0; i--)
        length = length << 8 | bytes[i];
    RC_CHECK(length <= size - 8, RC_FORMAT,
             "%s: not a safetensors file, or cut off: its header of %llu bytes is longer than the file",
             s->source, (unsigned long long)length);
    RC_CHECK(length <= LARGEST_HEADER, RC_FORMAT, "%s: the header is larger than 100 MB", s->source);
    s->bytes = bytes;
    s->size = size;
    s->data = bytes + 8 + length;
    s->data_size = size - 8 - (size_t)length;
    RC_TRY(rc_json_parse(s->source, (const char *)bytes + 8, (size_t)length, &s->header));
    RC_CHECK(rc_json_is_object(s->header), RC_FORMAT, "%s: the header is not a JSON object", s->source);
    RC_TRY(check_metadata(s));
    int tensors = 0;
    void *at = NULL;
    const char *key;
    const rc_json *value;
    while (rc_json_each(s->header, &at, &key, &value))
        tensors += strcmp(key, "__metadata__") != 0;
    RC_CHECK(tensors <= MAX_TENSORS, RC_FORMAT, "%s: more than %d tensors", s->source, MAX_TENSORS);
    RC_TRY(RC_NEW(&s->entries, tensors));
    for (at = NULL; rc_json_each(s->header, &at, &key, &value);)
        if (strcmp(key, "__metadata__") != 0) RC_TRY(read_entry(s, key, value));
    qsort(s->entries, (size_t)s->count, sizeof *s->entries, by_offset);
    return check_tiling(s);
}

/* ---- the checksum ---- */

uint64_t rc_safetensors_checksum(const rc_safetensors *s)
{
    uint64_t sum = rc__sum_metadata(rc_json_get(s->header, "__metadata__"));
    for (int i = 0; i < s->count; i++) {
        const rc_safetensors_entry *e = &s->entries[i].e;
        rc_checksum c;
        rc__sum_describe(&c, e->name, e->dtype, &e->shape);
        rc_checksum_add(&c, e->data, e->bytes);
        sum += rc_checksum_value(&c);
    }
    return sum;
}

/* Files of other programs, and of earlier versions, have none. */
static rc_status check_sum(const rc_safetensors *s)
{
    char have[RC_CHECKSUM_TEXT];
    const char *saved = rc_safetensors_metadata(s, RC__SUM_KEY);
    if (!saved) return RC_OK;
    rc_checksum_text(rc_safetensors_checksum(s), have);
    RC_CHECK(strcmp(have, saved) == 0, RC_FORMAT,
             "%s: the checksum of the contents is %s, but the file gives %.40s; it is damaged, or was "
             "changed by another program; take a copy of it, or make it again",
             s->source, have, saved);
    return RC_OK;
}

/* ---- life ---- */

static rc_status open_bytes(const char *name, const void *bytes, size_t size, rc_safetensors **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_status status = rc_strdup(name, &(*out)->source);
    if (status == RC_OK) status = read_header(*out, bytes, size);
    if (status == RC_OK) status = check_sum(*out);
    if (status != RC_OK) rc_safetensors_close(out);
    return status;
}

rc_status rc_safetensors_open_memory(const char *name, const void *bytes, size_t size, rc_safetensors **out)
{
    return open_bytes(name, bytes, size, out);
}

rc_status rc_safetensors_open(const char *path, rc_safetensors **out)
{
    rc_file_map map;
    RC_TRY(rc_file_map_open(path, &map));
    rc_status status = open_bytes(path, map.data, map.size, out);
    if (status == RC_OK)
        (*out)->map = map;
    else
        rc_file_map_close(&map);
    return status;
}

void rc_safetensors_close(rc_safetensors **s)
{
    if (!*s) return;
    rc_json_free(&(*s)->header);
    rc_free((*s)->entries);
    rc_free((*s)->source);
    rc_file_map_close(&(*s)->map);
    rc_free(*s);
    *s = NULL;
}

const void *rc_safetensors_bytes(const rc_safetensors *s, size_t *size)
{
    *size = s->size;
    return s->bytes;
}

int rc_safetensors_count(const rc_safetensors *s)
{
    return s->count;
}

rc_safetensors_entry rc_safetensors_get(const rc_safetensors *s, int i)
{
    return s->entries[i].e;
}

int rc_safetensors_find(const rc_safetensors *s, const char *name)
{
    for (int i = 0; i < s->count; i++)
        if (strcmp(s->entries[i].e.name, name) == 0) return i;
    return -1;
}

const char *rc_safetensors_metadata(const rc_safetensors *s, const char *key)
{
    return rc_json_string(rc_json_get(s->header, "__metadata__"), key, NULL);
}

rc_status rc_safetensors_metadata_json(const rc_safetensors *s, const char *key, rc_json **out)
{
    const char *text = rc_safetensors_metadata(s, key);
    *out = NULL;
    return text ? rc_json_parse(s->source, text, strlen(text), out) : RC_OK;
}

int rc_safetensors_metadata_count(const rc_safetensors *s)
{
    int n = 0;
    while (rc_safetensors_metadata_key(s, n))
        n++;
    return n;
}

const char *rc_safetensors_metadata_key(const rc_safetensors *s, int i)
{
    void *at = NULL;
    const char *key;
    const rc_json *value;
    for (int n = 0; rc_json_each(rc_json_get(s->header, "__metadata__"), &at, &key, &value); n++)
        if (n == i) return key;
    return NULL;
}
