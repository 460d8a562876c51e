/* devices/gpu/nccl_abi.h: as much of NCCL's binary interface (2.14 and later) as is used, so that building
 * needs neither its header nor its library. tests/devices/nccl_abi_test.c holds it against the real header.
 */
#ifndef RC_DEVICES_GPU_NCCL_ABI_H
#define RC_DEVICES_GPU_NCCL_ABI_H

#include <stddef.h>

#include "devices/gpu/cuda_abi.h"

typedef struct ncclComm *rc_nccl_comm;
typedef struct rc_nccl_id {
    char name[128];
} rc_nccl_id;

/* As 2.14 has it; later versions put more behind it, and see by `version` that it is not there. */
typedef struct rc_nccl_config {
    size_t size;
    unsigned magic, version;
    int blocking;
} rc_nccl_config;

enum { RC_NCCL_SUCCESS = 0, RC_NCCL_IN_PROGRESS = 7, RC_NCCL_INT8 = 0, RC_NCCL_VERSION_2_14 = 21400 };
static const unsigned RC_NCCL_MAGIC = 0xcafebeef;

/* X(name after "nccl", result, arguments). ID and CONFIG: the two structs, whose names the header does not
 * share with us. */
#define RC_NCCL_FUNCTIONS(X, ID, CONFIG)                                                 \
    X(GetVersion, unsigned, (int *))                                                     \
    X(GetUniqueId, unsigned, (ID *))                                                     \
    X(CommInitRankConfig, unsigned, (rc_nccl_comm *, int, ID, int, CONFIG *))            \
    X(CommAbort, unsigned, (rc_nccl_comm))                                               \
    X(CommGetAsyncError, unsigned, (rc_nccl_comm, unsigned *))                           \
    X(GetErrorString, const char *, (unsigned))                                          \
    X(GetLastError, const char *, (rc_nccl_comm))                                        \
    X(GroupStart, unsigned, (void))                                                      \
    X(GroupEnd, unsigned, (void))                                                        \
    X(Send, unsigned, (const void *, size_t, unsigned, int, rc_nccl_comm, rc_cu_stream)) \
    X(Recv, unsigned, (void *, size_t, unsigned, int, rc_nccl_comm, rc_cu_stream))

#define RC_NCCL_MEMBER(name, result, arguments) result(*name) arguments;
typedef struct rc__nccl_functions {
    RC_NCCL_FUNCTIONS(RC_NCCL_MEMBER, rc_nccl_id, rc_nccl_config)
} rc__nccl_functions;
#undef RC_NCCL_MEMBER

#endif
