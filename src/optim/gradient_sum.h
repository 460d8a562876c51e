/* optim/gradient_sum.h: the gradient of a step whose samples are cut into shards, which the ranks share out
 * (parallel/reduction.h). Gradients lie in blocks in the order of backward, cut into ranges of whole
 * parameters; each range is summed over the ranks as soon as backward has completed it, while backward goes
 * on. Of a table of embeddings those rows alone are added up, and travel, that a shard has looked up. */
#ifndef RC_OPTIM_GRADIENT_SUM_H
#define RC_OPTIM_GRADIENT_SUM_H

#include "autodiff/params.h"
#include "parallel/reduction.h"

typedef struct rc_gradient_sum rc_gradient_sum;
/* For the parameters that are trainable now; takes the place of rc_params_prepare_grads. The ranks divide the
 * shards. by_rows: whoever uses the gradients takes the rows of tables (rc_graph_backward_into). p must
 * outlive it. */
rc_status rc_gradient_sum_create(rc_params *p, int64_t shards, rc_wire wire, bool by_rows,
                                 rc_gradient_sum **out) RC_MUST_CHECK;
void rc_gradient_sum_destroy(rc_gradient_sum **s);
/* Gradients from here on are those of this shard: of the rank's part (rc_parallel_part), one after another.
 */
void rc_gradient_sum_begin(rc_gradient_sum *s, int64_t shard);
/* Its last backward; g NULL: it has no samples. After the rank's last shard the sums over all come in: each
 * parameter's is given to `sink` as soon as it is there, all ranks' in the same order. sink NULL: they are
 * left as the gradients of the parameters until the next begin. */
rc_status rc_gradient_sum_complete(rc_gradient_sum *s, rc_graph *g, rc_gradient_sink sink,
                                   void *context) RC_MUST_CHECK;
/* How the ranks' gradients come together: from card to card by this ("NCCL 2.21.5"), or else through the host
 * because of this; "": they are on no cards that could do otherwise. */
const char *rc_gradient_sum_way(const rc_gradient_sum *s, bool *crosses);
int64_t rc_gradient_sum_sent(const rc_gradient_sum *s);   /* bytes, by this rank to others, so far */
bool rc_gradient_sum_is_shared(const rc_gradient_sum *s); /* in memory that all ranks see: none travel */

#endif
