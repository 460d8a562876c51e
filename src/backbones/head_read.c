/* What a linear head reads of the tokens of a body. */
#include "backbones/head.h"
#include "backbones/layers.h"
#include "ops/ops.h"

int64_t rc_model_readout(const rc_model *m)
{
    int64_t features = rc_model_features(m);
    if (m->spec.readout == RC_READOUT_FLATTEN) return features * rc_grid_tokens(&m->last);
    return m->spec.fusion == RC_FUSION_LATE ? features * (1 + m->spec.n_more) : features;
}

static rc_var first_token(rc_graph *g, rc_var tokens)
{
    if (!tokens) return NULL;
    static const int32_t first[1] = {0};
    const int64_t *dim = tokens->value.shape.dim;
    rc_var index = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(1), first, false);
    return rc_gather(g, tokens, index, dim[0], dim[2], RC_SHAPE(dim[0], dim[2]));
}

rc_var rc__pool(rc_graph *g, const rc_model *m, rc_var tokens, rc_var length)
{
    return m->spec.pool == RC_POOL_CLS ? first_token(g, tokens) : rc_mean_tokens(g, tokens, length);
}

rc_var rc__flatten(rc_graph *g, rc_var x)
{
    static const int32_t whole[1] = {0};
    if (!x) return NULL;
    int64_t batch = x->value.shape.dim[0], width = rc_tensor_size(&x->value) / batch;
    rc_var index = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(1), whole, false);
    return rc_gather(g, x, index, batch, width, RC_SHAPE(batch, width));
}

/* sum_t a_t h_t with a = softmax(score): the mean over tokens of h_t (T a_t). */
static rc_var attend(rc_graph *g, rc_model *m, rc_var tokens)
{
    static const int32_t whole[1] = {0};
    int64_t batch = tokens->value.shape.dim[0], t = tokens->value.shape.dim[1];
    rc_var index = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(1), whole, false);
    rc_var score = rc__dense(g, m->params, m->score, tokens, NULL);
    score = rc_softmax(g, rc_gather(g, score, index, batch, t, RC_SHAPE(batch, t)));
    score = rc_gather(g, score, index, batch, t, RC_SHAPE(batch * t));
    rc_var mean = rc_mean_tokens(g, rc_scale_rows(g, tokens, score), NULL);
    if (!mean) return NULL;
    return rc_scale_rows(g, mean, rc__repeated(g, batch, (float)t));
}

rc_var rc__head_read(rc_graph *g, rc_model *m, rc_var tokens, rc_var length)
{
    if (!tokens) return NULL;
    switch (m->spec.readout) {
    case RC_READOUT_CLS:
        return first_token(g, tokens);
    case RC_READOUT_FLATTEN:
        return rc__flatten(g, tokens);
    case RC_READOUT_ATTENTION:
        return attend(g, m, tokens);
    case RC_READOUT_POOL:
    case RC_READOUTS:
        break;
    }
    return rc__pool(g, m, tokens, length);
}
