/* The start of a linear head: ridge regression in closed form on what it reads of the model as it is, its
 * strength chosen by leaving samples out, its scores made logits that are as sure as they were right. A
 * random head would first send the body its noise (Kumar et al., "Fine-tuning can distort pretrained
 * features", ICLR 2022). */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "tasks/readout.h"
#include "training/rehearsal.h"

enum { MAX_SAMPLES = 1500 };

/* By default where it was seen to help: before models of images, not before those of text. */
static bool is_wanted(const rc_session *s)
{
    const rc_model_spec *spec = &s->model->spec;
    rc_head_begins begins = s->config.fit.head_start;
    bool text = rc_backbone_of(&spec->backbone)->native->input == RC_INPUT_TOKENS;
    bool asked = begins == RC_HEAD_BEGINS_RIDGE || (begins == RC_HEAD_BEGINS_AUTO && !text);
    bool served = s->task->loss != RC_LOSS_POISSON && !spec->ordered && rc_task_says_target(s->task);
    return asked && served && s->task->data->train.n > 2 && spec->head == RC_HEAD_LINEAR &&
           rc_readout_serves(s->model);
}

static int64_t samples(const rc_session *s)
{
    int64_t n = s->task->data->train.n;
    return rc_readout_max(s->model, n < MAX_SAMPLES ? n : MAX_SAMPLES);
}

/* The samples order[0 .. out->n) of the training part. */
static rc_status take(rc_session *s, const int64_t *order, rc_readout *out)
{
    return rc_readout_take(s->graph, s->model, s->task, &s->task->data->train, order, samples(s),
                           s->config.fit.batch, out);
}

/* Beside the run, in the order of the training part: what is said of each sample out of fold. */
static rc_status keep_held(rc_session *s, const int64_t *order, const rc_readout *read,
                           const rc_plain_held *held)
{
    int64_t width = read->form.outputs;
    rc_plain_held kept = *held;
    RC_TRY(RC_NEW_RAW(&kept.said, read->n * width));
    for (int64_t i = 0; i < read->n; i++)
        memcpy(kept.said + order[i] * width, held->said + i * width, (size_t)width * sizeof *kept.said);
    rc_status status = rc_out_of_fold_keep(s, &kept);
    rc_free(kept.said);
    return status;
}

static rc_status learn(rc_session *s, const int64_t *order, const rc_readout *read, rc_plain **out)
{
    rc_plain_held held = {0};
    bool all = read->n == s->task->data->train.n;
    if (all) RC_TRY(rc_out_of_fold_room(s, rc_plain_seconds("probe", &read->form, read->n, 0), &held));
    rc_status status = rc_readout_fit(read, (uint64_t)s->config.seed, held.said ? &held : NULL, out);
    if (status == RC_OK && held.said) status = keep_held(s, order, read, &held);
    rc_free(held.said);
    return status;
}

static rc_status set_head(rc_model *m, const rc_plain *p)
{
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

static rc_status rehearse(rc_session *s)
{
    double seconds;
    RC_TRY(rc_rehearse_readout(s, samples(s), 0, &seconds));
    rc_rehearsal_add(s, 0, 0, seconds);
    return RC_OK;
}

/* Classes in order: the thresholds under which each is as likely as it is frequent, whatever is read. */
static rc_status set_thresholds(rc_session *s)
{
    const rc_dataset *d = s->task->data;
    rc_tensor to = rc_params_value(s->model->params, s->model->thresholds);
    int64_t *count = NULL, n = s->model->spec.outputs;
    float *x = NULL;
    rc_status status = RC_NEW(&count, n);
    if (status == RC_OK) status = RC_NEW_RAW(&x, n - 1);
    if (status == RC_OK) {
        double all = (double)rc_part_count_labels(&d->train, d, count) + (double)n, below = 0, last = 0;
        for (int64_t k = 0; k < n - 1; k++) {
            below += (double)count[k] + 1; /* a class without a sample has room all the same */
            double z = log(below / (all - below));
            x[k] = (float)(k == 0 ? z : log(z - last));
            last = z;
        }
        status = rc_tensor_upload(&to, x);
    }
    rc_free(count);
    rc_free(x);
    return status;
}

rc_status rc_head_start(rc_session *s, bool *started)
{
    rc_readout read = {0};
    rc_plain *p = NULL;
    int64_t *order, n = s->task->data->train.n;
    if (s->model->spec.ordered && s->config.fit.head_start != RC_HEAD_BEGINS_SEED) RC_TRY(set_thresholds(s));
    *started = is_wanted(s);
    if (!*started) return RC_OK;
    if (s->rehearsal) return rehearse(s);
    RC_TRY(RC_NEW(&order, n));
    rc_status status = rc_part_order(&s->task->data->train, (uint64_t)s->config.seed, 0, order);
    if (status == RC_OK) status = take(s, order, &read);
    if (status == RC_OK) status = learn(s, order, &read, &p);
    if (status == RC_OK) status = set_head(s->model, p);
    rc_plain_destroy(&p);
    rc_readout_free(&read);
    rc_free(order);
    return status;
}
