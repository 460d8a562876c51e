#include "tasks/text_model.h"

bool rc_takes_text(const rc_backbone_config *backbone)
{
    return rc_backbone_of(backbone)->native->input == RC_INPUT_TOKENS;
}

rc_status rc_text_fits(const rc_tokenizer *t, const char *place, const rc_backbone_config *backbone)
{
    rc_vocabulary v = rc_backbone_of(backbone)->vocabulary(backbone);
    RC_TRY(rc_tokenizer_check(t, v.size));
    RC_CHECK(rc_tokenizer_pad(t) == v.padding, RC_FORMAT,
             "%s: the tokenizer pads with id %d, the model with %lld; they do not belong together", place,
             rc_tokenizer_pad(t), (long long)v.padding);
    return RC_OK;
}

rc_status rc_text_max(const rc_config *c, const rc_tokenizer *t, const rc_backbone_config *backbone,
                      int64_t *out)
{
    int64_t positions = rc_backbone_of(backbone)->native_input(backbone).length,
            limit = rc_tokenizer_limit(t);
    if (limit > 0 && limit < positions) positions = limit;
    RC_CHECK(c->model.tokens <= positions, RC_CONFIG, "model.tokens is %lld; the model takes at most %lld",
             (long long)c->model.tokens, (long long)positions);
    *out = c->model.tokens > 0 ? c->model.tokens : positions;
    return RC_OK;
}
