#include "transport/radial.h"

#include <math.h>

#include "base/memory.h"
#include "transport/pair_kernels.h"
#include "transport/row_shares.h"

/* Rows that share a block of columns while it is in the nearest cache. */
enum { ROWS = 16 };

/* Nanoseconds that n x m pairs take, about. */
static double work_of(int64_t n, int64_t m, int64_t d)
{
    return (double)n * (double)m * (1.0 + 0.25 * (double)d);
}

static rc_status too_far(void)
{
    return rc_fail(RC_NUMERIC,
                   "a distance between two samples is not a finite number; scale the samples down");
}

/* Each row has sums of its own, added in order at the end: no result depends on the number of threads, or of
 * ranks. */
static rc_status add_rows(const rc_sample_set *s, const rc_radial_sums *row, rc_radial_sums *out)
{
    *out = (rc_radial_sums){0};
    for (int64_t i = 0; i < s->n; i++) {
        out->value += rc_sample_weight(s, i) * row[i].value;
        out->slope += rc_sample_weight(s, i) * row[i].slope;
    }
    return isfinite(out->value) && isfinite(out->slope) ? RC_OK : too_far();
}

/* Samples first .. first + count of s are those that r2 leads to. */
static void add_block(const rc_radial *f, const rc_sample_set *s, int64_t first, int64_t count,
                      const double *r2, double *pull, rc_radial_sums *sum)
{
    double value[RC_RADIAL_BLOCK], slope[RC_RADIAL_BLOCK];
    f->at(f, count, r2, value, pull, slope);
    for (int64_t j = 0; s->weight && j < count; j++) {
        value[j] *= s->weight[first + j];
        pull[j] *= s->weight[first + j];
        slope[j] *= s->weight[first + j];
    }
    for (int64_t j = 0; j < count; j++) {
        sum->value += value[j];
        sum->slope += slope[j];
    }
}

rc_status rc__radial_pairs(const rc_radial *f, const rc_sample_set *a, const rc_sample_set *b, double factor,
                           double *grad, rc_radial_sums *out)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
    int64_t n = a->n, m = b->n, d = a->d;
    rc_radial_sums *row;
    RC_TRY(RC_NEW(&row, n));
    rc_row_shares own = rc__row_shares(n, ROWS, work_of(n, m, d), a->everywhere && b->everywhere);
#pragma omp parallel for schedule(static)
    for (int64_t first = own.first; first < own.end; first += ROWS) {
        for (int64_t column = 0; column < m; column += RC_RADIAL_BLOCK) {
            int64_t count = rc__min(m - column, RC_RADIAL_BLOCK);
            for (int64_t i = first; i < rc__min(own.end, first + ROWS); i++) {
                double r2[RC_RADIAL_BLOCK], pull[RC_RADIAL_BLOCK];
                for (int64_t j = 0; j < count; j++)
                    r2[j] = kernels->square(d, a->x + i * d, b->x + (column + j) * d);
                add_block(f, b, column, count, r2, pull, &row[i]);
                for (int64_t j = 0; grad && j < count; j++)
                    kernels->pull(d, factor * rc_sample_weight(a, i) * pull[j], a->x + i * d,
                                  b->x + (column + j) * d, grad + i * d);
            }
        }
    }
    rc_status status = rc__row_shares_complete(&own, sizeof *row, row);
    if (status == RC_OK && grad) status = rc__row_shares_complete(&own, (size_t)d * sizeof *grad, grad);
    if (status == RC_OK) status = add_rows(a, row, out);
    rc_free(row);
    return status;
}

/* ---- within one set ---- */

/* Rows of a triangle, long ones beside short ones: neighbours together have as much as any others. */
static int64_t folded(int64_t n, int64_t k)
{
    return k % 2 ? n - 1 - k / 2 : k / 2;
}

static rc_row_shares shares_within(const rc_sample_set *s)
{
    return rc__row_shares(s->n, 2, 0.5 * work_of(s->n, s->n, s->d), s->everywhere);
}

rc_status rc__radial_set_create(const rc_sample_set *s, rc_radial_set *out)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
    int64_t n = s->n, d = s->d;
    *out = (rc_radial_set){.points = *s};
    if (n > RC_RADIAL_STORED / (int64_t)sizeof(float) / n * 2) return RC_OK;
    RC_TRY(RC_NEW_RAW(&out->r2, n * (n - 1) / 2));
    bool *far, any = false;
    RC_TRY(RC_NEW(&far, n));
    rc_row_shares own = shares_within(s);
#pragma omp parallel for schedule(dynamic, ROWS)
    for (int64_t k = own.first; k < own.end; k++) {
        int64_t i = folded(n, k);
        for (int64_t j = 0; j < i; j++) {
            float r2 = (float)kernels->square(d, s->x + i * d, s->x + j * d);
            far[k] |= !isfinite(r2);
            out->r2[i * (i - 1) / 2 + j] = r2;
        }
    }
    rc_status status = rc__row_shares_complete(&own, sizeof *far, far);
    for (int64_t k = 0; k < n; k++)
        any |= far[k];
    rc_free(far);
    return status == RC_OK && any ? too_far() : status;
}

void rc__radial_set_free(rc_radial_set *s)
{
    rc_free(s->r2);
    *s = (rc_radial_set){0};
}

static void sum_row(const rc_radial *f, const rc_radial_set *s, int64_t i, rc_radial_sums *sum)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
    const rc_sample_set *p = &s->points;
    double r2[RC_RADIAL_BLOCK] = {0}, pull[RC_RADIAL_BLOCK];
    rc_radial_sums below = {0};
    for (int64_t first = 0; first < i; first += RC_RADIAL_BLOCK) {
        int64_t count = rc__min(i - first, RC_RADIAL_BLOCK);
        for (int64_t j = 0; j < count; j++) {
            r2[j] = s->r2 ? (double)s->r2[i * (i - 1) / 2 + first + j]
                          : kernels->square(p->d, p->x + i * p->d, p->x + (first + j) * p->d);
        }
        add_block(f, p, first, count, r2, pull, &below);
    }
    r2[0] = 0.0;
    add_block(f, p, i, 1, r2, pull, sum);
    sum->value += 2.0 * below.value;
    sum->slope += 2.0 * below.slope;
}

rc_status rc__radial_within(const rc_radial *f, const rc_radial_set *s, rc_radial_sums *out)
{
    int64_t n = s->points.n;
    rc_radial_sums *row, *by_share;
    RC_TRY(RC_NEW(&row, 2 * n));
    by_share = row + n;
    rc_row_shares own = shares_within(&s->points);
#pragma omp parallel for schedule(dynamic, ROWS)
    for (int64_t k = own.first; k < own.end; k++)
        sum_row(f, s, folded(n, k), &by_share[k]);
    rc_status status = rc__row_shares_complete(&own, sizeof *by_share, by_share);
    for (int64_t k = 0; k < n; k++)
        row[folded(n, k)] = by_share[k];
    if (status == RC_OK) status = add_rows(&s->points, row, out);
    rc_free(row);
    return status;
}
