/* The plain opponents as methods: what anybody has at hand without a foundation model. No source, no epochs.
 */
#include "methods/method.h"

#define PLAIN(name_, about_)                                             \
    static rc_status run_##name_(rc_session *s, const rc_bundle *source) \
    {                                                                    \
        (void)source;                                                    \
        return rc_stage_plain(s, #name_);                                \
    }                                                                    \
    const rc_method rc_method_##name_ = {                                \
        .name = #name_,                                                  \
        .about = "plain: " about_,                                       \
        .run = run_##name_,                                              \
        .no_texts = "it takes numbers",                                  \
        .plain = #name_,                                                 \
    };

PLAIN(majority, "the most frequent class, the mean, the mean field")
PLAIN(ridge, "ridge regression, strength by leave-one-out")
PLAIN(logistic, "logistic regression, strength by cross-validation")
PLAIN(svm, "support vector machine, radial kernels")
PLAIN(forest, "extremely randomised trees")
PLAIN(kernels, "random dilated convolutions of sequences, and ridge regression")
