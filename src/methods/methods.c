#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "methods/method.h"

extern const rc_method rc_method_auto, rc_method_recraft, rc_method_nft, rc_method_fa, rc_method_orca,
    rc_method_scratch, rc_method_fpt, rc_method_mona, rc_method_pare, rc_method_majority, rc_method_ridge,
    rc_method_logistic, rc_method_svm, rc_method_forest, rc_method_kernels, rc_method_words, rc_method_probe;

const rc_method *const rc_method_table[] = {&rc_method_auto,     &rc_method_recraft, &rc_method_nft,
                                            &rc_method_fa,       &rc_method_orca,    &rc_method_scratch,
                                            &rc_method_fpt,      &rc_method_pare,    &rc_method_mona,
                                            &rc_method_majority, &rc_method_ridge,   &rc_method_logistic,
                                            &rc_method_svm,      &rc_method_forest,  &rc_method_kernels,
                                            &rc_method_words,    &rc_method_probe,   NULL};

bool rc_method_has_gate(const rc_method *m)
{
    return m == &rc_method_pare;
}

rc_status rc_method_find(const char *name, const rc_method **out)
{
    char known[256] = "";
    size_t used = 0;
    for (const rc_method *const *m = rc_method_table; *m; m++) {
        if (strcmp((*m)->name, name) == 0) {
            *out = *m;
            return RC_OK;
        }
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", (*m)->name);
    }
    return rc_fail(RC_CONFIG, "--method %s: no such method; known: %s", name, known);
}
