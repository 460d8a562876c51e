/* recraft/generate.h: data sets made by solving equations. */
#ifndef RECRAFT_GENERATE_H
#define RECRAFT_GENERATE_H

#include <stdint.h>

#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Darcy flow (Li et al., ICLR 2021; NAS-Bench-360): x [N, 3, R, R] (coefficient 12 or 3, column and row
 * coordinate), y [N, R, R]. A field of 0 (n_test: -1) takes the default: 1000, 100, 85. The equation is
 * solved on 5 (R - 1) + 1 points each way. */
typedef struct rc_make_options {
    const char *out;
    int64_t n_train, n_test, resolution, seed;
} rc_make_options;
RC_API rc_status rc_make_darcy(const rc_make_options *o, char **json);

#ifdef __cplusplus
}
#endif
#endif
