/* source/kept_features.h: what a frozen body makes of a part's samples, computed once and kept while a head
 * learns from it; and the order in which samples go through a body with little to pad. */
#ifndef RC_SOURCE_KEPT_FEATURES_H
#define RC_SOURCE_KEPT_FEATURES_H

#include "backbones/model.h"
#include "tasks/task.h"

/* The rows that the head reads: one for each sample, or one for each labelled word. */
typedef struct rc_kept_features {
    int64_t n, width; /* samples (0: nothing is kept), numbers in a row */
    int64_t *first;   /* [n + 1]: the rows of sample i are first[i] .. first[i + 1] - 1 */
    int32_t *label;   /* [rows] */
    float *row;       /* [rows, width] */
} rc_kept_features;

/* Keeps nothing, and is content, where the features would take more than `max` bytes. Embedder and body must
 * not change as long as they are used, and samples are taken without augmentation. */
rc_status rc_features_keep(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int64_t batch,
                           int64_t max, rc_kept_features *out) RC_MUST_CHECK;
void rc_kept_features_free(rc_kept_features *k);
int64_t rc_kept_features_bytes(const rc_kept_features *k);

/* Tokens of each of a part's texts: free with rc_free. NULL where the samples are no texts: all are of one
 * length. */
rc_status rc_part_lengths(const rc_task *t, const rc_part *part, int32_t **length) RC_MUST_CHECK;
/* Sorts n samples by key[sample], ties by their number. */
rc_status rc_samples_sort(const int32_t *key, int64_t n, int64_t *sample) RC_MUST_CHECK;

#endif
