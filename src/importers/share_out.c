/* Which sample goes to which part. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/rng.h"
#include "importers/samples.h"

/* A set of samples that stay together; by default each is its own. The key orders groups so that any prefix
 * holds the classes in proportion: group k of the n_c of a class gets (k + 1/2) / n_c. */
typedef struct group {
    int64_t id, class_number, size;
    double key;
} group;

static int by_id(const void *a, const void *b)
{
    const group *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static int by_key(const void *a, const void *b)
{
    const group *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return by_id(a, b);
}

/* Joins samples of one group; returns the number of groups. */
static int64_t join(group *g, int64_t n)
{
    int64_t count = 0;
    qsort(g, (size_t)n, sizeof *g, by_id);
    for (int64_t i = 0; i < n; i++)
        if (count && g[count - 1].id == g[i].id)
            g[count - 1].size++;
        else
            g[count++] = g[i];
    return count;
}

static rc_status order_groups(group *g, int64_t count, int64_t classes, uint64_t seed)
{
    int64_t *order, *total;
    rc_rng rng = rc_rng_make(seed, "import", 0);
    RC_TRY(RC_NEW(&order, count));
    rc_status status = RC_NEW(&total, 2 * classes);
    if (status == RC_OK) {
        for (int64_t i = 0; i < count; i++) {
            order[i] = i;
            total[g[i].class_number]++;
        }
        rc_rng_shuffle(&rng, count, order);
        for (int64_t i = 0; i < count; i++) {
            group *at = &g[order[i]];
            at->key = ((double)total[classes + at->class_number]++ + 0.5) / (double)total[at->class_number];
        }
        qsort(g, (size_t)count, sizeof *g, by_key);
    }
    rc_free(order);
    rc_free(total);
    return status;
}

static rc_status make_parts(const rc_samples *s, const rc_targets *t, int8_t *part)
{
    group *g;
    int8_t *goes = NULL; /* by group */
    int64_t wanted = (int64_t)((double)s->n * s->o->test_fraction + 0.5), taken = 0;
    memset(part, RC__PART_TRAIN, (size_t)s->n);
    RC_TRY(RC_NEW(&g, s->n));
    for (int64_t i = 0; i < s->n; i++)
        g[i] =
            (group){.id = s->group ? s->group[i] : i, .class_number = t->classes ? t->code[i] : 0, .size = 1};
    int64_t count = join(g, s->n), max = s->n;
    for (int64_t i = 0; i < s->n && s->group; i++)
        max = s->group[i] + 1 > max ? s->group[i] + 1 : max;
    rc_status status = order_groups(g, count, t->classes ? t->classes : 1, s->o->seed);
    if (status == RC_OK) status = RC_NEW(&goes, max);
    /* Training would hold validation out sample by sample, so pieces of one recording get a part here. */
    int64_t held = count < s->n ? (int64_t)((double)(s->n - wanted) * RC__VALID_FRACTION + 0.5) : 0;
    /* The last group stays in train whatever the fractions. */
    for (int64_t k = 0; status == RC_OK && k + 1 < count && taken < wanted + held; k++) {
        goes[g[k].id] = taken < wanted ? RC__PART_TEST : RC__PART_VALID;
        taken += g[k].size;
    }
    for (int64_t i = 0; i < s->n && status == RC_OK; i++)
        part[i] = goes[s->group ? s->group[i] : i];
    rc_free(goes);
    rc_free(g);
    return status;
}

/* ---- checks ---- */

static rc_status check_seen(const rc_samples *s, const rc_targets *t, const int8_t *part)
{
    bool *seen;
    if (!t->classes) return RC_OK;
    RC_TRY(RC_NEW(&seen, t->classes));
    int64_t used = 0;
    for (int64_t i = 0; i < s->n; i++)
        if (part[i] == RC__PART_TRAIN && !seen[t->code[i]]) {
            seen[t->code[i]] = true;
            used++;
        }
    rc_status status = RC_OK;
    for (int64_t i = 0; i < s->n && status == RC_OK; i++) {
        char name[RC__SAMPLE_NAME];
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
    RC_TRY(rc_json_set_string(report, "split", how));
    for (int p = 0; p < RC__PART_COUNT; p++) {
        char key[16];
        snprintf(key, sizeof key, "n_%s", rc__part_names[p]);
        if (count[p] || p == RC__PART_TRAIN) RC_TRY(rc_json_set_integer(report, key, count[p]));
    }
    return RC_OK;
}
