/* transport/label_mass.c: how much of a plan goes from label to label. */
#include <math.h>
#include <omp.h>

#include "base/memory.h"
#include "transport/pair_kernels.h"
#include "transport/pairs.h"

static const double ln2 = 0.69314718055994530942;

/* Shares of one row's mass by label of the column, added to share [column_classes]; returns their sum. */
static double share_block(const rc_pairs *pairs, float scale, int64_t row, int64_t column, const float *cost,
                          double *share)
{
    float weight[RC_PAIR_BLOCK];
    double sum = 0.0;
    int64_t left = pairs->columns->n - column;
    rc_pair_kernels_get()->row_weights(cost, pairs->score + column, scale, pairs->maximum[row], 1, weight);
    for (int64_t c = 0; c < RC_PAIR_BLOCK && c < left; c++) {
        share[pairs->labels.column[column + c]] += (double)weight[c];
        sum += (double)weight[c];
    }
    return sum;
}

/* The rows of one panel; share [RC_PAIR_MAX_ROWS, column_classes], cost [RC_PAIR_MAX_ROWS, RC_PAIR_BLOCK]. */
static void share_panel(const rc_pairs *pairs, float scale, int64_t first, double *share, double *total)
{
    int64_t step = rc_pair_kernels_get()->rows, classes = pairs->labels.column_classes;
    float *panels = pairs->scratch + omp_get_thread_num() * pairs->scratch_size;
    float cost[RC_PAIR_MAX_ROWS * RC_PAIR_BLOCK];
    for (int64_t column = 0; column < pairs->columns->n; column += RC_PAIR_BLOCK) {
        if (!pairs->cost) {
            rc_cloud_columns(pairs->columns, column, panels);
            rc_pairs_costs(pairs, false, first / step, column, panels, cost, RC_PAIR_BLOCK);
        }
        for (int64_t r = 0; r < step && first + r < pairs->rows->n; r++) {
            const float *line =
                pairs->cost ? pairs->cost + (first + r) * pairs->ld + column : cost + r * RC_PAIR_BLOCK;
            total[r] += share_block(pairs, scale, first + r, column, line, share + r * classes);
        }
    }
}

rc_status rc_pairs_label_mass(rc_pairs *pairs, double epsilon, const double *potential, const double *softmin,
                              double *mass)
{
    int64_t n = pairs->rows->n, step = rc_pair_kernels_get()->rows, classes = pairs->labels.column_classes;
    int64_t padded = (n + step - 1) / step * step;
    float scale = (float)(1.0 / (epsilon * ln2));
    double *share = NULL, *total = NULL;
    rc_status status = RC_OK;
    RC_TRY_DONE(RC_NEW(&share, padded * classes));
    RC_TRY_DONE(RC_NEW(&total, padded));
    rc_pairs_scores(pairs->columns->n, pairs->ld, epsilon, potential, pairs->score);
    for (int64_t i = 0; i < n; i++)
        pairs->maximum[i] = (float)(-softmin[i] / (epsilon * ln2));
#pragma omp parallel for schedule(static)
    for (int64_t first = 0; first < n; first += step)
        share_panel(pairs, scale, first, share + first * classes, total + first);
    for (int64_t k = 0; k < pairs->labels.row_classes * classes; k++)
        mass[k] = 0.0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < classes; c++)
            mass[pairs->labels.row[i] * classes + c] += share[i * classes + c] / (total[i] * (double)n);
done:
    rc_free(share);
    rc_free(total);
    return status;
}
