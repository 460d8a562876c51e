/* The commands that an experiment gives to its children. */
#include <omp.h>
#include <stdio.h>
#include <string.h>

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
rc_status rc__say_settings(rc__words *w, int64_t d, int64_t m, int64_t k)
{
    const rc_plan *p = w->x->p;
    for (int scope = 0; scope < RC_PLAN_SCOPES; scope++)
        for (int64_t i = 0; i < p->n_settings; i++) {
            if (p->setting[i].scope != (rc_plan_scope)scope || !rc_plan_applies(p, i, d, m, k)) continue;
            RC_TRY(rc__say(w, "--set"));
            RC_TRY(rc__say(w, p->setting[i].text));
        }
    return RC_OK;
}

rc_status rc__add_child(rc__experiment *x, const rc__words *w, const char *folder, const char *output)
{
    char log[RC__PATH];
    rc__child *c = &x->child[x->n_children];
    snprintf(log, sizeof log, "%.*s.log", RC__PATH - 8, folder);
    *c = (rc__child){.arguments = w->list};
    if (output) RC_TRY(rc__keep(x, output, &c->output));
    RC_TRY(rc__keep(x, log, &c->log));
    return rc__keep(x, folder, &x->folder[x->n_children++]);
}

rc_status rc__run_children(rc__experiment *x, bool alike, rc_status (*ended)(void *, rc__child *))
{
    int64_t cores = omp_get_max_threads(), jobs = x->o->jobs ? x->o->jobs : cores;
    if (!alike && jobs > x->n_children) jobs = x->n_children;
    rc__crew crew = {.program = x->program, .at_once = jobs, .ended = ended, .context = x};
    crew.threads = jobs > 0 && cores > jobs ? cores / jobs : 1;
    return rc__children_run(&crew, x->child, x->n_children);
}
