/* Devices by name. */
#include <string.h>

#include "tensor/device.h"

rc_device *rc_device_default(void)
{
    return rc_device_onednn();
}

rc_status rc_device_by_name(const char *name, rc_device **out)
{
    rc_device *(*const known[])(void) = {rc_device_onednn, rc_device_ref, rc_device_poison};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        *out = known[i]();
        if (strcmp((*out)->name, name) == 0) return RC_OK;
    }
    return rc_fail(RC_CONFIG, "no device is called \"%s\"; known: onednn, ref, poison", name);
}
