/* Standardisation fitted on train: per channel (population deviation) or per point (sample deviation, as the
 * Darcy task has it). */
#include <math.h>
#include <string.h>

#include "datasets/dataset.h"
#include "formats/pieces.h"
#include "parallel/parallel.h"

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

/* b behind a: its deviations as from a's origin. */
static void join(int64_t n, const moments *b, moments *a)
{
    for (int64_t e = 0; e < n; e++) {
        if (a->count[e] == 0) a->origin[e] = b->origin[e];
        double apart = b->origin[e] - a->origin[e];
        a->count[e] += b->count[e];
        a->sum[e] += b->sum[e] + b->count[e] * apart;
        a->square[e] += b->square[e] + apart * (2 * b->sum[e] + b->count[e] * apart);
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

/* ---- data by pieces: sums of shares ----
 * Shares of the samples, by blocks of rows, are summed each for itself, and then one after the other. So it
 * does not matter which rank has read which of them. */
enum { SHARES = 64 };

typedef struct reading {
    const rc_dataset *d;
    const rc_array *from;
    int what;
    const rc_turns *turns;
    float *v; /* room for three samples */
} reading;

/* The first sample of a row from this one on. */
static int64_t sample_from(const rc_part *p, int64_t row)
{
    int64_t low = 0, high = p->n;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if ((p->index ? p->index[middle] : middle) < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Where share k of so many begins. */
static int64_t share_at(const reading *r, int64_t k, int64_t shares)
{
    if (shares == 1) return k * r->d->train.n;
    int64_t block = rc_pieces_block(r->from->pieces), rows = r->from->shape.dim[0];
    return sample_from(&r->d->train, (rows + block - 1) / block * k / shares * block);
}

static rc_status add_share(const rc_normaliser *z, const reading *r, int64_t k, int64_t shares, moments *m)
{
    const rc_part *p = &r->d->train;
    int64_t first = share_at(r, k, shares), end = share_at(r, k + 1, shares);
    if (r->from->pieces) RC_TRY(rc_pieces_expect(r->from->pieces, NULL, first, end - first, p->index));
    for (int64_t i = first; i < end; i++) {
        rc_part_read(p, r->d, r->what, i, r->v);
        add_poses(z, r->turns, r->v, r->v + z->channels * z->points, m);
    }
    return rc_dataset_status(r->d);
}

static moments moments_at(double *sums, int64_t n)
{
    return (moments){sums, sums + n, sums + 2 * n, sums + 3 * n};
}

/* sums [2 + ranks][4 n]: of all, of this round's shares, and where ranks read these, this rank's. */
static rc_status add_shares(const rc_normaliser *z, const reading *r, int64_t ranks, double *sums)
{
    int64_t n = entries(z), shares = r->from->pieces ? SHARES : 1;
    double *round = sums + 4 * n, *own = ranks > 1 ? round + ranks * 4 * n : round;
    moments total = moments_at(sums, n), mine = moments_at(own, n);
    for (int64_t k = 0; k < shares; k += ranks) {
        int64_t share = ranks > 1 ? k + rc_parallel_rank() : k;
        memset(own, 0, (size_t)(4 * n) * sizeof *own);
        if (share < shares) RC_TRY(add_share(z, r, share, shares, &mine));
        if (ranks > 1) RC_TRY(rc_parallel_gather(own, (size_t)(4 * n) * sizeof *own, round));
        for (int64_t i = 0; i < ranks; i++) {
            moments one = moments_at(round + i * 4 * n, n);
            join(n, &one, &total);
        }
    }
    return RC_OK;
}

static rc_status fit(const rc_dataset *d, int what, int64_t channels, int64_t points, rc_norm_kind kind,
                     const rc_turns *turns, float constant, rc_normaliser *out)
{
    *out = (rc_normaliser){.kind = kind, .channels = channels, .points = points};
    if (kind == RC_NORM_NONE) return RC_OK;
    int64_t n = entries(out);
    reading r = {.d = d, .from = what == RC_PART_Y ? d->train.y : d->train.x, .what = what, .turns = turns};
    int64_t ranks = rc_pieces_are_common(r.from->pieces) ? rc_parallel_size() : 1;
    double *sums = NULL;
    rc_status status = RC_NEW(&out->mean, n);
    if (status == RC_OK) status = RC_NEW(&out->std, n);
    if (status == RC_OK) status = RC_NEW(&sums, (2 + ranks) * 4 * n);
    if (status == RC_OK) status = RC_NEW(&r.v, 3 * channels * points);
    if (status == RC_OK) status = add_shares(out, &r, ranks, sums);
    if (status == RC_OK) {
        moments total = moments_at(sums, n);
        finish(out, &total, constant);
    }
    if (status != RC_OK) rc_normaliser_free(out);
    rc_free(sums);
    rc_free(r.v);
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
