/* report/run_files.h: what is in a run folder. Within report/ only. */
#ifndef RC_REPORT_RUN_FILES_H
#define RC_REPORT_RUN_FILES_H

#include "formats/json.h"

typedef struct rc__run {
    const char *directory;
    rc_json *result, *identity; /* result NULL: unfinished */
    rc_json *epochs;
    char *config;
} rc__run;
/* To be closed in any case. */
rc_status rc__run_open(const char *directory, rc__run *out) RC_MUST_CHECK;
void rc__run_close(rc__run *r);
/* The same of one that is to be finished. */
rc_status rc__run_open_finished(const char *directory, rc__run *out) RC_MUST_CHECK;
/* The plain predictor with the best score on the test samples; NULL: none has one. */
const char *rc__best_opponent(const rc_json *result, double *test);
/* Numbers of a stage: x its epochs, y (NaN: not there) under a key. Both have room for all epochs. */
size_t rc__run_curve(const rc__run *r, const char *stage, const char *key, double *x, double *y);

#endif
