/* PaRe (Cai et al., "Enhancing cross-modal fine-tuning with gradually intermediate modality generation", ICML
 * 2024), as read in docs/methods.md. No stage of its own: every batch of stage 2 is seen twice, once as it
 * is, and once mixed. A gate (linear, sigmoid) scores all tokens of the batch and of as many source samples;
 * the k source tokens it holds highest take the places of the k target tokens it holds lowest. The loss is
 *
 *     L_t(clean) + (1 - l) L_t(mixed) + l L_s(mixed),    l = k / T,
 *
 * L_t the task's loss, L_s the cross-entropy of the source head. k falls from pare.share of the tokens to
 * none over the epochs: from data near the source's to the target's own.
 *
 * Choosing has no gradient; the gate gets the straight-through one: kept and moved tokens are multiplied by
 * 1 + s - [s], s the score and [s] its value without history. */
#include <stdio.h>

#include "methods/method.h"
#include "methods/mixture.h"
#include "ops/ops.h"
#include "source/source_samples.h"

typedef struct pare {
    rc_session *s;
    rc_tensor head[2]; /* of the source */
    rc_source_samples samples;
    int64_t capacity, tokens;
    int32_t *first, *index[2]; /* columns 0 of the gate's rows; of source and target tokens */
    float *rest[2], *seed;     /* 1 - [s] */
    float *score[2];
} pare;

enum { SOURCE, TARGET };

/* sigmoid(x) is the first of softmax([x, 0]): the gate has two outputs, of which the difference counts. */
static rc_var score(pare *p, rc_graph *g, rc_var u, int64_t n)
{
    const rc_model *m = p->s->model;
    rc_var logits = rc_linear(g, u, rc_params_var(g, m->params, m->gate[0]),
                              rc_params_var(g, m->params, m->gate[1]), NULL);
    rc_var first = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(n * p->tokens), p->first, false);
    return rc_gather(g, rc_softmax(g, logits), first, 1, 1, RC_SHAPE(n * p->tokens, 1));
}

/* u times 1 + s - [s]: the value of u, and a gradient for the gate. */
static rc_var scale(pare *p, rc_graph *g, rc_var u, int64_t n, int which)
{
    rc_var s = score(p, g, u, n);
    if (!s || rc_graph_status(g) != RC_OK) return NULL;
    rc_status status = rc_tensor_download(&s->value, p->score[which]);
    if (status != RC_OK) return rc_graph_fail(g, status);
    for (int64_t i = 0; i < n * p->tokens; i++)
        p->rest[which][i] = 1 - p->score[which][i];
    rc_var rest = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(n * p->tokens, 1), p->rest[which], false);
    return rc_scale_rows(g, u, rc_add(g, s, rest));
}

static rc_var gather(pare *p, rc_graph *g, rc_var u, int64_t n, int which)
{
    if (!u) return NULL;
    int64_t width = rc_model_width(p->s->model);
    rc_var index = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(n * p->tokens), p->index[which], false);
    return rc_gather(g, u, index, 1, width, RC_SHAPE(n, p->tokens, width));
}

static rc_status seed(pare *p, rc_var loss, int64_t n, double weight)
{
    for (int64_t i = 0; i < n; i++)
        p->seed[i] = (float)weight;
    return rc_graph_seed(loss, p->seed);
}

static rc_status add(void *context, rc_graph *g, const rc_fit_batch *b)
{
    pare *p = context;
    rc_session *s = p->s;
    int64_t n = b->batch->n,
            k = rc_mixture_count(s->config.pare.share, p->tokens, s->at.epoch, s->config.fit.epochs);
    if (k == 0) return RC_OK;
    rc_source_samples_draw(&p->samples, (uint64_t)s->config.seed, b->index, n);
    rc_var from = scale(p, g, rc_source_samples_u(g, &p->samples, n), n, SOURCE),
           to = scale(p, g, b->u, n, TARGET);
    RC_TRY(rc_graph_status(g));
    RC_TRY(rc_mixture_choose(p->score[SOURCE], p->score[TARGET], n, p->tokens, k,
                             p->samples.padded ? p->samples.length : NULL, p->index[SOURCE],
                             p->index[TARGET]));
    rc_var mixed = rc_add(g, gather(p, g, from, n, SOURCE), gather(p, g, to, n, TARGET));
    rc_var last = rc_model_body(g, s->model, mixed, &b->feed);
    rc_var target = rc_batch_loss(g, s->task, b->batch, rc_model_head(g, s->model, last, &b->feed), true);
    rc_var logits = rc_linear(g, rc_model_pool(g, s->model, last, &b->feed),
                              rc_graph_leaf(g, p->head[0], false), rc_graph_leaf(g, p->head[1], false), NULL);
    rc_var source = rc_cross_entropy(g, logits, rc_source_samples_label(g, &p->samples, n), 0);
    RC_TRY(rc_graph_status(g));
    double l = (double)k / (double)p->tokens;
    RC_TRY(seed(p, target, n, (1 - l) * b->share));
    return seed(p, source, n, l * b->share);
}

static rc_status prepare(pare *p, const rc_bundle *source)
{
    rc_session *s = p->s;
    p->capacity = rc_fit_shard(s);
    p->tokens = rc_grid_tokens(&s->model->u);
    int64_t rows = p->capacity * p->tokens;
    rc_method_note_first(s, source);
    RC_TRY(rc_source_head_load(s->device, source, 0, false, p->head));
    RC_TRY(rc_source_samples_create(source, s->model, p->capacity, &p->samples));
    RC_TRY(RC_NEW(&p->first, rows));
    RC_TRY(RC_NEW(&p->seed, p->capacity));
    for (int i = 0; i < 2; i++) {
        RC_TRY(RC_NEW(&p->index[i], rows));
        RC_TRY(RC_NEW(&p->rest[i], rows));
        RC_TRY(RC_NEW(&p->score[i], rows));
    }
    for (int64_t i = 0; i < rows; i++)
        p->first[i] = (int32_t)(2 * i);
    return RC_OK;
}

static rc_status run(rc_session *s, const rc_bundle *source)
{
    pare p = {.s = s};
    rc_status status = prepare(&p, source);
    if (status == RC_OK) status = rc_stage_fit_with(s, &(rc_fit_addition){.context = &p, .add = add});
    rc_tensor_destroy(&p.head[0]);
    rc_tensor_destroy(&p.head[1]);
    rc_source_samples_free(&p.samples);
    rc_free(p.first);
    rc_free(p.seed);
    for (int i = 0; i < 2; i++) {
        rc_free(p.index[i]);
        rc_free(p.rest[i]);
        rc_free(p.score[i]);
    }
    return status;
}

static rc_status check(const rc_config *c, const rc_bundle *source)
{
    RC_CHECK(c->fit.mixup == 0, RC_CONFIG,
             "fit.mixup does not go with pare, which mixes samples with the source's itself");
    return rc_source_samples_check(c, source);
}

const rc_method rc_method_pare = {
    .name = "pare",
    .about = "target batches mixed with source tokens, fewer from epoch to epoch",
    .run = run,
    .check = check,
    .no_texts = "it mixes source tokens into inputs of one length, and texts have many"};
