/* A matrix of samples, dense or sparse, for what is linear in them. */
#include <string.h>

#include "base/memory.h"
#include "plain/plain_parts.h"
#include "transport/dense.h"

void rc__matrix_times(const rc__matrix *r, int64_t m, const double *weight, double *out)
{
    if (r->z) {
        rc_dense_product(r->n, m, r->d, r->z, false, weight, out);
        return;
    }
    memset(out, 0, (size_t)(r->n * m) * sizeof *out);
    for (int64_t i = 0; i < r->n; i++)
        for (int64_t e = r->first[i]; e < r->first[i + 1]; e++)
            for (int64_t k = 0; k < m; k++)
                out[i * m + k] += r->value[e] * weight[r->column[e] * m + k];
}

void rc__matrix_turned_times(const rc__matrix *r, int64_t m, const double *score, double *out)
{
    if (r->z) {
        rc_dense_product(r->d, m, r->n, r->z, true, score, out);
        return;
    }
    memset(out, 0, (size_t)(r->d * m) * sizeof *out);
    for (int64_t i = 0; i < r->n; i++)
        for (int64_t e = r->first[i]; e < r->first[i + 1]; e++)
            for (int64_t k = 0; k < m; k++)
                out[r->column[e] * m + k] += r->value[e] * score[i * m + k];
}

static rc_status make_room(const rc__matrix *r, rc__matrix *out)
{
    *out = (rc__matrix){.d = r->d};
    if (r->z) return RC_NEW_RAW(&out->z, r->n * r->d);
    RC_TRY(RC_NEW(&out->first, r->n + 1));
    RC_TRY(RC_NEW_RAW(&out->column, r->first[r->n]));
    return RC_NEW_RAW(&out->value, r->first[r->n]);
}

static void add_row(const rc__matrix *r, int64_t i, rc__matrix *out)
{
    int64_t at = out->n++;
    if (r->z) {
        memcpy(out->z + at * r->d, r->z + i * r->d, (size_t)r->d * sizeof *r->z);
        return;
    }
    int64_t from = r->first[i], n = r->first[i + 1] - from, to = out->first[at];
    memcpy(out->column + to, r->column + from, (size_t)n * sizeof *r->column);
    memcpy(out->value + to, r->value + from, (size_t)n * sizeof *r->value);
    out->first[at + 1] = to + n;
}

rc_status rc__matrix_of_fold(const rc__matrix *r, const int32_t *fold, int32_t k, bool is, rc__matrix *out)
{
    RC_TRY(make_room(r, out));
    for (int64_t i = 0; i < r->n; i++)
        if ((fold[i] == k) == is) add_row(r, i, out);
    return RC_OK;
}

void rc__matrix_free(rc__matrix *r)
{
    rc_free(r->z);
    rc_free(r->first);
    rc_free(r->column);
    rc_free(r->value);
    *r = (rc__matrix){0};
}
