/* Rank correlation. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "statistics/distributions.h"
#include "statistics/statistics.h"

/* atanh(value) +- z(confidence) error, mapped back. */
static void interval(rc_correlation *c, double confidence, double error)
{
    double z = rc_normal_quantile(0.5 + confidence / 2), centre = atanh(c->value);
    bool sharp = fabs(c->value) >= 1; /* the transformation is infinite: the interval shrinks to the value */
    c->low = sharp ? c->value : tanh(centre - z * error);
    c->high = sharp ? c->value : tanh(centre + z * error);
}

/* ---- Spearman ---- */

static double pearson(const double *x, const double *y, int64_t n)
{
    double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (int64_t i = 0; i < n; i++) {
        mx += x[i] / (double)n;
        my += y[i] / (double)n;
    }
    for (int64_t i = 0; i < n; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return xx > 0 && yy > 0 ? fmax(-1, fmin(1, xy / sqrt(xx * yy))) : NAN;
}

rc_status rc_spearman(const double *x, const double *y, int64_t n, double confidence, rc_correlation *out)
{
    double *rank;
    *out = (rc_correlation){n, NAN, NAN, NAN, NAN};
    RC_TRY(RC_NEW(&rank, 2 * n));
    rc_status status = rc_rank(x, n, rank, NULL);
    if (status == RC_OK) status = rc_rank(y, n, rank + n, NULL);
    if (status == RC_OK) out->value = pearson(rank, rank + n, n);
    rc_free(rank);
    if (status != RC_OK || isnan(out->value)) return status;
    double r = out->value;
    if (n > 2)
        out->p = 2 * rc_student_tail(fabs(r) * sqrt((double)(n - 2) / ((1 + r) * (1 - r))), (double)(n - 2));
    if (n > 3) interval(out, confidence, sqrt((1 + r * r / 2) / (double)(n - 3)));
    return RC_OK;
}

/* ---- Kendall ---- */

typedef struct tie_sums {
    double pairs, triples, weighted; /* t(t-1)/2, t(t-1)(t-2), t(t-1)(2t+5) over groups of t equal values */
} tie_sums;

static tie_sums count_ties(const double *v, int64_t n)
{
    tie_sums s = {0};
    for (int64_t i = 0; i < n; i++) {
        int64_t equal = 0, before = 0;
        for (int64_t j = 0; j < n; j++) {
            equal += v[j] == v[i];
            before += j < i && v[j] == v[i];
        }
        if (before) continue;
        double t = (double)equal;
        s.pairs += t * (t - 1) / 2;
        s.triples += t * (t - 1) * (t - 2);
        s.weighted += t * (t - 1) * (2 * t + 5);
    }
    return s;
}

enum { EXACT_UP_TO = 33 };

/* Two-sided: twice the share of orders of n things with at most `discordant` inversions (or as few of the
 * other kind). */
static rc_status exact_p(int64_t n, int64_t discordant, double *p)
{
    int64_t total = n * (n - 1) / 2,
            least = discordant < total - discordant ? discordant : total - discordant;
    double *share, sum = 0;
    RC_TRY(RC_NEW(&share, 2 * (total + 1)));
    double *next = share + total + 1;
    share[0] = 1;
    for (int64_t i = 2; i <= n; i++) { /* the i-th thing adds 0..i-1 inversions, equally likely */
        for (int64_t s = 0; s <= total; s++) {
            next[s] = 0;
            for (int64_t added = 0; added < i && added <= s; added++)
                next[s] += share[s - added] / (double)i;
        }
        memcpy(share, next, (size_t)(total + 1) * sizeof *share);
    }
    for (int64_t s = 0; s <= least; s++)
        sum += share[s];
    rc_free(share);
    *p = 2 * least == total ? 1 : fmin(1, 2 * sum);
    return RC_OK;
}

static double normal_p(int64_t count, double balance, const tie_sums *x, const tie_sums *y)
{
    double n = (double)count, m = n * (n - 1);
    double variance = (m * (2 * n + 5) - x->weighted - y->weighted) / 18 + 2 * x->pairs * y->pairs / m;
    if (count > 2) variance += x->triples * y->triples / (9 * m * (n - 2));
    return variance > 0 ? fmin(1, 2 * rc_normal_tail(fabs(balance) / sqrt(variance))) : 1;
}

rc_status rc_kendall(const double *x, const double *y, int64_t n, double confidence, rc_correlation *out)
{
    *out = (rc_correlation){n, NAN, NAN, NAN, NAN};
    tie_sums tx = count_ties(x, n), ty = count_ties(y, n);
    double all = (double)n * (double)(n - 1) / 2, balance = 0;
    int64_t discordant = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < i; j++) {
            int sx = (x[i] > x[j]) - (x[i] < x[j]), sy = (y[i] > y[j]) - (y[i] < y[j]);
            balance += sx * sy;
            discordant += sx * sy < 0;
        }
    if (!(all > tx.pairs) || !(all > ty.pairs)) return RC_OK;
    out->value = fmax(-1, fmin(1, balance / sqrt((all - tx.pairs) * (all - ty.pairs))));
    if (n > 4) interval(out, confidence, sqrt(0.437 / (double)(n - 4)));
    if (tx.pairs == 0 && ty.pairs == 0 && n <= EXACT_UP_TO) return exact_p(n, discordant, &out->p);
    out->p = normal_p(n, balance, &tx, &ty);
    return RC_OK;
}
