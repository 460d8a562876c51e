/* devices/gpu/opencl_abi.h: as much of OpenCL's binary interface as is used, so that building needs neither
 * its headers nor its library. tests/devices/opencl_abi_test.c holds it against the real headers. */
#ifndef RC_DEVICES_GPU_OPENCL_ABI_H
#define RC_DEVICES_GPU_OPENCL_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct _cl_platform_id *rc_cl_platform;
typedef struct _cl_device_id *rc_cl_device;
typedef struct _cl_context *rc_cl_context;
typedef struct _cl_command_queue *rc_cl_queue;
typedef struct _cl_program *rc_cl_program;
typedef struct _cl_kernel *rc_cl_kernel;
typedef struct _cl_event *rc_cl_event;
typedef struct _cl_mem *rc_cl_mem;

enum {
    RC_CL_SUCCESS = 0,
    RC_CL_MEM_OBJECT_ALLOCATION_FAILURE = -4,
    RC_CL_OUT_OF_RESOURCES = -5,
    RC_CL_OUT_OF_HOST_MEMORY = -6,
    RC_CL_BUILD_PROGRAM_FAILURE = -11,
    RC_CL_PLATFORM_NOT_FOUND = -1001, /* of the library that finds platforms */

    RC_CL_DEVICE_TYPE = 0x1000,
    RC_CL_DEVICE_TYPE_GPU = 1 << 2,
    RC_CL_DEVICE_MAX_WORK_GROUP_SIZE = 0x1004,
    RC_CL_DEVICE_MAX_MEM_ALLOC_SIZE = 0x1010,
    RC_CL_DEVICE_GLOBAL_MEM_SIZE = 0x101F,
    RC_CL_DEVICE_LOCAL_MEM_SIZE = 0x1023,
    RC_CL_DEVICE_NAME = 0x102B,
    RC_CL_DRIVER_VERSION = 0x102D,
    RC_CL_DEVICE_VERSION = 0x102F,
    RC_CL_DEVICE_SVM_CAPABILITIES = 0x1053,
    RC_CL_DEVICE_SVM_COARSE_GRAIN_BUFFER = 1 << 0,
    RC_CL_PROGRAM_BINARY_SIZES = 0x1165,
    RC_CL_PROGRAM_BINARIES = 0x1166,
    RC_CL_PROGRAM_BUILD_LOG = 0x1183,
    RC_CL_MEM_READ_WRITE = 1 << 0,
    RC_CL_MEM_USE_HOST_PTR = 1 << 3
};
#define RC_CL_DEVICE_TYPE_ALL 0xFFFFFFFFu

/* X(name after "cl", result, arguments) */
#define RC_CL_FUNCTIONS(X)                                                                                 \
    X(GetPlatformIDs, int32_t, (uint32_t, rc_cl_platform *, uint32_t *))                                   \
    X(GetDeviceIDs, int32_t, (rc_cl_platform, uint64_t, uint32_t, rc_cl_device *, uint32_t *))             \
    X(GetDeviceInfo, int32_t, (rc_cl_device, uint32_t, size_t, void *, size_t *))                          \
    X(CreateContext, rc_cl_context,                                                                        \
      (const intptr_t *, uint32_t, const rc_cl_device *,                                                   \
       void (*)(const char *, const void *, size_t, void *), void *, int32_t *))                           \
    X(ReleaseContext, int32_t, (rc_cl_context))                                                            \
    X(CreateCommandQueueWithProperties, rc_cl_queue,                                                       \
      (rc_cl_context, rc_cl_device, const uint64_t *, int32_t *))                                          \
    X(CreateProgramWithSource, rc_cl_program,                                                              \
      (rc_cl_context, uint32_t, const char **, const size_t *, int32_t *))                                 \
    X(CreateProgramWithBinary, rc_cl_program,                                                              \
      (rc_cl_context, uint32_t, const rc_cl_device *, const size_t *, const unsigned char **, int32_t *,   \
       int32_t *))                                                                                         \
    X(BuildProgram, int32_t,                                                                               \
      (rc_cl_program, uint32_t, const rc_cl_device *, const char *, void (*)(rc_cl_program, void *),       \
       void *))                                                                                            \
    X(GetProgramInfo, int32_t, (rc_cl_program, uint32_t, size_t, void *, size_t *))                        \
    X(GetProgramBuildInfo, int32_t, (rc_cl_program, rc_cl_device, uint32_t, size_t, void *, size_t *))     \
    X(ReleaseProgram, int32_t, (rc_cl_program))                                                            \
    X(CreateKernel, rc_cl_kernel, (rc_cl_program, const char *, int32_t *))                                \
    X(SetKernelArg, int32_t, (rc_cl_kernel, uint32_t, size_t, const void *))                               \
    X(SetKernelArgSVMPointer, int32_t, (rc_cl_kernel, uint32_t, const void *))                             \
    X(EnqueueNDRangeKernel, int32_t,                                                                       \
      (rc_cl_queue, rc_cl_kernel, uint32_t, const size_t *, const size_t *, const size_t *, uint32_t,      \
       const rc_cl_event *, rc_cl_event *))                                                                \
    X(SVMAlloc, void *, (rc_cl_context, uint64_t, size_t, uint32_t))                                       \
    X(EnqueueSVMFree, int32_t,                                                                             \
      (rc_cl_queue, uint32_t, void **, void (*)(rc_cl_queue, uint32_t, void **, void *), void *, uint32_t, \
       const rc_cl_event *, rc_cl_event *))                                                                \
    X(EnqueueSVMMemcpy, int32_t,                                                                           \
      (rc_cl_queue, uint32_t, void *, const void *, size_t, uint32_t, const rc_cl_event *, rc_cl_event *)) \
    X(EnqueueSVMMemFill, int32_t,                                                                          \
      (rc_cl_queue, void *, const void *, size_t, size_t, uint32_t, const rc_cl_event *, rc_cl_event *))   \
    X(CreateBuffer, rc_cl_mem, (rc_cl_context, uint64_t, size_t, void *, int32_t *))                       \
    X(ReleaseMemObject, int32_t, (rc_cl_mem))                                                              \
    X(ReleaseEvent, int32_t, (rc_cl_event))                                                                \
    X(Flush, int32_t, (rc_cl_queue))                                                                       \
    X(Finish, int32_t, (rc_cl_queue))

typedef struct rc__cl {
#define RC_CL_MEMBER(name, result, arguments) result(*name) arguments;
    RC_CL_FUNCTIONS(RC_CL_MEMBER)
#undef RC_CL_MEMBER
} rc__cl;

/* The functions in use, which tests replace by failing ones. */
rc__cl *rc__opencl_calls(void);
/* Keep built programs of processors too, as is done for cards (for tests). */
void rc__opencl_keep_all(bool keep);

#endif
