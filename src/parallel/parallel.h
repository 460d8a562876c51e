/* parallel/parallel.h: one piece of work on many ranks: processes that an MPI launcher (mpirun, srun) has
 * started with the same command. All of them go the same way through the program; where there is something to
 * share they call the functions below, all in the same order. Rank 0 alone writes files and speaks.
 *
 * Without a launcher there is one rank, and all of this does nothing. MPI itself is in a plug-in (plugin.h),
 * opened when a launcher is found. */
#ifndef RC_PARALLEL_PARALLEL_H
#define RC_PARALLEL_PARALLEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

/* ---- joining: for the program, on its first thread ---- */

/* How a process ends when another rank is lost or has failed: from a thread of its own, at any time. line
 * NULL: another rank speaks. It does not return. */
typedef void (*rc_parallel_end)(const char *line, int code);
/* A launcher has started several of this process, as far as it tells; they need not join. *rank: which of
 * them this one is. */
bool rc_parallel_is_one_of_several(int *rank);
/* Joins the others if a launcher has started this process, and checks that they are the same program with the
 * same words. */
rc_status rc_parallel_join(int argc, char **argv, rc_parallel_end end) RC_MUST_CHECK;
/* The last thing that a rank does, after it has told its failure: leaves in good order, or lets the others
 * know that they are to end, too. */
void rc_parallel_leave(rc_status status);
/* A request to stop, from any thread: counts from the next rc_parallel_agree on, on all ranks alike; at once
 * where there is one rank. */
void rc_parallel_interrupt(void);
/* Its share of the processors that this process may run on: other ranks may run on the same. */
int64_t rc_parallel_processors(int64_t processors);

/* ---- for everybody ---- */

int64_t rc_parallel_rank(void);      /* 0 .. size - 1 */
int64_t rc_parallel_size(void);      /* 1: alone */
int64_t rc_parallel_neighbour(void); /* of the ranks on this machine, which one this is: from 0 */
/* This rank's part of n things, of which neighbours lie together: first .. end - 1. */
void rc_parallel_part(int64_t n, int64_t rank, int64_t *first, int64_t *end);

/* Rank 0's bytes to all. */
rc_status rc_parallel_broadcast(void *data, size_t bytes) RC_MUST_CHECK;
/* The blocks of all ranks, in their order, to all: all [size * bytes]. */
rc_status rc_parallel_gather(const void *mine, size_t bytes, void *all) RC_MUST_CHECK;
/* n samples that go through a model in batches: those that this rank does, whole batches, first .. end - 1.
 */
void rc_parallel_batches(int64_t n, int64_t batch, int64_t *first, int64_t *end);
/* What they gave, rows of `bytes` in their places of `all`, to all. row: where the rows of each sample begin,
 * [n + 1]; NULL: each has one. */
rc_status rc_parallel_complete(int64_t n, int64_t batch, const int64_t *row, size_t bytes,
                               void *all) RC_MUST_CHECK;
/* What has become of something that rank 0 alone did is what has become of it everywhere, text and all. */
rc_status rc_parallel_follow(rc_status status) RC_MUST_CHECK;
/* Rank 0 does this by itself, as if it were alone: what it calls of the functions here is not shared. The
 * others wait, and all go on with what has become of it. */
rc_status rc_parallel_alone(rc_status (*work)(void *), void *context) RC_MUST_CHECK;
/* Fails on all ranks where one has another value: "rank 2 on HOST has other settings than rank 0 ...". */
rc_status rc_parallel_same(const char *what, uint64_t value) RC_MUST_CHECK;
/* The same, as a question. */
rc_status rc_parallel_is_same(uint64_t value, bool *same) RC_MUST_CHECK;
/* The least of each of n numbers, of all ranks. */
rc_status rc_parallel_min(int64_t n, int64_t *io) RC_MUST_CHECK;
/* A point that all ranks come by: whoever was asked to stop by now, all are (rc_interrupt_requested). */
rc_status rc_parallel_agree(void) RC_MUST_CHECK;
/* The same, and rank 0's answer to all, in one exchange. */
rc_status rc_parallel_agree_on(bool *io) RC_MUST_CHECK;
/* Rank 0's answer, where it depends on a clock. */
rc_status rc_parallel_decide(bool *io) RC_MUST_CHECK;

#endif
