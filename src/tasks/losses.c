/* The losses, one number a sample, and the table of what they are like. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "ops/ops.h"
#include "tasks/task.h"

/* For n numbers until the graph is reset; NULL once it has failed. */
static float *room(rc_graph *g, int64_t n)
{
    void *host = NULL;
    rc_status status = rc_graph_scratch(g, (size_t)n * sizeof(float), &host);
    if (status != RC_OK) (void)rc_graph_fail(g, status);
    return host;
}

static rc_var leaf(rc_graph *g, rc_shape shape, const float *host)
{
    return rc_graph_input(g, RC_DTYPE_F32, shape, host, false);
}

/* Weighted so that the mean over the batch is sum(w loss) / sum(w), as the classes' weights are meant. */
static rc_var batch_weights(rc_graph *g, const rc_task *t, const int32_t *label, int64_t n, int64_t classes)
{
    float *scaled = NULL;
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += t->class_weight[label[i]];
    rc_status status = RC_NEW(&scaled, classes);
    for (int64_t k = 0; k < classes && status == RC_OK; k++)
        scaled[k] = (float)(t->class_weight[k] * (double)n / sum);
    rc_var v = status == RC_OK ? rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(classes), scaled, false)
                               : rc_graph_fail(g, status);
    rc_free(scaled);
    return v;
}

/* The mean over each sample's words as a product: row i of the matrix has 1 / (words of i) at these. A sample
 * without a labelled word has no loss. */
static rc_var mean_of_words(rc_graph *g, const int32_t *row, int64_t rows, int64_t tokens, int64_t n,
                            rc_var loss)
{
    float *share;
    rc_status status = RC_NEW(&share, n * rows);
    if (status != RC_OK) return rc_graph_fail(g, status);
    for (int64_t first = 0, end; first < rows; first = end) {
        int64_t sample = row[first] / tokens;
        for (end = first; end < rows && row[end] / tokens == sample; end++) {
        }
        for (int64_t r = first; r < end; r++)
            share[sample * rows + r] = 1.0f / (float)(end - first);
    }
    rc_var matrix = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(n, rows), share, false);
    rc_free(share);
    return rc_linear(g, loss, matrix, NULL, NULL);
}

/* A batch, or a shard of it, without a labelled word counts nothing; data without any are refused. */
static rc_var no_loss(rc_graph *g, int64_t n)
{
    float *none = room(g, n);
    if (!none) return NULL;
    memset(none, 0, (size_t)n * sizeof *none);
    return leaf(g, RC_SHAPE(n), none);
}

/* Outputs of tokens [n, tokens, K]: those that are the first of a labelled word are samples with classes. */
static rc_var word_loss(rc_graph *g, const rc_task *t, const rc_batch *b, rc_var output, bool training)
{
    int64_t tokens = output->value.shape.dim[1], k = output->value.shape.dim[2];
    int32_t *row;
    rc_status status = RC_NEW_RAW(&row, 2 * b->n * tokens);
    if (status != RC_OK) return rc_graph_fail(g, status);
    int32_t *label = row + b->n * tokens;
    int64_t rows = rc_batch_words(b, t, tokens, row, label);
    rc_task each = *t;
    rc_batch words = {.n = rows, .label = label};
    rc_var loss = NULL;
    each.target = RC_TARGET_CLASSES;
    each.mean_weight = 0; /* which the sample has */
    if (rows > 0) {
        rc_var index = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(rows), row, false);
        output = rc_gather(g, output, index, 1, k, RC_SHAPE(rows, k));
        loss = rc_batch_loss(g, &each, &words, output, training);
        loss = mean_of_words(g, row, rows, tokens, b->n, loss);
    } else {
        loss = no_loss(g, b->n);
    }
    rc_free(row);
    return loss;
}

/* ---- losses of quantiles and of risks, from operations that are there ---- */

/* With e = y - x, max(q e, (q - 1) e) is |e| / 2 + (q - 1/2) e (Koenker and Bassett 1978); the mean over
 * numbers and quantiles. Those of one number lie y_size apart. */
static rc_var pinball(rc_graph *g, const rc_task *t, const rc_batch *b, rc_var output, bool training)
{
    (void)training;
    int64_t n = b->n, width = t->outputs;
    float *y = room(g, n * width + width + 2 * n);
    if (!y) return NULL;
    float *tilt = y + n * width, *rest = tilt + width, *half = rest + n;
    for (int64_t k = 0; k < width; k++)
        tilt[k] = (float)((0.5 - t->quantile[k / t->y_size]) / (double)width);
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int64_t k = 0; k < width; k++) {
            y[i * width + k] = b->y[i * t->y_size + k % t->y_size];
            sum -= (double)tilt[k] * y[i * width + k];
        }
        rest[i] = (float)sum;
        half[i] = 0.5f;
    }
    rc_var error = rc_lp_error(g, output, leaf(g, RC_SHAPE(n, width), y), NULL, NULL, 1, false);
    rc_var tilted =
        rc_linear(g, output, leaf(g, RC_SHAPE(1, width), tilt), NULL, leaf(g, RC_SHAPE(n, 1), rest));
    return rc_scale_channels(g, error, leaf(g, RC_SHAPE(n), half), tilted);
}

/* -log of Cox's partial likelihood (1972; equal times as Breslow has them), mean over the batch's events:
 * which of those at risk it was is a choice among as many classes as there are samples. */
static rc_var cox(rc_graph *g, const rc_task *t, const rc_batch *b, rc_var risk, bool training)
{
    (void)t, (void)training;
    const float gone = -1e30f;
    int64_t n = b->n, events = 0;
    float *at_risk = room(g, n * n + 2 * n);
    int32_t *self = (int32_t *)room(g, n);
    if (!at_risk || !self) return NULL;
    float *one = at_risk + n * n, *share = one + n;
    for (int64_t i = 0; i < n; i++)
        events += b->y[2 * i + 1] == 1;
    for (int64_t i = 0; i < n; i++) {
        self[i] = (int32_t)i;
        one[i] = 1;
        share[i] = b->y[2 * i + 1] == 1 ? (float)n / (float)events : 0;
        for (int64_t k = 0; k < n; k++)
            at_risk[i * n + k] = b->y[2 * k] >= b->y[2 * i] ? 0 : gone;
    }
    rc_var label = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(n), self, false);
    rc_var risks = rc_linear(g, leaf(g, RC_SHAPE(n, 1), one), risk, NULL, leaf(g, RC_SHAPE(n, n), at_risk));
    return rc_scale_channels(g, rc_cross_entropy(g, risks, label, 0), leaf(g, RC_SHAPE(n), share), NULL);
}

/* ---- fields with points that are not known ---- */

static rc_var reshaped(rc_graph *g, rc_var x, int64_t n, rc_shape shape)
{
    static const int32_t whole[1] = {0};
    if (!x) return NULL;
    return rc_gather(g, x, rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(1), whole, false), 1, n, shape);
}

/* The output, with the target in its place where that is not known. Nothing flows back from there. */
static rc_var fill_gaps(rc_graph *g, const rc_task *t, const rc_batch *b, rc_var output)
{
    int64_t n = b->n * t->y_size;
    float *rest = output ? room(g, n) : NULL;
    if (!rest) return NULL;
    for (int64_t i = 0; i < n; i++)
        rest[i] = b->known[i] > 0 ? 0 : b->y[i];
    rc_var row = reshaped(g, output, n, RC_SHAPE(1, n));
    row = rc_scale_channels(g, row, leaf(g, RC_SHAPE(n), b->known), leaf(g, RC_SHAPE(1, n), rest));
    return reshaped(g, row, n, output->value.shape);
}

/* Means over all points become those over the points that are known. Of the others a mean has had nothing,
 * but of bce the log 2 of not knowing; rmse is the root of one. */
static rc_var mean_of_known(rc_graph *g, const rc_task *t, const rc_batch *b, rc_var loss)
{
    float *factor = room(g, 2 * b->n), *rest = factor + b->n;
    if (!factor) return NULL;
    for (int64_t i = 0; i < b->n; i++) {
        double known = 0, all = (double)t->y_size;
        for (int64_t k = 0; k < t->y_size; k++)
            known += (double)b->known[i * t->y_size + k];
        double times = known > 0 ? all / known : 0;
        factor[i] = (float)(t->loss == RC_LOSS_RMSE ? sqrt(times) : times);
        rest[i] = t->loss == RC_LOSS_BCE ? (float)(-times * (all - known) / all * log(2)) : 0;
    }
    return rc_scale_channels(g, loss, leaf(g, RC_SHAPE(b->n), factor), leaf(g, RC_SHAPE(b->n), rest));
}

/* ---- classes of points ---- */

/* The label of each point and what its loss counts. Of each sample it is the mean over points; with weights
 * of the classes, the sum of the batch's weighted losses over the sum of the weights. A point that is not
 * known counts nothing. */
static void weigh_points(const rc_task *t, const rc_batch *b, bool weighted, int32_t *label, float *share)
{
    int64_t points = t->y_size;
    double batch = 0;
    for (int64_t i = 0; i < b->n; i++) {
        double sample = 0;
        for (int64_t k = i * points; k < (i + 1) * points; k++) {
            bool known = b->y[k] >= 0;
            label[k] = known ? (int32_t)b->y[k] : 0;
            share[k] = !known ? 0 : weighted ? t->class_weight[label[k]] : 1;
            sample += (double)share[k];
        }
        batch += sample;
        for (int64_t k = i * points; k < (i + 1) * points && !weighted && sample > 0; k++)
            share[k] = (float)(share[k] / sample);
    }
    for (int64_t k = 0; k < b->n * points && weighted && batch > 0; k++)
        share[k] = (float)(share[k] * (double)b->n / batch);
}

/* [n, classes, points] -> rows of classes */
static rc_var rows_of_points(rc_graph *g, const rc_task *t, int64_t n, rc_var output)
{
    int64_t points = t->y_size, classes = t->point_classes;
    int32_t *index = output ? (int32_t *)room(g, points * classes) : NULL;
    if (!index) return NULL;
    for (int64_t i = 0; i < points * classes; i++)
        index[i] = (int32_t)(i % classes * points + i / classes);
    rc_var from = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(points * classes), index, false);
    return rc_gather(g, output, from, n, 1, RC_SHAPE(n * points, classes));
}

static rc_var loss_of_points(rc_graph *g, const rc_task *t, const rc_batch *b, rc_var output, bool training)
{
    int64_t n = b->n, points = t->y_size;
    float *share = room(g, n * points + points), *one = share + n * points;
    int32_t *label = (int32_t *)room(g, n * points);
    if (!share || !label) return NULL;
    weigh_points(t, b, training && t->class_weight, label, share);
    for (int64_t k = 0; k < points; k++)
        one[k] = 1;
    rc_var wanted = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(n * points), label, false);
    rc_var loss =
        rc_cross_entropy(g, rows_of_points(g, t, n, output), wanted, training ? (float)t->smoothing : 0);
    loss = rc_scale_channels(g, loss, leaf(g, RC_SHAPE(n * points), share), NULL);
    loss = rc_linear(g, reshaped(g, loss, n * points, RC_SHAPE(n, points)), leaf(g, RC_SHAPE(1, points), one),
                     NULL, NULL);
    return reshaped(g, loss, n, RC_SHAPE(n));
}

/* ---- classes and numbers ---- */

static rc_var labels(rc_graph *g, const rc_batch *b)
{
    return rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(b->n), b->label, false);
}

static rc_var cross_entropy(rc_graph *g, const rc_task *t, const rc_batch *b, rc_var output, bool training)
{
    rc_var label = labels(g, b);
    rc_var weights = training && t->class_weight
                         ? batch_weights(g, t, b->label, b->n, rc_tensor_size(&output->value) / b->n)
                         : NULL;
    return rc_weighted_cross_entropy(g, output, label, weights, training ? (float)t->smoothing : 0);
}

static rc_var focal(rc_graph *g, const rc_task *t, const rc_batch *b, rc_var output, bool training)
{
    (void)training;
    return rc_focal(g, output, labels(g, b), (float)t->gamma);
}

static rc_var poisson(rc_graph *g, const rc_task *t, rc_var output, rc_var y)
{
    (void)t;
    return rc_poisson(g, output, y);
}

static rc_var bce(rc_graph *g, const rc_task *t, rc_var output, rc_var y)
{
    return rc_binary_cross_entropy(g, output, y, (float)t->pos_weight);
}

static rc_var mse(rc_graph *g, const rc_task *t, rc_var output, rc_var y)
{
    (void)t;
    return rc_squared_error(g, output, y);
}

/* Of decoded values. */
static rc_var scale_of(rc_graph *g, const rc_tensor *t)
{
    return t->data ? rc_graph_leaf(g, *t, false) : NULL;
}

static rc_var relative_l2(rc_graph *g, const rc_task *t, rc_var output, rc_var y)
{
    rc_var scale = scale_of(g, &t->scale), mean = scale_of(g, &t->mean);
    return rc_relative_l2(g, output, y, scale, mean);
}

static rc_var lp(rc_graph *g, const rc_task *t, rc_var output, rc_var y, int p, bool relative)
{
    rc_var scale = scale_of(g, &t->scale), mean = scale_of(g, &t->mean);
    return rc_lp_error(g, output, y, scale, mean, p, relative);
}

static rc_var rmse(rc_graph *g, const rc_task *t, rc_var output, rc_var y)
{
    return lp(g, t, output, y, 2, false);
}

static rc_var mae(rc_graph *g, const rc_task *t, rc_var output, rc_var y)
{
    return lp(g, t, output, y, 1, false);
}

static rc_var relative_l1(rc_graph *g, const rc_task *t, rc_var output, rc_var y)
{
    return lp(g, t, output, y, 1, true);
}

static rc_var numbers(rc_graph *g, const rc_task *t, const rc_batch *b, rc_var output, bool training)
{
    (void)training;
    rc_var y = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(b->n, t->y_size), b->y, false);
    return rc_loss_of(t->loss)->numbers(g, t, output, y);
}

/* ---- all of them ---- */

static const rc_loss_kind kinds[] = {
    [RC_LOSS_CROSS_ENTROPY] = {.says = RC_SAYS_CLASSES,
                               .class_weights = true,
                               .ridge = true,
                               .build = cross_entropy},
    [RC_LOSS_FOCAL] = {.says = RC_SAYS_CLASSES, .ridge = true, .build = focal},
    [RC_LOSS_ORDINAL] = {.says = RC_SAYS_CLASSES,
                         .metric = RC_METRIC_ORDERED,
                         .class_weights = true,
                         .own = true,
                         .build = cross_entropy},
    [RC_LOSS_BCE] = {.says = RC_SAYS_LABELS,
                     .gaps = RC_GAPS_MEAN,
                     .raw = true,
                     .ridge = true,
                     .build = numbers,
                     .numbers = bce},
    [RC_LOSS_MSE] = {.gaps = RC_GAPS_MEAN, .ridge = true, .build = numbers, .numbers = mse},
    [RC_LOSS_RMSE] =
        {.gaps = RC_GAPS_MEAN, .decoded = true, .ridge = true, .build = numbers, .numbers = rmse},
    [RC_LOSS_MAE] = {.gaps = RC_GAPS_MEAN, .decoded = true, .ridge = true, .build = numbers, .numbers = mae},
    [RC_LOSS_RELATIVE_L2] =
        {.gaps = RC_GAPS_FREE, .decoded = true, .ridge = true, .build = numbers, .numbers = relative_l2},
    [RC_LOSS_RELATIVE_L1] =
        {.gaps = RC_GAPS_FREE, .decoded = true, .ridge = true, .build = numbers, .numbers = relative_l1},
    [RC_LOSS_POISSON] = {.says = RC_SAYS_RATES,
                         .metric = RC_METRIC_COUNTS,
                         .gaps = RC_GAPS_MEAN,
                         .raw = true,
                         .build = numbers,
                         .numbers = poisson},
    [RC_LOSS_PINBALL] = {.says = RC_SAYS_QUANTILES,
                         .metric = RC_METRIC_QUANTILES,
                         .own = true,
                         .build = pinball},
    [RC_LOSS_COX] =
        {.says = RC_SAYS_RISKS, .metric = RC_METRIC_SURVIVAL, .raw = true, .together = true, .build = cox},
    [RC_LOSS_POINTS] = {.says = RC_SAYS_POINTS,
                        .metric = RC_METRIC_POINTS,
                        .raw = true,
                        .class_weights = true,
                        .own = true,
                        .build = loss_of_points}};

const rc_loss_kind *rc_loss_of(rc_loss loss)
{
    return &kinds[loss];
}

rc_says rc_task_says(const rc_task *t)
{
    return kinds[t->loss].says;
}

rc_var rc_batch_loss(rc_graph *g, const rc_task *t, const rc_batch *b, rc_var output, bool training)
{
    const rc_loss_kind *kind = rc_loss_of(t->loss);
    bool gaps = b->known && kind->gaps != RC_GAPS_OWN;
    if (gaps) output = fill_gaps(g, t, b, output);
    if (!output) return NULL;
    rc_var loss = t->target == RC_TARGET_WORDS ? word_loss(g, t, b, output, training)
                                               : kind->build(g, t, b, output, training);
    if (loss && gaps && kind->gaps == RC_GAPS_MEAN) loss = mean_of_known(g, t, b, loss);
    if (!loss || !training || t->mean_weight == 0) return loss;
    rc_var weight = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(b->n), b->weight, false);
    return rc_scale_channels(g, loss, weight, NULL);
}
