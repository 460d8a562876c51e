/* Fetched models. */
#include "recraft/models.h"

#include "base/home.h"
#include "base/text.h"
#include "commands/common.h"
#include "fetch/model_store.h"

static rc_status unknown(const char *name)
{
    const char *known[64];
    size_t n = 0;
    for (int i = 0; i < rc_known_models_count && n < 64; i++)
        known[n++] = rc_known_models[i].name;
    return rc_fail_unknown(
        RC_CONFIG, name, known, n, "`\1rc_models_list` names them",
        "no model is known as \"%.60s\" (with \1from any model can be kept under this name)", name);
}

static rc_status get(const char *name, const char *from, rc_json *j)
{
    const rc_known_model *m = rc_known_model_find(name);
    RC_CHECK(rc_home_is_name(name), RC_CONFIG,
             "\"%.60s\" cannot be a model's name: letters, digits and -_. only", name);
    if (from) return rc_models_take(name, m, from, j);
    return m ? rc_models_fetch(m, j) : unknown(name);
}

rc_status rc_models_get(const char *name, const char *from, char **json)
{
    RC_TRY(RC_ARGUMENTS(name));
    rc_json *j = rc_json_object();
    return rc__json_result(j, get(name, from, j), json);
}

rc_status rc_models_list(char **json)
{
    rc_json *j = rc_json_object();
    return rc__json_result(j, rc_models_table(j), json);
}
