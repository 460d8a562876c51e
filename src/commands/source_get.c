/* Sources by their names: a bundle that is published somewhere, or one that is made here of a known model and
 * a known labelled set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/home.h"
#include "base/progress.h"
#include "base/text.h"
#include "commands/common.h"
#include "fetch/model_store.h"
#include "fetch/place.h"
#include "published/questions.h"
#include "source/bundle.h"

enum { PATH = 4096, SETTINGS = 2 };
static const int64_t LIMIT = 8LL * 1000 * 1000 * 1000;

/* What can be made here. */
static const struct recipe {
    const char *name, *model, *about;
    rc_status (*data)(const char *place, const char *folder);
    const char *set[SETTINGS];
} recipes[] = {{"minilm",
                "minilm",
                "for texts, sequences and tables: all-MiniLM-L6-v2 with TREC's questions",
                rc_questions_get,
                {"source.lr=0.01", "source.recalibration_epochs=4"}}};
enum { RECIPES = sizeof recipes / sizeof *recipes };

static const struct recipe *find_recipe(const char *name)
{
    for (int i = 0; i < RECIPES; i++)
        if (strcmp(recipes[i].name, name) == 0) return &recipes[i];
    return NULL;
}

/* ---- fetched ---- */

static rc_status is_bundle(const char *path, const char *shown)
{
    rc_bundle *b;
    rc_status status = rc_bundle_open(path, &b);
    if (status != RC_OK) return rc_fail_context(status, "%s", shown);
    rc_bundle_close(&b);
    return RC_OK;
}

static rc_status fetch(const char *place, const char *name, const char *path, bool *found)
{
    char file[128], list[PATH], hash[RC_SHA256_TEXT];
    rc_transfer t = {.path = path, .work = name, .sha256 = hash, .limit = LIMIT, .accepts = is_bundle};
    snprintf(file, sizeof file, "%s.safetensors", name);
    RC_CHECK(snprintf(list, sizeof list, "%s.sums", path) < PATH, RC_IO, "%.80s...: the path is too long",
             path);
    RC_TRY(rc_place_sha256(place, file, list, hash));
    *found = hash[0] != '\0';
    return *found ? rc_place_fetch(place, file, &t) : RC_OK;
}

/* ---- made ---- */

static rc_status get_model(const char *name)
{
    rc_json *report = rc_json_object();
    rc_status status = rc_models_fetch(rc_known_model_find(name), report);
    rc_json_free(&report);
    return status;
}

static rc_status make(const struct recipe *r, const rc_source_get_options *o)
{
    char folder[PATH];
    const char *data = o->data;
    if (!data) {
        RC_TRY(rc_home_path("sets", r->name, sizeof folder, folder));
        RC_TRY(r->data(o->mirror, folder));
        data = folder;
    }
    RC_TRY(get_model(r->model));
    rc_progress_note("building %s of the model %s and %s; this takes some minutes, once", r->name, r->model,
                     data);
    rc_source_build_options build = {.size = sizeof build,
                                     .model = r->model,
                                     .data = &data,
                                     .n_data = 1,
                                     .out = r->name,
                                     .settings = {.set = r->set, .n_set = SETTINGS}};
    return rc_source_build(&build, NULL);
}

/* ---- either ---- */

static rc_status unknown(const char *name, const char *place)
{
    const char *known[RECIPES];
    for (int i = 0; i < RECIPES; i++)
        known[i] = recipes[i].name;
    if (place)
        return rc_fail(RC_CONFIG,
                       "%s.safetensors is not in the list SHA256SUMS of %s, and no recipe makes \"%s\"", name,
                       place, name);
    return rc_fail_unknown(RC_CONFIG, name, known, RECIPES, "`\1rc_source_list` names what is available",
                           "no source is known as \"%.60s\"", name);
}

static rc_status get(const rc_source_get_options *o, const char *path, rc_json *j)
{
    const char *place = o->from ? o->from : getenv("RECRAFT_SOURCES");
    if (o->data || (place && !*place)) place = NULL; /* it is not looked at */
    const struct recipe *recipe = find_recipe(o->name);
    bool found = false, here = rc_path_exists(path);
    if (!here && place) RC_TRY(fetch(place, o->name, path, &found));
    if (!here && !found && o->from) return unknown(o->name, place);
    if (!here && !found) RC_TRY(recipe ? make(recipe, o) : unknown(o->name, place));
    rc_json_set_string(j, "source", o->name);
    rc_json_set_string(j, "path", path);
    if (found) rc_json_set_string(j, "from", place);
    rc_json_set_string(j, "how", here ? "it was there" : found ? "fetched" : "built");
    return RC_OK;
}

rc_status rc_source_get(const rc_source_get_options *given, char **json)
{
    rc_source_get_options own = RC_SOURCE_GET_OPTIONS_INIT, *o = &own;
    char file[128], path[PATH];
    RC_TRY(rc__options_take("rc_source_get_options", given, sizeof own, o));
    RC_TRY(RC_FIELDS("rc_source_get_options", o->name));
    RC_CHECK(rc_home_is_name(o->name), RC_CONFIG,
             "\"%.60s\" cannot be a source's name: letters, digits and -_. only", o->name);
    RC_CHECK(!o->from || !o->data, RC_CONFIG,
             "\1from and \1data: a bundle is either fetched or made from data");
    for (int i = 0; rc_bundle_builtin(i); i++)
        RC_CHECK(strcmp(o->name, rc_bundle_builtin(i)) != 0, RC_CONFIG,
                 "%s is built in; there is nothing to get", o->name);
    snprintf(file, sizeof file, "%s.safetensors", o->name);
    RC_TRY(rc_home_path("sources", NULL, sizeof path, path));
    RC_TRY(rc_make_directory(path));
    RC_TRY(rc_home_path("sources", file, sizeof path, path));
    rc_json *j = rc_json_object();
    return rc__json_result(j, get(o, path, j), json);
}

void rc__source_recipes(rc_json *list)
{
    for (int i = 0; i < RECIPES; i++) {
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_string(one, "source", recipes[i].name);
        rc_json_set_boolean(one, "here", rc_bundle_is_here(recipes[i].name));
        rc_json_set_string(one, "about", recipes[i].about);
    }
}
