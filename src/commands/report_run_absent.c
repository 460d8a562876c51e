#include "recraft/report.h"

#include "base/absent.h"

rc_status rc_report(const rc_report_options *o)
{
    (void)o;
    return rc_fail_absent("report", "reports and comparisons", "RECRAFT_REPORT");
}

rc_status rc_report_runs(const char *const *runs, size_t n, const char *output)
{
    (void)runs, (void)n, (void)output;
    return rc_report(NULL);
}

rc_status rc_table(const char *const *runs, size_t n, char **text)
{
    (void)runs, (void)n, (void)text;
    return rc_report(NULL);
}
