/* One number for what a data set holds. */
#include "base/checksum.h"
#include "datasets/store.h"
#include "formats/pieces.h"

/* What cannot be read is missing: rc_dataset_status says so. */
static void add_rows(rc_checksum *c, const rc_array *a, size_t size)
{
    for (int64_t r = 0; r < a->shape.dim[0]; r++) {
        const void *row = rc_array_pin(a, r);
        if (!row) return;
        rc_checksum_add(c, row, size);
        rc_array_unpin(a, r);
    }
}

static void add_array(rc_checksum *c, const char *name, const rc_array *a)
{
    if (!rc_array_is_there(a)) return;
    rc_checksum_add_text(c, name);
    rc_checksum_add_text(c, rc_dtype_text(a->dtype));
    rc_checksum_add(c, a->shape.dim, (size_t)a->shape.n * sizeof *a->shape.dim);
    size_t size = (size_t)rc_array_size(a) * rc_dtype_size(a->dtype);
    if (a->data)
        rc_checksum_add(c, a->data, size);
    else
        add_rows(c, a, size / (size_t)a->shape.dim[0]);
}

/* As they are, whatever tokens have been made of them. */
static void add_texts(rc_checksum *c, const char *name, const rc_texts *t)
{
    if (t->n == 0) return;
    rc_checksum_add_text(c, name);
    rc_checksum_add(c, t->block.data, t->block.length);
}

uint64_t rc_dataset_fingerprint(const rc_dataset *d)
{
    const struct rc_dataset_store *s = d->store;
    rc_checksum c;
    rc_checksum_begin(&c);
    for (int i = 0; i < RC__PARTS; i++) {
        rc_checksum_add_text(&c, rc__part_name[i]);
        add_array(&c, "x", &s->x[i]);
        add_array(&c, "y", &s->y[i]);
        add_array(&c, "group", &s->group[i]);
        add_array(&c, "weight", &s->weight[i]);
    }
    add_array(&c, "unlabelled", &s->unlabelled);
    for (int k = 0; k < d->n_more; k++)
        for (int i = 0; i <= RC__PARTS; i++)
            if (d->more[k].form == RC_FORM_TEXTS)
                add_texts(&c, d->more[k].name, &s->text[k][i]);
            else
                add_array(&c, d->more[k].name, &s->more[k][i]);
    for (int64_t i = 0; i < s->n_names; i++)
        rc_checksum_add_text(&c, s->label_name[i]);
    return rc_checksum_value(&c);
}
