/* recraft/generate.h: data sets made by solving equations.
 *
 * Failures and threads are as in recraft/run.h. */
#ifndef RECRAFT_GENERATE_H
#define RECRAFT_GENERATE_H

#include <stddef.h>
#include <stdint.h>

#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A field of 0 (n_test: -1) takes the generator's default. `set` are its parameters, "nu=0.01". */
typedef struct rc_make_options {
    size_t size;             /* by RC_MAKE_OPTIONS_INIT */
    const char *out;         /* folder to make */
    int64_t n_train, n_test; /* samples of each part */
    int64_t resolution;      /* points along each side */
    int64_t seed;            /* of what is drawn */
    const char *const *set;
    size_t n_set; /* how many of them */
} rc_make_options;
#define RC_MAKE_OPTIONS_INIT RC_SIZED(rc_make_options)
/* Makes the data set of this name (rc_make_list). x_train [N, C, R] or [N, C, R, R]: the first state, y_train
 * a later one (Darcy: coefficient and solution). *json: out, generator, n_train, n_test, resolution, seed,
 * the parameters, seconds. */
RC_API rc_status rc_make(const char *name, const rc_make_options *o, char **json) RC_MUST_CHECK;
/* The generators, their sizes and parameters. */
RC_API rc_status rc_make_list(char **json) RC_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
