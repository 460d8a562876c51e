#include "exports/onnx_graph.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "devices/window.h"
#include "ops/ops.h"

typedef struct known {
    const rc_node *node;
    const void *data; /* constants: where the value is */
    bool turned;      /* constants: the last two dimensions changed places */
    rc_shape shape;   /* constants: as it was written */
    rc_onnx_value value;
} known;

struct rc__onnx_graph {
    rc_onnx *o;
    rc_graph *g;
    rc_params *params;
    known *known;
    int64_t n, room;
};

rc_status rc__onnx_graph_create(rc_onnx *o, rc_graph *g, rc_params *params, rc__onnx_graph **out)
{
    RC_TRY(RC_NEW(out, 1));
    **out = (rc__onnx_graph){.o = o, .g = g, .params = params};
    return RC_OK;
}

void rc__onnx_graph_destroy(rc__onnx_graph **t)
{
    if (!*t) return;
    rc_free((*t)->known);
    rc_free(*t);
    *t = NULL;
}

static rc_status remember(rc__onnx_graph *t, known k)
{
    if (t->n == t->room) {
        int64_t room = t->room ? 2 * t->room : 256;
        RC_TRY(rc_realloc((size_t)t->room * sizeof k, (size_t)room * sizeof k, (void **)&t->known));
        t->room = room;
    }
    t->known[t->n++] = k;
    return RC_OK;
}

rc_status rc__onnx_graph_bind(rc__onnx_graph *t, rc_var leaf, rc_onnx_value value)
{
    return remember(t, (known){.node = leaf, .value = value});
}

/* ---- constants ---- */

/* The parameter that begins at this place, and how many joined ones behind it are meant. */
static void name_constant(rc__onnx_graph *t, const rc_tensor *value, char *name, size_t size)
{
    int64_t rest = rc_tensor_size(value);
    for (int i = 0; i < rc_params_count(t->params); i++) {
        if (rc_params_value(t->params, i).data != value->data) continue;
        int more = 0;
        for (rest -= rc_params_get(t->params, i)->size; rest > 0 && i + more + 1 < rc_params_count(t->params);
             more++)
            rest -= rc_params_get(t->params, i + more + 1)->size;
        if (rest != 0) break;
        snprintf(name, size, more ? "%s+%d" : "%s", rc_params_get(t->params, i)->name, more);
        return;
    }
    snprintf(name, size, "table");
}

static void turn(const float *from, int64_t blocks, int64_t rows, int64_t columns, float *to)
{
    for (int64_t b = 0; b < blocks; b++, from += rows * columns, to += rows * columns)
        for (int64_t i = 0; i < rows; i++)
            for (int64_t k = 0; k < columns; k++)
                to[k * rows + i] = from[i * columns + k];
}

static rc_status write_constant(rc__onnx_graph *t, const char *name, const float *data, known *k)
{
    const rc_shape *s = &k->shape;
    float *copy = NULL;
    if (k->turned) {
        int64_t rows = s->dim[s->n - 1], columns = s->dim[s->n - 2];
        RC_TRY(RC_NEW_RAW(&copy, rc_shape_size(s)));
        turn(data, rc_shape_size(s) / (rows * columns), rows, columns, copy);
    }
    k->value = rc_onnx_constant(t->o, name, RC_DTYPE_F32, *s, copy ? copy : data);
    rc_free(copy);
    return rc_onnx_status(t->o);
}

static rc_status add_constant(rc__onnx_graph *t, const rc_tensor *value, known *k)
{
    char base[256], name[300];
    int same = 0;
    const void *data;
    for (int64_t i = 0; i < t->n; i++)
        same += t->known[i].data == k->data;
    name_constant(t, value, base, sizeof base);
    bool parameter = strcmp(base, "table") != 0;
    snprintf(name, sizeof name, parameter && !same ? "%s%s" : "%s%s_%d", base, k->turned ? ".T" : "",
             parameter ? same : (int)t->n);
    RC_TRY(rc_tensor_map_read(value, &data));
    rc_status status = write_constant(t, name, data, k);
    rc_tensor_unmap(value, data);
    return status == RC_OK ? remember(t, *k) : status;
}

static rc_onnx_value constant(rc__onnx_graph *t, rc_node *node, bool turned, rc_shape shape)
{
    rc_status status = rc_graph_remember(node);
    const rc_tensor *value = &node->value;
    known k = {.data = value->data, .turned = turned, .shape = shape};
    for (int64_t i = 0; i < t->n; i++)
        if (t->known[i].data == k.data && t->known[i].turned == turned &&
            rc_shape_equal(&t->known[i].shape, &shape))
            return t->known[i].value;
    if (rc_onnx_status(t->o) != RC_OK) return NULL;
    if (status == RC_OK) status = add_constant(t, value, &k);
    return status == RC_OK ? k.value : rc_onnx_fail(t->o, status);
}

/* ---- operands ---- */

static rc_onnx_value computed(const rc__onnx_graph *t, const rc_node *node)
{
    for (int64_t i = t->n - 1; i >= 0; i--)
        if (t->known[i].node == node) return t->known[i].value;
    return rc_onnx_fail(t->o, rc_fail(RC_INTERNAL, "an operand comes after its operation"));
}

static rc_onnx_value operand(rc__onnx_graph *t, rc_node *node)
{
    if (!node) return NULL;
    return node->needs_grad ? computed(t, node) : constant(t, node, false, node->value.shape);
}

/* A matrix [.., N, K] as [.., K, N]. */
static rc_onnx_value turned_matrix(rc__onnx_graph *t, rc_node *w)
{
    rc_shape s = w->value.shape;
    s.dim[s.n - 2] = w->value.shape.dim[s.n - 1];
    s.dim[s.n - 1] = w->value.shape.dim[s.n - 2];
    return constant(t, w, true, s);
}

static rc_onnx_value times(rc_onnx *o, rc_onnx_value x, float factor)
{
    return rc_onnx_two(o, "Mul", x, rc_onnx_number(o, factor));
}

/* The recorded shape of one sample for any number of them. */
static rc_shape of_any(rc_shape s)
{
    s.dim[0] = -1;
    return s;
}

static rc_onnx_value plus(rc_onnx *o, rc_onnx_value a, rc_onnx_value b)
{
    return b ? rc_onnx_two(o, "Add", a, b) : a;
}

/* ---- the operations ---- */

enum { X, W, B, RESIDUAL };

static rc_onnx_value affine(rc__onnx_graph *t, rc_onnx_value x, rc_node *w, rc_node *b)
{
    return plus(t->o, rc_onnx_two(t->o, "MatMul", x, turned_matrix(t, w)), operand(t, b));
}

static rc_onnx_value linear(rc__onnx_graph *t, const rc_node *n)
{
    return plus(t->o, affine(t, operand(t, n->in[X]), n->in[W], n->in[B]), operand(t, n->in[RESIDUAL]));
}

/* Token by token: with the tokens first it is a product of matrices. */
static rc_onnx_value linear_each(rc__onnx_graph *t, const rc_node *n)
{
    rc_shape order = RC_SHAPE(1, 0, 2);
    rc_onnx_value x = rc_onnx_transpose(t->o, operand(t, n->in[X]), order);
    return rc_onnx_transpose(t->o, rc_onnx_two(t->o, "MatMul", x, turned_matrix(t, n->in[W])), order);
}

/* x / 2 (1 + erf(x / sqrt 2)): the operator Gelu came with opset 20. */
static rc_onnx_value bend(rc_onnx *o, rc_onnx_value x)
{
    rc_onnx_value e = rc_onnx_one(o, "Erf", times(o, x, sqrtf(0.5f)));
    return rc_onnx_two(o, "Mul", times(o, x, 0.5f), rc_onnx_two(o, "Add", e, rc_onnx_number(o, 1)));
}

static rc_onnx_value gelu(rc__onnx_graph *t, const rc_node *n)
{
    return bend(t->o, operand(t, n->in[X]));
}

static rc_onnx_value mlp(rc__onnx_graph *t, const rc_node *n)
{
    enum { W1 = 1, B1, W2, B2, BASE };
    rc_onnx_value hidden = bend(t->o, affine(t, operand(t, n->in[X]), n->in[W1], n->in[B1]));
    return plus(t->o, affine(t, hidden, n->in[W2], n->in[B2]), operand(t, n->in[BASE]));
}

static rc_onnx_value relu(rc__onnx_graph *t, const rc_node *n)
{
    return rc_onnx_one(t->o, "Relu", operand(t, n->in[X]));
}

static rc_onnx_value glu(rc__onnx_graph *t, const rc_node *n)
{
    const rc_gate *f = n->attr;
    rc_onnx *o = t->o;
    rc_onnx_value half[2];
    rc_onnx_split(o, operand(t, n->in[X]), 2, half);
    rc_onnx_value a = half[0], in = a;
    if (f->cubic != 0) {
        rc_onnx_value square = rc_onnx_two(o, "Mul", a, a);
        in = rc_onnx_two(o, "Add", times(o, square, f->cubic), rc_onnx_number(o, f->linear));
        in = rc_onnx_two(o, "Mul", in, a);
    }
    return rc_onnx_two(o, "Mul", rc_onnx_two(o, "Mul", a, rc_onnx_one(o, "Sigmoid", in)), half[1]);
}

static rc_onnx_value layernorm(rc__onnx_graph *t, const rc_node *n)
{
    enum { GAMMA = 1, BETA };
    const rc_layernorm_settings *a = n->attr;
    rc_onnx_value in[RC_ONNX_INPUTS] = {operand(t, n->in[X]), operand(t, n->in[GAMMA]),
                                        operand(t, n->in[BETA])};
    return rc_onnx_node(t->o, "LayerNormalization", in,
                        (rc_onnx_attribute){"epsilon", RC_ONNX_NUMBER, .value = (double)a->eps});
}

/* Over the last dimension, which stays as one number. */
static rc_onnx_value row_mean(rc_onnx *o, rc_onnx_value x, const rc_shape *s)
{
    static const int64_t last[1] = {-1};
    rc_onnx_value in[RC_ONNX_INPUTS] = {x, rc_onnx_table(o, RC_DTYPE_I64, RC_SHAPE(1), last)};
    x = rc_onnx_node(o, "ReduceSum", in, (rc_onnx_attribute){"keepdims", RC_ONNX_WHOLE, .value = 1});
    return times(o, x, 1.0f / (float)s->dim[s->n - 1]);
}

/* The operator RMSNormalization came with opset 23. */
static rc_onnx_value rmsnorm(rc__onnx_graph *t, const rc_node *n)
{
    enum { GAMMA = 1 };
    const rc_layernorm_settings *a = n->attr;
    rc_onnx *o = t->o;
    rc_onnx_value x = operand(t, n->in[X]),
                  square = row_mean(o, rc_onnx_two(o, "Mul", x, x), &n->value.shape);
    rc_onnx_value root = rc_onnx_one(o, "Sqrt", rc_onnx_two(o, "Add", square, rc_onnx_number(o, a->eps)));
    return rc_onnx_two(o, "Mul", rc_onnx_two(o, "Div", x, root), operand(t, n->in[GAMMA]));
}

static rc_onnx_value bin_rows(rc__onnx_graph *t, const rc_node *n)
{
    const rc_bins *b = n->attr;
    rc_onnx *o = t->o;
    float width = (b->high - b->low) / (float)(b->count - 1);
    rc_onnx_value x = operand(t, n->in[X]), zero = rc_onnx_number(o, 0);
    rc_onnx_value mean = row_mean(o, rc_onnx_one(o, "Abs", x), &n->value.shape);
    mean = rc_onnx_node(
        o, "Where",
        (rc_onnx_value[RC_ONNX_INPUTS]){rc_onnx_two(o, "Greater", mean, zero), mean, rc_onnx_number(o, 1)},
        (rc_onnx_attribute){0});
    rc_onnx_value place = rc_onnx_two(o, "Sub", rc_onnx_two(o, "Div", x, mean), rc_onnx_number(o, b->low));
    place = rc_onnx_two(o, "Add", times(o, place, 1.0f / width), rc_onnx_number(o, 0.5f));
    place = rc_onnx_two(o, "Max", rc_onnx_one(o, "Floor", place), zero);
    place = rc_onnx_two(o, "Min", place, rc_onnx_number(o, (float)(b->count - 1)));
    return rc_onnx_cast(o, rc_onnx_two(o, "Add", place, rc_onnx_number(o, (float)b->first)), RC_DTYPE_I64);
}

static rc_onnx_value softmax(rc__onnx_graph *t, const rc_node *n)
{
    return rc_onnx_softmax(t->o, operand(t, n->in[X]));
}

static rc_onnx_value add(rc__onnx_graph *t, const rc_node *n)
{
    return rc_onnx_two(t->o, "Add", operand(t, n->in[0]), operand(t, n->in[1]));
}

/* The rows are the same for every sample: of a sample's shape. */
static rc_onnx_value add_rows(rc__onnx_graph *t, const rc_node *n)
{
    rc_shape row = n->value.shape;
    row.dim[0] = 1;
    return rc_onnx_two(t->o, "Add", operand(t, n->in[X]), constant(t, n->in[1], false, row));
}

static rc_onnx_value scale_channels(rc__onnx_graph *t, const rc_node *n)
{
    enum { SCALE = 1, BASE };
    rc_onnx_value y = rc_onnx_two(t->o, "Mul", operand(t, n->in[X]), operand(t, n->in[SCALE]));
    return plus(t->o, y, operand(t, n->in[BASE]));
}

static rc_onnx_value scale_rows(rc__onnx_graph *t, const rc_node *n)
{
    rc_node *scale = n->in[1];
    rc_shape column = n->value.shape;
    column.dim[column.n - 1] = 1;
    rc_onnx_value s = scale->needs_grad ? rc_onnx_reshape(t->o, computed(t, scale), of_any(column))
                                        : constant(t, scale, false, column);
    return rc_onnx_two(t->o, "Mul", operand(t, n->in[X]), s);
}

/* ---- tokens ---- */

static rc_onnx_value sum_tokens(rc_onnx *o, rc_onnx_value x)
{
    static const int64_t axis[1] = {1};
    rc_onnx_value axes = rc_onnx_table(o, RC_DTYPE_I64, RC_SHAPE(1), axis);
    return rc_onnx_node(o, "ReduceSum", (rc_onnx_value[RC_ONNX_INPUTS]){x, axes},
                        (rc_onnx_attribute){"keepdims", RC_ONNX_WHOLE, .value = 0});
}

/* The length of a text stands for its mask: 1 for tokens that count, 0 for padding. */
static rc_onnx_value mean_tokens(rc__onnx_graph *t, const rc_node *n)
{
    rc_onnx *o = t->o;
    rc_onnx_value x = operand(t, n->in[X]), mask = operand(t, n->in[1]);
    if (!mask)
        return rc_onnx_two(o, "Div", sum_tokens(o, x),
                           rc_onnx_number(o, (float)n->in[X]->value.shape.dim[1]));
    mask = rc_onnx_reshape(o, mask, RC_SHAPE(0, 0, 1));
    return rc_onnx_two(o, "Div", sum_tokens(o, rc_onnx_two(o, "Mul", x, mask)), sum_tokens(o, mask));
}

/* Of queries [.., heads, T, d] and keys [.., heads, d, T]. */
static rc_onnx_value scores(rc_onnx *o, rc_onnx_value q, rc_onnx_value k, float scale)
{
    return rc_onnx_two(o, "MatMul", times(o, q, scale), k);
}

static rc_onnx_value attend(rc__onnx_graph *t, const rc_node *n)
{
    enum { LENGTH = 1, BIAS };
    const rc_attention *a = n->attr;
    rc_onnx *o = t->o;
    rc_onnx_value part[3], head[3];
    rc_onnx_split(o, operand(t, n->in[X]), 3, part);
    for (int i = 0; i < 3; i++)
        head[i] = rc_onnx_transpose(o, rc_onnx_reshape(o, part[i], RC_SHAPE(0, 0, a->heads, a->d)),
                                    i == 1 ? RC_SHAPE(0, 2, 3, 1) : RC_SHAPE(0, 2, 1, 3));
    rc_onnx_value s = scores(o, head[0], head[1], a->scale), mask = operand(t, n->in[LENGTH]);
    s = plus(o, s, operand(t, n->in[BIAS]));
    if (mask) {
        rc_onnx_value key = rc_onnx_reshape(o, mask, RC_SHAPE(0, 1, 1, -1));
        rc_onnx_value hidden = rc_onnx_two(o, "Sub", key, rc_onnx_number(o, 1)); /* -1 for padding */
        s = rc_onnx_two(o, "Add", s, times(o, hidden, 1e9f));
    }
    rc_onnx_value y = rc_onnx_two(o, "MatMul", rc_onnx_softmax(o, s), head[2]);
    return rc_onnx_reshape(o, rc_onnx_transpose(o, y, RC_SHAPE(0, 2, 1, 3)), RC_SHAPE(0, 0, a->heads * a->d));
}

/* ---- windows ---- */

typedef struct windows {
    int64_t count, size;     /* tokens of each */
    int32_t *token, *region; /* of every token, window by window */
    int32_t *place;          /* where each token of the grid has gone */
    float *mask;             /* [count, 1, size, size] */
} windows;

static void free_windows(windows *w)
{
    rc_free(w->token);
    rc_free(w->region);
    rc_free(w->place);
    rc_free(w->mask);
}

static rc_status make_windows(const rc_window_attention *a, windows *w)
{
    w->count = a->gh / a->window * (a->gw / a->window);
    w->size = a->window * a->window;
    RC_TRY(RC_NEW(&w->token, w->count * w->size));
    RC_TRY(RC_NEW(&w->region, w->count * w->size));
    RC_TRY(RC_NEW(&w->place, w->count * w->size));
    RC_TRY(RC_NEW(&w->mask, w->count * w->size * w->size));
    for (int64_t i = 0; i < w->count; i++) {
        int32_t *token = w->token + i * w->size, *region = w->region + i * w->size;
        rc__window_tokens(a, i, token, region);
        for (int64_t k = 0; k < w->size; k++) {
            w->place[token[k]] = (int32_t)(i * w->size + k);
            for (int64_t j = 0; j < w->size; j++)
                w->mask[(i * w->size + k) * w->size + j] = region[k] == region[j] ? 0.0f : -100.0f;
        }
    }
    return RC_OK;
}

static rc_onnx_value attend_cut(rc__onnx_graph *t, const rc_node *n, const windows *w)
{
    enum { BIAS = 1 };
    const rc_window_attention *a = n->attr;
    rc_onnx *o = t->o;
    int64_t tokens = w->count * w->size, width = a->heads * a->d;
    rc_onnx_value part[3], head[3];
    rc_onnx_value x = rc__onnx_move(o, operand(t, n->in[X]), tokens, w->token, tokens);
    rc_onnx_split(o, x, 3, part);
    for (int i = 0; i < 3; i++)
        head[i] =
            rc_onnx_transpose(o, rc_onnx_reshape(o, part[i], RC_SHAPE(-1, w->count, w->size, a->heads, a->d)),
                              i == 1 ? RC_SHAPE(0, 1, 3, 4, 2) : RC_SHAPE(0, 1, 3, 2, 4));
    rc_onnx_value s = rc_onnx_two(o, "Add", scores(o, head[0], head[1], a->scale), operand(t, n->in[BIAS]));
    if (a->shift > 0) {
        rc_shape shape = RC_SHAPE(w->count, 1, w->size, w->size);
        s = rc_onnx_two(o, "Add", s, rc_onnx_table(o, RC_DTYPE_F32, shape, w->mask));
    }
    rc_onnx_value y = rc_onnx_two(o, "MatMul", rc_onnx_softmax(o, s), head[2]);
    y = rc_onnx_reshape(o, rc_onnx_transpose(o, y, RC_SHAPE(0, 1, 3, 2, 4)), RC_SHAPE(-1, tokens, width));
    return rc__onnx_move(o, y, tokens, w->place, tokens);
}

static rc_onnx_value attend_windows(rc__onnx_graph *t, const rc_node *n)
{
    windows w = {0};
    rc_status status = make_windows(n->attr, &w);
    rc_onnx_value y = status == RC_OK ? attend_cut(t, n, &w) : rc_onnx_fail(t->o, status);
    free_windows(&w);
    return y;
}

/* ---- moving ---- */

static bool stays(const int32_t *rows, int64_t n, int64_t rows_in)
{
    bool same = n == rows_in;
    for (int64_t i = 0; i < n && same; i++)
        same = rows[i] == i;
    return same;
}

rc_onnx_value rc__onnx_move(rc_onnx *o, rc_onnx_value x, int64_t rows_in, const int32_t *rows, int64_t n)
{
    static const int64_t pads[] = {0, 0, 0, 0, 1, 0}; /* a row of zeros at the end */
    bool zeros = false;
    int64_t *index;
    if (stays(rows, n, rows_in)) return x;
    rc_status status = RC_NEW_RAW(&index, n);
    if (status != RC_OK) return rc_onnx_fail(o, status);
    for (int64_t i = 0; i < n; i++) {
        index[i] = rows[i] < 0 ? rows_in : rows[i];
        zeros |= rows[i] < 0;
    }
    rc_onnx_value table = rc_onnx_table(o, RC_DTYPE_I64, RC_SHAPE(n), index);
    rc_free(index);
    if (zeros) x = rc_onnx_two(o, "Pad", x, rc_onnx_table(o, RC_DTYPE_I64, RC_SHAPE(6), pads));
    return rc_onnx_take(o, x, table, 1);
}

static bool is_of_rows(const rc_shape *s, int64_t rows, int64_t width)
{
    return s->n == 3 && s->dim[1] == rows && s->dim[2] == width;
}

static rc_onnx_value gather(rc__onnx_graph *t, const rc_node *n)
{
    enum { INDEX = 1 };
    const rc_gather_settings *a = n->attr;
    const rc_node *index = n->in[INDEX];
    const void *rows;
    rc_onnx_value x = operand(t, n->in[X]);
    if (index->needs_grad) return rc_onnx_take(t->o, x, computed(t, index), 0);
    if (!is_of_rows(&n->in[X]->value.shape, a->rows_in, a->width))
        x = rc_onnx_reshape(t->o, x, RC_SHAPE(-1, a->rows_in, a->width));
    rc_status status = rc_tensor_map_read(&index->value, &rows);
    if (status != RC_OK) return rc_onnx_fail(t->o, status);
    x = rc__onnx_move(t->o, x, a->rows_in, rows, a->rows_out);
    rc_tensor_unmap(&index->value, rows);
    bool done = is_of_rows(&n->value.shape, a->rows_out, a->width);
    return done ? x : rc_onnx_reshape(t->o, x, of_any(n->value.shape));
}

/* ---- linear along an axis ---- */

rc_onnx_value rc__onnx_along_axis(rc_onnx *o, rc_onnx_value x, const rc_shape *in, int axis, int64_t out,
                                  const float *matrix)
{
    int64_t d = in->dim[axis], inner = 1;
    rc_shape shape = of_any(*in);
    float *turned;
    for (int i = axis + 1; i < in->n; i++)
        inner *= in->dim[i];
    shape.dim[axis] = out;
    if (axis == in->n - 1)
        return rc_onnx_two(o, "MatMul", x, rc_onnx_table(o, RC_DTYPE_F32, RC_SHAPE(d, out), matrix));
    rc_status status = RC_NEW_RAW(&turned, d * out);
    if (status != RC_OK) return rc_onnx_fail(o, status);
    turn(matrix, 1, d, out, turned);
    rc_onnx_value left = rc_onnx_table(o, RC_DTYPE_F32, RC_SHAPE(out, d), turned);
    rc_free(turned);
    x = rc_onnx_reshape(o, x, RC_SHAPE(-1, d, inner));
    return rc_onnx_reshape(o, rc_onnx_two(o, "MatMul", left, x), shape);
}

typedef rc_var (*axis_map)(rc_graph *g, rc_var x, int64_t in, int64_t out);

static rc_var pool_axis(rc_graph *g, rc_var x, int64_t in, int64_t out)
{
    (void)in;
    return rc_adaptive_pool(g, x, (const int64_t[]){1, 1, out});
}

static rc_var interpolate_axis(rc_graph *g, rc_var x, int64_t in, int64_t out)
{
    return rc_interpolate(g, x, (const int64_t[]){1, in}, (const int64_t[]){1, out});
}

/* An operation's own answers to the unit vectors are the rows of its matrix. */
static rc_status ask_matrix(rc_graph *g, axis_map map, rc_shape units, int64_t in, int64_t out, float *matrix)
{
    float *unit;
    RC_TRY(RC_NEW(&unit, in * in));
    for (int64_t i = 0; i < in; i++)
        unit[i * in + i] = 1;
    rc_var y = map(g, rc_graph_input(g, RC_DTYPE_F32, units, unit, false), in, out);
    rc_free(unit);
    RC_TRY(rc_graph_status(g));
    return rc_tensor_download(&y->value, matrix);
}

static rc_onnx_value by_matrix(rc__onnx_graph *t, rc_onnx_value x, axis_map map, rc_shape units,
                               rc_shape *shape, int axis, int64_t out)
{
    int64_t in = shape->dim[axis];
    float *matrix;
    if (in == out) return x;
    rc_status status = RC_NEW_RAW(&matrix, in * out);
    if (status == RC_OK) {
        status = ask_matrix(t->g, map, units, in, out, matrix);
        if (status == RC_OK) x = rc__onnx_along_axis(t->o, x, shape, axis, out, matrix);
        rc_free(matrix);
    }
    shape->dim[axis] = out;
    return status == RC_OK ? x : rc_onnx_fail(t->o, status);
}

static rc_onnx_value adaptive_pool(rc__onnx_graph *t, const rc_node *n)
{
    rc_shape shape = n->in[X]->value.shape;
    rc_onnx_value x = operand(t, n->in[X]);
    for (int axis = 1; axis < shape.n; axis++) {
        int64_t in = shape.dim[axis];
        x = by_matrix(t, x, pool_axis, RC_SHAPE(in, 1, 1, in), &shape, axis, n->value.shape.dim[axis]);
    }
    return x;
}

static rc_onnx_value interpolate(rc__onnx_graph *t, const rc_node *n)
{
    const rc_interpolate_settings *a = n->attr;
    int64_t channels = n->value.shape.dim[2];
    rc_shape shape = RC_SHAPE(1, a->in[0], a->in[1], channels);
    rc_onnx_value x = rc_onnx_reshape(t->o, operand(t, n->in[X]), of_any(shape));
    for (int i = 0; i < 2; i++)
        x = by_matrix(t, x, interpolate_axis, RC_SHAPE(a->in[i], a->in[i], 1), &shape, 1 + i, a->out[i]);
    return rc_onnx_reshape(t->o, x, RC_SHAPE(-1, a->out[0] * a->out[1], channels));
}

/* ---- the table ---- */

static const struct row {
    const char *name; /* of the operation */
    rc_onnx_value (*translate)(rc__onnx_graph *t, const rc_node *n);
} rows[] = {{"linear", linear},
            {"linear_each", linear_each},
            {"mlp", mlp},
            {"layernorm", layernorm},
            {"rmsnorm", rmsnorm},
            {"attend", attend},
            {"attend_windows", attend_windows},
            {"gather", gather},
            {"add", add},
            {"add_rows", add_rows},
            {"gelu", gelu},
            {"relu", relu},
            {"glu", glu},
            {"scale_channels", scale_channels},
            {"scale_rows", scale_rows},
            {"mean_tokens", mean_tokens},
            {"adaptive_pool", adaptive_pool},
            {"interpolate", interpolate},
            {"bin_rows", bin_rows},
            {"softmax", softmax}};

static rc_onnx_value translate(rc__onnx_graph *t, const rc_node *n)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, n->op->name) == 0) return rows[i].translate(t, n);
    return rc_onnx_fail(t->o,
                        rc_fail(RC_UNSUPPORTED, "ONNX: no operators are known for \"%s\"", n->op->name));
}

rc_onnx_value rc__onnx_graph_translate(rc__onnx_graph *t, rc_var y)
{
    rc_status status = rc_graph_status(t->g);
    const rc_node *n = y;
    while (status == RC_OK && n->previous)
        n = n->previous;
    for (const rc_node *end = y ? y->next : NULL; n != end && status == RC_OK; n = n->next) {
        if (!n->op || !n->needs_grad) continue;
        known k = {.node = n, .value = translate(t, n)};
        status = rc_onnx_status(t->o);
        if (status == RC_OK) status = remember(t, k);
    }
    return status == RC_OK ? computed(t, y) : rc_onnx_fail(t->o, status);
}
