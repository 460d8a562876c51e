/* data make: data sets by solving equations. */
#include "recraft/generate.h"

#include <string.h>

#include "cli/cli.h"

static const cli_option options[] = {
    {"NAME", "NAME", "darcy", true},
    {"--out", "DIR", "folder to make", true},
    {"--n-train", "N", "training samples (1000)", false},
    {"--n-test", "N", "test samples (100)", false},
    {"--resolution", "N", "points each way (85; the solve has 5 times as many)", false},
    {"--seed", "N", "0", false},
    CLI_COMMON};

static rc_status run(const cli_args *a)
{
    rc_make_options o = {.out = cli_value(a, "--out"), .n_test = -1};
    char *json;
    const char *name = cli_value(a, "NAME");
    if (strcmp(name, "darcy") != 0)
        return cli_fail("data make: no generator is called \"%.40s\"; known: darcy", name);
    rc_status status = cli_integer(a, "--n-train", 1, 1000000, &o.n_train);
    if (status == RC_OK) status = cli_integer(a, "--n-test", 0, 1000000, &o.n_test);
    if (status == RC_OK) status = cli_integer(a, "--resolution", 3, 401, &o.resolution);
    if (status == RC_OK) status = cli_integer(a, "--seed", 0, INT64_MAX, &o.seed);
    if (status == RC_OK) status = rc_make_darcy(&o, &json);
    return status == RC_OK ? cli_print(a, json) : status;
}

const cli_command cli_data_make = {"data make", "generate a PDE data set by solving it", options,
                                   "JSON keys: out, n_train, n_test, resolution, seed, seconds", run};
