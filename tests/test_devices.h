/* The devices that every computation is tested on. */
#ifndef TEST_DEVICES_H
#define TEST_DEVICES_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "tensor/device.h"

enum { TEST_DEVICES = 5 };

#ifdef __has_feature
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_THREAD__) || HAS_FEATURE(thread_sanitizer)
enum { CHECKS_THREADS = 1 };
#else
enum { CHECKS_THREADS = 0 };
#endif
#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
enum { CHECKS_ADDRESSES = 1 };
#else
enum { CHECKS_ADDRESSES = 0 };
#endif

/* Sanitizers see neither into what an OpenCL driver generates nor past what it keeps until the end. */
enum { OPENCL_IS_TESTED = !CHECKS_THREADS && !CHECKS_ADDRESSES };

/* Without a device its tests are passed over; scripts/check says where one must be there. `could`: this build
 * tests it.
 */
static inline bool test_missing(const char *on, bool could, const char *why)
{
    fprintf(stderr, "NOT TESTED on %s: %s\n", on, could ? rc_error_text() : why);
    if (could && getenv("DEVICES_ARE_THERE")) exit(EXIT_FAILURE);
    return false;
}

/* Is there a device of OpenCL's? `scripts/deps check` installs PoCL, which computes on the processor. */
static inline bool test_opencl(rc_device **out)
{
    if (OPENCL_IS_TESTED && rc_device_by_name("opencl", out) == RC_OK) return true;
    return test_missing("opencl", OPENCL_IS_TESTED, "not under sanitizers");
}

/* A card, or the CUDA of our own that is on the path of the tests (devices/fake_cuda.h). */
static inline bool test_cuda(rc_device **out)
{
    setenv("FAKE_CUDA", "devices=1", 0);
    if (!CHECKS_THREADS && rc_device_by_name("cuda", out) == RC_OK) return true;
    return test_missing("cuda", !CHECKS_THREADS, "not under the thread sanitizer");
}

static inline int test_devices(rc_device *out[TEST_DEVICES])
{
    out[0] = rc_device_ref();
    out[1] = rc_device_poison();
    out[2] = rc_device_onednn();
    int count = 3;
    count += test_opencl(&out[count]);
    /* Fibres are slow under the address sanitizer; there gpu_kernels_test runs the same kernels. */
    if (!CHECKS_ADDRESSES) count += test_cuda(&out[count]);
    return count;
}

#endif
