/* distance: between two sets of samples, on its own. */
#include "recraft/distance.h"

#include <math.h>
#include <string.h>

#include "base/choice.h"
#include "base/text.h"
#include "cli/cli.h"
#include "formats/json.h"

static const cli_option options[] = {
    {"--a", "A.npy", "samples [N, D]", true},
    {"--b", "B.npy", "samples [M, D]; gw: of any D", true},
    {"--distance", "NAME", "one of those below (sinkhorn)", false},
    {"--epsilon", "E", "sinkhorn, otdd: regularisation, in units of |x - y|^2 / 2 (0.1)", false},
    {"--labels-a", "LA.npy", "otdd: labels of A, whole numbers [N]", false},
    {"--labels-b", "LB.npy", "otdd: labels of B, whole numbers [M]", false},
    {"--label-distance", "KIND", "otdd: gaussian or exact distances between labels (gaussian)", false},
    {"--projections", "P", "sliced: directions (128)", false},
    {"--seed", "N", "sliced: seed of the directions (0)", false},
    {"--shrinkage", "S", "gaussian: 0 to 1 (0.1 with fewer samples than values, else 0)", false},
    CLI_COMMON};

static void describe_iterations(const rc_distance_result *r, rc_json *j)
{
    rc_json_set_integer(j, "iterations", r->iterations);
    rc_json_set_number(j, "marginal_error", r->marginal_error);
    rc_json_set_boolean(j, "converged", r->converged);
    if (r->local) rc_json_set_string(j, "optimum", "local");
}

static void describe(const char *name, const rc_distance_result *r, rc_json *j)
{
    rc_json_set_string(j, "distance", name);
    rc_json_set_number(j, "value", r->value);
    if (isfinite(r->root)) rc_json_set_number(j, "root", r->root);
    rc_json_set_integer(j, "n", r->n);
    rc_json_set_integer(j, "m", r->m);
    rc_json_set_integer(j, "d", r->d);
    if (r->d_b != r->d) rc_json_set_integer(j, "d_b", r->d_b);
    if (r->epsilon > 0.0) rc_json_set_number(j, "epsilon", r->epsilon);
    if (r->iterations > 0) describe_iterations(r, j);
    rc_json_set_number(j, "seconds", r->seconds);
}

static rc_status print(const cli_args *a, const char *name, const rc_distance_result *result)
{
    char *text = NULL;
    rc_json *object = rc_json_object();
    describe(name, result, object);
    rc_status status = rc_json_text(object, false, &text);
    rc_json_free(&object);
    return status == RC_OK ? cli_print(a, text) : status;
}

static rc_status read_options(const cli_args *a, rc_distance_options *o)
{
    const char *epsilon = cli_value(a, "--epsilon"), *shrinkage = cli_value(a, "--shrinkage");
    const char *labels = cli_value(a, "--label-distance");
    int64_t seed = 0;
    o->labels_a = cli_value(a, "--labels-a");
    o->labels_b = cli_value(a, "--labels-b");
    if (epsilon && (!rc_text_to_f64(epsilon, &o->epsilon) || !(o->epsilon > 0.0)))
        return cli_fail("distance: --epsilon %.40s: takes a number above 0", epsilon);
    if (shrinkage && (!rc_text_to_f64(shrinkage, &o->shrinkage) || o->shrinkage < 0.0 || o->shrinkage > 1.0))
        return cli_fail("distance: --shrinkage %.40s: takes a number from 0 to 1", shrinkage);
    if (shrinkage && o->shrinkage == 0.0) o->shrinkage = -1.0;
    int exact = 0;
    RC_TRY(rc_choice_take("distance: --label-distance", "gaussian|exact", labels, &exact));
    o->exact_labels = exact;
    rc_status status = cli_integer(a, "--projections", 1, 1000000, &o->projections);
    if (status == RC_OK) status = cli_integer(a, "--seed", 0, INT64_MAX, &seed);
    o->seed = (uint64_t)seed;
    return status;
}

static rc_status run(const cli_args *a)
{
    rc_distance_options o = RC_DISTANCE_OPTIONS_INIT;
    rc_distance_result result = RC_DISTANCE_RESULT_INIT;
    const char *name = cli_value(a, "--distance");
    if (!name) name = "sinkhorn";
    rc_status status = read_options(a, &o);
    if (status == RC_OK)
        status = rc_distance_files(cli_value(a, "--a"), cli_value(a, "--b"), name, &o, &result);
    return status == RC_OK ? print(a, name, &result) : status;
}

const cli_command cli_distance = {
    "distance", "a distance between two sets of samples", options,
    "JSON keys: distance, value, root (sqrt(2 value), where the value is half a square), n, m, d, seconds;\n"
    "sinkhorn, otdd: epsilon, iterations, marginal_error, converged (false: the value may be too low).\n"
    "gw: iterations, marginal_error, converged, optimum (local: the value may be too high), d_b (of b, "
    "where\n"
    "it is not d).\n"
    "Distances:",
    run};
