/* Parts in the order of time: the earliest samples to train, then valid, then test. No moment and no group
 * lies in two of them. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/sort.h"
#include "base/spill.h"
#include "importers/samples.h"

typedef struct moment {
    double at;
    int64_t sample;
} moment;

static int by_time(const void *a, const void *b)
{
    const moment *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return x->sample < y->sample ? -1 : x->sample > y->sample;
}

/* cut[k]: a part may begin at the k-th moment: it is later than the one before, and no group began before
 * that goes on. */
static rc_status find_cuts(const rc_samples *s, const moment *m, bool *cut)
{
    int64_t *last, groups = 1, open = 0; /* last place of each group; of those that have begun */
    for (int64_t i = 0; i < s->n && s->group; i++)
        groups = s->group[i] + 1 > groups ? s->group[i] + 1 : groups;
    RC_TRY(RC_NEW(&last, groups));
    for (int64_t k = 0; k < s->n && s->group; k++)
        last[s->group[m[k].sample]] = k;
    for (int64_t k = 1; k < s->n; k++) {
        int64_t before = s->group ? last[s->group[m[k - 1].sample]] : 0;
        open = before > open ? before : open;
        cut[k] = m[k].at != m[k - 1].at && open < k;
    }
    rc_free(last);
    return RC_OK;
}

/* The cut before `end` that is nearest to `wanted`; 0: there is none. */
static int64_t nearest_cut(const bool *cut, int64_t end, int64_t wanted)
{
    int64_t best = 0;
    for (int64_t k = 1; k < end; k++)
        if (cut[k] && (!best || llabs(k - wanted) < llabs(best - wanted))) best = k;
    return best;
}

static rc_status divide(const rc_samples *s, const bool *cut, int64_t end[RC__PART_COUNT])
{
    double rest = 1 - s->o->test_fraction;
    int64_t n = s->n;
    bool test = (double)n * rest + 0.5 < (double)n;
    end[RC__PART_TEST] = n;
    end[RC__PART_VALID] = test ? nearest_cut(cut, n, (int64_t)((double)n * rest + 0.5)) : n;
    int64_t wanted = (int64_t)((double)end[RC__PART_VALID] * (1 - RC__VALID_FRACTION) + 0.5);
    end[RC__PART_TRAIN] = nearest_cut(cut, end[RC__PART_VALID], wanted);
    RC_CHECK(end[RC__PART_TRAIN] > 0, RC_DATA,
             "%s: \1split time: too few different times in %s%s to split the rows", s->o->from, s->when_of,
             s->group ? " that no group spans" : "");
    return RC_OK;
}

/* "train to 2024-02-03, valid to 2024-02-09, test to 2024-02-20" */
static void tell(const rc_samples *s, const moment *m, const int64_t end[RC__PART_COUNT],
                 char how[RC__SHARED_HOW])
{
    int n = snprintf(how, RC__SHARED_HOW, "by time, %s", s->when_of);
    for (int p = 0; p < RC__PART_COUNT && n < RC__SHARED_HOW; p++) {
        char text[RC_NUMBER_TEXT];
        double at = m[end[p] - 1].at;
        if (p && end[p] == end[p - 1]) continue;
        n += snprintf(how + n, (size_t)(RC__SHARED_HOW - n), "%s %s to %s", p ? "," : ":", rc__part_names[p],
                      s->when_dates ? rc_csv_date_text(at, text) : rc_text_number(at, text));
    }
}

static rc_status share(const rc_samples *s, moment *m, bool *cut, int8_t *part, char how[RC__SHARED_HOW])
{
    int64_t end[RC__PART_COUNT];
    for (int64_t i = 0; i < s->n; i++) {
        m[i] = (moment){s->when[i], i};
        rc_spill_pass(i);
    }
    RC_TRY(rc_sort(s->n, sizeof *m, by_time, m));
    RC_TRY(find_cuts(s, m, cut));
    RC_TRY(divide(s, cut, end));
    for (int64_t k = 0; k < s->n; k++)
        part[m[k].sample] = k < end[RC__PART_TRAIN]   ? RC__PART_TRAIN
                            : k < end[RC__PART_VALID] ? RC__PART_VALID
                                                      : RC__PART_TEST;
    tell(s, m, end, how);
    return RC_OK;
}

rc_status rc__share_by_time(const rc_samples *s, int8_t *part, char how[RC__SHARED_HOW])
{
    moment *m;
    bool *cut = NULL;
    RC_TRY(RC_NEW(&m, s->n));
    rc_status status = RC_NEW(&cut, s->n);
    if (status == RC_OK) status = share(s, m, cut, part, how);
    rc_free(cut);
    rc_free(m);
    return status;
}
