/* devices/gpu/clblast.h: matrix products of OpenCL's by CLBlast, where that is installed. It takes buffers,
 * of which OpenCL lays one over each block of shared virtual memory that a product reads or writes. */
#ifndef RC_DEVICES_GPU_CLBLAST_H
#define RC_DEVICES_GPU_CLBLAST_H

#include "devices/gpu/clblast_abi.h"
#include "devices/gpu/gpu.h"

typedef struct rc__clblast_block rc__clblast_block;

/* CLBlast has two ways to make a product. */
enum { RC__CLBLAST_DIRECT, RC__CLBLAST_BY_COPIES, RC__CLBLAST_WAYS };
typedef enum rc__clblast_answer {
    RC__CLBLAST_UNTRIED,
    RC__CLBLAST_WORKS,
    RC__CLBLAST_REFUSED
} rc__clblast_answer;

/* Of a device. */
typedef struct rc__clblast {
    const rc__cl *cl;
    rc_cl_context context;
    rc_cl_queue queue;
    rc__clblast_block *blocks;
    rc__clblast_answer way[RC__CLBLAST_WAYS];
} rc__clblast;

/* A block was given, and is about to go. */
rc_status rc__clblast_add(rc__clblast *c, void *at, size_t bytes) RC_MUST_CHECK;
void rc__clblast_remove(rc__clblast *c, void *at);
/* As takes and product of a driver. */
bool rc__clblast_takes(rc__clblast *c, const rc__gpu_product *p, i64 *room);
rc_status rc__clblast_multiply(rc__clblast *c, const rc__gpu_product *p, float *room) RC_MUST_CHECK;

/* For tests: the functions in use; and our own kernel in CLBlast's place. */
rc__clblast_calls *rc__clblast_functions(void);
void rc__clblast_leave_out(bool out);

#endif
