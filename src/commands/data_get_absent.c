#include "recraft/get.h"

#include "base/absent.h"

rc_status rc_data_get_plan(const char *task, const rc_data_get_options *o, char **json)
{
    (void)task, (void)o, (void)json;
    return rc_fail_absent("data get", "downloads", "RECRAFT_DOWNLOADS");
}

rc_status rc_data_get(const char *task, const rc_data_get_options *o, char **json)
{
    return rc_data_get_plan(task, o, json);
}
