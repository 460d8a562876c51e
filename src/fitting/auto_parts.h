/* fitting/auto_parts.h: what the files of the method "auto", and of runs from several sources, share. Every
 * candidate is an ordinary run, in candidates/ of the folder, fitted to the training part and judged on the
 * validation part. */
#ifndef RC_FITTING_AUTO_PARTS_H
#define RC_FITTING_AUTO_PARTS_H

#include "fitting/auto.h"
#include "fitting/forecast.h"
#include "methods/gap.h"
#include "tasks/ensemble.h"

enum {
    RC__CANDIDATES = RC_ENSEMBLE_MEMBERS, /* all of them may answer together */
    RC__CANDIDATE_NAME = 48,
    RC__CANDIDATE_SETTINGS = 3,
    RC__LABEL = 25,
    RC__SOURCES = 8
};

typedef struct rc__auto_source {
    char name[RC_SESSION_PATH];
    char label[RC__LABEL]; /* what its candidates are called by; no other source has it */
    const rc_bundle *bundle;
    rc_bundle *opened; /* the same where it is to be closed; else NULL */
    rc_input_kind takes;
    double w1; /* of its features to those of the data; NaN: not measured */
    int best;  /* candidate: the better of its layouts, frozen; -1: none serves the data */
} rc__auto_source;

typedef struct rc__candidate {
    char name[RC__CANDIDATE_NAME];
    const char *method;
    const rc__auto_source *source;        /* NULL: a plain predictor */
    const char *layout;                   /* its name; "": that of the settings */
    char set[RC__CANDIDATE_SETTINGS][40]; /* what is other than was asked for; "": nothing */
    bool whole;                           /* the method with the settings that were asked for */
    bool tuned;                           /* fine-tuned; else frozen features under a closed-form head */
    int64_t horizon;                      /* tuned: epochs at which its schedule ends */
    int64_t epochs, best_epoch;           /* trained so far; the best of them */
    double once;                          /* of its seconds, those without the fits to folds */
    double valid, loss, seconds, weight, power; /* valid: INFINITY where the part has no score */
    bool dropped;                               /* it was not trained to its end, and has no model */
    bool held; /* all labelled samples have predictions by fits that have not learnt from them; */
    double fold, fold_loss; /* so their scores */
    float *said; /* predictions for the labelled samples, owned; not held: for the last of them, which
                    are the validation part; NULL: not asked yet */
} rc__candidate;

typedef struct rc__auto rc__auto;

/* What differs between a search and a run of one method from several sources. */
typedef struct rc__auto_way {
    bool timed;                      /* the time limit is its own */
    rc_status (*begin)(rc__auto *a); /* before there is a folder; may be NULL */
    rc_status (*try)(rc__auto *a);   /* all candidates */
    rc_status (*tell)(rc__auto *a);  /* in a->result, beside the candidates */
    rc_status (*look)(rc__auto *a);  /* a->result says what it is going to take */
} rc__auto_way;
extern const rc__auto_way rc__auto_several; /* auto_several.c */

struct rc__auto {
    const rc_auto_how *how;
    const rc__auto_way *way;
    char folder[RC_SESSION_PATH]; /* of the run, else a temporary one */
    double started;
    rc_sink told; /* whom progress is told, with the time that is left */
    rc_config c;
    rc_dataset *data;
    bool valid_apart; /* the validation part is for choosing alone, and nothing learns from it in the end: the
                         data set brings it, or one method's runs are combined */
    rc_part labelled; /* what predictors in closed form are weighed by: the training part, then the validation
                         part that was held out of it; one that the data set brings is for choosing, and
                         stands alone */
    int64_t *labelled_index;
    double plain_seconds; /* the most that a plain predictor may be expected to take */
    rc_task *task;        /* of plain predictors: units and scores */
    rc_session *s;
    int n, sources;
    rc__auto_source source[RC__SOURCES];
    rc__auto_source *ranked[RC__SOURCES]; /* of the same, the best first, once they have been tried */
    rc__candidate candidate[RC__CANDIDATES];
    char metric[RC_CONFIG_TEXT]; /* of the candidates */
    int64_t budget;              /* epochs of fine-tuning that all candidates together were given */
    double expected;             /* seconds of the whole run, once the budget is known */
    rc__forecast dearest;        /* of all sources; only for foreseeing */
    bool cut;                    /* it was told to stop, and makes do with what was tried by then */
    rc_json *plan;               /* search.json: the sources, and the budget once it is known */
    rc_json *notes;              /* of the search */
    rc_json *foreseen, *result; /* foreseen: what was said before, for the record of the run; NULL: nothing */
};

/* auto_runs.c: folder of a candidate's run, below the run's own; of a member, which learns from all labels.
 */
rc_status rc__candidate_folder(const rc__auto *a, const rc__candidate *k, bool member,
                               char out[RC_SESSION_PATH]) RC_MUST_CHECK;
/* Trains it and judges it. until: epochs after which it rests; 0: to its end. */
rc_status rc__candidate_fit(rc__auto *a, rc__candidate *k, int64_t until) RC_MUST_CHECK;
/* With all labels, exactly as far as was best. */
rc_status rc__member_fit(rc__auto *a, const rc__candidate *k) RC_MUST_CHECK;
/* Its score, out of fold where it has been asked so; else on the validation part. */
double rc__candidate_score(const rc__candidate *k);
/* Is its score, then its loss, the better one? */
bool rc__candidate_better(const rc__candidate *a, const rc__candidate *b);

/* auto_weigh.c: which samples are weighed by. */
rc_status rc__auto_find_labelled(rc__auto *a) RC_MUST_CHECK;
/* Hears what a candidate says of them. */
rc_status rc__candidate_listen(const rc__auto *a, rc__candidate *k) RC_MUST_CHECK;
/* Weights and powers of all candidates. */
rc_status rc__auto_weigh(rc__auto *a) RC_MUST_CHECK;

/* auto_search.c: a line for the user now, and for the result. */
void rc__auto_note(const rc__auto *a, const char *format, ...) RC_PRINTF(2, 3);
/* What does not serve such data is left out, with its reason; what stops the program, a full disk among it,
 * is returned. */
rc_status rc__auto_leave_out(const rc__auto *a, const char *what, rc_status status) RC_MUST_CHECK;
/* auto_sources.c: the sources that were asked for; else all at hand that take such data. */
rc_status rc__auto_list_sources(rc__auto *a) RC_MUST_CHECK;
void rc__auto_close_sources(rc__auto *a);
/* Rank 0's to all: what it has read, or measured by its clock. Fails where that is not whole. */
rc_status rc__auto_share(rc_json **io) RC_MUST_CHECK;
/* search.json, what a search that was cut goes on with: is written, and read with the sources of then. */
rc_status rc__auto_write_plan(const rc__auto *a) RC_MUST_CHECK;
rc_status rc__auto_recall_plan(rc__auto *a) RC_MUST_CHECK;
/* The data as a source sees them, as `recraft align` measures it: W1, and what the source tells of the
 * labels; frozen: as of rc_source_scores_measure. */
rc_status rc__auto_measure(const rc__auto *a, const rc__auto_source *s, int64_t frozen,
                           rc_gap *out) RC_MUST_CHECK;
/* The sources in the order in which they are preferred: the better probe, then the nearer one. */
rc_status rc__auto_rank_sources(rc__auto *a) RC_MUST_CHECK;
/* auto_search.c: a candidate is trained and judged, and joins those that were tried, unless it does not
 * serve.
 */
rc_status rc__auto_try(rc__auto *a, rc__candidate k) RC_MUST_CHECK;
/* All candidates, tried as far as time allows. */
rc_status rc__auto_search(rc__auto *a) RC_MUST_CHECK;

/* Only for foreseeing: sources have their usual candidate, of which `once` is known. *spent (io): seconds up
 * to then; up to fine-tuning. all: of the whole run. */
rc_status rc__auto_foresee(rc__auto *a, double *spent, double *all) RC_MUST_CHECK;
/* auto_ahead.c: what a method is going to take from a source, with settings of its own. */
rc_status rc__auto_forecast(const rc__auto *a, const rc__auto_source *s, const char *method,
                            const rc_config *c, bool opponents, rc__forecast *out) RC_MUST_CHECK;
/* Begins a->result: what is learnt, and from what. */
void rc__auto_begin_look(rc__auto *a);
/* a->result says what the search is going to take. */
rc_status rc__auto_look_ahead(rc__auto *a) RC_MUST_CHECK;

#endif
