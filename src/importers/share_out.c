/* Which sample goes to which part. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "base/sort.h"
#include "base/spill.h"
#include "importers/samples.h"

/* Sets of samples that stay together; by default each sample is its own, and all three are NULL. */
typedef struct groups {
    int64_t count, max; /* max: of the numbers that they have, plus one */
    int64_t *number;    /* of each group, ascending */
    int64_t *size;      /* by number */
    int64_t *first;     /* likewise: its first sample, which says what class it is of */
} groups;

static void free_groups(groups *g)
{
    rc_free(g->number);
    rc_free(g->size);
    rc_free(g->first);
}

static rc_status find_groups(const rc_samples *s, groups *g)
{
    *g = (groups){.count = s->n, .max = s->n};
    if (!s->group) return RC_OK;
    for (int64_t i = 0; i < s->n; i++)
        g->max = s->group[i] + 1 > g->max ? s->group[i] + 1 : g->max;
    RC_TRY(RC_NEW(&g->size, g->max));
    RC_TRY(RC_NEW(&g->first, g->max));
    RC_TRY(RC_NEW(&g->number, s->n));
    for (int64_t i = 0; i < s->n; i++) {
        int64_t at = s->group[i];
        if (!g->size[at]++) g->first[at] = i;
    }
    g->count = 0;
    for (int64_t k = 0; k < g->max; k++)
        if (g->size[k]) g->number[g->count++] = k;
    return RC_OK;
}

/* Where a group stands: any beginning of the groups in order of their keys holds the classes in proportion,
 * as group k of the n_c of a class gets (k + 1/2) / n_c. */
typedef struct place {
    double key;
    int64_t number;
} place;

static int by_key(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static int64_t class_of(const groups *g, const rc_targets *t, int64_t number)
{
    return t->classes ? t->code[g->first ? g->first[number] : number] : 0;
}

static void give_keys(const groups *g, const rc_targets *t, const int64_t *order, int64_t *total, place *out)
{
    int64_t classes = t->classes ? t->classes : 1;
    for (int64_t i = 0; i < g->count; i++) {
        total[class_of(g, t, g->number ? g->number[i] : i)]++;
        rc_spill_pass(i);
    }
    for (int64_t i = 0; i < g->count; i++) {
        int64_t number = g->number ? g->number[order[i]] : order[i], of = class_of(g, t, number);
        out[i] = (place){((double)total[classes + of]++ + 0.5) / (double)total[of], number};
        rc_spill_pass(i);
    }
}

static rc_status order_groups(const groups *g, const rc_targets *t, uint64_t seed, place *out)
{
    int64_t *order, *total;
    rc_rng rng = rc_rng_make(seed, "import", 0);
    RC_TRY(RC_NEW(&order, g->count));
    rc_status status = RC_NEW(&total, 2 * (t->classes ? t->classes : 1));
    for (int64_t i = 0; i < g->count; i++)
        order[i] = i;
    rc_rng_shuffle(&rng, g->count, order);
    if (status == RC_OK) give_keys(g, t, order, total, out);
    rc_free(order);
    rc_free(total);
    return status == RC_OK ? rc_sort(g->count, sizeof *out, by_key, out) : status;
}

static rc_status part_groups(const rc_samples *s, const groups *g, const place *p, int8_t *part)
{
    int8_t *goes; /* by group */
    int64_t wanted = (int64_t)((double)s->n * s->o->test_fraction + 0.5), taken = 0;
    RC_TRY(RC_NEW(&goes, g->max));
    /* Training would hold validation out sample by sample, so pieces of one recording get a part here. */
    int64_t held = g->count < s->n ? (int64_t)((double)(s->n - wanted) * RC__VALID_FRACTION + 0.5) : 0;
    /* The last group stays in train whatever the fractions. */
    for (int64_t k = 0; k + 1 < g->count && taken < wanted + held; k++) {
        goes[p[k].number] = taken < wanted ? RC__PART_TEST : RC__PART_VALID;
        taken += g->size ? g->size[p[k].number] : 1;
        rc_spill_pass(k);
    }
    for (int64_t i = 0; i < s->n; i++) {
        part[i] = goes[s->group ? s->group[i] : i];
        rc_spill_pass(i);
    }
    rc_free(goes);
    return RC_OK;
}

/* Beyond so many samples. An order of all of them is gone to at random, and so has to be in memory. */
enum { MANY = 1 << 22 };

/* In one pass: each sample of a class is taken with the chance that makes every choice of as many as likely
 * (selection sampling; Knuth, The Art of Computer Programming, 3.4.2, algorithm S). */
static rc_status draw_parts(const rc_samples *s, const rc_targets *t, int8_t *part)
{
    int64_t classes = t->classes ? t->classes : 1, *left, *wanted, before = 0, given = 0;
    rc_rng rng = rc_rng_make(s->o->seed, "import", 0);
    RC_TRY(RC_NEW(&left, 2 * classes));
    wanted = left + classes;
    for (int64_t i = 0; i < s->n; i++) {
        left[t->classes ? t->code[i] : 0]++;
        rc_spill_pass(i);
    }
    /* The last sample of a class stays in train whatever the fraction; the next class gives one more. */
    for (int64_t c = 0; c < classes; given += wanted[c++]) {
        int64_t max = left[c] > 0 ? left[c] - 1 : 0;
        before += left[c];
        wanted[c] = (int64_t)((double)before * s->o->test_fraction + 0.5) - given;
        if (wanted[c] > max) wanted[c] = max;
    }
    for (int64_t i = 0; i < s->n; i++) {
        int64_t c = t->classes ? t->code[i] : 0;
        bool taken = (int64_t)rc_rng_below(&rng, (uint64_t)left[c]--) < wanted[c];
        wanted[c] -= taken;
        part[i] = taken ? RC__PART_TEST : RC__PART_TRAIN;
        rc_spill_pass(i);
    }
    rc_free(left);
    return RC_OK;
}

static rc_status make_parts(const rc_samples *s, const rc_targets *t, int8_t *part)
{
    if (!s->group && s->n > MANY) return draw_parts(s, t, part);
    groups g;
    place *p = NULL;
    rc_status status = find_groups(s, &g);
    if (status == RC_OK) status = RC_NEW(&p, g.count);
    if (status == RC_OK) status = order_groups(&g, t, s->o->seed, p);
    if (status == RC_OK) status = part_groups(s, &g, p, part);
    rc_free(p);
    free_groups(&g);
    return status;
}

/* ---- checks ---- */

static rc_status check_seen(const rc_samples *s, const rc_targets *t, const int8_t *part)
{
    bool *seen;
    if (!t->classes) return RC_OK;
    RC_TRY(RC_NEW(&seen, t->classes));
    int64_t used = 0;
    for (int64_t i = 0; i < s->n; i++) {
        rc_spill_pass(i);
        if (part[i] != RC__PART_TRAIN || seen[t->code[i]]) continue;
        seen[t->code[i]] = true;
        used++;
    }
    rc_status status = RC_OK;
    for (int64_t i = 0; i < s->n && status == RC_OK; i++) {
        char name[RC__SAMPLE_NAME];
        rc_spill_pass(i);
        if (seen[t->code[i]]) continue;
        s->name(s, i, name);
        status = rc_fail(RC_DATA, "%s: its label \"%.60s\" occurs in the %s part and never in train", name,
                         rc_texts_get(&s->e->names, t->code[i]), rc__part_names[part[i]]);
    }
    if (status == RC_OK && used < 2)
        status = rc_fail(RC_DATA, "%s: the training part has one class only; there is nothing to learn",
                         s->o->from);
    rc_free(seen);
    return status;
}

rc_status rc__share_out(const rc_samples *s, const rc_targets *t, int8_t *part, rc_json *report)
{
    char how[RC__SHARED_HOW], fraction[RC_NUMBER_TEXT];
    if (s->part) {
        memcpy(part, s->part, (size_t)s->n);
        snprintf(how, sizeof how, "as the data say");
    } else if (s->when) {
        RC_TRY(rc__share_by_time(s, part, how));
    } else {
        RC_TRY(make_parts(s, t, part));
        snprintf(how, sizeof how, "%s of all to test, seed %llu%s%s",
                 rc_text_number(s->o->test_fraction, fraction), (unsigned long long)s->o->seed,
                 t->classes ? ", every class in proportion" : "",
                 s->group ? ", pieces of one recording or group kept together, a fifth of the rest to valid"
                          : "");
    }
    int64_t count[RC__PART_COUNT] = {0};
    for (int64_t i = 0; i < s->n; i++)
        count[part[i]]++;
    RC_CHECK(count[RC__PART_TRAIN] > 0, RC_DATA, "%s: no sample is left for training", s->o->from);
    RC_TRY(check_seen(s, t, part));
    rc_json_set_string(report, "split", how);
    for (int p = 0; p < RC__PART_COUNT; p++) {
        char key[16];
        snprintf(key, sizeof key, "n_%s", rc__part_names[p]);
        if (count[p] || p == RC__PART_TRAIN) rc_json_set_integer(report, key, count[p]);
    }
    return RC_OK;
}
