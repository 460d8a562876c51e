/* Python pickles as containers: every array, and every list of numbers, texts or like arrays, that the value
 * holds, named by the way to it: "train.images", "[0].x". */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "formats/container_reader.h"
#include "formats/npy_header.h"
#include "formats/pickle_machine.h"

enum { DEEPEST = 16, WALKED = 256, LONGEST_NAME = 400, FREE_WORK = 1 << 20 };

typedef struct reader {
    rc_arena *arena;
    rc_file_map map;
    rc__py *value; /* of each entry */
    size_t count, capacity;
    size_t size, work; /* of the pickle; what looking at it has cost */
} reader;

/* ---- kinds of values ---- */

static bool is_number(rc__py v)
{
    return v.kind == RC__PY_INT || v.kind == RC__PY_FLOAT || v.kind == RC__PY_BOOL;
}

static bool is_text(rc__py v)
{
    return v.kind == RC__PY_TEXT || v.kind == RC__PY_BYTES;
}

static bool is_objects(rc__py v)
{
    return v.kind == RC__PY_LIST || (v.kind == RC__PY_ARRAY && v.as.o->built && v.as.o->type.letter == 'O');
}

static bool dtype_of(rc__numpy_type t, rc_dtype *out)
{
    char descr[8];
    if (!strchr("fiub", t.letter) || t.size < 1 || t.size > 8) return false;
    snprintf(descr, sizeof descr, "<%c%d", t.letter, (int)t.size);
    return rc__npy_dtype("", descr, out) == RC_OK;
}

static bool all(const rc__py_object *o, bool (*is)(rc__py))
{
    for (size_t i = 0; i < o->n; i++)
        if (!is(o->item[i])) return false;
    return o->n > 0;
}

/* Arrays of numbers, one type and shape. */
static bool all_alike(const rc__py_object *o, rc_dtype *dtype)
{
    for (size_t i = 0; i < o->n; i++) {
        const rc__py v = o->item[i], first = o->item[0];
        if (v.kind != RC__PY_ARRAY || !v.as.o->built || !dtype_of(v.as.o->type, dtype)) return false;
        if (v.as.o->type.letter != first.as.o->type.letter || v.as.o->type.size != first.as.o->type.size ||
            !rc_shape_equal(&v.as.o->shape, &first.as.o->shape))
            return false;
    }
    return o->n > 0 && o->item[0].as.o->shape.n < RC_MAX_DIMS;
}

/* Series of numbers, one type. */
static bool is_ragged(rc__py v, rc_dtype *dtype)
{
    const rc__py_object *o = v.as.o;
    for (size_t i = 0; i < o->n; i++) {
        const rc__py one = o->item[i], first = o->item[0];
        if (one.kind != RC__PY_ARRAY || !one.as.o->built || one.as.o->shape.n != 1) return false;
        if (!dtype_of(one.as.o->type, dtype) || one.as.o->type.letter != first.as.o->type.letter ||
            one.as.o->type.size != first.as.o->type.size)
            return false;
    }
    /* A pair is more likely x and y. */
    return o->n > (v.kind == RC__PY_ARRAY ? 1 : 2);
}

/* Lists of numbers, one length. */
static bool is_table(const rc__py_object *o)
{
    for (size_t i = 0; i < o->n; i++)
        if (o->item[i].kind != RC__PY_LIST || o->item[i].as.o->n != o->item[0].as.o->n ||
            !all(o->item[i].as.o, is_number))
            return false;
    return o->n > 0;
}

static rc_dtype type_of_numbers(const rc__py_object *o)
{
    bool whole = true;
    for (size_t i = 0; i < o->n && whole; i++)
        whole = o->item[i].kind != RC__PY_FLOAT &&
                (o->item[i].kind != RC__PY_LIST || type_of_numbers(o->item[i].as.o) == RC_DTYPE_I64);
    return whole ? RC_DTYPE_I64 : RC_DTYPE_F64;
}

/* A few bytes can name one list many times over, and within itself: what is looked at stays in proportion to
 * the file. */
static rc_status charge(rc_container *c, size_t rows, size_t columns)
{
    reader *r = c->state;
    size_t cost;
    bool fits = rc_mul_size(rows, columns, &cost) && rc_add_size(r->work, cost, &r->work);
    RC_CHECK(fits && (r->work <= FREE_WORK || r->work / 16 <= r->size), RC_UNSUPPORTED,
             "%s: the pickle names the same values over and over", c->source);
    return RC_OK;
}

/* ---- entries ---- */

static rc_status add(rc_container *c, const char *name, rc_entry e, rc__py value, const char *refused)
{
    reader *r = c->state;
    if (r->count == r->capacity) {
        size_t wanted = r->capacity ? 2 * r->capacity : 16;
        RC_TRY(rc_realloc(r->capacity * sizeof value, wanted * sizeof value, (void **)&r->value));
        r->capacity = wanted;
    }
    RC_TRY(rc__container_add(c, name[0] ? name : "array", e, refused));
    r->value[r->count++] = value;
    return RC_OK;
}

static rc_status add_array(rc_container *c, const char *name, rc__py v)
{
    const rc__py_object *a = v.as.o;
    rc_entry e = {.shape = a->shape};
    if (!a->built) return add(c, name, e, v, "is an array without data");
    e.is_text = a->type.letter == 'U' || a->type.letter == 'S';
    if (e.is_text) return add(c, name, e, v, a->fortran && a->shape.n > 1 ? "text in Fortran order" : NULL);
    return add(c, name, e, v,
               dtype_of(a->type, &e.dtype) ? NULL : "holds values that are neither numbers nor text");
}

static rc_status walk(rc_container *c, const char *name, rc__py v, int depth);

static rc_status walk_dict(rc_container *c, const char *name, const rc__py_object *o, int depth)
{
    for (size_t i = 0; i + 1 < o->n; i += 2) {
        rc__py key = o->item[i];
        char path[LONGEST_NAME];
        const char *dot = name[0] ? "." : "";
        if (is_text(key))
            snprintf(path, sizeof path, "%s%s%.*s", name, dot,
                     (int)rc_utf8_cut((const char *)key.as.o->bytes, key.as.o->n, 200),
                     (const char *)key.as.o->bytes);
        else if (key.kind == RC__PY_INT)
            snprintf(path, sizeof path, "%s%s%lld", name, dot, (long long)key.as.i);
        else
            continue;
        RC_TRY(walk(c, path, o->item[i + 1], depth + 1));
    }
    return RC_OK;
}

/* A pickle may name one value over and over, at two bytes each. */
static const char *too_often(const rc_container *c, bool fits, size_t claimed)
{
    const reader *r = c->state;
    return fits && !rc__is_bomb(r->size, claimed) ? NULL : "is one value many times over";
}

static size_t text_bytes(const rc__py_object *o)
{
    size_t sum = 0;
    for (size_t i = 0; i < o->n; i++)
        if (__builtin_add_overflow(sum, o->item[i].as.o->n, &sum)) return SIZE_MAX;
    return sum;
}

static rc_status add_rows(rc_container *c, const char *name, rc_entry e, rc__py v)
{
    int64_t count;
    size_t claimed = 0;
    bool fits = rc_shape_count(&e.shape, &count) == RC_OK &&
                rc_mul_size((size_t)count, rc_dtype_size(e.dtype), &claimed);
    return add(c, name, e, v, too_often(c, fits, claimed));
}

static rc_status walk_list(rc_container *c, const char *name, rc__py v, int depth)
{
    const rc__py_object *o = v.as.o;
    rc_entry e = {.shape = RC_SHAPE((int64_t)o->n)};
    bool nested = o->n > 0 && o->item[0].kind == RC__PY_LIST;
    RC_TRY(charge(c, o->n + 1, nested ? o->item[0].as.o->n + 1 : 1));
    if (all(o, is_number)) {
        e.dtype = type_of_numbers(o);
        return add(c, name, e, v, NULL);
    }
    if (all(o, is_text)) {
        e.is_text = true;
        return add(c, name, e, v, too_often(c, true, text_bytes(o)));
    }
    if (is_table(o)) {
        e.dtype = type_of_numbers(o);
        e.shape = RC_SHAPE((int64_t)o->n, (int64_t)o->item[0].as.o->n);
        return add_rows(c, name, e, v);
    }
    if (all_alike(o, &e.dtype)) {
        const rc_shape *s = &o->item[0].as.o->shape;
        e.shape.n = s->n + 1;
        memcpy(e.shape.dim + 1, s->dim, (size_t)s->n * sizeof *s->dim);
        return add_rows(c, name, e, v);
    }
    if (is_ragged(v, &e.dtype)) {
        e.is_ragged = true;
        return add(c, name, e, v, NULL);
    }
    if (o->n > WALKED) return add(c, name, e, v, "is a list of values of different kinds or shapes");
    for (size_t i = 0; i < o->n; i++) {
        char path[LONGEST_NAME];
        bool alone = o->n == 1 && v.kind == RC__PY_ARRAY; /* numpy.array(dict) */
        snprintf(path, sizeof path, alone ? "%s" : "%s[%zu]", name, i);
        RC_TRY(walk(c, path, o->item[i], depth + 1));
    }
    return RC_OK;
}

static rc_status walk(rc_container *c, const char *name, rc__py v, int depth)
{
    RC_TRY(charge(c, 1, 1));
    RC_CHECK(depth <= DEEPEST, RC_UNSUPPORTED, "%s: the pickle is nested too deeply", c->source);
    RC_CHECK(strlen(name) < LONGEST_NAME - 24, RC_UNSUPPORTED, "%s: the pickle's keys are too long",
             c->source);
    if (is_objects(v)) return walk_list(c, name, v, depth);
    if (v.kind == RC__PY_DICT) return walk_dict(c, name, v.as.o, depth);
    if (v.kind == RC__PY_ARRAY) return add_array(c, name, v);
    if (is_number(v)) {
        rc_entry e = {.dtype = v.kind == RC__PY_FLOAT ? RC_DTYPE_F64 : RC_DTYPE_I64};
        return add(c, name, e, v, NULL);
    }
    return RC_OK; /* None, single texts, dtypes: nothing to learn from */
}

/* ---- reading ---- */

static void swap_bytes(unsigned char *data, size_t item, int64_t count)
{
    for (int64_t i = 0; i < count; i++, data += item)
        for (size_t k = 0; k < item / 2; k++) {
            unsigned char kept = data[k];
            data[k] = data[item - 1 - k];
            data[item - 1 - k] = kept;
        }
}

static void put_number(rc__py v, rc_dtype dtype, unsigned char **to)
{
    double real = v.kind == RC__PY_FLOAT ? v.as.f : (double)v.as.i;
    memcpy(*to, dtype == RC_DTYPE_F64 ? (void *)&real : (void *)&v.as.i, 8);
    *to += 8;
}

/* One array's numbers, as they are meant: rows together, little-endian. */
static rc_status put_array(const rc__py_object *a, rc_dtype dtype, unsigned char **to)
{
    rc_array whole = {.dtype = dtype, .shape = a->shape, .data = a->bytes};
    if (a->fortran && a->shape.n > 1) RC_TRY(rc__array_from_fortran(&whole));
    if (a->n) memcpy(*to, whole.data, a->n);
    if (a->type.big && a->n) swap_bytes(*to, rc_dtype_size(dtype), rc_shape_size(&a->shape));
    *to += a->n;
    rc_array_free(&whole);
    return RC_OK;
}

static rc_status put(rc__py v, rc_dtype dtype, unsigned char **to)
{
    if (v.kind == RC__PY_ARRAY && v.as.o->type.letter != 'O') return put_array(v.as.o, dtype, to);
    if (is_number(v)) {
        put_number(v, dtype, to);
        return RC_OK;
    }
    for (size_t i = 0; i < v.as.o->n; i++)
        RC_TRY(put(v.as.o->item[i], dtype, to));
    return RC_OK;
}

static rc_status read_numbers(rc_container *c, int i, rc_array *out)
{
    const reader *r = c->state;
    *out = (rc_array){.dtype = c->entry[i].dtype, .shape = c->entry[i].shape};
    RC_TRY(rc_alloc((size_t)rc_array_size(out), rc_dtype_size(out->dtype), &out->owned));
    unsigned char *to = out->owned;
    out->data = out->owned;
    rc_status status = put(r->value[i], out->dtype, &to);
    if (status != RC_OK) rc_array_free(out);
    return status;
}

static rc_status read_series(rc_container *c, int i, int64_t k, rc_array *out)
{
    const rc__py one = ((const reader *)c->state)->value[i].as.o->item[k];
    *out = (rc_array){.dtype = c->entry[i].dtype, .shape = one.as.o->shape};
    RC_TRY(rc_alloc((size_t)rc_array_size(out), rc_dtype_size(out->dtype), &out->owned));
    unsigned char *to = out->owned;
    out->data = out->owned;
    return put_array(one.as.o, out->dtype, &to);
}

static rc_status read_texts(rc_container *c, int i, rc_texts *out)
{
    const rc__py v = ((const reader *)c->state)->value[i];
    const rc__py_object *o = v.as.o;
    if (!is_objects(v))
        return rc__numpy_texts(c->source, o->type.letter, (size_t)o->type.size, o->type.big, o->bytes, o->n,
                               rc_shape_size(&o->shape), out);
    for (size_t k = 0; k < o->n; k++)
        RC_TRY(rc_texts_add(out, (const char *)o->item[k].as.o->bytes, o->item[k].as.o->n));
    return RC_OK;
}

/* ---- opening ---- */

static void close_reader(void *state)
{
    reader *r = state;
    rc_arena_destroy(&r->arena);
    rc_file_map_close(&r->map);
    rc_free(r->value);
    rc_free(r);
}

static rc_status open_bytes(rc_container *c, reader *r, const void *bytes, size_t size)
{
    rc__py value;
    r->size = size;
    RC_TRY(rc_arena_create(&r->arena));
    RC_TRY(rc__pickle_run(c->source, bytes, size, r->arena, &value));
    return walk(c, "", value, 0);
}

/* An object array's .npy: the state so far, a map, is taken over. */
rc_status rc__pickle_entries(rc_container *c, const void *bytes, size_t size)
{
    reader *r;
    rc_file_map *map = c->state;
    RC_TRY(RC_NEW(&r, 1));
    r->map = *map;
    rc_free(map);
    c->state = r;
    c->close = close_reader;
    c->read = read_numbers;
    c->texts = read_texts;
    c->series = read_series;
    return open_bytes(c, r, bytes, size);
}

rc_status rc__pickle_container(rc_container *c, const char *path)
{
    rc_file_map *map;
    RC_TRY(RC_NEW(&map, 1));
    rc_status status = rc_file_map_open(path, map);
    if (status != RC_OK) {
        rc_free(map);
        return status;
    }
    c->state = map;
    return rc__pickle_entries(c, map->data, map->size);
}
