/* devices/gpu/nccl.h: transfers between the cards of CUDA of several processes, by NCCL's sends and receives.
 * Its own sums are not used: their order is the library's, and another for another number of cards. */
#ifndef RC_DEVICES_GPU_NCCL_H
#define RC_DEVICES_GPU_NCCL_H

#include "devices/gpu/nccl_abi.h"
#include "tensor/bridge.h"

/* What a device has of it. The device's context is the present one in all calls. */
typedef struct rc__nccl {
    rc_nccl_comm comm;  /* NULL: none */
    bool is_waited_for; /* moves were put in line since the stream was waited for */
    char refused[500];  /* why it is not to be used any more; "": it may be */
} rc__nccl;

/* Opens the library; its version in words. */
rc_status rc__nccl_open(size_t size, char *version) RC_MUST_CHECK;
/* Fails where it is not to be used any more. */
rc_status rc__nccl_check(const rc__nccl *n) RC_MUST_CHECK;
rc_status rc__nccl_invite(rc_bridge_meeting *out) RC_MUST_CHECK;
/* Begins to meet. */
rc_status rc__nccl_meet(rc__nccl *n, const rc_bridge_meeting *at, int64_t number, int64_t size) RC_MUST_CHECK;
/* Not to be used any more; who waits for what was in line is not told. */
void rc__nccl_drop(rc__nccl *n, const char *why);
/* Begins moves. */
rc_status rc__nccl_begin(rc__nccl *n, rc_cu_stream stream, int64_t moves,
                         const rc_bridge_move *move) RC_MUST_CHECK;
/* Is what was begun done: have all met, are the moves in the stream? Nothing else may be begun before. */
rc_status rc__nccl_look(rc__nccl *n, bool *done) RC_MUST_CHECK;
/* Puts moves in the stream. */
rc_status rc__nccl_exchange(rc__nccl *n, rc_cu_stream stream, int64_t moves,
                            const rc_bridge_move *move) RC_MUST_CHECK;
/* Are there moves in line that may still come to an end? A stream does not tell that they will not: where
 * the other side is gone they wait for ever. Those that will not are given up; then the stream goes on. */
bool rc__nccl_is_under_way(rc__nccl *n);
/* The stream was waited for. Fails where moves were given up. */
rc_status rc__nccl_arrived(rc__nccl *n) RC_MUST_CHECK;

#endif
