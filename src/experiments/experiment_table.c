#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "experiments/experiment_parts.h"
#include "experiments/run_folder.h"

enum { PATH = RC__PATH };

/* ---- the choice ---- */

/* The rule: of the candidates that finished, the one with the best validation metric; of equals the first
 * named. None before all have been tried. */
static rc_status choose(rc__experiment *x, int64_t cell)
{
    char folder[PATH];
    int64_t n = x->p->n_candidates, tried = 0;
    x->table->choice[cell] = -1;
    for (int64_t k = 0; k < n; k++) {
        rc_comparison_run run = {.valid = NAN};
        RC_TRY(rc__tune_folder(x, cell, k, folder));
        RC_TRY(rc__run_read(folder, x->table, cell / x->p->n_methods, &run));
        tried += run.state != RC_COMPARED_NOT_YET;
        bool higher = x->table->higher_is_better[cell / x->p->n_methods];
        double *valid = x->table->choice_valid + cell * n, score = higher ? -run.valid : run.valid;
        valid[k] = run.valid;
        int64_t *best = &x->table->choice[cell];
        if (isfinite(score) && (*best < 0 || score < (higher ? -valid[*best] : valid[*best]))) *best = k;
    }
    if (tried < n) x->table->choice[cell] = -1;
    return RC_OK;
}

/* seed-0 is the chosen candidate's run. A link to another choice (of an earlier plan) is set anew. */
static rc_status link_choice(rc__experiment *x, int64_t cell)
{
    char folder[PATH], target[128], old[PATH];
    RC_TRY(rc__seed_folder(x, cell, 0, folder));
    snprintf(target, sizeof target, "tune-%s", x->p->candidate[x->table->choice[cell]]);
    ssize_t n = readlink(folder, old, sizeof old - 1);
    if (n >= 0) {
        old[n] = '\0';
        if (strcmp(old, target) == 0) return RC_OK;
        unlink(folder);
    }
    if (symlink(target, folder) != 0 && errno != EEXIST) return rc_fail_system(folder, "linked", errno);
    return RC_OK;
}

rc_status rc__choose_candidates(rc__experiment *x)
{
    for (int64_t cell = 0; cell < rc__cells(x) && x->p->n_candidates; cell++) {
        RC_TRY(choose(x, cell));
        if (x->table->choice[cell] >= 0 && !x->o->list) RC_TRY(link_choice(x, cell));
    }
    return RC_OK;
}

/* ---- the table ---- */

static rc_status candidate_settings(rc__experiment *x, int64_t m, int64_t k, char **out)
{
    rc_string text = {0};
    rc_status status = RC_OK;
    for (int scope = RC_PLAN_CANDIDATE; scope <= RC_PLAN_METHOD_CANDIDATE; scope++)
        for (int64_t i = 0; i < x->p->n_settings && status == RC_OK; i++)
            if (x->p->setting[i].scope == (rc_plan_scope)scope && rc_plan_applies(x->p, i, -1, m, k))
                status = rc_string_printf(&text, "%s%s", text.length ? " " : "", x->p->setting[i].text);
    if (status == RC_OK) status = rc_comparison_text(x->table, text.data ? text.data : "", out);
    rc_string_free(&text);
    return status;
}

rc_status rc__make_table(rc__experiment *x)
{
    const rc_plan *p = x->p;
    RC_TRY(rc_comparison_create(p->n_data, p->n_methods, p->seeds, p->n_candidates, &x->table));
    rc_comparison *t = x->table;
    char *text;
    RC_TRY(rc_comparison_text(t, p->title, &text));
    t->title = text;
    if (p->file_text) {
        RC_TRY(rc_comparison_text(t, p->file_text, &text));
        t->experiment = text;
    }
    for (int64_t i = 0; i < p->n_data; i++) {
        RC_TRY(rc_comparison_text(t, p->data[i].name, &t->data[i]));
        if (p->data[i].source) RC_TRY(rc_comparison_text(t, p->data[i].source, &t->source[i]));
    }
    for (int64_t i = 0; i < p->n_methods; i++)
        RC_TRY(rc_comparison_text(t, p->method[i].name, &t->method[i]));
    for (int64_t i = 0; i < p->n_candidates; i++)
        RC_TRY(rc_comparison_text(t, p->candidate[i], &t->candidate[i]));
    t->part = p->part;
    RC_TRY(rc_comparison_ask(t, p->n_questions));
    for (int64_t i = 0; i < p->n_questions; i++)
        t->answer[i].asked = p->question[i];
    for (int64_t i = 0; i < p->n_methods * p->n_candidates; i++)
        RC_TRY(candidate_settings(x, i / p->n_candidates, i % p->n_candidates, &t->choice_settings[i]));
    return RC_OK;
}

/* No candidate of a cell is usable: its seeds have failed, for the reason of the first candidate. */
static rc_status read_hopeless(rc__experiment *x, int64_t cell, rc_comparison_run *run)
{
    char folder[PATH];
    bool tried = true;
    for (int64_t k = 0; k < x->p->n_candidates; k++) {
        RC_TRY(rc__tune_folder(x, cell, k, folder));
        tried = tried && rc__run_state_of(folder) >= RC__RUN_DONE;
    }
    RC_TRY(rc__tune_folder(x, cell, 0, folder));
    if (!tried) return rc_comparison_text(x->table, folder, &run->folder);
    RC_TRY(rc__run_read(folder, x->table, cell / x->p->n_methods, run));
    run->state = RC_COMPARED_FAILED;
    return run->line
               ? RC_OK
               : rc_comparison_text(x->table, "the run has no validation metric to choose by", &run->line);
}

rc_status rc__collect(rc__experiment *x)
{
    char folder[PATH];
    rc_comparison *t = x->table;
    for (int64_t cell = 0; cell < rc__cells(x); cell++)
        for (int64_t seed = 0; seed < x->p->seeds; seed++) {
            int64_t d = cell / x->p->n_methods;
            rc_comparison_run *run = &t->run[cell * x->p->seeds + seed];
            RC_TRY(rc__seed_folder(x, cell, seed, folder));
            if (x->p->n_candidates && t->choice[cell] < 0)
                RC_TRY(read_hopeless(x, cell, run));
            else
                RC_TRY(rc__run_read(folder, t, d, run));
        }
    if (x->p->bounds) RC_TRY(rc__read_bounds(x));
    for (int64_t d = 0; d < t->n_data; d++)
        if (!t->source[d]) RC_TRY(rc_comparison_text(t, "default", &t->source[d]));
    return rc_comparison_analyse(t);
}
