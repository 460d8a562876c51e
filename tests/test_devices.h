/* The devices that every computation is tested on. */
#ifndef TEST_DEVICES_H
#define TEST_DEVICES_H

#include <stdbool.h>
#include <stdio.h>

#include "tensor/device.h"

enum { TEST_DEVICES = 4 };

/* Sanitizers see neither into what an OpenCL driver generates nor past what it keeps until the end. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { OPENCL_IS_TESTED = 0 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { OPENCL_IS_TESTED = 0 };
#else
enum { OPENCL_IS_TESTED = 1 };
#endif
#else
enum { OPENCL_IS_TESTED = 1 };
#endif

/* Is there a device of OpenCL's? `scripts/deps check` installs PoCL, which computes on the processor. */
static inline bool test_opencl(rc_device **out)
{
    if (OPENCL_IS_TESTED && rc_device_by_name("opencl", out) == RC_OK) return true;
    fprintf(stderr, "NOT TESTED on opencl: %s\n",
            OPENCL_IS_TESTED ? rc_error_text() : "not under sanitizers");
    return false;
}

static inline int test_devices(rc_device *out[TEST_DEVICES])
{
    out[0] = rc_device_ref();
    out[1] = rc_device_poison();
    out[2] = rc_device_onednn();
    return test_opencl(&out[3]) ? 4 : 3;
}

#endif
