#include "experiments/experiment.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "experiments/experiment_parts.h"
#include "experiments/run_folder.h"
#include "source/bundle.h"

enum { PATH = RC__PATH };

static bool is_one_of_several(const rc_experiment_options *o)
{
    return o->worker || o->shares;
}

static bool starts_nothing(const rc_experiment_options *o)
{
    return o->tables || o->list;
}

/* ---- the phases ---- */

static rc_status tune(rc__experiment *x)
{
    char folder[PATH];
    x->n_children = 0;
    for (int64_t cell = 0; cell < rc__cells(x); cell++)
        for (int64_t k = 0; k < x->p->n_candidates && rc__has_run(x, cell, 0); k++) {
            RC_TRY(rc__tune_folder(x, cell, k, folder));
            RC_TRY(rc__want_run(x, cell, k, 0, folder));
        }
    return rc__run_wanted(x);
}

/* Seeds outermost: an experiment that is cut short has whole seeds. A tuned method without a usable candidate
 * has no more runs; its failure is told at seed 0. */
static rc_status run_seeds(rc__experiment *x)
{
    char folder[PATH];
    x->n_children = 0;
    for (int64_t seed = x->p->n_candidates ? 1 : 0; seed < x->p->seeds; seed++)
        for (int64_t cell = 0; cell < rc__cells(x); cell++) {
            int64_t k = x->table->choice[cell];
            if (!rc__has_run(x, cell, seed)) continue;
            if (x->p->n_candidates && k < 0) {
                x->done++;
                continue;
            }
            RC_TRY(rc__seed_folder(x, cell, seed, folder));
            RC_TRY(rc__want_run(x, cell, k, seed, folder));
        }
    return rc__run_wanted(x);
}

/* ---- before: checks, the lock ---- */

/* Every run that is there must be one of this plan. */
static rc_status check_run(const rc__experiment *x, int64_t cell, int64_t k, int64_t seed, const char *folder)
{
    const rc_plan *p = x->p;
    int64_t d = cell / p->n_methods, m = cell % p->n_methods;
    rc_config c;
    RC_TRY(rc_plan_config(p, d, m, k, seed, &c));
    return rc__run_check(folder, &c, p->data[d].source, p->method[m].method);
}

static rc_status check_runs(const rc__experiment *x)
{
    char folder[PATH];
    for (int64_t cell = 0; cell < rc__cells(x); cell++) {
        for (int64_t k = 0; k < x->p->n_candidates; k++) {
            RC_TRY(rc__tune_folder(x, cell, k, folder));
            RC_TRY(check_run(x, cell, k, 0, folder));
        }
        int64_t k = x->table->choice[cell];
        for (int64_t seed = 0; seed < x->p->seeds; seed++) {
            if (x->p->n_candidates && k < 0) break;
            RC_TRY(rc__seed_folder(x, cell, seed, folder));
            RC_TRY(check_run(x, cell, k, seed, folder));
        }
    }
    return RC_OK;
}

static rc_status check_sources(const rc_plan *p)
{
    for (int64_t i = 0; i < p->n_data; i++) {
        bool seen = !p->data[i].source;
        for (int64_t j = 0; j < i; j++)
            seen = seen || (p->data[j].source && strcmp(p->data[i].source, p->data[j].source) == 0);
        rc_bundle *b = NULL;
        if (seen) continue;
        RC_TRY(rc_bundle_open(p->data[i].source, &b));
        rc_bundle_close(&b);
    }
    return RC_OK;
}

/* Who says nothing of others expects to be alone. Its runs are claimed one by one all the same. */
static rc_status take_lock(rc__experiment *x)
{
    const rc_experiment_options *o = x->o;
    if (o->list) return RC_OK;
    RC_TRY(rc_make_directory(x->p->out));
    if (o->tables || is_one_of_several(o)) return RC_OK;
    return rc_lock_take(x->p->out, "compare.lock", &x->lock);
}

static rc_status take_program(rc__experiment *x)
{
    const char *program = x->o->program;
    if (starts_nothing(x->o)) return RC_OK;
    RC_CHECK(program, RC_CONFIG,
             "field program of rc_compare_options is missing: runs are processes of recraft");
    RC_CHECK(strlen(program) < sizeof x->program, RC_CONFIG, "the program's path is too long");
    strcpy(x->program, program);
    return RC_OK;
}

/* ---- the whole ---- */

static void count_runs(rc__experiment *x)
{
    for (int64_t cell = 0; cell < rc__cells(x); cell++)
        for (int64_t seed = 0; seed < x->p->seeds; seed++)
            if (rc__has_run(x, cell, seed)) x->total += seed || !x->p->n_candidates ? 1 : x->p->n_candidates;
}

static rc_status prepare(rc__experiment *x)
{
    int64_t k = x->p->n_candidates, max = rc__cells(x) * (k > x->p->seeds ? k : x->p->seeds);
    max = max > x->p->n_data ? max : x->p->n_data;
    count_runs(x);
    RC_TRY(take_program(x));
    if (!starts_nothing(x->o)) RC_TRY(check_sources(x->p));
    RC_TRY(take_lock(x));
    RC_TRY(rc_arena_create(&x->arena));
    RC_TRY(RC_NEW(&x->child, max));
    RC_TRY(RC_NEW(&x->errand, max));
    RC_TRY(rc__make_table(x));
    RC_TRY(rc__choose_candidates(x));
    return check_runs(x);
}

static rc_status run_phases(rc__experiment *x)
{
    if (starts_nothing(x->o)) return RC_OK;
    RC_TRY(rc__make_data(x));
    if (x->p->bounds) RC_TRY(rc__measure_bounds(x));
    if (x->p->n_candidates) RC_TRY(tune(x));
    RC_TRY(rc__choose_candidates(x));
    RC_TRY(check_runs(x));
    return run_seeds(x);
}

/* Where every run has failed it is the plan that is wrong, not a method. */
static rc_status check_outcome(const rc__experiment *x)
{
    const rc_comparison *t = x->table;
    int64_t all = 0;
    const char *first = NULL;
    for (int64_t i = 0; i < rc__cells(x) * x->p->seeds; i++) {
        if (!rc__has_run(x, i / x->p->seeds, i % x->p->seeds)) continue;
        if (t->run[i].state != RC_COMPARED_FAILED) return RC_OK;
        if (!first) first = t->run[i].line;
        all++;
    }
    return all ? rc_fail(RC_CONFIG, "all %lld runs failed; the first: %s (\1retry tries them again)",
                         (long long)all, first ? first : "for a reason unknown")
               : RC_OK;
}

/* Of several that end at about the same time, the one that knows least must not write last: only what is
 * complete is written. */
static bool is_to_be_written(const rc__experiment *x)
{
    bool complete = true;
    for (int64_t i = 0; i < rc__cells(x) * x->p->seeds; i++)
        complete = complete && x->table->run[i].state != RC_COMPARED_NOT_YET;
    return !x->o->list && (complete || !is_one_of_several(x->o));
}

static rc_status run(rc__experiment *x, rc_json **list)
{
    RC_TRY(prepare(x));
    rc_status status = run_phases(x);
    if (status != RC_OK && status != RC_INTERRUPTED) return status;
    RC_TRY(rc__collect(x));
    if (is_to_be_written(x)) RC_TRY(rc_comparison_write(x->table, x->p->out));
    RC_CHECK(status == RC_OK, RC_INTERRUPTED,
             "interrupted; what is done is kept in %s; the same command continues", x->p->out);
    if (!x->o->list) RC_TRY(check_outcome(x));
    return x->o->list || is_one_of_several(x->o) ? rc__list_runs(x, list) : RC_OK;
}

static rc_status check_options(const rc_experiment_options *o)
{
    RC_CHECK(o->worker + (o->shares > 0) + o->tables <= 1 && !(o->list && (o->worker || o->tables)),
             RC_CONFIG,
             "\1worker, \1share and \1tables cannot be used together, and \1list only with \1share");
    RC_CHECK(!o->shares || (o->share >= 1 && o->share <= o->shares), RC_CONFIG,
             "\1share %lld/%lld: the first number is from 1 to the second", (long long)o->share,
             (long long)o->shares);
    return RC_OK;
}

rc_status rc_experiment_run(const rc_experiment_options *o, rc_comparison **out, rc_json **list)
{
    rc__experiment x = {.o = o};
    *out = NULL;
    *list = NULL;
    RC_TRY(check_options(o));
    RC_TRY(rc_plan_create(&o->plan, &x.p));
    rc_status status = run(&x, list);
    if (status == RC_OK && !*list)
        *out = x.table;
    else
        rc_comparison_destroy(&x.table);
    rc_lock_release(&x.lock);
    rc_arena_destroy(&x.arena);
    rc_free(x.child);
    rc_free(x.errand);
    rc_plan_destroy(&x.p);
    return status;
}
