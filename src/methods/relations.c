#include "methods/relations.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "ops/ops.h"

static const float FAR = -1e4f; /* a score that gives no share */

typedef struct sizes {
    int64_t n, tokens, heads, d; /* d: numbers of a head */
} sizes;

int64_t rc_relation_heads(int64_t student, int64_t teacher)
{
    while (teacher != 0) {
        int64_t left = student % teacher;
        student = teacher;
        teacher = left;
    }
    return student;
}

/* The rows of d numbers of part `which` of q, k, v: [T, N heads, d], or by_token false: [N heads, T, d]. */
static rc_var rows(rc_graph *g, rc_var qkv, const sizes *s, int which, bool by_token)
{
    int32_t *index;
    int64_t groups = s->n * s->heads, all = groups * s->tokens;
    rc_status status = RC_NEW_RAW(&index, all);
    if (status != RC_OK) return rc_graph_fail(g, status);
    for (int64_t i = 0; i < s->n; i++)
        for (int64_t h = 0; h < s->heads; h++)
            for (int64_t t = 0; t < s->tokens; t++) {
                int64_t group = i * s->heads + h, from = ((i * s->tokens + t) * 3 + which) * s->heads + h;
                index[by_token ? t * groups + group : group * s->tokens + t] = (int32_t)from;
            }
    rc_var at = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(all), index, false);
    rc_free(index);
    rc_shape shape = by_token ? RC_SHAPE(s->tokens, groups, s->d) : RC_SHAPE(groups, s->tokens, s->d);
    return rc_gather(g, qkv, at, 1, s->d, shape);
}

static rc_var divide(rc_graph *g, rc_var x, int64_t d)
{
    float *scale;
    rc_status status = RC_NEW_RAW(&scale, d);
    if (status != RC_OK) return rc_graph_fail(g, status);
    for (int64_t k = 0; k < d; k++)
        scale[k] = 1 / sqrtf((float)d);
    rc_var by = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(d), scale, false);
    rc_free(scale);
    return rc_scale_channels(g, x, by, NULL);
}

static bool all_count(const sizes *s, const bool *counts)
{
    return !memchr(counts, false, (size_t)(s->n * s->tokens));
}

/* [T, N heads, T]: far from tokens that do not count. */
static rc_var mask(rc_graph *g, const sizes *s, const bool *counts)
{
    float *far;
    int64_t groups = s->n * s->heads;
    rc_status status = RC_NEW(&far, s->tokens * groups * s->tokens);
    if (status != RC_OK) return rc_graph_fail(g, status);
    for (int64_t row = 0; row < s->tokens * groups; row++)
        for (int64_t t = 0; t < s->tokens; t++)
            if (!counts[row % groups / s->heads * s->tokens + t]) far[row * s->tokens + t] = FAR;
    rc_var v = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(s->tokens, groups, s->tokens), far, false);
    rc_free(far);
    return v;
}

static rc_var scores(rc_graph *g, rc_var qkv, const sizes *s, int which, rc_var far)
{
    rc_var y =
        rc_linear_each(g, divide(g, rows(g, qkv, s, which, true), s->d), rows(g, qkv, s, which, false));
    return far ? rc_add(g, y, far) : y;
}

/* Nothing flows back through the teacher's: what they were made of is let go. */
static rc_var taught(rc_graph *g, rc_var qkv, const sizes *s, int which, rc_var far)
{
    rc_var mark = rc_graph_mark(g), y = scores(g, qkv, s, which, far);
    rc_graph_settle(g, mark, y);
    return y;
}

rc_status rc_relation_losses(rc_graph *g, rc_var student, rc_var teacher, int64_t heads, const bool *counts,
                             rc_var loss[RC_RELATIONS])
{
    const int64_t *own = student->value.shape.dim, *theirs = teacher->value.shape.dim;
    RC_CHECK(own[0] == theirs[0] && own[1] == theirs[1], RC_SHAPE,
             "distill.attention: the teacher has %lld tokens in a sample, the student %lld",
             (long long)theirs[1], (long long)own[1]);
    sizes s = {own[0], own[1], heads, own[2] / 3 / heads}, t = {own[0], own[1], heads, theirs[2] / 3 / heads};
    rc_var far = all_count(&s, counts) ? NULL : mask(g, &s, counts);
    for (int k = 0; k < RC_RELATIONS; k++)
        loss[k] = rc_softened_kl(g, scores(g, student, &s, k, far), taught(g, teacher, &t, k, far), 1);
    return rc_graph_status(g);
}

void rc_relation_seed(int64_t n, int64_t tokens, int64_t heads, const bool *counts, const double *weight,
                      float *seed)
{
    for (int64_t i = 0; i < n; i++, counts += tokens) {
        int64_t sum = 0;
        for (int64_t t = 0; t < tokens; t++)
            sum += counts[t];
        for (int64_t t = 0; t < tokens; t++)
            for (int64_t h = 0; h < heads; h++)
                seed[(t * n + i) * heads + h] =
                    counts[t] ? (float)(weight[i] / (double)(sum * heads * RC_RELATIONS)) : 0;
    }
}
