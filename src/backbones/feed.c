/* Token ids of a batch as what goes into a model. */
#include <string.h>

#include "backbones/backbone.h"

static rc_status check(const rc_vocabulary *v, const rc_token_batch *b)
{
    for (int64_t i = 0; i < b->batch * b->tokens; i++) {
        long long sample = (long long)(i / b->tokens), place = (long long)(i % b->tokens);
        RC_CHECK(
            b->ids[i] >= 0 && b->ids[i] < v->size, RC_DATA,
            "token id %d (sample %lld, place %lld) is outside the vocabulary of %lld; is the tokenizer this "
            "model's?",
            b->ids[i], sample, place, (long long)v->size);
        RC_CHECK(!b->types || (b->types[i] >= 0 && b->types[i] < v->types), RC_DATA,
                 "token type %d (sample %lld, place %lld) is not one of the model's %lld", b->types[i],
                 sample, place, (long long)v->types);
    }
    for (int64_t i = 0; b->length && i < b->batch; i++)
        RC_CHECK(b->length[i] >= 0 && b->length[i] <= b->tokens, RC_DATA,
                 "sample %lld has length %d of %lld tokens", (long long)i, b->length[i],
                 (long long)b->tokens);
    return RC_OK;
}

/* Types and positions of the batch, one behind the other in `out`. */
static void number(const rc_backbone_config *c, const rc_token_batch *b, int32_t *out)
{
    const rc_backbone *family = rc_backbone_of(c);
    int64_t n = b->batch * b->tokens;
    if (b->types)
        memcpy(out, b->types, (size_t)n * sizeof *out);
    else
        memset(out, 0, (size_t)n * sizeof *out);
    for (int64_t i = 0; i < b->batch; i++)
        family->number(c, b->tokens, b->length ? b->length[i] : b->tokens, out + n + i * b->tokens);
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
    if (status == RC_OK) status = rc_graph_scratch(g, (size_t)(2 * n) * sizeof(int32_t), &room);
    if (status != RC_OK) {
        (void)rc_graph_fail(g, status);
        return feed;
    }
    rc_shape shape = RC_SHAPE(b->batch, b->tokens);
    int32_t *host = room;
    number(c, b, host);
    feed.x = rc_graph_input(g, RC_DTYPE_I32, shape, b->ids, false);
    feed.types = rc_graph_input(g, RC_DTYPE_I32, shape, host, false);
    feed.positions = rc_graph_input(g, RC_DTYPE_I32, shape, host + n, false);
    if (b->length) feed.length = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(b->batch), b->length, false);
    return feed;
}

rc_status rc_token_lengths(const rc_backbone_config *c, const char *source, int64_t rows, int64_t tokens,
                           const int32_t *ids, int32_t *length)
{
    int64_t padding = rc_backbone_of(c)->vocabulary(c).padding;
    for (int64_t i = 0; i < rows; i++) {
        const int32_t *row = ids + i * tokens;
        int64_t n = tokens;
        while (n > 0 && row[n - 1] == padding)
            n--;
        for (int64_t t = 0; t < n; t++)
            RC_CHECK(row[t] != padding, RC_DATA,
                     "%s: row %lld has padding (id %lld) before its last token; pad texts at the end", source,
                     (long long)i, (long long)padding);
        length[i] = (int32_t)n;
    }
    return RC_OK;
}
