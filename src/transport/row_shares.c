#include "transport/row_shares.h"

#include <string.h>

#include "base/progress.h"
#include "parallel/parallel.h"
#include "transport/pair_kernels.h"

/* Nanoseconds: what takes less is hardly done sooner by two ranks (bench/shared_rows_bench.c: Sinkhorn's
 * rounds gain nothing at an eighth of this and a fifth or more at twice as much). */
static const double ALONE = 250e3;
enum {
    COLUMNS = 512,       /* of a sum, that stay in the nearest cache */
    BY_THREADS = 1 << 17 /* so many numbers are added sooner by all threads */
};

int64_t rc__row_shares_at(const rc_row_shares *s, int64_t block)
{
    return rc__min((s->n + s->step - 1) / s->step * block / RC_ROW_BLOCKS * s->step, s->n);
}

static int64_t blocks_of_part(const rc_row_shares *s)
{
    return RC_ROW_BLOCKS / s->parts;
}

rc_row_shares rc__row_shares(int64_t n, int64_t step, double work, bool everywhere)
{
    rc_row_shares s = {.n = n, .step = step, .parts = 1, .end_block = RC_ROW_BLOCKS};
    while (everywhere && work >= ALONE && 2 * s.parts <= rc__min(rc_parallel_size(), RC_ROW_BLOCKS))
        s.parts *= 2;
    if (s.parts > 1) {
        rc_parallel_part(s.parts, rc_parallel_rank(), &s.first_block, &s.end_block);
        s.first_block *= blocks_of_part(&s);
        s.end_block *= blocks_of_part(&s);
    }
    s.first = rc__row_shares_at(&s, s.first_block);
    s.end = rc__row_shares_at(&s, s.end_block);
    return s;
}

rc_status rc__row_shares_complete(const rc_row_shares *s, size_t bytes, void *all)
{
    int64_t row[RC_ROW_BLOCKS + 1];
    if (s->parts == 1) return RC_OK;
    for (int64_t p = 0; p <= s->parts; p++)
        row[p] = rc__row_shares_at(s, p * blocks_of_part(s));
    return rc_parallel_complete(s->parts, 1, row, bytes, all);
}

/* Of n lines into the first. */
static void add_tree(int64_t n, int64_t width, double *line)
{
#pragma omp parallel for schedule(static) if (n * width > BY_THREADS)
    for (int64_t column = 0; column < width; column += COLUMNS) {
        int64_t end = rc__min(column + COLUMNS, width);
        for (int64_t apart = 1; apart < n; apart *= 2)
            for (int64_t k = 0; k < n; k += 2 * apart) {
                double *to = line + k * width;
                const double *from = to + apart * width;
                for (int64_t j = column; j < end; j++)
                    to[j] += from[j];
            }
    }
}

rc_status rc__row_shares_sum(const rc_row_shares *s, int64_t width, double *sum)
{
    int64_t each = blocks_of_part(s);
    double *own = sum + s->first_block * width;
    if (s->end_block > s->first_block) {
        add_tree(each, width, own);
        /* To its place among the parts, where none of its own blocks but the first can lie. */
        memmove(sum + s->first_block / each * width, own, (size_t)width * sizeof *sum);
    }
    if (s->parts == 1) return RC_OK;
    RC_TRY(rc_parallel_complete(s->parts, 1, NULL, (size_t)width * sizeof *sum, sum));
    add_tree(s->parts, width, sum);
    return RC_OK;
}

rc_status rc__row_shares_agree(const rc_row_shares *s, bool *more)
{
    if (s->parts > 1) RC_TRY(rc_parallel_agree_on(more));
    return rc_interrupt_requested() ? rc_fail(RC_INTERRUPTED, "interrupted") : RC_OK;
}
