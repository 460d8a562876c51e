/* ops/op_cases.h: inputs at which every operation is tried; ops_test.c runs each case on every device. A file
 * has the cases of one group of operations. */
#ifndef OP_CASES_H
#define OP_CASES_H

#include "ops/ops.h"

typedef struct op_case {
    const char *op;                           /* its rc_op's name */
    const char *name;                         /* seeds the numbers, too */
    rc_var (*build)(rc_graph *g, rc_var *in); /* the operation's node, from leaves of these shapes */
    int n_in;
    rc_shape in[RC_OP_INPUTS];
    float range;     /* inputs are uniform in [-range, range] */
    float tolerance; /* of the finite difference, relative; 0: 1e-2 */
} op_case;

typedef struct op_cases {
    const op_case *of;
    int count;
} op_cases;
#define OP_CASES(list)                   \
    {                                    \
        list, sizeof list / sizeof *list \
    }

extern const op_cases linear_cases, norm_cases, attention_cases, elementwise_cases, rows_cases, loss_cases;

#endif
