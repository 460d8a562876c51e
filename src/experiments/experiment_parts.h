/* experiments/experiment_parts.h: an experiment at work. Within experiments/ only. A cell is a data set and a
 * method: index data * n_methods + method. */
#ifndef RC_EXPERIMENTS_EXPERIMENT_PARTS_H
#define RC_EXPERIMENTS_EXPERIMENT_PARTS_H

#include "experiments/children.h"
#include "experiments/experiment.h"
#include "experiments/run_folder.h"

enum { RC__PATH = 4096 };

/* What a child is about. */
typedef struct rc__errand {
    const char *folder, *made; /* made: what is there once it is done, a file or folder */
    bool is_run;               /* of those that are counted */
    int64_t forgiven;          /* the failure that is to be tried again; 0: none */
    rc_lock *claim;
} rc__errand;

typedef struct rc__experiment {
    const rc_experiment_options *o;
    rc_plan *p;
    rc_comparison *table;
    rc_arena *arena; /* of the children's arguments */
    char program[RC__PATH];
    rc_lock *lock;      /* of the whole; NULL: there may be several workers */
    rc__child *child;   /* of the present phase */
    rc__errand *errand; /* of each child */
    rc_status (*ended)(struct rc__experiment *x, const rc__errand *e, const rc__child *c);
    int64_t n_children;
    int64_t total, done, failed; /* runs of all phases in this process's share */
} rc__experiment;

int64_t rc__cells(const rc__experiment *x);
/* Is the run of this worker's share? With candidates a share is made of cells, so that none has to wait for
 * another's choice. rc__has_data: any run on the data set? */
bool rc__has_run(const rc__experiment *x, int64_t cell, int64_t seed);
bool rc__has_data(const rc__experiment *x, int64_t d);
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
rc_status rc__say_settings(rc__words *w, int64_t d, int64_t m, int64_t k,
                           int64_t seed) RC_MUST_CHECK;                            /* m, k -1: of none */
rc_status rc__keep(rc__experiment *x, const char *text, char **out) RC_MUST_CHECK; /* a copy */
/* e: folder, made and is_run; the texts are copied. FOLDER.log holds its messages; output: file of its
 * standard output, or NULL. */
rc_status rc__add_child(rc__experiment *x, const rc__words *w, const rc__errand *e,
                        const char *output) RC_MUST_CHECK;
/* Each once, by whichever worker claims it first. alike: the threads of each do not depend on how many there
 * are. Sums of some kernels round by the number of threads, and a run must not depend on when it was its
 * turn. ended: not told of one that was interrupted or has lost its claim: it goes on later. */
rc_status rc__run_children(rc__experiment *x, bool alike,
                           rc_status (*ended)(rc__experiment *, const rc__errand *,
                                              const rc__child *)) RC_MUST_CHECK;

/* experiment_runs.c: a phase begins with n_children = 0; runs are wanted (a child each), and the children
 * run.
 */
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
rc_status rc__collect(rc__experiment *x) RC_MUST_CHECK; /* reads all runs, and analyses them */

/* experiment_list.c: where each run of the share stands, as JSON. */
rc_status rc__list_runs(rc__experiment *x, rc_json **out) RC_MUST_CHECK;

#endif
