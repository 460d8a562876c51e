/* Further inputs of a sample beside x: which there are, and the data set seen by one of them. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "datasets/store.h"

/* ---- views ---- */

const rc_array *rc__input_array(const rc_dataset *d, const rc_array *x, int k)
{
    const struct rc_dataset_store *s = d->store;
    if (k == 0 || !x) return x;
    return &s->more[k - 1][x == &s->unlabelled ? RC__PARTS : x - s->x];
}

rc_part rc_part_input(const rc_part *p, const rc_dataset *d, int k)
{
    rc_part view = *p;
    view.x = rc__input_array(d, p->x, k);
    return view;
}

rc_dataset rc_dataset_input(const rc_dataset *d, int k)
{
    rc_dataset view = *d;
    if (k == 0) return view;
    view.form = d->more[k - 1].form;
    memcpy(view.x_shape, d->more[k - 1].x_shape, sizeof view.x_shape);
    view.columns = 0;
    view.column_width = NULL;
    for (int i = 0; i < RC__PARTS; i++)
        *rc__dataset_part(&view, i) = rc_part_input(rc__dataset_part(&view, i), d, k);
    view.unlabelled = rc_part_input(&d->unlabelled, d, k);
    return view;
}

const char *rc_dataset_input_name(const rc_dataset *d, int k)
{
    return k ? d->more[k - 1].name : "x";
}

bool rc_input_is_absent(const float *x, int64_t n)
{
    while (n > 0 && isnan(x[n - 1]))
        n--;
    return n == 0;
}

/* ---- their names ---- */

/* x_train.audio and so on, behind which `tail` may stand: notes the name, each once. */
static rc_status note_name(rc_dataset *d, const char *path, const char *file, const char *tail)
{
    char name[256];
    size_t n = strlen(file), end = strlen(tail);
    for (int i = 0; i <= RC__PARTS; i++) {
        int begin = snprintf(name, sizeof name, "x_%s.", rc__part_name[i]);
        if (n <= (size_t)begin + end || strncmp(file, name, (size_t)begin) != 0 ||
            strcmp(file + n - end, tail) != 0)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(n - (size_t)begin - end), file + begin);
        RC_CHECK(!rc_shards_ends_as_one(name), RC_UNSUPPORTED,
                 "%s: %s: named inputs cannot be in shards; put them together in one file", path, file);
        RC_TRY(rc_input_name_check(path, name));
        for (int k = 0; k < d->n_more; k++)
            if (strcmp(d->more[k].name, name) == 0) return RC_OK;
        RC_CHECK(d->n_more < RC_MORE_INPUTS, RC_UNSUPPORTED, "%s: more than %d inputs besides x", path,
                 RC_MORE_INPUTS);
        snprintf(d->more[d->n_more++].name, RC_INPUT_NAME, "%s", name);
    }
    return RC_OK;
}

static rc_status look_in_folder(rc_dataset *d, const char *path)
{
    struct dirent *e;
    rc_status status = RC_OK;
    DIR *folder = opendir(path);
    if (!folder) return rc_fail_system(path, "read", errno);
    while ((e = readdir(folder)) && status == RC_OK) {
        status = note_name(d, path, e->d_name, ".npy");
        if (status == RC_OK) status = note_name(d, path, e->d_name, ".jsonl");
    }
    closedir(folder);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const rc_more_input *)a)->name, ((const rc_more_input *)b)->name);
}

rc_status rc__inputs_find(rc_dataset *d, const char *path, const rc_container *c)
{
    if (!c) RC_TRY(look_in_folder(d, path));
    for (int i = 0; c && i < rc_container_count(c); i++) {
        char name[256];
        rc_container_flat_name(c, i, sizeof name, name);
        RC_TRY(note_name(d, path, name, ""));
    }
    qsort(d->more, (size_t)d->n_more, sizeof *d->more, by_name);
    return RC_OK;
}

/* ---- beside x ---- */

rc_status rc__inputs_pair(const rc_dataset *d, const char *path)
{
    const struct rc_dataset_store *s = d->store;
    for (int k = 0; k < d->n_more; k++)
        for (int i = 0; i <= RC__PARTS; i++) {
            const rc_array *x = i < RC__PARTS ? &s->x[i] : &s->unlabelled, *more = &s->more[k][i];
            const char *part = rc__part_name[i], *name = d->more[k].name;
            bool is = rc_array_is_there(x), of_texts = d->more[k].form == RC_FORM_TEXTS;
            int64_t texts = s->text[k][i].n, n = more->shape.n ? more->shape.dim[0] : 1;
            RC_CHECK(!of_texts || !rc_array_is_there(more), RC_DATA,
                     "%s: x_%s.%s holds numbers here and texts in another part", path, part, name);
            RC_CHECK(is == (rc_array_is_there(more) || texts > 0), RC_DATA,
                     "%s: x_%s%s%s is there and x_%s%s%s is missing; give rows of NaN for samples that lack "
                     "the input",
                     path, part, is ? "" : ".", is ? "" : name, part, is ? "." : "", is ? name : "");
            if (!is) continue;
            if (of_texts) n = texts;
            RC_CHECK((of_texts || more->shape.n >= 1) && n == x->shape.dim[0], RC_DATA,
                     "%s: x_%s has %lld samples, x_%s.%s has %lld", path, part, (long long)x->shape.dim[0],
                     part, name, (long long)n);
        }
    return RC_OK;
}

void rc__inputs_free(rc_dataset *d)
{
    for (int k = 0; k < RC_MORE_INPUTS; k++)
        for (int i = 0; i <= RC__PARTS; i++) {
            rc_array_free(&d->store->more[k][i]);
            if (!d->store->borrows_texts) rc_texts_free(&d->store->text[k][i]);
        }
}
