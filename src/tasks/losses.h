/* tasks/losses.h: what each loss takes and gives, in one table (losses.c). A loss is asked here for what it
 * is like, not for its name. */
#ifndef RC_TASKS_LOSSES_H
#define RC_TASKS_LOSSES_H

#include "autodiff/graph.h"
#include "metrics/metrics.h"
#include "settings/config.h"

struct rc_batch;
struct rc_task;

/* What is said of a sample, and what rc_task_finish_output makes it of. */
typedef enum rc_says {
    RC_SAYS_NUMBERS,   /* in the target's units, decoded from standardised ones */
    RC_SAYS_CLASSES,   /* probabilities that sum to 1, from their logarithms */
    RC_SAYS_LABELS,    /* a probability each, from its logit */
    RC_SAYS_POINTS,    /* probabilities of the classes of each point of a field */
    RC_SAYS_RATES,     /* of counts, from their logarithms */
    RC_SAYS_QUANTILES, /* some of each number, decoded and put in order */
    RC_SAYS_RISKS      /* as they are; their order alone means something */
} rc_says;

/* Points of a field that are not known. */
typedef enum rc_loss_gaps {
    RC_GAPS_OWN,  /* the loss sees to them itself, or knows of none */
    RC_GAPS_FREE, /* where output and target agree they change nothing */
    RC_GAPS_MEAN  /* the loss is a mean: over those that are known */
} rc_loss_gaps;

typedef struct rc_loss_kind {
    rc_says says;
    rc_metric_target metric; /* what is judged; 0: what the target is */
    rc_loss_gaps gaps;
    bool raw;           /* targets mean what they are: they are never standardised */
    bool decoded;       /* of values in the target's units, so the device needs its scale */
    bool class_weights; /* fit.class_weights go with it */
    bool together;      /* of samples that are compared with each other: a shard is other than its batch */
    bool ridge;         /* a ridge regression on the target is a start of its head */
    bool own;           /* its answers are made after the last layer in a way that is ours */
    rc_var (*build)(rc_graph *g, const struct rc_task *t, const struct rc_batch *b, rc_var output,
                    bool training); /* of each sample [n]; not of words */
    rc_var (*numbers)(rc_graph *g, const struct rc_task *t, rc_var output,
                      rc_var y); /* of those of numbers */
} rc_loss_kind;

const rc_loss_kind *rc_loss_of(rc_loss loss);
rc_says rc_task_says(const struct rc_task *t);

#endif
