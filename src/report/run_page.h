/* report/run_page.h: from a run folder to one HTML page, and from several to a table. Reads files, knows
 * nothing of training. */
#ifndef RC_REPORT_RUN_PAGE_H
#define RC_REPORT_RUN_PAGE_H

#include "base/text.h"
#include "report/explained.h"

/* output NULL: report.html in the run folder. Atomic. A run without result.json is shown as unfinished.
 * explained NULL: nothing more is known of it than its files say. */
rc_status rc_report_write(const char *run, const rc_explained *explained, const char *output) RC_MUST_CHECK;
/* One page of several finished runs, which must be of one task. */
rc_status rc_report_compare(const char *const *runs, size_t n, const char *output) RC_MUST_CHECK;
/* Aligned text: method, seed, validation, test, seconds by stage, report. Every run must be finished. */
rc_status rc_report_table(const char *const *runs, size_t n, rc_string *out) RC_MUST_CHECK;

#endif
