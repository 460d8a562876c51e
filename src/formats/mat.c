/* MATLAB's .mat, versions 5 and 7.3 (matio): arrays of numbers, of characters, and cells of texts. MATLAB
 * keeps columns together, so arrays are turned to rows: the shape is the one MATLAB shows. */
#include <errno.h>
#include <matio.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "formats/container_reader.h"
#include "formats/mat_check.h"
#include "formats/npy_header.h"

/* What libmatio takes beside the values: with 7.3 also what libhdf5 takes. */
enum { LIBRARY_NEEDS = 32 << 20, CELL_NEEDS = 1 << 10 };

static void say_nothing(int level, char *message)
{
    (void)level;
    (void)message;
}

/* ---- what a variable is ---- */

static const char *number_type(const matvar_t *v, rc_dtype *out)
{
    static const rc_dtype types[] = {RC_DTYPE_F64, RC_DTYPE_F32, RC_DTYPE_I8,  RC_DTYPE_U8,  RC_DTYPE_I16,
                                     RC_DTYPE_U16, RC_DTYPE_I32, RC_DTYPE_U32, RC_DTYPE_I64, RC_DTYPE_U64};
    if (v->class_type >= MAT_C_DOUBLE && v->class_type <= MAT_C_UINT64) {
        *out = types[v->class_type - MAT_C_DOUBLE];
        return v->isComplex ? "holds complex numbers" : NULL;
    }
    switch (v->class_type) {
    case MAT_C_STRUCT:
        return "is a struct; save its fields as variables of their own";
    case MAT_C_SPARSE:
        return "is a sparse matrix; save full(x)";
    case MAT_C_OBJECT:
    case MAT_C_OPAQUE:
        return "is an object (a table, string array or datetime); save plain arrays";
    case MAT_C_FUNCTION:
        return "is a function";
    default:
        return "is of a MATLAB type that cannot be used";
    }
}

static const char *classify(const matvar_t *v, size_t file_size, rc_entry *e)
{
    if (v->rank < 0 || v->rank > RC_MAX_DIMS) return "has too many dimensions";
    e->shape.n = v->rank;
    for (int i = 0; i < v->rank; i++) {
        if (v->dims[i] > INT64_MAX) return "is far too large";
        e->shape.dim[i] = (int64_t)v->dims[i];
    }
    int64_t count;
    size_t claimed;
    if (rc_shape_count(&e->shape, &count) != RC_OK) return "is far too large";
    e->is_text = v->class_type == MAT_C_CHAR || v->class_type == MAT_C_CELL;
    /* A row of characters is one text; rows of nothing cost nothing, so they may not be many. */
    if (v->class_type == MAT_C_CHAR && v->rank && v->dims[0] > file_size)
        return "claims more rows than bytes";
    if (v->class_type == MAT_C_CHAR) e->shape = RC_SHAPE(v->rank ? e->shape.dim[0] : 0);
    const char *fault = e->is_text ? NULL : number_type(v, &e->dtype);
    if (fault) return fault;
    bool fits = rc_mul_size((size_t)count, e->is_text ? 2 : rc_dtype_size(e->dtype), &claimed);
    return fits && !rc__is_bomb(file_size, claimed) ? NULL
                                                    : "claims more values than so small a file can hold";
}

/* ---- reading ---- */

/* The library crashes where an allocation of its own fails: its memory is asked for first. */
static rc_status ask_for(size_t bytes)
{
    return rc_memory_ask(LIBRARY_NEEDS + bytes, "libmatio");
}

static rc_status fetch(rc_container *c, int i, matvar_t **out)
{
    const rc_entry *e = &c->entry[i];
    /* The values, and once more in the type of the file. A cell costs a variable of its own. */
    size_t item = e->is_text ? CELL_NEEDS : 2 * rc_dtype_size(e->dtype);
    *out = NULL;
    RC_TRY(ask_for((size_t)rc_shape_size(&e->shape) * item));
    errno = 0;
    Mat_Rewind(c->state);
    *out = Mat_VarRead(c->state, e->name);
    if (*out && (*out)->data) return RC_OK;
    return rc_fail_reading(c->source, "%s: \"%s\" cannot be read: the file is damaged or cut off", c->source,
                           e->name);
}

static rc_status read_numbers(rc_container *c, int i, rc_array *out)
{
    const rc_entry *e = &c->entry[i];
    matvar_t *v;
    *out = (rc_array){.dtype = e->dtype, .shape = e->shape};
    size_t bytes = (size_t)rc_array_size(out) * rc_dtype_size(e->dtype);
    if (bytes == 0) return rc_alloc(1, 1, &out->owned);
    rc_status status = fetch(c, i, &v);
    if (status == RC_OK && v->nbytes != bytes)
        status = rc_fail(RC_FORMAT, "%s: \"%s\" holds %zu bytes, its shape needs %zu", c->source, e->name,
                         v->nbytes, bytes);
    if (status == RC_OK) {
        out->data = v->data;
        status = rc__array_from_fortran(out);
    }
    Mat_VarFree(v);
    if (status != RC_OK) *out = (rc_array){0};
    return status;
}

/* Row r of a character matrix as UTF-8. */
static rc_status add_row(const matvar_t *v, size_t r, rc_texts *out)
{
    size_t rows = v->rank ? v->dims[0] : 0, columns = rows ? v->nbytes / (size_t)v->data_size / rows : 0;
    rc_string s = {0};
    rc_status status = RC_OK;
    for (size_t k = 0; k < columns && status == RC_OK; k++) {
        size_t at = k * rows + r;
        uint32_t letter =
            v->data_size == 2 ? ((const uint16_t *)v->data)[at] : ((const uint8_t *)v->data)[at];
        char utf8[4];
        bool raw = v->data_size == 1; /* already UTF-8, or ASCII */
        if (raw) utf8[0] = (char)letter;
        status = rc_string_add(&s, utf8, raw ? 1 : rc_utf8_put(letter, utf8));
    }
    while (s.length && s.data[s.length - 1] == ' ')
        s.length--;
    if (status == RC_OK) status = rc_texts_add(out, s.data ? s.data : "", s.length);
    rc_string_free(&s);
    return status;
}

static bool is_characters(const matvar_t *v)
{
    return v && v->class_type == MAT_C_CHAR && v->rank == 2 && (v->data_size == 1 || v->data_size == 2) &&
           (v->data || v->nbytes == 0);
}

static rc_status add_cells(const matvar_t *v, int64_t n, rc_texts *out)
{
    RC_CHECK(v->nbytes / sizeof(matvar_t *) >= (size_t)n, RC_FORMAT, "fewer cells than its shape says");
    for (int64_t k = 0; k < n; k++) {
        const matvar_t *cell = ((matvar_t *const *)v->data)[k];
        RC_CHECK(is_characters(cell) && (cell->dims[0] == 1 || cell->nbytes == 0), RC_UNSUPPORTED,
                 "a cell array with cells that are not texts (the first is cell %lld)", (long long)k + 1);
        RC_TRY(cell->nbytes ? add_row(cell, 0, out) : rc_texts_add(out, "", 0));
    }
    return RC_OK;
}

static rc_status read_texts(rc_container *c, int i, rc_texts *out)
{
    const rc_entry *e = &c->entry[i];
    matvar_t *v;
    int64_t n = rc_shape_size(&e->shape);
    if (n == 0) return RC_OK;
    rc_status status = fetch(c, i, &v);
    if (status == RC_OK && v->class_type == MAT_C_CELL)
        status = add_cells(v, n, out);
    else if (status == RC_OK && !is_characters(v))
        status = rc_fail(RC_UNSUPPORTED, "characters of an unusual kind");
    else
        for (int64_t r = 0; r < n && status == RC_OK; r++)
            status = add_row(v, (size_t)r, out);
    Mat_VarFree(v);
    return status == RC_OK ? RC_OK : rc_fail_context(status, "%s: \"%s\"", c->source, e->name);
}

/* ---- opening ---- */

static void close_mat(void *state)
{
    Mat_Close(state);
}

rc_status rc__mat_container(rc_container *c, const char *path)
{
    rc_file_map map;
    RC_TRY(ask_for(0));
    Mat_LogInitFunc("recraft", say_nothing); /* which begins libhdf5 */
    RC_TRY(rc_file_map_open(path, &map));
    size_t file_size = map.size;
    /* Bytes 124 and 125: 1.0 for version 5, 2.0 for 7.3. */
    bool five = map.size >= 128 && (map.data[124] == 1 || map.data[125] == 1);
    rc_status sound = five ? rc__mat_check(path, &map) : RC_OK;
    rc_file_map_close(&map);
    if (sound == RC_OK && !five) sound = rc__hdf5_check_depth(path);
    RC_TRY(sound);
    errno = 0;
    mat_t *mat = Mat_Open(path, MAT_ACC_RDONLY);
    if (!mat) return rc_fail_reading(path, "%s: a MATLAB file that is cut off or damaged", path);
    c->state = mat;
    c->close = close_mat;
    c->read = read_numbers;
    c->texts = read_texts;
    enum mat_ft version = Mat_GetVersion(mat);
    RC_CHECK((version == MAT_FT_MAT5 && five) || version == MAT_FT_MAT73, RC_UNSUPPORTED,
             "%s: an old MATLAB format; save it with -v7 or -v7.3", path);
    matvar_t *v;
    errno = 0;
    while ((v = Mat_VarReadNextInfo(mat))) {
        rc_entry e = {0};
        const char *fault = classify(v, file_size, &e);
        /* matio reads by name, and would give the first of that name. */
        if (v->name && rc_container_find(c, v->name) >= 0) fault = "has the name of a variable before it";
        rc_status status = v->name ? rc__container_add(c, v->name, e, fault) : RC_OK;
        Mat_VarFree(v);
        RC_TRY(status);
    }
    /* NULL is the end, or a failure that is not told. */
    return errno ? rc_fail_reading(path, "%s: a MATLAB file with a damaged list of variables", path) : RC_OK;
}
