/* Devices by name. */
#include <limits.h>
#include <string.h>

#include "base/current_context.h"
#include "base/text.h"

#include "devices/gpu/interfaces.h"
#include "tensor/device.h"

rc_device *rc_device_default(void)
{
    rc_device *chosen = rc_context_current()->device;
    return chosen ? chosen : rc_device_onednn();
}

rc_status rc_device_choose(const char *name, rc_precision precision, rc_device **out)
{
    *out = rc_device_default();
    if (!rc_context_current()->device && name && name[0]) RC_TRY(rc_device_by_name(name, out));
    if (precision != RC_PRECISION_F32) {
        rc_device *plain = *out;
        RC_TRY(rc__gpu_with_precision(plain, precision, out));
        if (*out != plain) return RC_OK;
    }
    if (precision != RC_PRECISION_BF16 || *out == rc_device_onednn_bf16()) return RC_OK;
    RC_CHECK(*out == rc_device_onednn(), RC_UNSUPPORTED,
             "the device %s does not round operands to bf16; take model.precision=f32, or \1device cpu",
             (*out)->name);
    *out = rc_device_onednn_bf16();
    return RC_OK;
}

rc_status rc_context_set_device(rc_context *c, const char *name)
{
    rc_device *device = NULL;
    rc_status status = name ? rc_device_by_name(name, &device) : RC_OK;
    if (status == RC_OK) rc__context(c)->device = device;
    return rc__context_keep(rc__context(c), status);
}

const char *rc_context_device(const rc_context *c)
{
    const rc_device *device = rc__context(c)->device;
    return (device ? device : rc_device_onednn())->name;
}

/* KIND or KIND:N, without N the first card; false: the name is another one. */
static bool is_of(const char *kind, const char *name, int64_t *index)
{
    size_t n = strlen(kind);
    *index = -1;
    if (strncmp(name, kind, n) != 0) return false;
    return name[n] == '\0' ||
           (name[n] == ':' && rc_text_to_i64(name + n + 1, index) && *index >= 0 && *index < INT_MAX);
}

rc_status rc_device_by_name(const char *name, rc_device **out)
{
    if (strcmp(name, "auto") == 0) {
        *out = rc__gpu_card();
        if (!*out) *out = rc_device_onednn();
        return RC_OK;
    }
    if (strcmp(name, "cpu") == 0) {
        *out = rc_device_onednn();
        return RC_OK;
    }
    const rc__gpu_interface *interface;
    for (int i = 0; (interface = rc__gpu_interface_at(i)) != NULL; i++) {
        int64_t index;
        if (is_of(interface->name, name, &index)) return rc__gpu_device(interface, (int)index, out);
    }
    rc_device *(*const known[])(void) = {rc_device_onednn, rc_device_onednn_bf16, rc_device_ref,
                                         rc_device_poison};
    enum { DEVICES = sizeof known / sizeof *known };
    enum { OTHERS = 4 };
    const char *names[DEVICES + OTHERS] = {"auto", "cpu", "cuda[:N]", "opencl[:N]"};
    for (size_t i = 0; i < DEVICES; i++) {
        *out = known[i]();
        names[OTHERS + i] = (*out)->name;
        if (strcmp((*out)->name, name) == 0) return RC_OK;
    }
    return rc_fail_unknown(RC_CONFIG, name, names, DEVICES + OTHERS, NULL, "no device is called \"%.40s\"",
                           name);
}
