#include "tasks/readout.h"

#include <math.h>
#include <string.h>

#include "parallel/parallel.h"

/* Numbers of all samples together, and points of a field: what takes seconds. */
enum { MAX_NUMBERS = 1 << 24, MAX_POINTS = 64 };
/* A probability of 0 has no finite logarithm. */
static const double MIN = 1e-6;

bool rc_readout_serves(const rc_model *m)
{
    return m->spec.head == RC_HEAD_LINEAR || m->spec.head == RC_HEAD_DENSE;
}

static int64_t width_of(const rc_model *m)
{
    return m->spec.head == RC_HEAD_LINEAR ? rc_model_readout(m)
                                          : rc_model_features(m) * rc_grid_tokens(&m->last);
}

int64_t rc_readout_max(const rc_model *m, int64_t samples)
{
    int64_t room = MAX_NUMBERS / width_of(m);
    return samples < room ? samples : room;
}

static rc_plain_form form_of(const rc_model *m, const rc_task *t)
{
    rc_plain_target target = t->target == RC_TARGET_CLASSES      ? RC_PLAIN_CLASSES
                             : t->target == RC_TARGET_DENSE      ? RC_PLAIN_NUMBERS
                             : rc_task_says(t) == RC_SAYS_LABELS ? RC_PLAIN_LABELS
                                                                 : RC_PLAIN_NUMBERS;
    int64_t outputs = t->target == RC_TARGET_CLASSES ? t->outputs : t->y_size;
    if (t->target == RC_TARGET_DENSE && outputs > MAX_POINTS) outputs = MAX_POINTS;
    return (rc_plain_form){
        .target = target, .outputs = outputs, .form = RC_FORM_TABLE, .x_shape = {1, width_of(m), 1}};
}

static rc_status take_batch(rc_graph *g, rc_model *m, const rc_task *t, const rc_batch *b, int64_t first,
                            rc_readout *out)
{
    rc_graph_reset(g, false);
    rc_feed feed = rc_task_feed(g, t, b->n, &b->given);
    rc_var u = rc_model_embed(g, m, &feed);
    rc_var read = rc_model_body(g, m, u, &feed);
    if (m->spec.head == RC_HEAD_LINEAR) read = rc_model_read(g, m, read, &feed);
    RC_TRY(rc_graph_status(g));
    int64_t outputs = out->form.outputs;
    if (out->label) memcpy(out->label + first, b->label, (size_t)b->n * sizeof *b->label);
    for (int64_t i = 0; i < b->n && out->y; i++) /* points of a field lie evenly; else these are all */
        for (int64_t k = 0; k < outputs; k++)
            out->y[(first + i) * outputs + k] =
                rc_batch_number(t, b, i * t->y_size + k * t->y_size / outputs);
    return rc_tensor_download(&read->value, out->x + first * rc_plain_inputs(&out->form));
}

static rc_status take_groups(const rc_part *part, const int64_t *order, int64_t n, rc_readout *out)
{
    int64_t groups, *of_part = NULL;
    rc_status status = RC_NEW_RAW(&out->group, n);
    if (status == RC_OK) status = RC_NEW_RAW(&of_part, part->n);
    if (status == RC_OK) status = rc_part_groups(part, of_part, &groups);
    for (int64_t i = 0; i < n && status == RC_OK; i++)
        out->group[i] = of_part[order[i]];
    rc_free(of_part);
    return status;
}

/* Every rank has read some batches. */
static rc_status complete(int64_t n, int64_t batch, rc_readout *out)
{
    size_t inputs = (size_t)rc_plain_inputs(&out->form) * sizeof *out->x;
    RC_TRY(rc_parallel_complete(n, batch, NULL, inputs, out->x));
    if (out->label) return rc_parallel_complete(n, batch, NULL, sizeof *out->label, out->label);
    return rc_parallel_complete(n, batch, NULL, (size_t)out->form.outputs * sizeof *out->y, out->y);
}

rc_status rc_readout_take(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part,
                          const int64_t *order, int64_t n, int64_t batch, rc_readout *out)
{
    rc_batch b = {0};
    *out = (rc_readout){.form = form_of(m, t), .n = n};
    bool classes = out->form.target == RC_PLAIN_CLASSES;
    rc_status status = RC_NEW_RAW(&out->x, n * rc_plain_inputs(&out->form));
    if (status == RC_OK && classes) status = RC_NEW_RAW(&out->label, n);
    if (status == RC_OK && !classes) status = RC_NEW_RAW(&out->y, n * out->form.outputs);
    if (status == RC_OK) status = take_groups(part, order, n, out);
    if (status == RC_OK) status = rc_part_weights(part, order, n, &out->weight);
    if (status == RC_OK) status = rc_batch_create(t, batch, &b);
    int64_t first, end;
    rc_parallel_batches(n, batch, &first, &end);
    for (int64_t i = first; i < end && status == RC_OK; i += batch) {
        status = rc_batch_fill(&b, t, part, order + i, end - i < batch ? end - i : batch, NULL);
        if (status == RC_OK) status = take_batch(g, m, t, &b, i, out);
    }
    rc_batch_free(&b);
    if (status == RC_OK) status = complete(n, batch, out);
    if (status == RC_OK && out->y) rc_fill_unknown(n, out->form.outputs, out->y);
    return status;
}

void rc_readout_free(rc_readout *r)
{
    rc_free(r->x);
    rc_free(r->y);
    rc_free(r->label);
    rc_free(r->group);
    rc_free(r->weight);
    *r = (rc_readout){0};
}

rc_status rc_readout_fit(const rc_readout *r, uint64_t seed, rc_plain_held *held, rc_plain **out)
{
    rc_plain_samples samples = {r->n, r->x, r->label, r->y, r->group, r->weight, NULL};
    rc_plain_options options = {.seed = seed, .versions = r->versions};
    return rc_plain_fit("probe", &r->form, &samples, &options, held, out);
}

static double loss_of(const rc_readout *r, int64_t i, const float *said)
{
    int64_t outputs = r->form.outputs;
    double sum = 0;
    if (r->label) return -log(fmax((double)said[r->label[i]], MIN));
    for (int64_t k = 0; k < outputs; k++) {
        double y = (double)r->y[i * outputs + k], p = (double)said[k];
        sum += r->form.target == RC_PLAIN_LABELS ? -y * log(fmax(p, MIN)) - (1 - y) * log(fmax(1 - p, MIN))
                                                 : (y - p) * (y - p);
    }
    return sum / (double)outputs;
}

double rc_readout_loss_of(const rc_readout *r, const float *said)
{
    double sum = 0;
    for (int64_t i = 0; i < r->n; i++)
        sum += loss_of(r, i, said + i * r->form.outputs);
    return sum / (double)r->n;
}

rc_status rc_readout_loss(const rc_readout *r, const rc_plain *p, double *out)
{
    float *said;
    RC_TRY(RC_NEW_RAW(&said, r->n * r->form.outputs));
    rc_status status = rc_plain_predict(p, r->n, r->x, said);
    if (status == RC_OK) *out = rc_readout_loss_of(r, said);
    rc_free(said);
    return status;
}
