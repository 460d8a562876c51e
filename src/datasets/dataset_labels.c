/* Whole numbers as classes. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "datasets/store.h"

enum { MAX_CLASSES = 100000 };

/* ---- labels far from 0 ---- */

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* All labels of all parts, each once, in order. */
static rc_status collect(rc_dataset *d, int64_t **value, int64_t *different)
{
    int64_t n = 0, at = 0;
    for (int i = 0; i < RC__PARTS; i++)
        n += rc__dataset_part(d, i)->n;
    RC_TRY(RC_NEW_RAW(value, n));
    for (int i = 0; i < RC__PARTS; i++)
        for (int64_t k = 0; k < rc__dataset_part(d, i)->n; k++)
            (*value)[at++] = rc_array_whole(rc__dataset_part(d, i)->y, k);
    qsort(*value, (size_t)n, sizeof **value, by_value);
    *different = 0;
    for (int64_t i = 0; i < n; i++)
        if (i == 0 || (*value)[i] != (*value)[i - 1]) (*value)[(*different)++] = (*value)[i];
    return RC_OK;
}

static rc_status name_classes(rc_dataset *d, const int64_t *value, int64_t n)
{
    d->by_value = true;
    RC_TRY(RC_NEW(&d->store->label_name, n));
    for (; d->store->n_names < n; d->store->n_names++) {
        char text[24];
        snprintf(text, sizeof text, "%lld", (long long)value[d->store->n_names]);
        RC_TRY(rc_strdup(text, &d->store->label_name[d->store->n_names]));
    }
    return RC_OK;
}

/* Numbers of classes in place of the labels. */
static rc_status renumber(rc_array *y, const int64_t *value, int64_t different)
{
    int64_t *code, n = y->shape.dim[0];
    RC_TRY(RC_NEW_RAW(&code, n));
    for (int64_t k = 0; k < n; k++) {
        int64_t label = rc_array_whole(y, k);
        code[k] = (int64_t *)bsearch(&label, value, (size_t)different, sizeof label, by_value) - value;
    }
    rc_shape shape = y->shape;
    rc_array_free(y);
    *y = (rc_array){.dtype = RC_DTYPE_I64, .shape = shape, .data = code, .owned = code};
    return RC_OK;
}

static rc_status number_by_value(rc_dataset *d, const char *path)
{
    int64_t *value = NULL, max = d->train.n ? d->train.n : d->valid.n + d->test.n;
    rc_status status = collect(d, &value, &d->classes);
    if (status == RC_OK && 2 * d->classes > max)
        status =
            rc_fail(RC_DATA, "%s: %lld different labels, up to %lld, in %lld samples; amounts must be floats",
                    path, (long long)d->classes, (long long)value[d->classes - 1], (long long)max);
    if (status == RC_OK) status = name_classes(d, value, d->classes);
    for (int i = 0; i < RC__PARTS && status == RC_OK; i++)
        if (d->store->y[i].data) status = renumber(&d->store->y[i], value, d->classes);
    if (status == RC_OK)
        status = rc__add_note(
            &d->store->notes,
            "labels are numbered in the order of their values: %s is class 0, %s is class %lld",
            d->store->label_name[0], d->store->label_name[d->classes - 1], (long long)d->classes - 1);
    rc_free(value);
    return status;
}

/* ---- all labels ---- */

static rc_status bad_label(const rc_array *y, int64_t k, const char *path, const char *part)
{
    char text[RC_WHOLE_TEXT];
    rc_array_whole_text(y, k, text);
    return rc_fail(RC_DATA,
                   "%s: y_%s has label %s in sample %lld; labels are whole numbers from 0 to 2^63 - 1", path,
                   part, text, (long long)k);
}

static rc_status count_classes(rc_dataset *d, const char *path)
{
    int64_t largest = -1;
    for (int i = 0; i < RC__PARTS; i++) {
        const rc_part *p = rc__dataset_part(d, i);
        for (int64_t k = 0; k < p->n; k++) {
            int64_t label = rc_array_whole(p->y, k);
            if (label < 0) return bad_label(p->y, k, path, rc__part_name[i]);
            if (label > largest) largest = label;
        }
    }
    int64_t named = d->store->n_names;
    if (largest >= MAX_CLASSES && !named) return number_by_value(d, path);
    d->classes = largest + 1 > named ? largest + 1 : named;
    return RC_OK;
}

static rc_status check_seen(rc_dataset *d, const char *path, bool *seen)
{
    int64_t used = 0, unused = -1;
    for (int64_t k = 0; k < d->train.n; k++)
        seen[rc_part_label(&d->train, k)] = true;
    for (int64_t c = d->classes - 1; c >= 0; c--) {
        used += seen[c];
        if (!seen[c]) unused = c;
    }
    RC_CHECK(used >= 2, RC_DATA, "%s: y_train has one class only; there is nothing to learn", path);
    for (int i = RC__VALID; i < RC__PARTS; i++) {
        const rc_part *p = rc__dataset_part(d, i);
        for (int64_t k = 0; k < p->n; k++)
            RC_CHECK(seen[rc_part_label(p, k)], RC_DATA,
                     "%s: y_%s has label %d (sample %lld), which never occurs in y_train", path,
                     rc__part_name[i], rc_part_label(p, k), (long long)k);
    }
    if (unused < 0) return RC_OK;
    return rc__add_note(&d->store->notes,
                        "%lld of %lld classes have no sample in y_train, the first is class %lld; number "
                        "labels from 0 without gaps: numpy.unique(y, return_inverse=True)",
                        (long long)(d->classes - used), (long long)d->classes, (long long)unused);
}

rc_status rc__dataset_classes(rc_dataset *d, const char *path)
{
    bool *seen;
    RC_TRY(count_classes(d, path));
    RC_CHECK(d->classes >= 2, RC_DATA,
             "%s: every label is the same; a classification needs at least two classes", path);
    RC_CHECK(d->train.n == 0 || d->train.n >= d->classes, RC_DATA,
             "%s: %lld training samples for %lld classes (labels 0 to %lld); amounts must be floats", path,
             (long long)d->train.n, (long long)d->classes, (long long)d->classes - 1);
    if (d->train.n == 0) return RC_OK;
    RC_TRY(RC_NEW(&seen, d->classes));
    rc_status status = check_seen(d, path, seen);
    rc_free(seen);
    return status;
}

rc_status rc__dataset_take_names(rc_dataset *d, const char *const *name, int64_t n)
{
    if (!name) return RC_OK;
    RC_TRY(RC_NEW(&d->store->label_name, n));
    for (; d->store->n_names < n; d->store->n_names++)
        RC_TRY(rc_strdup(name[d->store->n_names], &d->store->label_name[d->store->n_names]));
    return RC_OK;
}
