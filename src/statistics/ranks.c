/* Summaries and ranks. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "statistics/statistics.h"

rc_summary rc_summarise(const double *value, int64_t n)
{
    rc_summary s = {0, NAN, NAN};
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!isfinite(value[i])) continue;
        sum += value[i];
        s.n++;
    }
    if (s.n == 0) return s;
    s.mean = sum / (double)s.n;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(value[i])) squares += (value[i] - s.mean) * (value[i] - s.mean);
    if (s.n > 1) s.sd = sqrt(squares / (double)(s.n - 1));
    return s;
}

typedef struct item {
    double value;
    int64_t at;
} item;

static int by_value(const void *a, const void *b)
{
    double x = ((const item *)a)->value, y = ((const item *)b)->value;
    return (x > y) - (x < y);
}

rc_status rc_rank(const double *value, int64_t n, double *rank, double *ties)
{
    item *sorted;
    double all = 0;
    RC_TRY(RC_NEW(&sorted, n));
    for (int64_t i = 0; i < n; i++)
        sorted[i] = (item){value[i], i};
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    for (int64_t first = 0, end; first < n; first = end) {
        for (end = first + 1; end < n && !(sorted[end].value > sorted[first].value);)
            end++;
        double t = (double)(end - first);
        all += t * t * t - t;
        for (int64_t i = first; i < end; i++)
            rank[sorted[i].at] = (double)(first + 1 + end) / 2;
    }
    rc_free(sorted);
    if (ties) *ties = all;
    return RC_OK;
}
