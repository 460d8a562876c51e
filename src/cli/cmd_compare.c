/* compare: data sets x methods x seeds, and what the statistics say. */
#include "recraft/compare.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "formats/json.h"

static const cli_option options[] = {
    {"--experiment", "FILE", "data sets, methods, seeds and settings, YAML (docs/compare.md)", false},
    {"--data", "A,B,...", "data sets; with --experiment, some of its names", false},
    {"--method", "M1,M2,...", "methods; with --experiment, some of its names, or others", false},
    {"--seeds", "N", "seeds 0 to N-1 (the experiment's, or 3)", false},
    {"--out", "DIR", "folder of the runs and the tables", true},
    {"--source", "NAME|FILE",
     "source of data sets that name none (the experiment's, or by the form of the data)", false},
    {"--set", "KEY=VALUE ...", "a setting of every run; may be repeated", false},
    {"--tune", "FILE", "candidate settings, YAML, that each method tries on validation", false},
    {"--root", "DIR", "folder that the experiment's relative paths start from", false},
    {"--jobs", "N", "runs at the same time (the number of cores)", false},
    {"--retry", NULL, "try failed runs again", false},
    {"--worker", NULL, "share the folder with others: take runs that nobody else has, until all are done",
     false},
    {"--share", "I/N", "do only part I of N, as in a job array", false},
    {"--list", NULL, "start no run: list the state of each", false},
    {"--tables", NULL, "start no run: write the tables of the runs that are there", false},
    CLI_COMMON};

/* "3/8" */
static rc_status share(const cli_args *a, rc_compare_options *o)
{
    const char *text = cli_value(a, "--share");
    int used = 0;
    long long first, all;
    if (!text) return RC_OK;
    if (sscanf(text, "%9lld/%9lld%n", &first, &all, &used) != 2 || text[used] || all < 1)
        return cli_fail("--share %.40s: wanted two numbers, such as 3/8", text);
    o->share = first;
    o->shares = all;
    return RC_OK;
}

/* Where runs stand: all of them when that was asked, else their numbers. */
static rc_status print_list(const cli_args *a, char *json)
{
    rc_json *j;
    if (a->json || cli_value(a, "--list")) return cli_print(a, json);
    RC_TRY(cli_read_result(json, &j));
    rc_status status =
        cli_text("%lld runs done, %lld running elsewhere, %lld failed, %lld waiting\n",
                 (long long)rc_json_integer(j, "done", 0), (long long)rc_json_integer(j, "running", 0),
                 (long long)rc_json_integer(j, "failed", 0), (long long)rc_json_integer(j, "waiting", 0));
    rc_json_free(&j);
    return status;
}

static rc_status print(const cli_args *a, char *json, char *markdown)
{
    rc_status status = a->json ? cli_text("%s\n", json) : cli_text("%s", markdown);
    if (status == RC_OK && !a->json)
        status = cli_text("\nresults.html, results.md, results.csv and results.json are in %s\n",
                          cli_value(a, "--out"));
    rc_free_text(json);
    rc_free_text(markdown);
    return status;
}

/* Its runs are processes of this program. */
static rc_status find_program(size_t room, char *out)
{
    ssize_t n = readlink("/proc/self/exe", out, room - 1);
    RC_CHECK(n > 0, RC_UNSUPPORTED, "the path of this program cannot be found (/proc/self/exe)");
    out[n] = '\0';
    return RC_OK;
}

static rc_status run(const cli_args *a)
{
    char *json = NULL, *markdown = NULL, program[4096];
    rc_compare_options o = {.size = sizeof o,
                            .experiment = cli_value(a, "--experiment"),
                            .data = cli_value(a, "--data"),
                            .method = cli_value(a, "--method"),
                            .out = cli_value(a, "--out"),
                            .source = cli_value(a, "--source"),
                            .tune = cli_value(a, "--tune"),
                            .root = cli_value(a, "--root"),
                            .retry = cli_value(a, "--retry") != NULL,
                            .tables = cli_value(a, "--tables") != NULL,
                            .worker = cli_value(a, "--worker") != NULL,
                            .list = cli_value(a, "--list") != NULL};
    o.set = cli_values(a, "--set", &o.n_set);
    o.program = program;
    rc_status status = find_program(sizeof program, program);
    if (status == RC_OK) status = cli_integer(a, "--seeds", 1, 1000, &o.seeds);
    if (status == RC_OK) status = cli_integer(a, "--jobs", 1, 1024, &o.jobs);
    if (status == RC_OK) status = share(a, &o);
    bool listed = o.worker || o.shares || o.list;
    if (status == RC_OK)
        status = rc_compare(&o, a->json || listed ? &json : NULL, a->json || listed ? NULL : &markdown);
    if (status != RC_OK) return status;
    return listed ? print_list(a, json) : print(a, json, markdown);
}

const cli_command cli_compare = {
    "compare", "compare methods: data sets x methods x seeds, ranks, tests", options,
    "The same command continues: complete runs are kept, interrupted ones resume. JSON keys: title, "
    "version, runs, "
    "done,\nfailed, methods, friedman, pairs, measured, agreement, cells, each; the same as "
    "DIR/results.json.\nOf --worker, --share and --list: done, running, failed, waiting, runs.",
    run};
