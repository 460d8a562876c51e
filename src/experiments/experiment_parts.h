/* experiments/experiment_parts.h: an experiment at work. Within experiments/ only. A cell is a data set and a
 * method: index data * n_methods + method. */
#ifndef RC_EXPERIMENTS_EXPERIMENT_PARTS_H
#define RC_EXPERIMENTS_EXPERIMENT_PARTS_H

#include "experiments/children.h"
#include "experiments/experiment.h"

enum { RC__PATH = 4096 };

typedef struct rc__experiment {
    const rc_experiment_options *o;
    rc_plan *p;
    rc_comparison *table;
    rc_arena *arena; /* of the children's arguments */
    char program[RC__PATH];
    int lock;
    rc__child *child; /* of the present phase */
    char **folder;    /* of each child */
    int64_t n_children;
    int64_t total, done, failed; /* runs of all phases */
} rc__experiment;

int64_t rc__cells(const rc__experiment *x);
rc_status rc__seed_folder(const rc__experiment *x, int64_t cell, int64_t seed,
                          char out[RC__PATH]) RC_MUST_CHECK;
rc_status rc__tune_folder(const rc__experiment *x, int64_t cell, int64_t k, char out[RC__PATH]) RC_MUST_CHECK;

/* experiment_runs.c: a phase begins with n_children = 0; runs are wanted (a child each, unless complete), and
 * the children run. */
rc_status rc__make_data(rc__experiment *x) RC_MUST_CHECK;
rc_status rc__want_run(rc__experiment *x, int64_t cell, int64_t k, int64_t seed,
                       const char *folder) RC_MUST_CHECK;
rc_status rc__run_wanted(rc__experiment *x) RC_MUST_CHECK;

/* experiment_table.c: the choice among candidates, and what goes into the table. */
rc_status rc__make_table(rc__experiment *x) RC_MUST_CHECK;
rc_status rc__choose_candidates(rc__experiment *x) RC_MUST_CHECK;
rc_status rc__collect(rc__experiment *x) RC_MUST_CHECK; /* analyses and writes the files */

#endif
