#include "optim/crossing.h"

#include <stdio.h>
#include <string.h>

#include "base/progress.h"
#include "parallel/parallel.h"

/* Seconds until all must have met: far more than many machines take. */
static const double MEET = 120;

typedef enum state { WAITS, DONE, FAILED } state;

/* What each rank tells of itself. */
typedef struct told {
    state state;
    bool has; /* a bridge */
    rc_bridge_end end;
    rc_bridge_meeting at;
    char why[RC_CROSSING_WORDS - 100];
} told;

typedef struct crossing {
    rc_device *device;
    told own, *all; /* [size] */
    char *words;
} crossing;

/* To all, and from all. status: of what this rank has tried. */
static rc_status tell(crossing *c, rc_status status, bool done)
{
    c->own.state = status != RC_OK ? FAILED : done ? DONE : WAITS;
    if (status != RC_OK) snprintf(c->own.why, sizeof c->own.why, "%s", rc_error_text());
    return rc_parallel_gather(&c->own, sizeof c->own, c->all);
}

/* How many have come so far; the words say of the first that has failed why. What is the same on all is no
 * matter of one rank. */
static int64_t count(const crossing *c, state wanted)
{
    int64_t n = 0, first = -1, size = rc_parallel_size();
    bool same = true;
    for (int64_t i = 0; i < size; i++) {
        n += c->all[i].state == wanted;
        if (first < 0 && c->all[i].state == FAILED) first = i;
        same = same && strcmp(c->all[i].why, c->all[0].why) == 0;
    }
    if (first >= 0 && same)
        snprintf(c->words, RC_CROSSING_WORDS, "%s", c->all[first].why);
    else if (first >= 0)
        snprintf(c->words, RC_CROSSING_WORDS, "rank %lld: %s", (long long)first, c->all[first].why);
    return n;
}

/* ---- what there is ---- */

static rc_status look(crossing *c)
{
    rc_device *d = c->device;
    c->own.has = d->bridge != NULL;
    if (!c->own.has) return rc_fail(RC_UNSUPPORTED, "%s has no way to other devices", d->name);
    return d->bridge->look(d, &c->own.end);
}

static bool has_any(const crossing *c)
{
    bool any = false;
    for (int64_t i = 0; i < rc_parallel_size(); i++)
        any = any || c->all[i].has;
    return any;
}

/* Can they meet, from what they tell? */
static bool do_suit(const crossing *c)
{
    int64_t size = rc_parallel_size();
    if (count(c, FAILED) > 0) return false;
    if (count(c, DONE) % size != 0) {
        snprintf(c->words, RC_CROSSING_WORDS, "not all ranks have come to the same card as before");
        return false;
    }
    for (int64_t i = 1; i < size; i++) {
        const rc_bridge_end *end = &c->all[i].end, *first = &c->all[0].end;
        if (strcmp(end->by, first->by) != 0) {
            snprintf(c->words, RC_CROSSING_WORDS, "rank %lld has %s, and rank 0 has %s", (long long)i,
                     end->by, first->by);
            return false;
        }
        for (int64_t k = 0; k < i; k++)
            if (memcmp(end->card, c->all[k].end.card, sizeof end->card) == 0) {
                snprintf(c->words, RC_CROSSING_WORDS, "ranks %lld and %lld share a card", (long long)k,
                         (long long)i);
                return false;
            }
    }
    return true;
}

/* ---- meeting ---- */

/* Only now that all suit: what waits at the place ends only when all have come there. */
static rc_status arrange(crossing *c)
{
    rc_device *d = c->device;
    return tell(c, rc_parallel_rank() == 0 ? d->bridge->invite(d, &c->own.at) : RC_OK, false);
}

static rc_status meet(crossing *c)
{
    rc_device *d = c->device;
    rc_bridge_meeting at = c->all[0].at;
    double started = rc_clock();
    int64_t tries = 0;
    do {
        bool done = false;
        rc_clock_pause(tries++);
        rc_status status = d->bridge->meet(d, &at, rc_parallel_rank(), rc_parallel_size(), &done);
        if (status == RC_OK && !done && rc_clock() - started > MEET)
            status = rc_fail(RC_DEVICE, "the cards did not meet in %.0f s", MEET);
        RC_TRY(tell(c, status, done));
    } while (count(c, FAILED) == 0 && count(c, DONE) < rc_parallel_size());
    return RC_OK;
}

/* ---- all of it ---- */

static rc_status agree(crossing *c, bool *crosses)
{
    int64_t size = rc_parallel_size();
    rc_status status = look(c);
    RC_TRY(tell(c, status, status == RC_OK && c->own.end.met));
    if (!has_any(c)) return RC_OK;
    *crosses = do_suit(c);
    bool met = count(c, DONE) == size;
    if (*crosses && !met) {
        RC_TRY(arrange(c));
        *crosses = count(c, FAILED) == 0;
    }
    if (*crosses && !met) {
        RC_TRY(meet(c));
        *crosses = count(c, DONE) == size;
        if (!*crosses) c->device->bridge->drop(c->device, c->words);
    }
    if (*crosses) snprintf(c->words, RC_CROSSING_WORDS, "%s", c->own.end.by);
    return RC_OK;
}

rc_status rc__crossing_agree(rc_device *d, bool *crosses, char words[RC_CROSSING_WORDS])
{
    crossing c = {.device = d, .words = words};
    *crosses = false;
    words[0] = '\0';
    RC_TRY(RC_NEW(&c.all, rc_parallel_size()));
    rc_status status = agree(&c, crosses);
    rc_free(c.all);
    return status;
}
