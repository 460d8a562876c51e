/* recraft/align.h: how far a target data set is from a source, and the terms of the bound on the target's
 * risk, before any training or after it. */
#ifndef RECRAFT_ALIGN_H
#define RECRAFT_ALIGN_H

#include <stdint.h>

#include "recraft/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rc_align_options {
    const char *data; /* target data set; NULL: that of the run */
    const char
        *sources;    /* names or files with commas between; NULL: the run's, or chosen by the data's form */
    const char *run; /* a finished run: measure after stage 1 and after training, too; or NULL */
    const char *distances;   /* names with commas between; NULL: all */
    int64_t resamples;       /* of the target for each interval; 0: 40; below 0: no intervals */
    int64_t source_features; /* at most so many of a source's features; 0: 1000 */
    const char *page;        /* HTML page to write, or NULL */
    const char *rank_by;     /* what orders the sources: "bound" or "w1"; NULL: bound */
    rc_settings settings;    /* align.*, data.*, seed; with a run, over the run's own */
} rc_align_options;
/* {"data", "samples", "target_classes", "ranking": [source names, the smallest first], "sources": [{
 * "source", "stages": [..]}]}; keys of a stage in `recraft align --help`. */
RC_API rc_status rc_align(const rc_align_options *o, char **json) RC_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
