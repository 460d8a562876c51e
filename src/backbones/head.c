/* Heads.
 *
 * LINEAR    read the tokens (rc_readout_kind), then a linear layer.
 * TOKENS    a linear layer on every token.
 *           Of classes in order the layer gives one number s, and the thresholds of the classes less s their
 *           probabilities (rc_ordered_classes).
 * DENSE     RC_DENSE_CONV: field.c. Else, of images: SwinForMaskedImageModeling's decoder, a 1x1 convolution
 * to stride^2 * 3 channels, pixel shuffle, means over channels and adaptive cells down to the target's grid;
 * of signals: every token gives the channels * patch values of its piece, by a linear map (its own weights)
 * or by adaptive means over its features (no weights, as the method was published); the pieces are laid side
 * by side and averaged to the target's length. */
#include "backbones/head.h"

#include "backbones/fusion.h"
#include "backbones/layers.h"
#include "ops/ops.h"

enum { DECODER_CHANNELS = 3 };

static bool is_signal(const rc_model *m)
{
    return m->spec.input.kind == RC_INPUT_SIGNAL;
}

/* Numbers that a token of a signal gives. */
static int64_t piece(const rc_model *m)
{
    return m->spec.out_shape[0] * m->spec.input.patch;
}

/* ---- declaring ---- */

static void declare_decoder(rc_model *m, rc__declaration *d)
{
    int64_t r = m->backbone->stride(&m->spec.backbone), out = DECODER_CHANNELS * r * r;
    m->head[0] = rc__declare(d, "decoder.0", ".weight", RC_SHAPE(out, rc_model_features(m), 1, 1),
                             RC_INIT_KAIMING, false);
    m->head[1] = rc__declare(d, "decoder.0", ".bias", RC_SHAPE(out), RC_INIT_ZEROS, false);
}

static rc_status check_readout(const rc_model_spec *s)
{
    bool one_length = s->input.kind != RC_INPUT_TOKENS && s->head != RC_HEAD_TOKENS;
    for (int k = 0; k < s->n_more; k++)
        one_length = one_length && s->more[k].input.kind != RC_INPUT_TOKENS;
    RC_CHECK(s->readout == RC_READOUT_POOL || s->readout == RC_READOUT_CLS || one_length, RC_CONFIG,
             "texts have no fixed length: a head can read the mean of their tokens or the first, but not "
             "each by its place");
    return RC_OK;
}

rc_status rc__head_declare(rc_model *m)
{
    const rc_model_spec *s = &m->spec;
    rc__declaration d = {m->params, -1, RC_OK};
    RC_TRY(check_readout(s));
    if (rc_head_is_linear(s->head))
        rc__declare_linear(&d, "", "classifier", s->ordered ? 1 : s->outputs, rc_model_readout(m), true,
                           m->head);
    if (s->ordered)
        m->thresholds =
            rc__declare(&d, "classifier", ".thresholds", RC_SHAPE(s->outputs - 1), RC_INIT_ZEROS, false);
    if (s->head == RC_HEAD_LINEAR && s->readout == RC_READOUT_ATTENTION)
        rc__declare_linear(&d, "", "score", 1, rc_model_features(m), true, m->score);
    if (s->head != RC_HEAD_DENSE) return d.status;
    RC_CHECK(s->input.kind != RC_INPUT_TOKENS, RC_UNSUPPORTED,
             "a dense target needs images or signals as input");
    RC_CHECK(!is_signal(m) || rc_grid_tokens(&m->last) == s->input.length / s->input.patch, RC_UNSUPPORTED,
             "a dense target needs a token for each piece of a sequence, and a %s has more of them",
             m->backbone->name);
    if (s->dense == RC_DENSE_CONV) return rc__field_declare(m);
    if (!is_signal(m))
        declare_decoder(m, &d);
    else if (s->dense == RC_DENSE_LINEAR)
        rc__declare_linear(&d, "", "pieces", piece(m), rc_model_features(m), true, m->head);
    return d.status;
}

rc_status rc__gate_declare(rc_model *m)
{
    rc__declaration d = {m->params, -1, RC_OK};
    rc__declare_linear(&d, "", "gate", 2, rc_model_width(m), true, m->gate);
    return d.status;
}

rc_status rc__match_declare(rc_model *m)
{
    rc__declaration d = {m->params, -1, RC_OK};
    rc__declare_linear(&d, "", "match", m->spec.teacher, rc_model_features(m), true, m->match);
    return d.status;
}

/* ---- index tables: where each output number comes from ---- */

/* Out pixel (c, Y, X) of the shuffle comes from token (Y/r, X/r), channel (c r + Y%r) r + X%r. */
static rc_status make_shuffle(rc_model *m)
{
    const rc_grid *last = &m->last;
    int64_t r = m->backbone->stride(&m->spec.backbone), h = last->h * r, w = last->w * r;
    int64_t width = DECODER_CHANNELS * r * r;
    int32_t *index;
    RC_TRY(rc__index_create(DECODER_CHANNELS * h * w, &index));
    for (int64_t c = 0; c < DECODER_CHANNELS; c++)
        for (int64_t y = 0; y < h; y++)
            for (int64_t x = 0; x < w; x++) {
                int64_t token = last->extra + y / r * last->w + x / r, channel = (c * r + y % r) * r + x % r;
                index[(c * h + y) * w + x] = (int32_t)(token * width + channel);
            }
    return rc__index_store(index, DECODER_CHANNELS * h * w, m->device, &m->shuffle);
}

/* Out point (c, t k + j) comes from token t, number c k + j. */
static rc_status make_layout(rc_model *m)
{
    int64_t channels = m->spec.out_shape[0], k = m->spec.input.patch, tokens = m->last.w;
    int32_t *index;
    RC_TRY(rc__index_create(channels * tokens * k, &index));
    for (int64_t c = 0; c < channels; c++)
        for (int64_t i = 0; i < tokens * k; i++)
            index[c * tokens * k + i] = (int32_t)((m->last.extra + i / k) * channels * k + c * k + i % k);
    return rc__index_store(index, channels * tokens * k, m->device, &m->shuffle);
}

rc_status rc__head_prepare(rc_model *m)
{
    if (m->spec.head != RC_HEAD_DENSE) return RC_OK;
    if (m->spec.dense == RC_DENSE_CONV) return rc__field_prepare(m);
    return is_signal(m) ? make_layout(m) : make_shuffle(m);
}

/* ---- forward ---- */

static rc_var decode_image(rc_graph *g, rc_model *m, rc_var tokens)
{
    int64_t features = rc_model_features(m), r = m->backbone->stride(&m->spec.backbone);
    int64_t batch = tokens->value.shape.dim[0];
    rc_var weight = rc_params_span(g, m->params, m->head[0], 1, RC_SHAPE(DECODER_CHANNELS * r * r, features));
    rc_var y = rc_linear(g, tokens, weight, rc_params_var(g, m->params, m->head[1]), NULL);
    y = rc_gather(g, y, rc_graph_leaf(g, m->shuffle, false), batch, 1,
                  RC_SHAPE(batch, DECODER_CHANNELS, m->last.h * r, m->last.w * r));
    return rc_adaptive_pool(g, y, m->spec.out_shape);
}

static rc_var average_features(rc_graph *g, const rc_model *m, rc_var tokens)
{
    const int64_t *dim = tokens->value.shape.dim;
    rc_var y = rc__reshape(g, tokens, RC_SHAPE(dim[0], 1, dim[1], dim[2]));
    return rc_adaptive_pool(g, y, (const int64_t[]){1, dim[1], piece(m)});
}

static rc_var decode_signal(rc_graph *g, rc_model *m, rc_var tokens)
{
    const int64_t *out = m->spec.out_shape;
    int64_t batch = tokens->value.shape.dim[0], points = m->last.w * m->spec.input.patch;
    rc_var y = m->spec.dense == RC_DENSE_LINEAR ? rc__dense(g, m->params, m->head, tokens, NULL)
                                                : average_features(g, m, tokens);
    y = rc_gather(g, y, rc_graph_leaf(g, m->shuffle, false), batch, 1, RC_SHAPE(batch, out[0], 1, points));
    return out[2] == points ? y : rc_adaptive_pool(g, y, out);
}

rc_var rc_model_pool(rc_graph *g, const rc_model *m, rc_var tokens, const rc_feed *feed)
{
    if (m->spec.fusion == RC_FUSION_LATE) tokens = rc__fusion_pack(g, m, m->of_last, tokens, feed);
    return rc__pool(g, m, tokens, rc__fusion_length(g, m, feed));
}

rc_var rc_model_read(rc_graph *g, rc_model *m, rc_var tokens, const rc_feed *feed)
{
    bool apart = m->spec.fusion == RC_FUSION_LATE && m->spec.readout != RC_READOUT_FLATTEN;
    if (apart) return rc__fusion_read(g, m, tokens, feed);
    return rc__head_read(g, m, tokens, rc__fusion_length(g, m, feed));
}

/* A higher number moves the first threshold down, and the others with it. */
static rc_var order(rc_graph *g, rc_model *m, rc_var score)
{
    void *host;
    int64_t n = m->spec.outputs - 1;
    rc_status status = rc_graph_scratch(g, (size_t)n * sizeof(float), &host);
    if (status != RC_OK) return rc_graph_fail(g, status);
    for (int64_t k = 0; k < n; k++)
        ((float *)host)[k] = k == 0 ? -1.0f : 0;
    rc_var down = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(n, 1), host, false);
    return rc_ordered_classes(g, rc_linear(g, score, down, rc_params_var(g, m->params, m->thresholds), NULL));
}

rc_var rc_model_match(rc_graph *g, rc_model *m, rc_var tokens, const rc_feed *feed)
{
    return tokens ? rc__dense(g, m->params, m->match, rc_model_pool(g, m, tokens, feed), NULL) : NULL;
}

rc_var rc_model_head(rc_graph *g, rc_model *m, rc_var tokens, const rc_feed *feed)
{
    if (!tokens || m->spec.head == RC_HEAD_NONE) return tokens;
    if (m->spec.head == RC_HEAD_TOKENS) return rc__dense(g, m->params, m->head, tokens, NULL);
    if (m->spec.head == RC_HEAD_LINEAR) {
        rc_var read = rc__dropout(g, rc_model_read(g, m, tokens, feed));
        rc_var y = rc__dense(g, m->params, m->head, read, NULL);
        return m->spec.ordered ? order(g, m, y) : y;
    }
    if (m->spec.dense == RC_DENSE_CONV) return rc__field_decode(g, m, tokens, feed->x);
    return is_signal(m) ? decode_signal(g, m, tokens) : decode_image(g, m, tokens);
}
