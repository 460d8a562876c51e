/* report: a page for a run, a page that compares several, or a table of them. */
#include "recraft/report.h"

#include "base/failure.h"
#include "cli/cli.h"

static const cli_option options[] = {
    {"--run", "DIR ...", "run folder, also without --run; several are compared", true},
    {"--output", "FILE", "page to write, .html (report.html in the run folder); - is standard output", false},
    {"--data", "PATH", "the run's data, if they have moved", false},
    {"--seconds", "N", "seconds for finding out what the answers depend on (5); 0: leave it out", false},
    CLI_DEVICE,
    {"--table", NULL, "print a table of the runs instead", false},
    CLI_COMMON};

static rc_status print_table(const cli_args *a)
{
    char *text;
    size_t n;
    const char *const *run = cli_values(a, "--run", &n);
    RC_TRY(rc_table(run, n, &text));
    rc_status status = cli_text("%s", text);
    rc_free_text(text);
    return status;
}

static rc_status write_page(const cli_args *a)
{
    size_t n;
    const char *const *run = cli_values(a, "--run", &n);
    rc_report_options o = {
        .size = sizeof o, .run = run[0], .output = cli_value(a, "--output"), .data = cli_value(a, "--data")};
    int64_t seconds = RC_REPORT_SECONDS;
    RC_TRY(cli_integer(a, "--seconds", 0, 86400, &seconds));
    o.seconds = (double)seconds;
    if (n == 1) return rc_report(&o);
    if (o.data) return cli_fail("report: --data is for the page of one run");
    return rc_report_runs(run, n, o.output);
}

static rc_status run(const cli_args *a)
{
    const char *output = cli_value(a, "--output");
    if (cli_value(a, "--table")) return print_table(a);
    RC_TRY(write_page(a));
    if (a->quiet || cli_gives_output(a)) return RC_OK;
    return output ? cli_text("%s\n", output) : cli_text("%s/report.html\n", cli_value(a, "--run"));
}

const cli_command cli_report = {
    "report", "one self-contained HTML page for a run or several, or a table of runs", options,
    "Several runs must be of one task; their page has a table of scores with intervals, opponents, sizes\n"
    "and times, and their curves in one chart. It needs --output.\n"
    "With --table, one line for each run: method, seed, metric, validation, test, "
    "seconds by stage, report;\n"
    "below it one line for each plain opponent of the run.",
    run};
