/* recraft/entropy.h: feature-label distortion: what the classes of a target say about the labels that a
 * source predicts for its samples.
 *
 * With p_i the source's probabilities for sample i and P_c their mean over the samples of class c,
 *
 *     H(Zs|Zt) = sum over c of N_c / N  H(P_c),    I = H(mean of all p) - H(Zs|Zt),    in nats.
 *
 * Threads: any number of calls at once, each in a context of its own. */
#ifndef RECRAFT_ENTROPY_H
#define RECRAFT_ENTROPY_H

#include <stddef.h>

#include "recraft/array.h"
#include "recraft/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Entropies, in nats. */
typedef struct rc_entropy_result {
    size_t size;                /* by RC_ENTROPY_RESULT_INIT */
    double conditional_entropy; /* H(Zs|Zt) */
    double entropy;             /* H(Zs) of the mean prediction */
    double information;         /* their difference, I(Zs;Zt) */
    double used_labels;         /* exp(H(Zs)): how many labels of the source are in use */
} rc_entropy_result;
#define RC_ENTROPY_RESULT_INIT RC_SIZED(rc_entropy_result)

/* probabilities [N, K], any type, rows not negative that sum to 1 (within 1e-3); labels [N], whole numbers,
 * the target's classes. gradient, unless NULL, is written: [N, K] float32 or float64, the gradient of
 * weight_conditional H(Zs|Zt) - weight_information I in the probabilities, each taken as free. result may be
 * NULL.
 *
 * RC_CONFIG: an array is missing. RC_SHAPE: sizes that do not fit. RC_DATA: rows that are not probabilities,
 * labels that are not whole numbers. RC_UNSUPPORTED: a gradient of another type. RC_MEMORY. */
RC_API rc_status rc_entropy(rc_context *context, const rc_view *probabilities, const rc_view *labels,
                            double weight_conditional, double weight_information, const rc_view *gradient,
                            rc_entropy_result *result) RC_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
