/* Our own description of OpenCL's binary interface is that of the real headers, where these are installed. */
#include "check.h"

#include "devices/gpu/clblast_abi.h"

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
SAME(CL_MEM_USE_HOST_PTR);

#define SAME_FUNCTION(name, result, arguments) \
    CHECK(__builtin_types_compatible_p(__typeof__(cl->name), __typeof__(&cl##name)));

TEST(functions_are_those_of_the_headers)
{
    rc__cl *cl = NULL;
    (void)cl;
    RC_CL_FUNCTIONS(SAME_FUNCTION)
}

#if __has_include(<clblast_c.h>)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <clblast_c.h>
#pragma GCC diagnostic pop

#define SAME_IN_CLBLAST(ours, theirs) \
    _Static_assert((long long)RC_CLBLAST_##ours == (long long)CLBlast##theirs, #ours)
SAME_IN_CLBLAST(SUCCESS, Success);
SAME_IN_CLBLAST(TEMP_BUFFER_ALLOC_FAILURE, TempBufferAllocFailure);
SAME_IN_CLBLAST(OUT_OF_HOST_MEMORY, OpenCLOutOfHostMemory);
SAME_IN_CLBLAST(LAYOUT_ROW_MAJOR, LayoutRowMajor);
SAME_IN_CLBLAST(TRANSPOSE_NO, TransposeNo);
SAME_IN_CLBLAST(TRANSPOSE_YES, TransposeYes);

/* An enum goes with the integer that it is made of. The compiler looks at the assignment; it is never made,
 * since the library is not linked. */
#pragma GCC diagnostic error "-Wincompatible-pointer-types"
#define SAME_CLBLAST_FUNCTION(name, result, arguments) \
    {                                                  \
        result(*f) arguments = NULL;                   \
        if (0) f = CLBlast##name;                      \
        CHECK(f == NULL);                              \
    }

TEST(functions_are_those_of_clblast){RC_CLBLAST_FUNCTIONS(SAME_CLBLAST_FUNCTION)}
#else
TEST(functions_are_those_of_clblast)
{
    fprintf(stderr, "NOT TESTED: there is no header of CLBlast\n");
}
#endif

int main(void)
{
    RUN(functions_are_those_of_the_headers);
    RUN(functions_are_those_of_clblast);
    return RESULT();
}
#else
int main(void)
{
    fprintf(stderr, "NOT TESTED: there are no headers of OpenCL\n");
    return RESULT();
}
#endif
