/* transport/kmeans.c: k-means clustering. k-means++ start (Arthur and Vassilvitskii, SODA 2007); Lloyd's
 * iterations on up to LLOYD_ROWS points, mini-batch updates (Sculley, WWW 2010) beyond. */
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "base/rng.h"
#include "transport/pairs.h"
#include "transport/transport.h"

enum { MAX_CLUSTERS = 10000, LLOYD_ROWS = 10000, BATCH_ROWS = 1024, CHUNK_ROWS = 2048, SLICE = 64 };

typedef struct clustering {
    const float *x;
    int64_t n, d;
    int k;
    rc_rng rng;
    float *origin;  /* [d], the mean of x */
    float *centres; /* [k, d] */
    double *sum;    /* [k, d] */
    int64_t *count; /* [k] */
    int32_t *label; /* borrowed, [n] */
    float *cost;    /* [n], half the squared distance to the nearest centre */
    float *batch;   /* [BATCH_ROWS, d] */
    bool converged;
} clustering;

/* Nearest of centres first .. first + count for each of n points; improve keeps an older, nearer one. */
static rc_status find_nearest_few(const clustering *c, const float *x, int64_t n, int first, int count,
                                  bool improve, int32_t *label, float *cost)
{
    rc_cloud centres = {0}, points = {0};
    rc_pairs pairs = {0};
    rc_status status = RC_OK;
    RC_TRY_DONE(rc_cloud_create(c->centres + first * c->d, NULL, count, c->d, c->origin, true, &centres));
    RC_TRY_DONE(rc_cloud_create(x, NULL, n, c->d, c->origin, false, &points));
    RC_TRY_DONE(rc_pairs_create(&centres, &points, NULL, &pairs));
    for (int64_t j = 0; j < n; j++) {
        if (!improve) cost[j] = pairs.cost[j];
        if (!improve) label[j] = first;
        for (int i = 0; i < count; i++) {
            float candidate = pairs.cost[i * pairs.ld + j];
            if (candidate < cost[j]) {
                cost[j] = candidate;
                label[j] = first + i;
            }
        }
    }
done:
    rc_pairs_free(&pairs);
    rc_cloud_free(&points);
    rc_cloud_free(&centres);
    return status;
}

static rc_status find_nearest(const clustering *c, const float *x, int64_t n, int first, int count,
                              bool improve, int32_t *label, float *cost)
{
    for (int64_t row = 0; row < n; row += CHUNK_ROWS) {
        int64_t rows = n - row < CHUNK_ROWS ? n - row : CHUNK_ROWS;
        RC_TRY(find_nearest_few(c, x + row * c->d, rows, first, count, improve, label + row, cost + row));
    }
    return RC_OK;
}

/* ---- k-means++: each next centre is a point, drawn by its squared distance to the centres so far ---- */

static int64_t draw_by_cost(clustering *c, const int64_t *row, int64_t rows)
{
    double total = 0.0;
    for (int64_t i = 0; i < rows; i++)
        total += (double)c->cost[i];
    double rest = rc_rng_uniform(&c->rng) * total;
    /* All points stand on centres: any of them will do. */
    if (!(total > 0.0)) return row[rc_rng_below(&c->rng, (uint64_t)rows)];
    int64_t last = 0;
    for (int64_t i = 0; i < rows; i++) {
        if (c->cost[i] > 0.0f) last = i;
        rest -= (double)c->cost[i];
        if (rest < 0.0) break;
    }
    return row[last];
}

static void copy_centre(clustering *c, int index, int64_t row)
{
    memcpy(c->centres + index * c->d, c->x + row * c->d, sizeof(float) * (size_t)c->d);
}

/* row: a random order of all points, of which the first `rows` are looked at; x: those points. */
static rc_status choose_starts(clustering *c, const int64_t *row, const float *x, int64_t rows)
{
    copy_centre(c, 0, row[0]);
    for (int i = 1; i < c->k; i++) {
        RC_TRY(find_nearest(c, x, rows, i - 1, 1, i > 1, c->label, c->cost));
        copy_centre(c, i, draw_by_cost(c, row, rows));
    }
    return RC_OK;
}

static rc_status start(clustering *c)
{
    int64_t rows = c->n < LLOYD_ROWS ? c->n : LLOYD_ROWS, *row = NULL;
    float *x = NULL;
    rc_status status = RC_OK;
    RC_TRY_DONE(RC_NEW_RAW(&row, c->n));
    RC_TRY_DONE(RC_NEW_RAW(&x, rows * c->d));
    for (int64_t i = 0; i < c->n; i++)
        row[i] = i;
    rc_rng_shuffle(&c->rng, c->n, row);
    for (int64_t i = 0; i < rows; i++)
        memcpy(x + i * c->d, c->x + row[i] * c->d, sizeof(float) * (size_t)c->d);
    RC_TRY_DONE(choose_starts(c, row, x, rows));
done:
    rc_free(x);
    rc_free(row);
    return status;
}

/* ---- Lloyd ---- */

static void count_labels(clustering *c)
{
    memset(c->count, 0, sizeof *c->count * (size_t)c->k);
    for (int64_t i = 0; i < c->n; i++)
        c->count[c->label[i]]++;
}

/* Gives each empty cluster the point that is farthest from its centre. Whether there were any. */
static bool fill_empty(clustering *c)
{
    bool any = false;
    count_labels(c);
    for (int index = 0; index < c->k; index++) {
        if (c->count[index] > 0) continue;
        int64_t farthest = -1;
        for (int64_t i = 0; i < c->n; i++) {
            if (c->count[c->label[i]] > 1 && (farthest < 0 || c->cost[i] > c->cost[farthest])) farthest = i;
        }
        c->count[c->label[farthest]]--;
        c->count[index] = 1;
        c->label[farthest] = index;
        c->cost[farthest] = 0.0f;
        copy_centre(c, index, farthest);
        any = true;
    }
    return any;
}

static void take_means(clustering *c)
{
    memset(c->sum, 0, sizeof *c->sum * (size_t)(c->k * c->d));
#pragma omp parallel for schedule(static)
    for (int64_t first = 0; first < c->d; first += SLICE) {
        int64_t end = first + SLICE < c->d ? first + SLICE : c->d;
        for (int64_t i = 0; i < c->n; i++) {
            double *sum = c->sum + c->label[i] * c->d;
            for (int64_t q = first; q < end; q++)
                sum[q] += (double)c->x[i * c->d + q];
        }
        for (int index = 0; index < c->k; index++) {
            for (int64_t q = first; q < end; q++) {
                c->centres[index * c->d + q] = (float)(c->sum[index * c->d + q] / (double)c->count[index]);
            }
        }
    }
}

static rc_status check_interrupt(void)
{
    return rc_interrupt_requested() ? rc_fail(RC_INTERRUPTED, "interrupted") : RC_OK;
}

static rc_status run_lloyd(clustering *c, int max_iterations, int32_t *before)
{
    for (int k = 0; k < max_iterations; k++) {
        RC_TRY(check_interrupt());
        RC_TRY(find_nearest(c, c->x, c->n, 0, c->k, false, c->label, c->cost));
        bool filled = fill_empty(c);
        c->converged = k > 0 && !filled && memcmp(before, c->label, sizeof *before * (size_t)c->n) == 0;
        if (c->converged) return RC_OK;
        memcpy(before, c->label, sizeof *before * (size_t)c->n);
        take_means(c);
    }
    return RC_OK;
}

/* ---- mini-batch: a centre moves to each of its points by one over how many it has seen ---- */

static void move_centres(clustering *c, int64_t rows)
{
    for (int64_t i = 0; i < rows; i++) {
        float *centre = c->centres + c->label[i] * c->d;
        float rate = 1.0f / (float)++c->count[c->label[i]];
        for (int64_t q = 0; q < c->d; q++)
            centre[q] += rate * (c->batch[i * c->d + q] - centre[q]);
    }
}

static rc_status run_batches(clustering *c, int max_iterations)
{
    for (int k = 0; k < max_iterations; k++) {
        RC_TRY(check_interrupt());
        for (int64_t i = 0; i < BATCH_ROWS; i++) {
            int64_t row = (int64_t)rc_rng_below(&c->rng, (uint64_t)c->n);
            memcpy(c->batch + i * c->d, c->x + row * c->d, sizeof(float) * (size_t)c->d);
        }
        RC_TRY(find_nearest(c, c->batch, BATCH_ROWS, 0, c->k, false, c->label, c->cost));
        move_centres(c, BATCH_ROWS);
    }
    c->converged = true;
    return RC_OK;
}

/* ---- the whole ---- */

static void free_clustering(clustering *c)
{
    rc_free(c->origin);
    rc_free(c->centres);
    rc_free(c->sum);
    rc_free(c->count);
    rc_free(c->cost);
    rc_free(c->batch);
}

static rc_status run(clustering *c, int max_iterations)
{
    int32_t *before = NULL;
    rc_status status = RC_OK;
    RC_TRY_DONE(RC_NEW(&c->origin, c->d));
    RC_TRY_DONE(rc_points_mean(c->x, c->n, c->d, c->origin));
    RC_TRY_DONE(RC_NEW(&c->centres, c->k * c->d));
    RC_TRY_DONE(RC_NEW(&c->sum, c->k * c->d));
    RC_TRY_DONE(RC_NEW(&c->count, c->k));
    RC_TRY_DONE(RC_NEW(&c->cost, c->n));
    RC_TRY_DONE(start(c));
    if (c->n <= LLOYD_ROWS) {
        RC_TRY_DONE(RC_NEW(&before, c->n));
        RC_TRY_DONE(run_lloyd(c, max_iterations, before));
    } else {
        RC_TRY_DONE(RC_NEW_RAW(&c->batch, BATCH_ROWS * c->d));
        RC_TRY_DONE(run_batches(c, max_iterations));
    }
    RC_TRY_DONE(find_nearest(c, c->x, c->n, 0, c->k, false, c->label, c->cost));
    (void)fill_empty(c);
done:
    rc_free(before);
    return status;
}

rc_status rc_kmeans(const float *x, int64_t n, int64_t d, int k, uint64_t seed, int max_iterations,
                    int32_t *label, float *centres, bool *converged)
{
    RC_CHECK(n > 0 && d > 0, RC_SHAPE, "k-means of %lld points of %lld coordinates; at least one is needed",
             (long long)n, (long long)d);
    RC_CHECK(k > 0 && k <= n, RC_CONFIG, "k-means with %d clusters of %lld points; choose 1 to %lld clusters",
             k, (long long)n, (long long)n);
    RC_CHECK(k <= MAX_CLUSTERS, RC_CONFIG, "k-means with %d clusters; at most %d are possible", k,
             MAX_CLUSTERS);
    clustering c = {.x = x, .n = n, .d = d, .k = k, .rng = rc_rng_make(seed, "kmeans", 0), .label = label};
    rc_status status = run(&c, max_iterations);
    if (status == RC_OK && centres) memcpy(centres, c.centres, sizeof(float) * (size_t)(k * d));
    if (status == RC_OK && converged) *converged = c.converged;
    free_clustering(&c);
    return status;
}
