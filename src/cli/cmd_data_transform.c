/* data transform: a data set made from another. */
#include "recraft/transform.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "formats/json.h"

static const cli_option options[] = {{"NAME", "NAME", "from the list below", true},
                                     {"--in", "PATH", "a data set", true},
                                     {"--out", "DIR", "folder to make", true},
                                     {"--set", "KEY=VALUE ...", "a parameter; may be repeated", false},
                                     {"--seed", "N", "0", false},
                                     CLI_COMMON};

static rc_status run(const cli_args *a)
{
    rc_apply_options o = {.size = sizeof o, .in = cli_value(a, "--in"), .out = cli_value(a, "--out")};
    o.set = cli_values(a, "--set", &o.n_set);
    char *json;
    rc_status status = cli_integer(a, "--seed", 0, INT64_MAX, &o.seed);
    if (status == RC_OK) status = rc_apply(cli_value(a, "NAME"), &o, &json);
    return status == RC_OK ? cli_print(a, json) : status;
}

rc_status cli_print_transforms(void)
{
    char *text;
    rc_json *j;
    rc_status status = rc_apply_list(&text);
    if (status == RC_OK) status = cli_read_result(text, &j);
    if (status != RC_OK) return status;
    const rc_json *list = rc_json_get(j, "transforms");
    for (size_t i = 0; i < rc_json_length(list); i++) {
        const rc_json *t = rc_json_at(list, i);
        printf("  %-12s %s\n", rc_json_string(t, "name", ""), rc_json_string(t, "about", ""));
        cli_print_parameters(rc_json_get(t, "parameters"));
    }
    rc_json_free(&j);
    return cli_text("%s", "");
}

const cli_command cli_data_transform = {
    "data transform", "make a data set from another", options,
    "JSON keys: out, transform, from, to, n_train, n_valid, n_test, notes, seconds\n\n"
    "Transforms and parameters by default:",
    run};
