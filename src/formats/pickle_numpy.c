#include "formats/pickle_numpy.h"

#include <stdio.h>
#include <string.h>

enum word { RECONSTRUCT, NDARRAY, DTYPE, SCALAR, FROM_BUFFER, ENCODE, BYTEARRAY, ORDERED_DICT };

static const struct {
    const char *module, *name;
    enum word word;
} words[] = {{"numpy.core.multiarray", "_reconstruct", RECONSTRUCT},
             {"numpy._core.multiarray", "_reconstruct", RECONSTRUCT},
             {"numpy", "ndarray", NDARRAY},
             {"numpy", "dtype", DTYPE},
             {"numpy.core.multiarray", "scalar", SCALAR},
             {"numpy._core.multiarray", "scalar", SCALAR},
             {"numpy.core.numeric", "_frombuffer", FROM_BUFFER},
             {"numpy._core.numeric", "_frombuffer", FROM_BUFFER},
             {"_codecs", "encode", ENCODE},
             {"builtins", "bytearray", BYTEARRAY},
             {"__builtin__", "bytearray", BYTEARRAY},
             {"collections", "OrderedDict", ORDERED_DICT}};

int rc__pickle_word(const char *module, size_t module_size, const char *name, size_t name_size)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].module) == module_size && memcmp(words[i].module, module, module_size) == 0 &&
            strlen(words[i].name) == name_size && memcmp(words[i].name, name, name_size) == 0)
            return (int)words[i].word;
    return -1;
}

/* ---- values ---- */

rc_status rc__py_new(rc_arena *arena, rc__py_kind kind, rc__py *out)
{
    void *p;
    RC_TRY(rc_arena_alloc(arena, sizeof(rc__py_object), &p));
    *out = (rc__py){.kind = kind, .as.o = p};
    return RC_OK;
}

rc_status rc__py_append(rc_arena *arena, rc__py_object *o, rc__py item)
{
    if (o->n == o->capacity) {
        size_t wanted = o->capacity ? 2 * o->capacity : 4;
        void *p;
        RC_TRY(rc_arena_alloc(arena, wanted * sizeof item, &p));
        if (o->n) memcpy(p, o->item, o->n * sizeof item);
        o->item = p;
        o->capacity = wanted;
    }
    o->item[o->n++] = item;
    return RC_OK;
}

static rc_status damaged(const char *source, const char *what)
{
    return rc_fail(RC_FORMAT, "%s: the pickle is damaged (%s)", source, what);
}

static bool is_list(rc__py v, size_t min)
{
    return v.kind == RC__PY_LIST && v.as.o->n >= min;
}

static bool is_text(rc__py v)
{
    return v.kind == RC__PY_TEXT || v.kind == RC__PY_BYTES;
}

/* ---- dtype ---- */

/* "f4", "U12", "|b1", "<i8" */
static rc_status set_type(const char *source, rc__py text, rc__numpy_type *out)
{
    char code[16] = "", rest;
    unsigned size = 0;
    if (!is_text(text) || text.as.o->n >= sizeof code) return damaged(source, "dtype");
    memcpy(code, text.as.o->bytes, text.as.o->n);
    const char *at = code + strspn(code, "<>|=");
    *out = (rc__numpy_type){.letter = at[0], .big = code[0] == '>'};
    if (at[0] == 'O') return RC_OK;
    bool good = at[0] && strchr("fiubUS", at[0]) && sscanf(at + 1, "%u%c", &size, &rest) == 1;
    RC_CHECK(good && size < 1 << 20, RC_UNSUPPORTED, "%s: arrays of dtype \"%s\" are not supported", source,
             code);
    out->size = at[0] == 'U' ? 4 * (int64_t)size : (int64_t)size;
    return RC_OK;
}

/* ---- arrays ---- */

static rc_status set_shape(const char *source, rc__py v, rc_shape *out)
{
    if (v.kind != RC__PY_LIST) return damaged(source, "shape");
    RC_CHECK(v.as.o->n <= RC_MAX_DIMS, RC_UNSUPPORTED, "%s: an array of over %d dimensions", source,
             RC_MAX_DIMS);
    *out = (rc_shape){.n = (int)v.as.o->n};
    for (int d = 0; d < out->n; d++) {
        if (v.as.o->item[d].kind != RC__PY_INT) return damaged(source, "shape");
        out->dim[d] = v.as.o->item[d].as.i;
    }
    int64_t count;
    rc_status status = rc_shape_count(out, &count);
    return status == RC_OK ? RC_OK : rc_fail_context(status, "%s", source);
}

static rc_status set_data(const char *source, rc__py_object *a, rc__py data)
{
    int64_t count = rc_shape_size(&a->shape);
    size_t need;
    if (a->type.letter == 'O') {
        if (data.kind != RC__PY_LIST || data.as.o->n != (size_t)count)
            return damaged(source, "objects of an array");
        a->item = data.as.o->item;
        a->n = data.as.o->n;
    } else {
        if (data.kind != RC__PY_BYTES) return damaged(source, "data of an array");
        if (!rc_mul_size((size_t)count, (size_t)a->type.size, &need) || need != data.as.o->n)
            return damaged(source, "an array's data do not fit its shape");
        a->bytes = data.as.o->bytes;
        a->n = data.as.o->n;
    }
    a->built = true;
    return RC_OK;
}

/* (version, shape, dtype, is Fortran, data) */
static rc_status build_array(const char *source, rc__py_object *a, rc__py state)
{
    if (!is_list(state, 5)) return damaged(source, "state of an array");
    const rc__py *s = state.as.o->item;
    if (s[2].kind != RC__PY_DTYPE || s[3].kind != RC__PY_BOOL) return damaged(source, "state of an array");
    RC_TRY(set_shape(source, s[1], &a->shape));
    a->type = s[2].as.o->type;
    a->fortran = s[3].as.i;
    return set_data(source, a, s[4]);
}

/* (version, byte order, ...) */
static rc_status build_dtype(const char *source, rc__py_object *d, rc__py state)
{
    if (!is_list(state, 2) || !is_text(state.as.o->item[1]) || state.as.o->item[1].as.o->n != 1)
        return damaged(source, "state of a dtype");
    d->type.big = state.as.o->item[1].as.o->bytes[0] == '>';
    return RC_OK;
}

rc_status rc__pickle_build(const char *source, rc__py object, rc__py state)
{
    if (object.kind == RC__PY_ARRAY) return build_array(source, object.as.o, state);
    if (object.kind == RC__PY_DTYPE) return build_dtype(source, object.as.o, state);
    return damaged(source, "state for something that has none");
}

/* ---- calls ---- */

/* numpy._core.numeric._frombuffer(buffer, dtype, shape, order) */
static rc_status from_buffer(const char *source, const rc__py *a, rc_arena *arena, rc__py *out)
{
    if (a[1].kind != RC__PY_DTYPE || !is_text(a[3]) || a[3].as.o->n != 1) return damaged(source, "buffer");
    RC_TRY(rc__py_new(arena, RC__PY_ARRAY, out));
    out->as.o->type = a[1].as.o->type;
    out->as.o->fortran = a[3].as.o->bytes[0] == 'F';
    RC_TRY(set_shape(source, a[2], &out->as.o->shape));
    return set_data(source, out->as.o, a[0]);
}

/* numpy scalar: an array of one element and no dimension. */
static rc_status scalar(const char *source, const rc__py *a, rc_arena *arena, rc__py *out)
{
    if (a[0].kind != RC__PY_DTYPE) return damaged(source, "scalar");
    RC_TRY(rc__py_new(arena, RC__PY_ARRAY, out));
    out->as.o->type = a[0].as.o->type;
    return set_data(source, out->as.o, a[1]);
}

/* Text whose letters are bytes (how Python 3 writes bytes for protocol 2). */
static rc_status encode(const char *source, rc__py text, rc_arena *arena, rc__py *out)
{
    if (text.kind != RC__PY_TEXT) return damaged(source, "bytes");
    const unsigned char *from = text.as.o->bytes, *end = from + text.as.o->n;
    void *p;
    RC_TRY(rc_arena_alloc(arena, text.as.o->n + 1, &p));
    unsigned char *to = p;
    RC_TRY(rc__py_new(arena, RC__PY_BYTES, out));
    out->as.o->bytes = to;
    while (from < end) {
        if (*from < 0x80) {
            *to++ = *from++;
            continue;
        }
        if ((*from & 0xfc) != 0xc0 || end - from < 2 || (from[1] & 0xc0) != 0x80)
            return damaged(source, "bytes");
        *to++ = (unsigned char)(from[0] << 6 | (from[1] & 0x3f));
        from += 2;
    }
    out->as.o->n = (size_t)(to - out->as.o->bytes);
    return RC_OK;
}

static rc_status ordered_dict(const char *source, rc__py arguments, rc_arena *arena, rc__py *out)
{
    RC_TRY(rc__py_new(arena, RC__PY_DICT, out));
    if (arguments.as.o->n == 0) return RC_OK;
    rc__py pairs = arguments.as.o->item[0];
    if (pairs.kind != RC__PY_LIST) return damaged(source, "OrderedDict");
    for (size_t i = 0; i < pairs.as.o->n; i++) {
        rc__py pair = pairs.as.o->item[i];
        if (pair.kind != RC__PY_LIST || pair.as.o->n != 2) return damaged(source, "OrderedDict");
        RC_TRY(rc__py_append(arena, out->as.o, pair.as.o->item[0]));
        RC_TRY(rc__py_append(arena, out->as.o, pair.as.o->item[1]));
    }
    return RC_OK;
}

rc_status rc__pickle_call(const char *source, int word, rc__py arguments, rc_arena *arena, rc__py *out)
{
    static const size_t min[] = {
        [RECONSTRUCT] = 3, [DTYPE] = 1, [SCALAR] = 2, [FROM_BUFFER] = 4, [ENCODE] = 1};
    if (arguments.kind != RC__PY_LIST) return damaged(source, "arguments");
    const rc__py *a = arguments.as.o->item;
    if ((size_t)word < sizeof min / sizeof *min && arguments.as.o->n < min[word])
        return damaged(source, "too few arguments");
    switch ((enum word)word) {
    case RECONSTRUCT:
        return rc__py_new(arena, RC__PY_ARRAY, out);
    case DTYPE:
        RC_TRY(rc__py_new(arena, RC__PY_DTYPE, out));
        return set_type(source, a[0], &out->as.o->type);
    case SCALAR:
        return scalar(source, a, arena, out);
    case FROM_BUFFER:
        return from_buffer(source, a, arena, out);
    case ENCODE:
        return encode(source, a[0], arena, out);
    case BYTEARRAY:
        if (arguments.as.o->n == 0) return rc__py_new(arena, RC__PY_BYTES, out);
        if (a[0].kind == RC__PY_TEXT) return encode(source, a[0], arena, out);
        *out = a[0];
        return RC_OK;
    case ORDERED_DICT:
        return ordered_dict(source, arguments, arena, out);
    case NDARRAY:
        break;
    }
    return damaged(source, "a call that makes no sense");
}
