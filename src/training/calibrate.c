/* Probabilities that can be believed: one number, the temperature T, divides the logits, chosen so that the
 * validation part is explained best (Guo et al., "On calibration of modern neural networks", ICML 2017). T
 * becomes part of the head, so that whatever uses the model has it.
 *
 * A small part that is all right would make the model infinitely sure. So truths are taken for a little less
 * than certain, as Platt does (1999): 1 - e, with e = 1 / (n + 2), and the rest for the other classes. */
#include "training/calibrate.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

typedef struct logits {
    int64_t n, width;
    float *z; /* [n, width] */
    int32_t *label;
} logits;

static rc_status take(void *context, int64_t first, const rc_batch *b, const float *output)
{
    logits *l = context;
    memcpy(l->z + first * l->width, output, (size_t)(b->n * l->width) * sizeof *output);
    memcpy(l->label + first, b->label, (size_t)b->n * sizeof *b->label);
    return RC_OK;
}

/* Of the mean loss by s = 1 / T: what the model expects of z less what the truth has. Grows with s. */
static double slope(const logits *l, double s)
{
    double sum = 0, doubt = 1.0 / (double)(l->n + 2), other = doubt / (double)(l->width - 1);
    for (int64_t i = 0; i < l->n; i++) {
        const float *z = l->z + i * l->width;
        double max = (double)z[0], shares = 0, said = 0;
        for (int64_t k = 1; k < l->width; k++)
            max = (double)z[k] > max ? (double)z[k] : max;
        for (int64_t k = 0; k < l->width; k++) {
            double share = exp(s * ((double)z[k] - max));
            shares += share;
            said += share * (double)z[k];
            sum -= (k == l->label[i] ? 1 - doubt : other) * (double)z[k];
        }
        sum += said / shares;
    }
    return sum / (double)l->n;
}

static double choose(const logits *l)
{
    enum { STEPS = 50 };
    double low = log(1.0 / 64), high = log(64);
    for (int i = 0; i < STEPS; i++) {
        double middle = (low + high) / 2;
        if (slope(l, exp(middle)) > 0)
            high = middle;
        else
            low = middle;
    }
    return exp(-(low + high) / 2);
}

static rc_status divide_head(rc_model *m, double temperature)
{
    for (int i = 0; i < 2; i++) {
        rc_tensor t = rc_params_value(m->params, m->head[i]);
        void *host;
        RC_TRY(rc_tensor_map_update(&t, &host));
        for (int64_t k = 0; k < rc_tensor_size(&t); k++)
            ((float *)host)[k] = (float)(((float *)host)[k] / temperature);
        rc_tensor_unmap(&t, host);
    }
    return RC_OK;
}

static rc_status score(rc_session *s, rc_output_visitor visit, void *context, rc_score *out)
{
    return rc_evaluate(s->graph, s->model, s->task, &s->task->data->valid, s->config.fit.batch, visit,
                       context, out);
}

static rc_status calibrate(rc_session *s, logits *l, rc_json *result)
{
    rc_score value;
    RC_TRY(RC_NEW(&l->z, l->n * l->width));
    RC_TRY(RC_NEW(&l->label, l->n));
    RC_TRY(score(s, take, l, &value));
    double temperature = choose(l);
    RC_TRY(divide_head(s->model, temperature));
    RC_TRY(score(s, NULL, NULL, &value));
    if (s->at.scored) s->at.best_metric = value.metric;
    rc_json_set_number(result, "temperature", temperature);
    return RC_OK;
}

rc_status rc_calibrate(rc_session *s, rc_json *result)
{
    if (!s->config.fit.calibrate) return RC_OK;
    if (!s->model) {
        rc_session_note(s, "fit.calibrate: a plain predictor's probabilities stay as they are");
        return RC_OK;
    }
    logits l = {.n = s->task->data->valid.n, .width = s->task->outputs};
    if (l.n == 0 || s->learnt_valid) {
        rc_session_note(
            s,
            "fit.calibrate: probabilities stay as they are, since every validation sample was learnt from");
        return RC_OK;
    }
    bool averages = s->task->averages;
    s->task->averages = s->task->turns;
    rc_status status = calibrate(s, &l, result);
    s->task->averages = averages;
    rc_free(l.z);
    rc_free(l.label);
    return status;
}
