/* methods/alignment.h: what alignment looks at: some training samples of a target with their classes, more
 * without, their pooled features under the present embedder, and what the frozen source predictor makes of
 * them. Stage 1 minimises it (stage_align.c), `recraft align` measures it (gap.c).
 *
 * A source of several labelled sets k has a predictor of each. With weights w_k, which sum to 1, it stands
 * for the mixture of its sets: its features are those of all, w_k of them the set's, and its distortion is
 * the mean of H(Z_k|Z_t) under w_k, the entropy of a label whose set is known. */
#ifndef RC_METHODS_ALIGNMENT_H
#define RC_METHODS_ALIGNMENT_H

#include "optim/gradient_sum.h"
#include "source/bundle.h"
#include "tasks/task.h"
#include "transport/distances.h"

typedef struct rc_alignment_outputs {
    rc_var pooled[RC_MORE_INPUTS + 1]; /* features [n, width] of each input */
    rc_var p[RC_SOURCE_SETS]; /* the predictions [n, classes] of the source's heads; NULL: not asked for */
} rc_alignment_outputs;

/* The frozen predictor of one of the source's sets. */
typedef struct rc_alignment_head {
    double weight; /* of the set */
    int64_t classes;
    rc_tensor head[2]; /* weight [classes, features], bias [classes] */
    rc_distortion distortion;
    float *p_grad; /* [batch, classes] */
    double leep;
    float *p, *leep_grad; /* [n, classes]: what was predicted at the last measure; by_leep: the gradient */
} rc_alignment_head;

typedef struct rc_alignment {
    rc_graph *graph; /* of passes that run the body; borrowed, as the next four */
    rc_model *model;
    const rc_task *task;
    const rc_bundle *source;
    const rc_config *c;
    int64_t n, width, target_classes;
    int64_t more;   /* samples of the unlabelled part, which only the distance sees */
    int64_t *index; /* [n + more], of the training part, of the unlabelled one */
    int32_t *label; /* [n]: classes, or k-means clusters of targets that have none, and of words */
    bool unsettled; /* the clusters were still changing when k-means stopped */
    rc_alignment_head head[RC_SOURCE_SETS]; /* of each of the source's sets */
    int inputs;                             /* of a sample */
    int64_t room;                           /* n + more at first */
    float *features; /* [inputs, room, width]: mean over the tokens of each input of the embedder's output */
    double *weight;  /* [inputs, room]: 0 where a sample lacks the input, else 1; NULL: of one input */
    double root_tokens; /* mean over the samples of the square root of how many tokens those are */
    double *set_weight; /* [the source's features]: what each weighs; NULL: all the same, of one set */
    bool by_leep;       /* minus LEEP takes the place of H(Z_s|Z_t) in backward. To be set after create */
    int64_t batches, labelled; /* labelled: the first so many */
    int64_t *at, *p_at;        /* [batches + 1]: where each begins among the samples, and in p */
    /* To be set after create, where the gradients of batches are summed by shards, which the ranks share out;
     * sum NULL: all batches are this rank's. Owned. */
    rc_gradient_sum *sum;
    int64_t shards;
    rc_batch batch;
    rc_graph *embedding;       /* of passes that do not run the body; owned */
    bool differentiates;       /* a backward follows every measure. To be set after create */
    rc_alignment_outputs kept; /* what the last measure recorded for it in `graph`; else NULL */
} rc_alignment;

/* align.source_head=plain: the head from before recalibration. */
bool rc_alignment_plain_head(const rc_config *c);
/* Whether the source holds the head that the settings ask for, and what a distance needs. */
rc_status rc_alignment_check(const rc_bundle *source, const rc_config *c) RC_MUST_CHECK;
rc_status rc_alignment_check_distance(const rc_bundle *source, const rc_distance_kind *kind) RC_MUST_CHECK;

/* The first align.samples of the training part in a seeded order, and align.unlabelled of the unlabelled. The
 * sets of the source weigh all the same. */
rc_status rc_alignment_create(rc_graph *g, rc_model *m, const rc_task *t, const rc_bundle *source,
                              const rc_config *c, rc_alignment *out) RC_MUST_CHECK;
/* From now on without the samples of the unlabelled part. */
void rc_alignment_drop_unlabelled(rc_alignment *a);
void rc_alignment_free(rc_alignment *a);
/* What is to be said of a distortion measured like this: too few samples of a class, clusters that are not
 * final. Added to `out`. */
rc_status rc_alignment_notes(const rc_alignment *a, rc_texts *out) RC_MUST_CHECK;
/* One pass: features of the model as it is and, with `predict`, its distortion. Without, the body is not run,
 * and the distortion is empty. Where one batch holds all samples and `differentiates` is set, the pass is
 * recorded, so that the next backward of the distortion need not run the body again; the parameters must not
 * change in between. */
rc_status rc_alignment_measure(rc_alignment *a, bool predict) RC_MUST_CHECK;
/* Weighs the sets by what the last measure with its predictions says that each tells of the target's classes:
 * w_k is the share of I(Z_k;Z_t) in the sum. All the same where none tells anything. */
rc_status rc_alignment_weigh(rc_alignment *a) RC_MUST_CHECK;
/* Means over the sets under their weights. */
rc_distortion_values rc_alignment_distortion(const rc_alignment *a);
double rc_alignment_leep(const rc_alignment *a);
/* One pass with recording: adds to the parameters' gradients those of <grad, features> (grad, as features,
 * may be NULL), of w_conditional H(Z_s|Z_t) and of minus w_information times the information. The body is run
 * only for the last two. Exact for the whole set, since the last measure knows the mean prediction of each
 * class; memory is that of one batch. */
rc_status rc_alignment_backward(rc_alignment *a, const float *grad, double w_conditional,
                                double w_information) RC_MUST_CHECK;
/* The same, but with the distortion's gradient g_h made w_conditional + w_information times as long as the
 * distance's g_d: g_d + w |g_d| / |g_h| g_h, where a fixed weight would compare a squared length with an
 * entropy. Neither term can drown the other, whatever the scale of the features, and once the features are
 * aligned the distortion has no more say. What the parameters hold afterwards is to be multiplied by *scale,
 * which is the factor |g_d| / |g_h| that the distortion got (1, and g_d alone, when either has no gradient).
 * `grad` is overwritten. */
rc_status rc_alignment_backward_balanced(rc_alignment *a, float *grad, double w_conditional,
                                         double w_information, double *scale) RC_MUST_CHECK;

/* The features of input k as a distance takes them. */
rc_sample_set rc_alignment_samples(const rc_alignment *a, int k);
/* The settings of align.* for distances. */
rc_distance_settings rc_alignment_settings(const rc_config *c);
/* The distance of this kind to all features of the source, as its sets weigh now; valid as long as the
 * alignment, and until they are weighed again. */
rc_status rc_alignment_distance(rc_alignment *a, const rc_distance_kind *kind,
                                rc_distance **out) RC_MUST_CHECK;

#endif
