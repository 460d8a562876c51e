/* Within parallel/: a TCP port of a rank, at which others reach it. */
#ifndef RC_PARALLEL_DOOR_H
#define RC_PARALLEL_DOOR_H

#include <netinet/in.h>
#include <stdint.h>

#include "base/failure.h"

enum { RC_DOOR_ADDRESSES = 16 };

/* Where it is, for all ranks to know. n 0: there is none. */
typedef struct rc_door_card {
    uint64_t token; /* of this start: rank 0 lets nobody else in, and by it the others are known */
    int n;
    struct sockaddr_in6 address[RC_DOOR_ADDRESSES]; /* of version 4 too, mapped into 6 */
} rc_door_card;

/* fd: the port, which listens and does not wait. The caller closes it. */
rc_status rc__door_open(rc_door_card *out, int *fd) RC_MUST_CHECK;

#endif
