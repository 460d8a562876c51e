/* compare: data sets x methods x seeds, and what the statistics say. */
#include "recraft/compare.h"

#include "cli/cli.h"

static const cli_option options[] = {
    {"--experiment", "FILE", "data sets, methods, seeds and settings, YAML (docs/compare.md)", false},
    {"--data", "A,B,...", "data sets; with --experiment, some of its names", false},
    {"--method", "M1,M2,...", "methods; with --experiment, some of its names, or others", false},
    {"--seeds", "N", "seeds 0 to N-1 (the experiment's, or 3)", false},
    {"--out", "DIR", "folder of the runs and the tables", true},
    {"--source", "NAME|FILE",
     "source of data sets that name none (the experiment's, or by the form of the data)", false},
    {"--set", "KEY=VALUE", "a setting of every run; may be repeated", false},
    {"--tune", "FILE", "candidate settings, YAML, that each method tries on validation", false},
    {"--root", "DIR", "folder that the experiment's relative paths start from", false},
    {"--jobs", "N", "runs at the same time (the number of cores)", false},
    {"--retry", NULL, "try failed runs again", false},
    {"--tables", NULL, "start no run: write the tables of the runs that are there", false},
    CLI_COMMON};

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

static rc_status run(const cli_args *a)
{
    char *json = NULL, *markdown = NULL;
    rc_compare_options o = {.experiment = cli_value(a, "--experiment"),
                            .data = cli_value(a, "--data"),
                            .method = cli_value(a, "--method"),
                            .out = cli_value(a, "--out"),
                            .source = cli_value(a, "--source"),
                            .tune = cli_value(a, "--tune"),
                            .root = cli_value(a, "--root"),
                            .set = a->repeated,
                            .n_set = a->n_repeated,
                            .retry = cli_value(a, "--retry") != NULL,
                            .tables = cli_value(a, "--tables") != NULL};
    rc_status status = cli_integer(a, "--seeds", 1, 1000, &o.seeds);
    if (status == RC_OK) status = cli_integer(a, "--jobs", 1, 1024, &o.jobs);
    if (status == RC_OK) status = rc_compare(&o, a->json ? &json : NULL, a->json ? NULL : &markdown);
    return status == RC_OK ? print(a, json, markdown) : status;
}

const cli_command cli_compare = {
    "compare", "compare methods: data sets x methods x seeds, ranks, tests", options,
    "The same command continues: complete runs are kept, interrupted ones resume. JSON keys: title, "
    "version, runs, "
    "done,\nfailed, methods, friedman, pairs, measured, agreement, cells, each; the same as "
    "DIR/results.json.",
    run};
