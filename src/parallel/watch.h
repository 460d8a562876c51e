/* Within parallel/: sees that a rank is gone, by TCP connections of rank 0 with all others, since an MPI
 * waits for ever for a process that was killed on another machine. A killed process closes its connection;
 * one whose machine or network is gone is silent for longer than anybody's heart stands still. */
#ifndef RC_PARALLEL_WATCH_H
#define RC_PARALLEL_WATCH_H

#include <netinet/in.h>

#include "parallel/parallel.h"

enum { RC_WATCH_HOST = 65, RC_WATCH_ADDRESSES = 16 };

/* Where rank 0 can be reached, for all to know. */
typedef struct rc_watch_card {
    uint64_t token; /* of this start: nobody else is let in */
    int n;
    struct sockaddr_in6 address[RC_WATCH_ADDRESSES]; /* of version 4 too, mapped into 6 */
} rc_watch_card;

rc_status rc__watch_listen(rc_watch_card *out) RC_MUST_CHECK; /* rank 0 */
/* Connects the ranks, of which this is one, and begins to watch. host: of each rank. speaks: should rank 0 be
 * gone, this one tells. */
rc_status rc__watch_begin(const rc_watch_card *card, int64_t rank, int64_t size,
                          const char (*host)[RC_WATCH_HOST], bool speaks, rc_parallel_end end) RC_MUST_CHECK;
/* In good order, when all are done. */
void rc__watch_end(void);
/* This rank has failed, with rc_error_text: the others are to end. Where it is not rank 0, waits for that. */
void rc__watch_fail(rc_status status);

#endif
