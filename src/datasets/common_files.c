/* What ranks share of reading a data set. What is read by pieces, and from the same files by all of them,
 * need not be read by each from beginning to end: each takes a share of its rows, by whole blocks. */
#include "base/checksum.h"
#include "datasets/store.h"
#include "parallel/parallel.h"

rc_status rc__common_files_find(const rc_dataset *d)
{
    const struct rc_dataset_store *s = d->store;
    const rc_array *array[2 * RC__PARTS + 1];
    rc_checksum c;
    bool same;
    for (int i = 0; i < RC__PARTS; i++) {
        array[2 * i] = &s->x[i];
        array[2 * i + 1] = &s->y[i];
    }
    array[2 * RC__PARTS] = &s->unlabelled;
    rc_checksum_begin(&c);
    for (int i = 0; i < 2 * RC__PARTS + 1; i++) {
        uint64_t stamp = array[i]->pieces ? rc_pieces_stamp(array[i]->pieces) : 0;
        rc_checksum_add(&c, &stamp, sizeof stamp);
    }
    RC_TRY(rc_parallel_is_same(rc_checksum_value(&c), &same));
    for (int i = 0; i < 2 * RC__PARTS + 1 && same; i++)
        rc_pieces_set_common(array[i]->pieces);
    return RC_OK;
}

bool rc__common_files_share(const rc_array *a, int64_t *first, int64_t *end)
{
    int64_t rows = a->shape.dim[0], block;
    *first = 0;
    *end = rows;
    if (!rc_pieces_are_common(a->pieces)) return false;
    block = rc_pieces_block(a->pieces);
    rc_parallel_part((rows + block - 1) / block, rc_parallel_rank(), first, end);
    *first *= block;
    *end = *end * block < rows ? *end * block : rows;
    return true;
}
