/* Chronos and Chronos-Bolt: the embedder of series before T5's encoder, and the row. Of a series s,
 *
 *   Chronos  u_t = word(bin(s_t / mean|s|)), a token for each point
 *   Bolt     u_t = W2 relu(W1 z_t + b1) + b2 + R z_t + c, z_t = [standardised piece t | ones: nothing is
 * missing]
 *
 * and in both a last token, which closes the series (</s>, [REG]). Channels are series of their own, each
 * with a row of tokens (rc_input.rows), and the encoder reads each row for itself, as Chronos does. */
#include "backbones/chronos.h"

#include "backbones/backbone.h"
#include "backbones/layers.h"
#include "ops/ops.h"

typedef struct embedder {
    rc_chronos_config config;
    int64_t rows, tokens; /* series of a sample; tokens of each without the last */
    int words;
    int hidden[2], out[2], residual[2]; /* of Bolt */
    rc_tensor pieces, ones; /* of Bolt: where the numbers of [piece | ones] come from; what is added */
} embedder;

static void destroy(void *state)
{
    embedder *e = state;
    rc_tensor_destroy(&e->pieces);
    rc_tensor_destroy(&e->ones);
    rc_free(e);
}

static rc_status check_input(const rc_chronos_config *c, const rc_input *in, int64_t rows)
{
    RC_CHECK(in->channels == 1, RC_UNSUPPORTED,
             "%lld channels side by side: a Chronos reads one channel of a series at a time; for sequences "
             "with one answer set model.channels to apart and leave model.window at 1; images and dense "
             "targets are not supported",
             (long long)in->channels);
    RC_CHECK(in->patch == c->patch && in->window <= in->patch, RC_UNSUPPORTED,
             "tokens of %lld points: those of this Chronos have %lld; leave model.window at 1; images and "
             "dense targets are not supported",
             (long long)(in->window > in->patch ? in->window : in->patch), (long long)c->patch);
    RC_CHECK(in->length >= 1 && in->length % (rows * in->patch) == 0, RC_SHAPE,
             "%lld sequences of %lld points together cannot be cut into pieces of %lld", (long long)rows,
             (long long)in->length, (long long)in->patch);
    return RC_OK;
}

static void declare(rc__declaration *d, embedder *e)
{
    const rc_t5_config *c = &e->config.body;
    int64_t seen = 2 * e->config.patch;
    static const char PREFIX[] = "input_patch_embedding.";
    e->words = rc__declare(d, "", "shared.weight", RC_SHAPE(c->vocabulary, c->hidden), RC_INIT_NORMAL, false);
    if (!e->config.bolt) return;
    rc__declare_linear(d, PREFIX, "hidden_layer", c->inner, seen, true, e->hidden);
    rc__declare_linear(d, PREFIX, "output_layer", c->hidden, c->inner, true, e->out);
    rc__declare_linear(d, PREFIX, "residual_layer", c->hidden, seen, true, e->residual);
}

/* [T, patch] -> [T, 2 patch]: zeros behind every piece, to which ones are added. */
static rc_status make_pieces(embedder *e, rc_device *device)
{
    int64_t patch = e->config.patch, n = e->tokens * 2 * patch;
    int32_t *from;
    float *ones;
    RC_TRY(rc__index_create(n, &from));
    for (int64_t i = 0; i < n; i++)
        from[i] = i % (2 * patch) < patch ? (int32_t)(i / (2 * patch) * patch + i % (2 * patch)) : -1;
    rc_status status = RC_NEW(&ones, n);
    for (int64_t i = 0; status == RC_OK && i < n; i++)
        ones[i] = from[i] < 0 ? 1 : 0;
    if (status == RC_OK)
        status = rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(e->tokens, 2 * patch), &e->ones);
    if (status == RC_OK) status = rc_tensor_upload(&e->ones, ones);
    rc_free(ones);
    if (status == RC_OK) return rc__index_store(from, n, device, &e->pieces);
    rc_free(from);
    return status;
}

static rc_status create(const rc_backbone *body, const rc_backbone_config *c, const rc_input *in,
                        rc_params *p, rc_device *device, void **state, rc_grid *out)
{
    (void)body;
    rc__declaration d = {p, -1, RC_OK};
    embedder *e;
    int64_t rows = in->rows > 1 ? in->rows : 1;
    RC_TRY(check_input(&c->chronos, in, rows));
    RC_TRY(RC_NEW(&e, 1));
    e->config = c->chronos;
    e->rows = rows;
    e->tokens = in->length / rows / in->patch;
    declare(&d, e);
    if (d.status == RC_OK && e->config.bolt) d.status = make_pieces(e, device);
    *out = (rc_grid){0, rows, e->tokens + e->config.closed};
    if (d.status == RC_OK)
        *state = e;
    else
        destroy(e);
    return d.status;
}

/* s [N, L] -> [N, T, width] */
static rc_var embed_points(rc_graph *g, const embedder *e, rc_params *p, rc_var s)
{
    const rc_chronos_config *c = &e->config;
    rc_bins bins = {c->bins, c->first, (float)c->low, (float)c->high};
    return rc__look_up(g, p, e->words, rc_bin_rows(g, s, bins));
}

static rc_var embed_pieces(rc_graph *g, const embedder *e, rc_params *p, rc_var s)
{
    rc_var z = rc__standardised(g, s);
    if (!z) return NULL;
    int64_t n = z->value.shape.dim[0], seen = 2 * e->config.patch;
    z = rc_gather(g, z, rc_graph_leaf(g, e->pieces, false), n, 1, RC_SHAPE(n, e->tokens, seen));
    z = rc_add_rows(g, z, rc_graph_leaf(g, e->ones, false));
    rc_var bent = rc_relu(g, rc__dense(g, p, e->hidden, z, NULL));
    return rc__dense(g, p, e->out, bent, rc__dense(g, p, e->residual, z, NULL));
}

/* The last token behind those of every series. */
static rc_var close_series(rc_graph *g, const embedder *e, rc_params *p, rc_var u)
{
    int32_t *index;
    if (!u) return NULL;
    int64_t n = u->value.shape.dim[0], width = e->config.body.hidden, tokens = e->tokens;
    rc_status status = RC_NEW(&index, 2 * (tokens + 1));
    if (status != RC_OK) return rc_graph_fail(g, status);
    for (int64_t i = 0; i <= tokens; i++) {
        index[i] = i < tokens ? (int32_t)i : -1;
        index[tokens + 1 + i] = i < tokens ? -1 : 1;
    }
    rc_var kept = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(tokens + 1), index, false);
    rc_var last = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(tokens + 1), index + tokens + 1, false);
    rc_free(index);
    u = rc_gather(g, u, kept, n, width, RC_SHAPE(n, tokens + 1, width));
    return rc_add_rows(
        g, u, rc_gather(g, rc_params_var(g, p, e->words), last, 1, width, RC_SHAPE(tokens + 1, width)));
}

static rc_var forward(rc_graph *g, const void *state, rc_params *p, const rc_feed *feed)
{
    const embedder *e = state;
    if (!feed->x) return NULL;
    int64_t batch = feed->x->value.shape.dim[0], tokens = e->tokens + e->config.closed;
    rc_var s = rc__reshape(g, feed->x, RC_SHAPE(batch * e->rows, e->tokens * e->config.patch));
    rc_var u = e->config.bolt ? embed_pieces(g, e, p, s) : embed_points(g, e, p, s);
    if (e->config.closed) u = close_series(g, e, p, u);
    return rc__reshape(g, u, RC_SHAPE(batch, e->rows * tokens, e->config.body.hidden));
}

static rc_status adopt(const void *state, rc_params *p, const rc_weights *from)
{
    const embedder *e = state;
    const int *layer[] = {e->hidden, e->out, e->residual};
    RC_TRY(rc__load_parameter(p, e->words, from));
    for (int i = 0; e->config.bolt && i < 6; i++)
        RC_TRY(rc__load_parameter(p, layer[i / 2][i % 2], from));
    return RC_OK;
}

static const rc_embedder native = {"Chronos", RC_INPUT_SIGNAL, create, destroy, forward, adopt};

/* ---- the row ---- */

static rc_status read_config(const rc_json *json, const char *source, rc_backbone_config *out)
{
    return rc_chronos_config_read(json, source, &out->chronos);
}

static rc_json *write_config(const rc_backbone_config *c)
{
    return rc_chronos_config_write(&c->chronos);
}

static rc_status named_config(const char *name, rc_backbone_config *out)
{
    return rc_chronos_config_named(name, &out->chronos);
}

static rc_input native_input(const rc_backbone_config *c)
{
    return (rc_input){
        .kind = RC_INPUT_SIGNAL, .channels = 1, .length = c->chronos.length, .patch = c->chronos.patch};
}

static void set_native_input(rc_backbone_config *c, const rc_input *in)
{
    c->chronos.length = in->length / (in->rows > 1 ? in->rows : 1);
}

const rc_backbone rc__backbone_chronos = {.kind = RC_BACKBONE_CHRONOS,
                                          .name = "Chronos",
                                          .model_types = rc__chronos_model_types,
                                          .sizes = rc__chronos_sizes,
                                          .config_read = read_config,
                                          .config_write = write_config,
                                          .config_named = named_config,
                                          .prefix = rc__t5_prefix,
                                          .depth = rc__t5_depth,
                                          .block_name = rc__t5_block_name,
                                          .period = 1,
                                          .native_input = native_input,
                                          .set_native_input = set_native_input,
                                          .width = rc__t5_width,
                                          .features = rc__t5_width,
                                          .stride = rc__t5_stride,
                                          .native = &native,
                                          .mean_head = true,
                                          .reads_rows = true,
                                          .create = rc__t5_create,
                                          .destroy = rc__t5_destroy,
                                          .forward = rc__t5_forward,
                                          .flops = rc__t5_flops};
