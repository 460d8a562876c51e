/* transport/cloud.c: points as the kernels want them. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "transport/pair_kernels.h"
#include "transport/pairs.h"

/* Coordinates that one thread looks after at a time, when summing over points. */
enum { SLICE = 64 };
/* Coordinates asked for before they are read: a panel goes through many points at once. */
enum { AHEAD = 64 };

/* Means of coordinates first .. first + count; false when a value is not finite, which no sum of finite
 * floats in double can hide. */
static bool mean_slice(const float *points, int64_t n, int64_t d, int64_t first, int64_t count, float *mean)
{
    bool finite = true;
    double sum[SLICE] = {0};
    for (int64_t i = 0; i < n; i++) {
        const float *line = points + i * d + first;
        for (int64_t k = 0; k < count; k++)
            sum[k] += (double)line[k];
    }
    for (int64_t k = 0; k < count; k++) {
        mean[k] = (float)(sum[k] / (double)n);
        finite = finite && isfinite(mean[k]);
    }
    return finite;
}

static rc_status name_bad_point(const float *points, int64_t n, int64_t d)
{
    for (int64_t i = 0; i < n; i++) {
        for (int64_t k = 0; k < d; k++) {
            RC_CHECK(isfinite(points[i * d + k]), RC_NUMERIC,
                     "point %lld, coordinate %lld: the value is not finite", (long long)i, (long long)k);
        }
    }
    return RC_OK;
}

rc_status rc_points_mean(const float *points, int64_t n, int64_t d, float *mean)
{
    int bad = 0;
#pragma omp parallel for schedule(static) reduction(| : bad)
    for (int64_t first = 0; first < d; first += SLICE) {
        int64_t count = d - first < SLICE ? d - first : SLICE;
        bad |= !mean_slice(points, n, d, first, count, mean + first);
    }
    return bad ? name_bad_point(points, n, d) : RC_OK;
}

static void measure_norms(const rc_cloud *cloud)
{
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < cloud->n; i++) {
        const float *x = cloud->points + i * cloud->d;
        float part[16] = {0};
        int64_t k = 0;
        for (; k + 16 <= cloud->d; k += 16) {
            for (int64_t q = 0; q < 16; q++) {
                float delta = x[k + q] - cloud->centre[k + q];
                part[q] += delta * delta;
            }
        }
        double sum = 0.0;
        for (int q = 0; q < 16; q++)
            sum += (double)part[q];
        for (; k < cloud->d; k++) {
            double delta = (double)(x[k] - cloud->centre[k]);
            sum += delta * delta;
        }
        cloud->half_norm[i] = (float)(0.5 * sum);
    }
}

/* Points first .. first + width side by side: out[k * width + r]. In steps of 16 coordinates, so that the
 * lines being read and written stay in the nearest cache. */
static void pack_panel(const rc_cloud *cloud, int64_t first, int64_t width, float *out)
{
    for (int64_t k = 0; k < cloud->d; k += 16) {
        int64_t end = k + 16 < cloud->d ? k + 16 : cloud->d;
        for (int64_t r = 0; r < width; r++) {
            if (first + r >= cloud->n) {
                for (int64_t q = k; q < end; q++)
                    out[q * width + r] = 0.0f;
                continue;
            }
            const float *x = cloud->points + (first + r) * cloud->d;
            if (k + AHEAD < cloud->d) __builtin_prefetch(x + k + AHEAD);
            for (int64_t q = k; q < end; q++)
                out[q * width + r] = x[q] - cloud->centre[q];
        }
    }
}

void rc_cloud_columns(const rc_cloud *cloud, int64_t first, float *panels)
{
    int64_t width = rc_pair_kernels_get()->columns;
    for (int64_t c = 0; c < RC_PAIR_BLOCK; c += width) {
        pack_panel(cloud, first + c, width, panels + c * cloud->d);
    }
}

static rc_status check_norms(const rc_cloud *cloud)
{
    for (int64_t i = 0; i < cloud->n; i++) {
        RC_CHECK(isfinite(cloud->half_norm[i]), RC_NUMERIC,
                 "point %lld: its squared length does not fit in float32; scale the points down",
                 (long long)i);
    }
    return RC_OK;
}

rc_status rc_cloud_create(const float *points, const double *weight, int64_t n, int64_t d,
                          const float *centre, bool panels, rc_cloud *out)
{
    *out = (rc_cloud){.points = points, .centre = centre, .n = n, .d = d, .weight = weight};
    rc_status status = RC_OK;
    int64_t rows = rc_pair_kernels_get()->rows, count = rc_round_up(n, rows);
    RC_TRY_DONE(RC_NEW(&out->half_norm, rc_round_up(n, RC_PAIR_BLOCK)));
    measure_norms(out);
    RC_TRY_DONE(check_norms(out));
    if (panels) {
        size_t size;
        RC_TRY_DONE(rc_mul_size((size_t)count, (size_t)d, &size)
                        ? RC_NEW_RAW(&out->panels, size)
                        : rc_fail(RC_MEMORY, "%lld points of %lld coordinates are too many", (long long)n,
                                  (long long)d));
#pragma omp parallel for schedule(static)
        for (int64_t first = 0; first < count; first += rows) {
            pack_panel(out, first, rows, out->panels + first * d);
        }
    }
done:
    if (status != RC_OK) rc_cloud_free(out);
    return status;
}

void rc_cloud_free(rc_cloud *cloud)
{
    rc_free(cloud->half_norm);
    rc_free(cloud->panels);
    *cloud = (rc_cloud){0};
}
