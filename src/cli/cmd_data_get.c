/* data get: the published data of a task as a data set. */
#include "recraft/get.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "formats/json.h"

static const cli_option options[] = {
    {"NAME", "TASK", "a task of `recraft data list`, or openml-ID", true},
    {"--out", "DIR", "folder to make (the task's name)", false},
    {"--from", "DIR|FILE", "take the published files from this folder, not the network", false},
    {"--mirror", "URL", "fetch the files by their names from this address", false},
    {"--n-train", "N", "at most this many training samples", false},
    {"--n-test", "N", "at most this many test samples", false},
    {"--side", "S", "psicov: maps of S x S (512)", false},
    {"--seed", "N", "of what is drawn: splits, windows, sky (0)", false},
    {"--keep", NULL, "keep the downloaded files in DIR.download", false},
    {"--plan", NULL, "only say what it would take", false},
    CLI_COMMON};

/* Before anything moves: what comes from where, how much, under which licence. */
static rc_status tell(const rc_data_get_options *o, const char *task)
{
    char *text;
    rc_json *j;
    RC_TRY(rc_data_get_plan(task, o, &text));
    rc_status status = cli_read_result(text, &j);
    RC_TRY(status);
    fprintf(stderr, "%s: licence: %s; ", task, rc_json_string(j, "licence", "not named"));
    int64_t bytes = rc_json_integer(j, "bytes", 0), made = rc_json_integer(j, "made", 0);
    if (bytes) fprintf(stderr, "about %.3g GB of files, ", (double)bytes / 1e9);
    if (made) fprintf(stderr, "about %.3g GB as a data set, ", (double)made / 1e9);
    const rc_json *list = rc_json_get(j, "files");
    for (size_t i = 0; i < rc_json_length(list); i++) {
        const rc_json *f = rc_json_at(list, i);
        fprintf(stderr, "%s%s", i ? ", " : "",
                rc_json_string(f, o->from ? "name" : "url", rc_json_string(f, "name", "")));
    }
    fputc('\n', stderr);
    rc_json_free(&j);
    return RC_OK;
}

static rc_status run(const cli_args *a)
{
    const char *task = cli_value(a, "NAME"), *out = cli_value(a, "--out");
    rc_data_get_options o = {.size = sizeof o,
                             .out = out ? out : task,
                             .from = cli_value(a, "--from"),
                             .mirror = cli_value(a, "--mirror"),
                             .keep = cli_value(a, "--keep") != NULL};
    char *json;
    RC_TRY(cli_integer(a, "--n-train", 1, INT64_MAX, &o.n_train));
    RC_TRY(cli_integer(a, "--n-test", 1, INT64_MAX, &o.n_test));
    RC_TRY(cli_integer(a, "--side", 32, 4096, &o.side));
    RC_TRY(cli_integer(a, "--seed", 0, INT64_MAX, &o.seed));
    bool plan = cli_value(a, "--plan") != NULL;
    if (!plan && !a->quiet) RC_TRY(tell(&o, task));
    RC_TRY(plan ? rc_data_get_plan(task, &o, &json) : rc_data_get(task, &o, &json));
    return cli_print(a, json);
}

const cli_command cli_data_get = {"data get", "fetch a task's published data and make a data set of them",
                                  options,
                                  "Licence and sizes are shown first. Room on the disk and published MD5s "
                                  "are checked, and archives are\n"
                                  "unpacked safely. A broken download continues when the command is given "
                                  "again. docs/get.md says\n"
                                  "what becomes of each task's files.\n"
                                  "JSON keys: task, licence, bytes, made (about), files (name, url, bytes, "
                                  "md5), out, n_train, n_valid, n_test, did",
                                  run};
