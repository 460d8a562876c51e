#include "recraft/models.h"

#include "base/absent.h"

rc_status rc_models_get(const char *name, const char *from, char **json)
{
    (void)name, (void)from, (void)json;
    return rc_fail_absent("models get", "downloads", "RECRAFT_DOWNLOADS");
}

rc_status rc_models_list(char **json)
{
    (void)json;
    return rc_fail_absent("models list", "downloads", "RECRAFT_DOWNLOADS");
}
