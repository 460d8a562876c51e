/* PSICOV and DeepCov: for each protein a pickle of features and a map of distances. x: 57 planes, y: the map,
 * both padded by 5 and put at the top left of a square.
 *
 * A protein too long for the square is seen through a window on the diagonal, so that the separation of two
 * residues is still the difference of their places; the published loader draws rows and columns apart. */
#include <math.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/text.h"
#include "published/published_layout.h"

enum { PLANES = 57, SIDE = 512, PAD = 5, LARGEST_LIST = 1 << 20 };
static const float FAR = 100, CAP = 16;

/* In the order of the planes; a feature of one residue gives two planes, of the column's and of the row's. */
static const struct feature {
    const char *name;
    int count;         /* values of one residue; 0: one of each pair */
    bool residue_last; /* stored [count, l], else [l, count] */
} features[] = {{"ss", 3, true},      {"pssm", 22, false},  {"sa", 1, true},       {"entropy", 1, true},
                {"ccmpred", 0, true}, {"freecon", 0, true}, {"potential", 0, true}};

typedef struct protein {
    rc__get *g;
    const char *base; /* "protein/deepcov/" */
    const char *id;
    int64_t length, side,
        offset;   /* residues; side of the square; where the window begins in the padded map */
    float *x, *y; /* [57, side, side], [side, side] */
} protein;

/* ---- arrays of one protein ---- */

static rc_status take(const protein *p, rc_container *c, int at, const char *name, int64_t size, float **out)
{
    rc_array a;
    const rc_entry *e = at >= 0 ? rc_container_entry(c, at) : NULL;
    RC_CHECK(e && !e->refused && !e->is_text && !e->is_ragged, RC_DATA, "%s: protein %s has no array \"%s\"",
             p->g->task, p->id, name);
    RC_CHECK(rc_shape_size(&e->shape) == size, RC_SHAPE, "%s: protein %s has %lld values of \"%s\", not %lld",
             p->g->task, p->id, (long long)rc_shape_size(&e->shape), name, (long long)size);
    RC_TRY(rc_container_read(c, at, &a));
    rc_status status = rc_array_to_f32(&a, out);
    rc_array_free(&a);
    return status;
}

/* Residue at place k of the square, -1 in the padding. */
static int64_t residue(const protein *p, int64_t k)
{
    int64_t r = k + p->offset - PAD;
    return r >= 0 && r < p->length ? r : -1;
}

static float at_residue(const struct feature *f, int64_t length, const float *v, int k, int64_t r)
{
    return r < 0 ? 0 : f->residue_last ? v[k * length + r] : v[r * f->count + k];
}

static void fill_planes(protein *p, const struct feature *f, const float *v, float *plane)
{
    int64_t s = p->side, l = p->length;
    for (int k = 0; k < f->count; k++, plane += 2 * s * s)
        for (int64_t i = 0; i < s; i++)
            for (int64_t j = 0; j < s; j++) {
                bool inside = residue(p, i) >= 0 && residue(p, j) >= 0;
                plane[i * s + j] = inside ? at_residue(f, l, v, k, residue(p, j)) : 0;
                plane[s * s + i * s + j] = inside ? at_residue(f, l, v, k, residue(p, i)) : 0;
            }
    for (int64_t i = 0; i < s && f->count == 0; i++)
        for (int64_t j = 0; j < s; j++) {
            int64_t a = residue(p, i), b = residue(p, j);
            plane[i * s + j] = a >= 0 && b >= 0 ? v[a * l + b] : 0;
        }
}

static rc_status check_values(const protein *p, const char *name, const float *v, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        RC_CHECK(v[i] > -FAR && v[i] < FAR, RC_DATA,
                 "%s: protein %s has %g in \"%s\"; -100 to 100 is expected", p->g->task, p->id, (double)v[i],
                 name);
    return RC_OK;
}

static rc_status fill_x(protein *p, rc_container *c)
{
    float *plane = p->x;
    for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
        const struct feature *f = &features[i];
        int64_t size = p->length * (f->count ? f->count : p->length);
        float *v = NULL;
        RC_TRY(take(p, c, rc_container_find(c, f->name), f->name, size, &v));
        rc_status status = check_values(p, f->name, v, size);
        if (status == RC_OK) fill_planes(p, f, v, plane);
        rc_free(v);
        RC_TRY(status);
        plane += (f->count ? 2 * f->count : 1) * p->side * p->side;
    }
    return RC_OK;
}

/* The diagonal holds no distance: it takes its neighbours' in the row. */
static void mend_diagonal(int64_t l, float *d)
{
    for (int64_t i = 0; i < l * l; i++)
        if (d[i] < 1) d[i] = 1;
    d[0] = d[1];
    d[l * l - 1] = d[l * l - 2];
    for (int64_t i = 1; i + 1 < l; i++) {
        float a = d[i * l + i - 1], b = d[i * l + i + 1];
        d[i * l + i] = isnan(a) && isnan(b) ? 1 : isnan(a) ? b : isnan(b) ? a : (a + b) / 2;
    }
}

static rc_status fill_y(protein *p, bool train)
{
    char name[RC__PATH], path[RC__PATH];
    rc_container *c;
    float *d = NULL;
    int at = -1;
    snprintf(name, sizeof name, "%sdistance/%.200s-cb.npy", p->base, p->id);
    RC_TRY(rc__get_path(p->g, name, path));
    RC_TRY(rc_container_open(path, &c));
    for (int i = 0; i < rc_container_count(c) && at < 0;
         i++) /* beside it stand the length and the sequence */
        if (rc_container_entry(c, i)->shape.n == 2) at = i;
    rc_status status = take(p, c, at, "distances", p->length * p->length, &d);
    rc_container_close(&c);
    RC_TRY(status);
    mend_diagonal(p->length, d);
    for (int64_t i = 0; i < p->side; i++)
        for (int64_t j = 0; j < p->side; j++) {
            int64_t a = residue(p, i), b = residue(p, j);
            float v = a >= 0 && b >= 0 ? d[a * p->length + b] : NAN; /* padding has no distance */
            p->y[i * p->side + j] = train && v > CAP ? CAP : v;
        }
    rc_free(d);
    return RC_OK;
}

static rc_status length_of(const protein *p, rc_container *c, int64_t *out)
{
    int at = rc_container_find(c, "sa");
    RC_CHECK(at >= 0, RC_DATA, "%s: protein %s has no array \"sa\"", p->g->task, p->id);
    *out = rc_shape_size(&rc_container_entry(c, at)->shape);
    RC_CHECK(*out >= 2, RC_DATA, "%s: protein %s has %lld residues", p->g->task, p->id, (long long)*out);
    return RC_OK;
}

static rc_status read_protein(protein *p, bool train, uint64_t index)
{
    char name[RC__PATH], path[RC__PATH];
    rc_container *c;
    snprintf(name, sizeof name, "%sfeatures/%.200s.pkl", p->base, p->id);
    RC_TRY(rc__get_path(p->g, name, path));
    RC_TRY(rc_container_open(path, &c));
    rc_status status = length_of(p, c, &p->length);
    int64_t spare = p->length + 2 * PAD - p->side;
    rc_rng rng = rc_rng_make(p->g->seed, "window", index);
    p->offset = status == RC_OK && train && spare > 0 ? (int64_t)rc_rng_below(&rng, (uint64_t)spare + 1) : 0;
    if (status == RC_OK) status = fill_x(p, c);
    rc_container_close(&c);
    return status == RC_OK ? fill_y(p, train) : status;
}

/* ---- a part ---- */

/* The first word of every line. */
static rc_status read_list(const rc__get *g, const char *name, rc_texts *out)
{
    char path[RC__PATH], *text;
    const char *line;
    size_t size, length, at = 0;
    RC_TRY(rc__get_path(g, name, path));
    RC_TRY(rc_file_read(path, LARGEST_LIST, &text, &size));
    rc_status status = RC_OK;
    while (status == RC_OK && rc_text_next_line(text, size, &at, &line, &length)) {
        size_t word = 0;
        while (word < length && line[word] != ' ' && line[word] != '\t')
            word++;
        if (!word) continue;
        if (memchr(line, '/', word))
            status = rc_fail(RC_DATA, "%s: \"%.*s\" is not a protein's name", path,
                             (int)(word > 60 ? 60 : word), line);
        if (status == RC_OK) status = rc_texts_add(out, line, word);
    }
    rc_free(text);
    return status;
}

static rc_status write_proteins(rc__get *g, int part, const char *base, const rc_texts *list)
{
    protein p = {.g = g, .base = base, .side = g->side ? g->side : SIDE};
    int64_t area = p.side * p.side, n = rc__get_limit(g, part, list->n);
    rc__part_out o;
    RC_TRY(RC_NEW(&p.x, (PLANES + 1) * area));
    p.y = p.x + PLANES * area;
    rc_status status = rc__part_begin(g, part, n, RC_DTYPE_F32, RC_SHAPE(PLANES, p.side, p.side),
                                      RC_DTYPE_F32, RC_SHAPE(p.side, p.side), &o);
    if (status == RC_OK) {
        for (int64_t i = 0; i < n && status == RC_OK; i++) {
            p.id = rc_texts_get(list, i);
            status = read_protein(&p, part == RC__TRAIN, (uint64_t)i);
            if (status == RC_OK) status = rc__part_put(&o, p.x, p.y);
        }
        status = rc__part_end(&o, status);
    }
    rc_free(p.x);
    return status;
}

static rc_status read_part(rc__get *g, int part, const char *set, const char *folder)
{
    char name[64], base[64];
    rc_texts list = {0};
    snprintf(name, sizeof name, "%s%s.lst", folder, set);
    snprintf(base, sizeof base, "%s%s/", folder, set);
    rc_status status = read_list(g, name, &list);
    if (status == RC_OK) status = write_proteins(g, part, base, &list);
    rc_texts_free(&list);
    return status;
}

int64_t rc__psicov_bytes(int64_t n_train, int64_t n_test, int64_t side)
{
    enum { TRAIN = 3456, TEST = 150 };
    int64_t train = n_train && n_train < TRAIN ? n_train : TRAIN, points = side ? side : SIDE;
    int64_t test = n_test && n_test < TEST ? n_test : TEST;
    return (train + test) * (PLANES + 1) * points * points * (int64_t)sizeof(float);
}

rc_status rc__read_psicov(rc__get *g)
{
    char path[RC__PATH];
    const char *folder = rc__get_path(g, "protein/deepcov.lst", path) == RC_OK ? "protein/" : "";
    rc_ascii_print(
        g->did, sizeof g->did,
        "57 planes and the distances, padded by %d, at the top left of %lld x %lld; longer proteins "
        "through a "
        "window on the diagonal; training distances cut at %g.",
        PAD, (long long)(g->side ? g->side : SIDE), (long long)(g->side ? g->side : SIDE), (double)CAP);
    RC_TRY(read_part(g, RC__TRAIN, "deepcov", folder));
    return read_part(g, RC__TEST, "psicov", folder);
}
