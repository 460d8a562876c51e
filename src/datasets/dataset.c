/* Opening a data set: a folder of .npy files, or one file of arrays (.npz, HDF5, .mat, pickle), with x_train,
 * y_train, x_test, y_test and maybe x_valid, y_valid; group_train and so on where samples belong together;
 * weight_train and so on where they do not count alike;
 * x_unlabelled for what has no targets; x_train.NAME and so on for further inputs of the same samples.
 * dataset_read.c reads them. */
#include "datasets/dataset.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/utf8.h"
#include "datasets/store.h"

rc_status rc__dataset_pair(rc_dataset *d, const char *path, bool need_train)
{
    for (int i = 0; i < RC__PARTS; i++) {
        const rc_array *x = &d->store->x[i], *y = &d->store->y[i];
        const char *part = rc__part_name[i];
        bool is = rc_array_is_there(x);
        RC_CHECK(is == rc_array_is_there(y), RC_DATA, "%s: %c_%s is there and %c_%s is missing", path,
                 is ? 'x' : 'y', part, is ? 'y' : 'x', part);
        RC_CHECK(is || i != RC__TRAIN || !need_train, RC_DATA,
                 "%s: x_train and y_train are missing; a data set is a folder (or .npz, .h5) with x_train, "
                 "y_train, x_test and "
                 "y_test as .npy; `\1rc_data_import` makes one of pictures, sounds and tables",
                 path);
        if (!is) continue;
        RC_CHECK(x->shape.n >= 1 && y->shape.n >= 1, RC_DATA,
                 "%s: x_%s and y_%s need a first dimension of samples", path, part, part);
        RC_CHECK(x->shape.dim[0] == y->shape.dim[0], RC_DATA, "%s: x_%s has %lld samples, y_%s has %lld",
                 path, part, (long long)x->shape.dim[0], part, (long long)y->shape.dim[0]);
        RC_CHECK(x->shape.dim[0] > 0, RC_DATA, "%s: the %s part is empty", path, part);
        const rc_array *group = d->store->group[i].data ? &d->store->group[i] : NULL;
        RC_CHECK(!group || (group->dtype == RC_DTYPE_I64 && group->shape.n == 1 &&
                            group->shape.dim[0] == x->shape.dim[0]),
                 RC_DATA, "%s: group_%s is not one int64 number for each of the %lld samples", path, part,
                 (long long)x->shape.dim[0]);
        const rc_array *weight = d->store->weight[i].data ? &d->store->weight[i] : NULL;
        *rc__dataset_part(d, i) = (rc_part){x->shape.dim[0], NULL, x, y, group, weight};
    }
    const rc_array *more = &d->store->unlabelled;
    if (rc_array_is_there(more)) {
        RC_CHECK(more->shape.n >= 1 && more->shape.dim[0] > 0, RC_DATA, "%s: x_unlabelled holds no samples",
                 path);
        d->unlabelled = (rc_part){.n = more->shape.dim[0], .x = more};
    }
    RC_TRY(rc__inputs_pair(d, path));
    RC_CHECK(d->train.n + d->test.n + d->valid.n > 0, RC_DATA,
             "%s: no data found; expected x_train.npy, y_train.npy, x_test.npy, y_test.npy", path);
    return RC_OK;
}

static void drop_names(rc_dataset *d)
{
    for (int64_t i = 0; i < d->store->n_names; i++)
        rc_free(d->store->label_name[i]);
    rc_free(d->store->label_name);
    d->store->label_name = NULL;
    d->store->n_names = 0;
}

static rc_status open_all(rc_dataset *d, const char *path, unsigned how, int64_t memory)
{
    RC_CHECK(rc_path_exists(path), RC_IO, "%s: no such data set", path);
    RC_TRY(RC_NEW(&d->store, 1));
    RC_TRY(rc__dataset_read(d, path, memory));
    RC_TRY(rc__common_files_find(d));
    RC_CHECK(d->n_more == 0 || how & RC_DATASET_INPUTS, RC_UNSUPPORTED,
             "%s: samples have several inputs (x and %s), where only x is supported", path, d->more[0].name);
    RC_TRY(rc__dataset_pair(d, path, how & RC_DATASET_TRAIN));
    RC_TRY(rc__dataset_names(d, path));
    RC_TRY(rc__dataset_check(d, path, how & RC_DATASET_MISSING));
    if (d->store->n_names != d->classes) drop_names(d);
    return rc__dataset_import(d, path);
}

void rc_dataset_name(rc_dataset *d, const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    char clean[4096];
    snprintf(clean, sizeof clean, "%.*s", (int)n, path);
    const char *base = rc_path_base(clean);
    snprintf(d->name, sizeof d->name, "%.*s", (int)rc_utf8_cut(base, strlen(base), sizeof d->name - 1), base);
}

rc_status rc_dataset_open(const char *path, unsigned how, rc_dataset **out)
{
    return rc_dataset_open_within(path, how, RC_DATASET_MIB, out);
}

rc_status rc_dataset_open_within(const char *path, unsigned how, int64_t mib, rc_dataset **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_dataset_name(*out, path);
    rc_status status = open_all(*out, path, how, mib << 20);
    if (status != RC_OK) rc_dataset_close(out);
    return status;
}

void rc_dataset_close(rc_dataset **d)
{
    if (!*d) return;
    for (int i = 0; (*d)->store && i < RC__PARTS; i++) {
        rc_array_free(&(*d)->store->x[i]);
        rc_array_free(&(*d)->store->y[i]);
        rc_array_free(&(*d)->store->group[i]);
        rc_array_free(&(*d)->store->weight[i]);
        rc_free((*d)->store->index[i]);
    }
    if ((*d)->store) rc_array_free(&(*d)->store->unlabelled);
    if ((*d)->store) rc__inputs_free(*d);
    if ((*d)->store) drop_names(*d);
    if ((*d)->store) rc_free((*d)->store->column_width);
    if ((*d)->store) rc_free((*d)->store->encoders);
    if ((*d)->store) rc_texts_free(&(*d)->store->notes);
    rc_free((*d)->store);
    rc_free(*d);
    *d = NULL;
}

/* ---- samples ---- */

const char *const *rc_dataset_label_names(const rc_dataset *d)
{
    return (const char *const *)d->store->label_name;
}

const char *rc_dataset_encoders(const rc_dataset *d)
{
    return d->store->encoders;
}

const char *rc_dataset_label_name(const rc_dataset *d, int64_t label)
{
    return d->store->label_name ? d->store->label_name[label] : NULL;
}
