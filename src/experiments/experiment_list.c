/* Where each run stands, and who is at work on it. */
#include <math.h>
#include <string.h>

#include "experiments/experiment_parts.h"

enum { PATH = RC__PATH };

typedef enum stand { DONE, RUNNING, FAILED, WAITING, STANDS } stand;
static const char *const stand_name[STANDS] = {"done", "running", "failed", "waiting"};

typedef struct listing {
    rc__experiment *x;
    rc_json *runs;
    int64_t count[STANDS];
} listing;

/* Every row has the same keys. */
static void tell(const rc_comparison_run *run, stand at, const rc_lock_holder *by, const char *out,
                 rc_json *row)
{
    rc_json_set_string(row, "run", run->folder + strlen(out) + 1);
    rc_json_set_string(row, "state", stand_name[at]);
    rc_json_set_string(row, "host", by->process.host);
    rc_json_set_number(row, "process", by->held ? (double)by->process.id : NAN);
    rc_json_set_string(row, "since", by->since);
    rc_json_set_string(row, "error", at == FAILED && run->line ? run->line : "");
}

static rc_status add(listing *l, const rc_comparison_run *run)
{
    rc_lock_holder by = {0};
    if (run->state == RC_COMPARED_NOT_YET) RC_TRY(rc__run_look(run->folder, &by));
    stand at = run->state == RC_COMPARED_DONE     ? DONE
               : run->state == RC_COMPARED_FAILED ? FAILED
               : by.held                          ? RUNNING
                                                  : WAITING;
    l->count[at]++;
    tell(run, at, &by, l->x->p->out, rc_json_append(l->runs, rc_json_object()));
    return RC_OK;
}

/* The first seed of a tuned method is its best candidate's run. */
static rc_status add_cell(listing *l, int64_t cell)
{
    rc__experiment *x = l->x;
    char folder[PATH];
    for (int64_t k = 0; k < x->p->n_candidates && rc__has_run(x, cell, 0); k++) {
        rc_comparison_run run = {0};
        RC_TRY(rc__tune_folder(x, cell, k, folder));
        RC_TRY(rc__run_read(folder, x->table, -1, &run));
        RC_TRY(add(l, &run));
    }
    for (int64_t seed = x->p->n_candidates ? 1 : 0; seed < x->p->seeds; seed++) {
        rc_comparison_run *run = &x->table->run[cell * x->p->seeds + seed];
        RC_TRY(rc__seed_folder(x, cell, seed, folder));
        RC_TRY(rc_comparison_text(x->table, folder, &run->folder)); /* before there is a choice, too */
        if (rc__has_run(x, cell, seed)) RC_TRY(add(l, run));
    }
    return RC_OK;
}

static rc_status list(listing *l, rc_json *j)
{
    l->runs = rc_json_array();
    rc_status status = RC_OK;
    for (int64_t cell = 0; cell < rc__cells(l->x) && status == RC_OK; cell++)
        status = add_cell(l, cell);
    for (int i = 0; i < STANDS; i++)
        rc_json_set_integer(j, stand_name[i], l->count[i]);
    rc_json_set(j, "runs", l->runs);
    return status;
}

rc_status rc__list_runs(rc__experiment *x, rc_json **out)
{
    listing l = {.x = x};
    *out = rc_json_object();
    rc_status status = list(&l, *out);
    if (status == RC_OK) status = rc_json_check(*out);
    if (status != RC_OK) rc_json_free(out);
    return status;
}
