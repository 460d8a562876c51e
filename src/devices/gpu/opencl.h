/* devices/gpu/opencl.h: the devices that OpenCL knows. The library is opened when first asked for. */
#ifndef RC_DEVICES_GPU_OPENCL_H
#define RC_DEVICES_GPU_OPENCL_H

#include "tensor/device.h"

/* Device `index` in OpenCL's order, platform by platform; -1: the first card, or else the first device. */
rc_status rc__opencl_device(int index, rc_device **out) RC_MUST_CHECK;
/* The first card that can be used; NULL: there is none. */
rc_device *rc__opencl_card(void);

/* Keep built programs of processors too, as is done for cards (for tests). */
void rc__opencl_keep_all(bool keep);

/* What there is. */
typedef struct rc__opencl_found {
    char name[128], version[128], driver[128];
    size_t memory;
    bool is_card;      /* and no processor */
    char refused[160]; /* why it cannot be used; "": it can */
} rc__opencl_found;
/* Of device `index`; false: there are no more. Fails where OpenCL cannot be asked. */
rc_status rc__opencl_look(int index, bool *is_there, rc__opencl_found *out) RC_MUST_CHECK;

#endif
