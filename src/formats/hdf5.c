/* HDF5 (libhdf5): every data set of numbers or texts that the file itself holds. Links to other files,
 * external and virtual storage are not followed, and no filter plug-in is loaded: a file decides nothing
 * about what else is read or run. Rows are read as hyperslabs. */
#define H5_USE_110_API
#include <errno.h>
#include <hdf5.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "formats/container_reader.h"

enum { LARGEST_CHUNK = 1 << 30, MAX_TEXT = 1 << 20, DEEPEST = 32 };
static const char library[] = "libhdf5";
enum { LIBRARY_NEEDS = 32 << 20 }; /* the most that its cache of metadata takes, and its conversion buffers */

typedef struct open_set {
    hid_t set, type, space;
} open_set;

static void close_set(open_set *s)
{
    if (s->type >= 0) H5Tclose(s->type);
    if (s->space >= 0) H5Sclose(s->space);
    if (s->set >= 0) H5Dclose(s->set);
}

static rc_status unreadable(const rc_container *c, const rc_entry *e)
{
    return rc_fail_reading(c->source, "%s: \"%s\" cannot be read: the file is damaged or cut off", c->source,
                           e->name);
}

static bool open_named(hid_t file, const char *name, open_set *s)
{
    *s = (open_set){-1, -1, -1};
    s->set = H5Dopen2(file, name, H5P_DEFAULT);
    if (s->set >= 0) s->type = H5Dget_type(s->set);
    if (s->set >= 0) s->space = H5Dget_space(s->set);
    return s->type >= 0 && s->space >= 0;
}

/* Bytes and rows of a chunk, which is read as a whole; 0: there are none. false: over LARGEST_CHUNK. */
static bool chunk_size(hid_t plan, const open_set *s, size_t *bytes, int64_t *rows)
{
    hsize_t chunk[H5S_MAX_RANK];
    int rank = H5Pget_layout(plan) == H5D_CHUNKED ? H5Pget_chunk(plan, H5S_MAX_RANK, chunk) : 0;
    *bytes = rank > 0 ? H5Tget_size(s->type) : 0;
    *rows = rank > 0 ? (int64_t)chunk[0] : 0;
    for (int i = 0; i < rank; i++)
        if (!rc_mul_size(*bytes, chunk[i], bytes) || *bytes > LARGEST_CHUNK) return false;
    return true;
}

/* The library crashes where an allocation of its own fails: all that reads asks for its memory first. */
static rc_status open_to_read(const rc_container *c, const rc_entry *e, open_set *s)
{
    size_t chunk = 0;
    int64_t rows;
    RC_TRY(rc_memory_ask(LIBRARY_NEEDS, library));
    errno = 0;
    hid_t plan = open_named(*(hid_t *)c->state, e->name, s) ? H5Dget_create_plist(s->set) : -1;
    bool good = plan >= 0 && chunk_size(plan, s, &chunk, &rows);
    if (plan >= 0) H5Pclose(plan);
    /* Packed and unpacked. */
    rc_status status = good ? rc_memory_ask(LIBRARY_NEEDS + 2 * chunk, library) : unreadable(c, e);
    if (status != RC_OK) close_set(s);
    return status;
}

/* ---- what a data set is ---- */

static const char *number_type(hid_t type, rc_dtype *out)
{
    static const rc_dtype whole[2][4] = {{RC_DTYPE_U8, RC_DTYPE_U16, RC_DTYPE_U32, RC_DTYPE_U64},
                                         {RC_DTYPE_I8, RC_DTYPE_I16, RC_DTYPE_I32, RC_DTYPE_I64}};
    size_t size = H5Tget_size(type);
    int log = size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : size == 8 ? 3 : -1;
    switch (H5Tget_class(type)) {
    case H5T_INTEGER:
        if (log < 0) return "holds integers of an unusual size";
        *out = whole[H5Tget_sign(type) == H5T_SGN_2][log];
        return NULL;
    case H5T_FLOAT:
        if (log < 1) return "holds floats of an unusual size";
        *out = log == 3 ? RC_DTYPE_F64 : RC_DTYPE_F32; /* halves are widened on reading */
        return NULL;
    case H5T_ENUM: /* h5py's bool */
        if (size != 1) return "holds an enumeration";
        *out = RC_DTYPE_U8;
        return NULL;
    case H5T_COMPOUND:
        return "holds compound values (a table of mixed columns, or complex numbers)";
    case H5T_REFERENCE:
        return "holds references";
    case H5T_VLEN:
        return "holds rows of different lengths";
    default:
        return "holds values that are neither numbers nor text";
    }
}

/* Where the numbers lie; the reason why they are not read, or NULL. */
static const char *storage_fault(hid_t plan, const open_set *s, size_t claimed, int64_t *together,
                                 char text[120])
{
    H5D_layout_t layout = H5Pget_layout(plan);
    if (layout == H5D_VIRTUAL || H5Pget_external_count(plan) > 0) return "its values are in other files";
    int filters = H5Pget_nfilters(plan);
    for (int i = 0; i < filters; i++) {
        unsigned flags;
        size_t none = 0;
        char name[64] = "";
        H5Z_filter_t id = H5Pget_filter2(plan, (unsigned)i, &flags, &none, NULL, sizeof name, name, NULL);
        if (id >= 0 && H5Zfilter_avail(id) > 0) continue;
        name[sizeof name - 1] = '\0';
        snprintf(text, 120, "is packed by filter %d (%.50s); save it with gzip or without a filter", (int)id,
                 name);
        return text;
    }
    size_t bytes;
    if (!chunk_size(plan, s, &bytes, together)) return "has chunks of over 1 GiB";
    size_t stored = (size_t)H5Dget_storage_size(s->set);
    if (!rc__is_bomb(stored, claimed)) return NULL;
    snprintf(text, 120, "claims %zu bytes and stores %zu of them", claimed, stored);
    return text;
}

static const char *shape_of(const open_set *s, rc_shape *out)
{
    hsize_t dim[H5S_MAX_RANK];
    H5S_class_t kind = H5Sget_simple_extent_type(s->space);
    *out = (rc_shape){0};
    if (kind == H5S_SCALAR) return NULL;
    if (kind != H5S_SIMPLE) return "is empty";
    int rank = H5Sget_simple_extent_dims(s->space, dim, NULL);
    if (rank < 0 || rank > RC_MAX_DIMS) return "has too many dimensions";
    out->n = rank;
    for (int i = 0; i < rank; i++) {
        if (dim[i] > INT64_MAX) return "is far too large";
        out->dim[i] = (int64_t)dim[i];
    }
    int64_t count;
    return rc_shape_count(out, &count) == RC_OK ? NULL : "is far too large";
}

static const char *classify(const open_set *s, rc_entry *e, char text[120])
{
    const char *fault = shape_of(s, &e->shape);
    e->is_text = H5Tget_class(s->type) == H5T_STRING;
    if (!fault && !e->is_text) fault = number_type(s->type, &e->dtype);
    if (fault) return fault;
    size_t claimed, item = e->is_text ? H5Tget_size(s->type) : rc_dtype_size(e->dtype);
    if (!rc_mul_size((size_t)rc_shape_size(&e->shape), item, &claimed)) return "is far too large";
    hid_t plan = H5Dget_create_plist(s->set);
    if (plan < 0) return "is damaged";
    fault = storage_fault(plan, s, claimed, &e->together, text);
    H5Pclose(plan);
    return fault;
}

/* The library's walk takes time by the cube of the depth. */
static rc_status check_depth(const char *source, const char *name)
{
    int depth = 0;
    for (const char *at = name; (at = strchr(at, '/')); at++)
        depth++;
    RC_CHECK(depth <= DEEPEST, RC_UNSUPPORTED, "%s: groups in groups, more than %d deep", source, DEEPEST);
    return RC_OK;
}

typedef struct listing {
    rc_container *c;
    hid_t file;
    rc_status status;
} listing;

static herr_t list_one(hid_t root, const char *name, const H5O_info_t *info, void *context)
{
    listing *l = context;
    open_set s;
    rc_entry e = {0};
    char text[120];
    (void)root;
    l->status = check_depth(l->c->source, name);
    if (l->status != RC_OK || info->type != H5O_TYPE_DATASET) return l->status == RC_OK ? 0 : -1;
    const char *fault = open_named(l->file, name, &s) ? classify(&s, &e, text) : "is damaged";
    close_set(&s);
    l->status = rc__container_add(l->c, name, e, fault);
    return l->status == RC_OK ? 0 : -1;
}

/* ---- reading ---- */

static hid_t memory_type(rc_dtype t)
{
    switch (t) {
    case RC_DTYPE_F32:
        return H5T_NATIVE_FLOAT;
    case RC_DTYPE_F64:
        return H5T_NATIVE_DOUBLE;
    case RC_DTYPE_I8:
        return H5T_NATIVE_INT8;
    case RC_DTYPE_U8:
        return H5T_NATIVE_UINT8;
    case RC_DTYPE_I16:
        return H5T_NATIVE_INT16;
    case RC_DTYPE_U16:
        return H5T_NATIVE_UINT16;
    case RC_DTYPE_I32:
        return H5T_NATIVE_INT32;
    case RC_DTYPE_U32:
        return H5T_NATIVE_UINT32;
    case RC_DTYPE_I64:
        return H5T_NATIVE_INT64;
    default:
        return H5T_NATIVE_UINT64;
    }
}

static herr_t read_slab(const open_set *s, hid_t type, const rc_shape *shape, int64_t first, void *to)
{
    hsize_t from[RC_MAX_DIMS] = {(hsize_t)first}, count[RC_MAX_DIMS];
    if (shape->n == 0) return H5Dread(s->set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, to);
    if (rc_shape_size(shape) == 0) return 0;
    for (int i = 0; i < shape->n; i++)
        count[i] = (hsize_t)shape->dim[i];
    if (H5Sselect_hyperslab(s->space, H5S_SELECT_SET, from, NULL, count, NULL) < 0) return -1;
    hid_t memory = H5Screate_simple(shape->n, count, NULL);
    herr_t result = memory < 0 ? -1 : H5Dread(s->set, type, memory, s->space, H5P_DEFAULT, to);
    if (memory >= 0) H5Sclose(memory);
    return result;
}

static rc_status read_rows(rc_container *c, int i, int64_t first, int64_t count, rc_array *out)
{
    const rc_entry *e = &c->entry[i];
    open_set s;
    void *data;
    *out = (rc_array){.dtype = e->dtype, .shape = e->shape};
    if (e->shape.n) out->shape.dim[0] = count;
    RC_TRY(rc_alloc((size_t)rc_array_size(out), rc_dtype_size(e->dtype), &data));
    out->owned = data;
    out->data = data;
    rc_status status = open_to_read(c, e, &s);
    if (status == RC_OK) {
        /* An enumeration has no native number to convert to; one byte needs none. */
        hid_t type = H5Tget_class(s.type) == H5T_ENUM ? s.type : memory_type(e->dtype);
        if (read_slab(&s, type, &out->shape, first, data) < 0) status = unreadable(c, e);
        close_set(&s);
    }
    if (status != RC_OK) rc_array_free(out);
    return status;
}

static rc_status read_box(rc_container *c, int i, const int64_t *first, const int64_t *count, float *out)
{
    const rc_entry *e = &c->entry[i];
    hsize_t from[RC_MAX_DIMS], size[RC_MAX_DIMS];
    open_set s;
    for (int d = 0; d < e->shape.n; d++) {
        from[d] = (hsize_t)first[d];
        size[d] = (hsize_t)count[d];
    }
    hid_t memory = -1;
    RC_TRY(open_to_read(c, e, &s));
    bool good = H5Tget_class(s.type) != H5T_ENUM &&
                H5Sselect_hyperslab(s.space, H5S_SELECT_SET, from, NULL, size, NULL) >= 0;
    if (good) memory = H5Screate_simple(e->shape.n, size, NULL);
    good = memory >= 0 && H5Dread(s.set, H5T_NATIVE_FLOAT, memory, s.space, H5P_DEFAULT, out) >= 0;
    if (memory >= 0) H5Sclose(memory);
    rc_status status = good ? RC_OK : unreadable(c, e);
    close_set(&s);
    return status;
}

/* ---- texts ---- */

static rc_status fixed_texts(const open_set *s, hid_t type, int64_t n, rc_texts *out, bool *good)
{
    size_t size = H5Tget_size(s->type), bytes;
    char *block;
    RC_CHECK(size <= MAX_TEXT && rc_mul_size((size_t)n, size, &bytes), RC_FORMAT, "texts of %zu bytes", size);
    RC_TRY(rc_alloc(bytes, 1, (void **)&block));
    rc_status status = RC_OK;
    *good = H5Dread(s->set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, block) >= 0;
    for (int64_t i = 0; *good && i < n && status == RC_OK; i++) {
        const char *at = block + (size_t)i * size;
        size_t length = strnlen(at, size);
        while (length && at[length - 1] == ' ')
            length--;
        status = rc_texts_add(out, at, length);
    }
    rc_free(block);
    return status;
}

static rc_status variable_texts(const open_set *s, hid_t type, int64_t n, rc_texts *out, bool *good)
{
    char **text;
    RC_TRY(RC_NEW(&text, n));
    rc_status status = RC_OK;
    *good = H5Dread(s->set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0;
    for (int64_t i = 0; *good && i < n && status == RC_OK; i++)
        status = rc_texts_add(out, text[i] ? text[i] : "", text[i] ? strlen(text[i]) : 0);
    if (*good) H5Dvlen_reclaim(type, s->space, H5P_DEFAULT, text);
    rc_free(text);
    return status;
}

static rc_status read_texts(rc_container *c, int i, rc_texts *out)
{
    const rc_entry *e = &c->entry[i];
    open_set s;
    bool good = true;
    int64_t n = rc_shape_size(&e->shape);
    RC_TRY(open_to_read(c, e, &s));
    /* The file's own text type: character set and padding stay as they are. */
    rc_status status = H5Tis_variable_str(s.type) > 0 ? variable_texts(&s, s.type, n, out, &good)
                                                      : fixed_texts(&s, s.type, n, out, &good);
    if (status != RC_OK) status = rc_fail_context(status, "%s: \"%s\"", c->source, e->name);
    if (status == RC_OK && !good) status = unreadable(c, e);
    close_set(&s);
    return status;
}

/* ---- opening ---- */

static void close_file(void *state)
{
    H5Fclose(*(hid_t *)state);
    rc_free(state);
}

static hid_t open_file(const char *path)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLset_loading_state(0);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
#if H5_VERSION_GE(1, 10, 7)
    H5Pset_file_locking(access, 0, 1); /* read-only disks and network drives cannot lock */
#endif
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    return file;
}

rc_status rc__hdf5_container(rc_container *c, const char *path)
{
    RC_TRY(rc_memory_ask(LIBRARY_NEEDS, library));
    errno = 0;
    hid_t file = open_file(path), *state;
    if (file < 0) return rc_fail_reading(path, "%s: HDF5, but cut off or damaged", path);
    rc_status status = RC_NEW(&state, 1);
    if (status != RC_OK) {
        H5Fclose(file);
        return status;
    }
    *state = file;
    c->state = state;
    c->close = close_file;
    c->rows = read_rows;
    c->box = read_box;
    c->texts = read_texts;
    listing l = {c, file, RC_OK};
    errno = 0;
    herr_t visited = H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, list_one, &l);
    RC_TRY(l.status);
    return visited >= 0 ? RC_OK : rc_fail_reading(path, "%s: HDF5, but its directory is damaged", path);
}

typedef struct descent {
    const char *source;
    rc_status status;
} descent;

static herr_t descend(hid_t root, const char *name, const H5O_info_t *info, void *context)
{
    descent *d = context;
    (void)root;
    (void)info;
    d->status = check_depth(d->source, name);
    return d->status == RC_OK ? 0 : -1;
}

rc_status rc__hdf5_check_depth(const char *path)
{
    descent d = {path, RC_OK};
    RC_TRY(rc_memory_ask(LIBRARY_NEEDS, library));
    hid_t file = open_file(path);
    if (file < 0) return RC_OK; /* its own reader says what is wrong */
    H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, descend, &d);
    H5Fclose(file);
    return d.status;
}
