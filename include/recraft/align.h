/* recraft/align.h: how far a target data set is from a source, and the terms of the bound on the target's
 * risk, before any training or after it.
 *
 * Failures and threads are as in recraft/run.h. */
#ifndef RECRAFT_ALIGN_H
#define RECRAFT_ALIGN_H

#include <stdint.h>

#include "recraft/data.h"
#include "recraft/predictor.h"
#include "recraft/run.h"
#include "recraft/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is measured, and of what. */
typedef struct rc_align_options {
    size_t size;      /* by RC_ALIGN_OPTIONS_INIT */
    const char *data; /* target data set; NULL: that of the run */
    const char
        *sources;    /* names or files with commas between; NULL: the run's, or chosen by the data's form */
    const char *run; /* a finished run: measure after stage 1 and after training, too; or NULL */
    /* Names with commas between; NULL: all. With names, the scores that take a pass of the body (logme,
     * probe) are left out, unless sources are ranked by one. */
    const char *distances;
    int64_t resamples;       /* of the target for each interval; 0: 40; below 0: no intervals */
    int64_t source_features; /* at most this many of a source's features; 0: 1000 */
    const char *page;        /* HTML page to write, or NULL */
    /* What ranks the sources: "bound", "w1" or "probe", the smallest first; "leep", "nce" or "logme", the
     * greatest. NULL: bound. */
    const char *rank_by;
    rc_settings settings; /* align.*, data.*, seed; with a run, over the run's own */
    /* Objects instead of paths; all are borrowed for the call. */
    const rc_data *target;         /* of data */
    const rc_source *const *among; /* of sources: n_among of them, no two of one name */
    size_t n_among;                /* how many sources are among them */
    rc_predictor *model; /* of run; it keeps no data, so that these have to be given. What it was after stage
                            1 is not known */
} rc_align_options;
#define RC_ALIGN_OPTIONS_INIT RC_SIZED(rc_align_options)
/* Works in the context of the calling thread (rc_context_use). {"data", "samples", "target_classes",
 * "ranked_by", "ranking": [source names, the best first], "sources": [{ "source", "stages": [..]}]}; keys of
 * a stage in `recraft align --help`. */
RC_API rc_status rc_align(const rc_align_options *o, char **json) RC_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
