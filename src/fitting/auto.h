/* fitting/auto.h: fits that are made of runs of other methods: the method "auto", and a method from several
 * sources. */
#ifndef RC_FITTING_AUTO_H
#define RC_FITTING_AUTO_H

#include "fitting/fitting.h"

typedef struct rc_auto_how {
    const char
        *method; /* its run from each source, all of which are combined; NULL: auto tries what there is */
    const rc_config *config;
    rc_dataset *data;        /* borrowed; not split yet */
    const char *data_name;   /* in the record of the run */
    const char *source;      /* those that are asked for, with commas between; NULL: all that are at hand */
    const rc_bundle *bundle; /* the same, where it is one that is open already; borrowed */
    const char *folder;      /* of the run. NULL: none: candidates rest in a temporary one while it works */
    rc_resume resume;        /* both as of rc_run_open */
    rc_lock **reserved;
    bool opponents; /* are scored beside it */
    bool makes_do;  /* told to stop, it answers with what has been tried by then, and RC_INTERRUPTED */
    /* Hears of the epochs of all candidates; NULL: nobody does. */
    rc_status (*epoch)(void *context, const char *candidate, rc_session *s, const rc_json *line);
    void *epoch_context;
} rc_auto_how;

/* The method that stands for it where there is nothing to choose among: texts have one source and no plain
 * predictors in arrays. */
#define RC_AUTO_INSTEAD "nft"
/* What stands for all sources that are at hand, where one is asked for. */
#define RC_SOURCE_AUTO "auto"
/* One of these, by what of each can be measured before training; or the one that was chosen when the run that
 * is gone on with began. {"source", "by", "sources", "notes"}, the caller's. */
rc_status rc_auto_choose(const rc_auto_how *how, rc_json **choice) RC_MUST_CHECK;
/* What the method refuses of these settings. */
rc_status rc_auto_check(const rc_config *c) RC_MUST_CHECK;
/* *session predicts, and has let go of the data; *result: "candidates" is the leaderboard. Both are the
 * caller's, and NULL where there are none. */
rc_status rc_auto_fit(const rc_auto_how *how, rc_session **session, rc_json **result) RC_MUST_CHECK;
/* It is only told what that is going to take. */
rc_status rc_auto_look_ahead(const rc_auto_how *how, rc_json **result) RC_MUST_CHECK;

#endif
