/* What "auto" tries:
 *
 *   1. plain predictors, which take seconds;
 *   2. of each source its frozen features under a closed-form head, in more than one layout; no epochs;
 *   3. fine-tuning: the best source's better layout by several recipes, that of the others by one, as far as
 *      successive halving takes each.
 *
 * The clock decides one number, the epochs that 3 spends in all; the rest follows from that and from scores.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "base/progress.h"
#include "fitting/auto_parts.h"
#include "parallel/parallel.h"
#include "training/halving.h"

/* A frozen candidate takes the time of one forward pass over all samples, of loading the source and of a
 * ridge regression; an epoch of fine-tuning, of about three passes. */
static const double EPOCH_COST = 2.0;

/* ---- one candidate ---- */

static void say(const rc__auto *a, const rc__candidate *k)
{
    char more[48] = "";
    if (k->tuned) snprintf(more, sizeof more, " by epoch %lld", (long long)k->epochs);
    if (k->held) rc_ascii_print(more, sizeof more, ", out of fold %.4g", k->fold);
    rc_progress_note("%s: validation %s %.4g%s, in %.1f s", k->name, a->metric, k->valid, more, k->seconds);
}

rc_status rc__auto_try(rc__auto *a, rc__candidate k)
{
    if (a->n == RC__CANDIDATES) return RC_OK;
    rc_status status = rc__candidate_fit(a, &k, 0);
    if (status == RC_OK) status = rc__candidate_listen(a, &k);
    if (status != RC_OK) {
        rc_free(k.said);
        return rc__auto_leave_out(a, k.name, status);
    }
    say(a, &k);
    a->candidate[a->n++] = k;
    return RC_OK;
}

/* ---- plain predictors ---- */

static const char *const plain[] = {"ridge",   "logistic", "svm",      "forest", "kernels",
                                    "ordinal", "poisson",  "quantile", "cox"};
enum { PLAIN = sizeof plain / sizeof *plain };

static double seconds_of(const rc__auto *a, const char *name)
{
    rc_plain_form form = rc_task_plain_form(a->task);
    return rc_plain_seconds(name, &form, a->data->train.n, a->data->valid.n);
}

static bool takes_too_long(const rc__auto *a, double seconds)
{
    return isfinite(seconds) && seconds > a->plain_seconds;
}

/* Samples or targets of another kind than these. */
static bool is_for_others(const rc__auto *a, const char *name)
{
    rc_plain_form form = rc_task_plain_form(a->task);
    return rc_plain_check(name, &form, 1) != RC_OK;
}

static rc_status try_plain(rc__auto *a)
{
    for (int i = 0; i < PLAIN; i++) {
        rc__candidate k = {.method = plain[i]};
        double seconds = seconds_of(a, plain[i]);
        if (is_for_others(a, plain[i])) continue;
        snprintf(k.name, sizeof k.name, "%s", plain[i]);
        if (takes_too_long(a, seconds))
            rc__auto_note(a, "%s is left out: it would take about %.0f s; choose the method %s to fit it",
                          plain[i], seconds, plain[i]);
        else
            RC_TRY(rc__auto_try(a, k));
    }
    return RC_OK;
}

/* The folds are further fits, each to four fifths of the samples. */
static double foresee_plain(const rc__auto *a)
{
    double sum = 0;
    for (int i = 0; i < PLAIN; i++) {
        double seconds = seconds_of(a, plain[i]);
        if (is_for_others(a, plain[i]) || !isfinite(seconds) || takes_too_long(a, seconds)) continue;
        bool folds = !a->valid_apart && seconds * RC_PLAIN_FOLDS <= a->plain_seconds;
        sum += folds ? seconds * (1 + 0.8 * RC_PLAIN_FOLDS) : seconds;
    }
    return sum;
}

/* ---- frozen features ---- */

static rc__candidate candidate_of(const rc__auto_source *s, const char *layout_name, const char *recipe_name,
                                  const char *method)
{
    rc__candidate k = {.method = method, .source = s, .layout = layout_name};
    snprintf(k.name, sizeof k.name, "%s%s-%s", s->label, layout_name, recipe_name);
    return k;
}

/* Which data a layout is worth a look for, where the settings leave it open. */
static bool long_sequence(const rc_dataset *d, const rc_config *c)
{
    return d->form != RC_FORM_IMAGES && d->x_shape[1] >= 32 && c->model.tokens == 0;
}

static bool table(const rc_dataset *d, const rc_config *c)
{
    return d->form == RC_FORM_TABLE && c->model.table == RC_TABLE_PIECES;
}

static bool series(const rc_dataset *d, const rc_config *c)
{
    return d->form == RC_FORM_SEQUENCES && c->model.window == 1;
}

static bool series_of_channels(const rc_dataset *d, const rc_config *c)
{
    return d->form == RC_FORM_SEQUENCES && d->x_shape[0] > 1 && c->model.channels == RC_CHANNELS_AUTO;
}

static bool large_image(const rc_dataset *d, const rc_config *c)
{
    return d->form == RC_FORM_IMAGES && (d->x_shape[1] >= 48 || d->x_shape[2] >= 48) &&
           c->model.image_size == 0;
}

static const struct layout {
    const char *name, *set;
    rc_input_kind before; /* models that take it */
    bool (*suits)(const rc_dataset *d, const rc_config *c);
} layout[] = {{"-coarse", "model.tokens=16", RC_INPUT_TOKENS, long_sequence},
              {"-columns", "model.table=columns", RC_INPUT_TOKENS, table},
              {"-windows", "model.window=2", RC_INPUT_TOKENS, series},
              {"-apart", "model.channels=apart", RC_INPUT_TOKENS, series_of_channels},
              {"-fine", "model.image_size=64", RC_INPUT_IMAGE, large_image}};

static rc_status try_layout(rc__auto *a, rc__auto_source *s, const char *name, const char *set)
{
    rc__candidate k = candidate_of(s, name, "frozen", "nft");
    int before = a->n;
    snprintf(k.set[0], sizeof k.set[0], "%s", set);
    RC_TRY(rc__auto_try(a, k));
    if (a->n > before && (s->best < 0 || rc__candidate_better(&a->candidate[before], &a->candidate[s->best])))
        s->best = before;
    return RC_OK;
}

/* Where so few samples make more than one cheap. */
static bool serves(const rc__auto *a, const struct layout *l, const rc__auto_source *s)
{
    enum { FEW_SAMPLES = 2000 };
    const rc_dataset *d = a->data;
    bool open = d->train.n <= FEW_SAMPLES && d->target != RC_TARGET_DENSE;
    return open && l->before == s->takes && l->suits(d, &a->c);
}

/* As the settings lay samples out; and in other ways. */
static rc_status try_frozen(rc__auto *a, rc__auto_source *s)
{
    RC_TRY(try_layout(a, s, "", ""));
    for (size_t i = 0; i < sizeof layout / sizeof *layout; i++)
        if (serves(a, &layout[i], s)) RC_TRY(try_layout(a, s, layout[i].name, layout[i].set));
    return RC_OK;
}

static double foresee_frozen(const rc__auto *a, const rc__auto_source *s)
{
    int layouts = 1;
    for (size_t i = 0; i < sizeof layout / sizeof *layout; i++)
        layouts += serves(a, &layout[i], s);
    return s->best < 0 ? 0 : layouts * a->candidate[s->best].once;
}

/* ---- fine-tuning ---- */

/* Ways to fine-tune beside the usual one, which all sources are tried by. */
static const struct recipe {
    const char *name, *method, *set;
    bool aligns;
} recipe[] = {{"slow", "nft", "fit.body_rate=0.1", false},
              {"norms", "nft", "fit.train=norms", false},
              {"lora", "nft", "fit.train=lora", false},
              {"recraft", "recraft", "", true}};
enum { RECIPES = sizeof recipe / sizeof *recipe, ARMS = RC__SOURCES + RECIPES };

typedef struct arm {
    rc__candidate k;
    bool failed;
} arm;

/* What is expected of each: seconds of an epoch, and of what comes before the first. */
typedef struct arms {
    int n;
    arm list[ARMS];
    double epoch[ARMS], before[ARMS];
} arms;

static arm arm_of(const rc__auto *a, const rc__auto_source *s, const char *name, const char *method,
                  const char *set)
{
    const rc__candidate *frozen = &a->candidate[s->best];
    arm out = {.k = candidate_of(s, frozen->layout, name, method)};
    int at = 0;
    out.k.tuned = true;
    if (frozen->set[0][0]) strcpy(out.k.set[at++], frozen->set[0]);
    snprintf(out.k.set[at], sizeof out.k.set[at], "%s", set);
    return out;
}

/* Stage 1 in epochs of stage 2. */
static double epochs_of_stage_1(const rc__auto *a)
{
    double n = (double)a->data->train.n;
    return (double)a->c.align.epochs * fmin((double)a->c.align.samples, n) / n;
}

/* In the order in which they are worth a first try. */
static void list_arms(const rc__auto *a, arms *out)
{
    *out = (arms){0};
    for (int i = 0; i < a->sources; i++) {
        const rc__auto_source *s = a->ranked[i];
        if (s->best < 0) continue;
        out->epoch[out->n] = EPOCH_COST * a->candidate[s->best].once;
        out->list[out->n++] = arm_of(a, s, "nft", "nft", "");
    }
    for (int i = 0; i < RECIPES && out->n > 0; i++) {
        out->epoch[out->n] = out->epoch[0];
        out->before[out->n] = recipe[i].aligns ? epochs_of_stage_1(a) * out->epoch[0] : 0;
        out->list[out->n++] = arm_of(a, a->ranked[0], recipe[i].name, recipe[i].method, recipe[i].set);
    }
}

/* Between rounds the better ones come first; what came first stays so among equals. */
static void sort_arms(arm *list, int n)
{
    for (int i = 1; i < n; i++)
        for (int k = i; k > 0 && rc__candidate_better(&list[k].k, &list[k - 1].k); k--) {
            arm swap = list[k];
            list[k] = list[k - 1];
            list[k - 1] = swap;
        }
}

static rc_status train_arm(rc__auto *a, arm *m, int64_t until)
{
    if (m->failed) return RC_OK;
    rc_status status = rc__candidate_fit(a, &m->k, until);
    if (status == RC_OK) {
        say(a, &m->k);
        return RC_OK;
    }
    m->failed = true;
    m->k.valid = m->k.loss = INFINITY;
    return rc__auto_leave_out(a, m->k.name, status);
}

static rc_status run_rounds(rc__auto *a, const rc_halving *p, arm *list)
{
    int left = p->candidates;
    for (int r = 0; r < p->rounds; r++) {
        bool last = r + 1 == p->rounds;
        for (; left > p->left[r]; left--)
            list[left - 1].k.dropped = true;
        for (int i = 0; i < left; i++) {
            list[i].k.horizon = p->epochs;
            RC_TRY(train_arm(a, &list[i], last ? 0 : p->until[r]));
        }
        sort_arms(list, left);
    }
    for (int i = 0; i < p->candidates && a->n < RC__CANDIDATES; i++)
        if (!list[i].failed) a->candidate[a->n++] = list[i].k;
    return RC_OK;
}

/* ---- the budget ---- */

static double search_seconds(const arms *m, const rc_halving *p)
{
    double sum = rc_halving_seconds(p, m->epoch);
    for (int i = 0; i < p->candidates; i++)
        sum += m->before[i];
    return sum;
}

/* Learning once more from all labels: the dearest of those that may be left, and all frozen ones. */
static double refit_seconds(const rc__auto *a, const arms *m, const rc_halving *p)
{
    double dearest = 0, sum = 0, n = (double)a->data->train.n;
    if (a->valid_apart) return 0;
    for (int i = 0; i < p->candidates; i++)
        dearest = fmax(dearest, m->before[i] + m->epoch[i] * (double)p->epochs);
    for (int i = 0; i < a->n; i++)
        sum += a->candidate[i].once;
    return (sum + dearest) * (n + (double)a->data->valid.n) / n;
}

/* The longest plan that the time allows; what it takes is said before it begins. */
static rc_status choose_plan(rc__auto *a, const arms *m, rc_halving *out)
{
    rc_halving best = rc_halving_within(m->n, a->c.fit.epochs, a->budget), p;
    double behind = rc_clock() - a->started;
    RC_TRY(rc_parallel_broadcast(&behind, sizeof behind)); /* all ranks plan by one clock */
    double left = a->c.fit.time_limit - behind;
    for (int i = 0; a->budget < 0 && rc_halving_plan(i, m->n, a->c.fit.epochs, &p); i++) {
        if (search_seconds(m, &p) + refit_seconds(a, m, &p) > left) break;
        best = p;
    }
    a->budget = best.total;
    double search = search_seconds(m, &best), again = refit_seconds(a, m, &best);
    a->expected = behind + search + again;
    rc_progress_note("fine-tuning: %d of %d candidates, %lld epochs in all (fit.budget), the best of them "
                     "%lld: at most about "
                     "%.0f s; then %.0f s to learn from all labels; %.0f s in all",
                     best.candidates, m->n, (long long)best.total, (long long)best.epochs, search, again,
                     a->expected);
    *out = best;
    return RC_OK;
}

static rc_status fine_tune(rc__auto *a)
{
    arms m;
    list_arms(a, &m);
    if (m.n == 0) return RC_OK;
    rc_halving plan;
    RC_TRY(choose_plan(a, &m, &plan));
    rc_json_set_integer(a->plan, "budget", a->budget);
    RC_TRY(rc__auto_write_plan(a));
    return run_rounds(a, &plan, m.list);
}

rc_status rc__auto_foresee(rc__auto *a, double *spent, double *all)
{
    arms m;
    rc_halving plan;
    *spent += foresee_plain(a);
    for (int i = 0; i < a->sources; i++)
        *spent += foresee_frozen(a, &a->source[i]);
    a->started = rc_clock() - *spent;
    a->budget = a->c.fit.budget;
    list_arms(a, &m);
    a->expected = *spent;
    if (m.n > 0) RC_TRY(choose_plan(a, &m, &plan));
    *all = a->expected;
    return RC_OK;
}

rc_status rc__auto_search(rc__auto *a)
{
    rc_progress_note(
        "learning from %lld samples, choosing by %lld: %.0f s at most (fit.time_limit), less where that "
        "is enough for %lld epochs (fit.epochs)",
        (long long)a->data->train.n, (long long)a->data->valid.n, a->c.fit.time_limit,
        (long long)a->c.fit.epochs);
    RC_TRY(rc__auto_recall_plan(a));
    RC_TRY(try_plain(a));
    for (int i = 0; i < a->sources; i++)
        RC_TRY(try_frozen(a, &a->source[i]));
    RC_TRY(rc__auto_rank_sources(a));
    return fine_tune(a);
}
