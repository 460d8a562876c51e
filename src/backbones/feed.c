/* Token ids of a batch as what goes into a model. */
#include "backbones/backbone.h"

static int64_t length_of(const rc_token_batch *b, int64_t sample)
{
    return b->length ? b->length[sample] : b->tokens;
}

static rc_status check(const rc_vocabulary *v, const rc_token_batch *b)
{
    for (int64_t i = 0; b->length && i < b->batch; i++)
        RC_CHECK(b->length[i] >= 0 && b->length[i] <= b->tokens, RC_DATA,
                 "sample %lld has length %d of %lld tokens", (long long)i, b->length[i],
                 (long long)b->tokens);
    for (int64_t i = 0; i < b->batch * b->tokens; i++) {
        long long sample = (long long)(i / b->tokens), place = (long long)(i % b->tokens);
        RC_CHECK(
            place >= length_of(b, sample) || (b->ids[i] >= 0 && b->ids[i] < v->size), RC_DATA,
            "token id %d (sample %lld, place %lld) is outside the vocabulary of %lld; is the tokenizer this "
            "model's?",
            b->ids[i], sample, place, (long long)v->size);
        RC_CHECK(!b->types || (b->types[i] >= 0 && b->types[i] < v->types), RC_DATA,
                 "token type %d (sample %lld, place %lld) is not one of the model's %lld", b->types[i],
                 sample, place, (long long)v->types);
    }
    return RC_OK;
}

/* Ids with the padding in its place, types and positions of the batch, one behind the other in `out`. */
static void pad_tokens(const rc_backbone_config *c, int32_t padding, const rc_token_batch *b, int32_t *out)
{
    const rc_backbone *family = rc_backbone_of(c);
    int64_t n = b->batch * b->tokens;
    for (int64_t i = 0; i < n; i++)
        out[i] = i % b->tokens < length_of(b, i / b->tokens) ? b->ids[i] : padding;
    for (int64_t i = 0; i < n; i++)
        out[n + i] = b->types ? b->types[i] : 0;
    for (int64_t i = 0; family->number && i < b->batch; i++)
        family->number(c, b->tokens, length_of(b, i), out + i * b->tokens, out + 2 * n + i * b->tokens);
}

rc_feed rc_feed_tokens(rc_graph *g, const rc_backbone_config *c, const rc_token_batch *b)
{
    const rc_backbone *family = rc_backbone_of(c);
    rc_feed feed = {0};
    void *room;
    int64_t n = b->batch * b->tokens, longest = family->native_input(c).length;
    rc_vocabulary v = family->vocabulary(c);
    rc_status status = check(&v, b);
    if (status == RC_OK && b->tokens > longest)
        status = rc_fail(RC_DATA, "texts of %lld tokens: the model takes at most %lld", (long long)b->tokens,
                         (long long)longest);
    if (status == RC_OK) status = rc_graph_scratch(g, (size_t)(3 * n) * sizeof(int32_t), &room);
    if (status != RC_OK) {
        (void)rc_graph_fail(g, status);
        return feed;
    }
    rc_shape shape = RC_SHAPE(b->batch, b->tokens);
    int32_t *host = room;
    pad_tokens(c, (int32_t)v.padding, b, host);
    feed.x = rc_graph_input(g, RC_DTYPE_I32, shape, host, false);
    feed.types = rc_graph_input(g, RC_DTYPE_I32, shape, host + n, false);
    if (family->number) feed.positions = rc_graph_input(g, RC_DTYPE_I32, shape, host + 2 * n, false);
    if (b->length) feed.length = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(b->batch), b->length, false);
    feed.counted = b->length;
    return feed;
}
