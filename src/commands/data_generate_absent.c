#include "recraft/generate.h"

#include "base/absent.h"
#include "base/memory.h"

rc_status rc_make(const char *name, const rc_make_options *o, char **json)
{
    (void)name, (void)o, (void)json;
    return rc_fail_absent("data make", "generators", "RECRAFT_GENERATORS");
}

rc_status rc_make_list(char **json)
{
    return rc_strdup("{\"generators\": []}", json);
}
