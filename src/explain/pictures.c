/* The worst samples as pictures or signals small enough for a page, and what the answers depend on in them:
 * the gradient of an output with respect to the input (Simonyan, Vedaldi and Zisserman, "Deep inside
 * convolutional networks", 2013), the largest of the channels at each place. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "explain/explain_parts.h"

enum { SIDE = 160, POINTS = 400, MAX_CHANNELS = 3 };

rc_status rc_saliency(rc_graph *g, rc_model *m, const rc_task *t, const float *x, int64_t output,
                      float *gradient)
{
    rc_graph_reset(g, true);
    rc_params_set_trainable(m->params, "", false);
    rc_feed feed = {.x = rc_graph_input(g, RC_DTYPE_F32, rc_input_shape(&t->layout.input, 1), x, true)};
    rc_var y = rc_task_outputs(g, m, t, &feed);
    RC_TRY(rc_graph_status(g));
    float *seed;
    RC_TRY(RC_NEW(&seed, rc_tensor_size(&y->value)));
    seed[output] = 1;
    rc_status status = rc_graph_seed(y, seed);
    rc_free(seed);
    if (status == RC_OK) status = rc_graph_backward(g, false);
    return status == RC_OK ? rc_tensor_download(&feed.x->grad, gradient) : status;
}

/* ---- smaller ---- */

static rc_status resize(const rc_shape *from, const rc_shape *to, const float *in, float *out)
{
    rc_resize *r;
    RC_TRY(rc_resize_create(from->dim[1], from->dim[2], to->dim[1], to->dim[2], &r));
    rc_resize_apply(r, to->dim[0], in, out);
    rc_resize_destroy(&r);
    return RC_OK;
}

/* Two points stand for a piece: its min and its max, in their order. */
static void thin_out(int64_t n, const float *in, int64_t points, float *out)
{
    if (points == n) memcpy(out, in, (size_t)n * sizeof *out);
    for (int64_t p = 0; p < points / 2 && points < n; p++) {
        int64_t from = p * n / (points / 2), to = (p + 1) * n / (points / 2), low = from, high = from;
        for (int64_t i = from; i < to; i++) {
            if (in[i] < in[low]) low = i;
            if (in[i] > in[high]) high = i;
        }
        out[2 * p] = in[low < high ? low : high];
        out[2 * p + 1] = in[low < high ? high : low];
    }
}

static rc_shape shown_shape(const rc_layout *l)
{
    int64_t c = l->x_shape[0], h = l->x_shape[1], w = l->x_shape[2], side = h > w ? h : w;
    if (l->form == RC_FORM_SEQUENCES)
        return RC_SHAPE(c < MAX_CHANNELS ? c : MAX_CHANNELS, 1, h < POINTS ? h : POINTS);
    if (side > SIDE) {
        h = h * SIDE / side > 0 ? h * SIDE / side : 1;
        w = w * SIDE / side > 0 ? w * SIDE / side : 1;
    }
    return RC_SHAPE(c == 3 ? 3 : 1, h, w);
}

static rc_status shrink(const rc_layout *l, const float *x, const rc_shape *to, float *out)
{
    const int64_t *shape = l->x_shape;
    rc_shape from = RC_SHAPE(shape[0], shape[1], shape[2]);
    if (l->form == RC_FORM_IMAGES) return resize(&from, to, x, out);
    for (int64_t c = 0; c < to->dim[0]; c++)
        thin_out(shape[1], x + c * shape[1], to->dim[2], out + c * to->dim[2]);
    return RC_OK;
}

/* ---- maps ---- */

/* Where the places of what the model is given are those of the sample. */
static bool has_places(const rc_trained *of)
{
    const rc_layout *l = &of->task->layout;
    bool image = l->form == RC_FORM_IMAGES && l->input.kind == RC_INPUT_IMAGE,
         signal = l->form == RC_FORM_SEQUENCES && l->input.kind == RC_INPUT_SIGNAL;
    return of->model && !of->task->n_more && of->task->target != RC_TARGET_DENSE && (image || signal);
}

/* Lengths of the gradients at each place, the largest of the channels, as large as the picture. */
static rc_status map_of(const rc_layout *l, float *gradient, const rc_shape *shown, float *out)
{
    const rc_input *in = &l->input;
    bool image = in->kind == RC_INPUT_IMAGE;
    /* Channels of a signal lie one behind the other, also where each has tokens of its own. */
    int64_t channels = image ? in->channels : l->x_shape[0], places = rc_input_size(in) / channels;
    for (int64_t i = 0; i < places; i++) {
        float max = 0;
        for (int64_t c = 0; c < channels; c++)
            max = fmaxf(max, fabsf(gradient[c * places + i]));
        gradient[i] = max;
    }
    rc_shape to = RC_SHAPE(1, shown->dim[1], shown->dim[2]);
    /* A signal that is not resampled has zeros behind it. */
    rc_shape from =
        image ? RC_SHAPE(1, in->height, in->width) : RC_SHAPE(1, 1, l->resampled ? places : l->x_shape[1]);
    return resize(&from, &to, gradient, out);
}

typedef struct showing {
    const rc__judged *j;
    rc_explained *out;
    int input;
    float *raw, *given, *gradient;
    int64_t size, place; /* numbers of a picture, and of a map */
} showing;

static rc_status add_map(showing *s, int64_t i, int64_t output)
{
    const rc_trained *of = s->j->q->of;
    const rc_layout *l = &of->task->layout;
    rc_task_prepare(of->task, NULL, 0, s->raw, s->given);
    RC_TRY(rc_saliency(of->graph, of->model, of->task, s->given, output, s->gradient));
    s->out->maps = i + 1;
    return map_of(l, s->gradient, &s->out->input, s->out->map + i * s->place);
}

static rc_status show(showing *s, int64_t n, const int64_t *number, const int64_t *output)
{
    const rc_explain_request *q = s->j->q;
    const rc_layout *l = rc_task_layout(q->of->task, s->input);
    bool maps = has_places(q->of);
    double started = rc_clock();
    if (maps && q->of->model->spec.int8) {
        maps = false;
        RC_TRY(rc_explained_note(s->out,
                                 "which places of a sample count is not drawn: that takes gradients, "
                                 "and 8-bit weights have none; report on the run they were made from"));
    }
    RC_TRY(RC_NEW_RAW(&s->out->x, n * s->size));
    RC_TRY(RC_NEW(&s->out->map, n * s->place));
    RC_TRY(RC_NEW_RAW(&s->raw, rc_layout_room(l)));
    RC_TRY(RC_NEW_RAW(&s->given, rc_input_size(&l->input)));
    RC_TRY(RC_NEW_RAW(&s->gradient, rc_input_size(&l->input)));
    for (int64_t i = 0; i < n; i++) {
        rc_part_read(s->j->part, q->of->task->data, s->input, number[i], s->raw);
        RC_TRY(rc_dataset_status(q->of->task->data));
        bool absent = q->of->task->n_more && rc_input_is_absent(s->raw, rc_layout_size(l));
        if (absent) memset(s->raw, 0, (size_t)rc_layout_size(l) * sizeof *s->raw);
        RC_TRY(shrink(l, s->raw, &s->out->input, s->out->x + i * s->size));
        maps = maps && rc_clock() - started < q->seconds;
        if (maps) RC_TRY(add_map(s, i, output[i]));
    }
    return RC_OK;
}

/* The first input that is a picture or a signal; -1: none. */
static int drawn_input(const rc_task *t, int *more)
{
    int input = -1;
    *more = 0;
    for (int k = 0; k <= t->n_more; k++) {
        rc_form form = rc_task_layout(t, k)->form;
        if (form != RC_FORM_IMAGES && form != RC_FORM_SEQUENCES) continue;
        *more += input >= 0;
        if (input < 0) input = k;
    }
    return input;
}

rc_status rc__picture(const rc__judged *j, int64_t n, const int64_t *number, const int64_t *output,
                      rc_explained *out)
{
    int more, input = drawn_input(j->q->of->task, &more);
    if (input < 0) return RC_OK;
    if (more)
        RC_TRY(rc_explained_note(out, "of several inputs that are pictures or signals %s is drawn",
                                 rc_task_input_name(j->q->of->task, input)));
    const rc_layout *l = rc_task_layout(j->q->of->task, input);
    out->input = shown_shape(l);
    out->points = l->form == RC_FORM_SEQUENCES ? l->x_shape[1] : 0;
    showing s = {.j = j,
                 .out = out,
                 .input = input,
                 .size = rc_shape_size(&out->input),
                 .place = out->input.dim[1] * out->input.dim[2]};
    rc_status status = show(&s, n, number, output);
    rc_free(s.raw);
    rc_free(s.given);
    rc_free(s.gradient);
    return status;
}
