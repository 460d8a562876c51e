/* The kernels' words in CUDA C, as NVRTC takes it: without any header. */

typedef int i32;
typedef unsigned u32;
typedef unsigned short u16;
typedef long long i64;

#define KERNEL(size) extern "C" __global__ __launch_bounds__(size, 1) void
#define DEVICE static __device__ inline
#define GLOBAL
#define LOCAL
#define SHARED(type, name, count) __shared__ type name[count]
#define BARRIER __syncthreads()
#define GROUP ((i64)blockIdx.x)
#define ITEM ((i32)threadIdx.x)
#define BITS(x) __float_as_uint(x) /* of a float */
#define FLOAT_OF(bits) __uint_as_float(bits)
#define INFINITY __int_as_float(0x7f800000)
