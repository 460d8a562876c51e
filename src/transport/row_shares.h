/* transport/row_shares.h: rows of a problem that the ranks share out. Within transport/ only.
 *
 * Rows are cut into a fixed number of blocks, and sums over rows are those of the blocks in a binary tree: so
 * they have the same bits on any number of ranks. There are as many parts of blocks as the largest power of
 * two that is not above the ranks; each is a subtree, and one rank's. */
#ifndef RC_TRANSPORT_ROW_SHARES_H
#define RC_TRANSPORT_ROW_SHARES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

enum { RC_ROW_BLOCKS = 16 };

typedef struct rc_row_shares {
    int64_t n, step;                /* rows; of which as many belong together */
    int64_t parts;                  /* 1: this rank does all of them */
    int64_t first, end;             /* rows of this rank, */
    int64_t first_block, end_block; /* and blocks */
} rc_row_shares;

/* Of n rows, blocks have whole `step`s. They are shared out where what there is to do on all of them between
 * two exchanges, `work` about in nanoseconds of one core, is worth an exchange. everywhere: all ranks have
 * the same rows, and ask at the same time. */
rc_row_shares rc__row_shares(int64_t n, int64_t step, double work, bool everywhere);
/* Where a block begins; of the one behind the last: the end. Blocks may be empty. */
int64_t rc__row_shares_at(const rc_row_shares *s, int64_t block);
/* Rows of `bytes`, of which this rank's are in their places of `all`, to all. */
rc_status rc__row_shares_complete(const rc_row_shares *s, size_t bytes, void *all) RC_MUST_CHECK;
/* sum [RC_ROW_BLOCKS, width], of which those of this rank's blocks are filled: that of all is left in the
 * first. */
rc_status rc__row_shares_sum(const rc_row_shares *s, int64_t width, double *sum) RC_MUST_CHECK;
/* Between two rounds: *more as rank 0 has it, where processors may differ; RC_INTERRUPTED on all ranks, once
 * one was asked to stop. */
rc_status rc__row_shares_agree(const rc_row_shares *s, bool *more) RC_MUST_CHECK;

#endif
