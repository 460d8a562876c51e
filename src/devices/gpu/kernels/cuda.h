/* The kernels' words in CUDA C, as NVRTC takes it: without any header. */

typedef int i32;
typedef long long i64;

#define KERNEL(size) extern "C" __global__ __launch_bounds__(size) void
#define DEVICE static __device__ inline
#define GLOBAL
#define LOCAL
#define SHARED(type, name, count) __shared__ type name[count]
#define BARRIER __syncthreads()
#define GROUP ((i64)blockIdx.x)
#define ITEM ((i32)threadIdx.x)
#define INFINITY __int_as_float(0x7f800000)
