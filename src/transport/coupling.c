#include "transport/coupling.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "transport/pair_kernels.h"

/* So few pairs are summed sooner by one thread than shared out. */
enum { ALONE = 1 << 17 };
static const double ln2 = 0.69314718055994530942;

rc_status rc__coupling_create(rc_pairs *pairs, rc_coupling *out)
{
    int64_t n = pairs->rows->n, m = pairs->columns->n, padded = rc_round_up(n, RC_PAIR_MAX_ROWS);
    rc_status status = RC_OK;
    *out = (rc_coupling){.pairs = pairs};
    RC_TRY_DONE(RC_NEW(&out->f, n));
    RC_TRY_DONE(RC_NEW(&out->g, m));
    RC_TRY_DONE(RC_NEW(&out->excess, m));
    RC_TRY_DONE(RC_NEW_RAW(&out->part, RC_ROW_BLOCKS * pairs->ld));
    RC_TRY_DONE(RC_NEW_RAW(&out->image, omp_get_max_threads() * pairs->ld));
    RC_TRY_DONE(RC_NEW(&out->argument, pairs->ld));
    /* Costs and density together take what costs may. Zeroed: there is nothing beyond the last point. */
    RC_TRY_DONE(pairs->cost && rc_pairs_stored(2 * n, m)
                    ? RC_NEW(&out->density, padded * pairs->ld)
                    : RC_NEW(&out->room, omp_get_max_threads() * pairs->tile * pairs->ld));
done:
    if (status != RC_OK) rc__coupling_free(out);
    return status;
}

void rc__coupling_free(rc_coupling *c)
{
    rc_free(c->f);
    rc_free(c->g);
    rc_free(c->excess);
    rc_free(c->density);
    rc_free(c->room);
    rc_free(c->part);
    rc_free(c->image);
    rc_free(c->argument);
    *c = (rc_coupling){0};
}

/* The calling thread's. */
static float *room_of(const rc_coupling *c)
{
    return c->room + omp_get_thread_num() * c->pairs->tile * c->pairs->ld;
}

/* ---- potentials ---- */

/* As rc_pairs_softmin, and the densities of the row that come with it, summed into part [columns]. */
static void settle_row(rc_coupling *c, double scale, int64_t row, const float *cost, double *part)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
    const rc_pairs *pairs = c->pairs;
    int64_t m = pairs->columns->n;
    double *line = pairs->line + omp_get_thread_num() * pairs->ld, mean;
    double top = kernels->row_excess(m, cost, pairs->score, scale, line, &mean);
    c->f[row] = -c->epsilon * (ln2 * top + log1p(mean));
    kernels->spread(m, line, mean, rc_cloud_weight(pairs->rows, row), part,
                    c->density ? c->density + row * pairs->ld : room_of(c));
}

/* Each block is summed by itself, whatever the number of threads. */
static void settle_block(rc_coupling *c, double scale, int64_t block)
{
    const rc_pairs *pairs = c->pairs;
    int64_t ld = pairs->ld, first = rc__row_shares_at(&pairs->shares, block);
    int64_t end = rc__row_shares_at(&pairs->shares, block + 1);
    double *part = c->part + block * ld;
    memset(part, 0, sizeof *part * (size_t)ld);
    for (int64_t row = first; row < end; row += pairs->tile) {
        const float *cost = rc_pairs_costs(pairs, row);
        for (int64_t r = 0; r < pairs->tile && row + r < end; r++)
            settle_row(c, scale, row + r, cost + r * ld, part);
    }
}

rc_status rc__coupling_settle(rc_coupling *c)
{
    const rc_pairs *pairs = c->pairs;
    const rc_row_shares *own = &pairs->shares;
    int64_t n = pairs->rows->n, m = pairs->columns->n;
    double scale = rc_pairs_score(c->pairs, c->epsilon, c->g);
#pragma omp parallel for schedule(static) if (n * pairs->ld > ALONE)
    for (int64_t block = own->first_block; block < own->end_block; block++)
        settle_block(c, scale, block);
    RC_TRY(rc__row_shares_complete(own, sizeof *c->f, c->f));
    RC_TRY(rc__row_shares_sum(own, pairs->ld, c->part));
    for (int64_t j = 0; j < m; j++)
        c->excess[j] = c->part[j] / (double)n + (1.0 - rc_cloud_weight(pairs->columns, j));
    return RC_OK;
}

static double mean(const rc_cloud *cloud, const double *x)
{
    double sum = 0.0;
    for (int64_t i = 0; i < cloud->n; i++)
        sum += rc_cloud_weight(cloud, i) * x[i];
    return sum / (double)cloud->n;
}

double rc__coupling_value(const rc_coupling *c)
{
    return mean(c->pairs->rows, c->f) + mean(c->pairs->columns, c->g);
}

/* ---- the density as a matrix ---- */

/* Of the rows of one tile: [tile, ld]. */
static const float *density_of(const rc_coupling *c, double scale, int64_t row)
{
    const rc_pairs *pairs = c->pairs;
    int64_t ld = pairs->ld;
    if (c->density) return c->density + row * ld;
    const float *cost = rc_pairs_costs(pairs, row);
    float *out = room_of(c);
    for (int64_t r = 0; r < pairs->tile; r++) {
        bool there = row + r < pairs->rows->n;
        double root = there ? 0.5 * log2(rc_cloud_weight(pairs->rows, row + r)) : 0.0;
        if (!there) memset(out + r * ld, 0, sizeof *out * (size_t)ld);
        for (int64_t j = 0; there && j < ld; j += RC_PAIR_BLOCK)
            rc_pair_kernels_get()->row_weights(cost + r * ld + j, pairs->score + j, scale,
                                               -scale * c->f[row + r] - root, 1, out + r * ld + j);
    }
    return out;
}

static void apply_block(const rc_coupling *c, double scale, int64_t block)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
    int64_t tile = c->pairs->tile, ld = c->pairs->ld;
    int64_t first = rc__row_shares_at(&c->pairs->shares, block);
    int64_t end = rc__row_shares_at(&c->pairs->shares, block + 1);
    float *image = c->image + omp_get_thread_num() * ld;
    double *part = c->part + block * ld;
    memset(image, 0, sizeof *image * (size_t)ld);
    for (int64_t row = first; row < end; row += tile) {
        const float *density = density_of(c, scale, row);
        for (int64_t r = 0; r < tile && row + r < end; r += kernels->rows)
            kernels->there_and_back(ld, density + r * ld, ld, c->argument, image);
    }
    for (int64_t j = 0; j < ld; j++)
        part[j] = (double)image[j];
}

rc_status rc__coupling_apply(rc_coupling *c, const double *x, double *out)
{
    const rc_pairs *pairs = c->pairs;
    const rc_row_shares *own = &pairs->shares;
    int64_t n = pairs->rows->n, m = pairs->columns->n;
    double scale = rc_pairs_score(c->pairs, c->epsilon, c->g);
    for (int64_t j = 0; j < m; j++)
        c->argument[j] = (float)(x[j] / (double)m);
#pragma omp parallel for schedule(static) if (n * pairs->ld > ALONE)
    for (int64_t block = own->first_block; block < own->end_block; block++)
        apply_block(c, scale, block);
    RC_TRY(rc__row_shares_sum(own, pairs->ld, c->part));
    for (int64_t j = 0; j < m; j++)
        out[j] = c->part[j] / (double)n;
    return RC_OK;
}
