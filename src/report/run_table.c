/* Finished runs as a table of text. */
#include <math.h>
#include <stdio.h>

#include "report/run_files.h"
#include "report/run_page.h"

static void number(char text[16], const char *format, double value)
{
    if (isfinite(value))
        snprintf(text, 16, format, value);
    else
        snprintf(text, 16, "-");
}

/* Beneath its run, indented: the seconds are those of learning and of both scores. */
static rc_status opponent_lines(const rc__run *r, rc_string *out)
{
    const char *name;
    const rc_json *one;
    void *at = NULL;
    char cell[3][16];
    while (rc_json_each(rc_json_get(r->result, "opponents"), &at, &name, &one)) {
        if (rc_json_string(one, "skipped", NULL)) {
            RC_TRY(rc_string_printf(out, "  %-8.8s %4s  skipped: %s\n", name, "",
                                    rc_json_string(one, "skipped", "")));
            continue;
        }
        number(cell[0], "%.4f", rc_json_number(one, "valid", NAN));
        number(cell[1], "%.4f", rc_json_number(one, "test", NAN));
        number(cell[2], "%.1f", rc_json_number(one, "seconds", NAN));
        RC_TRY(rc_string_printf(out, "  %-8.8s %4s  %-12s %10s %8s %8s %8s %8s\n", name, "", "", cell[0],
                                cell[1], "-", "-", cell[2]));
    }
    return RC_OK;
}

static rc_status table_row(const rc__run *r, rc_string *out)
{
    const rc_json *j = r->result, *s = rc_json_get(j, "seconds");
    char cell[5][16];
    number(cell[0], "%.4f", rc_json_number(j, "valid", NAN));
    number(cell[1], "%.4f", rc_json_number(j, "test", NAN));
    number(cell[2], "%.1f", rc_json_number(s, "align", NAN));
    number(cell[3], "%.1f", rc_json_number(s, "fit", NAN));
    number(cell[4], "%.1f", rc_json_number(s, "total", NAN));
    RC_TRY(rc_string_printf(out, "%-10.10s %4lld  %-12.12s %10s %8s %8s %8s %8s  %s/report.html\n",
                            rc_json_string(j, "method", "?"), (long long)rc_json_integer(j, "seed", 0),
                            rc_json_string(j, "metric", "?"), cell[0], cell[1], cell[2], cell[3], cell[4],
                            r->directory));
    return opponent_lines(r, out);
}

rc_status rc_report_table(const char *const *runs, size_t n, rc_string *out)
{
    RC_TRY(rc_string_printf(out, "%-10s %4s  %-12s %10s %8s %8s %8s %8s  %s\n", "method", "seed", "metric",
                            "validation", "test", "align s", "fit s", "total s", "report"));
    for (size_t i = 0; i < n; i++) {
        rc__run r;
        rc_status status = rc__run_open_finished(runs[i], &r);
        if (status == RC_OK) status = table_row(&r, out);
        rc__run_close(&r);
        RC_TRY(status);
    }
    return RC_OK;
}
