/* Within parallel/: sees that a rank is gone, by TCP connections of rank 0 with all others, since an MPI
 * waits for ever for a process that was killed on another machine. A killed process closes its connection;
 * one whose machine or network is gone is silent for longer than anybody's heart stands still. The others
 * call on each other (calls.h). */
#ifndef RC_PARALLEL_WATCH_H
#define RC_PARALLEL_WATCH_H

#include "parallel/door.h"
#include "parallel/parallel.h"

enum { RC_WATCH_HOST = 65 };

/* Connects the ranks, of which this is one, and begins to watch. card, host: of each rank, kept by the
 * caller. door: this rank's own, which is closed in the end. speaks: should rank 0 be gone, this one tells.
 */
rc_status rc__watch_begin(const rc_door_card *card, int door, int64_t rank, int64_t size,
                          const char (*host)[RC_WATCH_HOST], bool speaks, rc_parallel_end end) RC_MUST_CHECK;
/* In good order, when all are done. */
void rc__watch_end(void);
/* This rank has failed, with rc_error_text: the others are to end. Where it is not rank 0, waits for that. */
void rc__watch_fail(rc_status status);

#endif
