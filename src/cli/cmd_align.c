/* align: how far a data set is from its sources, and the terms of the bound. */
#include "recraft/align.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "formats/json.h"

static const cli_option options[] = {
    {"--data", "PATH", "target data set (that of --run)", false},
    {"--source", "NAME,...", "sources to compare (images: swin-mini; sequences, tables: minilm)", false},
    {"--run", "DIR", "a finished run: measure after stage 1 and after training, too", false},
    {"--distances", "NAME,...",
     "only these distances, without LogME and probe (see `recraft distance --help`)", false},
    {"--rank-by", "NAME", "what ranks the sources: bound, w1, probe, leep, nce or logme (bound)", false},
    {"--resamples", "B", "resamples of the target for the intervals; 0: none (40)", false},
    {"--features", "N", "compare at most this many features of a source (1000)", false},
    {"--page", "FILE", "write a page with the projections, too (HTML)", false},
    CLI_SETTINGS,
    CLI_DEVICE,
    CLI_COMMON};

/* ---- the text table ---- */

static void number(const rc_json *j, const char *key, int width)
{
    double v = rc_json_number(j, key, NAN);
    if (isfinite(v))
        printf(" %*.4g", width, v);
    else
        printf(" %*s", width, "-");
}

typedef struct column {
    const char *key, *title;
    int width;
} column;

static void print_titles(const char *first, const column *c, size_t n)
{
    printf("%-20s %-15s", first, "stage");
    for (size_t q = 0; q < n; q++)
        printf(" %*s", c[q].width, c[q].title);
    printf("\n");
}

static void print_row(const char *name, const char *stage, const rc_json *values, const column *c, size_t n)
{
    printf("%-20s %-15s", name, stage);
    for (size_t q = 0; q < n; q++)
        number(values, c[q].key, c[q].width);
    printf("\n");
}

/* A line for each stage of each source, the best source first. */
static void print_stages(const rc_json *result, const column *c, size_t n)
{
    const rc_json *ranking = rc_json_get(result, "ranking");
    print_titles("source", c, n);
    for (size_t i = 0; i < rc_json_length(ranking); i++) {
        const char *name = rc_json_as_string(rc_json_at(ranking, i));
        const rc_json *stages = rc_json_get(rc_json_find(result, "sources", "source", name), "stages");
        for (size_t k = 0; k < rc_json_length(stages); k++)
            print_row(k == 0 ? name : "", rc_json_string(rc_json_at(stages, k), "stage", ""),
                      rc_json_at(stages, k), c, n);
    }
}

static void print_bounds(const rc_json *result)
{
    static const column c[] = {
        {"risk", "risk", 8},           {"lipschitz", "Lipschitz", 9},          {"w1", "W1", 8},
        {"transport", "transport", 9}, {"conditional_entropy", "H(Zs|Zt)", 8}, {"entropy", "H(Zs)", 8},
        {"bound", "bound", 8}};
    print_stages(result, c, sizeof c / sizeof *c);
}

/* What the source as it is tells of the labels. */
static void print_scores(const rc_json *result)
{
    static const column c[] = {
        {"leep", "LEEP", 9}, {"nce", "NCE", 9}, {"logme", "LogME", 9}, {"probe", "probe", 9}};
    printf("\n");
    print_stages(result, c, sizeof c / sizeof *c);
}

/* Of a source with several sets: the terms of each, at every stage. */
static void print_sets(const rc_json *result)
{
    static const column c[] = {{"weight", "weight", 8},       {"risk", "risk", 8},
                               {"lipschitz", "Lipschitz", 9}, {"w1", "W1", 8},
                               {"transport", "transport", 9}, {"conditional_entropy", "H(Zs|Zt)", 8},
                               {"entropy", "H(Zs)", 8},       {"information", "I(Zs;Zt)", 8},
                               {"bound", "bound", 8}};
    const rc_json *ranking = rc_json_get(result, "ranking");
    bool any = false;
    for (size_t i = 0; i < rc_json_length(ranking); i++) {
        const char *name = rc_json_as_string(rc_json_at(ranking, i));
        const rc_json *stages = rc_json_get(rc_json_find(result, "sources", "source", name), "stages");
        for (size_t k = 0; k < rc_json_length(stages); k++) {
            const rc_json *sets = rc_json_get(rc_json_at(stages, k), "sets");
            if (rc_json_length(sets) > 0 && !any) print_titles("set", c, sizeof c / sizeof *c);
            any = any || rc_json_length(sets) > 0;
            for (size_t q = 0; q < rc_json_length(sets); q++)
                print_row(rc_json_string(rc_json_at(sets, q), "data", ""),
                          rc_json_string(rc_json_at(stages, k), "stage", ""), rc_json_at(sets, q), c,
                          sizeof c / sizeof *c);
        }
    }
}

static void print_heads(const rc_json *result)
{
    static const char *const key[] = {"accuracy",          "gradient_norm_mean", "gradient_norm_q05",
                                      "gradient_norm_q25", "gradient_norm_q50",  "gradient_norm_q75",
                                      "gradient_norm_q95"};
    const rc_json *ranking = rc_json_get(result, "ranking");
    printf("\n%-20s %8s %15s %8s %8s %8s %8s %8s\n", "source", "accuracy", "gradients: mean", "5 %", "25 %",
           "50 %", "75 %", "95 %");
    for (size_t i = 0; i < rc_json_length(ranking); i++) {
        const char *name = rc_json_as_string(rc_json_at(ranking, i));
        printf("%-20s", name);
        for (size_t k = 0; k < sizeof key / sizeof *key; k++)
            number(rc_json_find(result, "sources", "source", name), key[k], k == 1 ? 15 : 8);
        printf("\n");
    }
}

static void print_distances(const rc_json *result)
{
    const rc_json *ranking = rc_json_get(result, "ranking");
    printf("\n%-20s %-15s %-10s %10s %10s %10s\n", "source", "stage", "distance", "value", "from", "to");
    for (size_t i = 0; i < rc_json_length(ranking); i++) {
        const char *name = rc_json_as_string(rc_json_at(ranking, i));
        const rc_json *stages = rc_json_get(rc_json_find(result, "sources", "source", name), "stages");
        for (size_t k = 0; k < rc_json_length(stages); k++) {
            const rc_json *list = rc_json_get(rc_json_at(stages, k), "distances");
            for (size_t q = 0; q < rc_json_length(list); q++) {
                const rc_json *d = rc_json_at(list, q);
                printf("%-20s %-15s %-10s", k + q == 0 ? name : "",
                       q == 0 ? rc_json_string(rc_json_at(stages, k), "stage", "") : "",
                       rc_json_string(d, "name", ""));
                number(d, "value", 10);
                number(d, "low", 10);
                number(d, "high", 10);
                printf("%s%s\n", rc_json_get(d, "optimum") ? "  local optimum" : "",
                       rc_json_boolean(d, "converged", true) ? "" : "  not converged");
            }
        }
    }
}

/* Of the data, and of what each source is compared with. They are no progress: --quiet leaves them. */
static void print_notes(const rc_json *j)
{
    const rc_json *notes = rc_json_get(j, "notes");
    for (size_t i = 0; i < rc_json_length(notes); i++)
        printf("note: %s\n", rc_json_as_string(rc_json_at(notes, i)));
}

static rc_status print_tables(char *json)
{
    rc_json *result;
    rc_status status = cli_read_result(json, &result);
    if (status != RC_OK) return status;
    printf("%s: %lld samples, %lld classes\n", rc_json_string(result, "data", ""),
           (long long)rc_json_integer(result, "samples", 0),
           (long long)rc_json_integer(result, "target_classes", 0));
    print_bounds(result);
    print_scores(result);
    print_sets(result);
    print_heads(result);
    print_distances(result);
    print_notes(result);
    const rc_json *sources = rc_json_get(result, "sources");
    for (size_t i = 0; i < rc_json_length(sources); i++)
        print_notes(rc_json_at(sources, i));
    rc_json_free(&result);
    return cli_text("%s", "");
}

static rc_status run(const cli_args *a)
{
    char *json = NULL;
    int64_t resamples = -1;
    rc_align_options o = {.size = sizeof o,
                          .data = cli_value(a, "--data"),
                          .sources = cli_value(a, "--source"),
                          .run = cli_value(a, "--run"),
                          .distances = cli_value(a, "--distances"),
                          .page = cli_value(a, "--page"),
                          .rank_by = cli_value(a, "--rank-by"),
                          .settings = cli_settings(a)};
    if (o.page && strcmp(o.page, RC_STANDARD_OUTPUT) == 0)
        return cli_fail("align: --page takes a file; standard output is for the tables");
    rc_status status = cli_integer(a, "--resamples", 0, 100000, &resamples);
    if (status == RC_OK) status = cli_integer(a, "--features", 2, 1000000, &o.source_features);
    if (cli_value(a, "--resamples")) o.resamples = resamples == 0 ? -1 : resamples;
    if (status == RC_OK) status = rc_align(&o, &json);
    if (status != RC_OK) return status;
    return a->json ? cli_print(a, json) : print_tables(json);
}

const cli_command cli_align = {
    "align", "how far a data set is from its sources: distances, entropies, the bound", options,
    "Sources are listed by their bound, the smallest first: risk of the source + Lipschitz constant x\n"
    "sqrt(tokens) x W1 + H(Zs|Zt). Where this was tried, the bounds of sources that differ in form or\n"
    "quality chose badly, and W1 chose well (docs/results-older.md). The more a source tells about the\n"
    "labels, the greater are LEEP, NCE and LogME. probe is the loss of a head on its frozen features\n"
    "(docs/distances.md).\n"
    "JSON keys: data, samples, target_classes, notes, ranked_by, ranking, sources: source, notes,\n"
    "accuracy, risk_is, gradient_norm_mean, gradient_norm_q05 to q95, projection, stages: stage, risk,\n"
    "lipschitz, w1, transport, conditional_entropy, entropy, information, used_classes, bound, leep, nce,\n"
    "logme, probe (null: not measured; labelled words have none), distances:\n"
    "name, value, low, high; for a source of several sets, sets in the source and in its stages: data,\n"
    "weight, and the terms of each; sinkhorn, otdd: iterations, marginal_error, converged (false: the\n"
    "value may be too low); gw: the same, optimum (local: the value may be too high).",
    run};
