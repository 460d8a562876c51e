/* Opening a data set: a folder of .npy files, or one file of arrays (.npz, HDF5, .mat, pickle), with x_train,
 * y_train, x_test, y_test and maybe x_valid, y_valid; group_train and so on where samples belong together;
 * weight_train and so on where they do not count alike;
 * x_unlabelled for what has no targets; x_train.NAME and so on for further inputs of the same samples. */
#include "datasets/dataset.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "datasets/store.h"
#include "formats/container.h"

/* ---- the two forms ---- */

static bool has_parts(const rc_container *c)
{
    bool any = false;
    for (int i = 0; i < RC__PARTS; i++) {
        char name[16];
        snprintf(name, sizeof name, "x_%s", rc__part_name[i]);
        any = any || rc_container_find(c, name) >= 0;
    }
    return any;
}

static bool folder_has_parts(const char *path)
{
    char full[4096];
    for (int i = 0; i < 2 * RC__PARTS; i++) {
        int n = snprintf(full, sizeof full, "%s/%c_%s.npy", path, i % 2 ? 'y' : 'x', rc__part_name[i / 2]);
        if (n > 0 && (size_t)n < sizeof full && rc_path_exists(full)) return true;
    }
    return false;
}

rc_status rc_dataset_recognise(const char *path, const char *encoding, bool *is)
{
    rc_container *c;
    *is = rc_path_is_directory(path) && folder_has_parts(path);
    if (rc_path_is_directory(path)) return RC_OK;
    RC_TRY(rc_container_recognise(path, is));
    if (!*is) return RC_OK;
    RC_TRY(rc_container_open_encoded(path, encoding, &c));
    *is = has_parts(c);
    rc_container_close(&c);
    return RC_OK;
}

/* Arrays under other names: say which there are. */
static rc_status check_names(rc_container *c, const char *path)
{
    rc_string list = {0};
    if (has_parts(c)) return RC_OK;
    rc_status status = rc_container_list(c, &list);
    if (status == RC_OK)
        status = rc_fail(
            RC_DATA,
            "%s: no x_train and y_train; it holds %s; `recraft data import %s --x NAME --y NAME --out DIR` "
            "makes a data set of them",
            path, list.data, path);
    rc_string_free(&list);
    return status;
}

static rc_status read_parts(rc_dataset *d, const char *path)
{
    rc_container *c = NULL;
    bool folder = rc_path_is_directory(path);
    if (!folder) RC_TRY(rc_container_open(path, &c));
    rc_status status = folder ? RC_OK : check_names(c, path);
    for (int i = 0; i < 2 * RC__PARTS && status == RC_OK; i++) {
        char name[16];
        snprintf(name, sizeof name, "%c_%s", i % 2 ? 'y' : 'x', rc__part_name[i / 2]);
        rc_array *to = i % 2 ? &d->store->y[i / 2] : &d->store->x[i / 2];
        status = rc__read_array(path, c, name, to);
    }
    for (int i = 0; i < 2 * RC__PARTS && status == RC_OK; i++) {
        char name[16];
        snprintf(name, sizeof name, "%s_%s", i % 2 ? "weight" : "group", rc__part_name[i / 2]);
        rc_array *to = i % 2 ? &d->store->weight[i / 2] : &d->store->group[i / 2];
        status = rc__read_array(path, c, name, to);
    }
    rc_array *more = &d->store->unlabelled;
    if (status == RC_OK) status = rc__read_array(path, c, "x_unlabelled", more);
    if (status == RC_OK) status = rc__inputs_find(d, path, c);
    for (int i = 0; i < d->n_more * (RC__PARTS + 1) && status == RC_OK; i++) {
        int k = i / (RC__PARTS + 1), part = i % (RC__PARTS + 1);
        char name[64];
        snprintf(name, sizeof name, "x_%s.%s", rc__part_name[part], d->more[k].name);
        rc_array *to = &d->store->more[k][part];
        status = rc__read_array(path, c, name, to);
    }
    rc_container_close(&c);
    return status;
}

rc_status rc__dataset_pair(rc_dataset *d, const char *path, bool need_train)
{
    for (int i = 0; i < RC__PARTS; i++) {
        const rc_array *x = &d->store->x[i], *y = &d->store->y[i];
        const char *part = rc__part_name[i];
        RC_CHECK(!x->data == !y->data, RC_DATA, "%s: %c_%s is there and %c_%s is missing", path,
                 x->data ? 'x' : 'y', part, x->data ? 'y' : 'x', part);
        RC_CHECK(x->data || i != RC__TRAIN || !need_train, RC_DATA,
                 "%s: x_train and y_train are missing; a data set is a folder (or .npz, .h5) with x_train, "
                 "y_train, x_test and "
                 "y_test as .npy; `recraft data import` makes one of pictures, sounds and tables",
                 path);
        if (!x->data) continue;
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
        RC_CHECK(!weight || (rc_dtype_is_float(weight->dtype) && weight->shape.n == 1 &&
                             weight->shape.dim[0] == x->shape.dim[0]),
                 RC_DATA, "%s: weight_%s is not one float for each of the %lld samples", path, part,
                 (long long)x->shape.dim[0]);
        *rc__dataset_part(d, i) = (rc_part){x->shape.dim[0], NULL, x, y, group, weight};
    }
    const rc_array *more = &d->store->unlabelled;
    if (more->data) {
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

static rc_status open_all(rc_dataset *d, const char *path, unsigned how)
{
    RC_CHECK(rc_path_exists(path), RC_IO, "%s: no such data set", path);
    RC_TRY(RC_NEW(&d->store, 1));
    RC_TRY(read_parts(d, path));
    RC_CHECK(d->n_more == 0 || how & RC_DATASET_INPUTS, RC_UNSUPPORTED,
             "%s: samples of several inputs (x and %s): this takes data of x alone", path, d->more[0].name);
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
    snprintf(d->name, sizeof d->name, "%s", rc_path_base(clean));
}

rc_status rc_dataset_open(const char *path, unsigned how, rc_dataset **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_dataset_name(*out, path);
    rc_status status = open_all(*out, path, how);
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

/* ---- order ---- */

void rc_epoch_order(uint64_t seed, int64_t epoch, int64_t n, int64_t *order)
{
    rc_rng rng = rc_rng_make(seed, "shuffle", (uint64_t)epoch);
    for (int64_t i = 0; i < n; i++)
        order[i] = i;
    rc_rng_shuffle(&rng, n, order);
}
