/* transport/pair_kernels.c: pair_kernels_body.h for each instruction set, and the choice between them. */
#include "transport/pair_kernels.h"

#include <math.h>
#include <stddef.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define STRING_OF(x) #x
#define STRING(x) STRING_OF(x)
/* Lanes of running sums and minima in double: RC_COST_BLOCK. */
enum { LONG_SLOTS = 16 };
/* clang sees by itself which loops can be vectorised, and warns of a pragma it need not follow at -O1. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#define SIMD
#else
#define UNROLL _Pragma("GCC unroll 8")
#define SIMD _Pragma("omp simd")
#endif

/* ---- any processor: four lanes, which compilers turn into what there is ---- */
typedef float four_floats __attribute__((vector_size(16), aligned(4), may_alias));
typedef double four_doubles __attribute__((vector_size(32), aligned(8), may_alias));
#define NAME(x) plain_##x
#define TARGET
#define VECTOR four_floats
#define LANES 4
#define VECTORS 2
#define ROWS 4
#define LOAD(p) (*(const four_floats *)(p))
#define STORE(p, v) (*(four_floats *)(p) = (v))
#define SPREAD(x) ((four_floats){(x), (x), (x), (x)})
#define ADD_PRODUCT(a, b, c) ((a) * (b) + (c))
#define PRODUCT_SUM(a, b, c) ((a) * (b) + (c))
#define LONG_PRODUCT_SUM PRODUCT_SUM
#define LONG_VECTOR four_doubles
#define LONG_LANES 4
#define LONG_LOAD(p) (*(const four_doubles *)(p))
#define LONG_STORE(p, v) (*(four_doubles *)(p) = (v))
#define LONG_SPREAD(x) ((four_doubles){(x), (x), (x), (x)})
#define LONG_ADD_PRODUCT ADD_PRODUCT
#include "transport/pair_kernels_body.h"

#if defined(__x86_64__)
#undef NAME
#undef TARGET
#undef VECTOR
#undef LANES
#undef VECTORS
#undef ROWS
#undef LOAD
#undef STORE
#undef SPREAD
#undef ADD_PRODUCT
#undef PRODUCT_SUM
#undef LONG_PRODUCT_SUM
#undef LONG_VECTOR
#undef LONG_LANES
#undef LONG_LOAD
#undef LONG_STORE
#undef LONG_SPREAD
#undef LONG_ADD_PRODUCT
/* ---- AVX2 ---- */
#define NAME(x) avx2_##x
#define TARGET __attribute__((target("avx2,fma")))
#define VECTOR __m256
#define LANES 8
#define VECTORS 3
#define ROWS 4
#define LOAD _mm256_loadu_ps
#define STORE _mm256_storeu_ps
#define SPREAD _mm256_set1_ps
#define ADD_PRODUCT _mm256_fmadd_ps
#define PRODUCT_SUM fmaf
#define LONG_PRODUCT_SUM fma
#define LONG_VECTOR __m256d
#define LONG_LANES 4
#define LONG_LOAD _mm256_loadu_pd
#define LONG_STORE _mm256_storeu_pd
#define LONG_SPREAD _mm256_set1_pd
#define LONG_ADD_PRODUCT _mm256_fmadd_pd
#include "transport/pair_kernels_body.h"

#undef NAME
#undef TARGET
#undef VECTOR
#undef LANES
#undef ROWS
#undef LOAD
#undef STORE
#undef SPREAD
#undef ADD_PRODUCT
#undef LONG_VECTOR
#undef LONG_LANES
#undef LONG_LOAD
#undef LONG_STORE
#undef LONG_SPREAD
#undef LONG_ADD_PRODUCT
/* ---- AVX-512 ---- */
#define NAME(x) avx512_##x
#define TARGET __attribute__((target("avx2,fma,avx512f,avx512vl,avx512dq,avx512bw")))
#define VECTOR __m512
#define LANES 16
#define ROWS 8
#define LOAD _mm512_loadu_ps
#define STORE _mm512_storeu_ps
#define SPREAD _mm512_set1_ps
#define ADD_PRODUCT _mm512_fmadd_ps
#define LONG_VECTOR __m512d
#define LONG_LANES 8
#define LONG_LOAD _mm512_loadu_pd
#define LONG_STORE _mm512_storeu_pd
#define LONG_SPREAD _mm512_set1_pd
#define LONG_ADD_PRODUCT _mm512_fmadd_pd
#include "transport/pair_kernels_body.h"
#endif

const rc_pair_kernels *rc_pair_kernels_at(int i)
{
    const rc_pair_kernels *able[3];
    int count = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")) {
        able[count++] = &avx512_kernels;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) able[count++] = &avx2_kernels;
#endif
    able[count++] = &plain_kernels;
    return i < count ? able[i] : NULL;
}

const rc_pair_kernels *rc_pair_kernels_get(void)
{
    return rc_pair_kernels_at(0);
}
