/* The start of a linear head: ridge regression in closed form on what it reads of the model as it is, its
 * strength chosen by leaving samples out, its scores made logits that are as sure as they were right. A
 * random head would first send the body its noise (Kumar et al., "Fine-tuning can distort pretrained
 * features", ICLR 2022). */
#include <string.h>

#include "plain/plain.h"
#include "training/session.h"

/* Samples, and numbers of all of them together: what takes seconds. */
enum { MOST_SAMPLES = 1500, MOST_NUMBERS = 1 << 24 };

typedef struct start {
    rc_session *s;
    int64_t n, width;
    int64_t *sample;
    float *x, *y; /* [n, width]; [n, outputs] */
    int32_t *label;
} start;

static rc_plain_form form_of(const start *h)
{
    const rc_task *t = h->s->task;
    rc_plain_target target = t->target == RC_TARGET_CLASSES ? RC_PLAIN_CLASSES
                             : t->loss == RC_LOSS_BCE       ? RC_PLAIN_LABELS
                                                            : RC_PLAIN_NUMBERS;
    return (rc_plain_form){
        .target = target, .outputs = h->s->model->spec.outputs, .x_shape = {1, h->width, 1}};
}

/* By default where it was seen to help: before models of images. */
static bool is_wanted(const rc_session *s)
{
    const rc_model_spec *spec = &s->model->spec;
    const char *begin = s->config.fit.head_start;
    bool images = rc_backbone_of(&spec->backbone)->native->input == RC_INPUT_IMAGE;
    bool asked = strcmp(begin, "ridge") == 0 || (strcmp(begin, "auto") == 0 && images);
    return asked && s->task->data->train.n > 2 && spec->head == RC_HEAD_LINEAR && !spec->of_words;
}

static int64_t count(const rc_session *s)
{
    int64_t n = s->task->data->train.n, room = MOST_NUMBERS / rc_model_readout(s->model);
    n = n < MOST_SAMPLES ? n : MOST_SAMPLES;
    return n < room ? n : room;
}

static rc_status take_batch(start *h, const rc_batch *b, int64_t first)
{
    rc_session *s = h->s;
    int64_t y_size = s->model->spec.outputs;
    rc_graph_reset(s->graph, false);
    rc_feed feed = rc_batch_feed(s->graph, s->task, b);
    rc_var u = rc_model_embed(s->graph, s->model, &feed);
    rc_var tokens = rc_model_body(s->graph, s->model, u, feed.length);
    rc_var read = rc_model_read(s->graph, s->model, tokens, feed.length);
    RC_TRY(rc_graph_status(s->graph));
    if (s->task->target == RC_TARGET_CLASSES)
        memcpy(h->label + first, b->label, (size_t)b->n * sizeof *b->label);
    else
        memcpy(h->y + first * y_size, b->y, (size_t)(b->n * y_size) * sizeof *b->y);
    return rc_tensor_download(&read->value, h->x + first * h->width);
}

static rc_status take(start *h)
{
    rc_session *s = h->s;
    rc_batch b = {0};
    int64_t batch = s->config.fit.batch;
    RC_TRY(RC_NEW(&h->sample, s->task->data->train.n));
    RC_TRY(RC_NEW_RAW(&h->x, h->n * h->width));
    RC_TRY(RC_NEW(&h->y, h->n * s->model->spec.outputs));
    RC_TRY(RC_NEW(&h->label, h->n));
    rc_epoch_order((uint64_t)s->config.seed, 0, s->task->data->train.n, h->sample);
    rc_status status = rc_batch_create(s->task, batch, &b);
    for (int64_t i = 0; i < h->n && status == RC_OK; i += batch) {
        rc_batch_fill(&b, s->task, &s->task->data->train, h->sample + i, h->n - i < batch ? h->n - i : batch,
                      NULL);
        status = take_batch(h, &b, i);
    }
    rc_batch_free(&b);
    return status;
}

static rc_status set_head(const start *h, const rc_plain *p)
{
    rc_model *m = h->s->model;
    rc_tensor weight = rc_params_value(m->params, m->head[0]), bias = rc_params_value(m->params, m->head[1]);
    float *w, *b;
    RC_TRY(RC_NEW_RAW(&w, rc_tensor_size(&weight) + m->spec.outputs));
    b = w + rc_tensor_size(&weight);
    rc_plain_linear(p, w, b);
    rc_status status = rc_tensor_upload(&weight, w);
    if (status == RC_OK) status = rc_tensor_upload(&bias, b);
    rc_free(w);
    return status;
}

static rc_status run(start *h)
{
    rc_plain *p;
    rc_plain_form form = form_of(h);
    rc_plain_options options = {.seed = (uint64_t)h->s->config.seed};
    RC_TRY(take(h));
    rc_plain_samples samples = {h->n, h->x, h->label, h->y};
    RC_TRY(rc_plain_fit("probe", &form, &samples, &options, NULL, &p));
    rc_status status = set_head(h, p);
    rc_plain_destroy(&p);
    return status;
}

rc_status rc_head_start(rc_session *s, bool *started)
{
    *started = is_wanted(s);
    if (!*started) return RC_OK;
    start h = {.s = s, .n = count(s), .width = rc_model_readout(s->model)};
    rc_status status = run(&h);
    rc_free(h.sample);
    rc_free(h.x);
    rc_free(h.y);
    rc_free(h.label);
    return status;
}
