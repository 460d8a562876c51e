/* recraft/transform.h: a data set made from another.
 *
 * Failures and threads are as in recraft/run.h. */
#ifndef RECRAFT_TRANSFORM_H
#define RECRAFT_TRANSFORM_H

#include <stddef.h>
#include <stdint.h>

#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* From where to where. */
typedef struct rc_apply_options {
    size_t size;            /* by RC_APPLY_OPTIONS_INIT */
    const char *in, *out;   /* a data set; the folder to make */
    int64_t seed;           /* of what is drawn */
    const char *const *set; /* the transform's parameters, "bandwidth=30" */
    size_t n_set;           /* how many of them */
} rc_apply_options;
#define RC_APPLY_OPTIONS_INIT RC_SIZED(rc_apply_options)
/* Applies the transform of this name (rc_apply_list). *json: out, transform, from, to, n_train, n_valid,
 * n_test, notes, seconds. */
RC_API rc_status rc_apply(const char *name, const rc_apply_options *o, char **json) RC_MUST_CHECK;
/* The transforms and their parameters. */
RC_API rc_status rc_apply_list(char **json) RC_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
