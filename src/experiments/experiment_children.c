/* The commands that an experiment gives to its children. */
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/progress.h"
#include "experiments/experiment_parts.h"

enum { ARGUMENTS = 600 };

rc_status rc__keep(rc__experiment *x, const char *text, char **out)
{
    size_t size = strlen(text) + 1;
    RC_TRY(rc_arena_alloc(x->arena, size, (void **)out));
    memcpy(*out, text, size);
    return RC_OK;
}

rc_status rc__say(rc__words *w, const char *word)
{
    RC_CHECK(w->n < ARGUMENTS - 1, RC_CONFIG, "a run has more than %d arguments: too many settings",
             ARGUMENTS);
    return rc__keep(w->x, word, &w->list[w->n++]);
}

rc_status rc__begin_words(rc__experiment *x, rc__words *w)
{
    *w = (rc__words){.x = x};
    RC_TRY(rc_arena_alloc(x->arena, ARGUMENTS * sizeof *w->list, (void **)&w->list));
    return rc__say(w, x->program);
}

/* Every setting that concerns a run, later scopes last. */
rc_status rc__say_settings(rc__words *w, int64_t d, int64_t m, int64_t k, int64_t seed)
{
    const rc_plan *p = w->x->p;
    const char *text;
    for (int scope = 0; scope < RC_PLAN_SCOPES; scope++)
        for (int64_t i = 0; i < p->n_settings; i++) {
            if (p->setting[i].scope != (rc_plan_scope)scope || !rc_plan_applies(p, i, d, m, k)) continue;
            RC_TRY(rc__say(w, "--set"));
            RC_TRY(rc_plan_fill(p, p->setting[i].text, d, seed, &text));
            RC_TRY(rc__say(w, text));
        }
    return RC_OK;
}

rc_status rc__add_child(rc__experiment *x, const rc__words *w, const rc__errand *e, const char *output)
{
    char log[RC__PATH], *folder, *made;
    rc__child *c = &x->child[x->n_children];
    snprintf(log, sizeof log, "%.*s.log", RC__PATH - 8, e->folder);
    *c = (rc__child){.arguments = w->list};
    if (output) RC_TRY(rc__keep(x, output, &c->output));
    RC_TRY(rc__keep(x, log, &c->log));
    RC_TRY(rc__keep(x, e->folder, &folder));
    RC_TRY(rc__keep(x, e->made, &made));
    x->errand[x->n_children++] =
        (rc__errand){folder, made, e->is_run, x->o->retry ? rc__run_failed_at(folder) : 0, NULL};
    return RC_OK;
}

/* ---- errands ---- */

/* Done, or failed and not to be tried again. */
static bool is_over(const rc__errand *e)
{
    int64_t failed = rc__run_failed_at(e->folder);
    return rc_path_exists(e->made) || (failed && failed != e->forgiven);
}

static void count_over(rc__experiment *x, const rc__errand *e)
{
    if (!e->is_run) return;
    x->done++;
    x->failed += !rc_path_exists(e->made);
    rc_progress_step("compare", x->done, x->total, NULL);
}

/* One that is over is not left to whoever was killed at its end: his lock and log go, too. */
static rc_status take_turn(void *context, rc__child *c, rc__turn *out)
{
    rc__experiment *x = context;
    rc__errand *e = &x->errand[c - x->child];
    /* In this order: who holds the lock may note a failure for a moment, and forget it. */
    bool locked = rc__run_has_lock(e->folder), over = is_over(e);
    *out = RC__TURN_LATER;
    if (!over || locked) {
        RC_TRY(rc__run_claim(e->folder, &e->claim));
        if (!e->claim) return RC_OK;
        over = is_over(e); /* another may have been quicker, and have ended since */
        if (!over || rc_path_exists(e->made)) rc__run_forget_failure(e->folder);
    }
    if (!over) {
        *out = RC__TURN_NOW;
        if (!e->is_run) rc_progress_note("makes %s", e->made);
        return RC_OK;
    }
    *out = RC__TURN_NEVER;
    rc_lock_release(&e->claim);
    count_over(x, e);
    return RC_OK;
}

static rc_status errand_ended(void *context, rc__child *c)
{
    rc__experiment *x = context;
    rc__errand *e = &x->errand[c - x->child];
    bool ours = rc_lock_check(e->claim) == RC_OK, goes_on = c->code == 130 || !ours;
    rc_status status = RC_OK;
    if (!ours) rc_progress_note("warning: %s", rc_error_text());
    if (goes_on) rc__child_renew(c);
    if (!goes_on && !(rc_interrupt_requested() && c->code > 128)) status = x->ended(x, e, c);
    rc_lock_release(&e->claim);
    return status;
}

rc_status rc__run_children(rc__experiment *x, bool alike,
                           rc_status (*ended)(rc__experiment *, const rc__errand *, const rc__child *))
{
    int64_t cores = omp_get_max_threads(), jobs = x->o->jobs ? x->o->jobs : cores;
    if (!alike && jobs > x->n_children) jobs = x->n_children;
    rc__crew crew = {
        .program = x->program, .at_once = jobs, .ended = errand_ended, .context = x, .turn = take_turn};
    crew.threads = jobs > 0 && cores > jobs ? cores / jobs : 1;
    x->ended = ended;
    rc_status status = rc__children_run(&crew, x->child, x->n_children);
    for (int64_t i = 0; i < x->n_children; i++)
        rc_lock_release(&x->errand[i].claim); /* of one that could not be started */
    return status;
}
