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
    return asked && rc_loss_of(s->task->loss)->ridge && s->task->data->train.n > 2 &&
           spec->head == RC_HEAD_LINEAR && rc_readout_serves(s->model);
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
    /* Of a sample in several versions there is no one answer. */
    bool all = !read->versions && read->n == s->task->data->train.n;
    if (all) RC_TRY(rc_out_of_fold_room(s, rc_plain_seconds("probe", &read->form, read->n, 0), &held));
    rc_status status = rc_readout_fit(read, (uint64_t)s->config.seed, held.said ? &held : NULL, out);
    if (status == RC_OK && held.said) status = keep_held(s, order, read, &held);
    rc_free(held.said);
    return status;
}

/* ---- samples that lack an input ---- */

/* Of which each has a row whole, and one without each input. 0: none is hidden, or the head reads so many
 * numbers that too few samples would be left. */
static int64_t hidden_samples(const rc_session *s)
{
    int64_t n = samples(s), max = rc_readout_max(s->model, MAX_SAMPLES) / (2 + s->task->n_more);
    return rc_task_hides(s->task, &s->config) == 0 || max < 3 ? 0 : n < max ? n : max;
}

static rc_status make_room(const rc_readout *like, int64_t n, int versions, rc_readout *out)
{
    *out = (rc_readout){.form = like->form, .n = n, .versions = versions};
    RC_TRY(RC_NEW_RAW(&out->x, n * rc_plain_inputs(&out->form)));
    RC_TRY(like->label ? RC_NEW_RAW(&out->label, n) : RC_NEW_RAW(&out->y, n * out->form.outputs));
    return RC_NEW_RAW(&out->weight, n);
}

/* As rows of `all` from first on, which count as so many. */
static void append(const rc_readout *one, int64_t first, double weight, rc_readout *all)
{
    int64_t inputs = rc_plain_inputs(&one->form), outputs = one->form.outputs;
    memcpy(all->x + first * inputs, one->x, (size_t)(one->n * inputs) * sizeof *one->x);
    if (one->label) memcpy(all->label + first, one->label, (size_t)one->n * sizeof *one->label);
    if (one->y) memcpy(all->y + first * outputs, one->y, (size_t)(one->n * outputs) * sizeof *one->y);
    for (int64_t i = 0; i < one->n; i++)
        all->weight[first + i] = weight * (one->weight ? one->weight[i] : 1);
}

/* Each sample whole, and without each of its inputs, which together count as often as training hides one. A
 * head that has missed none says anything without one. */
static rc_status take_hidden(rc_session *s, const int64_t *order, rc_readout *all)
{
    int inputs = 1 + s->task->n_more;
    int64_t n = hidden_samples(s);
    double hidden = rc_task_hides(s->task, &s->config);
    rc_status status = RC_OK;
    for (int k = 0; k <= inputs && status == RC_OK; k++) {
        rc_readout one;
        rc_task lacking = *s->task;
        if (k < inputs) lacking.without = 1u << k;
        status = rc_readout_take(s->graph, s->model, &lacking, &s->task->data->train, order, n,
                                 s->config.fit.batch, &one);
        if (status == RC_OK && k == 0) status = make_room(&one, n * (1 + inputs), 1 + inputs, all);
        if (status == RC_OK)
            append(&one, k * n, (1 + inputs) * (k < inputs ? hidden / inputs : 1 - hidden), all);
        rc_readout_free(&one);
    }
    return status;
}

/* ---- the head ---- */

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
    int64_t hidden = hidden_samples(s);
    RC_TRY(rc_rehearse_readout(s, hidden ? hidden * (2 + s->task->n_more) : samples(s), 0, &seconds));
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
    if (status == RC_OK) status = hidden_samples(s) ? take_hidden(s, order, &read) : take(s, order, &read);
    if (status == RC_OK) status = learn(s, order, &read, &p);
    if (status == RC_OK) status = set_head(s->model, p);
    rc_plain_destroy(&p);
    rc_readout_free(&read);
    rc_free(order);
    return status;
}
