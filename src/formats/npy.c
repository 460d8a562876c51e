/* NumPy's .npy: magic, version, header length, a Python dictionary of three known keys, data. The dictionary
 * is read as exactly that, never evaluated. */
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "formats/npy_header.h"

enum { LONGEST_HEADER = 1 << 16 };

/* ---- dtype ---- */

static const struct {
    const char *code; /* without byte order */
    rc_dtype dtype;
} codes[] = {{"f4", RC_DTYPE_F32}, {"f8", RC_DTYPE_F64}, {"f2", RC_DTYPE_F16}, {"i1", RC_DTYPE_I8},
             {"u1", RC_DTYPE_U8},  {"i2", RC_DTYPE_I16}, {"u2", RC_DTYPE_U16}, {"i4", RC_DTYPE_I32},
             {"u4", RC_DTYPE_U32}, {"i8", RC_DTYPE_I64}, {"u8", RC_DTYPE_U64}, {"b1", RC_DTYPE_BOOL}};

rc_status rc__npy_dtype(const char *name, const char *text, rc_dtype *out)
{
    char order = text[0];
    RC_CHECK(order != 'O' && !(order == '|' && text[1] == 'O'), RC_UNSUPPORTED,
             "%s: holds Python objects (a pickle), which are never loaded; save a numeric array", name);
    RC_CHECK(
        text[0] == '\0' || !strchr("US", text[1]), RC_UNSUPPORTED,
        "%s: holds text, where numbers are needed; `\1rc_data_import` turns names of classes into numbers",
        name);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (strlen(text) != 3 || strcmp(text + 1, codes[i].code) != 0) continue;
        *out = codes[i].dtype;
        bool single = rc_dtype_size(*out) == 1;
        RC_CHECK(order == '<' || order == '=' || (single && (order == '|' || order == '>')), RC_UNSUPPORTED,
                 "%s: numbers are big-endian (\"%s\"); convert with x.astype(x.dtype.newbyteorder('<'))",
                 name, text);
        return RC_OK;
    }
    return rc_fail(RC_UNSUPPORTED, "%s: dtype \"%s\" is not supported; use float32 or an integer type", name,
                   text);
}

/* ---- header dictionary ---- */

typedef struct cursor {
    const char *at, *end;
    const char *name;
} cursor;

static void skip_blanks(cursor *c)
{
    while (c->at < c->end && rc_ascii_is_space(*c->at))
        c->at++;
}

static bool take(cursor *c, char wanted)
{
    skip_blanks(c);
    if (c->at >= c->end || *c->at != wanted) return false;
    c->at++;
    return true;
}

static rc_status damaged(const cursor *c)
{
    return rc_fail(RC_FORMAT, "%s: the .npy header is damaged", c->name);
}

static bool take_string(cursor *c, size_t size, char *out)
{
    skip_blanks(c);
    if (c->at >= c->end || (*c->at != '\'' && *c->at != '"')) return false;
    char quote = *c->at++;
    size_t n = 0;
    while (c->at < c->end && *c->at != quote && n + 1 < size)
        out[n++] = *c->at++;
    out[n] = '\0';
    return take(c, quote);
}

static bool take_word(cursor *c, const char *word)
{
    skip_blanks(c);
    size_t n = strlen(word);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0) return false;
    c->at += n;
    return true;
}

static bool take_integer(cursor *c, int64_t *out)
{
    skip_blanks(c);
    const char *start = c->at;
    *out = 0;
    while (c->at < c->end && rc_ascii_is_digit(*c->at)) {
        if (__builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, *c->at - '0', out))
            return false;
        c->at++;
    }
    return c->at > start;
}

static rc_status parse_shape(cursor *c, rc_shape *out)
{
    out->n = 0;
    if (!take(c, '(')) return damaged(c);
    while (!take(c, ')')) {
        RC_CHECK(out->n < RC_MAX_DIMS, RC_UNSUPPORTED, "%s: more than %d dimensions", c->name, RC_MAX_DIMS);
        if (!take_integer(c, &out->dim[out->n])) return damaged(c);
        take(c, 'L'); /* Python 2 wrote whole numbers so */
        out->n++;
        if (!take(c, ',') && !(c->at < c->end && *c->at == ')')) return damaged(c);
    }
    return RC_OK;
}

static rc_status parse_header(cursor *c, rc__npy_header *h)
{
    char key[16];
    unsigned seen = 0;
    if (!take(c, '{')) return damaged(c);
    while (!take(c, '}')) {
        if (!take_string(c, sizeof key, key) || !take(c, ':')) return damaged(c);
        if (strcmp(key, "descr") == 0) {
            RC_CHECK(take_string(c, sizeof h->descr, h->descr), RC_UNSUPPORTED,
                     "%s: structured arrays are not supported", c->name);
            seen |= 1;
        } else if (strcmp(key, "fortran_order") == 0) {
            h->fortran = take_word(c, "True");
            if (!h->fortran && !take_word(c, "False")) return damaged(c);
            seen |= 2;
        } else if (strcmp(key, "shape") == 0) {
            RC_TRY(parse_shape(c, &h->shape));
            seen |= 4;
        } else {
            return damaged(c);
        }
        take(c, ',');
    }
    skip_blanks(c);
    return seen == 7 && c->at == c->end ? RC_OK : damaged(c);
}

/* ---- whole file ---- */

rc_status rc__array_from_fortran(rc_array *a)
{
    size_t item = rc_dtype_size(a->dtype);
    int64_t count = rc_array_size(a), index[RC_MAX_DIMS] = {0}, step[RC_MAX_DIMS], from = 0;
    unsigned char *to;
    RC_TRY(rc_alloc_raw((size_t)count, item, (void **)&to));
    for (int d = 0; d < a->shape.n; d++)
        step[d] = d ? step[d - 1] * a->shape.dim[d - 1] : 1;
    for (int64_t i = 0; i < count; i++) {
        memcpy(to + (size_t)i * item, (const unsigned char *)a->data + (size_t)from * item, item);
        for (int d = a->shape.n - 1; d >= 0; d--) {
            from += step[d];
            if (++index[d] < a->shape.dim[d]) break;
            from -= step[d] * index[d];
            index[d] = 0;
        }
    }
    rc_free(a->owned);
    a->owned = to;
    a->data = to;
    return RC_OK;
}

rc_status rc__npy_header_parse(const char *name, const void *bytes, size_t size, rc__npy_header *out)
{
    const unsigned char *b = bytes;
    *out = (rc__npy_header){0};
    RC_CHECK(size >= 10 && memcmp(b, "\x93NUMPY", 6) == 0, RC_FORMAT, "%s: not a .npy file", name);
    RC_CHECK(b[6] >= 1 && b[6] <= 3, RC_UNSUPPORTED, "%s: .npy version %d.%d is not known", name, b[6], b[7]);
    size_t prefix = b[6] == 1 ? 10 : 12;
    RC_CHECK(size >= prefix, RC_FORMAT, "%s: the file is cut off in its header", name);
    size_t header = (size_t)b[8] | (size_t)b[9] << 8;
    if (prefix == 12) header |= (size_t)b[10] << 16 | (size_t)b[11] << 24;
    RC_CHECK(header <= LONGEST_HEADER && header <= size - prefix, RC_FORMAT,
             "%s: the file is cut off in its header", name);
    cursor c = {(const char *)b + prefix, (const char *)b + prefix + header, name};
    RC_TRY(parse_header(&c, out));
    out->offset = prefix + header;
    int64_t count;
    rc_status status = rc_shape_count(&out->shape, &count);
    return status == RC_OK ? RC_OK : rc_fail_context(status, "%s", name);
}

rc_status rc_npy_parse(const char *name, const void *bytes, size_t size, rc_array *out)
{
    rc__npy_header h;
    *out = (rc_array){0};
    RC_TRY(rc__npy_header_parse(name, bytes, size, &h));
    RC_TRY(rc__npy_dtype(name, h.descr, &out->dtype));
    out->shape = h.shape;
    size_t need, have = size - h.offset;
    RC_CHECK(rc_mul_size((size_t)rc_shape_size(&h.shape), rc_dtype_size(out->dtype), &need), RC_FORMAT,
             "%s: the shape is far too large", name);
    char text[RC_SHAPE_TEXT];
    RC_CHECK(have >= need, RC_FORMAT, "%s: the file is cut off: %s %s needs %zu bytes, %zu are there", name,
             rc_dtype_text(out->dtype), rc_shape_text(&out->shape, text), need, have);
    RC_CHECK(have == need, RC_FORMAT, "%s: %zu bytes too many after %s %s", name, have - need,
             rc_dtype_text(out->dtype), rc_shape_text(&out->shape, text));
    out->data = (const unsigned char *)bytes + h.offset;
    return h.fortran && out->shape.n > 1 ? rc__array_from_fortran(out) : RC_OK;
}

rc_status rc_npy_open(const char *path, rc_array *out)
{
    rc_file_map map;
    *out = (rc_array){0};
    RC_TRY(rc_file_map_open(path, &map));
    rc_status status = rc_npy_parse(path, map.data, map.size, out);
    if (status == RC_OK && !out->owned)
        out->map = map;
    else
        rc_file_map_close(&map);
    return status;
}

/* ---- writing ---- */

rc_status rc_npy_header(rc_dtype dtype, rc_shape shape, unsigned char header[RC_NPY_HEADER], size_t *size)
{
    const char *code = NULL;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].dtype == dtype) code = codes[i].code;
    RC_CHECK(code, RC_UNSUPPORTED, ".npy cannot hold %s", rc_dtype_text(dtype));
    char text[RC_NPY_HEADER];
    int n = snprintf(text, sizeof text, "{'descr': '%c%s', 'fortran_order': False, 'shape': (",
                     rc_dtype_size(dtype) == 1 ? '|' : '<', code);
    for (int i = 0; i < shape.n; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s%lld%s", i ? " " : "", (long long)shape.dim[i],
                      i + 1 < shape.n || shape.n == 1 ? "," : "");
    n += snprintf(text + n, sizeof text - (size_t)n, "), }");
    /* The data begin at a multiple of 64 bytes. */
    size_t total = ((size_t)n + 10 + 1 + 63) / 64 * 64;
    RC_CHECK(total <= RC_NPY_HEADER, RC_INTERNAL, "a .npy header is too long");
    memset(header, ' ', total);
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = (unsigned char)((total - 10) & 0xff);
    header[9] = (unsigned char)((total - 10) >> 8);
    memcpy(header + 10, text, (size_t)n);
    header[total - 1] = '\n';
    *size = total;
    return RC_OK;
}

rc_status rc_npy_write(const char *path, rc_dtype dtype, rc_shape shape, const void *data)
{
    unsigned char header[RC_NPY_HEADER];
    size_t size;
    rc_file_writer w;
    RC_TRY(rc_npy_header(dtype, shape, header, &size));
    RC_TRY(rc_file_writer_open(path, &w));
    rc_status status = rc_file_writer_put(&w, header, size);
    if (status == RC_OK)
        status = rc_file_writer_put(&w, data, (size_t)rc_shape_size(&shape) * rc_dtype_size(dtype));
    if (status == RC_OK) return rc_file_writer_commit(&w);
    rc_file_writer_abandon(&w);
    return status;
}
