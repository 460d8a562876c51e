#include "recraft/compare.h"

#include "base/absent.h"

rc_status rc_compare(const rc_compare_options *o, char **json, char **markdown)
{
    (void)o, (void)json, (void)markdown;
    return rc_fail_absent("compare", "reports and comparisons", "RECRAFT_REPORT");
}
