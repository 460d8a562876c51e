/* A run's model as one ONNX file: from numbers as they are in the data, or token ids, to probabilities or
 * numbers in their own units. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "exports/export_forms.h"
#include "exports/onnx_graph.h"
#include "formats/json.h"

typedef struct work {
    rc__exporting *e;
    rc_onnx *o;
    rc__onnx_graph *t;
    rc_feed feed;
} work;

/* ---- numbers as they are in the data -> what the model is given ---- */

/* x [batch, channels, points] standardised; a missing number becomes the mean. */
static rc_onnx_value standardise(rc_onnx *o, const rc_task *t, rc_onnx_value x)
{
    const rc_normaliser *z = &t->nx;
    if (z->kind == RC_NORM_NONE) return x;
    rc_shape shape = RC_SHAPE(z->channels, z->kind == RC_NORM_CHANNEL ? 1 : z->points);
    rc_onnx_value mean = rc_onnx_constant(o, "normaliser.x.mean", RC_DTYPE_F32, shape, z->mean);
    rc_onnx_value std = rc_onnx_constant(o, "normaliser.x.std", RC_DTYPE_F32, shape, z->std);
    if (t->fills_missing)
        x = rc_onnx_node(o, "Where", (rc_onnx_value[RC_ONNX_INPUTS]){rc_onnx_one(o, "IsNaN", x), mean, x},
                         (rc_onnx_attribute){0});
    return rc_onnx_two(o, "Div", rc_onnx_two(o, "Sub", x, mean), std);
}

/* Where the layout takes each number from, and by what it multiplies it: it is asked with the numbers'
 * places, and with ones. What it resizes is left out. */
typedef struct trace {
    int32_t *from;
    float *places, *ones, *raw; /* ones: the factors, in the end */
    int64_t size;
    bool scaled;
} trace;

enum { EXACT = 1 << 24 }; /* whole numbers that a float holds */

static void free_trace(trace *r)
{
    rc_free(r->from);
    rc_free(r->places);
    rc_free(r->ones);
    rc_free(r->raw);
}

static rc_status make_room(const rc_layout *l, trace *r)
{
    int64_t room = rc_layout_room(l);
    r->size = l->resize ? room : rc_input_size(&l->input);
    RC_CHECK(room < EXACT, RC_UNSUPPORTED, "samples of %lld numbers are too large to be exported",
             (long long)room);
    RC_TRY(RC_NEW(&r->from, r->size));
    RC_TRY(RC_NEW(&r->places, r->size));
    RC_TRY(RC_NEW(&r->ones, r->size));
    return RC_NEW(&r->raw, room);
}

static void ask(const rc_layout *l, trace *r)
{
    for (int64_t i = 0; i < rc_layout_size(l); i++)
        r->raw[i] = (float)(i + 1);
    rc_layout_apply(l, r->raw, r->places);
    for (int64_t i = 0; i < rc_layout_size(l); i++)
        r->raw[i] = 1;
    rc_layout_apply(l, r->raw, r->ones);
    for (int64_t i = 0; i < r->size; i++) {
        bool filled = r->ones[i] == 0;
        r->from[i] = filled ? -1 : (int32_t)lroundf(r->places[i] / r->ones[i]) - 1;
        r->scaled |= !filled && r->ones[i] != 1;
    }
}

static rc_status trace_layout(const rc_layout *l, trace *r)
{
    rc_layout still = *l;
    RC_TRY(make_room(l, r));
    if (!l->resize) {
        ask(l, r);
        return RC_OK;
    }
    int64_t h = l->fold_w ? l->fold_h : l->x_shape[1], w = l->fold_w ? l->fold_w : l->x_shape[2];
    RC_TRY(rc_resize_create(h, w, h, w, &still.resize));
    ask(&still, r);
    rc_resize_destroy(&still.resize);
    return RC_OK;
}

/* x [batch, numbers] */
static rc_onnx_value move_numbers(rc_onnx *o, const rc_layout *l, rc_onnx_value x)
{
    trace r = {0};
    rc_status status = trace_layout(l, &r);
    if (status == RC_OK) {
        x = rc__onnx_move(o, rc_onnx_reshape(o, x, RC_SHAPE(-1, rc_layout_size(l), 1)), rc_layout_size(l),
                          r.from, r.size);
        if (r.scaled)
            x = rc_onnx_two(o, "Mul", x, rc_onnx_table(o, RC_DTYPE_F32, RC_SHAPE(r.size, 1), r.ones));
    }
    free_trace(&r);
    return status == RC_OK ? x : rc_onnx_fail(o, status);
}

/* One axis of the images by the matrix that resizes it, which is what becomes of the unit vectors. */
static rc_onnx_value resize_axis(rc_onnx *o, rc_onnx_value x, rc_shape *shape, int axis, int64_t out)
{
    int64_t in = shape->dim[axis];
    float *unit = NULL, *matrix = NULL;
    rc_resize *resize = NULL;
    if (!x || in == out) return x; /* what has failed keeps its own message */
    rc_status status = RC_NEW(&unit, in * in);
    if (status == RC_OK) status = RC_NEW(&matrix, in * out);
    if (status == RC_OK) status = rc_resize_create(1, in, 1, out, &resize);
    if (status == RC_OK) {
        for (int64_t i = 0; i < in; i++)
            unit[i * in + i] = 1;
        rc_resize_apply(resize, in, unit, matrix);
        x = rc__onnx_along_axis(o, x, shape, axis, out, matrix);
    }
    rc_resize_destroy(&resize);
    rc_free(unit);
    rc_free(matrix);
    shape->dim[axis] = out;
    return status == RC_OK ? x : rc_onnx_fail(o, status);
}

static rc_onnx_value resize(rc_onnx *o, const rc_layout *l, rc_onnx_value x)
{
    rc_shape shape = RC_SHAPE(1, l->x_shape[0], l->fold_w ? l->fold_h : l->x_shape[1],
                              l->fold_w ? l->fold_w : l->x_shape[2]);
    rc_shape any = shape;
    any.dim[0] = -1;
    x = resize_axis(o, rc_onnx_reshape(o, x, any), &shape, 2, l->to_h);
    return resize_axis(o, x, &shape, 3, l->to_w);
}

static rc_var record_input(rc_graph *g, rc_dtype dtype, rc_shape shape)
{
    void *zeros;
    rc_status status = rc_graph_scratch(g, (size_t)rc_shape_size(&shape) * rc_dtype_size(dtype), &zeros);
    return status == RC_OK ? rc_graph_input(g, dtype, shape, zeros, true) : rc_graph_fail(g, status);
}

static rc_status take_numbers(work *w)
{
    const rc_layout *l = &w->e->trained.task->layout;
    rc_shape points = RC_SHAPE(-1, l->x_shape[0], l->x_shape[1] * l->x_shape[2]);
    rc_onnx_value x = rc_onnx_input(w->o, "x", RC_DTYPE_F32, rc_layout_shape(l, RC_ONNX_BATCH));
    x = standardise(w->o, w->e->trained.task, rc_onnx_reshape(w->o, x, points));
    x = move_numbers(w->o, l, x);
    if (l->resize) x = resize(w->o, l, x);
    rc_shape given = rc_input_shape(&l->input, 1), any = given;
    any.dim[0] = -1;
    x = rc_onnx_reshape(w->o, x, any);
    w->feed.x = record_input(w->e->trained.graph, RC_DTYPE_F32, given);
    return rc__onnx_graph_bind(w->t, w->feed.x, x);
}

/* ---- token ids ---- */

/* Rows of the position table. How a family counts is asked for: from where, and whether padding has a row of
 * its own and takes no number. */
static rc_onnx_value number_tokens(rc_onnx *o, const rc_backbone_config *c, rc_onnx_value ids)
{
    const rc_backbone *family = rc_backbone_of(c);
    int32_t padding = (int32_t)family->vocabulary(c).padding, row[2];
    family->number(c, 2, 2, (int32_t[]){padding + 1, padding}, row);
    rc_onnx_value one = rc_onnx_whole(o, 1),
                  ones = rc_onnx_two(o, "Add", rc_onnx_two(o, "Sub", ids, ids), one);
    rc_onnx_value before = rc_onnx_whole(o, row[0] - 1);
    if (row[1] == row[0] + 1) return rc_onnx_two(o, "Add", rc_onnx_two(o, "CumSum", ones, one), before);
    rc_onnx_value hidden = rc_onnx_two(o, "Equal", ids, rc_onnx_whole(o, padding));
    rc_onnx_value counted = rc_onnx_two(o, "Sub", ones, rc_onnx_cast(o, hidden, RC_DTYPE_I64));
    counted = rc_onnx_two(o, "Add", rc_onnx_two(o, "CumSum", counted, one), before);
    return rc_onnx_node(o, "Where",
                        (rc_onnx_value[RC_ONNX_INPUTS]){hidden, rc_onnx_whole(o, row[1]), counted},
                        (rc_onnx_attribute){0});
}

/* Texts may have any number of tokens, so a few are recorded. All are of the first type. */
static rc_status take_tokens(work *w)
{
    enum { RECORDED = 4 };
    const rc_task *t = w->e->trained.task;
    const rc_backbone *family = rc_backbone_of(&t->backbone);
    RC_CHECK(family->number, RC_UNSUPPORTED,
             "%s: the biases of a %s belong to texts of one length, and ONNX cannot make them for others",
             w->e->how->name, family->name);
    int64_t tokens = t->layout.input.length < RECORDED ? t->layout.input.length : RECORDED;
    rc_shape shape = RC_SHAPE(1, tokens), any = RC_SHAPE(RC_ONNX_BATCH, RC_ONNX_TOKENS);
    rc_onnx_value ids = rc_onnx_input(w->o, "input_ids", RC_DTYPE_I64, any);
    rc_onnx_value mask =
        rc_onnx_cast(w->o, rc_onnx_input(w->o, "attention_mask", RC_DTYPE_I64, any), RC_DTYPE_F32);
    w->feed = (rc_feed){.x = record_input(w->e->trained.graph, RC_DTYPE_I32, shape),
                        .length = record_input(w->e->trained.graph, RC_DTYPE_I32, RC_SHAPE(1)),
                        .types = record_input(w->e->trained.graph, RC_DTYPE_I32, shape),
                        .positions = record_input(w->e->trained.graph, RC_DTYPE_I32, shape)};
    RC_TRY(rc__onnx_graph_bind(w->t, w->feed.x, ids));
    RC_TRY(rc__onnx_graph_bind(w->t, w->feed.length, mask));
    RC_TRY(rc__onnx_graph_bind(w->t, w->feed.types, rc_onnx_two(w->o, "Sub", ids, ids)));
    return rc__onnx_graph_bind(w->t, w->feed.positions, number_tokens(w->o, &t->backbone, ids));
}

/* ---- outputs -> answers ---- */

static rc_onnx_value decode(rc_onnx *o, const rc_normaliser *z, rc_onnx_value y)
{
    if (z->kind == RC_NORM_NONE) return y;
    rc_shape shape = RC_SHAPE(z->channels, z->kind == RC_NORM_CHANNEL ? 1 : z->points);
    y = rc_onnx_reshape(o, y, RC_SHAPE(-1, z->channels, z->points));
    y = rc_onnx_two(o, "Mul", y, rc_onnx_constant(o, "normaliser.y.std", RC_DTYPE_F32, shape, z->std));
    return rc_onnx_two(o, "Add", y, rc_onnx_constant(o, "normaliser.y.mean", RC_DTYPE_F32, shape, z->mean));
}

static rc_shape answer_shape(const rc_task *t)
{
    rc_shape shape = {.n = t->y_shape.n + 1, .dim = {RC_ONNX_BATCH}};
    if (t->target == RC_TARGET_WORDS) return RC_SHAPE(RC_ONNX_BATCH, RC_ONNX_TOKENS, t->outputs);
    if (t->target != RC_TARGET_DENSE) return RC_SHAPE(RC_ONNX_BATCH, t->outputs);
    memcpy(shape.dim + 1, t->y_shape.dim, (size_t)t->y_shape.n * sizeof *shape.dim);
    return shape;
}

static const char *answer_name(const rc_task *t)
{
    rc_says says = rc_task_says(t);
    return says == RC_SAYS_CLASSES || says == RC_SAYS_LABELS ? "probabilities" : "values";
}

static void answer(rc_onnx *o, const rc_task *t, rc_onnx_value y)
{
    rc_shape shape = answer_shape(t);
    switch (rc_task_says(t)) {
    case RC_SAYS_NUMBERS:
        y = decode(o, &t->ny, y);
        break;
    case RC_SAYS_CLASSES:
        y = rc_onnx_softmax(o, y);
        break;
    case RC_SAYS_LABELS:
        y = rc_onnx_one(o, "Sigmoid", y);
        break;
    case RC_SAYS_RATES:
        y = rc_onnx_one(o, "Exp", y);
        break;
    case RC_SAYS_RISKS:
        break;
    case RC_SAYS_POINTS:
    case RC_SAYS_QUANTILES:
        break; /* refused (exports.c) */
    }
    if (t->target != RC_TARGET_WORDS) y = rc_onnx_reshape(o, y, shape);
    rc_onnx_output(o, answer_name(t), y, shape);
}

/* ---- all of it ---- */

/* The names of the classes, as a JSON list. */
static rc_status note_classes(rc_onnx *o, const rc_task *t, rc_json *told)
{
    char *text;
    if (!t->labels) return RC_OK;
    rc_json *list = rc_json_set(told, "classes", rc_json_array());
    for (int64_t i = 0; i < t->labels; i++)
        rc_json_append_string(list, t->label_name[i]);
    RC_TRY(rc_json_text(list, false, &text));
    rc_onnx_note(o, "classes", text);
    rc_free(text);
    return RC_OK;
}

static void tell(const rc_task *t, rc_json *told)
{
    bool tokens = t->layout.input.kind == RC_INPUT_TOKENS;
    rc_json *inputs = rc_json_set(told, "inputs", rc_json_array());
    rc_json_append_string(inputs, tokens ? "input_ids" : "x");
    if (tokens) rc_json_append_string(inputs, "attention_mask");
    rc_json_set_string(told, "answer", answer_name(t));
    rc_json_set_integer(told, "opset", RC_ONNX_OPSET);
}

static rc_status translate(work *w)
{
    rc_trained *t = &w->e->trained;
    rc_graph_reset(t->graph, true);
    RC_TRY(t->task->layout.input.kind == RC_INPUT_TOKENS ? take_tokens(w) : take_numbers(w));
    rc_var y = rc_task_outputs(t->graph, t->model, t->task, &w->feed);
    answer(w->o, t->task, rc__onnx_graph_translate(w->t, y));
    RC_TRY(note_classes(w->o, t->task, w->e->told));
    tell(t->task, w->e->told);
    return RC_OK;
}

rc_status rc__export_onnx(rc__exporting *e)
{
    work w = {.e = e};
    RC_CHECK(rc_path_has_suffix(e->how->out, ".onnx"), RC_CONFIG, "\1out %s: takes a file .onnx",
             e->how->out);
    RC_TRY(rc_file_check_writable(e->how->out));
    RC_TRY(rc_onnx_create(&w.o));
    rc_status status = rc__onnx_graph_create(w.o, e->trained.graph, e->trained.model->params, &w.t);
    if (status == RC_OK) status = translate(&w);
    if (status == RC_OK) status = rc_onnx_write(w.o, e->how->out);
    rc__onnx_graph_destroy(&w.t);
    rc_onnx_destroy(&w.o);
    return status;
}
