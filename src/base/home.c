#include "base/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/file.h"

enum { NAME_BYTES = 100 };

bool rc_home_is_name(const char *text)
{
    size_t n = strlen(text);
    if (n == 0 || n > NAME_BYTES || text[0] == '.' || text[0] == '-') return false;
    for (size_t i = 0; i < n; i++) {
        if (!rc_ascii_is_word(text[i]) && !strchr("-_.", text[i])) return false;
    }
    return true;
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

rc_status rc_home_path(const char *kind, const char *name, size_t size, char *out)
{
    const char *base = variable("RECRAFT_HOME"), *below = "";
    if (!base) {
        base = variable("XDG_DATA_HOME");
        below = "/recraft";
    }
    if (!base) {
        base = variable("HOME");
        below = "/.local/share/recraft";
    }
    RC_CHECK(base, RC_CONFIG,
             "neither RECRAFT_HOME nor HOME is set; set RECRAFT_HOME to a folder of your own");
    int n = snprintf(out, size, "%s%s/%s%s%s", base, below, kind, name ? "/" : "", name ? name : "");
    RC_CHECK(n >= 0 && (size_t)n < size, RC_CONFIG, "%.80s...: the path is too long", base);
    return RC_OK;
}

rc_status rc_home_find_model(const char *model, size_t size, char *out)
{
    if (rc_home_is_name(model) && !rc_path_is_directory(model)) {
        RC_TRY(rc_home_path("models", model, size, out));
        RC_CHECK(rc_path_is_directory(out), RC_CONFIG,
                 "%s: no such model folder, and no fetched model; `\1rc_models_get` fetches those of "
                 "`\1rc_models_list`",
                 model);
        return RC_OK;
    }
    RC_CHECK(rc_path_is_directory(model), RC_CONFIG, "%s: no such model folder", model);
    RC_CHECK(strlen(model) < size, RC_CONFIG, "%.80s...: the path is too long", model);
    strcpy(out, model);
    return RC_OK;
}
