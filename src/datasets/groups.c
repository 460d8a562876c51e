/* Samples that belong together: windows of a record, chunks of a clip. */
#include <stdlib.h>
#include <string.h>

#include "datasets/store.h"

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static int64_t group_of(const rc_part *p, int64_t i)
{
    return ((const int64_t *)p->group->data)[p->index ? p->index[i] : i];
}

rc_status rc_part_groups(const rc_part *p, int64_t *rank, int64_t *count)
{
    int64_t *sorted, distinct = 0;
    *count = p->n;
    for (int64_t i = 0; i < p->n; i++)
        rank[i] = i;
    if (!p->group) return RC_OK;
    RC_TRY(RC_NEW(&sorted, p->n));
    for (int64_t i = 0; i < p->n; i++)
        sorted[i] = group_of(p, i);
    qsort(sorted, (size_t)p->n, sizeof *sorted, ascending);
    for (int64_t i = 0; i < p->n; i++)
        if (i == 0 || sorted[i] != sorted[distinct - 1]) sorted[distinct++] = sorted[i];
    for (int64_t i = 0; i < p->n; i++) {
        int64_t group = group_of(p, i);
        rank[i] =
            (const int64_t *)bsearch(&group, sorted, (size_t)distinct, sizeof *sorted, ascending) - sorted;
    }
    rc_free(sorted);
    *count = distinct;
    return RC_OK;
}

typedef struct choice {
    int64_t *rank, *moved; /* [n] */
    int64_t *size;         /* [n], of each group */
    bool *chosen;          /* [n], by group */
} choice;

/* Groups in the order in which their first samples come, until there are enough; one group is always left. */
static int64_t choose_groups(const rc_part *p, const int64_t *order, int64_t wanted, int64_t groups,
                             choice *c)
{
    int64_t total = 0, used = 0;
    for (int64_t i = 0; i < p->n; i++)
        c->size[c->rank[i]]++;
    for (int64_t i = 0; i < p->n && total < wanted && used < groups - 1; i++) {
        int64_t group = c->rank[order[i]];
        if (c->chosen[group]) continue;
        c->chosen[group] = true;
        total += c->size[group];
        used++;
    }
    return total;
}

rc_status rc__groups_first(const rc_part *p, int64_t *order, int64_t *n)
{
    choice c = {0};
    int64_t groups = 0, at = 0;
    rc_status status = RC_NEW(&c.rank, p->n);
    if (status == RC_OK) status = RC_NEW(&c.moved, p->n);
    if (status == RC_OK) status = RC_NEW(&c.size, p->n);
    if (status == RC_OK) status = RC_NEW(&c.chosen, p->n);
    if (status == RC_OK) status = rc_part_groups(p, c.rank, &groups);
    if (status == RC_OK && groups < 2)
        status =
            rc_fail(RC_DATA, "all training samples are of one group; none can be held out for validation");
    if (status == RC_OK) {
        *n = choose_groups(p, order, *n, groups, &c);
        for (int side = 1; side >= 0; side--)
            for (int64_t i = 0; i < p->n; i++)
                if (c.chosen[c.rank[order[i]]] == side) c.moved[at++] = order[i];
        memcpy(order, c.moved, (size_t)p->n * sizeof *order);
    }
    rc_free(c.rank);
    rc_free(c.moved);
    rc_free(c.size);
    rc_free(c.chosen);
    return status;
}
