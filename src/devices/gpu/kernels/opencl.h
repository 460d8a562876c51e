/* The kernels' words in OpenCL C. Another language of kernels is another file like this one. */
#pragma OPENCL FP_CONTRACT OFF

typedef int i32;
typedef uint u32;
typedef ushort u16;
typedef long i64;

#define KERNEL(size) __kernel __attribute__((reqd_work_group_size(size, 1, 1))) void
#define DEVICE static inline
#define GLOBAL __global
#define LOCAL __local
#define SHARED(type, name, count) __local type name[count]
#define BARRIER barrier(CLK_LOCAL_MEM_FENCE)
#define GROUP ((i64)get_group_id(0))
#define ITEM ((i32)get_local_id(0))
#define BITS(x) as_uint(x) /* of a float */
#define FLOAT_OF(bits) as_float(bits)
