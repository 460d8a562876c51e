/* Darcy flow of NAS-Bench-360: MATLAB files of coefficients and solutions [N, S, S]. x is [3, s, s] as
 * `recraft data make darcy` writes it: coefficient, column coordinate, row coordinate; s points are every
 * fifth of S. */
#include "base/memory.h"
#include "published/published_layout.h"

enum { STRIDE = 5, MAX_TRAIN = 1000, MAX_TEST = 100 };

typedef struct file {
    rc_container *c;
    int coefficient, solution;
    int64_t n, stored, kept;
} file;

static rc_status open_file(const rc__get *g, const char *name, file *f)
{
    char path[RC__PATH];
    RC_TRY(rc__get_path(g, name, path));
    RC_TRY(rc_container_open(path, &f->c));
    f->coefficient = rc_container_find(f->c, "coeff");
    f->solution = rc_container_find(f->c, "sol");
    RC_CHECK(f->coefficient >= 0 && f->solution >= 0, RC_DATA, "%s: no \"coeff\" and \"sol\" in it", path);
    const rc_shape *a = &rc_container_entry(f->c, f->coefficient)->shape;
    const rc_shape *u = &rc_container_entry(f->c, f->solution)->shape;
    RC_CHECK(a->n == 3 && rc_shape_equal(a, u) && a->dim[1] == a->dim[2], RC_SHAPE,
             "%s: \"coeff\" and \"sol\" are not both [samples, S, S]", path);
    f->n = a->dim[0];
    f->stored = a->dim[1];
    f->kept = (f->stored - 1) / STRIDE + 1;
    RC_CHECK(f->n > 0 && f->kept > 1, RC_SHAPE, "%s: %lld x %lld points are too few", path,
             (long long)f->stored, (long long)f->stored);
    return RC_OK;
}

static void fill_coordinates(int64_t s, float *x)
{
    for (int64_t r = 0; r < s; r++)
        for (int64_t c = 0; c < s; c++) {
            x[s * s + r * s + c] = (float)c / (float)(s - 1);
            x[2 * s * s + r * s + c] = (float)r / (float)(s - 1);
        }
}

static rc_status read_plane(const file *f, int entry, int64_t i, float *slab, float *out)
{
    const int64_t first[] = {i, 0, 0}, count[] = {1, f->stored, f->stored};
    RC_TRY(rc_container_box(f->c, entry, first, count, slab));
    for (int64_t r = 0; r < f->kept; r++)
        for (int64_t c = 0; c < f->kept; c++)
            out[r * f->kept + c] = slab[(r * f->stored + c) * STRIDE];
    return RC_OK;
}

/* The solutions come after the coefficients, so that a file that is no HDF5 is read in two pieces and not in
 * two for every sample. */
static rc_status write_part(rc__get *g, const file *f, int part, int64_t max)
{
    int64_t area = f->kept * f->kept, n = rc__get_limit(g, part, f->n < max ? f->n : max);
    float *slab, *x, *y, *a;
    rc__part_out o;
    RC_TRY(RC_NEW(&slab, f->stored * f->stored + (4 + n) * area));
    x = slab + f->stored * f->stored;
    y = x + 3 * area;
    a = y + area;
    fill_coordinates(f->kept, x);
    rc_status status = RC_OK;
    for (int64_t i = 0; i < n && status == RC_OK; i++)
        status = read_plane(f, f->coefficient, i, slab, a + i * area);
    bool begun = status == RC_OK;
    if (begun)
        status = rc__part_begin(g, part, n, RC_DTYPE_F32, RC_SHAPE(3, f->kept, f->kept), RC_DTYPE_F32,
                                RC_SHAPE(f->kept, f->kept), &o);
    begun = begun && status == RC_OK;
    for (int64_t i = 0; i < n && status == RC_OK; i++) {
        status = read_plane(f, f->solution, i, slab, y);
        for (int64_t k = 0; k < area; k++)
            x[k] = a[i * area + k];
        if (status == RC_OK) status = rc__part_put(&o, x, y);
    }
    if (begun) status = rc__part_end(&o, status);
    rc_free(slab);
    return status;
}

static rc_status read_part(rc__get *g, const char *name, int part, int64_t max)
{
    file f = {0};
    rc_status status = open_file(g, name, &f);
    if (status == RC_OK) status = write_part(g, &f, part, max);
    rc_container_close(&f.c);
    return status;
}

rc_status rc__read_darcy(rc__get *g)
{
    snprintf(
        g->did, sizeof g->did,
        "The first %d samples of the one file and %d of the other, every %d-th point; x: coefficient, column "
        "coordinate, row coordinate; y: solution.",
        MAX_TRAIN, MAX_TEST, STRIDE);
    RC_TRY(read_part(g, "piececonst_r421_N1024_smooth1.mat", RC__TRAIN, MAX_TRAIN));
    return read_part(g, "piececonst_r421_N1024_smooth2.mat", RC__TEST, MAX_TEST);
}
