#include "recraft/report.h"

#include "base/temporary.h"
#include "commands/outputs.h"
#include "report/run_page.h"

rc_status rc_report(const char *run, const char *output)
{
    rc_temporaries_remove(run);
    if (output) RC_TRY(rc__output_check(output, rc__output_pages, NULL));
    return rc_report_write(run, output);
}

rc_status rc_table(const char *const *runs, size_t n, char **text)
{
    rc_string out = {0};
    rc_status status = rc_report_table(runs, n, &out);
    if (status != RC_OK)
        rc_string_free(&out);
    else
        *text = out.data;
    return status;
}
