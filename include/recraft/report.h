/* recraft/report.h: pages and tables from run folders. */
#ifndef RECRAFT_REPORT_H
#define RECRAFT_REPORT_H

#include <stddef.h>

#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One self-contained HTML page; output NULL: report.html in the run folder. */
RC_API rc_status rc_report(const char *run, const char *output) RC_MUST_CHECK;
/* An aligned text table of finished runs; free with rc_free_text (recraft/run.h). */
RC_API rc_status rc_table(const char *const *runs, size_t n, char **text) RC_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
