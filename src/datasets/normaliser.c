/* Standardisation fitted on train: per channel (population deviation) or per point (sample deviation, as the
 * Darcy task has it). */
#include <math.h>
#include <string.h>

#include "datasets/dataset.h"

static const double FLOOR = 1e-5;
/* What an entry that never varies is divided by. An input keeps its offset from the mean as it is. A target
 * is scaled down instead: decoded, every output gives the mean there (a boundary value, say) at no cost. */
static const float CONSTANT_X = 1.0f, CONSTANT_Y = 1e-5f;

typedef void (*reader)(const rc_part *p, const rc_dataset *d, int64_t i, float *v);

static int64_t entries(const rc_normaliser *z)
{
    return z->kind == RC_NORM_CHANNEL ? z->channels : z->channels * z->points;
}

/* Sums of v - origin and its square for each entry; origin is the first sample, which keeps the differences
 * small. */
static void add_sample(const rc_normaliser *z, const float *v, const float *origin, double *sum,
                       double *square)
{
    for (int64_t i = 0; i < z->channels * z->points; i++) {
        int64_t e = z->kind == RC_NORM_CHANNEL ? i / z->points : i;
        double x = (double)v[i] - origin[e];
        sum[e] += x;
        square[e] += x * x;
    }
}

static void finish(const rc_normaliser *z, double n, const float *origin, const double *sum,
                   const double *square, float constant)
{
    for (int64_t e = 0; e < entries(z); e++) {
        double mean = sum[e] / n, spread = square[e] - n * mean * mean;
        double divisor = z->kind == RC_NORM_POINT ? n - 1 : n;
        double deviation = spread > 0 && divisor > 0 ? sqrt(spread / divisor) : 0;
        z->mean[e] = (float)(origin[e] + mean);
        z->std[e] = deviation > 0 ? (float)(deviation + FLOOR) : constant;
    }
}

static rc_status fit(const rc_dataset *d, reader read, int64_t channels, int64_t points, rc_norm_kind kind,
                     float constant, rc_normaliser *out)
{
    *out = (rc_normaliser){.kind = kind, .channels = channels, .points = points};
    if (kind == RC_NORM_NONE) return RC_OK;
    int64_t size = channels * points, n = entries(out);
    double *sums = NULL;
    float *v = NULL, *origin;
    rc_status status = RC_NEW(&out->mean, n);
    if (status == RC_OK) status = RC_NEW(&out->std, n);
    if (status == RC_OK) status = RC_NEW(&sums, 2 * n);
    if (status == RC_OK) status = RC_NEW(&v, size + n);
    if (status == RC_OK) {
        origin = v + size;
        read(&d->train, d, 0, v);
        for (int64_t e = 0; e < n; e++)
            origin[e] = v[kind == RC_NORM_CHANNEL ? e * points : e];
        for (int64_t i = 0; i < d->train.n; i++) {
            read(&d->train, d, i, v);
            add_sample(out, v, origin, sums, sums + n);
        }
        double count = (double)d->train.n * (kind == RC_NORM_CHANNEL ? (double)points : 1.0);
        finish(out, count, origin, sums, sums + n, constant);
    } else {
        rc_normaliser_free(out);
    }
    rc_free(sums);
    rc_free(v);
    return status;
}

rc_status rc_normaliser_fit_x(const rc_dataset *d, rc_norm_kind kind, rc_normaliser *out)
{
    return fit(d, rc_part_x, d->x_shape[0], d->x_shape[1] * d->x_shape[2], kind, CONSTANT_X, out);
}

rc_status rc_normaliser_fit_y(const rc_dataset *d, rc_norm_kind kind, rc_normaliser *out)
{
    int64_t channels = d->y_shape.n == 3 ? d->y_shape.dim[0] : 1;
    return fit(d, rc_part_y, channels, d->y_size / channels, kind, CONSTANT_Y, out);
}

static int64_t entry_at(const rc_normaliser *z, int64_t i)
{
    return z->kind == RC_NORM_CHANNEL ? i / z->points : i;
}

void rc_normaliser_encode(const rc_normaliser *z, float *v)
{
    if (z->kind == RC_NORM_NONE) return;
    for (int64_t i = 0; i < z->channels * z->points; i++)
        v[i] = (v[i] - z->mean[entry_at(z, i)]) / z->std[entry_at(z, i)];
}

void rc_normaliser_decode(const rc_normaliser *z, float *v)
{
    if (z->kind == RC_NORM_NONE) return;
    for (int64_t i = 0; i < z->channels * z->points; i++)
        v[i] = v[i] * z->std[entry_at(z, i)] + z->mean[entry_at(z, i)];
}

void rc_normaliser_free(rc_normaliser *z)
{
    rc_free(z->mean);
    rc_free(z->std);
    *z = (rc_normaliser){0};
}
