/* What all layouts write with. */
#include <stdio.h>
#include <string.h>

#include "base/progress.h"
#include "formats/array_file.h"
#include "published/published_layout.h"

static const char *const part_name[RC__PARTS] = {"train", "valid", "test"};

rc_status rc__get_path(const rc__get *g, const char *name, char out[RC__PATH])
{
    if (g->alone && strcmp(name, g->alone_name) == 0) {
        int n = snprintf(out, RC__PATH, "%s", g->alone);
        return n < RC__PATH ? RC_OK : rc_fail(RC_IO, "%.80s...: the path is too long", g->alone);
    }
    for (int i = 0; i < g->roots; i++) {
        RC_TRY(rc_path_join(g->root[i], name, RC__PATH, out));
        if (rc_path_exists(out)) return RC_OK;
    }
    return rc_fail(RC_DATA, "%s: %s is missing in what was given or downloaded", g->task, name);
}

int64_t rc__get_limit(const rc__get *g, int part, int64_t n)
{
    return g->max[part] > 0 && g->max[part] < n ? g->max[part] : n;
}

static rc_status open_array(const rc__get *g, int part, const char *letter, int64_t n, rc_dtype type,
                            rc_shape one, rc_file_writer *w)
{
    unsigned char header[RC_NPY_HEADER];
    char file[32], path[RC__PATH];
    size_t size;
    rc_shape all = {.n = one.n + 1, .dim = {n}};
    memcpy(all.dim + 1, one.dim, (size_t)one.n * sizeof *one.dim);
    snprintf(file, sizeof file, "%s_%s.npy", letter, part_name[part]);
    RC_TRY(rc_path_join(g->out, file, sizeof path, path));
    RC_TRY(rc_npy_header(type, all, header, &size));
    RC_TRY(rc_file_writer_open(path, w));
    rc_status status = rc_file_writer_put(w, header, size);
    if (status != RC_OK) rc_file_writer_abandon(w);
    return status;
}

rc_status rc__part_begin(rc__get *g, int part, int64_t n, rc_dtype x_type, rc_shape x, rc_dtype y_type,
                         rc_shape y, rc__part_out *out)
{
    RC_CHECK(n > 0, RC_DATA, "%s: the %s part is empty", g->task, part_name[part]);
    *out = (rc__part_out){.g = g,
                          .part = part,
                          .x_bytes = (size_t)rc_shape_size(&x) * rc_dtype_size(x_type),
                          .y_bytes = (size_t)rc_shape_size(&y) * rc_dtype_size(y_type),
                          .n = n};
    RC_TRY(open_array(g, part, "x", n, x_type, x, &out->x));
    rc_status status = open_array(g, part, "y", n, y_type, y, &out->y);
    if (status != RC_OK) rc_file_writer_abandon(&out->x);
    return status;
}

rc_status rc__part_put(rc__part_out *o, const void *x, const void *y)
{
    if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted");
    RC_CHECK(o->done < o->n, RC_INTERNAL, "%s: more samples than were announced", o->g->task);
    RC_TRY(rc_file_writer_put(&o->x, x, o->x_bytes));
    RC_TRY(rc_file_writer_put(&o->y, y, o->y_bytes));
    rc_progress_step(part_name[o->part], ++o->done, o->n, NULL);
    return RC_OK;
}

rc_status rc__part_end(rc__part_out *o, rc_status status)
{
    if (status == RC_OK && o->done != o->n)
        status = rc_fail(RC_INTERNAL, "%s: fewer samples than were announced", o->g->task);
    if (status == RC_OK) {
        status = rc_file_writer_commit(&o->x);
        if (status == RC_OK)
            status = rc_file_writer_commit(&o->y);
        else
            rc_file_writer_abandon(&o->y);
        o->g->n[o->part] = o->n;
        return status;
    }
    rc_file_writer_abandon(&o->x);
    rc_file_writer_abandon(&o->y);
    return status;
}

rc_status rc__part_groups(const rc__get *g, int part, int64_t n, const int64_t *group)
{
    char file[32], path[RC__PATH];
    snprintf(file, sizeof file, "group_%s.npy", part_name[part]);
    RC_TRY(rc_path_join(g->out, file, sizeof path, path));
    return rc_npy_write(path, RC_DTYPE_I64, RC_SHAPE(n), group);
}
