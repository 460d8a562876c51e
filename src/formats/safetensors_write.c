#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "formats/json.h"
#include "formats/safetensors.h"
#include "formats/safetensors_sum.h"

typedef struct item {
    const void *data;
    void *owned;
    size_t bytes;
    rc_checksum sum; /* of what describes it; its data are added when they are written */
} item;

struct rc_safetensors_writer {
    rc_json *header, *metadata;
    item *items;
    int count, capacity;
    size_t total;
    uint64_t sum; /* once the metadata are finished */
};

static const char *const dtype_name[RC_DTYPE_COUNT] = {
    [RC_DTYPE_F32] = "F32",  [RC_DTYPE_F64] = "F64", [RC_DTYPE_F16] = "F16", [RC_DTYPE_BF16] = "BF16",
    [RC_DTYPE_I8] = "I8",    [RC_DTYPE_U8] = "U8",   [RC_DTYPE_I16] = "I16", [RC_DTYPE_U16] = "U16",
    [RC_DTYPE_I32] = "I32",  [RC_DTYPE_U32] = "U32", [RC_DTYPE_I64] = "I64", [RC_DTYPE_U64] = "U64",
    [RC_DTYPE_BOOL] = "BOOL"};

rc_status rc_safetensors_writer_create(rc_safetensors_writer **out)
{
    RC_TRY(RC_NEW(out, 1));
    (*out)->header = rc_json_object();
    (*out)->metadata = rc_json_object();
    return RC_OK;
}

void rc_safetensors_writer_destroy(rc_safetensors_writer **w)
{
    if (!*w) return;
    for (int i = 0; i < (*w)->count; i++)
        rc_free((*w)->items[i].owned);
    rc_free((*w)->items);
    rc_json_free(&(*w)->header);
    rc_json_free(&(*w)->metadata);
    rc_free(*w);
    *w = NULL;
}

void rc_safetensors_writer_metadata(rc_safetensors_writer *w, const char *key, const char *value)
{
    rc_json_set_string(w->metadata, key, value);
}

static void describe(rc_safetensors_writer *w, const char *name, rc_dtype dtype, const rc_shape *shape,
                     size_t bytes)
{
    rc_json *j = rc_json_set(w->header, name, rc_json_object());
    rc_json_set_string(j, "dtype", dtype_name[dtype]);
    rc_json *list = rc_json_set(j, "shape", rc_json_array());
    for (int i = 0; i < shape->n; i++)
        rc_json_append_integer(list, shape->dim[i]);
    list = rc_json_set(j, "data_offsets", rc_json_array());
    rc_json_append_integer(list, (int64_t)w->total);
    rc_json_append_integer(list, (int64_t)(w->total + bytes));
}

static rc_status add_item(rc_safetensors_writer *w, const char *name, rc_dtype dtype, rc_shape shape,
                          const void *data, void *owned)
{
    size_t bytes = (size_t)rc_shape_size(&shape) * rc_dtype_size(dtype);
    RC_CHECK(!rc_json_get(w->header, name), RC_INTERNAL, "tensor \"%s\" was added twice", name);
    if (w->count == w->capacity) {
        void *items = w->items;
        int capacity = w->capacity ? 2 * w->capacity : 64;
        RC_TRY(rc_realloc((size_t)w->capacity * sizeof(item), (size_t)capacity * sizeof(item), &items));
        w->items = items;
        w->capacity = capacity;
    }
    describe(w, name, dtype, &shape, bytes);
    item *fresh = &w->items[w->count++];
    *fresh = (item){.data = data, .owned = owned, .bytes = bytes};
    rc__sum_describe(&fresh->sum, name, dtype, &shape);
    w->total += bytes;
    return RC_OK;
}

rc_status rc_safetensors_writer_metadata_json(rc_safetensors_writer *w, const char *key, const rc_json *value)
{
    char *text;
    RC_TRY(rc_json_text(value, false, &text));
    rc_safetensors_writer_metadata(w, key, text);
    rc_free(text);
    return RC_OK;
}

rc_status rc_safetensors_writer_add(rc_safetensors_writer *w, const char *name, rc_dtype dtype,
                                    rc_shape shape, const void *data)
{
    return add_item(w, name, dtype, shape, data, NULL);
}

rc_status rc_safetensors_writer_add_copy(rc_safetensors_writer *w, const char *name, rc_dtype dtype,
                                         rc_shape shape, const void *data)
{
    void *copy;
    size_t n = (size_t)rc_shape_size(&shape), size = rc_dtype_size(dtype);
    RC_TRY(rc_alloc(n, size, &copy));
    if (n) memcpy(copy, data, n * size);
    rc_status status = add_item(w, name, dtype, shape, copy, copy);
    if (status != RC_OK) rc_free(copy);
    return status;
}

rc_status rc_safetensors_writer_add_f32(rc_safetensors_writer *w, const char *name, rc_dtype stored,
                                        rc_shape shape, const float *data)
{
    void *copy;
    int64_t n = rc_shape_size(&shape);
    RC_TRY(rc_alloc((size_t)n, rc_dtype_size(stored), &copy));
    rc_status status = rc_convert_from_f32(stored, data, n, copy);
    if (status == RC_OK) status = add_item(w, name, stored, shape, copy, copy);
    if (status != RC_OK) rc_free(copy);
    return status;
}

/* What the file will hold is known now, and so is its checksum. The header owns the metadata from then on. */
static void finish_metadata(rc_safetensors_writer *w)
{
    char text[RC_CHECKSUM_TEXT];
    if (rc_json_get(w->header, "__metadata__")) return;
    w->sum = rc__sum_metadata(w->metadata);
    for (int i = 0; i < w->count; i++) {
        item *e = &w->items[i];
        rc_checksum_add(&e->sum, e->data, e->bytes);
        w->sum += rc_checksum_value(&e->sum);
    }
    rc_checksum_text(w->sum, text);
    rc_json_set_string(w->metadata, RC__SUM_KEY, text);
    rc_json_set(w->header, "__metadata__", w->metadata);
    w->metadata = NULL;
}

rc_status rc_safetensors_writer_checksum(rc_safetensors_writer *w, uint64_t *out)
{
    finish_metadata(w);
    *out = w->sum;
    return rc_json_check(w->header);
}

/* The header is padded with blanks so that the data begin at a multiple of 8 bytes. */
static rc_status make_head(rc_safetensors_writer *w, rc_string *out)
{
    char *text, length[8];
    finish_metadata(w);
    RC_TRY(rc_json_text(w->header, false, &text));
    size_t size = strlen(text), padded = (size + 7) / 8 * 8;
    for (int i = 0; i < 8; i++)
        length[i] = (char)(padded >> (8 * i));
    rc_status status = rc_string_add(out, length, sizeof length);
    if (status == RC_OK) status = rc_string_add(out, text, size);
    if (status == RC_OK) status = rc_string_add(out, "       ", padded - size);
    rc_free(text);
    return status;
}

static rc_status write_all(const rc_safetensors_writer *w, const rc_string *head, rc_file_writer *f)
{
    RC_TRY(rc_file_writer_put(f, head->data, head->length));
    for (int i = 0; i < w->count; i++)
        RC_TRY(rc_file_writer_put(f, w->items[i].data, w->items[i].bytes));
    return RC_OK;
}

static rc_status write_file(const rc_safetensors_writer *w, const rc_string *head, const char *path)
{
    rc_file_writer f;
    RC_TRY(rc_file_writer_open(path, &f));
    rc_status status = write_all(w, head, &f);
    if (status == RC_OK) return rc_file_writer_commit(&f);
    rc_file_writer_abandon(&f);
    return status;
}

static rc_status copy_all(const rc_safetensors_writer *w, const rc_string *head, void **bytes, size_t *size)
{
    size_t at = head->length;
    *size = head->length;
    for (int i = 0; i < w->count; i++)
        *size += w->items[i].bytes;
    RC_TRY(rc_alloc_raw(*size, 1, bytes));
    memcpy(*bytes, head->data, head->length);
    for (int i = 0; i < w->count; at += w->items[i].bytes, i++)
        memcpy((char *)*bytes + at, w->items[i].data, w->items[i].bytes);
    return RC_OK;
}

rc_status rc_safetensors_writer_bytes(rc_safetensors_writer *w, void **bytes, size_t *size)
{
    rc_string head = {0};
    rc_status status = make_head(w, &head);
    if (status == RC_OK) status = copy_all(w, &head, bytes, size);
    rc_string_free(&head);
    return status;
}

rc_status rc_safetensors_writer_write(rc_safetensors_writer *w, const char *path)
{
    rc_string head = {0};
    rc_status status = make_head(w, &head);
    if (status == RC_OK) status = write_file(w, &head, path);
    rc_string_free(&head);
    return status;
}
