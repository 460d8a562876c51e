#include "training/halving.h"

#include <stdlib.h>
#include <string.h>

/* What one candidate gets before another is worth looking at. */
enum { FEW_EPOCHS = 4 };

static int rounds_of(int candidates)
{
    int rounds = 1;
    for (int left = candidates; left > 1; left = (left + 1) / 2)
        rounds++;
    return rounds;
}

/* Rounds between which nobody would train are one. */
static void plan_rounds(int candidates, int64_t epochs, rc_halving *out)
{
    int rounds = rounds_of(candidates), left = candidates;
    int64_t behind = 0;
    *out = (rc_halving){.candidates = candidates, .epochs = epochs};
    for (int r = 0; r < rounds; r++, left = (left + 1) / 2) {
        int64_t until = epochs >> (rounds - 1 - r);
        if (until < 1) until = 1;
        if (until == behind) continue;
        out->left[out->rounds] = left;
        out->until[out->rounds++] = until;
        out->total += left * (until - behind);
        behind = until;
    }
}

bool rc_halving_plan(int number, int n, int64_t max, rc_halving *out)
{
    int64_t few = max < FEW_EPOCHS ? max : FEW_EPOCHS;
    *out = (rc_halving){0};
    if (n < 1 || max < 1) return false;
    int64_t beside = number - (few - 1); /* candidates beside the first */
    if (beside <= 0)
        plan_rounds(1, number + 1, out);
    else if (beside < n)
        plan_rounds((int)beside + 1, few, out);
    else if (few + beside - (n - 1) <= max)
        plan_rounds(n, few + beside - (n - 1), out);
    return out->epochs > 0;
}

rc_halving rc_halving_within(int n, int64_t max, int64_t budget)
{
    rc_halving best = {0}, p;
    for (int i = 0; rc_halving_plan(i, n, max, &p) && p.total <= budget; i++)
        best = p;
    return best;
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

double rc_halving_seconds(const rc_halving *p, const double *seconds)
{
    double sorted[RC_HALVING_CANDIDATES], sum = 0;
    memcpy(sorted, seconds, (size_t)p->candidates * sizeof *sorted);
    qsort(sorted, (size_t)p->candidates, sizeof *sorted, descending);
    for (int r = 0; r < p->rounds; r++)
        for (int i = 0; i < p->left[r]; i++)
            sum += (double)(p->until[r] - (r ? p->until[r - 1] : 0)) * sorted[i];
    return sum;
}
