/* data make: data sets by solving equations. */
#include "recraft/generate.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "formats/json.h"

static const cli_option options[] = {{"NAME", "NAME", "what to make, from the list below", true},
                                     {"--out", "DIR", "folder to make", true},
                                     {"--n-train", "N", "training samples", false},
                                     {"--n-test", "N", "test samples", false},
                                     {"--resolution", "N", "points each way of the arrays written", false},
                                     {"--set", "KEY=VALUE ...", "a parameter; may be repeated", false},
                                     {"--seed", "N", "0", false},
                                     CLI_COMMON};

static rc_status run(const cli_args *a)
{
    rc_make_options o = {.size = sizeof o, .out = cli_value(a, "--out"), .n_test = -1};
    o.set = cli_values(a, "--set", &o.n_set);
    char *json;
    rc_status status = cli_integer(a, "--n-train", 1, 1000000, &o.n_train);
    if (status == RC_OK) status = cli_integer(a, "--n-test", 0, 1000000, &o.n_test);
    if (status == RC_OK) status = cli_integer(a, "--resolution", 1, 100000, &o.resolution);
    if (status == RC_OK) status = cli_integer(a, "--seed", 0, INT64_MAX, &o.seed);
    if (status == RC_OK) status = rc_make(cli_value(a, "NAME"), &o, &json);
    return status == RC_OK ? cli_print(a, json) : status;
}

void cli_print_parameters(const rc_json *list)
{
    for (size_t i = 0; i < rc_json_length(list); i++) {
        const rc_json *p = rc_json_at(list, i);
        printf("      --set %-12s %s [%g]\n", rc_json_string(p, "key", ""), rc_json_string(p, "about", ""),
               rc_json_number(p, "default", 0));
    }
}

static void print_generator(const rc_json *g)
{
    char text[256];
    snprintf(text, sizeof text, "%s; %lld + %lld samples, resolution %lld", rc_json_string(g, "about", ""),
             (long long)rc_json_integer(g, "n_train", 0), (long long)rc_json_integer(g, "n_test", 0),
             (long long)rc_json_integer(g, "resolution", 0));
    cli_print_row(22, rc_json_string(g, "name", ""), text);
    cli_print_parameters(rc_json_get(g, "parameters"));
}

rc_status cli_print_generators(void)
{
    char *text;
    rc_json *j;
    rc_status status = rc_make_list(&text);
    if (status == RC_OK) status = cli_read_result(text, &j);
    if (status != RC_OK) return status;
    const rc_json *list = rc_json_get(j, "generators");
    for (size_t i = 0; i < rc_json_length(list); i++)
        print_generator(rc_json_at(list, i));
    rc_json_free(&j);
    return cli_text("%s", "");
}

const cli_command cli_data_make = {
    "data make", "generate a data set: solve an equation, or draw labelled series", options,
    "JSON keys: out, generator, n_train, n_test, resolution, seed, the parameters, "
    "seconds\n\nGenerators, training + test samples and parameters by default:",
    run};
