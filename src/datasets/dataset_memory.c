/* Data sets of arrays in memory, and several data sets of the same arrays. */
#include <string.h>

#include "base/memory.h"
#include "datasets/store.h"
#include "formats/pieces.h"

static void take(rc_status status, rc_array *from, rc_array *to)
{
    if (status == RC_OK)
        *to = *from;
    else
        rc_array_free(from);
}

static void take_texts(rc_status status, rc_texts *from, rc_dataset *d, int k, int part)
{
    if (status != RC_OK) {
        rc_texts_free(from);
    } else if (from->n) {
        d->store->text[k][part] = *from;
        d->more[k].form = RC_FORM_TEXTS;
    }
}

/* The names are in order, as those of files are. */
static rc_status take_more(rc_dataset *d, rc_status status, rc_dataset_arrays *a)
{
    for (int k = 0; k < a->n_more; k++) {
        if (status == RC_OK) status = rc_input_name_check(d->name, a->more[k].name);
        int at = 0;
        for (int i = 0; i < a->n_more && status == RC_OK; i++) {
            int order = strcmp(a->more[i].name, a->more[k].name);
            at += order < 0;
            if (order == 0 && i != k)
                status = rc_fail(RC_DATA, "%s: two inputs are called %s", d->name, a->more[k].name);
        }
        if (status == RC_OK) strcpy(d->more[at].name, a->more[k].name);
        for (int i = 0; i <= RC__PARTS; i++) {
            take(status, &a->more[k].x[i], status == RC_OK ? &d->store->more[at][i] : NULL);
            take_texts(status, &a->more[k].text[i], d, at, i);
        }
    }
    if (status == RC_OK) d->n_more = a->n_more;
    return status;
}

static rc_status make(rc_dataset *d, rc_dataset_arrays *a, const char *const *name, int64_t n, unsigned how)
{
    rc_status status = RC_NEW(&d->store, 1);
    for (int i = 0; i < RC__PARTS; i++) {
        rc_array *from[] = {&a->x[i], &a->y[i], &a->group[i], &a->weight[i]};
        rc_array *to[] = {&d->store->x[i], &d->store->y[i], &d->store->group[i], &d->store->weight[i]};
        for (size_t k = 0; k < sizeof to / sizeof *to; k++)
            take(status, from[k], to[k]);
    }
    take(status, &a->x[RC__PARTS], status == RC_OK ? &d->store->unlabelled : NULL);
    status = take_more(d, status, a);
    RC_TRY(status);
    RC_TRY(rc__dataset_pair(d, d->name, how & RC_DATASET_TRAIN));
    RC_TRY(rc__dataset_take_names(d, name, n));
    RC_TRY(rc__dataset_check(d, d->name, how & RC_DATASET_MISSING));
    RC_CHECK(!name || (d->classes > 0 && d->classes == n), RC_DATA,
             "%s: %lld names of classes are given, and y holds labels up to %lld", d->name, (long long)n,
             (long long)d->classes - 1);
    return RC_OK;
}

rc_status rc_dataset_from_arrays(const char *name, rc_dataset_arrays *arrays, const char *const *label_name,
                                 int64_t labels, unsigned how, rc_dataset **out)
{
    rc_dataset none = {0};
    rc_status status = RC_NEW(out, 1);
    rc_dataset *d = status == RC_OK ? *out : &none;
    rc_dataset_name(d, name);
    if (status == RC_OK) status = make(d, arrays, label_name, labels, how);
    if (status != RC_OK && *out) rc_dataset_close(out);
    *arrays = (rc_dataset_arrays){0};
    return status;
}

/* ---- the same arrays once more ---- */

static rc_array borrow(const rc_array *a)
{
    return (rc_array){
        .dtype = a->dtype, .shape = a->shape, .data = a->data, .pieces = rc_pieces_share(a->pieces)};
}

/* A part points at the arrays of a store; a validation part that was held out, at those of train. */
static rc_status share_part(const rc_dataset *from, int i, rc_dataset *to)
{
    const rc_part *part = rc__dataset_part((rc_dataset *)(uintptr_t)from, i);
    rc_part *shared = rc__dataset_part(to, i);
    if (part->n == 0) return RC_OK;
    *shared = *part;
    shared->x = to->store->x + (part->x - from->store->x);
    shared->y = to->store->y + (part->y - from->store->y);
    if (part->group) shared->group = to->store->group + (part->group - from->store->group);
    if (part->weight) shared->weight = to->store->weight + (part->weight - from->store->weight);
    if (!part->index) return RC_OK;
    RC_TRY(RC_NEW_RAW(&to->store->index[i], part->n));
    memcpy(to->store->index[i], part->index, (size_t)part->n * sizeof *part->index);
    shared->index = to->store->index[i];
    return RC_OK;
}

static rc_status share(const rc_dataset *from, rc_dataset *to)
{
    *to = *from;
    to->store = NULL;
    RC_TRY(RC_NEW(&to->store, 1));
    for (int i = 0; i < RC__PARTS; i++) {
        to->store->x[i] = borrow(&from->store->x[i]);
        to->store->y[i] = borrow(&from->store->y[i]);
        to->store->group[i] = borrow(&from->store->group[i]);
        to->store->weight[i] = borrow(&from->store->weight[i]);
    }
    for (int k = 0; k < from->n_more; k++)
        for (int i = 0; i <= RC__PARTS; i++) {
            to->store->more[k][i] = borrow(&from->store->more[k][i]);
            to->store->text[k][i] = from->store->text[k][i];
        }
    to->store->borrows_texts = true;
    to->store->unlabelled = borrow(&from->store->unlabelled);
    if (to->unlabelled.x) to->unlabelled.x = &to->store->unlabelled;
    for (int i = 0; i < RC__PARTS; i++)
        RC_TRY(share_part(from, i, to));
    for (int64_t i = 0; i < from->store->notes.n; i++) {
        const char *note = rc_texts_get(&from->store->notes, i);
        RC_TRY(rc_texts_add(&to->store->notes, note, strlen(note)));
    }
    if (from->store->encoders) RC_TRY(rc_strdup(from->store->encoders, &to->store->encoders));
    return rc__dataset_take_names(to, (const char *const *)from->store->label_name, from->store->n_names);
}

rc_status rc_dataset_share(const rc_dataset *from, rc_dataset **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_status status = share(from, *out);
    if (status != RC_OK) rc_dataset_close(out);
    return status;
}
