/* methods/relations.h: how the tokens of a sample relate to each other in a layer of attention, of student
 * and teacher (MiniLMv2, Wang et al. 2021). Neither their widths nor their numbers of heads have to be the
 * same. */
#ifndef RC_METHODS_RELATIONS_H
#define RC_METHODS_RELATIONS_H

#include "autodiff/graph.h"

/* Queries, keys and values each are cut into so many heads again, whatever the layers have: as many as divide
 * both numbers of heads. A relation is softmax(a_i . a_j / sqrt(d)) over the tokens j that count, the loss of
 * such a token i KL(teacher | student), in the mean over heads and the three. student, teacher [N, T, 3 C],
 * the teacher's a leaf; counts [N, T] on the host. The loss [T, N, heads] of each, 3 of them. */
enum { RC_RELATIONS = 3 };
int64_t rc_relation_heads(int64_t student, int64_t teacher);
rc_status rc_relation_losses(rc_graph *g, rc_var student, rc_var teacher, int64_t heads, const bool *counts,
                             rc_var loss[RC_RELATIONS]) RC_MUST_CHECK;
/* What seeds them: of row i of N the weight[i], shared out among its tokens that count, the heads and the
 * three; seed [T N heads]. */
void rc_relation_seed(int64_t n, int64_t tokens, int64_t heads, const bool *counts, const double *weight,
                      float *seed);

#endif
