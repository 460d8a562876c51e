/* transport/log_sum_exp.c: blocked log-sum-exp over all pairs, in either direction. */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "transport/pair_kernels.h"
#include "transport/pairs.h"

enum {
    ROW_PIECE = 40 * RC_PAIR_BLOCK, /* columns summed in float32 before they join the double sum */
    COLUMN_PIECE = 64,              /* rows, likewise */
    ALONE = 1 << 17,                /* so few pairs are summed sooner by one thread than shared out */
    TILE_ROWS = 128 /* rows that share one packing of the columns; a multiple of every `rows` */
};
static const double ln2 = 0.69314718055994530942;

static int64_t round_up(int64_t x, int64_t step)
{
    return (x + step - 1) / step * step;
}

bool rc_pairs_stored(int64_t n, int64_t m)
{
    int64_t limit = (int64_t)RC_PAIRS_STORED / (int64_t)sizeof(float);
    return round_up(n, RC_PAIR_MAX_ROWS) <= limit / round_up(m, RC_PAIR_BLOCK);
}

static void add_label_costs(const rc_pairs *pairs, bool transposed, int64_t first_row, int64_t count,
                            int64_t first_column, float *out, int64_t ld)
{
    const rc_label_costs *l = &pairs->labels;
    int64_t n = transposed ? pairs->columns->n : pairs->rows->n;
    int64_t m = transposed ? pairs->rows->n : pairs->columns->n;
    for (int64_t r = 0; r < count && first_row + r < n; r++) {
        for (int64_t c = 0; c < RC_PAIR_BLOCK && first_column + c < m; c++) {
            int64_t row = transposed ? first_column + c : first_row + r;
            int64_t column = transposed ? first_row + r : first_column + c;
            out[r * ld + c] += (float)l->table[l->row[row] * l->column_classes + l->column[column]];
        }
    }
}

void rc_pairs_costs(const rc_pairs *pairs, bool transposed, int64_t panel, int64_t first_column,
                    const float *panels, float *out, int64_t ld)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
    const rc_cloud *rows = transposed ? pairs->columns : pairs->rows;
    const rc_cloud *columns = transposed ? pairs->rows : pairs->columns;
    int64_t d = rows->d, first_row = panel * kernels->rows;
    for (int64_t c = 0; c < RC_PAIR_BLOCK; c += kernels->columns) {
        kernels->costs(d, rows->panels + first_row * d, panels + c * d, rows->half_norm + first_row,
                       columns->half_norm + first_column + c, out + c, ld);
    }
    if (pairs->labels.table)
        add_label_costs(pairs, transposed, first_row, kernels->rows, first_column, out, ld);
}

static void fill_costs(rc_pairs *pairs)
{
    int64_t step = rc_pair_kernels_get()->rows, n = pairs->rows->n;
#pragma omp parallel for schedule(static)
    for (int64_t first = 0; first < pairs->ld; first += RC_PAIR_BLOCK) {
        float *panels = pairs->scratch + omp_get_thread_num() * pairs->scratch_size;
        rc_cloud_columns(pairs->columns, first, panels);
        for (int64_t row = 0; row < n; row += step) {
            rc_pairs_costs(pairs, false, row / step, first, panels, pairs->cost + row * pairs->ld + first,
                           pairs->ld);
        }
    }
}

rc_status rc_pairs_create(const rc_cloud *rows, const rc_cloud *columns, const rc_label_costs *labels,
                          rc_pairs *out)
{
    int64_t longest = round_up(rows->n > columns->n ? rows->n : columns->n, RC_PAIR_BLOCK);
    *out = (rc_pairs){.rows = rows, .columns = columns, .ld = round_up(columns->n, RC_PAIR_BLOCK)};
    if (labels) out->labels = *labels;
    out->scratch_size = RC_PAIR_BLOCK * (rows->d + TILE_ROWS);
    rc_status status = RC_OK;
    RC_TRY_DONE(RC_NEW_RAW(&out->scratch, omp_get_max_threads() * out->scratch_size));
    RC_TRY_DONE(RC_NEW_RAW(&out->score, longest));
    RC_TRY_DONE(RC_NEW_RAW(&out->maximum, longest));
    RC_TRY_DONE(RC_NEW_RAW(&out->sum, longest));
    if (rc_pairs_stored(rows->n, columns->n)) {
        RC_TRY_DONE(RC_NEW_RAW(&out->cost, round_up(rows->n, RC_PAIR_MAX_ROWS) * out->ld));
        fill_costs(out);
    }
done:
    if (status != RC_OK) rc_pairs_free(out);
    return status;
}

void rc_pairs_free(rc_pairs *pairs)
{
    rc_free(pairs->cost);
    rc_free(pairs->scratch);
    rc_free(pairs->score);
    rc_free(pairs->maximum);
    rc_free(pairs->sum);
    *pairs = (rc_pairs){0};
}

void rc_pairs_scores(int64_t n, int64_t padded, double epsilon, const double *potential, float *h)
{
    double log_weight = -log((double)n);
    for (int64_t j = 0; j < n; j++)
        h[j] = (float)((potential[j] / epsilon + log_weight) / ln2);
    for (int64_t j = n; j < padded; j++)
        h[j] = RC_PAIR_NOTHING;
}

static void sum_stored_rows(const rc_pairs *pairs, float scale)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
#pragma omp parallel for schedule(static) if (pairs->rows->n * pairs->ld > ALONE)
    for (int64_t i = 0; i < pairs->rows->n; i++) {
        for (int64_t first = 0; first < pairs->ld; first += ROW_PIECE) {
            int64_t count = pairs->ld - first < ROW_PIECE ? pairs->ld - first : ROW_PIECE;
            kernels->row_sum(count, pairs->cost + i * pairs->ld + first, pairs->score + first, scale,
                             pairs->maximum + i, pairs->sum + i);
        }
    }
}

static void sum_stored_columns(const rc_pairs *pairs, float scale)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
    int64_t n = pairs->rows->n;
#pragma omp parallel for schedule(static) if (n * pairs->ld > ALONE)
    for (int64_t column = 0; column < pairs->ld; column += RC_PAIR_BLOCK) {
        for (int64_t first = 0; first < n; first += COLUMN_PIECE) {
            int64_t count = n - first < COLUMN_PIECE ? n - first : COLUMN_PIECE;
            kernels->column_sums(count, pairs->cost + first * pairs->ld + column, pairs->ld,
                                 pairs->score + first, scale, pairs->maximum + column, pairs->sum + column);
        }
    }
}

/* One block of columns into the sums of rows first .. first + count, through a tile of fresh costs. */
static void sum_tile(const rc_pairs *pairs, bool transposed, int64_t first, int64_t count, int64_t column,
                     float scale, float *scratch)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
    float *tile = scratch, *panels = scratch + RC_PAIR_BLOCK * TILE_ROWS;
    rc_cloud_columns(transposed ? pairs->rows : pairs->columns, column, panels);
    for (int64_t row = 0; row < count; row += kernels->rows) {
        rc_pairs_costs(pairs, transposed, (first + row) / kernels->rows, column, panels,
                       tile + row * RC_PAIR_BLOCK, RC_PAIR_BLOCK);
    }
    for (int64_t row = 0; row < count; row++) {
        kernels->row_sum(RC_PAIR_BLOCK, tile + row * RC_PAIR_BLOCK, pairs->score + column, scale,
                         pairs->maximum + first + row, pairs->sum + first + row);
    }
}

static void sum_fresh_rows(const rc_pairs *pairs, bool transposed, float scale)
{
    int64_t n = transposed ? pairs->columns->n : pairs->rows->n;
    int64_t m = transposed ? pairs->rows->n : pairs->columns->n;
#pragma omp parallel for schedule(static)
    for (int64_t first = 0; first < n; first += TILE_ROWS) {
        int64_t count = n - first < TILE_ROWS ? n - first : TILE_ROWS;
        float *scratch = pairs->scratch + omp_get_thread_num() * pairs->scratch_size;
        for (int64_t column = 0; column < m; column += RC_PAIR_BLOCK)
            sum_tile(pairs, transposed, first, count, column, scale, scratch);
    }
}

void rc_pairs_softmin(rc_pairs *pairs, bool transposed, double epsilon, const double *potential, double *out)
{
    const rc_cloud *into = transposed ? pairs->columns : pairs->rows;
    const rc_cloud *over = transposed ? pairs->rows : pairs->columns;
    int64_t padded = round_up(into->n, RC_PAIR_BLOCK);
    float scale = (float)(1.0 / (epsilon * ln2));
    rc_pairs_scores(over->n, round_up(over->n, RC_PAIR_BLOCK), epsilon, potential, pairs->score);
    for (int64_t i = 0; i < padded; i++) {
        pairs->maximum[i] = RC_PAIR_NOTHING;
        pairs->sum[i] = 0.0;
    }
    if (!pairs->cost) {
        sum_fresh_rows(pairs, transposed, scale);
    } else if (transposed) {
        sum_stored_columns(pairs, scale);
    } else {
        sum_stored_rows(pairs, scale);
    }
    for (int64_t i = 0; i < into->n; i++) {
        out[i] = -epsilon * ln2 * ((double)pairs->maximum[i] + log2(pairs->sum[i]));
    }
}
