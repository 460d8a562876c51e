/* Parameters of a Swin and its forward pass. */
#include "backbones/swin.h"

#include <stdio.h>
#include <string.h>

#include "ops/ops.h"

/* ---- parameters ---- */

typedef struct declaration {
    rc_params *params;
    rc_status status; /* the first failure; later declarations do nothing */
} declaration;

enum { NAME = 200 };
static const float WEIGHT_STD = 0.02f;

static int declare(declaration *d, const char *prefix, const char *suffix, rc_shape shape, rc_init init,
                   bool joined)
{
    char name[NAME];
    int index = -1;
    if (d->status != RC_OK) return -1;
    snprintf(name, sizeof name, "%s%s", prefix, suffix);
    d->status = rc_params_declare(d->params, name, shape, init, WEIGHT_STD, joined, &index);
    return index;
}

static void declare_linear(declaration *d, const char *prefix, const char *layer, int64_t out, int64_t in,
                           int index[2])
{
    char name[NAME];
    snprintf(name, sizeof name, "%s%s", prefix, layer);
    index[0] = declare(d, name, ".weight", RC_SHAPE(out, in), RC_INIT_NORMAL, false);
    index[1] = declare(d, name, ".bias", RC_SHAPE(out), RC_INIT_ZEROS, false);
}

static void declare_norm(declaration *d, const char *prefix, const char *layer, int64_t width, int index[2])
{
    char name[NAME];
    snprintf(name, sizeof name, "%s%s", prefix, layer);
    index[0] = declare(d, name, ".weight", RC_SHAPE(width), RC_INIT_ONES, false);
    index[1] = declare(d, name, ".bias", RC_SHAPE(width), RC_INIT_ZEROS, false);
}

/* Query, key and value keep their published names and lie side by side: one [3C, C] matrix. */
static void declare_qkv(declaration *d, const char *prefix, int64_t c, bool bias, rc_swin_block *b)
{
    static const char *const part[] = {"query", "key", "value"};
    char name[NAME];
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "attention.self.%s.weight", part[i]);
        int index = declare(d, prefix, name, RC_SHAPE(c, c), RC_INIT_NORMAL, i > 0);
        if (i == 0) b->qkv = index;
    }
    b->qkv_bias = -1;
    for (int i = 0; bias && i < 3; i++) {
        snprintf(name, sizeof name, "attention.self.%s.bias", part[i]);
        int index = declare(d, prefix, name, RC_SHAPE(c), RC_INIT_ZEROS, i > 0);
        if (i == 0) b->qkv_bias = index;
    }
}

static void declare_block(declaration *d, const rc_swin_config *c, int64_t stage, int64_t j, rc_swin_block *b)
{
    int64_t width = rc_swin_width(c, stage), hidden = (int64_t)(c->mlp_ratio * (double)width);
    int64_t offsets = (2 * c->window - 1) * (2 * c->window - 1);
    char prefix[NAME];
    snprintf(prefix, sizeof prefix, "swin.encoder.layers.%d.blocks.%d.", (int)stage, (int)j);
    declare_norm(d, prefix, "layernorm_before", width, b->norm1);
    b->table = declare(d, prefix, "attention.self.relative_position_bias_table",
                       RC_SHAPE(offsets, c->heads[stage]), RC_INIT_NORMAL, false);
    declare_qkv(d, prefix, width, c->qkv_bias, b);
    declare_linear(d, prefix, "attention.output.dense", width, width, b->proj);
    declare_norm(d, prefix, "layernorm_after", width, b->norm2);
    declare_linear(d, prefix, "intermediate.dense", hidden, width, b->fc1);
    declare_linear(d, prefix, "output.dense", width, hidden, b->fc2);
}

rc_status rc_swin_declare(const rc_swin_config *c, rc_params *p, rc_swin *out)
{
    declaration d = {p, RC_OK};
    memset(out, 0, sizeof *out);
    out->config = *c;
    out->projection[0] = declare(&d, "swin.embeddings.patch_embeddings.projection", ".weight",
                                 RC_SHAPE(c->embed, c->channels, c->patch, c->patch), RC_INIT_KAIMING, false);
    out->projection[1] = declare(&d, "swin.embeddings.patch_embeddings.projection", ".bias",
                                 RC_SHAPE(c->embed), RC_INIT_ZEROS, false);
    declare_norm(&d, "swin.embeddings.", "norm", c->embed, out->embed_norm);
    for (int64_t s = 0; s < c->stages; s++) {
        for (int64_t j = 0; j < c->depth[s]; j++)
            declare_block(&d, c, s, j, &out->block[s][j]);
        if (s + 1 == c->stages) break;
        char prefix[NAME];
        int64_t width = rc_swin_width(c, s);
        snprintf(prefix, sizeof prefix, "swin.encoder.layers.%d.downsample.", (int)s);
        out->merge[s] =
            declare(&d, prefix, "reduction.weight", RC_SHAPE(2 * width, 4 * width), RC_INIT_NORMAL, false);
        declare_norm(&d, prefix, "norm", 4 * width, out->merge_norm[s]);
    }
    declare_norm(&d, "swin.", "layernorm", rc_swin_features(c), out->final_norm);
    return d.status;
}

/* ---- forward ---- */

static rc_var leaf(rc_graph *g, const rc_tensor *t)
{
    return rc_graph_leaf(g, *t, false);
}

static rc_var norm(rc_graph *g, const rc_swin *s, rc_params *p, const int index[2], rc_var x)
{
    return rc_layernorm(g, x, rc_params_var(g, p, index[0]), rc_params_var(g, p, index[1]),
                        (float)s->config.eps);
}

rc_var rc_swin_embed(rc_graph *g, const rc_swin *s, rc_params *p, const rc_swin_plan *plan, rc_var x)
{
    if (!x) return NULL;
    const rc_swin_config *c = &s->config;
    int64_t batch = x->value.shape.dim[0], cut = c->channels * c->patch * c->patch;
    int64_t tokens = plan->stage[0].h * plan->stage[0].w;
    rc_var patches =
        rc_gather(g, x, leaf(g, &plan->patches), batch, plan->patch_width, RC_SHAPE(batch, tokens, cut));
    rc_var weight = rc_params_span(g, p, s->projection[0], 1, RC_SHAPE(c->embed, cut));
    rc_var u = rc_linear(g, patches, weight, rc_params_var(g, p, s->projection[1]), NULL);
    return norm(g, s, p, s->embed_norm, u);
}

static rc_var relative_bias(rc_graph *g, rc_params *p, const rc_swin_block *b, const rc_swin_stage_plan *plan,
                            int64_t heads)
{
    int64_t n = plan->window * plan->window;
    return rc_gather(g, rc_params_var(g, p, b->table), leaf(g, &plan->bias_index), 1, 1,
                     RC_SHAPE(heads, n, n));
}

static rc_var block(rc_graph *g, const rc_swin *s, rc_params *p, const rc_swin_stage_plan *plan,
                    int64_t stage, int64_t j, rc_var x)
{
    const rc_swin_config *c = &s->config;
    const rc_swin_block *b = &s->block[stage][j];
    int64_t width = rc_swin_width(c, stage), batch = x->value.shape.dim[0];
    bool whole = plan->h <= c->window || plan->w <= c->window;
    int64_t shift = j % 2 == 1 && !whole ? c->window / 2 : 0;

    rc_var y = norm(g, s, p, b->norm1, x);
    if (plan->pad.data)
        y = rc_gather(g, y, leaf(g, &plan->pad), batch, width,
                      RC_SHAPE(batch, plan->padded_h * plan->padded_w, width));
    rc_var qkv_bias = b->qkv_bias >= 0 ? rc_params_span(g, p, b->qkv_bias, 3, RC_SHAPE(3 * width)) : NULL;
    y = rc_linear(g, y, rc_params_span(g, p, b->qkv, 3, RC_SHAPE(3 * width, width)), qkv_bias, NULL);
    y = rc_attend_windows(g, y, relative_bias(g, p, b, plan, c->heads[stage]), plan->padded_h, plan->padded_w,
                          plan->window, shift, c->heads[stage]);
    if (plan->crop.data)
        y = rc_gather(g, y, leaf(g, &plan->crop), batch, width, RC_SHAPE(batch, plan->h * plan->w, width));
    x = rc_linear(g, y, rc_params_var(g, p, b->proj[0]), rc_params_var(g, p, b->proj[1]), x);
    y = norm(g, s, p, b->norm2, x);
    return rc_mlp(g, y, rc_params_var(g, p, b->fc1[0]), rc_params_var(g, p, b->fc1[1]),
                  rc_params_var(g, p, b->fc2[0]), rc_params_var(g, p, b->fc2[1]), x);
}

static rc_var merge(rc_graph *g, const rc_swin *s, rc_params *p, const rc_swin_plan *plan, int64_t stage,
                    rc_var x)
{
    int64_t width = rc_swin_width(&s->config, stage), batch = x->value.shape.dim[0];
    const rc_swin_stage_plan *next = &plan->stage[stage + 1];
    x = rc_gather(g, x, leaf(g, &plan->stage[stage].merge), batch, width,
                  RC_SHAPE(batch, next->h * next->w, 4 * width));
    x = norm(g, s, p, s->merge_norm[stage], x);
    return rc_linear(g, x, rc_params_var(g, p, s->merge[stage]), NULL, NULL);
}

rc_var rc_swin_body(rc_graph *g, const rc_swin *s, rc_params *p, const rc_swin_plan *plan, rc_var u)
{
    rc_var x = u;
    for (int64_t stage = 0; stage < s->config.stages; stage++) {
        for (int64_t j = 0; x && j < s->config.depth[stage]; j++)
            x = block(g, s, p, &plan->stage[stage], stage, j, x);
        if (x && stage + 1 < s->config.stages) x = merge(g, s, p, plan, stage, x);
    }
    return x ? norm(g, s, p, s->final_norm, x) : NULL;
}
