#include "formats/container_reader.h"

#include "base/absent.h"

rc_status rc__mat_container(rc_container *c, const char *path)
{
    (void)c;
    return rc_fail_absent(path, ".mat files", "RECRAFT_MATLAB");
}
