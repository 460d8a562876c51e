#include "methods/scores.h"

#include <math.h>

#include "tasks/readout.h"
#include "transport/transport.h"

static rc_status measure_logme(const rc_readout *r, double *out)
{
    int64_t outputs = r->form.outputs, inputs = rc_plain_inputs(&r->form);
    float *of_classes;
    if (!r->label) return rc_logme(r->n, inputs, outputs, r->x, r->y, out);
    RC_TRY(RC_NEW(&of_classes, r->n * outputs));
    for (int64_t i = 0; i < r->n; i++)
        of_classes[i * outputs + r->label[i]] = 1;
    rc_status status = rc_logme(r->n, inputs, outputs, r->x, of_classes, out);
    rc_free(of_classes);
    return status;
}

static rc_status measure_probe(const rc_alignment *a, const rc_readout *r, double *out)
{
    rc_plain_held held;
    rc_plain *probe = NULL;
    RC_TRY(RC_NEW_RAW(&held.said, r->n * r->form.outputs));
    rc_status status = rc_readout_fit(r, (uint64_t)a->c->seed, &held, &probe);
    if (status == RC_OK) *out = rc_readout_loss_of(r, held.said);
    rc_plain_destroy(&probe);
    rc_free(held.said);
    return status;
}

static rc_status measure_frozen(const rc_alignment *a, int64_t max, rc_source_scores *out)
{
    enum { FEW = 3 };
    rc_readout r;
    int64_t n = rc_readout_max(a->model, a->n < max ? a->n : max);
    if (n < FEW) return RC_OK;
    out->samples = n;
    rc_status status = rc_readout_take(a->graph, a->model, a->task, &a->task->data->train, a->index, n,
                                       a->c->align.batch, &r);
    if (status == RC_OK) status = measure_logme(&r, &out->logme);
    if (status == RC_OK) status = measure_probe(a, &r, &out->probe);
    rc_readout_free(&r);
    return status;
}

rc_status rc_source_scores_measure(const rc_alignment *a, int64_t max, rc_source_scores *out)
{
    *out = (rc_source_scores){.logme = NAN, .probe = NAN};
    return max > 0 && rc_readout_serves(a->model) ? measure_frozen(a, max, out) : RC_OK;
}
