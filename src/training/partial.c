#include "training/partial.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/choice.h"
#include "base/text.h"

/* ---- adapters ---- */

rc_status rc_partial_adapters(const rc_config *c, rc_lora *out)
{
    *out = (rc_lora){0};
    if (c->fit.train != RC_TRAIN_LORA) return RC_OK;
    *out = (rc_lora){c->fit.lora_rank, c->fit.lora_alpha, c->fit.lora_targets};
    return RC_OK;
}

static rc_status follow(rc_config *c, const char *key, const void *setting, const char *found)
{
    rc_string now = {0};
    RC_TRY(rc_config_get(c, "fit.lora_from", key, &now));
    bool other = rc_config_was_asked(c, setting) && strcmp(now.data, found) != 0;
    rc_status status =
        other ? rc_fail(RC_CONFIG, "%s is %s, and the adapters in %s have %s; leave the setting out", key,
                        now.data, c->fit.lora_from, found)
              : rc_config_set(c, c->fit.lora_from, key, found);
    rc_string_free(&now);
    return status;
}

static void name_targets(unsigned targets, char out[RC_CONFIG_TEXT])
{
    char word[RC_CHOICE_TEXT];
    size_t n = 0;
    out[0] = '\0';
    for (int i = 0; i < RC_MATRICES; i++)
        if (targets >> i & 1)
            n += (size_t)snprintf(out + n, RC_CONFIG_TEXT - n, "%s%s", n ? "," : "",
                                  rc_choice_text(RC_MATRIX_WORDS, i, word));
}

rc_status rc_partial_follow(rc_config *c, const rc_lora *found)
{
    char text[RC_NUMBER_TEXT], targets[RC_CONFIG_TEXT];
    snprintf(text, sizeof text, "%lld", (long long)found->rank);
    RC_TRY(follow(c, "fit.lora_rank", &c->fit.lora_rank, text));
    RC_TRY(follow(c, "fit.lora_alpha", &c->fit.lora_alpha, rc_text_number(found->alpha, text)));
    if (c->fit.lora_targets == found->targets) return RC_OK;
    name_targets(found->targets, targets);
    return follow(c, "fit.lora_targets", &c->fit.lora_targets, targets);
}

/* ---- what learns ---- */

static int64_t count_blocks(rc_model *m)
{
    int64_t blocks = 0;
    for (int i = m->first[RC_PART_BODY]; i < m->first[RC_PART_HEAD]; i++)
        if (rc_params_get(m->params, i)->block >= blocks) blocks = rc_params_get(m->params, i)->block + 1;
    return blocks;
}

static void train_norms(rc_model *m)
{
    for (int i = m->first[RC_PART_BODY]; i < m->first[RC_PART_HEAD]; i++) {
        rc_param *p = rc_params_get(m->params, i);
        p->trainable = rc_model_is_norm(p);
    }
}

/* The last blocks, and what comes behind the first of them and belongs to no block. */
static rc_status train_last(const rc_config *c, rc_model *m)
{
    int64_t blocks = count_blocks(m), first = blocks - c->fit.last_blocks;
    bool reached = false;
    RC_CHECK(first >= 0, RC_CONFIG, "fit.last_blocks is %lld; the model has %lld blocks",
             (long long)c->fit.last_blocks, (long long)blocks);
    for (int i = m->first[RC_PART_BODY]; i < m->first[RC_PART_HEAD]; i++) {
        rc_param *p = rc_params_get(m->params, i);
        reached |= p->block >= first;
        p->trainable = reached;
    }
    return RC_OK;
}

/* By default the input layer learns wherever something in front of the last blocks does. */
static bool trains_embedder(const rc_config *c, rc_train train)
{
    if (c->fit.embedder != RC_EMBEDDER_AUTO) return c->fit.embedder == RC_EMBEDDER_TRAIN;
    return train == RC_TRAIN_ALL || train == RC_TRAIN_NORMS || train == RC_TRAIN_LORA;
}

rc_status rc_partial_apply(const rc_config *c, rc_train train, rc_model *m)
{
    RC_CHECK(train != RC_TRAIN_LORA || m->spec.lora.rank > 0, RC_CONFIG,
             "fit.train=lora is for a fit: there is no source here to add adapters to");
    rc_model_set_trainable(m, RC_PART_EMBEDDER, trains_embedder(c, train));
    rc_model_set_trainable(m, RC_PART_BODY, train == RC_TRAIN_ALL || train == RC_TRAIN_BODY);
    rc_model_set_trainable(m, RC_PART_HEAD, true);
    rc_model_set_trainable(m, RC_PART_ADAPTERS, train == RC_TRAIN_LORA);
    rc_model_set_trainable(m, RC_PART_MATCH, true);
    if (train == RC_TRAIN_NORMS) train_norms(m);
    return train == RC_TRAIN_LAST ? train_last(c, m) : RC_OK;
}

/* ---- how fast ---- */

static bool is_matrix(const rc_param *p)
{
    return p->shape.n >= 2 && !rc_model_is_norm(p);
}

/* The last block learns at body_rate, each one before it at layer_decay times that; what belongs to no block
 * (the final LayerNorm) as the last. */
static double rate_of(const rc_config *c, const rc_param *p, int64_t blocks)
{
    int64_t before = p->block >= 0 ? blocks - 1 - p->block : 0;
    return c->fit.body_rate * pow(c->fit.layer_decay, (double)before);
}

void rc_partial_rates(const rc_config *c, int64_t epoch, rc_model *m)
{
    int64_t blocks = count_blocks(m);
    for (int i = 0; i < rc_params_count(m->params); i++) {
        rc_param *p = rc_params_get(m->params, i);
        bool body = i >= m->first[RC_PART_BODY] && i < m->first[RC_PART_HEAD];
        p->decays = c->fit.decay_of == RC_DECAY_OF_ALL || is_matrix(p);
        p->rate = !body ? 1.0f : epoch < c->fit.body_after ? 0.0f : (float)rate_of(c, p, blocks);
    }
}
