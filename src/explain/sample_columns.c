#include "explain/explain_parts.h"

bool rc__knows_columns(const rc_explain_request *q)
{
    int64_t all = 0, width;
    for (int64_t k = 0; q->encoders && k < rc_encoders_columns(q->encoders); k++) {
        (void)rc_encoders_column(q->encoders, k, &width);
        all += width;
    }
    return all == rc_layout_size(&q->of->task->layout);
}
