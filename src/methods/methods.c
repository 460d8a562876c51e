#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "methods/method.h"

extern const rc_method rc_method_auto, rc_method_recraft, rc_method_nft, rc_method_fa, rc_method_orca,
    rc_method_scratch, rc_method_fpt, rc_method_mona, rc_method_pare, rc_method_majority, rc_method_ridge,
    rc_method_logistic, rc_method_svm, rc_method_forest, rc_method_kernels, rc_method_ordinal,
    rc_method_poisson, rc_method_quantile, rc_method_cox, rc_method_words, rc_method_probe, rc_method_distill;

const rc_method *const rc_method_table[] = {&rc_method_auto,
                                            &rc_method_recraft,
                                            &rc_method_nft,
                                            &rc_method_fa,
                                            &rc_method_orca,
                                            &rc_method_scratch,
                                            &rc_method_fpt,
                                            &rc_method_pare,
                                            &rc_method_mona,
                                            &rc_method_majority,
                                            &rc_method_ridge,
                                            &rc_method_logistic,
                                            &rc_method_svm,
                                            &rc_method_forest,
                                            &rc_method_kernels,
                                            &rc_method_ordinal,
                                            &rc_method_poisson,
                                            &rc_method_quantile,
                                            &rc_method_cox,
                                            &rc_method_words,
                                            &rc_method_probe,
                                            &rc_method_distill,
                                            NULL};

bool rc_method_has_gate(const rc_method *m)
{
    return m == &rc_method_pare;
}

rc_status rc_method_find(const char *name, const rc_method **out)
{
    const char *known[sizeof rc_method_table / sizeof *rc_method_table];
    size_t n = 0;
    for (; rc_method_table[n]; n++) {
        *out = rc_method_table[n];
        known[n] = (*out)->name;
        if (strcmp(known[n], name) == 0) return RC_OK;
    }
    return rc_fail_unknown(RC_CONFIG, name, known, n, NULL, "\1method %s: no such method", name);
}
