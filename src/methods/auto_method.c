/* The default of `recraft fit`: tries what there is, within a time, and combines what helps. Its stages are
 * runs of other methods, so it is driven where runs are started (fitting/auto.c). */
#include "methods/method.h"

const rc_method rc_method_auto = {
    .name = "auto",
    .about = "plain predictors, frozen features, fine-tuning; the best of them combined, by validation"};
