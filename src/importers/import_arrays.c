/* Files of arrays: which array is x and which y, and the order of x's dimensions. */
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "importers/import_arrays.h"

enum { PIECE = 8 << 20 }; /* bytes of x that are read at once */

static void close_arrays(void *state)
{
    rc__arrays *p = state;
    rc_array_free(&p->rows);
    rc_container_close(&p->file);
    rc_container_close(&p->test);
    rc_container_close(&p->y_file);
    rc_free(p);
}

static const rc__array_block *block_of(const rc__arrays *p, int64_t *i, int *number)
{
    *number = 0;
    while (*number + 1 < p->blocks && *i >= p->block[*number].n)
        *i -= p->block[(*number)++].n;
    return &p->block[*number];
}

static void name_row(const rc_samples *s, int64_t i, char text[RC__SAMPLE_NAME])
{
    int number;
    const rc__array_block *b = block_of(s->state, &i, &number);
    bool test = b->file != ((const rc__arrays *)s->state)->file;
    snprintf(text, RC__SAMPLE_NAME, "%.200s: \"%.80s\", sample %lld", test ? s->o->test : s->o->from,
             rc_container_entry(b->file, b->x)->name, (long long)i);
}

/* ---- which arrays ---- */

static rc_status fail_listing(const rc_container *c, const char *from, const char *what)
{
    rc_string list = {0};
    rc_status status = rc_container_list(c, &list);
    if (status == RC_OK) status = rc_fail(RC_CONFIG, "%s: %s; it holds %s", from, what, list.data);
    rc_string_free(&list);
    return status;
}

static rc_status find_named(const rc_container *c, const char *from, const char *field, const char *name,
                            int *out)
{
    char what[300];
    *out = rc_container_find(c, name[0] == '/' ? name + 1 : name); /* HDF5 paths may begin with a slash */
    if (*out >= 0) return RC_OK;
    snprintf(what, sizeof what, "%s %.100s: there is no such array", field, name);
    return fail_listing(c, from, what);
}

static int find_usual(const rc_container *c, const char *const *names)
{
    for (int k = 0; names[k]; k++)
        for (int i = 0; i < rc_container_count(c); i++) {
            const char *name = rc_container_entry(c, i)->name, *slash = strrchr(name, '/'),
                       *dot = strrchr(name, '.');
            const char *base = slash ? slash + 1 : dot ? dot + 1 : name;
            if (!rc_container_entry(c, i)->refused && rc_ascii_same(base, names[k])) return i;
        }
    return -1;
}

static rc_status find_pair(rc_samples *s, const rc_container *c, const char *from, const char *x,
                           const char *y, rc__array_block *b)
{
    static const char *const inputs[] = {"x",     "data",    "images", "inputs", "features",
                                         "input", "signals", "coeff",  NULL};
    static const char *const targets[] = {"y",       "labels", "label",  "targets", "target",
                                          "classes", "sol",    "output", NULL};
    bool own = ((const rc__arrays *)s->state)->y_file;
    b->x = b->y = -1;
    /* Where answers are asked for, a lone array is x, and y may be absent. */
    if (s->asks && x && rc_container_find(c, x) < 0) x = NULL;
    if (s->asks && y && rc_container_find(c, y) < 0) y = NULL;
    if (s->asks && !x && rc_container_count(c) == 1) x = rc_container_entry(c, 0)->name;
    if (x) RC_TRY(find_named(c, from, "\1x", x, &b->x));
    if (y && !own) RC_TRY(find_named(c, from, "\1y", y, &b->y));
    if (!x) b->x = find_usual(c, inputs);
    if (!y) b->y = find_usual(c, targets);
    if (b->x < 0) return fail_listing(c, from, "which array holds the inputs? \1x NAME");
    s->unlabelled = s->asks && (b->y < 0 || b->y == b->x);
    if (b->y < 0 && !own && !s->unlabelled)
        return fail_listing(c, from, "which array holds the targets? \1y NAME");
    return RC_OK;
}

/* x_train, y_train and so on stand in the file: parts as they are. */
static bool find_parts(rc__arrays *p)
{
    for (int k = 0; k < RC__PART_COUNT; k++) {
        char x[16], y[16];
        snprintf(x, sizeof x, "x_%s", rc__part_names[k]);
        snprintf(y, sizeof y, "y_%s", rc__part_names[k]);
        int at_x = rc_container_find(p->file, x), at_y = rc_container_find(p->file, y);
        if (at_x < 0 || at_y < 0) continue;
        p->block[p->blocks++] = (rc__array_block){.file = p->file, .x = at_x, .y = at_y, .part = (int8_t)k};
    }
    return p->blocks > 0;
}

static rc_status find_blocks(rc_samples *s, rc__arrays *p)
{
    const rc_import_options *o = s->o;
    RC_TRY(rc_container_open_encoded(o->from, o->encoding, &p->file));
    if (!o->x && !o->y && !o->test && find_parts(p)) {
        p->named_parts = true;
        return RC_OK;
    }
    /* `y` may be a file of its own. */
    bool own = false;
    if (o->y && rc_container_find(p->file, o->y) < 0) RC_TRY(rc_container_recognise(o->y, &own));
    if (own) RC_TRY(rc_container_open_encoded(o->y, o->encoding, &p->y_file));
    p->blocks = 1;
    p->block[0] = (rc__array_block){.file = p->file};
    RC_TRY(find_pair(s, p->file, o->from,
                     o->x                                            ? o->x
                     : rc_container_count(p->file) == 1 && p->y_file ? rc_container_entry(p->file, 0)->name
                                                                     : NULL,
                     o->y, &p->block[0]));
    if (!o->test && !o->x_test && !o->y_test) return RC_OK;
    if (o->test) RC_TRY(rc_container_open_encoded(o->test, o->encoding, &p->test));
    RC_CHECK(!p->y_file, RC_CONFIG, "\1test and a file for \1y: put the arrays into one file");
    rc__array_block *b = &p->block[p->blocks++];
    *b = (rc__array_block){.file = o->test ? p->test : p->file, .part = RC__PART_TEST};
    p->named_parts = true;
    RC_CHECK(o->test || (o->x_test && o->y_test), RC_CONFIG, "\1x_test and \1y_test: give both");
    return find_pair(s, b->file, o->test ? o->test : o->from, o->x_test ? o->x_test : o->x,
                     o->y_test ? o->y_test : o->y, b);
}

/* ---- reading x ---- */

static rc_status load(rc__arrays *p, int number, int64_t i)
{
    const rc__array_block *b = &p->block[number];
    if (p->open == number && i >= p->first && i < p->first + p->count) return RC_OK;
    rc_array_free(&p->rows);
    p->open = -1;
    if (p->at_n != 0) {
        RC_TRY(rc_container_read(b->file, b->x, &p->rows));
        p->first = 0;
        p->count = b->n;
    } else {
        const rc_entry *e = rc_container_entry(b->file, b->x);
        size_t row = (size_t)(rc_shape_size(&e->shape) / b->n) * rc_dtype_size(e->dtype);
        int64_t count = row ? (int64_t)(PIECE / row) : 1;
        p->first = i;
        p->count = count < 1 ? 1 : count > b->n - i ? b->n - i : count;
        RC_TRY(rc_container_rows(b->file, b->x, p->first, p->count, &p->rows));
    }
    p->open = number;
    return RC_OK;
}

static rc_status read_row(rc_samples *s, int64_t i, void *out)
{
    rc__arrays *p = s->state;
    int number;
    block_of(p, &i, &number);
    RC_TRY(load(p, number, i));
    size_t item = rc_dtype_size(s->dtype);
    int64_t stride[RC_MAX_DIMS], size = 1, step[4], index[4] = {0}, count = rc_shape_size(&s->shape);
    for (int d = p->dims - 1; d >= 0; d--) {
        stride[d] = size;
        size *= d == p->at_n ? p->rows.shape.dim[d] : p->dim[d];
    }
    for (int d = 0; d < p->out_dims; d++)
        step[d] = p->from[d] < 0 ? 0 : stride[p->from[d]];
    const char *from = (const char *)p->rows.data + (size_t)((i - p->first) * stride[p->at_n]) * item;
    char *to = out;
    int64_t at = 0;
    for (int64_t k = 0; k < count; k++, to += item) {
        memcpy(to, from + (size_t)at * item, item);
        for (int d = p->out_dims - 1; d >= 0; d--) {
            at += step[d];
            if (++index[d] < s->shape.dim[d]) break;
            at -= step[d] * index[d];
            index[d] = 0;
        }
    }
    return RC_OK;
}

/* ---- series ---- */

static rc_status read_series(rc_samples *s, int64_t i, void *out)
{
    int number;
    rc_array a;
    const rc__array_block *b = block_of(s->state, &i, &number);
    RC_TRY(rc_container_series(b->file, b->x, i, &a));
    memcpy(out, a.data, (size_t)rc_array_size(&a) * rc_dtype_size(a.dtype));
    rc_array_free(&a);
    return RC_OK;
}

static int64_t length_of_series(rc_samples *s, int64_t i)
{
    int number;
    rc_array a;
    const rc__array_block *b = block_of(s->state, &i, &number);
    if (rc_container_series(b->file, b->x, i, &a) != RC_OK) return 0;
    int64_t n = rc_array_size(&a);
    rc_array_free(&a);
    return n;
}

static int64_t length_of_row(rc_samples *s, int64_t i)
{
    (void)i;
    return s->shape.dim[s->shape.n - 1];
}

static rc_status make_series(rc_samples *s, bool ragged, rc_json *report)
{
    if (ragged) {
        s->x = read_series;
        return rc__series_windows(s, 1, length_of_series, report);
    }
    RC_CHECK(s->shape.n <= 2, RC_CONFIG,
             "%s: \1length and \1fill are for series; x is pictures or fields (another \1layout?)",
             s->o->from);
    return rc__series_windows(s, s->shape.n == 2 ? s->shape.dim[0] : 1, length_of_row, report);
}

/* ---- reading y ---- */

static rc_status check_lengths(const rc_samples *s, const rc__arrays *p, const rc__array_block *b,
                               const rc_entry *y, rc_shape *shape)
{
    *shape = y->shape;
    /* MATLAB's rows: [1, N]. */
    if (shape->n == 2 && shape->dim[0] == 1 && shape->dim[1] == b->n && b->n > 1) *shape = RC_SHAPE(b->n);
    const char *x = rc_container_entry(b->file, b->x)->name;
    int64_t n = shape->n ? shape->dim[0] : 0;
    RC_CHECK(n == b->n, RC_DATA, "%s: \"%s\" has %lld samples (layout %s), \"%s\" has %lld", s->o->from, x,
             (long long)b->n, p->layout, y->name, (long long)n);
    return RC_OK;
}

static rc_status add_texts(rc_samples *s, rc_container *c, int at)
{
    rc_texts t;
    RC_TRY(rc_container_texts(c, at, &t));
    rc_status status = RC_OK;
    for (int64_t i = 0; i < t.n && status == RC_OK; i++) {
        const char *text = rc_texts_get(&t, i);
        status = rc_texts_add(&s->label, text, strlen(text));
    }
    rc_texts_free(&t);
    return status;
}

static rc_status add_numbers(rc_samples *s, rc_container *c, int at, const rc_shape *shape)
{
    rc_array y;
    void *both;
    RC_TRY(rc_container_read(c, at, &y));
    size_t old = s->y.data ? (size_t)rc_array_size(&s->y) * rc_dtype_size(s->y.dtype) : 0;
    size_t more = (size_t)rc_array_size(&y) * rc_dtype_size(y.dtype);
    rc_shape rest = *shape, before = s->y.shape;
    rest.dim[0] = before.dim[0] = 0;
    rc_status status = RC_OK;
    if (s->y.data && (s->y.dtype != y.dtype || !rc_shape_equal(&rest, &before)))
        status = rc_fail(RC_DATA, "%s: \"%s\" differs in type or shape from the other part's", s->o->from,
                         rc_container_entry(c, at)->name);
    if (status == RC_OK) status = rc_alloc_raw(old + more, 1, &both);
    if (status == RC_OK) {
        if (old) memcpy(both, s->y.data, old);
        if (more) memcpy((char *)both + old, y.data, more);
        int64_t n = (s->y.data ? s->y.shape.dim[0] : 0) + shape->dim[0];
        rc_array_free(&s->y);
        s->y = (rc_array){.dtype = y.dtype, .shape = *shape, .data = both, .owned = both};
        s->y.shape.dim[0] = n;
    }
    rc_array_free(&y);
    return status;
}

static rc_status read_targets(rc_samples *s, rc__arrays *p)
{
    for (int k = 0; k < p->blocks; k++) {
        const rc__array_block *b = &p->block[k];
        rc_container *c = p->y_file ? p->y_file : b->file;
        int at = p->y_file ? 0 : b->y;
        const rc_entry *e = rc_container_entry(c, at);
        rc_shape shape;
        RC_TRY(check_lengths(s, p, b, e, &shape));
        RC_CHECK(k == 0 || e->is_text == (s->label.n > 0), RC_DATA,
                 "%s: the targets are text in one part only", s->o->from);
        RC_TRY(e->is_text ? add_texts(s, c, at) : add_numbers(s, c, at, &shape));
    }
    s->y_guess = rc_dtype_is_float(s->y.dtype);
    return RC_OK;
}

/* ---- all of it ---- */

static rc_status check_blocks(rc_samples *s, rc__arrays *p)
{
    const rc_entry *first = rc_container_entry(p->block[0].file, p->block[0].x);
    RC_CHECK(!first->refused && !first->is_text, RC_UNSUPPORTED, "%s: \"%s\" cannot be x: %s", s->o->from,
             first->name, first->refused ? first->refused : "it holds text");
    s->dtype = first->dtype;
    for (int k = 0; k < p->blocks; k++) {
        const rc_entry *e = rc_container_entry(p->block[k].file, p->block[k].x);
        rc_shape want = first->shape, have = e->shape;
        if (p->at_n < want.n && p->at_n < have.n) want.dim[p->at_n] = have.dim[p->at_n] = 0;
        RC_CHECK(!e->refused && !e->is_text && e->dtype == first->dtype && rc_shape_equal(&want, &have),
                 RC_DATA, "%s: \"%s\" differs in type or shape from \"%s\"", s->o->from, e->name,
                 first->name);
        RC_CHECK(rc_shape_size(&e->shape) > 0, RC_DATA, "%s: \"%s\" is empty", s->o->from, e->name);
        p->block[k].n = e->shape.dim[p->at_n];
        s->n += p->block[k].n;
    }
    RC_CHECK(s->n > 0, RC_DATA, "%s: \"%s\" holds no samples", s->o->from, first->name);
    if (!p->named_parts) return RC_OK;
    RC_TRY(RC_NEW(&s->part, s->n));
    int64_t at = 0;
    for (int k = 0; k < p->blocks; k++)
        for (int64_t i = 0; i < p->block[k].n; i++)
            s->part[at++] = p->block[k].part;
    return RC_OK;
}

/* Names that new files of the same form are asked for. */
static void keep_names(rc_samples *s, const rc__arrays *p)
{
    const rc__array_block *b = &p->block[0];
    bool parts = p->named_parts && !s->o->x;
    s->e->options.x = parts ? NULL : rc_container_entry(b->file, b->x)->name;
    s->e->options.y = parts || p->y_file ? NULL : rc_container_entry(b->file, b->y)->name;
    s->e->options.layout = p->layout;
}

static rc_status report_arrays(const rc_samples *s, const rc__arrays *p, rc_json *report)
{
    rc_string list = {0};
    const rc__array_block *b = &p->block[0];
    rc_json_set_string(report, "reader", rc_container_format(p->file));
    rc_status status = rc_container_list(p->file, &list);
    if (status == RC_OK) rc_json_set_string(report, "found", list.data);
    rc_string_free(&list);
    RC_TRY(status);
    rc_json_set_string(report, "x_from", rc_container_entry(b->file, b->x)->name);
    if (s->unlabelled) return RC_OK;
    rc_json_set_string(report, "y_from",
                       rc_container_entry(p->y_file ? p->y_file : b->file, p->y_file ? 0 : b->y)->name);
    return RC_OK;
}

rc_status rc__array_samples(rc_samples *s, rc_json *report)
{
    rc__arrays *p;
    RC_TRY(RC_NEW(&p, 1));
    p->open = -1;
    s->state = p;
    s->close = close_arrays;
    s->name = name_row;
    s->x = read_row;
    RC_TRY(find_blocks(s, p));
    RC_TRY(report_arrays(s, p, report));
    RC_TRY(rc__array_layout(s, p, report));
    RC_TRY(check_blocks(s, p));
    if (!s->unlabelled) RC_TRY(rc__labels_found(s, read_targets(s, p)));
    if (!s->given) keep_names(s, p);
    bool ragged = rc_container_entry(p->block[0].file, p->block[0].x)->is_ragged;
    return ragged || s->o->length || s->o->fill != RC_IMPORT_FILL_AUTO ? make_series(s, ragged, report)
                                                                       : RC_OK;
}

rc_status rc__describe_arrays(const char *path, const char *encoding, rc_json *report)
{
    rc_container *c;
    RC_TRY(rc_container_open_encoded(path, encoding, &c));
    rc_json_set_string(report, "form", rc_container_format(c));
    rc_json *list = rc_json_set(report, "arrays", rc_json_array());
    for (int i = 0; i < rc_container_count(c); i++) {
        const rc_entry *e = rc_container_entry(c, i);
        char text[RC_SHAPE_TEXT];
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_string(one, "name", e->name);
        rc_json_set_string(one, "shape", rc_shape_text(&e->shape, text));
        rc_json_set_string(one, "type",
                           e->refused   ? e->refused
                           : e->is_text ? "text"
                                        : rc_dtype_text(e->dtype));
    }
    rc_container_close(&c);
    rc__tell_next(report, "it", "\1x NAME, \1y NAME and \1out DIR");
    return RC_OK;
}
