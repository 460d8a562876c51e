/* recraft/report.h: pages and tables from run folders.
 *
 * Failures and threads are as in recraft/run.h. */
#ifndef RECRAFT_REPORT_H
#define RECRAFT_REPORT_H

#include <stddef.h>

#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One self-contained HTML page of a run. Its data and its model are asked what the files do not say: the
 * worst samples, and what the answers depend on. Where they cannot be, the page says why. */
typedef struct rc_report_options {
    size_t size; /* by RC_REPORT_OPTIONS_INIT */
    const char *run;
    const char *output; /* NULL: report.html in the run folder; "-" is standard output */
    const char *data;   /* the run's data, if they have moved; NULL: they have not */
    double seconds;     /* for asking the model; 0: it is not asked; below 0: RC_REPORT_SECONDS */
} rc_report_options;
#define RC_REPORT_OPTIONS_INIT RC_SIZED(rc_report_options)
#define RC_REPORT_SECONDS 5
RC_API rc_status rc_report(const rc_report_options *o) RC_MUST_CHECK;
/* One page of several finished runs side by side, which must be of one task. */
RC_API rc_status rc_report_runs(const char *const *runs, size_t n, const char *output) RC_MUST_CHECK;
/* An aligned text table of finished runs; free with rc_free_text (recraft/run.h). */
RC_API rc_status rc_table(const char *const *runs, size_t n, char **text) RC_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
