/* transport/barycentre.c: where each point is sent by a transport plan, P * Y, without keeping the plan. */
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "transport/pair_kernels.h"
#include "transport/pairs.h"

/* The plan is made in blocks of at most this size. */
enum { PLAN_ROWS = 512, PLAN_COLUMNS = 8 * RC_PAIR_BLOCK, PLAN_BLOCKS = PLAN_COLUMNS / RC_PAIR_BLOCK };
/* Points that are asked for before they are copied; LINE floats come from memory at once. */
enum { AHEAD = 16, LINE = 16 };

typedef struct plan {
    const rc_pairs *pairs;
    double scale;
    const double *softmin;
    int64_t first, count; /* rows of this block */
    float *weight;        /* [row panel][PLAN_COLUMNS][rows]: the plan, unnormalised */
    double *part;         /* [PLAN_BLOCKS][PLAN_ROWS]: sums of its rows */
    double *total;        /* [PLAN_ROWS] */
    float *slab;          /* [threads][PLAN_COLUMNS][columns]: some coordinates of the points */
    float *moved;         /* [PLAN_ROWS][moved_ld] */
    int64_t moved_ld;
} plan;

/* Weights of one block of columns; `column` counts from the start of the pairs, `block` within the plan. */
static void weigh_block(const plan *p, int64_t column, int64_t block)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
    int64_t step = kernels->rows, ld;
    float room[RC_PAIR_MAX_ROWS * RC_PAIR_BLOCK];
    for (int64_t row = 0; row < p->count; row += step) {
        const float *cost = rc_pairs_block(p->pairs, p->first + row, column, room, &ld);
        float *weight = p->weight + row * PLAN_COLUMNS + block * RC_PAIR_BLOCK * step;
        for (int64_t r = 0; r < step && row + r < p->count; r++) {
            p->part[block * PLAN_ROWS + row + r] =
                (double)kernels->row_weights(cost + r * ld, p->pairs->score + column, p->scale,
                                             -p->scale * p->softmin[p->first + row + r], step, weight + r);
        }
    }
}

/* Coordinates first .. first + width of points j .. j + count, zero beyond the last coordinate. */
static void copy_slab(const rc_cloud *cloud, int64_t j, int64_t count, int64_t first, int64_t width,
                      float *slab)
{
    int64_t real = cloud->d - first < width ? cloud->d - first : width;
    for (int64_t q = 0; q < count; q++, slab += width) {
        const float *y = cloud->points + (j + q) * cloud->d + first;
        for (int64_t k = 0; k < real && q + AHEAD < count; k += LINE)
            __builtin_prefetch(y + AHEAD * cloud->d + k);
        for (int64_t k = 0; k < real; k++)
            slab[k] = y[k] - cloud->centre[first + k];
        for (int64_t k = real; k < width; k++)
            slab[k] = 0.0f;
    }
}

/* moved += weight * (points j .. j + count). */
static void move_points(const plan *p, int64_t j, int64_t count)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
    int64_t width = kernels->columns;
#pragma omp parallel for schedule(static)
    for (int64_t first = 0; first < p->moved_ld; first += width) {
        float *slab = p->slab + omp_get_thread_num() * PLAN_COLUMNS * RC_PAIR_MAX_COLUMNS;
        copy_slab(p->pairs->columns, j, count, first, width, slab);
        for (int64_t row = 0; row < p->count; row += kernels->rows) {
            kernels->products(count, p->weight + row * PLAN_COLUMNS, slab, true,
                              p->moved + row * p->moved_ld + first, p->moved_ld);
        }
    }
}

static void add_parts(const plan *p, int64_t blocks)
{
    for (int64_t block = 0; block < blocks; block++) {
        for (int64_t i = 0; i < p->count; i++)
            p->total[i] += p->part[block * PLAN_ROWS + i];
    }
}

static void move_rows(const plan *p, double factor, float *out)
{
    int64_t m = p->pairs->columns->n, d = p->pairs->columns->d;
    memset(p->moved, 0, sizeof(float) * PLAN_ROWS * (size_t)p->moved_ld);
    memset(p->total, 0, sizeof(double) * PLAN_ROWS);
    for (int64_t j = 0; j < m; j += PLAN_COLUMNS) {
        int64_t count = m - j < PLAN_COLUMNS ? m - j : PLAN_COLUMNS;
        int64_t blocks = rc_round_up(count, RC_PAIR_BLOCK) / RC_PAIR_BLOCK;
#pragma omp parallel for schedule(static)
        for (int64_t block = 0; block < blocks; block++)
            weigh_block(p, j + block * RC_PAIR_BLOCK, block);
        add_parts(p, blocks);
        move_points(p, j, count);
    }
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < p->count; i++) {
        double weight = rc_cloud_weight(p->pairs->rows, p->first + i);
        float scale = (float)(factor * weight / p->total[i]);
        float *line = out + (p->first + i) * d;
        for (int64_t k = 0; k < d; k++)
            line[k] += scale * p->moved[i * p->moved_ld + k];
    }
}

static void free_plan(plan *p)
{
    rc_free(p->weight);
    rc_free(p->part);
    rc_free(p->total);
    rc_free(p->slab);
    rc_free(p->moved);
}

rc_status rc_pairs_barycentre(rc_pairs *pairs, double epsilon, const double *potential, const double *softmin,
                              double factor, float *out)
{
    int64_t end = pairs->shares.end, threads = omp_get_max_threads();
    plan p = {.pairs = pairs, .softmin = softmin, .scale = rc_pairs_score(pairs, epsilon, potential)};
    p.moved_ld = rc_round_up(pairs->rows->d, rc_pair_kernels_get()->columns);
    rc_status status = RC_OK;
    /* Zeroed: the weights of rows beyond the last one are never written but are multiplied. */
    RC_TRY_DONE(RC_NEW(&p.weight, PLAN_ROWS * PLAN_COLUMNS));
    RC_TRY_DONE(RC_NEW(&p.part, PLAN_BLOCKS * PLAN_ROWS));
    RC_TRY_DONE(RC_NEW(&p.total, PLAN_ROWS));
    RC_TRY_DONE(RC_NEW_RAW(&p.slab, threads * PLAN_COLUMNS * RC_PAIR_MAX_COLUMNS));
    RC_TRY_DONE(RC_NEW_RAW(&p.moved, PLAN_ROWS * p.moved_ld));
    for (p.first = pairs->shares.first; p.first < end; p.first += PLAN_ROWS) {
        p.count = end - p.first < PLAN_ROWS ? end - p.first : PLAN_ROWS;
        move_rows(&p, factor, out);
    }
    status = rc__row_shares_complete(&pairs->shares, (size_t)pairs->rows->d * sizeof *out, out);
done:
    free_plan(&p);
    return status;
}
