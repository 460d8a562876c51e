/* Devices by name. */
#include <string.h>

#include "base/context.h"
#include "base/text.h"

#include "tensor/device.h"

rc_device *rc_device_default(void)
{
    rc_device *chosen = rc_context_current()->device;
    return chosen ? chosen : rc_device_onednn();
}

rc_status rc_device_by_precision(const char *precision, rc_device **out)
{
    bool rounded = strcmp(precision, "bf16") == 0;
    RC_CHECK(rounded || strcmp(precision, "f32") == 0, RC_CONFIG,
             "\"%.40s\" is not a precision of matrix products; choose f32 or bf16", precision);
    *out = rc_device_default();
    if (!rounded || *out == rc_device_onednn_bf16()) return RC_OK;
    RC_CHECK(*out == rc_device_onednn(), RC_UNSUPPORTED, "the device %s does not round operands to bf16",
             (*out)->name);
    *out = rc_device_onednn_bf16();
    return RC_OK;
}

rc_status rc_context_set_device(rc_context *c, const char *name)
{
    rc_device *device = NULL;
    if (name) RC_TRY(rc_device_by_name(name, &device));
    rc__context(c)->device = device;
    return RC_OK;
}

const char *rc_context_device(const rc_context *c)
{
    const rc_device *device = rc__context(c)->device;
    return (device ? device : rc_device_onednn())->name;
}

rc_status rc_device_by_name(const char *name, rc_device **out)
{
    rc_device *(*const known[])(void) = {rc_device_onednn, rc_device_onednn_bf16, rc_device_ref,
                                         rc_device_poison};
    enum { DEVICES = sizeof known / sizeof *known };
    const char *names[DEVICES];
    for (size_t i = 0; i < DEVICES; i++) {
        *out = known[i]();
        names[i] = (*out)->name;
        if (strcmp(names[i], name) == 0) return RC_OK;
    }
    return rc_fail_unknown(name, names, DEVICES, NULL, "no device is called \"%.40s\"", name);
}
