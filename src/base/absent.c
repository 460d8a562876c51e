#include "base/absent.h"

rc_status rc_fail_absent(const char *where, const char *part, const char *option)
{
    return rc_fail(RC_UNSUPPORTED, "%s: this recraft was built without %s; configure it with -D%s=ON", where,
                   part, option);
}
