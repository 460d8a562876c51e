/* ECG (PhysioNet Challenge 2017): a pickle of records of their own lengths and a letter for each. Records are
 * standardised, split, and cut into windows whose step depends on the class, as published; group_PART.npy
 * says which record a window is of. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "published/legacy_permutation.h"
#include "published/published_layout.h"

enum { WINDOW = 1000, CLASSES = 4 };
static const char letter[CLASSES] = {'N', 'A', 'O', '~'};
static const int64_t stride[CLASSES] = {500, 83, 250, 25};

typedef struct records {
    const char *path;
    rc_container *file;
    int data;
    int64_t n;
    int8_t *label;   /* [n] */
    int64_t *order;  /* a permutation: the first `held` are the test part */
    int64_t *length; /* [n] */
    int64_t held;
} records;

static rc_status read_record(const records *r, int64_t i, rc_array *out)
{
    if (rc_container_entry(r->file, r->data)->is_ragged) return rc_container_series(r->file, r->data, i, out);
    return rc_container_rows(r->file, r->data, i, 1, out);
}

static rc_status read_labels(records *r)
{
    rc_texts t = {0};
    int at = rc_container_find(r->file, "label");
    RC_CHECK(at >= 0 && rc_container_entry(r->file, at)->is_text, RC_DATA, "%s: no letters \"label\" in it",
             r->path);
    RC_TRY(rc_container_texts(r->file, at, &t));
    rc_status status = RC_OK;
    if (t.n != r->n)
        status =
            rc_fail(RC_DATA, "%s: %lld records and %lld labels", r->path, (long long)r->n, (long long)t.n);
    for (int64_t i = 0; i < r->n && status == RC_OK; i++) {
        const char *text = rc_texts_get(&t, i),
                   *found = text[0] && !text[1] ? memchr(letter, text[0], CLASSES) : NULL;
        if (found)
            r->label[i] = (int8_t)(found - letter);
        else
            status = rc_fail(RC_DATA, "%s: the label of record %lld is \"%.20s\"; known are N A O ~", r->path,
                             (long long)i, text);
    }
    rc_texts_free(&t);
    return status;
}

static rc_status open_records(records *r)
{
    RC_TRY(rc_container_open(r->path, &r->file));
    r->data = rc_container_find(r->file, "data");
    const rc_entry *e = r->data >= 0 ? rc_container_entry(r->file, r->data) : NULL;
    RC_CHECK(e && !e->refused && !e->is_text && (e->is_ragged || e->shape.n == 2), RC_DATA,
             "%s: no records \"data\" in it", r->path);
    r->n = e->shape.dim[0];
    RC_TRY(RC_NEW(&r->label, r->n));
    RC_TRY(RC_NEW(&r->order, r->n));
    RC_TRY(RC_NEW(&r->length, r->n));
    RC_TRY(read_labels(r));
    for (int64_t i = 0; i < r->n; i++) {
        rc_array a;
        RC_TRY(read_record(r, i, &a));
        r->length[i] = rc_array_size(&a);
        rc_array_free(&a);
    }
    r->held = (r->n + 9) / 10;
    rc__legacy_permutation(0, r->n, r->order);
    return RC_OK;
}

/* Windows begin at 0, s, 2 s, ... while they end before the record does. */
static int64_t windows_of(const records *r, int64_t i)
{
    int64_t spare = r->length[i] - WINDOW, s = stride[r->label[i]];
    return spare > 0 ? (spare + s - 1) / s : 0;
}

static rc_status standardised(const records *r, int64_t i, float **out)
{
    rc_array a;
    RC_TRY(read_record(r, i, &a));
    rc_status status = rc_array_to_f32(&a, out);
    rc_array_free(&a);
    RC_TRY(status);
    double mean = 0, square = 0, n = (double)r->length[i];
    for (int64_t k = 0; k < r->length[i]; k++)
        mean += (*out)[k] / n;
    for (int64_t k = 0; k < r->length[i]; k++)
        square += ((*out)[k] - mean) * ((*out)[k] - mean) / n;
    double scale = square > 0 ? 1 / sqrt(square) : 1;
    for (int64_t k = 0; k < r->length[i]; k++)
        (*out)[k] = (float)(((*out)[k] - mean) * scale);
    return RC_OK;
}

static rc_status put_windows(const records *r, int64_t i, rc__part_out *o, int64_t *group)
{
    float *record = NULL;
    int64_t label = (int64_t)r->label[i], count = windows_of(r, i);
    if (count == 0) return RC_OK;
    rc_status status = standardised(r, i, &record);
    for (int64_t w = 0; w < count && o->done < o->n && status == RC_OK; w++) {
        group[o->done] = i;
        status = rc__part_put(o, record + w * stride[label], &label);
    }
    rc_free(record);
    return status;
}

static rc_status write_part(rc__get *g, const records *r, int part, int64_t from, int64_t to)
{
    rc__part_out o;
    int64_t n = 0, *group;
    for (int64_t k = from; k < to; k++)
        n += windows_of(r, r->order[k]);
    n = rc__get_limit(g, part, n);
    RC_TRY(RC_NEW(&group, n));
    rc_status status =
        rc__part_begin(g, part, n, RC_DTYPE_F32, RC_SHAPE(1, WINDOW), RC_DTYPE_I64, (rc_shape){0}, &o);
    if (status == RC_OK) {
        for (int64_t k = from; k < to && o.done < n && status == RC_OK; k++)
            status = put_windows(r, r->order[k], &o, group);
        status = rc__part_end(&o, status);
    }
    if (status == RC_OK) status = rc__part_groups(g, part, n, group);
    rc_free(group);
    return status;
}

rc_status rc__read_ecg(rc__get *g)
{
    char path[RC__PATH];
    records r = {.path = path};
    RC_TRY(rc__get_path(g, "challenge2017.pkl", path));
    rc_status status = open_records(&r);
    if (status == RC_OK) status = write_part(g, &r, RC__TRAIN, r.held, r.n);
    if (status == RC_OK) status = write_part(g, &r, RC__TEST, 0, r.held);
    snprintf(
        g->did, sizeof g->did,
        "Records standardised; windows of %d every 500, 83, 250 and 25 samples for N, A, O and ~; a tenth of "
        "the records is the test part, the same as in the published loader (seed 0).",
        WINDOW);
    rc_free(r.label);
    rc_free(r.order);
    rc_free(r.length);
    rc_container_close(&r.file);
    return status;
}
