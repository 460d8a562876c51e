/* recraft/get.h: the published data of the tasks that `recraft data list` names.
 *
 * Failures and threads are as in recraft/run.h. RC_MACHINE is also a network that fails, and RC_IO what a
 * server refuses. Download from one thread at a time. */
#ifndef RECRAFT_GET_H
#define RECRAFT_GET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Text fields may be NULL, numbers 0: as in `recraft data get --help`. */
typedef struct rc_data_get_options {
    size_t size; /* by RC_DATA_GET_OPTIONS_INIT */
    const char *out, *from, *mirror;
    int64_t n_train, n_test, side, seed;
    bool keep;
} rc_data_get_options;
#define RC_DATA_GET_OPTIONS_INIT RC_SIZED(rc_data_get_options)
/* What it would take: task, licence, bytes, made, files. Asks nothing of the network. */
RC_API rc_status rc_data_get_plan(const char *task, const rc_data_get_options *o, char **json) RC_MUST_CHECK;
/* The same, and out, n_train, n_valid, n_test, did. */
RC_API rc_status rc_data_get(const char *task, const rc_data_get_options *o, char **json) RC_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
