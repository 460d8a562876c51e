/* Our own description of OpenCL's binary interface is that of the real headers, where these are installed. */
#include "check.h"

#include "devices/gpu/opencl_abi.h"

#if defined(__has_include) && __has_include(<CL/cl.h>)
#define CL_TARGET_OPENCL_VERSION 200
#include <CL/cl.h>

#define SAME(name) _Static_assert((long long)RC_##name == (long long)name, #name)
SAME(CL_SUCCESS);
SAME(CL_MEM_OBJECT_ALLOCATION_FAILURE);
SAME(CL_OUT_OF_RESOURCES);
SAME(CL_OUT_OF_HOST_MEMORY);
SAME(CL_BUILD_PROGRAM_FAILURE);
SAME(CL_DEVICE_TYPE);
SAME(CL_DEVICE_TYPE_ALL);
SAME(CL_DEVICE_TYPE_GPU);
SAME(CL_DEVICE_MAX_WORK_GROUP_SIZE);
SAME(CL_DEVICE_MAX_MEM_ALLOC_SIZE);
SAME(CL_DEVICE_GLOBAL_MEM_SIZE);
SAME(CL_DEVICE_LOCAL_MEM_SIZE);
SAME(CL_DEVICE_NAME);
SAME(CL_DRIVER_VERSION);
SAME(CL_DEVICE_VERSION);
SAME(CL_DEVICE_SVM_CAPABILITIES);
SAME(CL_DEVICE_SVM_COARSE_GRAIN_BUFFER);
SAME(CL_PROGRAM_BINARY_SIZES);
SAME(CL_PROGRAM_BINARIES);
SAME(CL_PROGRAM_BUILD_LOG);
SAME(CL_MEM_READ_WRITE);

#define SAME_FUNCTION(name, result, arguments) \
    CHECK(__builtin_types_compatible_p(__typeof__(cl->name), __typeof__(&cl##name)));

TEST(functions_are_those_of_the_headers)
{
    rc__cl *cl = NULL;
    (void)cl;
    RC_CL_FUNCTIONS(SAME_FUNCTION)
}

int main(void)
{
    RUN(functions_are_those_of_the_headers);
    return RESULT();
}
#else
int main(void)
{
    fprintf(stderr, "NOT TESTED: there are no headers of OpenCL\n");
    return RESULT();
}
#endif
