/* ViT, DeiT and DINOv2: parameters and forward pass.
 *
 *   u = [leading tokens | patches W] + positions
 *   x = x + s1 O attend(QKV LN(x)); x = x + s2 MLP(LN(x)) for every block; LN at the end
 *
 * s1, s2: DINOv2's layer scale, 1 elsewhere. */
#include <math.h>
#include <stdio.h>

#include "backbones/backbone.h"
#include "backbones/layers.h"
#include "ops/ops.h"

static const char *prefix_of(const rc_backbone_config *c)
{
    static const char *const prefix[] = {
        [RC_VIT_VIT] = "vit.", [RC_VIT_DEIT] = "deit.", [RC_VIT_DINOV2] = "dinov2."};
    return prefix[c->vit.dialect];
}

/* ---- positions of another grid ---- */

/* Cubic convolution with a = -3/4, the weights of the four neighbours around t in [0, 1). */
static void cubic(double t, double w[4])
{
    const double a = -0.75;
    for (int i = 0; i < 4; i++) {
        double x = fabs(t - (i - 1));
        w[i] = x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
    }
}

/* Weights of output cell i of n over the `side` cells of an axis: half-pixel centres, cells repeated at the
 * ends. */
static void resample(int64_t i, int64_t n, int64_t side, double *weight)
{
    double w[4], at = (double)side / (double)n * ((double)i + 0.5) - 0.5;
    int64_t first = (int64_t)floor(at) - 1;
    cubic(at - floor(at), w);
    for (int64_t k = 0; k < side; k++)
        weight[k] = 0;
    for (int64_t k = 0; k < 4; k++) {
        int64_t cell = first + k < 0 ? 0 : first + k >= side ? side - 1 : first + k;
        weight[cell] += w[k];
    }
}

/* The matrix [extra + h w, extra + side^2] that makes the table of this grid: leading tokens keep their rows.
 */
static void fill_matrix(int64_t extra, int64_t h, int64_t w, int64_t side, double *weight, float *m)
{
    int64_t columns = extra + side * side;
    double *down = weight, *right = weight + side;
    for (int64_t i = 0; i < extra; i++)
        m[i * columns + i] = 1;
    for (int64_t y = 0; y < h; y++) {
        resample(y, h, side, down);
        for (int64_t x = 0; x < w; x++) {
            float *row = m + (extra + y * w + x) * columns + extra;
            resample(x, w, side, right);
            for (int64_t k = 0; k < side * side; k++)
                row[k] = (float)(down[k / side] * right[k % side]);
        }
    }
}

static rc_status make_matrix(int64_t extra, int64_t h, int64_t w, int64_t side, rc_device *device,
                             rc_tensor *out)
{
    float *m = NULL;
    double *weight = NULL;
    rc_shape shape = RC_SHAPE(extra + h * w, extra + side * side);
    rc_status status = RC_NEW(&m, rc_shape_size(&shape));
    if (status == RC_OK) status = RC_NEW(&weight, 2 * side);
    if (status == RC_OK) {
        fill_matrix(extra, h, w, side, weight, m);
        status = rc_tensor_create(device, RC_DTYPE_F32, shape, out);
    }
    if (status == RC_OK) status = rc_tensor_upload(out, m);
    rc_free(m);
    rc_free(weight);
    return status;
}

/* ---- embedder ---- */

enum { MAX_EXTRA = 2 };

typedef struct embedder {
    rc_vit_config config;
    rc_grid grid;
    int projection[2], position;
    int leading[MAX_EXTRA]; /* class, distillation */
    rc__patches patches;
    rc_tensor place;           /* rows of the patches among the tokens */
    rc_tensor lead[MAX_EXTRA]; /* row of a leading token among the tokens */
    rc_tensor matrix;          /* data NULL: the table is for this grid */
} embedder;

static void destroy_embedder(void *state)
{
    embedder *e = state;
    rc__patches_destroy(&e->patches);
    rc_tensor_destroy(&e->place);
    for (int i = 0; i < MAX_EXTRA; i++)
        rc_tensor_destroy(&e->lead[i]);
    rc_tensor_destroy(&e->matrix);
    rc_free(e);
}

static rc_status declare_embedder(const rc_backbone_config *config, int64_t channels, rc_params *p,
                                  embedder *e)
{
    static const char *const leading[] = {"cls_token", "distillation_token"};
    const rc_vit_config *c = &config->vit;
    rc__declaration d = {p, -1, RC_OK};
    char prefix[RC_LAYER_NAME];
    int64_t side = rc_vit_side(c), extra = rc_vit_extra(c);
    snprintf(prefix, sizeof prefix, "%sembeddings.", prefix_of(config));
    for (int i = 0; i < extra; i++)
        e->leading[i] = rc__declare(&d, prefix, leading[i], RC_SHAPE(1, 1, c->hidden), RC_INIT_NORMAL, false);
    e->position = rc__declare(&d, prefix, "position_embeddings", RC_SHAPE(1, extra + side * side, c->hidden),
                              RC_INIT_NORMAL, false);
    e->projection[0] = rc__declare(&d, prefix, "patch_embeddings.projection.weight",
                                   RC_SHAPE(c->hidden, channels, c->patch, c->patch), RC_INIT_KAIMING, false);
    e->projection[1] = rc__declare(&d, prefix, "patch_embeddings.projection.bias", RC_SHAPE(c->hidden),
                                   RC_INIT_ZEROS, false);
    return d.status;
}

/* Row j of the tokens is patch j - extra; leading token i is row i. */
static rc_status make_places(rc_device *device, embedder *e)
{
    int64_t n = rc_grid_tokens(&e->grid), extra = e->grid.extra;
    int32_t *host;
    RC_TRY(rc__index_create(n, &host));
    for (int64_t j = 0; j < n; j++)
        host[j] = j < extra ? -1 : (int32_t)(j - extra);
    RC_TRY(rc__index_store(host, n, device, &e->place));
    for (int64_t i = 0; i < extra; i++) {
        RC_TRY(rc__index_create(n, &host));
        for (int64_t j = 0; j < n; j++)
            host[j] = j == i ? 0 : -1;
        RC_TRY(rc__index_store(host, n, device, &e->lead[i]));
    }
    return RC_OK;
}

static rc_status fill_embedder(const rc_backbone_config *config, const rc_input *in, rc_params *p,
                               rc_device *device, embedder *e)
{
    const rc_vit_config *c = &config->vit;
    int64_t side = rc_vit_side(c);
    RC_CHECK(in->height >= c->patch && in->width >= c->patch && in->height <= 8192 && in->width <= 8192,
             RC_SHAPE,
             "an image of %lld x %lld does not fit the backbone, which takes %lld to 8192 pixels each way",
             (long long)in->height, (long long)in->width, (long long)c->patch);
    e->config = *c;
    e->grid = (rc_grid){rc_vit_extra(c), in->height / c->patch, in->width / c->patch};
    RC_TRY(declare_embedder(config, in->channels, p, e));
    RC_TRY(rc__patches_create(device, in->channels, in->height, in->width, c->patch, c->patch, e->grid.h,
                              e->grid.w, &e->patches));
    RC_TRY(make_places(device, e));
    if (e->grid.h == side && e->grid.w == side) return RC_OK;
    return make_matrix(e->grid.extra, e->grid.h, e->grid.w, side, device, &e->matrix);
}

static rc_status create_embedder(const rc_backbone *body, const rc_backbone_config *c, const rc_input *in,
                                 rc_params *p, rc_device *device, void **state, rc_grid *out)
{
    (void)body;
    embedder *e;
    RC_TRY(RC_NEW(&e, 1));
    rc_status status = fill_embedder(c, in, p, device, e);
    *out = e->grid;
    if (status == RC_OK)
        *state = e;
    else
        destroy_embedder(e);
    return status;
}

/* What every sample gets: positions, and the leading tokens in their rows. */
static rc_var shared_rows(rc_graph *g, const embedder *e, rc_params *p)
{
    int64_t n = rc_grid_tokens(&e->grid), width = e->config.hidden;
    rc_var rows =
        rc_params_span(g, p, e->position, 1, RC_SHAPE(rc_params_get(p, e->position)->shape.dim[1], width));
    if (e->matrix.data) rows = rc_mix_rows(g, rows, rc_graph_leaf(g, e->matrix, false));
    for (int64_t i = 0; i < e->grid.extra; i++)
        rows = rc__sum(g, rows,
                       rc_gather(g, rc_params_var(g, p, e->leading[i]), rc_graph_leaf(g, e->lead[i], false),
                                 1, width, RC_SHAPE(n, width)));
    return rows;
}

/* x [N, C] -> [B, N, C]: the whole table is one row that each sample takes. */
static rc_var repeat(rc_graph *g, rc_var x, int64_t batch)
{
    int32_t *zeros;
    if (!x) return NULL;
    const int64_t *dim = x->value.shape.dim;
    rc_status status = RC_NEW(&zeros, batch);
    if (status != RC_OK) return rc_graph_fail(g, status);
    rc_var index = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(batch), zeros, false);
    rc_free(zeros);
    return rc_gather(g, x, index, 1, dim[0] * dim[1], RC_SHAPE(batch, dim[0], dim[1]));
}

static rc_var embed(rc_graph *g, const void *state, rc_params *p, const rc_feed *feed)
{
    const embedder *e = state;
    if (!feed->x) return NULL;
    int64_t batch = feed->x->value.shape.dim[0], width = e->config.hidden, n = rc_grid_tokens(&e->grid);
    rc_var weight = rc_params_span(g, p, e->projection[0], 1, RC_SHAPE(width, e->patches.width));
    rc_var cut = rc__patches_cut(g, &e->patches, feed->x);
    rc_var patches = rc_linear(g, cut, weight, rc_params_var(g, p, e->projection[1]), NULL);
    rc_graph_forget(cut);
    rc_var tokens =
        rc_gather(g, patches, rc_graph_leaf(g, e->place, false), batch, width, RC_SHAPE(batch, n, width));
    rc_graph_forget(patches);
    return rc__sum(g, tokens, repeat(g, shared_rows(g, e, p), batch));
}

static rc_status adopt(const void *state, rc_params *p, const rc_weights *from)
{
    const embedder *e = state;
    RC_TRY(rc__adopt_projection(p, e->projection[0], from));
    RC_TRY(rc__load_parameter(p, e->projection[1], from));
    for (int64_t i = 0; i < e->grid.extra; i++)
        RC_TRY(rc__load_parameter(p, e->leading[i], from));
    return rc__load_parameter(p, e->position, from);
}

static const rc_embedder native = {"ViT", RC_INPUT_IMAGE, create_embedder, destroy_embedder, embed, adopt};

/* ---- body ---- */

typedef struct block {
    int norm1[2], qkv[2], out[2], norm2[2], fc1[2], fc2[2];
    int scale1, scale2; /* -1: none */
} block;

typedef struct body {
    rc_vit_config config;
    rc_grid grid;
    int final_norm[2];
    block block[RC_VIT_BLOCKS];
} body;

static void block_name(const rc_backbone_config *c, int64_t stage, int64_t i, char out[RC_LAYER_NAME])
{
    (void)stage;
    snprintf(out, RC_LAYER_NAME, "%sencoder.layer.%d.", prefix_of(c), (int)i);
}

static void declare_block(rc__declaration *d, const rc_backbone_config *config, block *b)
{
    static const char *const qkv[] = {"attention.attention.query", "attention.attention.key",
                                      "attention.attention.value"};
    const rc_vit_config *c = &config->vit;
    bool dino = c->dialect == RC_VIT_DINOV2;
    char prefix[RC_LAYER_NAME];
    block_name(config, 0, d->block, prefix);
    const char *fc1 = c->swiglu ? "mlp.weights_in" : dino ? "mlp.fc1" : "intermediate.dense";
    const char *fc2 = c->swiglu ? "mlp.weights_out" : dino ? "mlp.fc2" : "output.dense";
    b->scale1 = b->scale2 = -1;
    rc__declare_norm(d, prefix, dino ? "norm1" : "layernorm_before", c->hidden, b->norm1);
    rc__declare_joined(d, prefix, qkv, 3, c->hidden, c->hidden, c->qkv_bias, b->qkv);
    rc__declare_linear(d, prefix, "attention.output.dense", c->hidden, c->hidden, true, b->out);
    if (dino)
        b->scale1 = rc__declare(d, prefix, "layer_scale1.lambda1", RC_SHAPE(c->hidden), RC_INIT_ONES, false);
    rc__declare_norm(d, prefix, dino ? "norm2" : "layernorm_after", c->hidden, b->norm2);
    rc__declare_linear(d, prefix, fc1, (c->swiglu ? 2 : 1) * c->inner, c->hidden, true, b->fc1);
    rc__declare_linear(d, prefix, fc2, c->hidden, c->inner, true, b->fc2);
    if (dino)
        b->scale2 = rc__declare(d, prefix, "layer_scale2.lambda1", RC_SHAPE(c->hidden), RC_INIT_ONES, false);
}

static void destroy_body(void *state)
{
    rc_free(state);
}

static rc_status create_body(const rc_backbone_config *c, const rc_grid *in, rc_params *p, rc_device *device,
                             void **state, rc_grid *out)
{
    (void)device;
    rc__declaration d = {p, -1, RC_OK};
    body *s;
    RC_TRY(RC_NEW(&s, 1));
    s->config = c->vit;
    s->grid = *in;
    while (++d.block < c->vit.blocks)
        declare_block(&d, c, &s->block[d.block]);
    d.block = -1;
    rc__declare_norm(&d, prefix_of(c), "layernorm", c->vit.hidden, s->final_norm);
    *out = *in;
    *state = s;
    return d.status;
}

/* x + the branch whose last layer is `last`, scaled where there is a scale. */
static rc_var close_branch(rc_graph *g, rc_params *p, const int last[2], int scale, rc_var y, rc_var x)
{
    if (scale < 0) return rc__branch(g, p, last, y, x);
    return rc_scale_channels(g, rc__branch(g, p, last, y, NULL), rc_params_var(g, p, scale), x);
}

static rc_var feed_forward(rc_graph *g, const body *s, rc_params *p, const block *b, rc_var x)
{
    rc_var normed = rc__norm(g, p, b->norm2, s->config.eps, x), y;
    bool plain = b->scale2 < 0; /* the sum is then part of the last product */
    if (s->config.swiglu) {
        y = rc_glu(g, rc__dense(g, p, b->fc1, normed, NULL), RC_GATE_SILU);
        y = close_branch(g, p, b->fc2, b->scale2, y, x);
    } else {
        y = rc__feed_forward(g, p, b->fc1, b->fc2, normed, plain ? x : NULL);
        if (!plain) y = rc_scale_channels(g, y, rc_params_var(g, p, b->scale2), x);
    }
    rc_graph_forget(normed);
    return y;
}

static rc_var forward(rc_graph *g, const void *state, rc_params *p, rc_var u, rc_var length)
{
    const body *s = state;
    rc_var x = u, start = rc_graph_mark(g);
    for (int64_t i = 0; x && i < s->config.blocks; i++) {
        const block *b = &s->block[i];
        rc_var normed = rc__norm(g, p, b->norm1, s->config.eps, x), y = rc__joined(g, p, b->qkv, 3, normed);
        rc_graph_forget(normed);
        x = close_branch(g, p, b->out, b->scale1, rc_attend(g, y, length, s->config.heads), x);
        x = feed_forward(g, s, p, b, x);
        rc_graph_settle(g, start, x);
    }
    return x ? rc__norm(g, p, s->final_norm, s->config.eps, x) : NULL;
}

/* ---- the row ---- */

static double flops(const rc_backbone_config *config, const void *state)
{
    const rc_vit_config *c = &config->vit;
    const body *s = state;
    double t = (double)rc_grid_tokens(&s->grid), w = (double)c->hidden, matrices = c->swiglu ? 3 : 2;
    double one = 4 * t * w * w + matrices * t * w * (double)c->inner + 2 * t * t * w;
    double patches = (double)(s->grid.h * s->grid.w) * w * (double)(c->channels * c->patch * c->patch);
    return 2 * (one * (double)c->blocks + patches);
}

static rc_status read_config(const rc_json *json, const char *source, rc_backbone_config *out)
{
    return rc_vit_config_read(json, source, &out->vit);
}

static rc_json *write_config(const rc_backbone_config *c)
{
    return rc_vit_config_write(&c->vit);
}

static rc_status named_config(const char *name, rc_backbone_config *out)
{
    return rc_vit_config_named(name, &out->vit);
}

static rc_input native_input(const rc_backbone_config *c)
{
    return (rc_input){.kind = RC_INPUT_IMAGE,
                      .channels = c->vit.channels,
                      .height = c->vit.image_size,
                      .width = c->vit.image_size};
}

/* The position table stays that of the size it was declared for. */
static void set_native_input(rc_backbone_config *c, const rc_input *in)
{
    c->vit.channels = in->channels;
}

static int64_t width(const rc_backbone_config *c)
{
    return c->vit.hidden;
}

static int64_t *depth(rc_backbone_config *c, int64_t *stages)
{
    *stages = 1;
    return &c->vit.blocks;
}

static int64_t stride(const rc_backbone_config *c)
{
    return c->vit.patch;
}

const rc_backbone rc__backbone_vit = {.kind = RC_BACKBONE_VIT,
                                      .name = "ViT",
                                      .model_types = rc__vit_model_types,
                                      .sizes = rc__vit_sizes,
                                      .config_read = read_config,
                                      .config_write = write_config,
                                      .config_named = named_config,
                                      .native_input = native_input,
                                      .set_native_input = set_native_input,
                                      .width = width,
                                      .features = width,
                                      .stride = stride,
                                      .native = &native,
                                      .prefix = prefix_of,
                                      .depth = depth,
                                      .block_name = block_name,
                                      .period = 1,
                                      .position_table = "embeddings.position_embeddings",
                                      .create = create_body,
                                      .destroy = destroy_body,
                                      .forward = forward,
                                      .flops = flops};
