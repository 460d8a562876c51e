/* One number for what a data set holds. */
#include "base/checksum.h"
#include "base/memory.h"
#include "datasets/store.h"
#include "formats/pieces.h"
#include "parallel/parallel.h"

static rc_status add_rows(rc_checksum *c, const rc_array *a, int64_t first, int64_t end, size_t size)
{
    RC_TRY(rc_pieces_expect(a->pieces, NULL, first, end - first, NULL));
    for (int64_t r = first; r < end; r++) {
        const void *row = rc_array_pin(a, r);
        if (!row) return rc_pieces_status(a->pieces);
        rc_checksum_add(c, row, size);
        rc_array_unpin(a, r);
    }
    return RC_OK;
}

/* Each byte counts with all before it. So ranks that share the rows go on from one another: they read less,
 * but are no sooner done. */
static rc_status add_shares(rc_checksum *c, const rc_array *a, int64_t first, int64_t end, size_t size)
{
    rc_checksum *all;
    RC_TRY(RC_NEW(&all, rc_parallel_size()));
    rc_status status = RC_OK;
    for (int64_t rank = 0; rank < rc_parallel_size() && status == RC_OK; rank++) {
        if (rank == rc_parallel_rank()) status = add_rows(c, a, first, end, size);
        if (status == RC_OK) status = rc_parallel_gather(c, sizeof *c, all);
        if (status == RC_OK) *c = all[rank];
    }
    rc_free(all);
    return status;
}

static rc_status add_array(rc_checksum *c, const char *name, const rc_array *a)
{
    int64_t first, end;
    if (!rc_array_is_there(a)) return RC_OK;
    rc_checksum_add_text(c, name);
    rc_checksum_add_text(c, rc_dtype_text(a->dtype));
    rc_checksum_add(c, a->shape.dim, (size_t)a->shape.n * sizeof *a->shape.dim);
    size_t size = (size_t)rc_array_size(a) * rc_dtype_size(a->dtype);
    if (a->pieces) {
        bool shared = rc__common_files_share(a, &first, &end);
        return (shared ? add_shares : add_rows)(c, a, first, end, size / (size_t)a->shape.dim[0]);
    }
    rc_checksum_add(c, a->data, size);
    return RC_OK;
}

rc_status rc_array_fingerprint(const rc_array *a, uint64_t *out)
{
    rc_checksum c;
    rc_checksum_begin(&c);
    RC_TRY(add_array(&c, "", a));
    *out = rc_checksum_value(&c);
    return RC_OK;
}

/* As they are, whatever tokens have been made of them. */
static void add_texts(rc_checksum *c, const char *name, const rc_texts *t)
{
    if (t->n == 0) return;
    rc_checksum_add_text(c, name);
    rc_checksum_add(c, t->block.data, t->block.length);
}

rc_status rc_dataset_fingerprint(const rc_dataset *d, uint64_t *out)
{
    const struct rc_dataset_store *s = d->store;
    rc_checksum c;
    rc_checksum_begin(&c);
    for (int i = 0; i < RC__PARTS; i++) {
        rc_checksum_add_text(&c, rc__part_name[i]);
        RC_TRY(add_array(&c, "x", &s->x[i]));
        RC_TRY(add_array(&c, "y", &s->y[i]));
        RC_TRY(add_array(&c, "group", &s->group[i]));
        RC_TRY(add_array(&c, "weight", &s->weight[i]));
    }
    RC_TRY(add_array(&c, "unlabelled", &s->unlabelled));
    for (int k = 0; k < d->n_more; k++)
        for (int i = 0; i <= RC__PARTS; i++)
            if (d->more[k].form == RC_FORM_TEXTS)
                add_texts(&c, d->more[k].name, &s->text[k][i]);
            else
                RC_TRY(add_array(&c, d->more[k].name, &s->more[k][i]));
    for (int64_t i = 0; i < s->n_names; i++)
        rc_checksum_add_text(&c, s->label_name[i]);
    *out = rc_checksum_value(&c);
    return RC_OK;
}
