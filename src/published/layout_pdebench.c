/* PDEBench: HDF5 files of whole solutions, of which a task takes the first frame as x and a later one as y. A
 * file is one array [N, T, X] or [N, T, X, Y] for each field, or a group for each sample with an array "data"
 * [T, X, (Y,) fields]. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "published/published_layout.h"

enum { FIELDS = 4, LAST = -1, DIMS = 2 };

typedef struct row {
    const char *task, *file;
    const char *field[FIELDS]; /* arrays of the file; NULL: groups */
    const char *y_field;       /* y is this array, not a later frame (Darcy) */
    int space, time;           /* every so many-th point and frame */
    int64_t frame;             /* of y, after the stride in time */
    bool test_first;           /* the test part is the first tenth, else the last */
} row;

static const row rows[] = {
    {"advection", "1D_Advection_Sols_beta0.4.hdf5", {"tensor"}, NULL, 4, 5, LAST, true},
    {"burgers", "1D_Burgers_Sols_Nu1.0.hdf5", {"tensor"}, NULL, 1, 5, LAST, true},
    {"flow-1d",
     "1D_CFD_Rand_Eta0.1_Zeta0.1_periodic_Train.hdf5",
     {"density", "pressure", "Vx"},
     NULL,
     1,
     5,
     LAST,
     true},
    {"diffusion-sorption", "1D_diff-sorp_NA_NA.h5", {NULL}, NULL, 1, 1, 100, false},
    {"reaction-diffusion-1d", "ReacDiff_Nu0.5_Rho1.0.hdf5", {"tensor"}, NULL, 1, 1, 29, true},
    {"shallow-water", "2D_rdb_NA_NA.h5", {NULL}, NULL, 1, 1, 100, false},
    {"reaction-diffusion-2d", "2D_diff-react_NA_NA.h5", {NULL}, NULL, 1, 1, 100, false},
    {"darcy-pdebench", "2D_DarcyFlow_beta0.1_Train.hdf5", {"nu"}, "tensor", 2, 1, 0, true},
    {"flow-2d",
     "2D_CFD_Rand_M1.0_Eta0.1_Zeta0.1_periodic_128_Train.hdf5",
     {"density", "pressure", "Vx", "Vy"},
     NULL,
     2,
     1,
     20,
     false}};

typedef struct reading {
    rc__get *g;
    const row *r;
    rc_container *file;
    int *sample; /* groups: entry of each sample, in the order of their names; else NULL */
    int field[FIELDS], y_field, fields;
    int64_t n, frames;                /* samples; frames as stored, 0: no dimension of time */
    int dims;                         /* of space */
    int64_t stored[DIMS], kept[DIMS]; /* points as stored, and as taken */
    int64_t frame;                    /* of y, as stored */
    float *slab;                      /* one frame as stored, [stored, fields of a group] */
} reading;

/* ---- what is in the file ---- */

static rc_status find_field(const reading *p, const char *name, int *out)
{
    *out = rc_container_find(p->file, name);
    RC_CHECK(*out >= 0, RC_DATA, "%s: the file holds no \"%s\"", p->g->task, name);
    const rc_entry *e = rc_container_entry(p->file, *out);
    RC_CHECK(!e->refused && !e->is_text, RC_DATA, "%s: \"%s\" %s", p->g->task, name,
             e->refused ? e->refused : "holds text");
    return RC_OK;
}

static bool is_sample(const rc_entry *e)
{
    return !e->refused && rc_path_has_suffix(e->name, "/data");
}

typedef struct named {
    const char *name;
    int entry;
} named;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const named *)a)->name, ((const named *)b)->name);
}

static rc_status find_groups(reading *p)
{
    named *list;
    int n = 0, count = rc_container_count(p->file);
    RC_TRY(RC_NEW(&list, count));
    for (int i = 0; i < count; i++)
        if (is_sample(rc_container_entry(p->file, i)))
            list[n++] = (named){rc_container_entry(p->file, i)->name, i};
    qsort(list, (size_t)n, sizeof *list, by_name);
    rc_status status = RC_NEW(&p->sample, n + 1);
    for (int i = 0; i < n && status == RC_OK; i++)
        p->sample[i] = list[i].entry;
    rc_free(list);
    RC_TRY(status);
    RC_CHECK(n > 0, RC_DATA, "%s: the file holds no groups with an array \"data\"", p->g->task);
    p->n = n;
    const rc_shape *s = &rc_container_entry(p->file, p->sample[0])->shape;
    RC_CHECK(s->n == 3 || s->n == 4, RC_SHAPE, "%s: \"data\" has %d dimensions, not 3 or 4", p->g->task,
             s->n);
    p->frames = s->dim[0];
    p->dims = s->n - 2;
    p->fields = (int)s->dim[s->n - 1];
    RC_CHECK(p->fields >= 1 && p->fields <= FIELDS, RC_SHAPE, "%s: %d fields", p->g->task, p->fields);
    for (int i = 1; i < n; i++)
        RC_CHECK(rc_shape_equal(&rc_container_entry(p->file, p->sample[i])->shape, s), RC_SHAPE,
                 "%s: \"%s\" has another shape than the first sample", p->g->task,
                 rc_container_entry(p->file, p->sample[i])->name);
    memcpy(p->stored, s->dim + 1, (size_t)p->dims * sizeof *p->stored);
    return RC_OK;
}

static rc_status find_fields(reading *p)
{
    const rc_shape *s = NULL;
    for (; p->fields < FIELDS && p->r->field[p->fields]; p->fields++) {
        RC_TRY(find_field(p, p->r->field[p->fields], &p->field[p->fields]));
        const rc_shape *one = &rc_container_entry(p->file, p->field[p->fields])->shape;
        RC_CHECK(!s || rc_shape_equal(s, one), RC_SHAPE, "%s: \"%s\" has another shape than \"%s\"",
                 p->g->task, p->r->field[p->fields], p->r->field[0]);
        s = one;
    }
    bool timeless = p->r->y_field != NULL;
    p->dims = s->n - (timeless ? 1 : 2);
    RC_CHECK(p->dims >= 1 && p->dims <= DIMS, RC_SHAPE, "%s: \"%s\" has %d dimensions", p->g->task,
             p->r->field[0], s->n);
    p->n = s->dim[0];
    p->frames = timeless ? 0 : s->dim[1];
    memcpy(p->stored, s->dim + (timeless ? 1 : 2), (size_t)p->dims * sizeof *p->stored);
    if (!timeless) return RC_OK;
    /* [N, 1, X, Y] */
    RC_TRY(find_field(p, p->r->y_field, &p->y_field));
    const rc_shape *y = &rc_container_entry(p->file, p->y_field)->shape;
    RC_CHECK(y->n == s->n + 1 && y->dim[0] == p->n && y->dim[1] >= 1 &&
                 memcmp(y->dim + 2, p->stored, (size_t)p->dims * sizeof *p->stored) == 0,
             RC_SHAPE, "%s: \"%s\" does not fit to \"%s\"", p->g->task, p->r->y_field, p->r->field[0]);
    return RC_OK;
}

static rc_status plan(reading *p)
{
    int64_t points = p->sample ? p->fields : 1;
    for (int d = 0; d < p->dims; d++) {
        p->kept[d] = (p->stored[d] + p->r->space - 1) / p->r->space;
        points *= p->stored[d];
    }
    RC_CHECK(p->n >= 10 && points > 0, RC_DATA, "%s: %lld samples are too few for a tenth as test part",
             p->g->task, (long long)p->n);
    if (p->frames) {
        int64_t kept = (p->frames + p->r->time - 1) / p->r->time;
        int64_t frame = p->r->frame == LAST ? kept - 1 : p->r->frame;
        RC_CHECK(frame > 0 && frame < kept, RC_DATA, "%s: %lld frames, but y should be number %lld",
                 p->g->task, (long long)kept, (long long)(p->r->frame == LAST ? 1 : p->r->frame));
        p->frame = frame * p->r->time;
    }
    return RC_NEW(&p->slab, points);
}

/* ---- reading ---- */

/* Frame t of an array [N, (T,) space, (fields)] into field f of out [fields, kept]. */
static void thin(const reading *p, const float *slab, int64_t item, int64_t f, float *out)
{
    int64_t rows_stored = p->dims == 2 ? p->stored[0] : 1, columns = p->stored[p->dims - 1];
    int64_t area = p->kept[0] * (p->dims == 2 ? p->kept[1] : 1);
    float *to = out + f * area;
    for (int64_t r = 0; r < rows_stored; r += p->r->space)
        for (int64_t c = 0; c < columns; c += p->r->space)
            *to++ = slab[(r * columns + c) * item];
}

static rc_status read_frame(const reading *p, int64_t i, int64_t t, bool target, float *out)
{
    int64_t first[RC_MAX_DIMS] = {0}, count[RC_MAX_DIMS];
    int at = 0;
    if (!p->sample) {
        first[at] = i;
        count[at++] = 1;
    }
    if (p->frames || target) { /* a Darcy solution has a dimension of 1 there */
        first[at] = p->frames ? t : 0;
        count[at++] = 1;
    }
    for (int d = 0; d < p->dims; d++)
        count[at++] = p->stored[d];
    if (p->sample) {
        count[at] = p->fields;
        RC_TRY(rc_container_box(p->file, p->sample[i], first, count, p->slab));
        for (int f = 0; f < p->fields; f++)
            thin(p, p->slab + f, p->fields, f, out);
        return RC_OK;
    }
    for (int f = 0; f < p->fields; f++) {
        int entry = target && p->r->y_field ? p->y_field : p->field[f];
        RC_TRY(rc_container_box(p->file, entry, first, count, p->slab));
        thin(p, p->slab, 1, f, out);
    }
    return RC_OK;
}

static rc_status write_part(const reading *p, int part, int64_t from, int64_t n)
{
    rc_shape shape = {.n = 1 + p->dims, .dim = {p->fields, p->kept[0], p->kept[1]}};
    float *x;
    rc__part_out o;
    n = rc__get_limit(p->g, part, n);
    RC_TRY(RC_NEW(&x, 2 * rc_shape_size(&shape)));
    float *y = x + rc_shape_size(&shape);
    rc_status status = rc__part_begin(p->g, part, n, RC_DTYPE_F32, shape, RC_DTYPE_F32, shape, &o);
    bool begun = status == RC_OK;
    for (int64_t i = from; i < from + n && status == RC_OK; i++) {
        status = read_frame(p, i, 0, false, x);
        if (status == RC_OK) status = read_frame(p, i, p->frame, true, y);
        if (status == RC_OK) status = rc__part_put(&o, x, y);
    }
    if (begun) status = rc__part_end(&o, status);
    rc_free(x);
    return status;
}

/* A tenth to the test part, as the published loaders cut it. */
static rc_status write_parts(const reading *p)
{
    int64_t tenth = p->n / 10, cut = p->r->test_first ? tenth : p->n * 9 / 10;
    if (!p->r->test_first) {
        RC_TRY(write_part(p, RC__TRAIN, 0, cut));
        return write_part(p, RC__TEST, cut, p->n - cut);
    }
    RC_TRY(write_part(p, RC__TRAIN, cut, p->n - cut));
    return write_part(p, RC__TEST, 0, cut);
}

rc_status rc__read_pdebench(rc__get *g)
{
    reading p = {.g = g, .r = rows};
    char path[RC__PATH];
    while (strcmp(p.r->task, g->task) != 0)
        p.r++;
    RC_TRY(rc__get_path(g, p.r->file, path));
    RC_TRY(rc_container_open(path, &p.file));
    rc_status status = p.r->field[0] ? find_fields(&p) : find_groups(&p);
    if (status == RC_OK) status = plan(&p);
    if (status == RC_OK) status = write_parts(&p);
    if (p.r->y_field)
        snprintf(g->did, sizeof g->did,
                 "x is \"%s\", y \"%s\", every %d-th point; the first tenth is the test part.", p.r->field[0],
                 p.r->y_field, p.r->space);
    else
        snprintf(
            g->did, sizeof g->did,
            "x is frame 0, y frame %lld of %lld, in training and test alike, every %d-th point; the %s tenth "
            "is the test part.",
            (long long)p.frame, (long long)p.frames, p.r->space, p.r->test_first ? "first" : "last");
    rc_free(p.slab);
    rc_free(p.sample);
    rc_container_close(&p.file);
    return status;
}
