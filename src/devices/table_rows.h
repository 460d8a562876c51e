/* devices/table_rows.h: which rows of a table an AdamW step has to do with, for devices whose memory is the
 * host's (device.h: adam_rows). While a step runs, live[r] = 2 + k says that row r has gradient row k. */
#ifndef RC_DEVICES_TABLE_ROWS_H
#define RC_DEVICES_TABLE_ROWS_H

#include "tensor/device.h"

static inline void rc__table_mark(const rc_table_gradient *g, int32_t *live)
{
    for (int64_t k = 0; g->touched && k < g->n; k++)
        live[g->touched[k]] = (int32_t)(2 + k);
}

/* NULL: the gradient of row r is zero. */
static inline const float *rc__table_gradient(const rc_table_gradient *g, const int32_t *live, int64_t r)
{
    if (g->touched) return live[r] >= 2 ? g->values + (live[r] - 2) * g->width : NULL;
    const float *row = g->values + r * g->width;
    for (int64_t c = 0; c < g->width; c++)
        if (row[c] != 0) return row;
    return NULL;
}

/* Without gradient and moments nothing but decoupled decay acts: 0 / (0 + eps) is 0. */
static inline bool rc__table_rests(const rc_optimizer_step *o, const float *gradient, int32_t live)
{
    return !gradient && live == 0 && (o->decoupled || o->weight_decay == 0) && o->eps > 0;
}

/* In place of a gradient that is zero, so that rows with and without one go through the same code. */
enum { RC__TABLE_ZEROS = 256 };
static const float rc__table_zeros[RC__TABLE_ZEROS];

#endif
