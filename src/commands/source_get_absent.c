#include "base/absent.h"
#include "commands/common.h"

rc_status rc_source_get(const rc_source_get_options *o, char **json)
{
    (void)o, (void)json;
    return rc_fail_absent("source get", "downloads", "RECRAFT_DOWNLOADS");
}

void rc__source_recipes(rc_json *list)
{
    (void)list;
}
