/* data list: the tasks of the field, a line each. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "formats/json.h"

static const cli_option options[] = {CLI_COMMON};

static void print_row(const char *name, const char *suite, const char *x, const char *y, const char *loss,
                      const char *metric, const char *about)
{
    printf("%-22s %-13s  %-14s  %-20s  %-13s  %-11s  %s\n", name, suite, x, y, loss, metric, about);
}

static rc_status print_lines(char *json)
{
    rc_json *j;
    rc_status status = cli_read_result(json, &j);
    if (status != RC_OK) return status;
    const rc_json *list = rc_json_get(j, "tasks");
    print_row("name", "suite", "x", "y", "loss", "metric", "about (metrics: lower is better)");
    for (size_t i = 0; i < rc_json_length(list); i++) {
        const rc_json *t = rc_json_at(list, i);
        print_row(rc_json_string(t, "name", ""), rc_json_string(t, "suite", ""), rc_json_string(t, "x", ""),
                  rc_json_string(t, "y", ""), rc_json_string(t, "loss", ""), rc_json_string(t, "metric", ""),
                  rc_json_string(t, "about", ""));
    }
    rc_json_free(&j);
    return cli_text("%s", "");
}

static rc_status run(const cli_args *a)
{
    char *json = NULL;
    rc_status status = rc_data_list(&json);
    if (status != RC_OK) return status;
    return a->json ? cli_print(a, json) : print_lines(json);
}

const cli_command cli_data_list = {
    "data list", "the tasks of the field: shapes, loss, metric", options,
    "JSON keys: tasks (name, suite, about, x, y, samples, loss, metric, data). `recraft data show NAME`\n"
    "shows one task in full, with its published settings; `recraft fit --task NAME` begins with them.",
    run};
