/* recraft/compare.h: the experiment that decides between methods: data sets x methods x seeds.
 *
 * Failures and threads are as in recraft/run.h. */
#ifndef RECRAFT_COMPARE_H
#define RECRAFT_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Either data and method ("a,b"), or an experiment file, among whose names data and method then choose. Runs
 * are processes of the program itself, and ordinary run folders out/DATA/METHOD/seed-N. The same call again
 * goes on where the last one stopped. */
typedef struct rc_compare_options {
    size_t size; /* by RC_COMPARE_OPTIONS_INIT */
    const char *data, *method;
    const char *source; /* of data sets that name none; NULL: the experiment's, or by the form of the data */
    const char *out;    /* folder of the runs and the tables */
    const char *experiment; /* YAML, or NULL */
    const char *tune;       /* candidate settings, YAML; NULL: those of the experiment, if any */
    const char *root;       /* where relative paths of the experiment file start; NULL: the working folder */
    const char *const *set; /* "key=value", for every run */
    size_t n_set;           /* how many of them */
    int64_t seeds;          /* 0: the experiment's, or 3 */
    int64_t jobs;           /* runs at once; 0: as many as there are cores */
    bool retry;             /* try failed runs again */
    bool tables;            /* start no run: the tables of what is there; needs neither data nor sources */
    const char
        *program; /* path of the program recraft, whose processes the runs are; NULL: none is to start */
    /* At most one of tables, worker and shares. Each run is done once, whoever works in the folder. */
    bool worker; /* one of several processes in the folder: takes what no other has, until all is done */
    int64_t share, shares; /* does part `share` (1, 2, ...) of this many; shares 0: all */
    bool list;             /* start no run, write nothing: the state of each run (of the share) */
} rc_compare_options;
#define RC_COMPARE_OPTIONS_INIT RC_SIZED(rc_compare_options)

/* Writes results.md, .csv, .json, .html and critical-difference.svg to out. json: the text of results.json;
 * markdown: that of results.md; each may be NULL; free with rc_free_text (recraft/run.h).
 * With worker, shares or list, json is {"done", "running", "failed", "waiting": numbers of runs, "runs":
 * [{"run", "state", "host", "process", "since", "error"}]} instead, markdown is NULL, and the files are
 * written only by whoever finds all runs done. */
RC_API rc_status rc_compare(const rc_compare_options *o, char **json, char **markdown) RC_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
