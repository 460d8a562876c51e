/* A Swin's parameters and its forward pass. */
#include <stdio.h>

#include "backbones/swin_parts.h"
#include "ops/ops.h"

/* Of embeddings.norm and downsample.norm: Hugging Face makes the two without an eps, so they have PyTorch's
 * whatever layer_norm_eps is. */
static const double PLAIN_EPS = 1e-5;

/* ---- embedder ---- */

static int64_t blocks(int64_t n, int64_t size)
{
    return (n + size - 1) / size;
}

static void destroy_embedder(void *state)
{
    rc_swin_embedder *e = state;
    rc__patches_destroy(&e->patches);
    rc_free(e);
}

static rc_status fill_embedder(const rc_swin_config *c, const rc_input *in, rc_params *p, rc_device *device,
                               rc_swin_embedder *e, rc_grid *out)
{
    rc__declaration d = {p, -1, RC_OK};
    int64_t patch = c->patch;
    RC_CHECK(in->height >= 1 && in->width >= 1 && in->height <= 8192 && in->width <= 8192, RC_SHAPE,
             "an image of %lld x %lld does not fit the backbone, which takes 1 to 8192 pixels each way",
             (long long)in->height, (long long)in->width);
    const char *projection = "swin.embeddings.patch_embeddings.projection";
    e->projection[0] = rc__declare(&d, projection, ".weight", RC_SHAPE(c->embed, in->channels, patch, patch),
                                   RC_INIT_KAIMING, false);
    e->projection[1] = rc__declare(&d, projection, ".bias", RC_SHAPE(c->embed), RC_INIT_ZEROS, false);
    rc__declare_norm(&d, "swin.embeddings.", "norm", c->embed, e->norm);
    *out = (rc_grid){0, blocks(in->height, patch), blocks(in->width, patch)};
    RC_TRY(d.status);
    return rc__patches_create(device, in->channels, in->height, in->width, patch, patch, out->h, out->w,
                              &e->patches);
}

static rc_status create_embedder(const rc_backbone *body, const rc_backbone_config *c, const rc_input *in,
                                 rc_params *p, rc_device *device, void **state, rc_grid *out)
{
    (void)body;
    rc_swin_embedder *e;
    RC_TRY(RC_NEW(&e, 1));
    rc_status status = fill_embedder(&c->swin, in, p, device, e, out);
    if (status == RC_OK)
        *state = e;
    else
        destroy_embedder(e);
    return status;
}

static rc_var embed(rc_graph *g, const void *state, rc_params *p, const rc_feed *feed)
{
    const rc_swin_embedder *e = state;
    const rc_param *weight = rc_params_get(p, e->projection[0]);
    rc_var w = rc_params_span(g, p, e->projection[0], 1, RC_SHAPE(weight->shape.dim[0], e->patches.width));
    rc_var cut = rc__patches_cut(g, &e->patches, feed->x);
    rc_var u = rc_linear(g, cut, w, rc_params_var(g, p, e->projection[1]), NULL);
    rc_var normed = rc__norm(g, p, e->norm, PLAIN_EPS, u);
    rc_graph_forget(u); /* a product of few columns */
    rc_graph_forget(cut);
    return normed;
}

static rc_status adopt(const void *state, rc_params *p, const rc_weights *from)
{
    const rc_swin_embedder *e = state;
    RC_TRY(rc__adopt_projection(p, e->projection[0], from));
    RC_TRY(rc__load_parameter(p, e->projection[1], from));
    RC_TRY(rc__load_parameter(p, e->norm[0], from));
    return rc__load_parameter(p, e->norm[1], from);
}

static const rc_embedder native = {"swin", RC_INPUT_IMAGE, create_embedder, destroy_embedder, embed, adopt};

/* ---- body ---- */

static void block_name(const rc_backbone_config *c, int64_t stage, int64_t i, char out[RC_LAYER_NAME])
{
    (void)c;
    snprintf(out, RC_LAYER_NAME, "swin.encoder.layers.%d.blocks.%d.", (int)stage, (int)i);
}

static void declare_block(rc__declaration *d, const rc_backbone_config *config, int64_t stage, int64_t j,
                          rc_swin_block *b)
{
    const rc_swin_config *c = &config->swin;
    static const char *const qkv[] = {"attention.self.query", "attention.self.key", "attention.self.value"};
    int64_t width = rc_swin_width(c, stage), hidden = (int64_t)(c->mlp_ratio * (double)width);
    int64_t offsets = (2 * c->window - 1) * (2 * c->window - 1);
    char prefix[RC_LAYER_NAME];
    block_name(config, stage, j, prefix);
    rc__declare_norm(d, prefix, "layernorm_before", width, b->norm1);
    b->table = rc__declare(d, prefix, "attention.self.relative_position_bias_table",
                           RC_SHAPE(offsets, c->heads[stage]), RC_INIT_NORMAL, false);
    rc__declare_joined(d, prefix, qkv, 3, width, width, c->qkv_bias, b->qkv);
    rc__declare_linear(d, prefix, "attention.output.dense", width, width, true, b->proj);
    rc__declare_norm(d, prefix, "layernorm_after", width, b->norm2);
    rc__declare_linear(d, prefix, "intermediate.dense", hidden, width, true, b->fc1);
    rc__declare_linear(d, prefix, "output.dense", width, hidden, true, b->fc2);
}

static rc_status declare_body(const rc_backbone_config *config, rc_params *p, rc_swin_body *s)
{
    const rc_swin_config *c = &config->swin;
    rc__declaration d = {p, -1, RC_OK};
    for (int64_t stage = 0; stage < c->stages; stage++) {
        for (int64_t j = 0; j < c->depth[stage]; j++) {
            d.block++;
            declare_block(&d, config, stage, j, &s->block[stage][j]);
        }
        if (stage + 1 == c->stages) break;
        char prefix[RC_LAYER_NAME];
        int64_t width = rc_swin_width(c, stage);
        snprintf(prefix, sizeof prefix, "swin.encoder.layers.%d.downsample.", (int)stage);
        rc__declare_linear(&d, prefix, "reduction", 2 * width, 4 * width, false, s->merge[stage]);
        rc__declare_norm(&d, prefix, "norm", 4 * width, s->merge_norm[stage]);
    }
    d.block = -1;
    rc__declare_norm(&d, "swin.", "layernorm", rc_swin_features(c), s->final_norm);
    return d.status;
}

static void destroy_body(void *state)
{
    rc_swin_body *s = state;
    rc__swin_plan_destroy(s->plan);
    rc_free(s);
}

static rc_status create_body(const rc_backbone_config *c, const rc_grid *in, rc_params *p, rc_device *device,
                             void **state, rc_grid *out)
{
    rc_swin_body *s;
    RC_CHECK(in->extra == 0, RC_SHAPE, "a Swin takes a plain grid of tokens, without class tokens");
    RC_TRY(RC_NEW(&s, 1));
    s->config = c->swin;
    rc_status status = declare_body(c, p, s);
    if (status == RC_OK) status = rc__swin_plan(&c->swin, device, in->h, in->w, s->plan);
    const rc_swin_stage_plan *last = &s->plan[c->swin.stages - 1];
    *out = (rc_grid){0, last->h, last->w};
    if (status == RC_OK)
        *state = s;
    else
        destroy_body(s);
    return status;
}

/* ---- forward ---- */

static rc_var leaf(rc_graph *g, const rc_tensor *t)
{
    return rc_graph_leaf(g, *t, false);
}

static rc_var relative_bias(rc_graph *g, rc_params *p, const rc_swin_block *b, const rc_swin_stage_plan *plan,
                            int64_t heads)
{
    int64_t n = plan->window * plan->window;
    return rc_gather(g, rc_params_var(g, p, b->table), leaf(g, &plan->bias_index), 1, 1,
                     RC_SHAPE(heads, n, n));
}

static rc_var block(rc_graph *g, const rc_swin_body *s, rc_params *p, int64_t stage, int64_t j, rc_var x)
{
    const rc_swin_config *c = &s->config;
    const rc_swin_block *b = &s->block[stage][j];
    const rc_swin_stage_plan *plan = &s->plan[stage];
    int64_t width = rc_swin_width(c, stage), batch = x->value.shape.dim[0];
    bool whole = plan->h <= c->window || plan->w <= c->window;
    int64_t shift = j % 2 == 1 && !whole ? c->window / 2 : 0;

    rc_var normed = rc__norm(g, p, b->norm1, c->eps, x), padded = normed;
    if (plan->pad.data)
        padded = rc_gather(g, normed, leaf(g, &plan->pad), batch, width,
                           RC_SHAPE(batch, plan->padded_h * plan->padded_w, width));
    rc_var y = rc__joined(g, p, b->qkv, 3, padded);
    rc_graph_forget(padded);
    rc_graph_forget(normed);
    rc_var bias = relative_bias(g, p, b, plan, c->heads[stage]);
    rc_var attended = rc_attend_windows(g, y, bias, plan->padded_h, plan->padded_w, plan->window, shift,
                                        c->heads[stage]),
           cropped = attended;
    if (plan->crop.data)
        cropped = rc_gather(g, attended, leaf(g, &plan->crop), batch, width,
                            RC_SHAPE(batch, plan->h * plan->w, width));
    x = rc__branch(g, p, b->proj, cropped, x);
    rc_graph_forget(cropped);
    rc_graph_forget(attended);
    rc_graph_forget(bias);
    normed = rc__norm(g, p, b->norm2, c->eps, x);
    x = rc__feed_forward(g, p, b->fc1, b->fc2, normed, x);
    rc_graph_forget(normed);
    return x;
}

static rc_var merge(rc_graph *g, const rc_swin_body *s, rc_params *p, int64_t stage, rc_var x)
{
    int64_t width = rc_swin_width(&s->config, stage), batch = x->value.shape.dim[0];
    const rc_swin_stage_plan *next = &s->plan[stage + 1];
    rc_var four = rc_gather(g, x, leaf(g, &s->plan[stage].merge), batch, width,
                            RC_SHAPE(batch, next->h * next->w, 4 * width));
    rc_var normed = rc__norm(g, p, s->merge_norm[stage], PLAIN_EPS, four);
    rc_var y = rc__dense(g, p, s->merge[stage], normed, NULL);
    rc_graph_forget(normed);
    rc_graph_forget(four);
    return y;
}

/* Windows know nothing of padding tokens: an image has none. */
static rc_var body(rc_graph *g, const void *state, rc_params *p, rc_var u, rc_var length)
{
    const rc_swin_body *s = state;
    rc_var x = u, start = rc_graph_mark(g);
    if (length) return rc_graph_fail(g, rc_fail(RC_UNSUPPORTED, "a Swin takes no padding tokens"));
    for (int64_t stage = 0; stage < s->config.stages; stage++) {
        for (int64_t j = 0; x && j < s->config.depth[stage]; j++) {
            x = block(g, s, p, stage, j, x);
            rc_graph_settle(g, start, x);
        }
        if (x && stage + 1 < s->config.stages) x = merge(g, s, p, stage, x);
    }
    return x ? rc__norm(g, p, s->final_norm, s->config.eps, x) : NULL;
}

/* ---- the row ---- */

static double flops(const rc_backbone_config *config, const void *state)
{
    const rc_swin_config *c = &config->swin;
    const rc_swin_body *body_state = state;
    double total = 0;
    for (int64_t i = 0; i < c->stages; i++) {
        const rc_swin_stage_plan *s = &body_state->plan[i];
        double width = (double)rc_swin_width(c, i), tokens = (double)(s->h * s->w);
        double padded = (double)(s->padded_h * s->padded_w), window = (double)(s->window * s->window);
        if (i == 0) total += tokens * width * (double)(c->channels * c->patch * c->patch);
        if (i > 0) total += tokens * 2 * width * width; /* merge: 4 (width/2) -> width */
        double mlp = 2 * c->mlp_ratio * width * width;
        double one =
            padded * 3 * width * width + 2 * padded * window * width + tokens * width * width + tokens * mlp;
        total += one * (double)c->depth[i];
    }
    return 2 * total;
}

static rc_status read_config(const rc_json *json, const char *source, rc_backbone_config *out)
{
    return rc_swin_config_read(json, source, &out->swin);
}

static rc_json *write_config(const rc_backbone_config *c)
{
    return rc_swin_config_write(&c->swin);
}

static rc_status named_config(const char *name, rc_backbone_config *out)
{
    return rc_swin_config_named(name, &out->swin);
}

static rc_input native_input(const rc_backbone_config *c)
{
    return (rc_input){.kind = RC_INPUT_IMAGE,
                      .channels = c->swin.channels,
                      .height = c->swin.image_size,
                      .width = c->swin.image_size};
}

static void set_native_input(rc_backbone_config *c, const rc_input *in)
{
    c->swin.channels = in->channels;
    c->swin.image_size = in->height;
}

static int64_t width(const rc_backbone_config *c)
{
    return c->swin.embed;
}

static int64_t features(const rc_backbone_config *c)
{
    return rc_swin_features(&c->swin);
}

static int64_t stride(const rc_backbone_config *c)
{
    return rc_swin_stride(&c->swin);
}

static int64_t *depth(rc_backbone_config *c, int64_t *stages)
{
    *stages = c->swin.stages;
    return c->swin.depth;
}

static const char *prefix_of(const rc_backbone_config *c)
{
    (void)c;
    return "swin.";
}

static const char *const model_types[] = {"swin", NULL};
static const char *const sizes[] = {"swin-mini", "swin-tiny", "swin-small", "swin-base", NULL};

const rc_backbone rc__backbone_swin = {.kind = RC_BACKBONE_SWIN,
                                       .name = "swin",
                                       .model_types = model_types,
                                       .sizes = sizes,
                                       .config_read = read_config,
                                       .config_write = write_config,
                                       .config_named = named_config,
                                       .native_input = native_input,
                                       .set_native_input = set_native_input,
                                       .width = width,
                                       .features = features,
                                       .stride = stride,
                                       .native = &native,
                                       .mean_head = true,
                                       .prefix = prefix_of,
                                       .depth = depth,
                                       .block_name = block_name,
                                       .period = 2, /* every second one shifts its windows */
                                       .create = create_body,
                                       .destroy = destroy_body,
                                       .forward = body,
                                       .flops = flops};
