#include "recraft/run.h"

#include "base/absent.h"

rc_status rc_export(const rc_export_options *o, char **json)
{
    (void)o, (void)json;
    return rc_fail_absent("export", "exports", "RECRAFT_EXPORT");
}
