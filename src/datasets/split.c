/* Choosing samples: a validation part held out of train, and smaller training parts. Seeded and stratified:
 * every class gives its share, rounded so that the shares add up. */
#include <stdlib.h>
#include <string.h>

#include "datasets/store.h"

/* The rows of train in a random order, grouped so that any prefix holds the classes in proportion: sample i
 * of the n_c in class c gets the key (i + 1/2) / n_c, and keys are sorted. */
typedef struct keyed {
    double key;
    int64_t at;
} keyed;

static int by_key(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static rc_status stratified_order(const rc_dataset *d, uint64_t seed, int64_t *order)
{
    const rc_part *p = &d->train;
    int64_t classes = d->target == RC_TARGET_CLASSES ? d->classes : 1, *total, *used;
    keyed *keys;
    rc_epoch_order(seed ^ 0x5eed5911ull, 0, p->n, order);
    RC_TRY(RC_NEW(&total, 2 * classes));
    used = total + classes;
    rc_status status = RC_NEW(&keys, p->n);
    if (status == RC_OK) {
        for (int64_t i = 0; i < p->n; i++)
            total[classes > 1 ? rc_part_label(p, i) : 0]++;
        for (int64_t i = 0; i < p->n; i++) {
            int64_t c = classes > 1 ? rc_part_label(p, order[i]) : 0;
            keys[i] = (keyed){((double)used[c]++ + 0.5) / (double)total[c], order[i]};
        }
        /* Equal keys of different classes go by row number, so the order depends on nothing else. */
        qsort(keys, (size_t)p->n, sizeof *keys, by_key);
        for (int64_t i = 0; i < p->n; i++)
            order[i] = keys[i].at;
    }
    rc_free(keys);
    rc_free(total);
    return status;
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Rows order[first .. first + n) of train as a part of its own. */
static rc_status choose(rc_dataset *d, int part, const int64_t *order, int64_t first, int64_t n)
{
    int64_t *index;
    const rc_part from = d->train;
    RC_TRY(RC_NEW(&index, n));
    for (int64_t i = 0; i < n; i++)
        index[i] = from.index ? from.index[order[first + i]] : order[first + i];
    qsort(index, (size_t)n, sizeof *index, ascending);
    rc_free(d->store->index[part]);
    d->store->index[part] = index;
    *rc__dataset_part(d, part) = (rc_part){n, index, from.x, from.y, from.group, from.weight};
    return RC_OK;
}

rc_status rc_dataset_hold_out(rc_dataset *d, double fraction, uint64_t seed)
{
    if (d->valid.n > 0 || fraction <= 0) return RC_OK;
    RC_CHECK(d->train.n >= 2, RC_DATA, "%s: one training sample; none can be held out for validation",
             d->name);
    int64_t n = (int64_t)((double)d->train.n * fraction + 0.5), *order;
    if (n < 1) n = 1;
    if (n > d->train.n - 1) n = d->train.n - 1;
    RC_TRY(RC_NEW(&order, d->train.n));
    rc_status status = stratified_order(d, seed, order);
    if (status == RC_OK && d->train.group) status = rc__groups_first(&d->train, order, &n);
    if (status == RC_OK) status = choose(d, RC__VALID, order, 0, n);
    if (status == RC_OK) status = choose(d, RC__TRAIN, order, n, d->train.n - n);
    rc_free(order);
    return status;
}

rc_status rc_dataset_reunite(const rc_dataset *d, int64_t **index, rc_part *out)
{
    const rc_part *train = &d->train, *valid = &d->valid;
    *out = *train;
    *index = NULL;
    if (valid->n == 0 || valid->x != train->x) return RC_OK;
    out->n += valid->n;
    RC_TRY(RC_NEW_RAW(index, out->n));
    memcpy(*index, train->index, (size_t)train->n * sizeof **index);
    memcpy(*index + train->n, valid->index, (size_t)valid->n * sizeof **index);
    qsort(*index, (size_t)out->n, sizeof **index, ascending);
    out->index = *index;
    return RC_OK;
}

rc_status rc_dataset_limit_train(rc_dataset *d, int64_t n, uint64_t seed)
{
    if (n <= 0 || n >= d->train.n) return RC_OK;
    int64_t *order;
    RC_TRY(RC_NEW(&order, d->train.n));
    rc_status status = stratified_order(d, seed ^ 0x117ull, order);
    if (status == RC_OK) status = choose(d, RC__TRAIN, order, 0, n);
    rc_free(order);
    return status;
}
