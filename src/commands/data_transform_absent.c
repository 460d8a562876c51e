#include "recraft/transform.h"

#include "base/absent.h"
#include "base/memory.h"

rc_status rc_apply(const char *name, const rc_apply_options *o, char **json)
{
    (void)name, (void)o, (void)json;
    return rc_fail_absent("data transform", "transforms", "RECRAFT_TRANSFORMS");
}

rc_status rc_apply_list(char **json)
{
    return rc_strdup("{\"transforms\": []}", json);
}
