/* devices/gpu/interfaces.h: the programming interfaces by which cards are reached. The library of each is
 * opened when one of its devices is first asked for, and never needed to build. */
#ifndef RC_DEVICES_GPU_INTERFACES_H
#define RC_DEVICES_GPU_INTERFACES_H

#include "tensor/device.h"

/* A device, as it is listed. */
typedef struct rc__gpu_found {
    char name[128], version[128], driver[128];
    size_t memory;
    bool is_card;      /* and no processor */
    char refused[160]; /* why it cannot be used; "": it can */
} rc__gpu_found;

struct rc__gpu;

typedef struct rc__gpu_interface {
    const char *name;  /* "opencl": its devices are opencl:0, opencl:1, ... */
    const char *title; /* "OpenCL" */
    bool has_precisions;
    /* Opens the library and counts the devices; fails where there are none, or none can be used. Called until
     * it does not. */
    rc_status (*begin)(int *n);
    void (*look)(int index, rc__gpu_found *out);
    /* The version of what leads to the cards of other processes; fails where there is none. NULL: nothing
     * does. */
    rc_status (*bridge)(size_t size, char *version);
    /* Fills driver, self and bridge of a device that is not refused. Who fails leaves nothing behind. */
    rc_status (*open)(int index, const rc__gpu_found *found, struct rc__gpu *g);
} rc__gpu_interface;

extern const rc__gpu_interface rc__gpu_cuda, rc__gpu_opencl;

/* Interface i, the one to be preferred first; NULL: there are no more. */
const rc__gpu_interface *rc__gpu_interface_at(int i);
/* Device `index`; -1: the preferred one of the cards that can be used (of the context), or else the
 * first device. */
rc_status rc__gpu_device(const rc__gpu_interface *of, int index, rc_device **out) RC_MUST_CHECK;
/* The same device for products of another precision; `device` itself where it is none of these, or has but
 * one precision. */
rc_status rc__gpu_with_precision(rc_device *device, rc_precision precision, rc_device **out) RC_MUST_CHECK;
/* The preferred one of the first interface that has cards which can be used; NULL: there is none. */
rc_device *rc__gpu_card(void);
/* What is known of device `index`; false: there are no more. Fails where the interface cannot be asked. */
rc_status rc__gpu_look(const rc__gpu_interface *of, int index, bool *is_there,
                       rc__gpu_found *out) RC_MUST_CHECK;

#endif
