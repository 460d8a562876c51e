/* What kind of data these are, and whether they are whole. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "datasets/store.h"

enum { MOST_CLASSES = 100000 };

static bool is_float(rc_dtype t)
{
    return t == RC_DTYPE_F32 || t == RC_DTYPE_F64 || t == RC_DTYPE_F16 || t == RC_DTYPE_BF16;
}

/* Any part that is there; the parts agree, as check_part has seen to. */
static const rc_part *first_part(rc_dataset *d)
{
    for (int i = 0; i < RC__PARTS; i++)
        if (rc__dataset_part(d, i)->n > 0) return rc__dataset_part(d, i);
    return &d->train;
}

static rc_status read_x_shape(rc_dataset *d, const char *path)
{
    const rc_shape *s = &first_part(d)->x->shape;
    char text[RC_SHAPE_TEXT];
    RC_CHECK(s->n >= 2 && s->n <= 4, RC_SHAPE,
             "%s: x has shape %s; expected [N, F] (a table), [N, C, L] (sequences) or [N, C, H, W] (images, "
             "fields)",
             path, rc_shape_text(s, text));
    d->is_table = s->n == 2;
    d->x_dims = s->n == 4 ? 2 : 1;
    d->x_shape[0] = s->n == 2 ? 1 : s->dim[1];
    d->x_shape[1] = s->n == 2 ? s->dim[1] : s->dim[2];
    d->x_shape[2] = s->n == 4 ? s->dim[3] : 1;
    for (int i = 1; i < s->n; i++)
        RC_CHECK(s->dim[i] > 0 && s->dim[i] <= 65536, RC_SHAPE,
                 "%s: x has shape %s: a size of 0 or over 65536", path, rc_shape_text(s, text));
    return RC_OK;
}

static rc_status check_same_shapes(rc_dataset *d, const char *path)
{
    const rc_part *first = first_part(d);
    for (int i = 0; i < RC__PARTS; i++) {
        const rc_part *p = rc__dataset_part(d, i);
        if (p->n == 0) continue;
        char a[RC_SHAPE_TEXT], b[RC_SHAPE_TEXT];
        for (int k = 0; k < 2; k++) {
            rc_shape want = k ? first->y->shape : first->x->shape, have = k ? p->y->shape : p->x->shape;
            want.dim[0] = have.dim[0];
            RC_CHECK(rc_shape_equal(&want, &have), RC_SHAPE,
                     "%s: %c_%s has shape %s, by the other parts it should be %s", path, k ? 'y' : 'x',
                     rc__part_name[i], rc_shape_text(&have, a), rc_shape_text(&want, b));
        }
        RC_CHECK(is_float(p->y->dtype) == is_float(first->y->dtype), RC_DATA,
                 "%s: y_%s is %s, the other parts are %s", path, rc__part_name[i], rc_dtype_text(p->y->dtype),
                 rc_dtype_text(first->y->dtype));
    }
    return RC_OK;
}

/* Rows that hold a NaN, or an infinity: the first of each; rows, where there is none. */
static void find_gaps(const rc_array *a, int64_t *first_nan, int64_t *first_infinity)
{
    int64_t rows = a->shape.dim[0], row = rows ? rc_array_size(a) / rows : 0;
    int64_t nan = rows, infinity = rows;
#pragma omp parallel for schedule(static) reduction(min : nan, infinity)
    for (int64_t r = 0; r < rows; r++) {
        const char *from = (const char *)a->data + (size_t)(r * row) * rc_dtype_size(a->dtype);
        for (int64_t c = 0; c < row; c++) {
            float v;
            rc_convert_to_f32(a->dtype, from + (size_t)c * rc_dtype_size(a->dtype), 1, &v);
            if (isnan(v) && r < nan) nan = r;
            if (isinf(v) && r < infinity) infinity = r;
        }
    }
    *first_nan = nan;
    *first_infinity = infinity;
}

static rc_status check_targets(const rc_array *a, const char *path, const char *part)
{
    int64_t nan, infinity, rows = a->shape.dim[0];
    if (!is_float(a->dtype)) return RC_OK;
    find_gaps(a, &nan, &infinity);
    int64_t bad = nan < infinity ? nan : infinity;
    RC_CHECK(bad == rows, RC_DATA,
             "%s: y_%s holds NaN or infinity (first in sample %lld); remove such samples", path, part,
             (long long)bad);
    return RC_OK;
}

static rc_status check_inputs(const rc_array *a, const char *path, const char *part, bool may_miss)
{
    int64_t nan, infinity, rows = a->shape.dim[0];
    if (!is_float(a->dtype)) return RC_OK;
    find_gaps(a, &nan, &infinity);
    RC_CHECK(infinity == rows, RC_DATA,
             "%s: x_%s holds an infinity (first in sample %lld); remove or fill such samples", path, part,
             (long long)infinity);
    RC_CHECK(nan == rows || may_miss, RC_DATA,
             "%s: x_%s holds NaN (first in sample %lld); remove or fill such samples, or have each NaN "
             "replaced by the mean: --set data.missing=mean",
             path, part, (long long)nan);
    return RC_OK;
}

/* ---- targets ---- */

static rc_status count_classes(rc_dataset *d, const char *path)
{
    int64_t largest = -1;
    for (int i = 0; i < RC__PARTS; i++) {
        const rc_part *p = rc__dataset_part(d, i);
        for (int64_t k = 0; k < p->n; k++) {
            int32_t label = rc_part_label(p, k);
            RC_CHECK(label >= 0 && label < MOST_CLASSES, RC_DATA,
                     "%s: y_%s has label %d in sample %lld; labels are whole numbers from 0", path,
                     rc__part_name[i], label, (long long)k);
            if (label > largest) largest = label;
        }
    }
    d->classes = largest + 1;
    RC_CHECK(d->classes >= 2, RC_DATA, "%s: every label is 0; a classification needs at least two classes",
             path);
    RC_CHECK(d->train.n == 0 || d->train.n >= d->classes, RC_DATA,
             "%s: %lld training samples for %lld classes (labels 0 to %lld); amounts are to be floats", path,
             (long long)d->train.n, (long long)d->classes, (long long)largest);
    return RC_OK;
}

static rc_status check_seen(rc_dataset *d, const char *path)
{
    bool *seen;
    if (d->train.n == 0) return RC_OK;
    RC_TRY(RC_NEW(&seen, d->classes));
    for (int64_t k = 0; k < d->train.n; k++)
        seen[rc_part_label(&d->train, k)] = true;
    rc_status status = RC_OK;
    int64_t used = 0;
    for (int64_t c = 0; c < d->classes; c++)
        used += seen[c];
    if (used < 2)
        status = rc_fail(RC_DATA, "%s: y_train has one class only; there is nothing to learn", path);
    for (int i = RC__VALID; i < RC__PARTS && status == RC_OK; i++) {
        const rc_part *p = rc__dataset_part(d, i);
        for (int64_t k = 0; k < p->n && status == RC_OK; k++)
            if (!seen[rc_part_label(p, k)])
                status =
                    rc_fail(RC_DATA, "%s: y_%s has label %d (sample %lld), which never occurs in y_train",
                            path, rc__part_name[i], rc_part_label(p, k), (long long)k);
    }
    rc_free(seen);
    return status;
}

/* Whole numbers for every point: a mask, or amounts. */
static rc_status read_whole_field(rc_dataset *d)
{
    float *row;
    d->target = RC_TARGET_DENSE;
    d->is_mask = true;
    RC_TRY(RC_NEW(&row, d->y_size));
    for (int i = 0; i < RC__PARTS; i++) {
        const rc_part *p = rc__dataset_part(d, i);
        for (int64_t k = 0; k < p->n && d->is_mask; k++) {
            rc_part_y(p, d, k, row);
            for (int64_t c = 0; c < d->y_size; c++)
                d->is_mask &= row[c] == 0 || row[c] == 1;
        }
    }
    rc_free(row);
    return RC_OK;
}

static rc_status check_multilabel(rc_dataset *d, const char *path)
{
    float *row;
    RC_TRY(RC_NEW(&row, d->y_size));
    rc_status status = RC_OK;
    for (int i = 0; i < RC__PARTS && status == RC_OK; i++) {
        const rc_part *p = rc__dataset_part(d, i);
        for (int64_t k = 0; k < p->n && status == RC_OK; k++) {
            rc_part_y(p, d, k, row);
            for (int64_t c = 0; c < d->y_size && status == RC_OK; c++)
                if (row[c] != 0 && row[c] != 1)
                    status = rc_fail(RC_DATA,
                                     "%s: y_%s sample %lld holds %g; several labels a sample are 0 or 1 each",
                                     path, rc__part_name[i], (long long)k, (double)row[c]);
        }
    }
    rc_free(row);
    return status;
}

static rc_status read_target(rc_dataset *d, const char *path)
{
    const rc_array *y = first_part(d)->y;
    d->y_size = rc_array_size(y) / y->shape.dim[0];
    RC_CHECK(d->y_size > 0, RC_SHAPE, "%s: y holds no numbers", path);
    d->y_shape.n = y->shape.n - 1;
    memcpy(d->y_shape.dim, y->shape.dim + 1, sizeof d->y_shape.dim - sizeof d->y_shape.dim[0]);
    if (is_float(y->dtype)) {
        /* A number for each point of a sequence is a field, not a list. */
        bool along = d->x_dims == 1 && !d->is_table && y->shape.n == 2 && y->shape.dim[1] == d->x_shape[1];
        d->target = y->shape.n <= 2 && !along ? RC_TARGET_REGRESSION : RC_TARGET_DENSE;
        return RC_OK;
    }
    if (d->y_size == 1) {
        d->target = RC_TARGET_CLASSES;
        d->y_shape.n = 0;
        RC_TRY(count_classes(d, path));
        return check_seen(d, path);
    }
    if (y->shape.n > 2) return read_whole_field(d);
    d->target = RC_TARGET_MULTILABEL;
    d->classes = d->y_size;
    return check_multilabel(d, path);
}

rc_status rc__dataset_check(rc_dataset *d, const char *path, bool may_miss)
{
    RC_TRY(read_x_shape(d, path));
    RC_TRY(check_same_shapes(d, path));
    for (int i = 0; i < RC__PARTS; i++) {
        const rc_part *p = rc__dataset_part(d, i);
        if (p->n == 0) continue;
        RC_TRY(check_inputs(p->x, path, rc__part_name[i], may_miss));
        RC_TRY(check_targets(p->y, path, rc__part_name[i]));
    }
    return read_target(d, path);
}
