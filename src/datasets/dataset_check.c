/* What kind of data these are, and whether they are whole. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "datasets/store.h"
#include "formats/pieces.h"
#include "parallel/parallel.h"

/* Any part that is there; the parts agree, as check_part has seen to. */
static const rc_part *first_part(rc_dataset *d)
{
    for (int i = 0; i < RC__PARTS; i++)
        if (rc__dataset_part(d, i)->n > 0) return rc__dataset_part(d, i);
    return &d->train;
}

bool rc_channels_come_last(const rc_shape *x)
{
    int64_t first = x->dim[1], last = x->dim[x->n - 1];
    if (x->n == 3) return last <= 8 && first >= 8 * last;
    return x->n == 4 && (last == 1 || last == 3 || last == 4) && first != 1 && first != 3 && first != 4;
}

/* suffix: of x's name, "" or ".NAME". */
static rc_status read_x_shape(rc_dataset *d, const char *path, const char *suffix)
{
    const rc_shape *s = &first_part(d)->x->shape;
    char text[RC_SHAPE_TEXT];
    RC_CHECK(
        s->n >= 2 && s->n <= 4, RC_SHAPE,
        "%s: x%s has shape %s; expected [N, F] (a table), [N, C, L] (sequences) or [N, C, H, W] (images, "
        "fields)",
        path, suffix, rc_shape_text(s, text));
    d->form = s->n == 4 ? RC_FORM_IMAGES : s->n == 3 ? RC_FORM_SEQUENCES : RC_FORM_TABLE;
    d->x_shape[0] = s->n == 2 ? 1 : s->dim[1];
    d->x_shape[1] = s->n == 2 ? s->dim[1] : s->dim[2];
    d->x_shape[2] = s->n == 4 ? s->dim[3] : 1;
    for (int i = 1; i < s->n; i++)
        RC_CHECK(s->dim[i] > 0 && s->dim[i] <= 65536, RC_SHAPE,
                 "%s: x%s has shape %s: a size of 0 or over 65536", path, suffix, rc_shape_text(s, text));
    if (!rc_channels_come_last(s)) return RC_OK;
    return rc__add_note(&d->store->notes,
                        "x%s has shape %s and is taken for %lld channels; if the channels come last: "
                        "numpy.moveaxis(x, -1, 1)",
                        suffix, rc_shape_text(s, text), (long long)d->x_shape[0]);
}

static rc_status check_shape(const rc_array *a, const rc_array *by, const char *path, char letter,
                             const char *part, const char *suffix)
{
    char have[RC_SHAPE_TEXT], should[RC_SHAPE_TEXT];
    rc_shape want = by->shape;
    want.dim[0] = a->shape.dim[0];
    RC_CHECK(rc_shape_equal(&want, &a->shape), RC_SHAPE,
             "%s: %c_%s%s has shape %s, but the other parts have %s", path, letter, part, suffix,
             rc_shape_text(&a->shape, have), rc_shape_text(&want, should));
    return RC_OK;
}

static rc_status check_same_inputs(rc_dataset *d, const char *path, const char *suffix)
{
    const rc_array *first = first_part(d)->x;
    for (int i = 0; i < RC__PARTS; i++) {
        const rc_part *p = rc__dataset_part(d, i);
        if (p->n > 0) RC_TRY(check_shape(p->x, first, path, 'x', rc__part_name[i], suffix));
    }
    return d->unlabelled.n > 0 ? check_shape(d->unlabelled.x, first, path, 'x', "unlabelled", suffix) : RC_OK;
}

static rc_status check_same_targets(rc_dataset *d, const char *path)
{
    const rc_part *first = first_part(d);
    for (int i = 0; i < RC__PARTS; i++) {
        const rc_part *p = rc__dataset_part(d, i);
        if (p->n == 0) continue;
        RC_TRY(check_shape(p->y, first->y, path, 'y', rc__part_name[i], ""));
        RC_CHECK(rc_dtype_is_float(p->y->dtype) == rc_dtype_is_float(first->y->dtype), RC_DATA,
                 "%s: y_%s is %s, the other parts are %s", path, rc__part_name[i], rc_dtype_text(p->y->dtype),
                 rc_dtype_text(first->y->dtype));
    }
    return RC_OK;
}

/* So that all threads are in one place of a file. */
enum { TOGETHER = 16 };

/* Rows that hold a NaN, or an infinity: the first of each; rows, where there is none. may_lack: rows of
 * nothing but NaN are not meant. */
static rc_status find_gaps(const rc_array *a, bool may_lack, int64_t *first_nan, int64_t *first_infinity)
{
    int64_t rows = a->shape.dim[0], row = rows ? rc_array_size(a) / rows : 0, own, end;
    int64_t nan = rows, infinity = rows;
    bool shared = rc__common_files_share(a, &own, &end);
    if (a->pieces) RC_TRY(rc_pieces_expect(a->pieces, NULL, own, end - own, NULL));
#pragma omp parallel for schedule(static, TOGETHER) reduction(min : nan, infinity)
    for (int64_t r = own; r < end; r++) {
        const char *from = rc_array_pin(a, r);
        int64_t missing = 0;
        for (int64_t c = 0; from && c < row; c++) {
            float v;
            rc_convert_to_f32(a->dtype, from + (size_t)c * rc_dtype_size(a->dtype), 1, &v);
            missing += isnan(v);
            if (isinf(v) && r < infinity) infinity = r;
        }
        if (from) rc_array_unpin(a, r);
        bool lacks = may_lack && missing == row;
        if (missing > 0 && !lacks && r < nan) nan = r;
    }
    RC_TRY(rc_pieces_status(a->pieces));
    int64_t first[] = {nan, infinity};
    if (shared) RC_TRY(rc_parallel_min(2, first));
    *first_nan = first[0];
    *first_infinity = first[1];
    return RC_OK;
}

static rc_status refuse_gap(const char *path, const char *array, const char *what, int64_t row,
                            const char *remedy)
{
    char place[160];
    rc_shards_name_row(path, array, row, sizeof place, place);
    return rc_fail(RC_DATA, "%s: %s holds %s (first in %s); remove %s", path, array, what, place, remedy);
}

/* A field may have points that are not known; a number that is not known is no target. */
static rc_status check_targets(rc_dataset *d, const rc_array *a, const char *path, const char *part)
{
    int64_t nan, infinity, rows = a->shape.dim[0];
    if (!rc_dtype_is_float(a->dtype)) return RC_OK;
    RC_TRY(find_gaps(a, false, &nan, &infinity));
    bool gaps = d->target == RC_TARGET_DENSE && nan < rows;
    int64_t bad = nan < infinity && !gaps ? nan : infinity;
    if (bad < rows) {
        char name[32];
        snprintf(name, sizeof name, "y_%s", part);
        return refuse_gap(path, name, "NaN or infinity", bad, "such samples");
    }
    d->has_gaps |= gaps;
    return RC_OK;
}

/* Of a whole part nothing may be left to learn or to be judged by. */
static rc_status count_gaps(rc_dataset *d, const char *path, const char *part, const rc_part *p, float *y,
                            int64_t *gaps)
{
    int64_t known = 0;
    for (int64_t i = 0; i < p->n; i++) {
        rc_part_read(p, d, RC_PART_Y, i, y);
        for (int64_t k = 0; k < d->y_size; k++)
            known += !isnan(y[k]);
    }
    *gaps += p->n * d->y_size - known;
    RC_CHECK(known > 0 || p->n == 0, RC_DATA, "%s: no point of y_%s is known", path, part);
    return RC_OK;
}

static rc_status tell_gaps(rc_dataset *d, const char *path)
{
    float *y;
    int64_t gaps = 0;
    if (!d->has_gaps) return RC_OK;
    RC_TRY(RC_NEW_RAW(&y, d->y_size));
    rc_status status = RC_OK;
    for (int i = 0; i < RC__PARTS && status == RC_OK; i++)
        status = count_gaps(d, path, rc__part_name[i], rc__dataset_part(d, i), y, &gaps);
    rc_free(y);
    RC_TRY(status);
    return rc__add_note(&d->store->notes,
                        "%lld points of y are not known (%s); they count neither in the loss nor in scores",
                        (long long)gaps, d->is_mask ? "-1 in a mask" : "NaN");
}

typedef struct gaps {
    const char *suffix; /* of x's name */
    bool may_miss, may_lack;
} gaps;

static rc_status check_inputs(const rc_array *a, const char *path, const char *part, const gaps *g)
{
    char name[32 + RC_INPUT_NAME];
    int64_t nan, infinity, rows = a->shape.dim[0];
    if (!rc_dtype_is_float(a->dtype)) return RC_OK;
    snprintf(name, sizeof name, "x_%s%s", part, g->suffix);
    RC_TRY(find_gaps(a, g->may_lack, &nan, &infinity));
    if (infinity < rows) return refuse_gap(path, name, "an infinity", infinity, "or fill such samples");
    if (nan == rows || g->may_miss) return RC_OK;
    return refuse_gap(path, name, "NaN", nan,
                      "or fill such samples, or fit with the setting data.missing=mean, which replaces each "
                      "NaN by the mean");
}

rc_status rc__dataset_check_weights(const rc_part *p, const char *path, const char *part)
{
    double sum = 0;
    const rc_array *w = p->weight;
    if (!w) return RC_OK;
    RC_CHECK(rc_dtype_is_float(w->dtype) && w->shape.n == 1 && w->shape.dim[0] == p->n, RC_DATA,
             "%s: weight_%s is not one float for each of the %lld samples", path, part, (long long)p->n);
    for (int64_t i = 0; i < p->n; i++) {
        double weight = (double)rc_part_weight(p, i);
        RC_CHECK(weight >= 0 && isfinite(weight), RC_DATA,
                 "%s: weight_%s of sample %lld is %g; expected 0 or more", path, part, (long long)i, weight);
        sum += weight;
    }
    RC_CHECK(sum > 0, RC_DATA, "%s: the weights of the %s part are all 0", path, part);
    return RC_OK;
}

/* ---- targets ---- */

/* Whole numbers for every point: a mask, or amounts. */
static rc_status read_whole_field(rc_dataset *d)
{
    enum { MANY = 32 };
    float *row, low = 0, high = 0;
    bool zero = false; /* beside -1: without it, a sign and no mask */
    d->target = RC_TARGET_DENSE;
    RC_TRY(RC_NEW(&row, d->y_size));
    for (int i = 0; i < RC__PARTS; i++) {
        const rc_part *p = rc__dataset_part(d, i);
        for (int64_t k = 0; k < p->n && low >= -1 && high < MANY; k++) {
            rc_part_read(p, d, RC_PART_Y, k, row);
            for (int64_t c = 0; c < d->y_size; c++) {
                zero |= row[c] == 0;
                low = fminf(low, row[c]);
                high = fmaxf(high, row[c]);
            }
        }
    }
    rc_free(row);
    d->is_mask = high <= 1 && (low >= 0 || (low >= -1 && zero));
    d->has_gaps = d->is_mask && low < 0;
    if (d->is_mask || low < -1 || high >= MANY) return RC_OK;
    return rc__add_note(&d->store->notes,
                        "y holds a whole number from %g to %g for each point: an amount, or with "
                        "fit.loss=cross-entropy a class",
                        (double)low, (double)high);
}

/* Rows of zeros and ones, as float32. */
typedef struct rows {
    bool all, one_each; /* every number is 0 or 1; every row holds exactly one 1 */
    int part;           /* else the first that is not */
    int64_t sample;
    float value;
} rows;

static rc_status look_at_rows(rc_dataset *d, rows *r)
{
    float *row;
    *r = (rows){.all = true, .one_each = true};
    RC_TRY(RC_NEW(&row, d->y_size));
    for (int i = 0; i < RC__PARTS && r->all; i++) {
        const rc_part *p = rc__dataset_part(d, i);
        for (int64_t k = 0; k < p->n && r->all; k++) {
            int64_t ones = 0;
            rc_part_read(p, d, RC_PART_Y, k, row);
            for (int64_t c = 0; c < d->y_size && r->all; c++) {
                ones += row[c] == 1;
                if (row[c] != 0 && row[c] != 1) *r = (rows){.part = i, .sample = k, .value = row[c]};
            }
            r->one_each = r->one_each && ones == 1;
        }
    }
    rc_free(row);
    return RC_OK;
}

/* Numbers beyond 0 and 1, one for each point of a sequence, are no labels of the whole. */
static rc_status read_whole_rows(rc_dataset *d, const char *path)
{
    rows r;
    bool along = d->form == RC_FORM_SEQUENCES && d->y_size == d->x_shape[1];
    RC_TRY(look_at_rows(d, &r));
    if (along && !r.all) return read_whole_field(d);
    d->target = RC_TARGET_MULTILABEL;
    d->classes = d->y_size;
    RC_CHECK(r.all, RC_DATA, "%s: y_%s sample %lld holds %g; several labels a sample are 0 or 1 each", path,
             rc__part_name[r.part], (long long)r.sample, (double)r.value);
    if (!r.one_each) return RC_OK;
    return rc__add_note(&d->store->notes,
                        "every row of y holds exactly one 1 and is taken for several labels a sample; "
                        "classes are whole numbers [N]: y.argmax(1)");
}

/* Floats that look like labels are numbers all the same: the type says so. */
static rc_status check_regression(rc_dataset *d)
{
    enum { LARGEST = 1000, MAX = 100 };
    bool seen[2 * LARGEST + 1] = {false};
    int64_t different = 0, n = 0;
    rows r;
    if (d->y_size > 1) {
        RC_TRY(look_at_rows(d, &r));
        if (!r.all) return RC_OK;
        return rc__add_note(&d->store->notes,
                            "y holds rows of zeros and ones as floats and is taken for numbers; %s",
                            r.one_each ? "classes are whole numbers [N]: y.argmax(1)"
                                       : "several labels a sample are whole numbers: y.astype('int64')");
    }
    for (int i = 0; i < RC__PARTS; i++) {
        const rc_part *p = rc__dataset_part(d, i);
        n += p->n;
        for (int64_t k = 0; k < p->n; k++) {
            float v;
            rc_part_read(p, d, RC_PART_Y, k, &v);
            if (floorf(v) != v || fabsf(v) > LARGEST) return RC_OK;
            different += !seen[LARGEST + (int)v];
            seen[LARGEST + (int)v] = true;
        }
    }
    if (different > MAX || 2 * different > n) return RC_OK;
    return rc__add_note(&d->store->notes,
                        "y holds %lld different whole numbers as floats and is taken for numbers; classes "
                        "are of a whole type: y.astype('int64')",
                        (long long)different);
}

static rc_status read_target(rc_dataset *d, const char *path)
{
    const rc_array *y = first_part(d)->y;
    d->y_size = rc_array_size(y) / y->shape.dim[0];
    RC_CHECK(d->y_size > 0, RC_SHAPE, "%s: y holds no numbers", path);
    d->y_shape.n = y->shape.n - 1;
    memcpy(d->y_shape.dim, y->shape.dim + 1, sizeof d->y_shape.dim - sizeof d->y_shape.dim[0]);
    if (rc_dtype_is_float(y->dtype)) {
        /* A number for each point of a sequence is a field, not a list. */
        bool along = d->form == RC_FORM_SEQUENCES && y->shape.n == 2 && y->shape.dim[1] == d->x_shape[1];
        d->target = y->shape.n <= 2 && !along ? RC_TARGET_REGRESSION : RC_TARGET_DENSE;
        return d->target == RC_TARGET_REGRESSION ? check_regression(d) : RC_OK;
    }
    if (d->y_size == 1) {
        d->target = RC_TARGET_CLASSES;
        d->y_shape.n = 0;
        return rc__dataset_classes(d, path);
    }
    return y->shape.n > 2 ? read_whole_field(d) : read_whole_rows(d, path);
}

/* x, or a further input in its place. */
static rc_status check_input(rc_dataset *d, const char *path, const gaps *g)
{
    RC_TRY(read_x_shape(d, path, g->suffix));
    RC_TRY(check_same_inputs(d, path, g->suffix));
    for (int i = 0; i < RC__PARTS; i++) {
        const rc_part *p = rc__dataset_part(d, i);
        if (p->n > 0) RC_TRY(check_inputs(p->x, path, rc__part_name[i], g));
    }
    return d->unlabelled.n > 0 ? check_inputs(d->unlabelled.x, path, "unlabelled", g) : RC_OK;
}

static rc_status check_more(rc_dataset *d, const char *path, bool may_miss)
{
    for (int k = 0; k < d->n_more; k++) {
        rc_dataset view = rc_dataset_input(d, k + 1);
        if (view.form == RC_FORM_TEXTS) continue;
        char suffix[RC_INPUT_NAME + 1];
        snprintf(suffix, sizeof suffix, ".%s", d->more[k].name);
        RC_TRY(check_input(&view, path, &(gaps){suffix, may_miss, true}));
        d->more[k].form = view.form;
        memcpy(d->more[k].x_shape, view.x_shape, sizeof view.x_shape);
    }
    return RC_OK;
}

rc_status rc__dataset_check_unlabelled(rc_dataset *d, const char *path, bool may_miss)
{
    RC_TRY(check_shape(d->unlabelled.x, first_part(d)->x, path, 'x', "unlabelled", ""));
    return check_inputs(d->unlabelled.x, path, "unlabelled", &(gaps){"", may_miss, false});
}

rc_status rc__dataset_check(rc_dataset *d, const char *path, bool may_miss)
{
    RC_TRY(check_input(d, path, &(gaps){"", may_miss, d->n_more > 0}));
    RC_TRY(check_more(d, path, may_miss));
    RC_TRY(check_same_targets(d, path));
    for (int i = 0; i < RC__PARTS; i++) {
        const rc_part *p = rc__dataset_part(d, i);
        if (p->n == 0) continue;
        RC_TRY(rc__dataset_check_weights(p, path, rc__part_name[i]));
    }
    RC_TRY(read_target(d, path));
    for (int i = 0; i < RC__PARTS; i++) {
        const rc_part *p = rc__dataset_part(d, i);
        if (p->n > 0) RC_TRY(check_targets(d, p->y, path, rc__part_name[i]));
    }
    RC_TRY(rc_dataset_status(d));
    return tell_gaps(d, path);
}
