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

/* experiment_children.c: the command of a child, word by word. */
typedef struct rc__words {
    rc__experiment *x;
    char **list;
    int64_t n;
} rc__words;
rc_status rc__begin_words(rc__experiment *x, rc__words *w) RC_MUST_CHECK;
rc_status rc__say(rc__words *w, const char *word) RC_MUST_CHECK;
rc_status rc__say_settings(rc__words *w, int64_t d, int64_t m,
                           int64_t k) RC_MUST_CHECK;                               /* m, k -1: of none */
rc_status rc__keep(rc__experiment *x, const char *text, char **out) RC_MUST_CHECK; /* a copy */
/* folder: what the child is about, FOLDER.log its messages; output: file of its standard output, or NULL. */
rc_status rc__add_child(rc__experiment *x, const rc__words *w, const char *folder,
                        const char *output) RC_MUST_CHECK;
/* alike: the threads of each do not depend on how many there are. Sums of some kernels round by the number of
 * threads, and a run must not depend on when it was its turn. */
rc_status rc__run_children(rc__experiment *x, bool alike,
                           rc_status (*ended)(void *, rc__child *)) RC_MUST_CHECK;

/* experiment_runs.c: a phase begins with n_children = 0; runs are wanted (a child each, unless complete), and
 * the children run. */
rc_status rc__make_data(rc__experiment *x) RC_MUST_CHECK;
rc_status rc__want_run(rc__experiment *x, int64_t cell, int64_t k, int64_t seed,
                       const char *folder) RC_MUST_CHECK;
rc_status rc__run_wanted(rc__experiment *x) RC_MUST_CHECK;

/* What a file or folder was made by is kept beside it (WHAT.made), so that a changed plan is not answered
 * with the old one: refused. */
rc_status rc__check_made(const char *what, const char *by) RC_MUST_CHECK;

/* experiment_bounds.c: the bound of every data set from its source, before training. */
rc_status rc__measure_bounds(rc__experiment *x) RC_MUST_CHECK;
rc_status rc__read_bounds(rc__experiment *x) RC_MUST_CHECK; /* into the table */

/* experiment_table.c: the choice among candidates, and what goes into the table. */
rc_status rc__make_table(rc__experiment *x) RC_MUST_CHECK;
rc_status rc__choose_candidates(rc__experiment *x) RC_MUST_CHECK;
rc_status rc__collect(rc__experiment *x) RC_MUST_CHECK; /* analyses and writes the files */

#endif
