/* transport/label_mass.c: how much of a plan goes from label to label. */
#include "base/memory.h"
#include "transport/pair_kernels.h"
#include "transport/pairs.h"

/* Shares of one row's mass by label of the column, added to share [column_classes]; returns their sum. */
static double share_block(const rc_pairs *pairs, double scale, double top, int64_t column, const float *cost,
                          double *share)
{
    float weight[RC_PAIR_BLOCK];
    double sum = 0.0;
    int64_t left = pairs->columns->n - column;
    rc_pair_kernels_get()->row_weights(cost, pairs->score + column, scale, top, 1, weight);
    for (int64_t c = 0; c < RC_PAIR_BLOCK && c < left; c++) {
        share[pairs->labels.column[column + c]] += (double)weight[c];
        sum += (double)weight[c];
    }
    return sum;
}

/* The rows of one panel; share [RC_PAIR_MAX_ROWS, column_classes]. */
static void share_panel(const rc_pairs *pairs, double scale, const double *softmin, int64_t first,
                        double *share, double *total)
{
    int64_t step = rc_pair_kernels_get()->rows, classes = pairs->labels.column_classes, ld;
    float room[RC_PAIR_MAX_ROWS * RC_PAIR_BLOCK];
    for (int64_t column = 0; column < pairs->columns->n; column += RC_PAIR_BLOCK) {
        const float *cost = rc_pairs_block(pairs, first, column, room, &ld);
        for (int64_t r = 0; r < step && first + r < pairs->rows->n; r++)
            total[r] += share_block(pairs, scale, -scale * softmin[first + r], column, cost + r * ld,
                                    share + r * classes);
    }
}

rc_status rc_pairs_label_mass(rc_pairs *pairs, double epsilon, const double *potential, const double *softmin,
                              double *mass)
{
    int64_t n = pairs->rows->n, step = rc_pair_kernels_get()->rows, classes = pairs->labels.column_classes;
    int64_t padded = rc_round_up(n, step);
    double scale = rc_pairs_score(pairs, epsilon, potential), *share = NULL, *total = NULL;
    rc_status status = RC_OK;
    RC_TRY_DONE(RC_NEW(&share, padded * classes));
    RC_TRY_DONE(RC_NEW(&total, padded));
#pragma omp parallel for schedule(static)
    for (int64_t first = pairs->shares.first; first < pairs->shares.end; first += step)
        share_panel(pairs, scale, softmin, first, share + first * classes, total + first);
    RC_TRY_DONE(rc__row_shares_complete(&pairs->shares, (size_t)classes * sizeof *share, share));
    RC_TRY_DONE(rc__row_shares_complete(&pairs->shares, sizeof *total, total));
    for (int64_t k = 0; k < pairs->labels.row_classes * classes; k++)
        mass[k] = 0.0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < classes; c++)
            mass[pairs->labels.row[i] * classes + c] +=
                rc_cloud_weight(pairs->rows, i) * share[i * classes + c] / (total[i] * (double)n);
done:
    rc_free(share);
    rc_free(total);
    return status;
}
