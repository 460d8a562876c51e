/* experiments/experiment.h: runs a plan and compares what comes out. Under DIR:
 *     data/NAME               data sets that the plan has made
 *     NAME/METHOD/tune-C      a run with candidate C and seed 0, when there are candidates
 *     NAME/METHOD/seed-N      a run; seed-0 of a tuned method is a link to the best candidate's run
 *     results.md .csv .json .html, critical-difference.svg
 * Every run is a process of its own and an ordinary run folder. Whoever starts it holds FOLDER.lock
 * meanwhile, so that processes on several machines can share the work. The same call again goes on: what is
 * complete is kept, what was interrupted resumes, what failed stays failed unless it is to be tried again. */
#ifndef RC_EXPERIMENTS_EXPERIMENT_H
#define RC_EXPERIMENTS_EXPERIMENT_H

#include "experiments/plan.h"
#include "formats/json.h"
#include "report/comparison.h"

typedef struct rc_experiment_options {
    rc_plan_options plan;
    const char *program; /* recraft; NULL: the program that is running */
    int64_t jobs;        /* runs at once; 0: as many as there are cores */
    bool retry;          /* try failed runs again */
    bool tables;         /* start nothing: the tables of the runs that are there. Needs no data, no source */
    bool worker;         /* one of several at once: takes what no other has, until all is done */
    int64_t share, shares; /* does the first, second, ... of so many parts; shares 0: all of it */
    bool list;             /* start nothing, write nothing: where each run stands */
} rc_experiment_options;

/* The tables are written in any case, with what there is (by one of several workers only once all runs are
 * there); after an interruption RC_INTERRUPTED is returned and *out is NULL, and RC_CONFIG where every run
 * has failed. With worker, shares or list, *list says where each run stands, and *out is NULL. */
rc_status rc_experiment_run(const rc_experiment_options *o, rc_comparison **out,
                            rc_json **list) RC_MUST_CHECK;

#endif
