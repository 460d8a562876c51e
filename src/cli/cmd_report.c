/* report: one page for a run, or a table of several. */
#include "recraft/report.h"

#include "base/status.h"
#include "cli/cli.h"

static const cli_option options[] = {
    {"--run", "DIR", "run folder; with --table may be repeated", true},
    {"--output", "FILE", "page to write, .html (report.html in the run folder); - is standard output", false},
    {"--data", "PATH", "its data, where they are not where they were", false},
    {"--seconds", "N", "that its model may be asked what the answers depend on (5); 0: it is not", false},
    {"--table", NULL, "print a table of the runs instead", false},
    CLI_COMMON};

static rc_status run(const cli_args *a)
{
    if (!cli_value(a, "--table")) {
        if (a->n_repeated > 1) return cli_fail("report: one --run at a time, or --table");
        const char *output = cli_value(a, "--output");
        rc_report_options o = {.run = a->repeated[0], .output = output, .data = cli_value(a, "--data")};
        int64_t seconds = RC_REPORT_SECONDS;
        RC_TRY(cli_integer(a, "--seconds", 0, 86400, &seconds));
        o.seconds = (double)seconds;
        rc_status status = rc_report(&o);
        if (status != RC_OK || a->quiet || cli_gives_output(a)) return status;
        return output ? cli_text("%s\n", output) : cli_text("%s/report.html\n", a->repeated[0]);
    }
    char *text;
    rc_status status = rc_table(a->repeated, a->n_repeated, &text);
    if (status != RC_OK) return status;
    status = cli_text("%s", text);
    rc_free_text(text);
    return status;
}

const cli_command cli_report = {
    "report", "one self-contained HTML page for a run, or a table of runs", options,
    "With --table, one line for each run: method, seed, metric, validation, test, "
    "seconds by stage, report;\n"
    "below it one line for each plain opponent of the run.",
    run};
