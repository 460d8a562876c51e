/* Within optim/: sums over the ranks of numbers that lie on their devices, by the bridge between these
 * (tensor/bridge.h). As parallel/reduction.h makes them on the host: each rank gets its part from all, adds
 * that up by the tree, and gives the sum to all. So the bits are the same. All of it is put in line. */
#ifndef RC_OPTIM_CARD_SUM_H
#define RC_OPTIM_CARD_SUM_H

#include "parallel/reduction.h"
#include "tensor/device.h"

typedef struct rc_card_sum rc_card_sum;

/* Of at most `longest` numbers at a time, cut as r cuts them, which must outlive it. The ranks have agreed to
 * it (optim/crossing.h). */
rc_status rc__card_sum_create(rc_device *d, rc_reduction *r, rc_wire wire, int64_t longest,
                              rc_card_sum **out) RC_MUST_CHECK;
void rc__card_sum_destroy(rc_card_sum **s);
/* Of n numbers from `at`: node i is in block[i], and the first gets the sum. All ranks do it in the same
 * order. */
rc_status rc__card_sum_add(rc_card_sum *s, const rc_tensor *block, int64_t at, int64_t n) RC_MUST_CHECK;
int64_t rc__card_sum_sent(const rc_card_sum *s); /* bytes, by this rank to others, so far */

#endif
