/* From files to the arrays of a data set, or to inputs alone: a folder of .npy files, each in one piece or in
 * shards, or one file of arrays. What is larger than the memory it is given is read by pieces
 * (formats/pieces.h). */
#include <math.h>
#include <stdio.h>

#include "base/file.h"
#include "datasets/store.h"
#include "formats/pieces.h"

/* Blocks are short, so that a window has many of them from everywhere, and long enough for a disk. */
enum { BLOCK = 1 << 20, BLOCKS = 64, FEWEST = 4, OTHERS = 8 };
static const double MIB = 1 << 20;

typedef struct place {
    const char *path;
    rc_container *file; /* NULL: a folder, or one .npy */
    int64_t memory;     /* bytes that a part may take */
    rc_texts *notes;
} place;

static bool has_parts(const rc_container *c)
{
    bool any = false;
    for (int i = 0; i < RC__PARTS; i++) {
        char name[16];
        snprintf(name, sizeof name, "x_%s", rc__part_name[i]);
        any = any || rc_container_find(c, name) >= 0;
    }
    return any;
}

static bool folder_has_parts(const char *path)
{
    char name[16];
    for (int i = 0; i < 2 * RC__PARTS; i++) {
        snprintf(name, sizeof name, "%c_%s", i % 2 ? 'y' : 'x', rc__part_name[i / 2]);
        if (rc__array_exists(path, NULL, name)) return true;
    }
    return false;
}

rc_status rc_dataset_recognise(const char *path, const char *encoding, bool *is)
{
    rc_container *c;
    *is = rc_path_is_directory(path) && folder_has_parts(path);
    if (rc_path_is_directory(path)) return RC_OK;
    RC_TRY(rc_container_recognise(path, is));
    if (!*is) return RC_OK;
    RC_TRY(rc_container_open_encoded(path, encoding, &c));
    *is = has_parts(c);
    rc_container_close(&c);
    return RC_OK;
}

/* Arrays under other names: say which there are. */
static rc_status check_names(rc_container *c, const char *path)
{
    rc_string list = {0};
    if (has_parts(c)) return RC_OK;
    rc_status status = rc_container_list(c, &list);
    if (status == RC_OK)
        status = rc_fail(RC_DATA,
                         "%s: no x_train and y_train; it holds %s; import it (`\1rc_data_import`), and "
                         "name two of these by \1x and \1y",
                         path, list.data);
    rc_string_free(&list);
    return status;
}

/* ---- what is there ---- */

static double bytes_of(const rc_pieces_source *s)
{
    return (double)rc_shape_size(&s->shape) * (double)rc_dtype_size(s->dtype);
}

static double row_bytes(const rc_pieces_source *s)
{
    return s->shape.dim[0] > 0 ? bytes_of(s) / (double)s->shape.dim[0] : 0;
}

/* Labels and numbers, one a sample, are always in memory. */
static bool is_single(const rc_pieces_source *s)
{
    return s->shape.n == 0 || rc_shape_size(&s->shape) <= s->shape.dim[0];
}

/* ---- taking it ---- */

typedef struct cut {
    int64_t block, room; /* rows; blocks */
} cut;

/* s: of those that are cut alike, the one with the most rows together. row: bytes of all of them. */
static rc_status choose_cut(const place *p, const char *name, const rc_pieces_source *s, double row, cut *out)
{
    double aim = (double)p->memory / BLOCKS < BLOCK ? (double)p->memory / BLOCKS : BLOCK;
    double all = row * (double)s->shape.dim[0];
    int64_t rows = row < aim ? (int64_t)(aim / row) : 1;
    out->block = (rows + s->together - 1) / s->together * s->together;
    out->room = (int64_t)((double)p->memory / (row * (double)out->block));
    RC_CHECK(out->room >= FEWEST, RC_CONFIG,
             "%s: %s can only be read %lld samples at a time, %.0f MiB; raise data.memory to %.0f (MiB), or "
             "save the array again in C order or in smaller chunks",
             p->path, name, (long long)out->block, row * (double)out->block / MIB,
             fmin(FEWEST * row * (double)out->block, all) / MIB + 1);
    return RC_OK;
}

/* Epochs shuffle a training part; those of a student samples without targets, beside it and in less memory.
 * What is asked about, or scored, is read in its order. */
typedef enum part_use { IN_ORDER, BESIDE, TRAINED_ON } part_use;

/* Of which arrays: y is of a part with targets alone. */
typedef struct part_names {
    const char *x, *y;
    part_use use;
} part_names;

static rc_status take_pieces(const place *p, const part_names *name, rc_pieces_source *x, rc_pieces_source *y,
                             rc_array *to_x, rc_array *to_y)
{
    static const char *const order[] = {
        "", ", and epochs of a student shuffle it in windows of a sixteenth of that",
        ", and epochs shuffle it in windows of half of that"};
    bool fields = !is_single(y);
    cut c;
    if (p->file) RC_TRY(rc_container_source(p->path, name->x, x));
    if (p->file && fields) RC_TRY(rc_container_source(p->path, name->y, y));
    bool by_y = fields && y->together > x->together;
    RC_TRY(choose_cut(p, by_y ? name->y : name->x, by_y ? y : x, row_bytes(x) + (fields ? row_bytes(y) : 0),
                      &c));
    if (name->use != TRAINED_ON) c.room = c.room / OTHERS < FEWEST ? FEWEST : c.room / OTHERS;
    RC_TRY(rc__add_note(p->notes,
                        "%s takes %.0f MiB, more than data.memory (%.0f MiB): it is read by pieces%s",
                        name->x, bytes_of(x) / MIB, (double)p->memory / MIB, order[name->use]));
    RC_TRY(rc_pieces_open(x, c.block, c.room, to_x));
    return fields ? rc_pieces_open(y, c.block, c.room, to_y) : RC_OK;
}

/* to_y NULL: the part has no targets. */
static rc_status read_part(const place *p, const part_names *name, rc_array *to_x, rc_array *to_y)
{
    rc_pieces_source x = {0}, y = {0};
    rc_status status = rc__array_describe(p->path, p->file, name->x, &x);
    if (status == RC_OK && to_y) status = rc__array_describe(p->path, p->file, name->y, &y);
    bool large = bytes_of(&x) + bytes_of(&y) > (double)p->memory;
    bool by_rows = x.shape.n > 0 && (!p->file || rc_container_has_rows(p->file));
    if (status == RC_OK && large && by_rows)
        status = take_pieces(p, name, &x, &y, to_x, to_y);
    else if (status == RC_OK && large && p->file)
        status =
            rc__add_note(p->notes,
                         "%s takes %.0f MiB, and %s is read as a whole; a folder of .npy or HDF5 is read by "
                         "pieces",
                         name->x, bytes_of(&x) / MIB, rc_container_format(p->file));
    if (status == RC_OK && !rc_array_is_there(to_x))
        status = rc__array_take(p->path, p->file, name->x, &x, to_x);
    if (status == RC_OK && to_y && !rc_array_is_there(to_y))
        status = rc__array_take(p->path, p->file, name->y, &y, to_y);
    rc_pieces_source_close(&x);
    rc_pieces_source_close(&y);
    return status;
}

static rc_status read_parts(rc_dataset *d, const place *p)
{
    struct rc_dataset_store *s = d->store;
    for (int i = 0; i < RC__PARTS; i++) {
        char x[16], y[16];
        snprintf(x, sizeof x, "x_%s", rc__part_name[i]);
        snprintf(y, sizeof y, "y_%s", rc__part_name[i]);
        RC_TRY(read_part(p, &(part_names){x, y, i == RC__TRAIN ? TRAINED_ON : IN_ORDER}, &s->x[i], &s->y[i]));
    }
    for (int i = 0; i < 2 * RC__PARTS; i++) {
        char name[16];
        snprintf(name, sizeof name, "%s_%s", i % 2 ? "weight" : "group", rc__part_name[i / 2]);
        RC_TRY(rc__read_array(p->path, p->file, name, i % 2 ? &s->weight[i / 2] : &s->group[i / 2]));
    }
    RC_TRY(read_part(p, &(part_names){"x_unlabelled", NULL, BESIDE}, &s->unlabelled, NULL));
    RC_TRY(rc__inputs_find(d, p->path, p->file));
    for (int i = 0; i < d->n_more * (RC__PARTS + 1); i++) {
        int k = i / (RC__PARTS + 1), part = i % (RC__PARTS + 1);
        char name[64];
        snprintf(name, sizeof name, "x_%s.%s", rc__part_name[part], d->more[k].name);
        RC_TRY(rc__texts_read(p->path, p->file, name, &s->text[k][part]));
        if (s->text[k][part].n)
            d->more[k].form = RC_FORM_TEXTS;
        else
            RC_TRY(rc__read_array(p->path, p->file, name, &s->more[k][part]));
    }
    return RC_OK;
}

static part_use use_of(const rc_inputs_asked *how)
{
    return how->learnt ? BESIDE : IN_ORDER;
}

rc_status rc__inputs_take(const char *path, rc_container *c, const char *name, const rc_inputs_asked *how,
                          rc_texts *notes, rc_array *out)
{
    place p = {path, c, how->mib << 20, notes};
    return read_part(&p, &(part_names){name, NULL, use_of(how)}, out, NULL);
}

static rc_status take_file(const place *p, part_use use, rc_array *out)
{
    rc_pieces_source x, none = {0};
    RC_TRY(rc_npy_source(p->path, &x));
    rc_status status = take_pieces(p, &(part_names){rc_path_base(p->path), NULL, use}, &x, &none, out, NULL);
    rc_pieces_source_close(&x);
    return status;
}

rc_status rc__inputs_take_file(const char *path, const rc_inputs_asked *how, rc_texts *notes, rc_array *out)
{
    const place p = {path, NULL, how->mib << 20, notes};
    size_t size;
    RC_TRY(rc_file_check(path, &size));
    return (double)size <= (double)p.memory ? rc_npy_open(path, out) : take_file(&p, use_of(how), out);
}

rc_status rc__dataset_read(rc_dataset *d, const char *path, int64_t memory)
{
    place p = {.path = path, .memory = memory, .notes = &d->store->notes};
    if (!rc_path_is_directory(path)) RC_TRY(rc_container_open(path, &p.file));
    rc_status status = p.file ? check_names(p.file, path) : RC_OK;
    if (status == RC_OK) status = read_parts(d, &p);
    rc_container_close(&p.file);
    return status;
}
