/* Tasks whose files hold one array of inputs and one of targets for each part: CIFAR-100, Spherical, NinaPro,
 * Satellite, DeepSEA, drug response. A row a task says what they are called and how x is to be turned. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "published/published_layout.h"

typedef enum kind { CLASSES, LABELS, NUMBERS } kind;

typedef struct pair {
    const char *x_file, *x, *y_file, *y; /* y_file NULL: as x_file; x, y NULL: the file's only array */
} pair;

typedef struct arrays {
    pair part[RC__PARTS]; /* x_file NULL: there is no such part */
    int64_t pictures;     /* channels of square pictures, in which each row of x is stored; 0: no pictures */
    bool swap;            /* rows are [positions, channels] and become [channels, positions] */
    bool plane;           /* what has two dimensions then is a picture of one channel */
    kind target;
    int64_t first_label;
} arrays;

/* ---- one array ---- */

typedef struct source {
    rc_container *file;
    rc_array a;
    rc_shape row; /* of one sample, without dimensions of 1 */
    int64_t n;
} source;

static void close_source(source *s)
{
    rc_array_free(&s->a);
    rc_container_close(&s->file);
}

static int only_array(const rc_container *c)
{
    int found = -1;
    for (int i = 0; i < rc_container_count(c); i++) {
        const rc_entry *e = rc_container_entry(c, i);
        if (e->refused || e->is_text || e->is_ragged || e->shape.n < 1) continue;
        if (found >= 0) return -1;
        found = i;
    }
    return found;
}

static rc_status find_entry(const rc_container *c, const char *path, const char *name, int *out)
{
    rc_string list = {0};
    *out = name ? rc_container_find(c, name) : only_array(c);
    const rc_entry *e = *out >= 0 ? rc_container_entry(c, *out) : NULL;
    RC_CHECK(!e || !(e->refused || e->is_text || e->is_ragged), RC_DATA,
             "%s: \"%s\" is not an array of numbers (%s)", path, e->name,
             e->refused ? e->refused : "texts, or rows of several lengths");
    if (e) return RC_OK;
    rc_status status = rc_container_list(c, &list);
    if (status == RC_OK)
        status = rc_fail(RC_DATA, "%s: %s%s%s is needed; it holds %s", path,
                         name ? "\"" : "one array of numbers", name ? name : "", name ? "\"" : "", list.data);
    rc_string_free(&list);
    return status;
}

static rc_status open_source(const rc__get *g, const char *file, const char *name, source *s)
{
    char path[RC__PATH];
    int at;
    *s = (source){0};
    RC_TRY(rc__get_path(g, file, path));
    RC_TRY(rc_container_open(path, &s->file));
    rc_status status = find_entry(s->file, path, name, &at);
    if (status == RC_OK) status = rc_container_read(s->file, at, &s->a);
    if (status == RC_OK && (s->a.shape.n < 1 || rc_array_size(&s->a) == 0))
        status = rc_fail(RC_DATA, "%s: the array holds no samples", path);
    if (status != RC_OK) {
        close_source(s);
        return status;
    }
    s->n = s->a.shape.dim[0];
    for (int i = 1; i < s->a.shape.n; i++)
        if (s->a.shape.dim[i] != 1) s->row.dim[s->row.n++] = s->a.shape.dim[i];
    return RC_OK;
}

static const char *row_of(const source *s, int64_t i)
{
    size_t bytes = (size_t)(rc_array_size(&s->a) / s->n) * rc_dtype_size(s->a.dtype);
    return (const char *)s->a.data + (size_t)i * bytes;
}

/* ---- inputs ---- */

static rc_status shape_of_x(const rc__get *g, const arrays *k, const source *s, rc_shape *out)
{
    char text[RC_SHAPE_TEXT];
    int64_t size = rc_shape_size(&s->row);
    *out = s->row;
    if (k->pictures) {
        int64_t side = (int64_t)llround(sqrt((double)size / (double)k->pictures));
        *out = RC_SHAPE(k->pictures, side, side);
        RC_CHECK(side > 0 && rc_shape_size(out) == size, RC_SHAPE,
                 "%s: rows of %s are not square pictures of %lld channels", g->task,
                 rc_shape_text(&s->row, text), (long long)k->pictures);
        return RC_OK;
    }
    RC_CHECK(out->n == (k->swap ? 2 : 1), RC_SHAPE, "%s: rows of %s instead of %s", g->task,
             rc_shape_text(&s->row, text), k->swap ? "[positions, channels]" : "[positions]");
    if (k->swap) *out = RC_SHAPE(s->row.dim[1], s->row.dim[0]);
    if (k->plane) *out = RC_SHAPE(1, out->dim[0], out->dim[1]);
    if (out->n == 1) *out = RC_SHAPE(1, out->dim[0]);
    return RC_OK;
}

/* Bytes stay bytes, all else becomes float32. */
static void put_x(const arrays *k, const source *s, int64_t i, float *row, void *out)
{
    int64_t size = rc_shape_size(&s->row), inner = k->swap ? s->row.dim[1] : size, outer = size / inner;
    if (s->a.dtype == RC_DTYPE_U8) {
        const unsigned char *from = (const unsigned char *)row_of(s, i);
        unsigned char *to = out;
        for (int64_t o = 0; o < outer; o++)
            for (int64_t c = 0; c < inner; c++)
                to[k->swap ? c * outer + o : o * inner + c] = from[o * inner + c];
        return;
    }
    float *to = out;
    rc_convert_to_f32(s->a.dtype, row_of(s, i), size, row);
    for (int64_t o = 0; o < outer; o++)
        for (int64_t c = 0; c < inner; c++)
            to[k->swap ? c * outer + o : o * inner + c] = row[o * inner + c];
}

/* ---- targets ---- */

static rc_status shape_of_y(const rc__get *g, const arrays *k, const source *s, rc_shape *out)
{
    char text[RC_SHAPE_TEXT];
    *out = s->row;
    RC_CHECK(out->n == (k->target == LABELS ? 1 : 0), RC_SHAPE, "%s: targets of %s a sample instead of %s",
             g->task, rc_shape_text(&s->row, text), k->target == LABELS ? "[labels]" : "one number");
    return RC_OK;
}

typedef union value {
    int64_t class_number;
    float number;
    unsigned char label[4096];
} value;

static rc_status put_y(const rc__get *g, const arrays *k, const source *s, int64_t i, value *out)
{
    float v[sizeof out->label];
    int64_t size = rc_shape_size(&s->row);
    rc_convert_to_f32(s->a.dtype, row_of(s, i), size, v);
    out->number = v[0];
    for (int64_t l = 0; k->target == LABELS && l < size; l++) {
        RC_CHECK(v[l] == 0 || v[l] == 1, RC_DATA, "%s: label %lld of sample %lld is %g, neither 0 nor 1",
                 g->task, (long long)l, (long long)i, (double)v[l]);
        out->label[l] = (unsigned char)v[l];
    }
    if (k->target != CLASSES) return RC_OK;
    float c = v[0] - (float)k->first_label;
    RC_CHECK(c >= 0 && c < 1e6f && c == floorf(c), RC_DATA, "%s: the class of sample %lld is %g", g->task,
             (long long)i, (double)v[0]);
    out->class_number = (int64_t)c;
    return RC_OK;
}

/* ---- a part ---- */

static rc_status write_rows(rc__get *g, const arrays *k, int part, const source *x, const source *y)
{
    static const rc_dtype type[] = {
        [CLASSES] = RC_DTYPE_I64, [LABELS] = RC_DTYPE_U8, [NUMBERS] = RC_DTYPE_F32};
    rc_shape x_shape, y_shape;
    rc__part_out o;
    float *row, *turned = NULL;
    value y_value;
    int64_t n = rc__get_limit(g, part, x->n), size = rc_shape_size(&x->row);
    RC_TRY(shape_of_x(g, k, x, &x_shape));
    RC_TRY(shape_of_y(g, k, y, &y_shape));
    RC_CHECK(rc_shape_size(&y->row) <= (int64_t)sizeof y_value.label, RC_SHAPE, "%s: %lld labels a sample",
             g->task, (long long)rc_shape_size(&y->row));
    RC_TRY(RC_NEW(&row, size));
    rc_status status = RC_NEW(&turned, size);
    bool begun = status == RC_OK;
    if (begun)
        status = rc__part_begin(g, part, n, x->a.dtype == RC_DTYPE_U8 ? RC_DTYPE_U8 : RC_DTYPE_F32, x_shape,
                                type[k->target], y_shape, &o);
    begun = begun && status == RC_OK;
    for (int64_t i = 0; i < n && status == RC_OK; i++) {
        put_x(k, x, i, row, turned);
        status = put_y(g, k, y, i, &y_value);
        if (status == RC_OK) status = rc__part_put(&o, turned, &y_value);
    }
    if (begun) status = rc__part_end(&o, status);
    rc_free(row);
    rc_free(turned);
    return status;
}

static rc_status read_part(rc__get *g, const arrays *k, int part)
{
    const pair *p = &k->part[part];
    source x, y;
    RC_TRY(open_source(g, p->x_file, p->x, &x));
    rc_status status = open_source(g, p->y_file ? p->y_file : p->x_file, p->y, &y);
    if (status == RC_OK) {
        if (x.n != y.n)
            status = rc_fail(RC_DATA, "%s: %s has %lld samples and %lld targets", g->task, p->x_file,
                             (long long)x.n, (long long)y.n);
        if (status == RC_OK) status = write_rows(g, k, part, &x, &y);
        close_source(&y);
    }
    close_source(&x);
    return status;
}

static rc_status read_arrays(rc__get *g, const arrays *k)
{
    for (int part = 0; part < RC__PARTS; part++)
        if (k->part[part].x_file) RC_TRY(read_part(g, k, part));
    return RC_OK;
}

/* ---- the tasks ---- */

rc_status rc__read_cifar100(rc__get *g)
{
    static const arrays k = {.part = {[RC__TRAIN] = {"cifar-100-python/train", "data", NULL, "fine_labels"},
                                      [RC__TEST] = {"cifar-100-python/test", "data", NULL, "fine_labels"}},
                             .pictures = 3};
    return read_arrays(g, &k);
}

rc_status rc__read_spherical(rc__get *g)
{
    static const arrays k = {.part = {[RC__TRAIN] = {"s2_cifar100.pkl", "train.images", NULL, "train.labels"},
                                      [RC__TEST] = {"s2_cifar100.pkl", "test.images", NULL, "test.labels"}},
                             .pictures = 3};
    snprintf(g->did, sizeof g->did, "The test part stays whole: no sample of it is put into training.");
    return read_arrays(g, &k);
}

rc_status rc__read_ninapro(rc__get *g)
{
    static const arrays k = {.part = {{"ninapro_train.npy", NULL, "label_train.npy", NULL},
                                      {"ninapro_val.npy", NULL, "label_val.npy", NULL},
                                      {"ninapro_test.npy", NULL, "label_test.npy", NULL}},
                             .swap = true,
                             .plane = true};
    snprintf(g->did, sizeof g->did,
             "Windows [time, electrode] turned to [1, electrode, time]; the published "
             "validation part is the validation part.");
    return read_arrays(g, &k);
}

rc_status rc__read_satellite(rc__get *g)
{
    static const arrays k = {.part = {[RC__TRAIN] = {"satellite_train.npy", "data", NULL, "label"},
                                      [RC__TEST] = {"satellite_test.npy", "data", NULL, "label"}},
                             .first_label = 1};
    snprintf(g->did, sizeof g->did, "Classes 1 to 24 became 0 to 23.");
    return read_arrays(g, &k);
}

rc_status rc__read_deepsea(rc__get *g)
{
    static const arrays k = {.part = {{"deepsea_filtered.npz", "x_train", NULL, "y_train"},
                                      {"deepsea_filtered.npz", "x_val", NULL, "y_val"},
                                      {"deepsea_filtered.npz", "x_test", NULL, "y_test"}},
                             .swap = true,
                             .target = LABELS};
    snprintf(g->did, sizeof g->did,
             "[position, letter] turned to [letter, position]; the published validation "
             "part is the validation part.");
    return read_arrays(g, &k);
}

rc_status rc__read_drug(rc__get *g)
{
    const bool ctrp = strcmp(g->task, "drug-ctrp") == 0;
    const arrays k = {.part = {[RC__TRAIN] = {ctrp ? "ctrp_train_feat.npy" : "gdsc_train_feat.npy", NULL,
                                              ctrp ? "ctrp_train_label.npy" : "gdsc_train_label.npy", NULL},
                               [RC__TEST] = {ctrp ? "ctrp_test_feat.npy" : "gdsc_test_feat.npy", NULL,
                                             ctrp ? "ctrp_test_label.npy" : "gdsc_test_label.npy", NULL}},
                      .target = NUMBERS};
    return read_arrays(g, &k);
}
