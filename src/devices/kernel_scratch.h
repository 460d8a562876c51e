/* devices/kernel_scratch.h: memory that a kernel writes while it computes. The device keeps it between calls;
 * calls at the same time have blocks of their own. */
#ifndef RC_DEVICES_KERNEL_SCRATCH_H
#define RC_DEVICES_KERNEL_SCRATCH_H

#include <pthread.h>
#include <stdint.h>

#include "base/failure.h"

typedef struct rc__scratch {
    pthread_mutex_t lock;
    struct rc__scratch_block *idle;
} rc__scratch;

/* n floats, aligned to RC_ALIGNMENT, with anything in them. */
rc_status rc__scratch_take(rc__scratch *s, int64_t n, float **out) RC_MUST_CHECK;
void rc__scratch_give(rc__scratch *s, float *p);

#endif
