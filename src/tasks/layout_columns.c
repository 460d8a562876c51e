/* A table's columns as tokens. A column is one number of the sample, or the several that the import made of
 * one column (zeros and ones for its texts, a date's days and circles); where there are more columns than
 * tokens, a token reads several that stand side by side. */
#include <math.h>
#include <string.h>

#include "tasks/layout.h"

static int64_t features_of(const rc_dataset *d, int64_t column)
{
    return d->column_width ? d->column_width[column] : 1;
}

rc_status rc__layout_columns_choose(const rc_dataset *d, int64_t max, rc_layout *l)
{
    int64_t columns = d->column_width ? d->columns : d->x_shape[1], each = (columns + max - 1) / max;
    int64_t tokens = (columns + each - 1) / each, widest = 0;
    RC_TRY(RC_NEW(&l->features, tokens));
    for (int64_t c = 0; c < columns; c++)
        l->features[c / each] += (int32_t)features_of(d, c);
    for (int64_t t = 0; t < tokens; t++)
        widest = l->features[t] > widest ? l->features[t] : widest;
    l->input = (rc_input){.kind = RC_INPUT_TABLE, .channels = 1, .length = tokens * widest, .patch = widest};
    return RC_OK;
}

/* Zeros behind the features of each token. They are divided by the root of their number, so that a column of
 * many zeros and ones weighs as much as one number. */
void rc__layout_columns_apply(const rc_layout *l, const float *raw, float *out)
{
    int64_t widest = l->input.patch;
    memset(out, 0, (size_t)l->input.length * sizeof *out);
    for (int64_t t = 0; t < l->input.length / widest; t++) {
        float share = 1.0f / sqrtf((float)l->features[t]);
        for (int32_t k = 0; k < l->features[t]; k++)
            out[t * widest + k] = share * *raw++;
    }
}

void rc__layout_columns_pull(const rc_layout *l, const float *gradient, float *out)
{
    int64_t widest = l->input.patch;
    for (int64_t t = 0; t < l->input.length / widest; t++) {
        float share = 1.0f / sqrtf((float)l->features[t]);
        for (int32_t k = 0; k < l->features[t]; k++)
            *out++ = share * gradient[t * widest + k];
    }
}

void rc__layout_columns_store(const rc_layout *l, rc_json *task)
{
    rc_json *list = rc_json_set(task, "features", rc_json_array());
    for (int64_t t = 0; t < l->input.length / l->input.patch; t++)
        rc_json_append_integer(list, l->features[t]);
}

rc_status rc__layout_columns_restore(const rc_json *task, const char *source, rc_layout *l)
{
    const rc_json *list = rc_json_get(task, "features");
    int64_t widest = l->input.patch, tokens = widest > 0 ? l->input.length / widest : 0, sum = 0;
    RC_CHECK(tokens > 0 && list && (int64_t)rc_json_length(list) == tokens, RC_FORMAT,
             "%s: \"features\" does not fit the model", source);
    RC_TRY(RC_NEW(&l->features, tokens));
    for (int64_t t = 0; t < tokens; t++) {
        int64_t n = rc_json_as_integer(rc_json_at(list, (size_t)t));
        RC_CHECK(n >= 1 && n <= widest, RC_FORMAT, "%s: \"features\" does not fit the model", source);
        l->features[t] = (int32_t)n;
        sum += n;
    }
    RC_CHECK(sum == l->x_shape[1], RC_FORMAT, "%s: \"features\" does not fit the model", source);
    return RC_OK;
}
