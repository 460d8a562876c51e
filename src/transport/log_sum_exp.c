/* transport/log_sum_exp.c: the costs of all pairs, and their log-sum-exp along rows. */
#include <math.h>
#include <omp.h>

#include "base/memory.h"
#include "transport/pair_kernels.h"
#include "transport/pairs.h"

enum {
    TILE = 32,      /* rows that share one reading of the columns' panels */
    ALONE = 1 << 17 /* so few pairs are summed sooner by one thread than shared out */
};
static const double ln2 = 0.69314718055994530942;

bool rc_pairs_stored(int64_t n, int64_t m)
{
    int64_t limit = (int64_t)RC_PAIRS_STORED / (int64_t)sizeof(float);
    return rc_round_up(n, RC_PAIR_MAX_ROWS) <= limit / rc_round_up(m, RC_PAIR_BLOCK);
}

/* ---- costs ---- */

static void add_label_costs(const rc_pairs *pairs, int64_t row, int64_t count, int64_t column, float *out,
                            int64_t ld)
{
    const rc_label_costs *l = &pairs->labels;
    int64_t n = pairs->rows->n, m = pairs->columns->n;
    for (int64_t r = 0; r < count && row + r < n; r++) {
        const double *line = l->table + l->row[row + r] * l->column_classes;
        for (int64_t c = 0; c < RC_PAIR_BLOCK && column + c < m; c++)
            out[r * ld + c] += (float)line[l->column[column + c]];
    }
}

/* Of a row panel with one block of columns, whose panels are given. */
static void compute_costs(const rc_pairs *pairs, int64_t row, int64_t column, const float *panels, float *out,
                          int64_t ld)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
    const rc_cloud *rows = pairs->rows, *columns = pairs->columns;
    for (int64_t c = 0; c < RC_PAIR_BLOCK; c += kernels->columns) {
        kernels->costs(rows->d, rows->panels + row * rows->d, panels + c * rows->d, rows->half_norm + row,
                       columns->half_norm + column + c, out + c, ld);
    }
    if (pairs->labels.table) add_label_costs(pairs, row, kernels->rows, column, out, ld);
}

const float *rc_pairs_block(const rc_pairs *pairs, int64_t row, int64_t column, float *room, int64_t *ld)
{
    *ld = pairs->cost ? pairs->ld : RC_PAIR_BLOCK;
    if (pairs->cost) return pairs->cost + row * pairs->ld + column;
    compute_costs(pairs, row, column, pairs->panels + column * pairs->columns->d, room, *ld);
    return room;
}

const float *rc_pairs_costs(const rc_pairs *pairs, int64_t row)
{
    if (pairs->cost) return pairs->cost + row * pairs->ld;
    float *out = pairs->room + omp_get_thread_num() * TILE * pairs->ld;
    int64_t step = rc_pair_kernels_get()->rows;
    for (int64_t column = 0; column < pairs->ld; column += RC_PAIR_BLOCK) {
        const float *panels = pairs->panels + column * pairs->columns->d;
        for (int64_t r = 0; r < TILE && row + r < pairs->rows->n; r += step)
            compute_costs(pairs, row + r, column, panels, out + r * pairs->ld + column, pairs->ld);
    }
    return out;
}

/* ---- what is kept ---- */

static void share_out(rc_pairs *pairs, int64_t tile)
{
    const rc_cloud *rows = pairs->rows, *columns = pairs->columns;
    pairs->tile = tile;
    /* An exponential for each pair, between two exchanges. */
    pairs->shares =
        rc__row_shares(rows->n, rc_round_up(tile, RC_PAIR_MAX_ROWS), (double)rows->n * (double)columns->n,
                       rows->everywhere && columns->everywhere);
}

static rc_status make_costs(rc_pairs *pairs)
{
    share_out(pairs, rc_pair_kernels_get()->rows);
    return RC_NEW(&pairs->cost, rc_round_up(pairs->rows->n, RC_PAIR_MAX_ROWS) * pairs->ld);
}

static rc_status keep_costs(rc_pairs *pairs)
{
    RC_TRY(make_costs(pairs));
    int64_t step = pairs->tile, size = RC_PAIR_BLOCK * pairs->rows->d;
    float *scratch;
    RC_TRY(RC_NEW_RAW(&scratch, omp_get_max_threads() * size));
#pragma omp parallel for schedule(static)
    for (int64_t column = 0; column < pairs->ld; column += RC_PAIR_BLOCK) {
        float *panels = scratch + omp_get_thread_num() * size;
        rc_cloud_columns(pairs->columns, column, panels);
        for (int64_t row = pairs->shares.first; row < pairs->shares.end; row += step)
            compute_costs(pairs, row, column, panels, pairs->cost + row * pairs->ld + column, pairs->ld);
    }
    rc_free(scratch);
    return RC_OK;
}

static rc_status keep_panels(rc_pairs *pairs)
{
    int64_t d = pairs->columns->d;
    share_out(pairs, TILE);
    RC_TRY(RC_NEW_RAW(&pairs->panels, pairs->ld * d));
    RC_TRY(RC_NEW_RAW(&pairs->room, omp_get_max_threads() * TILE * pairs->ld));
#pragma omp parallel for schedule(static)
    for (int64_t column = 0; column < pairs->ld; column += RC_PAIR_BLOCK)
        rc_cloud_columns(pairs->columns, column, pairs->panels + column * d);
    return RC_OK;
}

static rc_status begin(const rc_cloud *rows, const rc_cloud *columns, rc_pairs *out)
{
    *out = (rc_pairs){.rows = rows, .columns = columns, .ld = rc_round_up(columns->n, RC_PAIR_BLOCK)};
    RC_TRY(RC_NEW_RAW(&out->score, out->ld));
    return RC_NEW_RAW(&out->line, omp_get_max_threads() * out->ld);
}

rc_status rc_pairs_create(const rc_cloud *rows, const rc_cloud *columns, const rc_label_costs *labels,
                          rc_pairs *out)
{
    return rc__pairs_create(rows, columns, labels, rc_pairs_stored(rows->n, columns->n), out);
}

rc_status rc__pairs_create(const rc_cloud *rows, const rc_cloud *columns, const rc_label_costs *labels,
                           bool keep, rc_pairs *out)
{
    rc_status status = begin(rows, columns, out);
    if (labels) out->labels = *labels;
    if (status == RC_OK) status = keep ? keep_costs(out) : keep_panels(out);
    if (status != RC_OK) rc_pairs_free(out);
    return status;
}

rc_status rc__pairs_of_costs(const rc_cloud *rows, const rc_cloud *columns, rc_pairs *out)
{
    rc_status status = begin(rows, columns, out);
    if (status == RC_OK) status = make_costs(out);
    if (status != RC_OK) rc_pairs_free(out);
    return status;
}

void rc_pairs_free(rc_pairs *pairs)
{
    rc_free(pairs->cost);
    rc_free(pairs->panels);
    rc_free(pairs->room);
    rc_free(pairs->score);
    rc_free(pairs->line);
    *pairs = (rc_pairs){0};
}

/* ---- sums ---- */

double rc_pairs_score(rc_pairs *pairs, double epsilon, const double *potential)
{
    int64_t m = pairs->columns->n;
    double scale = 1.0 / (epsilon * ln2);
    for (int64_t j = 0; j < m; j++)
        pairs->score[j] = potential[j] * scale + log2(rc_cloud_weight(pairs->columns, j));
    for (int64_t j = m; j < pairs->ld; j++)
        pairs->score[j] = RC_PAIR_NOTHING;
    return scale;
}

/* The mean of exponentials is 2^top (1 + mean): written like this it keeps its digits where epsilon is so
 * large that all exponentials are nearly 1. */
rc_status rc_pairs_softmin(rc_pairs *pairs, double epsilon, const double *potential, double *out)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
    int64_t m = pairs->columns->n, tile = pairs->tile, end = pairs->shares.end;
    double scale = rc_pairs_score(pairs, epsilon, potential);
#pragma omp parallel for schedule(static) if (pairs->rows->n * pairs->ld > ALONE)
    for (int64_t row = pairs->shares.first; row < end; row += tile) {
        const float *cost = rc_pairs_costs(pairs, row);
        double *line = pairs->line + omp_get_thread_num() * pairs->ld, mean;
        for (int64_t r = 0; r < tile && row + r < end; r++) {
            double top = kernels->row_excess(m, cost + r * pairs->ld, pairs->score, scale, line, &mean);
            out[row + r] = -epsilon * (ln2 * top + log1p(mean));
        }
    }
    return rc__row_shares_complete(&pairs->shares, sizeof *out, out);
}
