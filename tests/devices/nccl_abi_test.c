/* Our own description of NCCL's binary interface is that of the real header, where this is installed
 * (scripts/check-cuda looks for it). */
#include "check.h"

#include "devices/gpu/nccl_abi.h"

#if defined(__has_include) && __has_include(<cuda_runtime.h>) && __has_include(<nccl.h>)
#include <nccl.h>

_Static_assert((int)RC_NCCL_SUCCESS == (int)ncclSuccess, "success");
_Static_assert((int)RC_NCCL_IN_PROGRESS == (int)ncclInProgress, "in progress");
_Static_assert((int)RC_NCCL_INT8 == (int)ncclInt8, "bytes");
_Static_assert((int)RC_NCCL_VERSION_2_14 == NCCL_VERSION(2, 14, 0), "versions");
_Static_assert(sizeof(rc_nccl_id) == sizeof(ncclUniqueId), "an id");
#define SAME_PLACE(member)                                                                       \
    _Static_assert(offsetof(rc_nccl_config, member) == offsetof(ncclConfig_t, member) &&         \
                       sizeof((rc_nccl_config *)0)->member == sizeof((ncclConfig_t *)0)->member, \
                   #member)
SAME_PLACE(size);
SAME_PLACE(magic);
SAME_PLACE(version);
SAME_PLACE(blocking);

/* As in cuda_abi_test.c. */
#pragma GCC diagnostic error "-Wincompatible-pointer-types"
#define SAME_FUNCTION(name, result, arguments) \
    {                                          \
        result(*f) arguments = NULL;           \
        if (0) f = nccl##name;                 \
        CHECK(f == NULL);                      \
    }

TEST(functions_are_those_of_the_header){RC_NCCL_FUNCTIONS(SAME_FUNCTION, ncclUniqueId, ncclConfig_t)}

TEST(a_config_begins_as_theirs)
{
    ncclConfig_t theirs = NCCL_CONFIG_INITIALIZER;
    CHECK(theirs.magic == RC_NCCL_MAGIC);
    CHECK(theirs.version >= RC_NCCL_VERSION_2_14);
}

int main(void)
{
    RUN(functions_are_those_of_the_header);
    RUN(a_config_begins_as_theirs);
    return RESULT();
}
#else
int main(void)
{
    fprintf(stderr, "NOT TESTED: there is no header of NCCL's\n");
    return RESULT();
}
#endif
