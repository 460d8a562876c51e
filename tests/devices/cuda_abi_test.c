/* Our own description of CUDA's binary interfaces is that of the real headers, where these are installed
 * (scripts/check-cuda looks for them). */
#include "check.h"

#include "devices/gpu/cuda_abi.h"

#if defined(__has_include) && __has_include(<cuda.h>) && __has_include(<nvrtc.h>) && __has_include(<cublas_v2.h>)
#include <cublas_v2.h>
#include <cuda.h>
#include <nvrtc.h>

#define SAME(name) _Static_assert((long long)RC_##name == (long long)name, #name)
SAME(CUDA_SUCCESS);
SAME(CUDA_ERROR_OUT_OF_MEMORY);
SAME(CUDA_ERROR_NO_DEVICE);
SAME(CUDA_ERROR_NOT_READY);
SAME(CU_EVENT_DISABLE_TIMING);
SAME(CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING);
SAME(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
SAME(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
SAME(NVRTC_SUCCESS);
SAME(CUBLAS_STATUS_SUCCESS);
SAME(CUBLAS_OP_N);
SAME(CUBLAS_OP_T);
SAME(CUBLAS_COMPUTE_32F);
SAME(CUBLAS_COMPUTE_32F_FAST_TF32);
SAME(CUBLAS_GEMM_DEFAULT);
SAME(CUDA_R_32F);
SAME(CUDA_R_16BF);

/* An enum goes with the integer that it is made of, and nothing else goes with anything. The compiler looks
 * at the assignment; it is never made, since there are headers where there are no libraries. */
#pragma GCC diagnostic error "-Wincompatible-pointer-types"
#define SAME_FUNCTION(prefix, name, result, arguments) \
    {                                                  \
        result(*f) arguments = NULL;                   \
        if (0) f = prefix##name;                       \
        CHECK(f == NULL);                              \
    }
#define CU(name, result, arguments) SAME_FUNCTION(cu, name, result, arguments)
#define NVRTC(name, result, arguments) SAME_FUNCTION(nvrtc, name, result, arguments)
#define CUBLAS(name, result, arguments) SAME_FUNCTION(cublas, name, result, arguments)

TEST(functions_are_those_of_the_headers)
{
    RC_CU_FUNCTIONS(CU)
    RC_NVRTC_FUNCTIONS(NVRTC)
    RC_CUBLAS_FUNCTIONS(CUBLAS)
}

int main(void)
{
    RUN(functions_are_those_of_the_headers);
    return RESULT();
}
#else
int main(void)
{
    fprintf(stderr, "NOT TESTED: there are no headers of CUDA's\n");
    return RESULT();
}
#endif
