/* The plain opponents as methods: what anybody has at hand without a foundation model. No source, no epochs.
 */
#include "methods/method.h"

#define PLAIN(name_, about_, no_texts_)                                  \
    static rc_status run_##name_(rc_session *s, const rc_bundle *source) \
    {                                                                    \
        (void)source;                                                    \
        return rc_stage_plain(s, #name_);                                \
    }                                                                    \
    const rc_method rc_method_##name_ = {                                \
        .name = #name_,                                                  \
        .about = "plain: " about_,                                       \
        .run = run_##name_,                                              \
        .no_texts = no_texts_,                                           \
        .plain = #name_,                                                 \
    };

#define NUMBERS "it takes numbers"

PLAIN(majority, "the most frequent class, the mean, the quantiles, the mean field", NULL)
PLAIN(ridge, "ridge regression, strength by leave-one-out", NUMBERS)
PLAIN(logistic, "logistic regression, strength by cross-validation", NUMBERS)
PLAIN(svm, "support vector machine, radial kernels", NUMBERS)
PLAIN(forest, "extremely randomised trees", NUMBERS)
PLAIN(kernels, "random dilated convolutions of sequences, and ridge regression", NUMBERS)
PLAIN(ordinal, "grades by proportional odds, strength by cross-validation", NUMBERS)
PLAIN(poisson, "Poisson regression of counts, strength by cross-validation", NUMBERS)
PLAIN(quantile, "linear quantile regression, strength by cross-validation", NUMBERS)
PLAIN(cox, "Cox regression of survival, strength by cross-validation", NUMBERS)
PLAIN(words, "logistic regression on the words of a text and their pairs", NULL)
