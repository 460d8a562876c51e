/* The dense head without seams. A patch's values never come from its own token alone: tokens are a coarse
 * grid that is made finer level by level, twice as fine each, up to the grid of the target, and every level
 * mixes neighbours. A level has half the channels of the one before. With z that one, at first the tokens,
 * and p the input on the level's grid,
 *
 *   a = interpolate(z W) + p S + b        S: the input's own detail, which tokens have lost
 *   z = a + conv3x3(gelu(LN(a)))
 *
 * and the field is z V + c at the last. A signal is a field of height 1, whose convolution has three taps.
 * (The finer stages of a Swin as a third term of a were tried, and gained nothing.) */
#include "backbones/head.h"

#include <stdio.h>
#include <string.h>

#include "backbones/layers.h"
#include "ops/ops.h"

enum { MAX_LEVELS = 20, MIN_WIDTH = 16 }; /* levels: more than halvings of any size */
static const double EPS = 1e-5;

typedef struct level {
    int64_t grid[2], width;
    int narrow[2], skip[2], norm[2], mix[2];
    rc_tensor window; /* the rows around each, [rows * taps]; -1: beyond the edge */
} level;

struct rc__field {
    int64_t levels;
    level level[MAX_LEVELS]; /* from coarse to fine */
    int out[2];
    rc_tensor cells; /* the tokens that lie in the grid */
    rc_tensor input; /* numbers of the input, its channels side by side */
    rc_tensor plane; /* numbers of the field, channel by channel */
};

/* ---- grids ---- */

static void input_grid(const rc_model *m, int64_t grid[2])
{
    const rc_input *in = &m->spec.input;
    bool image = in->kind == RC_INPUT_IMAGE;
    grid[0] = image ? in->height : 1;
    grid[1] = image ? in->width : in->length;
}

static int64_t coarser(int64_t n, int64_t last)
{
    int64_t half = (n + 1) / 2;
    return half > last ? half : n < last ? n : last;
}

/* Half as fine each, from the target's grid on, as long as that is finer than the tokens'. */
static void choose_levels(const rc_model *m, rc__field *f)
{
    int64_t h = m->spec.out_shape[1], w = m->spec.out_shape[2], width = rc_model_features(m);
    int64_t grid[MAX_LEVELS][2];
    do {
        grid[f->levels][0] = h;
        grid[f->levels++][1] = w;
        h = coarser(h, m->last.h);
        w = coarser(w, m->last.w);
    } while (h > m->last.h || w > m->last.w);
    for (int64_t l = 0; l < f->levels; l++) {
        width = width / 2 > MIN_WIDTH ? width / 2 : MIN_WIDTH;
        f->level[l].width = width;
        memcpy(f->level[l].grid, grid[f->levels - 1 - l], sizeof f->level[l].grid);
    }
}

/* ---- declaring ---- */

static int64_t reach(const level *l, int axis)
{
    return l->grid[axis] > 1 ? 1 : 0;
}

static int64_t taps(const level *l)
{
    return (2 * reach(l, 0) + 1) * (2 * reach(l, 1) + 1);
}

/* Begins as a convolution does: rc__declare_linear's weights are those of a transformer, smaller. */
static void declare_layer(rc__declaration *d, const char *prefix, const char *name, int64_t out, int64_t in,
                          bool bias, int index[2])
{
    char full[RC_LAYER_NAME];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    index[0] = rc__declare(d, full, ".weight", RC_SHAPE(out, in), RC_INIT_KAIMING, false);
    index[1] = bias ? rc__declare(d, full, ".bias", RC_SHAPE(out), RC_INIT_ZEROS, false) : -1;
}

rc_status rc__field_declare(rc_model *m)
{
    rc__declaration d = {m->params, -1, RC_OK};
    int64_t before = rc_model_features(m);
    RC_TRY(RC_NEW(&m->field, 1));
    rc__field *f = m->field;
    choose_levels(m, f);
    for (int64_t i = 0; i < f->levels; i++) {
        level *l = &f->level[i];
        char prefix[RC_LAYER_NAME];
        snprintf(prefix, sizeof prefix, "field.%d.", (int)i);
        declare_layer(&d, prefix, "narrow", l->width, before, false, l->narrow);
        declare_layer(&d, prefix, "skip", l->width, m->spec.input.channels, true, l->skip);
        rc__declare_norm(&d, prefix, "norm", l->width, l->norm);
        declare_layer(&d, prefix, "mix", l->width, taps(l) * l->width, true, l->mix);
        before = l->width;
    }
    declare_layer(&d, "field.", "out", m->spec.out_shape[0], before, true, f->out);
    return d.status;
}

void rc__field_destroy(rc__field *f)
{
    if (!f) return;
    for (int64_t i = 0; i < f->levels; i++)
        rc_tensor_destroy(&f->level[i].window);
    rc_tensor_destroy(&f->cells);
    rc_tensor_destroy(&f->input);
    rc_tensor_destroy(&f->plane);
    rc_free(f);
}

/* ---- index tables ---- */

static rc_status make_window(rc_device *device, level *l)
{
    int64_t h = l->grid[0], w = l->grid[1], down = reach(l, 0), right = reach(l, 1);
    int32_t *index;
    RC_TRY(rc__index_create(h * w * taps(l), &index));
    int32_t *to = index;
    for (int64_t i = 0; i < h * w; i++)
        for (int64_t dy = -down; dy <= down; dy++)
            for (int64_t dx = -right; dx <= right; dx++) {
                int64_t y = i / w + dy, x = i % w + dx;
                *to++ = y < 0 || y >= h || x < 0 || x >= w ? -1 : (int32_t)(y * w + x);
            }
    return rc__index_store(index, h * w * taps(l), device, &l->window);
}

/* Number (i, k) of an array [n, m] out of one that is [m, n]. */
static rc_status make_turn(rc_device *device, int64_t n, int64_t m, rc_tensor *out)
{
    int32_t *index;
    RC_TRY(rc__index_create(n * m, &index));
    for (int64_t i = 0; i < n * m; i++)
        index[i] = (int32_t)(i % m * n + i / m);
    return rc__index_store(index, n * m, device, out);
}

rc_status rc__field_prepare(rc_model *m)
{
    rc__field *f = m->field;
    int64_t cells = m->last.h * m->last.w, grid[2], channels = m->spec.out_shape[0];
    int32_t *index;
    RC_TRY(rc__index_create(cells, &index));
    for (int64_t i = 0; i < cells; i++)
        index[i] = (int32_t)(m->last.extra + i);
    RC_TRY(rc__index_store(index, cells, m->device, &f->cells));
    input_grid(m, grid);
    RC_TRY(make_turn(m->device, grid[0] * grid[1], m->spec.input.channels, &f->input));
    RC_TRY(make_turn(m->device, channels, m->spec.out_shape[1] * m->spec.out_shape[2], &f->plane));
    for (int64_t l = 0; l < f->levels; l++)
        RC_TRY(make_window(m->device, &f->level[l]));
    return RC_OK;
}

/* ---- forward ---- */

static rc_var leaf(rc_graph *g, const rc_tensor *t)
{
    return rc_graph_leaf(g, *t, false);
}

static rc_var convolve(rc_graph *g, rc_model *m, const level *l, rc_var x, rc_var residual)
{
    int64_t batch = x->value.shape.dim[0], rows = l->grid[0] * l->grid[1];
    rc_var around =
        rc_gather(g, x, leaf(g, &l->window), batch, l->width, RC_SHAPE(batch, rows, taps(l) * l->width));
    rc_var y = rc__dense(g, m->params, l->mix, around, residual);
    rc_graph_forget(around);
    return y;
}

static rc_var refine(rc_graph *g, rc_model *m, const level *l, const int64_t grid[2], rc_var z, rc_var input)
{
    rc_var fine = rc_interpolate(g, rc__dense(g, m->params, l->narrow, z, NULL), grid, l->grid);
    rc_var a = rc__dense(g, m->params, l->skip, input, fine);
    if (!a) return NULL;
    rc_var normed = rc__norm(g, m->params, l->norm, EPS, a), bent = rc_gelu(g, normed);
    rc_var y = convolve(g, m, l, bent, a);
    rc_graph_forget(bent);
    rc_graph_forget(normed);
    return y;
}

rc_var rc__field_decode(rc_graph *g, rc_model *m, rc_var tokens, rc_var x)
{
    const rc__field *f = m->field;
    const int64_t *shape = m->spec.out_shape;
    int64_t batch = tokens->value.shape.dim[0], channels = m->spec.input.channels, grid[2];
    rc_var input[MAX_LEVELS];
    input_grid(m, grid);
    rc_var fine = rc_gather(g, x, leaf(g, &f->input), batch, 1, RC_SHAPE(batch, grid[0] * grid[1], channels));
    for (int64_t l = f->levels - 1; l >= 0; l--) {
        input[l] = fine = rc_interpolate(g, fine, grid, f->level[l].grid);
        grid[0] = f->level[l].grid[0];
        grid[1] = f->level[l].grid[1];
    }
    int64_t features = rc_model_features(m), from[2] = {m->last.h, m->last.w};
    rc_var z = rc_gather(g, tokens, leaf(g, &f->cells), batch, features,
                         RC_SHAPE(batch, from[0] * from[1], features));
    for (int64_t l = 0; l < f->levels; l++)
        z = refine(g, m, &f->level[l], l ? f->level[l - 1].grid : from, z, input[l]);
    return rc_gather(g, rc__dense(g, m->params, f->out, z, NULL), leaf(g, &f->plane), batch, 1,
                     RC_SHAPE(batch, shape[0], shape[1], shape[2]));
}
