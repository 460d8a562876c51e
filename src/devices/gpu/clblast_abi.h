/* devices/gpu/clblast_abi.h: as much of CLBlast's binary interface as is used, so that building needs neither
 * its header nor its library. tests/devices/opencl_abi_test.c holds it against the real header. */
#ifndef RC_DEVICES_GPU_CLBLAST_ABI_H
#define RC_DEVICES_GPU_CLBLAST_ABI_H

#include "devices/gpu/opencl_abi.h"

enum {
    RC_CLBLAST_SUCCESS = 0,
    RC_CLBLAST_TEMP_BUFFER_ALLOC_FAILURE = -4,
    RC_CLBLAST_OUT_OF_HOST_MEMORY = -6,
    RC_CLBLAST_LAYOUT_ROW_MAJOR = 101,
    RC_CLBLAST_TRANSPOSE_NO = 111,
    RC_CLBLAST_TRANSPOSE_YES = 112
};

/* X(name after "CLBlast", result, arguments): c = alpha op(a) op(b) + beta c, each a buffer, how many numbers
 * behind its beginning, and the leading dimension; and the bytes of a buffer that it needs beside. */
#define RC_CLBLAST_FUNCTIONS(X)                                                                              \
    X(SgemmWithTempBuffer, int,                                                                              \
      (unsigned, unsigned, unsigned, size_t, size_t, size_t, float, rc_cl_mem, size_t, size_t, rc_cl_mem,    \
       size_t, size_t, float, rc_cl_mem, size_t, size_t, rc_cl_queue *, rc_cl_event *, rc_cl_mem))           \
    X(SGemmTempBufferSize, int,                                                                              \
      (unsigned, unsigned, unsigned, size_t, size_t, size_t, size_t, size_t, size_t, size_t, size_t, size_t, \
       rc_cl_queue *, size_t *))

typedef struct rc__clblast_calls {
#define RC_CLBLAST_MEMBER(name, result, arguments) result(*name) arguments;
    RC_CLBLAST_FUNCTIONS(RC_CLBLAST_MEMBER)
#undef RC_CLBLAST_MEMBER
} rc__clblast_calls;

#endif
