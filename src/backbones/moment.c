/* MOMENT: the embedder of series before T5's encoder, and the row. Of a series s of `length` points,
 *
 *   u_t = W z_t + position_t,    z = (s - mean(s)) / deviation(s), z_t its t-th piece,
 *
 * with sines and cosines as positions, which do not learn. Channels that lie one behind the other
 * (rc_input.rows) are series of their own, each with a row of tokens, and the encoder reads each row for
 * itself, as MOMENT does. Channels that lie side by side are standardised each, and a token sees a piece of
 * all of them. */
#include "backbones/moment.h"

#include <math.h>

#include "backbones/backbone.h"
#include "backbones/layers.h"
#include "ops/ops.h"

typedef struct embedder {
    rc_moment_config config;
    int64_t series, length, piece; /* series of a sample, and their points; points of a token */
    int weight, bias;              /* bias -1: none */
    rc__patches patches;
    rc_tensor positions; /* [tokens, width]; none without */
} embedder;

static void destroy(void *state)
{
    embedder *e = state;
    rc__patches_destroy(&e->patches);
    rc_tensor_destroy(&e->positions);
    rc_free(e);
}

static rc_status make_positions(int64_t rows, int64_t tokens, int64_t width, rc_device *device,
                                rc_tensor *out)
{
    float *host;
    RC_TRY(RC_NEW(&host, rows * tokens * width));
    for (int64_t i = 0; i < rows * tokens; i++)
        for (int64_t c = 0; c < width; c++) {
            double angle = (double)(i % tokens) * pow(10000, -(double)(c - c % 2) / (double)width);
            host[i * width + c] = (float)(c % 2 ? cos(angle) : sin(angle));
        }
    rc_status status = rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(rows * tokens, width), out);
    if (status == RC_OK) status = rc_tensor_upload(out, host);
    rc_free(host);
    return status;
}

static rc_status check_input(const rc_input *in, int64_t rows)
{
    RC_CHECK(in->patch >= 1 && in->length >= 1 && in->length % (rows * in->patch) == 0, RC_SHAPE,
             "%lld sequences of %lld points together cannot be cut into pieces of %lld", (long long)rows,
             (long long)in->length, (long long)in->patch);
    RC_CHECK(in->window <= in->patch, RC_UNSUPPORTED,
             "model.window: the pieces of a MOMENT lie side by side; leave it at 1");
    return RC_OK;
}

static rc_status fill_moment(const rc_backbone_config *c, const rc_input *in, int64_t rows, rc_params *p,
                             rc_device *device, embedder *e)
{
    int64_t width = c->moment.body.hidden, tokens = in->length / in->patch, channels = in->channels;
    rc__declaration d = {p, -1, RC_OK};
    e->config = c->moment;
    e->series = channels * rows;
    e->length = in->length / rows;
    e->piece = in->patch;
    e->weight = rc__declare_projection(&d, "patch_embedding.", "value_embedding.weight",
                                       channels == 1 ? RC_SHAPE(width, in->patch)
                                                     : RC_SHAPE(width, channels, in->patch));
    e->bias = !c->moment.bias ? -1
                              : rc__declare(&d, "patch_embedding.", "value_embedding.bias", RC_SHAPE(width),
                                            RC_INIT_ZEROS, false);
    RC_TRY(d.status);
    if (c->moment.positions) RC_TRY(make_positions(rows, tokens / rows, width, device, &e->positions));
    return rc__patches_create(device, channels, 1, in->length, 1, in->patch, 1, tokens, &e->patches);
}

static rc_status create(const rc_backbone *body, const rc_backbone_config *c, const rc_input *in,
                        rc_params *p, rc_device *device, void **state, rc_grid *out)
{
    (void)body;
    embedder *e;
    int64_t rows = in->rows > 1 ? in->rows : 1;
    RC_TRY(check_input(in, rows));
    RC_TRY(RC_NEW(&e, 1));
    rc_status status = fill_moment(c, in, rows, p, device, e);
    *out = (rc_grid){0, rows, in->length / in->patch / rows};
    if (status == RC_OK)
        *state = e;
    else
        destroy(e);
    return status;
}

static rc_var forward(rc_graph *g, const void *state, rc_params *p, const rc_feed *feed)
{
    const embedder *e = state;
    if (!feed->x) return NULL;
    int64_t batch = feed->x->value.shape.dim[0], width = e->config.body.hidden;
    rc_var x = rc__reshape(g, feed->x, RC_SHAPE(batch, e->series, e->length));
    rc_var w = rc_params_span(g, p, e->weight, 1, RC_SHAPE(width, e->patches.width));
    rc_var b = e->bias < 0 ? NULL : rc_params_var(g, p, e->bias);
    rc_var u = rc_linear(g, rc__patches_cut(g, &e->patches, rc__standardised(g, x)), w, b, NULL);
    return e->config.positions ? rc_add_rows(g, u, rc_graph_leaf(g, e->positions, false)) : u;
}

static rc_status adopt(const void *state, rc_params *p, const rc_weights *from)
{
    const embedder *e = state;
    RC_TRY(rc__adopt_pieces(p, e->weight, e->piece, from));
    return e->bias < 0 ? RC_OK : rc__load_parameter(p, e->bias, from);
}

static const rc_embedder native = {"MOMENT", RC_INPUT_SIGNAL, create, destroy, forward, adopt};

/* ---- the row ---- */

static rc_status read_config(const rc_json *json, const char *source, rc_backbone_config *out)
{
    return rc_moment_config_read(json, source, &out->moment);
}

static rc_json *write_config(const rc_backbone_config *c)
{
    return rc_moment_config_write(&c->moment);
}

static rc_status named_config(const char *name, rc_backbone_config *out)
{
    return rc_moment_config_named(name, &out->moment);
}

static rc_input native_input(const rc_backbone_config *c)
{
    return (rc_input){.kind = RC_INPUT_SIGNAL,
                      .channels = c->moment.channels,
                      .length = c->moment.length,
                      .patch = c->moment.patch};
}

static void set_native_input(rc_backbone_config *c, const rc_input *in)
{
    c->moment.channels = in->channels;
    c->moment.length = in->length / (in->rows > 1 ? in->rows : 1);
    c->moment.patch = in->patch;
}

const rc_backbone rc__backbone_moment = {.kind = RC_BACKBONE_MOMENT,
                                         .name = "MOMENT",
                                         .model_types = rc__moment_model_types,
                                         .sizes = rc__moment_sizes,
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
