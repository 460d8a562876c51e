/* parallel/reduction.h: sums over shards. Work is cut into a fixed number of shards, of which each rank does
 * as many as any other. Their numbers are summed in a fixed binary tree: shards [a, b) are those of [a, m)
 * plus those of [m, b), m in the middle. So the sum has the same bits on any number of ranks that divides the
 * shards.
 *
 * A rank adds what it can by itself: its shards come in ascending order, each with a place (`place`) in a
 * small stack of blocks, and after it `joins` additions of the topmost block to the one below. What remains,
 * `nodes` blocks, is summed over the ranks: each gets one part of the range from all (1 / size of it), adds
 * that up by the tree, and gives the sum to all. So a rank sends 2 (size - 1) / size of the range, as in a
 * ring, whatever the tree. On one machine ranks may have their nodes in memory that all see: then each adds
 * up its part where the others have it, and nothing is copied. Ranges are under way one after another, while
 * the caller goes on; all ranks begin the same ones. */
#ifndef RC_PARALLEL_REDUCTION_H
#define RC_PARALLEL_REDUCTION_H

#include "parallel/parallel.h"

typedef struct rc_reduction rc_reduction;

/* What numbers are on their way between ranks. BF16: what each shard gives, and each sum of two, is rounded
 * to bfloat16 (base/bfloat16.h), whoever makes it, and whether it is sent or not; so the bits are the same on
 * any number of ranks here, too. Two rounded numbers are added as floats. The caller rounds what it adds by
 * itself (device.h: add_rounded). */
typedef enum rc_wire { RC_WIRE_F32, RC_WIRE_BF16 } rc_wire;

/* The ranks divide the shards. */
rc_status rc_reduction_create(int64_t shards, rc_wire wire, rc_reduction **out) RC_MUST_CHECK;
void rc_reduction_destroy(rc_reduction **r);
bool rc_reduction_is_last(const rc_reduction *r, int64_t shard); /* of this rank's */
int rc_reduction_place(const rc_reduction *r, int64_t shard);
int rc_reduction_joins(const rc_reduction *r, int64_t shard);
int rc_reduction_blocks(const rc_reduction *r); /* places there are */
int rc_reduction_nodes(const rc_reduction *r);

/* Room for this rank's nodes, n numbers each, that all ranks see; *room NULL: there is none. All ranks call
 * it, at most once, n 0: without this one. From then on they begin nothing but ranges of it, at the same
 * place in all nodes of all. */
rc_status rc_reduction_share(rc_reduction *r, int64_t n, float **room) RC_MUST_CHECK;
/* Sends off a range of n numbers: node[i] is that of place i. They belong to the reduction until the range is
 * done. */
rc_status rc_reduction_begin(rc_reduction *r, int64_t n, float *const *node) RC_MUST_CHECK;
/* Carries the transfers on; with `wait` until the oldest range is done. *done: it is, the sum lies in its
 * node 0, and the next becomes the oldest. Not to be called when none is under way. */
rc_status rc_reduction_next(rc_reduction *r, bool wait, bool *done) RC_MUST_CHECK;
int64_t rc_reduction_sent(const rc_reduction *r); /* bytes, by this rank to others, so far */

/* For who makes the sums over the ranks elsewhere than on the host: where rank's part of n numbers begins (of
 * the rank behind the last: the end), how many nodes a rank has, and the tree above them. Node i of rank q
 * has the number i * size + q; `adds` adds one to another, and all are in the first at last. */
int64_t rc_reduction_part(int64_t n, int64_t rank);
int rc_reduction_nodes_of(const rc_reduction *r, int64_t rank);
typedef rc_status (*rc_reduction_add)(void *context, int64_t from, int64_t to);
rc_status rc_reduction_tree(rc_reduction *r, rc_reduction_add adds, void *context) RC_MUST_CHECK;

#endif
