/* Standardisation fitted on train: per channel (population deviation) or per point (sample deviation, as the
 * Darcy task has it). */
#include <math.h>
#include <string.h>

#include "datasets/dataset.h"

static const double FLOOR = 1e-5;
/* What an entry that never varies is divided by. An input keeps its offset from the mean as it is. A target
 * is scaled down instead: decoded, every output gives the mean there (a boundary value, say) at no cost. */
static const float CONSTANT_X = 1.0f, CONSTANT_Y = 1e-5f;

static int64_t entries(const rc_normaliser *z)
{
    return z->kind == RC_NORM_CHANNEL ? z->channels : z->channels * z->points;
}

/* Of each entry: how many numbers there are, the first of them, sums of v - origin and of its square; taking
 * the origin off keeps the differences small. */
typedef struct moments {
    double *count, *origin, *sum, *square;
} moments;

static void add_sample(const rc_normaliser *z, const float *v, moments *m)
{
    for (int64_t i = 0; i < z->channels * z->points; i++) {
        int64_t e = z->kind == RC_NORM_CHANNEL ? i / z->points : i;
        if (isnan(v[i])) continue;
        if (m->count[e]++ == 0) m->origin[e] = v[i];
        double x = (double)v[i] - m->origin[e];
        m->sum[e] += x;
        m->square[e] += x * x;
    }
}

static void finish(const rc_normaliser *z, const moments *m, float constant)
{
    for (int64_t e = 0; e < entries(z); e++) {
        double n = m->count[e], mean = n > 0 ? m->sum[e] / n : 0, spread = m->square[e] - n * mean * mean;
        double divisor = z->kind == RC_NORM_POINT ? n - 1 : n;
        double deviation = spread > 0 && divisor > 0 ? sqrt(spread / divisor) : 0;
        z->mean[e] = (float)(m->origin[e] + mean);
        z->std[e] = deviation > 0 ? (float)(deviation + FLOOR) : constant;
    }
}

/* v as it lies, or in each of its eight poses, so that what is fitted is the same for all of them. */
static void add_poses(const rc_normaliser *z, const rc_turns *turns, float *v, float *scratch, moments *m)
{
    int64_t side = (int64_t)lround(sqrt((double)z->points)), size = z->channels * z->points;
    for (int k = 0; k < (turns ? RC_POSES : 1); k++) {
        rc_pose pose = rc_pose_number(k);
        memcpy(scratch, v, (size_t)size * sizeof *v);
        if (turns) rc_pose_apply(&pose, turns->stays, z->channels, side, side, scratch, scratch + size);
        add_sample(z, scratch, m);
    }
}

static rc_status fit(const rc_dataset *d, int what, int64_t channels, int64_t points, rc_norm_kind kind,
                     const rc_turns *turns, float constant, rc_normaliser *out)
{
    *out = (rc_normaliser){.kind = kind, .channels = channels, .points = points};
    if (kind == RC_NORM_NONE) return RC_OK;
    int64_t size = channels * points, n = entries(out);
    double *sums = NULL;
    float *v = NULL;
    rc_status status = RC_NEW(&out->mean, n);
    if (status == RC_OK) status = RC_NEW(&out->std, n);
    if (status == RC_OK) status = RC_NEW(&sums, 4 * n);
    if (status == RC_OK) status = RC_NEW(&v, 3 * size);
    if (status == RC_OK) {
        moments m = {sums, sums + n, sums + 2 * n, sums + 3 * n};
        status = rc_part_expect(&d->train, NULL, d->train.n);
        for (int64_t i = 0; i < d->train.n && status == RC_OK; i++) {
            rc_part_read(&d->train, d, what, i, v);
            add_poses(out, turns, v, v + size, &m);
        }
        finish(out, &m, constant);
        if (status == RC_OK) status = rc_dataset_status(d);
    }
    if (status != RC_OK) rc_normaliser_free(out);
    rc_free(sums);
    rc_free(v);
    return status;
}

rc_status rc_normaliser_fit_x(const rc_dataset *d, rc_norm_kind kind, const rc_turns *turns,
                              rc_normaliser *out)
{
    return fit(d, RC_PART_X, d->x_shape[0], d->x_shape[1] * d->x_shape[2], kind, turns, CONSTANT_X, out);
}

rc_status rc_normaliser_fit_y(const rc_dataset *d, rc_norm_kind kind, const rc_turns *turns,
                              rc_normaliser *out)
{
    /* A field [K, H, W] of an image, values [K, L] along a sequence: K channels. */
    int64_t channels = d->y_shape.n == rc_form_dims(d->form) + 1 ? d->y_shape.dim[0] : 1;
    rc_turns all_move = {0};
    return fit(d, RC_PART_Y, channels, d->y_size / channels, kind, turns ? &all_move : NULL, CONSTANT_Y, out);
}

static int64_t entry_at(const rc_normaliser *z, int64_t i)
{
    return z->kind == RC_NORM_CHANNEL ? i / z->points : i;
}

void rc_normaliser_encode(const rc_normaliser *z, float *v)
{
    if (z->kind == RC_NORM_NONE) return;
    for (int64_t i = 0; i < z->channels * z->points; i++)
        v[i] = isnan(v[i]) ? 0 : (v[i] - z->mean[entry_at(z, i)]) / z->std[entry_at(z, i)];
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
