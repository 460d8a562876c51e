/* Inputs without targets that come from elsewhere. */
#include "base/file.h"
#include "datasets/labelled_text.h"
#include "datasets/store.h"

rc_status rc_dataset_add_unlabelled(rc_dataset *d, const char *path, rc_array *x, unsigned how)
{
    rc_array *to = &d->store->unlabelled;
    if (rc_array_is_there(to) || d->n_more > 0) {
        rc_array_free(x);
        return rc_fail(
            RC_CONFIG, "%s: the data set %s has %s", path, d->name,
            rc_array_is_there(to)
                ? "inputs without targets of its own (x_unlabelled)"
                : "several inputs; put those without targets into the data set itself (x_unlabelled)");
    }
    *to = *x;
    *x = (rc_array){0};
    RC_CHECK(to->shape.n >= 1 && to->shape.dim[0] > 0, RC_DATA, "%s: it holds no samples", path);
    d->unlabelled = (rc_part){.n = to->shape.dim[0], .x = to};
    return rc__dataset_check_unlabelled(d, path, how & RC_DATASET_MISSING);
}

rc_status rc_dataset_read_unlabelled(rc_dataset *d, const char *path, unsigned how, int64_t mib)
{
    rc_array x = {0};
    rc_dataset *from = NULL;
    if (rc_path_has_suffix(path, ".npy")) {
        RC_TRY(rc_npy_open(path, &x));
    } else {
        RC_TRY(rc_dataset_open_within(path, how | RC_DATASET_TRAIN, mib, &from));
        x = from->store->x[RC__TRAIN];
        from->store->x[RC__TRAIN] = (rc_array){0};
        rc_dataset_close(&from);
    }
    return rc_dataset_add_unlabelled(d, path, &x, how);
}

rc_status rc_text_read_unlabelled(rc_dataset *d, const char *path, const rc_text_options *o,
                                  const rc_tokenizer *t)
{
    rc_array x = {0};
    RC_TRY(rc_text_inputs(path, o, t, &d->store->notes, &x));
    return rc_dataset_add_unlabelled(d, path, &x, 0);
}
