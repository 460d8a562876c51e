/* methods/scores.h: what a source, as it is, tells of a target's labels: for choosing among sources. */
#ifndef RC_METHODS_SCORES_H
#define RC_METHODS_SCORES_H

#include "methods/alignment.h"

typedef struct rc_source_scores {
    /* Of what the target's head may read, and the target itself: its classes, or its numbers; of samples of
     * words NaN. probe: the loss of a head in closed form on samples that it has not learnt from. */
    double logme, probe;
    int64_t samples; /* that these two have been measured on; 0: they have not */
} rc_source_scores;

/* Of an alignment's samples, at most so many, by a pass of the body; of 0 nothing is measured. */
rc_status rc_source_scores_measure(const rc_alignment *a, int64_t max, rc_source_scores *out) RC_MUST_CHECK;

#endif
