/* report/comparison.h: many runs side by side: data sets x methods x seeds, what the statistics say of them,
 * and the tables, diagrams and page that show it. Numbers come in, files go out; nothing here starts a run.
 */
#ifndef RC_REPORT_COMPARISON_H
#define RC_REPORT_COMPARISON_H

#include "base/memory.h"
#include "base/text.h"
#include "statistics/statistics.h"

typedef enum rc_comparison_state {
    RC_COMPARED_NOT_YET,
    RC_COMPARED_DONE,
    RC_COMPARED_FAILED
} rc_comparison_state;

typedef struct rc_comparison_opponent { /* a plain predictor beside a run, on the same samples */
    char *name;
    double test;
} rc_comparison_opponent;

typedef struct rc_comparison_run {
    rc_comparison_state state;
    char *folder, *line; /* line: why it failed */
    double valid, test, seconds, peak_mb;
    rc_comparison_opponent *opponent;
    int64_t n_opponents;
} rc_comparison_run;

typedef struct rc_comparison_pair {   /* of two methods, over the data sets that count */
    int64_t a, b, wins, ties, losses; /* of a */
    rc_wilcoxon wilcoxon;
    double holm, nemenyi; /* p-values */
} rc_comparison_pair;

/* What an experiment was made to ask, before its runs. */
enum { RC_COMPARISON_OPPONENTS = -1 };
typedef struct rc_comparison_asked {
    int64_t method;
    int64_t other; /* is `method` ahead of it, over the data sets? RC_COMPARISON_OPPONENTS: is it on each data
                      set level with the best of the plain predictors beside its runs? */
} rc_comparison_asked;

/* Of one data set, over the seeds that both have finished. The opponent is the best by its mean: nobody can
 * choose it beforehand. */
typedef struct rc_comparison_paired {
    const char *other; /* NULL: they have not met */
    int64_t seeds;
    double mean, of_other;    /* test metrics */
    double difference, error; /* below 0 it is better; error: standard error, NaN with one seed */
} rc_comparison_paired;

typedef struct rc_comparison_answer {
    rc_comparison_asked asked;
    rc_comparison_paired *on; /* each data set */
    bool complete;            /* of the runs that it is about none is still to be done */
    int64_t n;                /* data sets that count: both have met there, twice if level is asked */
    int64_t wins, ties, losses, level; /* level: no worse by more than the standard error */
    rc_wilcoxon wilcoxon;              /* where ahead is asked, and holm over all that are asked so */
    double holm;
} rc_comparison_answer;

/* A number that is known of a data set and its source before training, and that ought to rank sources. */
enum { RC_COMPARISON_PREDICTORS = 32 };

/* Cell (d, m) is index d * n_methods + m; run (d, m, s) is index (d * n_methods + m) * n_seeds + s. */
typedef struct rc_comparison {
    rc_arena *arena;                                  /* everything below lives here */
    const char *title, *experiment;                   /* experiment: text of its file, NULL: none */
    int64_t n_data, n_methods, n_seeds, n_candidates; /* candidates 0: nothing was tuned */
    char **data, **source, **metric, **method, **candidate;
    bool *higher_is_better; /* of each data set */
    rc_comparison_run *run;
    int64_t *choice;        /* of each cell: candidate, -1: none yet */
    double *choice_valid;   /* [cell, candidate], NaN: failed or not yet */
    char **choice_settings; /* of each candidate of each method [method, candidate] */
    char **target;          /* of each data set: rows of one target differ in their source. NULL: not known */
    int64_t n_predictors;   /* 0: none were measured */
    char **predictor;       /* names */
    double *prediction;     /* [data, RC_COMPARISON_PREDICTORS]; NaN: not measured */
    bool part;              /* not all data sets or seeds of the experiment: nothing is answered */
    int64_t n_answers;      /* 0: nothing was asked */
    rc_comparison_answer *answer;

    /* filled by rc_comparison_analyse */
    rc_summary *test, *seconds;  /* of each cell */
    double *peak_mb;             /* largest of each cell */
    int64_t n_counted, *counted; /* data sets where every method has a finished run */
    double *average_rank;        /* of each method; NaN without a data set that counts */
    bool tested;                 /* two such data sets and two methods at least */
    rc_friedman friedman;
    double critical_difference; /* at the level 0.05 */
    int64_t n_pairs;
    rc_comparison_pair *pair;
    rc_agreement *agreement; /* [predictor, method], over targets with several sources */
} rc_comparison;

/* An object with room for what the sizes say; strings are the caller's, or made with rc_comparison_text. */
rc_status rc_comparison_create(int64_t n_data, int64_t n_methods, int64_t n_seeds, int64_t n_candidates,
                               rc_comparison **out) RC_MUST_CHECK;
void rc_comparison_destroy(rc_comparison **c);
rc_status rc_comparison_text(rc_comparison *c, const char *text, char **out) RC_MUST_CHECK; /* a copy */

/* Room for so many questions; whoever asks sets `asked` of each answer. */
rc_status rc_comparison_ask(rc_comparison *c, int64_t n) RC_MUST_CHECK;

/* Means, ranks and tests. Ranks are taken of the mean test metric on each data set. The pairwise test is on
 * (a - b) / (|a| + |b|), which has no unit, since data sets have different metrics. */
rc_status rc_comparison_analyse(rc_comparison *c) RC_MUST_CHECK;
/* What is ranked and compared: the mean test metric of a cell that has one, negated where higher is better,
 * to seven digits. Lower is better. */
double rc_comparison_score(const rc_comparison *c, int64_t data, int64_t method);

rc_status rc_comparison_markdown(const rc_comparison *c, rc_string *out) RC_MUST_CHECK;
rc_status rc_comparison_csv(const rc_comparison *c, rc_string *out) RC_MUST_CHECK; /* a line a run */
rc_status rc_comparison_json(const rc_comparison *c, char **out) RC_MUST_CHECK;
rc_status rc_comparison_html(const rc_comparison *c, rc_string *out) RC_MUST_CHECK;
/* The critical-difference diagram, SVG; nothing where no test could be made. */
rc_status rc_comparison_diagram(const rc_comparison *c, rc_string *out) RC_MUST_CHECK;
/* All of them: results.md, .csv, .json, .html and critical-difference.svg in a folder. */
rc_status rc_comparison_write(const rc_comparison *c, const char *directory) RC_MUST_CHECK;

#endif
