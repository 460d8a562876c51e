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

/* Text fields may be NULL, numbers 0: as by default. */
typedef struct rc_data_get_options {
    size_t size;             /* by RC_DATA_GET_OPTIONS_INIT */
    const char *out;         /* folder to make; NULL for a plan alone */
    const char *from;        /* a folder or file with the published files, in place of the network */
    const char *mirror;      /* an address to fetch the files from, by their names */
    int64_t n_train, n_test; /* at most so many samples; 0: all */
    int64_t side;            /* psicov: maps of so many residues each way; 0: 512 */
    int64_t seed;            /* of what is drawn: splits, windows, sky */
    bool keep;               /* the downloaded files stay, in out.download */
} rc_data_get_options;
#define RC_DATA_GET_OPTIONS_INIT RC_SIZED(rc_data_get_options)
/* What the task of this name would take. *json: task, licence, bytes, made (bytes of the data set, about),
 * files (name, url, bytes, md5). Asks nothing of the network. */
RC_API rc_status rc_data_get_plan(const char *task, const rc_data_get_options *o, char **json) RC_MUST_CHECK;
/* Fetches it and makes a data set of it. *json: the same, and out, n_train, n_valid, n_test, did. */
RC_API rc_status rc_data_get(const char *task, const rc_data_get_options *o, char **json) RC_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
