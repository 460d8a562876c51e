/* training/halving.h: successive halving (Jamieson and Talwalkar, "Non-stochastic best arm identification and
 * hyperparameter optimization", AISTATS 2016): all candidates train a little, the worse half is dropped, the
 * others go on to twice as many epochs, until one is left. Plans are functions of whole numbers alone. */
#ifndef RC_TRAINING_HALVING_H
#define RC_TRAINING_HALVING_H

#include <stdbool.h>
#include <stdint.h>

enum { RC_HALVING_ROUNDS = 16, RC_HALVING_CANDIDATES = 64 };

typedef struct rc_halving {
    int candidates; /* the first so many of those there are */
    int64_t epochs; /* of the one that is left; 0: there is no plan */
    int rounds;
    int left[RC_HALVING_ROUNDS];      /* how many train in a round */
    int64_t until[RC_HALVING_ROUNDS]; /* epochs that each has behind it then */
    int64_t total;                    /* epochs of all together */
} rc_halving;

/* Plans for n candidates, none with more than `max` epochs, in an order in which each spends more than the
 * one before it: the first candidate alone, a few epochs; then one candidate after the other beside it; then
 * all for longer. False: there is no plan of this number. */
bool rc_halving_plan(int number, int n, int64_t max, rc_halving *out);
/* The last of them that spends at most `budget` epochs. */
rc_halving rc_halving_within(int n, int64_t max, int64_t budget);
/* The longest that it can take, when an epoch of candidate i takes seconds[i]: those that cost most stay. */
double rc_halving_seconds(const rc_halving *p, const double *seconds);

#endif
