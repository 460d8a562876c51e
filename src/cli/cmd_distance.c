/* distance: between two sets of samples, on its own. */
#include "recraft/distance.h"

#include "base/text.h"
#include "cli/cli.h"
#include "formats/json.h"

static const cli_option options[] = {
    {"--a", "A.npy", "samples [N, D]", true},
    {"--b", "B.npy", "samples [M, D]", true},
    {"--distance", "NAME", "sinkhorn (default)", false},
    {"--epsilon", "E", "regularisation, in units of |x - y|^2 / 2 (0.1)", false},
    CLI_COMMON};

static rc_status describe(const char *name, const rc_distance_result *r, rc_json *j)
{
    rc_status status = rc_json_set_string(j, "distance", name);
    if (status == RC_OK) status = rc_json_set_number(j, "value", r->value);
    if (status == RC_OK) status = rc_json_set_integer(j, "n", r->n);
    if (status == RC_OK) status = rc_json_set_integer(j, "m", r->m);
    if (status == RC_OK) status = rc_json_set_integer(j, "d", r->d);
    if (status == RC_OK) status = rc_json_set_number(j, "epsilon", r->epsilon);
    if (status == RC_OK) status = rc_json_set_number(j, "seconds", r->seconds);
    return status;
}

static rc_status print(const cli_args *a, const char *name, const rc_distance_result *result)
{
    rc_json *object;
    char *text = NULL;
    rc_status status = rc_json_object(&object);
    if (status != RC_OK) return status;
    status = describe(name, result, object);
    if (status == RC_OK) status = rc_json_text(object, false, &text);
    rc_json_free(&object);
    return status == RC_OK ? cli_print(a, text) : status;
}

static rc_status run(const cli_args *a)
{
    rc_distance_options o = {0};
    rc_distance_result result;
    const char *name = cli_value(a, "--distance"), *epsilon = cli_value(a, "--epsilon");
    if (!name) name = "sinkhorn";
    if (epsilon && (!rc_text_to_f64(epsilon, &o.epsilon) || !(o.epsilon > 0.0)))
        return cli_fail("distance: --epsilon %.40s: takes a number above 0", epsilon);
    rc_status status = rc_distance_files(cli_value(a, "--a"), cli_value(a, "--b"), name, &o, &result);
    return status == RC_OK ? print(a, name, &result) : status;
}

const cli_command cli_distance = {"distance", "a distance between two sets of samples", options,
                                  "JSON keys: distance, value, n, m, d, epsilon, seconds", run};
