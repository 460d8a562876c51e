/* tensor/bridge.h: what leads from a device to those of other processes, past the host. A device knows
 * nothing of ranks: who has them all tells each the same meeting, its number and how many there are
 * (optim/crossing.h). */
#ifndef RC_TENSOR_BRIDGE_H
#define RC_TENSOR_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

typedef struct rc_device rc_device;

/* What a device tells of itself before it meets others. */
typedef struct rc_bridge_end {
    char by[32];            /* "NCCL 2.21.5": the same on all */
    unsigned char card[16]; /* no other card has it */
    bool met;               /* it has met them already */
} rc_bridge_end;

enum { RC_BRIDGE_MEETING = 128 };
typedef struct rc_bridge_meeting {
    char name[RC_BRIDGE_MEETING];
} rc_bridge_meeting;

/* Between this device and another: what is sent there, and what is received. Either may be of no bytes. The
 * other has the same the other way round. */
typedef struct rc_bridge_move {
    int64_t with;
    const void *mine;
    void *theirs;
    size_t mine_bytes, their_bytes;
} rc_bridge_move;

typedef struct rc_bridge {
    /* Fails with one line where the bridge cannot be used. */
    rc_status (*look)(rc_device *d, rc_bridge_end *out);
    /* A new place to meet, of which one of the devices tells all. */
    rc_status (*invite)(rc_device *d, rc_bridge_meeting *out);
    /* Begins to meet, and carries on with it; called until it fails or is done. Never waits for the others.
     * Done means that a few bytes went from each to each, and arrived as they were. */
    rc_status (*meet)(rc_device *d, const rc_bridge_meeting *at, int64_t number, int64_t size, bool *done);
    /* Not to be used any more, because of this. */
    void (*drop)(rc_device *d, const char *why);
    /* Puts moves in line, all of which go on at once; the others do the same in the same order. */
    rc_status (*exchange)(rc_device *d, int64_t n, const rc_bridge_move *move);
} rc_bridge;

#endif
