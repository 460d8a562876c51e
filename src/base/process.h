/* base/process.h: a process as others can tell it from every other: on this machine, on others that share its
 * disk, and from a later one that was given the same number. */
#ifndef RC_BASE_PROCESS_H
#define RC_BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

typedef struct rc_process {
    char host[65];
    int64_t id;
    int64_t started; /* ticks since the machine was started; -1: not known */
    char kernel[97]; /* which start of which machine, and which space of process numbers; "-": not known */
} rc_process;

void rc_process_self(rc_process *out);
/* It can be asked for here, and is no longer there. */
bool rc_process_ended(const rc_process *p);
/* Can it be asked for here? */
bool rc_process_is_near(const rc_process *p);

/* Bytes that new work may take without making the machine swap; -1: not known. */
int64_t rc_memory_available(void);

/* What the processor calls itself; else its kind. */
void rc_processor_name(size_t size, char *out);

#endif
