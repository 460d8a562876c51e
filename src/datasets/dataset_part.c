/* The parts of a data set, their samples one by one, and the notes that go with them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "datasets/store.h"
#include "formats/pieces.h"
#include "tokenizers/tokenizer.h"

const rc_texts *rc_dataset_notes(const rc_dataset *d)
{
    return &d->store->notes;
}

rc_status rc_dataset_add_note(rc_dataset *d, const char *line)
{
    return rc__add_note(&d->store->notes, "%s", line);
}

static const void *row_of(const rc_array *a, int64_t size, int64_t i)
{
    return (const char *)a->data + (size_t)(i * size) * rc_dtype_size(a->dtype);
}

static int64_t row_index(const rc_part *p, int64_t i)
{
    return p->index ? p->index[i] : i;
}

rc_status rc_dataset_status(const rc_dataset *d)
{
    for (int i = 0; d->store && i < RC__PARTS; i++) {
        RC_TRY(rc_pieces_status(d->store->x[i].pieces));
        RC_TRY(rc_pieces_status(d->store->y[i].pieces));
    }
    return d->store ? rc_pieces_status(d->store->unlabelled.pieces) : RC_OK;
}

static const rc_array *array_of(const rc_part *p, const rc_dataset *d, int what)
{
    return what == RC_PART_Y ? p->y : rc__input_array(d, p->x, what);
}

void rc_part_read(const rc_part *p, const rc_dataset *d, int what, int64_t i, float *out)
{
    const rc_array *a = array_of(p, d, what);
    int64_t row = row_index(p, i), n = rc_array_size(a) / a->shape.dim[0];
    const void *at = rc_array_pin(a, row);
    if (!at) {
        memset(out, 0, (size_t)n * sizeof *out);
        return;
    }
    rc_convert_to_f32(a->dtype, at, n, out);
    rc_array_unpin(a, row);
    for (int64_t k = 0; k < n && what == RC_PART_Y && d->is_mask && d->has_gaps; k++)
        if (out[k] < 0) out[k] = NAN;
}

/* Texts lie in memory: they were tokenized there. */
void rc_part_ids(const rc_part *p, const rc_dataset *d, int what, int64_t i, int32_t *out)
{
    const rc_array *a = array_of(p, d, what);
    int64_t n = a->shape.dim[1];
    memcpy(out, row_of(a, n, row_index(p, i)), (size_t)n * sizeof *out);
}

int64_t rc_part_tokens(const rc_part *p, const rc_dataset *d, int64_t i)
{
    return rc_row_tokens(row_of(p->x, d->x_shape[1], row_index(p, i)), d->x_shape[1]);
}

/* The check has seen to it that the label is the number of a class. */
int32_t rc_part_label(const rc_part *p, int64_t i)
{
    return (int32_t)rc_array_whole(p->y, row_index(p, i));
}

float rc_part_weight(const rc_part *p, int64_t i)
{
    float weight = 1;
    if (p->weight) rc_convert_to_f32(p->weight->dtype, row_of(p->weight, 1, row_index(p, i)), 1, &weight);
    return weight;
}

rc_status rc_part_weights(const rc_part *p, const int64_t *order, int64_t n, double **out)
{
    double sum = 0;
    *out = NULL;
    if (!p->weight) return RC_OK;
    RC_TRY(RC_NEW_RAW(out, n));
    for (int64_t i = 0; i < n; i++)
        sum += (*out)[i] = (double)rc_part_weight(p, order[i]);
    for (int64_t i = 0; i < n && sum > 0; i++)
        (*out)[i] *= (double)n / sum;
    return RC_OK;
}

void rc_part_words(const rc_part *p, const rc_dataset *d, int64_t i, int32_t *label)
{
    memcpy(label, row_of(p->y, d->y_size, row_index(p, i)), (size_t)d->y_size * sizeof *label);
}

int64_t rc_part_count_labels(const rc_part *p, const rc_dataset *d, int64_t *count)
{
    bool words = d->target == RC_TARGET_WORDS;
    int64_t all = 0;
    for (int64_t i = 0; i < p->n; i++) {
        int32_t one = words ? 0 : rc_part_label(p, i);
        const int32_t *label = words ? row_of(p->y, d->y_size, row_index(p, i)) : &one;
        for (int64_t k = 0; k < (words ? d->y_size : 1); k++)
            if (label[k] >= 0) count[label[k]]++, all++;
    }
    return all;
}
