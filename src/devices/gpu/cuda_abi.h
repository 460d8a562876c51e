/* devices/gpu/cuda_abi.h: as much of the binary interfaces of CUDA's driver, NVRTC and cuBLAS (versions 11 to
 * 13) as is used, so that building needs neither their headers nor their libraries.
 * tests/devices/cuda_abi_test.c holds it against the real headers. */
#ifndef RC_DEVICES_GPU_CUDA_ABI_H
#define RC_DEVICES_GPU_CUDA_ABI_H

#include <stddef.h>

typedef int rc_cu_device;
typedef unsigned long long rc_cu_pointer;
typedef struct CUctx_st *rc_cu_context;
typedef struct CUstream_st *rc_cu_stream;
typedef struct CUevent_st *rc_cu_event;
typedef struct CUmod_st *rc_cu_module;
typedef struct CUfunc_st *rc_cu_function;
typedef struct CUuuid_st rc_cu_uuid; /* 16 bytes */
typedef struct _nvrtcProgram *rc_nvrtc_program;
typedef struct cublasContext *rc_cublas_handle;

enum {
    RC_CUDA_SUCCESS = 0,
    RC_CUDA_ERROR_OUT_OF_MEMORY = 2,
    RC_CUDA_ERROR_NO_DEVICE = 100,
    RC_CUDA_ERROR_NOT_READY = 600,
    RC_CU_EVENT_DISABLE_TIMING = 2,
    RC_CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING = 41,
    RC_CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75,
    RC_CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76,

    RC_NVRTC_SUCCESS = 0,

    RC_CUBLAS_STATUS_SUCCESS = 0,
    RC_CUBLAS_STATUS_NOT_INITIALIZED = 1,
    RC_CUBLAS_STATUS_ALLOC_FAILED = 3,
    RC_CUBLAS_STATUS_EXECUTION_FAILED = 13,
    RC_CUBLAS_OP_N = 0,
    RC_CUBLAS_OP_T = 1,
    RC_CUBLAS_COMPUTE_32F = 68,
    RC_CUBLAS_COMPUTE_32F_FAST_TF32 = 77,
    RC_CUBLAS_GEMM_DEFAULT = -1,
    RC_CUDA_R_32F = 0,
    RC_CUDA_R_16BF = 14
};

/* X(name after "cu", result, arguments); enums are unsigned, unless some of their values are negative */
#define RC_CU_FUNCTIONS(X)                                                                                 \
    X(Init, unsigned, (unsigned))                                                                          \
    X(DriverGetVersion, unsigned, (int *))                                                                 \
    X(GetErrorString, unsigned, (unsigned, const char **))                                                 \
    X(DeviceGetCount, unsigned, (int *))                                                                   \
    X(DeviceGet, unsigned, (rc_cu_device *, int))                                                          \
    X(DeviceGetName, unsigned, (char *, int, rc_cu_device))                                                \
    X(DeviceGetAttribute, unsigned, (int *, unsigned, rc_cu_device))                                       \
    X(DeviceGetUuid, unsigned, (rc_cu_uuid *, rc_cu_device))                                               \
    X(DeviceTotalMem_v2, unsigned, (size_t *, rc_cu_device))                                               \
    X(DevicePrimaryCtxRetain, unsigned, (rc_cu_context *, rc_cu_device))                                   \
    X(DevicePrimaryCtxRelease_v2, unsigned, (rc_cu_device))                                                \
    X(CtxSetCurrent, unsigned, (rc_cu_context))                                                            \
    X(StreamCreate, unsigned, (rc_cu_stream *, unsigned))                                                  \
    X(StreamDestroy_v2, unsigned, (rc_cu_stream))                                                          \
    X(StreamSynchronize, unsigned, (rc_cu_stream))                                                         \
    X(StreamQuery, unsigned, (rc_cu_stream))                                                               \
    X(StreamWaitEvent, unsigned, (rc_cu_stream, rc_cu_event, unsigned))                                    \
    X(EventCreate, unsigned, (rc_cu_event *, unsigned))                                                    \
    X(EventDestroy_v2, unsigned, (rc_cu_event))                                                            \
    X(EventRecord, unsigned, (rc_cu_event, rc_cu_stream))                                                  \
    X(MemHostAlloc, unsigned, (void **, size_t, unsigned))                                                 \
    X(MemFreeHost, unsigned, (void *))                                                                     \
    X(MemAlloc_v2, unsigned, (rc_cu_pointer *, size_t))                                                    \
    X(MemFree_v2, unsigned, (rc_cu_pointer))                                                               \
    X(MemGetInfo_v2, unsigned, (size_t *, size_t *))                                                       \
    X(MemsetD8Async, unsigned, (rc_cu_pointer, unsigned char, size_t, rc_cu_stream))                       \
    X(MemcpyAsync, unsigned, (rc_cu_pointer, rc_cu_pointer, size_t, rc_cu_stream))                         \
    X(ModuleLoadData, unsigned, (rc_cu_module *, const void *))                                            \
    X(ModuleGetFunction, unsigned, (rc_cu_function *, rc_cu_module, const char *))                         \
    X(LaunchKernel, unsigned,                                                                              \
      (rc_cu_function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, rc_cu_stream, \
       void **, void **))

/* X(name after "nvrtc", result, arguments) */
#define RC_NVRTC_FUNCTIONS(X)                                                                          \
    X(Version, unsigned, (int *, int *))                                                               \
    X(GetErrorString, const char *, (unsigned))                                                        \
    X(GetNumSupportedArchs, unsigned, (int *))                                                         \
    X(GetSupportedArchs, unsigned, (int *))                                                            \
    X(CreateProgram, unsigned,                                                                         \
      (rc_nvrtc_program *, const char *, const char *, int, const char *const *, const char *const *)) \
    X(DestroyProgram, unsigned, (rc_nvrtc_program *))                                                  \
    X(CompileProgram, unsigned, (rc_nvrtc_program, int, const char *const *))                          \
    X(GetProgramLogSize, unsigned, (rc_nvrtc_program, size_t *))                                       \
    X(GetProgramLog, unsigned, (rc_nvrtc_program, char *))                                             \
    X(GetPTXSize, unsigned, (rc_nvrtc_program, size_t *))                                              \
    X(GetPTX, unsigned, (rc_nvrtc_program, char *))                                                    \
    X(GetCUBINSize, unsigned, (rc_nvrtc_program, size_t *))                                            \
    X(GetCUBIN, unsigned, (rc_nvrtc_program, char *))

/* X(name after "cublas", result, arguments) */
#define RC_CUBLAS_FUNCTIONS(X)                                                                         \
    X(Create_v2, unsigned, (rc_cublas_handle *))                                                       \
    X(Destroy_v2, unsigned, (rc_cublas_handle))                                                        \
    X(SetStream_v2, unsigned, (rc_cublas_handle, rc_cu_stream))                                        \
    X(GemmEx, unsigned,                                                                                \
      (rc_cublas_handle, unsigned, unsigned, int, int, int, const void *, const void *, unsigned, int, \
       const void *, unsigned, int, const void *, void *, unsigned, int, unsigned, int))

#define RC_CUDA_MEMBER(name, result, arguments) result(*name) arguments;
typedef struct rc__cu {
    RC_CU_FUNCTIONS(RC_CUDA_MEMBER)
} rc__cu;
typedef struct rc__nvrtc {
    RC_NVRTC_FUNCTIONS(RC_CUDA_MEMBER)
} rc__nvrtc;
typedef struct rc__cublas {
    RC_CUBLAS_FUNCTIONS(RC_CUDA_MEMBER)
} rc__cublas;
#undef RC_CUDA_MEMBER

#endif
