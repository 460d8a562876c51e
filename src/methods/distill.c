/* Distillation: a small model learns from what a trained one says (Hinton, Vinyals and Dean 2015) and from
 * the features by which it says so (FitNets, Romero et al. 2015), beside the labels. To each batch's loss is
 * added
 *
 *     a D(student, teacher) + f |W h + b - (t - m) / d|^2 / channels + r R(student, teacher)
 *
 * D is for classes, of samples or words, s^2 KL between softmax(logits / s) of the two; for labels and masks,
 * s^2 times the binary cross-entropy between their probabilities, likewise softened; for numbers and fields
 * the task's own loss with the teacher's answer in the target's place. h and t are the pooled features of
 * student and teacher, t standardised by its mean m and deviation d over the training part; W and b are
 * learnt and thrown away. R says how differently tokens relate to each other (relations.h). Of samples
 * without labels these are the whole loss; a batch has as many of them as of labelled ones.
 *
 * The teacher is asked about each sample once, or, where samples are changed from epoch to epoch, about each
 * as the student sees it (Beyer et al. 2022), or about each batch, for what its tokens attend to. With data
 * of its own, distill.unpaired, it is asked about these, and no answer of it is compared with an answer of
 * the student (unpaired.h). */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "base/spill.h"
#include "methods/method.h"
#include "methods/relations.h"
#include "methods/unpaired.h"
#include "ops/ops.h"
#include "parallel/parallel.h"
#include "training/rehearsal.h"
#include "training/teacher.h"

/* What the teacher has said of a part: of one that is read by pieces, in files (base/spill.h). */
typedef struct lessons {
    const rc_part *part;
    int64_t n;          /* samples that it is asked about before the fit: all or none */
    float *said, *read; /* [n, says], [n, features] */
} lessons;

typedef struct distill {
    rc_session *s;
    rc_trained *teacher;
    int64_t says, features;        /* numbers of a sample; features 0: they are not matched */
    lessons train, more;           /* more: samples without labels */
    float *mean, *scale;           /* of features: (t - mean) scale */
    rc_batch asked;                /* as the teacher takes samples */
    rc_batch extra;                /* without labels, as the student takes them */
    int64_t *order, *chosen, pass; /* of samples without labels: all of them in this pass; those of a batch */
    int64_t told;                  /* samples of the part that the teacher has been asked about */
    float *said, *read, *seed, *over;
    int32_t *row;
} distill;

/* ---- the teacher's answers ---- */

static bool is_unpaired(const rc_config *c)
{
    return c->distill.unpaired[0] != '\0';
}

/* In the units that the student's loss takes: numbers and fields standardised as its own targets are. A
 * teacher that was not trained on counts may say less than none. */
static void convert(const distill *d, int64_t n, float *said)
{
    const rc_task *of = d->teacher->task, *to = d->s->task;
    bool numbers = to->target == RC_TARGET_REGRESSION || to->target == RC_TARGET_DENSE;
    if (!numbers || rc_task_says(to) == RC_SAYS_LABELS) return;
    for (int64_t i = 0; i < n; i++) {
        rc_task_finish_output(of, d->says, said + i * d->says);
        rc_normaliser_encode(&to->ny, said + i * d->says);
    }
    for (int64_t i = 0; i < n * d->says && rc_task_says(to) == RC_SAYS_RATES; i++)
        said[i] = fmaxf(said[i], 0);
}

/* Of what is in d->asked. */
static rc_status ask(distill *d, float *said, float *read)
{
    bool watch = d->s->config.distill.attention > 0;
    RC_TRY(rc_teacher_ask(d->teacher, &d->asked, watch, said, d->features > 0 ? read : NULL));
    if (!is_unpaired(&d->s->config)) convert(d, d->asked.n, said);
    return RC_OK;
}

static rc_status ask_next(distill *d, lessons *l)
{
    int64_t left = l->part->n - d->told, batch = d->s->config.fit.batch, n = left < batch ? left : batch;
    for (int64_t i = 0; i < n; i++)
        d->chosen[i] = d->told + i;
    RC_TRY(rc_batch_fill(&d->asked, d->teacher->task, l->part, d->chosen, n, NULL));
    RC_TRY(ask(d, l->said + d->told * d->says, l->read + d->told * d->features));
    d->told += n;
    return RC_OK;
}

static rc_status ask_all(distill *d, lessons *l)
{
    int64_t all = d->train.n + d->more.n, before = l == &d->more ? d->train.n : 0;
    d->told = 0;
    if (l->n > 0) RC_TRY(rc_part_expect(l->part, NULL, 0, l->n));
    while (d->told < l->n) {
        RC_TRY(rc_parallel_agree());
        if (rc_interrupt_requested()) return rc_session_interrupted(d->s);
        RC_TRY(ask_next(d, l));
        if (rc_part_is_large(l->part)) rc_spill_rest();
        rc_progress_step("teacher", before + d->told, all, "");
    }
    return RC_OK;
}

static rc_status standardise(distill *d)
{
    int64_t n = d->train.part->n, width = d->features;
    double *mean, *square;
    RC_TRY(RC_NEW(&mean, 2 * width));
    square = mean + width;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t c = 0; c < width; c++)
            mean[c] += (double)d->train.read[i * width + c];
        rc_spill_stretch(i, (size_t)width * sizeof(float));
    }
    for (int64_t c = 0; c < width; c++)
        mean[c] /= (double)n;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t c = 0; c < width; c++)
            square[c] += pow((double)d->train.read[i * width + c] - mean[c], 2);
        rc_spill_stretch(i, (size_t)width * sizeof(float));
    }
    for (int64_t c = 0; c < width; c++) {
        d->mean[c] = (float)mean[c];
        d->scale[c] = (float)(1 / (sqrt(square[c] / (double)n) + 1e-5));
    }
    rc_free(mean);
    return RC_OK;
}

/* Of n samples. */
static void scale_features(const distill *d, int64_t n, float *read)
{
    for (int64_t i = 0; i < n * d->features; i++)
        read[i] = (read[i] - d->mean[i % d->features]) * d->scale[i % d->features];
}

static rc_status rehearse_asking(void *context)
{
    distill *d = context;
    if (d->told >= d->train.part->n) d->told = 0;
    return ask_next(d, &d->train);
}

/* In a rehearsal only as much as can be timed. */
static rc_status listen(distill *d)
{
    rc_session *s = d->s;
    int64_t batch = s->config.fit.batch, batches = (d->train.n + d->more.n + batch - 1) / batch;
    bool done;
    double each = 0;
    RC_TRY(rc_session_begin(s, RC_STAGE_TEACHER, &done));
    if (s->rehearsal) {
        if (batches > 0) RC_TRY(rc_rehearse(s, batches, rehearse_asking, d, &each));
        rc_rehearsal_add(s, 0, 0, (double)batches * each);
    } else {
        RC_TRY(ask_all(d, &d->train));
        RC_TRY(ask_all(d, &d->more));
        RC_TRY(standardise(d));
    }
    return done ? RC_OK : rc_session_end(s);
}

/* Is the teacher asked about every batch anew? */
static bool asks_anew(const distill *d)
{
    return rc_fit_changes(d->s) || d->s->config.distill.attention > 0;
}

/* Of the samples of a batch, into said and read. */
static rc_status recall(distill *d, const lessons *l, const int64_t *order, int64_t n, int64_t index)
{
    bool anew = asks_anew(d);
    if (anew) {
        rc_augment augment = rc_augment_of(&d->s->config, d->s->at.epoch, index);
        RC_TRY(rc_batch_fill(&d->asked, d->teacher->task, l->part, order, n, &augment));
        RC_TRY(ask(d, d->said, d->read));
    }
    for (int64_t i = 0; i < n && !anew; i++) {
        memcpy(d->said + i * d->says, l->said + order[i] * d->says, (size_t)d->says * sizeof(float));
        memcpy(d->read + i * d->features, l->read + order[i] * d->features,
               (size_t)d->features * sizeof(float));
    }
    scale_features(d, n, d->read);
    return RC_OK;
}

/* ---- the losses ---- */

/* Samples without labels have no weights. */
static double weight_of(const distill *d, const rc_batch *b, int64_t i)
{
    return b == &d->extra ? 1 : rc_batch_weight(d->s->task, b, i);
}

static rc_status seed(distill *d, rc_var loss, const rc_batch *b, double weight)
{
    for (int64_t i = 0; i < b->n; i++)
        d->seed[i] = (float)(weight * weight_of(d, b, i));
    return rc_graph_seed(loss, d->seed);
}

static rc_status match_classes(distill *d, rc_graph *g, rc_var output, const rc_batch *b, double weight)
{
    rc_var said = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(b->n, d->says), d->said, false);
    rc_var loss = rc_softened_kl(g, output, said, (float)d->s->config.distill.temperature);
    RC_TRY(rc_graph_status(g));
    return seed(d, loss, b, weight);
}

/* All tokens of a text count, together as much as a sample. The outputs are cut to the longest text. */
static rc_status match_words(distill *d, rc_graph *g, rc_var output, const rc_batch *b, double weight)
{
    const rc_task *t = d->s->task;
    int64_t all = t->layout.input.length, tokens = output->value.shape.dim[1], k = t->outputs, rows = 0;
    for (int64_t i = 0; i < b->n; i++) {
        int64_t first = rows, length = rc_row_tokens(b->given.ids + i * all, tokens);
        for (int64_t j = 0; j < length; j++) {
            d->row[rows] = (int32_t)(i * tokens + j);
            memmove(d->said + rows++ * k, d->said + i * d->says + j * k, (size_t)k * sizeof(float));
        }
        for (int64_t r = first; r < rows; r++)
            d->seed[r] = (float)(weight * weight_of(d, b, i) / (double)length);
    }
    rc_var index = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(rows), d->row, false);
    rc_var said = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(rows, k), d->said, false);
    rc_var loss = rc_softened_kl(g, rc_gather(g, output, index, 1, k, RC_SHAPE(rows, k)), said,
                                 (float)d->s->config.distill.temperature);
    RC_TRY(rc_graph_status(g));
    return rc_graph_seed(loss, d->seed);
}

/* Of labels and masks the probability, softened. */
static rc_var soften(distill *d, rc_graph *g, rc_var output, int64_t n)
{
    float s = (float)d->s->config.distill.temperature;
    int64_t last = output->value.shape.dim[output->value.shape.n - 1];
    for (int64_t i = 0; i < n * d->says; i++)
        d->said[i] = 1 / (1 + expf(-d->said[i] / s));
    for (int64_t i = 0; i < last; i++)
        d->over[i] = 1 / s;
    return rc_scale_channels(g, output, rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(last), d->over, false),
                             NULL);
}

/* The task's own loss with the answer as the target. Of labelled samples the points that are not known stay
 * out; of others all are answered. */
static rc_status match_values(distill *d, rc_graph *g, rc_var output, const rc_batch *b, double weight)
{
    double s = d->s->config.distill.temperature;
    rc_task even = *d->s->task;
    rc_batch answered = *b;
    bool scores = rc_task_says(&even) == RC_SAYS_LABELS;
    if (scores) output = soften(d, g, output, b->n);
    even.pos_weight = 1; /* the teacher has been through it */
    answered.y = d->said;
    if (b == &d->extra) answered.known = NULL;
    rc_var loss = rc_batch_loss(g, &even, &answered, output, false);
    RC_TRY(rc_graph_status(g));
    return seed(d, loss, b, scores ? weight * s * s : weight);
}

static rc_status match_answers(distill *d, rc_graph *g, rc_var output, const rc_batch *b, double weight)
{
    const rc_task *t = d->s->task;
    if (t->target == RC_TARGET_WORDS) return match_words(d, g, output, b, weight);
    if (t->target == RC_TARGET_CLASSES) return match_classes(d, g, output, b, weight);
    return match_values(d, g, output, b, weight);
}

static rc_status match_features(distill *d, rc_graph *g, rc_var tokens, const rc_feed *feed,
                                const rc_batch *b, double weight)
{
    rc_var read = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(b->n, d->features), d->read, false);
    rc_var loss = rc_squared_error(g, rc_model_match(g, d->s->model, tokens, feed), read);
    RC_TRY(rc_graph_status(g));
    return seed(d, loss, b, weight);
}

/* Inputs of sample i whose bodies are compared: of one body for all it is one. */
static int64_t compared(const rc_model *m, const rc_feed *feed, int64_t i)
{
    int bodies = rc_model_bodies(m);
    int64_t n = 0;
    for (int k = 0; k < bodies; k++)
        n += bodies == 1 || feed->present[i * bodies + k];
    return n;
}

/* Which tokens of the n rows that a body attends in count, and what each row does: a sample's weight is
 * shared out among the bodies that read something of it. */
static rc_status weigh_rows(const distill *d, const rc_fit_batch *b, int body, int64_t n, int64_t tokens,
                            double weight, double *of, bool *counts)
{
    const rc_model *m = d->s->model;
    int64_t each = n / b->batch->n; /* rows that attend, of a sample */
    RC_CHECK(each * b->batch->n == n &&
                 rc_model_counts(m, &b->feed, body, b->batch->n, each * tokens, counts),
             RC_SHAPE, "distill.attention: %lld rows of %lld tokens of %lld samples", (long long)n,
             (long long)tokens, (long long)b->batch->n);
    for (int64_t i = 0; i < n; i++) {
        int64_t among = each * compared(m, &b->feed, i / each);
        of[i] = among ? weight * weight_of(d, b->batch, i / each) / (double)among : 0;
    }
    return RC_OK;
}

/* A leaf of g with the value of a node of another graph. */
static rc_status carry(rc_graph *g, rc_var from, rc_var *out)
{
    const void *host;
    RC_TRY(rc_tensor_map_read(&from->value, &host));
    *out = rc_graph_input(g, RC_DTYPE_F32, from->value.shape, host, false);
    rc_tensor_unmap(&from->value, host);
    return rc_graph_status(g);
}

/* Of labelled samples the mean is told. */
static rc_status tell_loss(rc_var loss, const float *seed, double weight, rc_told *told)
{
    const void *host;
    double sum = 0;
    if (!told) return RC_OK;
    RC_TRY(rc_tensor_map_read(&loss->value, &host));
    for (int64_t i = 0; i < rc_tensor_size(&loss->value); i++)
        sum += (double)seed[i] * (double)((const float *)host)[i];
    rc_tensor_unmap(&loss->value, host);
    told->sum += sum / weight;
    return RC_OK;
}

static rc_status match_body(distill *d, rc_graph *g, const rc_fit_batch *b, int body, double weight)
{
    int64_t heads, theirs;
    rc_var own = rc_graph_noticed(g, body, &heads),
           taught = rc_graph_noticed(d->teacher->graph, body, &theirs), loss[RC_RELATIONS];
    RC_CHECK(own && taught, RC_UNSUPPORTED, "distill.attention: %s has no attention",
             own ? "the teacher" : "the student");
    RC_CHECK(own->needs_grad, RC_CONFIG, "distill.attention: fit.train freezes the last layer of attention");
    int64_t n = own->value.shape.dim[0], tokens = own->value.shape.dim[1];
    void *counts, *of, *seeds;
    heads = rc_relation_heads(heads, theirs);
    RC_TRY(rc_graph_scratch(g, (size_t)(n * tokens) * sizeof(bool), &counts));
    RC_TRY(rc_graph_scratch(g, (size_t)n * sizeof(double), &of));
    RC_TRY(rc_graph_scratch(g, (size_t)(tokens * n * heads) * sizeof(float), &seeds));
    RC_TRY(weigh_rows(d, b, body, n, tokens, weight, of, counts));
    RC_TRY(carry(g, taught, &taught));
    RC_TRY(rc_relation_losses(g, own, taught, heads, counts, loss));
    rc_relation_seed(n, tokens, heads, counts, of, seeds);
    for (int k = 0; k < RC_RELATIONS; k++) {
        RC_TRY(tell_loss(loss[k], seeds, weight, b->told));
        RC_TRY(rc_graph_seed(loss[k], seeds));
    }
    return RC_OK;
}

/* The teacher has just been asked about this batch. */
static rc_status match_attention(distill *d, rc_graph *g, const rc_fit_batch *b, double weight)
{
    for (int k = 0; k < rc_model_bodies(d->s->model); k++)
        RC_TRY(match_body(d, g, b, k, weight));
    return RC_OK;
}

static rc_status match(distill *d, rc_graph *g, const lessons *l, const rc_fit_batch *b)
{
    const rc_config *c = &d->s->config;
    RC_TRY(recall(d, l, b->order, b->batch->n, b->index));
    if (c->distill.attention > 0) RC_TRY(match_attention(d, g, b, c->distill.attention * b->share));
    if (d->features > 0)
        RC_TRY(match_features(d, g, b->tokens, &b->feed, b->batch, c->distill.features * b->share));
    if (c->distill.answers == 0) return RC_OK;
    return match_answers(d, g, b->output, b->batch, c->distill.answers * b->share);
}

/* ---- samples without labels ---- */

/* They are gone through in one order after the other, whatever the epochs are. */
static rc_status choose(distill *d, int64_t index, int64_t n)
{
    int64_t all = d->more.part->n, each = rc_fit_shard(d->s);
    for (int64_t i = 0; i < n; i++) {
        int64_t at = index * each + i;
        if (at / all != d->pass) {
            d->pass = at / all;
            RC_TRY(rc_part_order(d->more.part, (uint64_t)d->s->config.seed, d->pass, d->order));
            RC_TRY(rc_part_expect(d->more.part, d->order, 0, all));
        }
        d->chosen[i] = d->order[at % all];
    }
    return RC_OK;
}

static rc_status add_unlabelled(distill *d, rc_graph *g, const rc_fit_batch *b)
{
    rc_session *s = d->s;
    rc_fit_batch more = {&d->extra, d->chosen, b->index, .share = b->share};
    rc_augment augment = rc_augment_of(&s->config, s->at.epoch, b->index);
    RC_TRY(choose(d, b->index, b->batch->n));
    RC_TRY(rc_batch_fill(&d->extra, s->task, d->more.part, d->chosen, b->batch->n, &augment));
    more.feed = rc_task_feed(g, s->task, d->extra.n, &d->extra.given);
    if (s->config.distill.attention > 0) rc_graph_watch(g); /* the bodies of these samples alone */
    more.tokens = rc_model_body(g, s->model, rc_model_embed(g, s->model, &more.feed), &more.feed);
    more.output = rc_model_head(g, s->model, more.tokens, &more.feed);
    RC_TRY(rc_graph_status(g));
    return match(d, g, &d->more, &more);
}

static rc_status add(void *context, rc_graph *g, const rc_fit_batch *b)
{
    distill *d = context;
    RC_TRY(match(d, g, &d->train, b));
    return d->more.part->n > 0 ? add_unlabelled(d, g, b) : RC_OK;
}

/* ---- the method ---- */

static rc_status make_room(const distill *d, lessons *l, const rc_part *part, bool asked)
{
    l->part = part;
    l->n = asked ? part->n : 0;
    if (rc_part_is_large(part)) rc_spill_begin();
    rc_status status = RC_NEW(&l->said, l->n * d->says);
    if (status == RC_OK) status = RC_NEW(&l->read, l->n * d->features);
    if (rc_part_is_large(part)) rc_spill_end();
    return status;
}

static rc_status prepare(distill *d)
{
    rc_session *s = d->s;
    static const rc_part none = {0};
    const rc_dataset *data = d->teacher->task->data; /* the student's, or its own */
    bool unpaired = is_unpaired(&s->config);
    int64_t n = s->config.fit.batch, rows = s->task->target == RC_TARGET_WORDS ? n * s->task->y_size : n;
    d->pass = -1;
    d->says = rc_teacher_says(d->teacher);
    d->features = unpaired ? rc_teacher_features(d->teacher) : s->model->spec.teacher;
    if (s->config.distill.features > 0 && d->features == 0)
        rc_session_note(s,
                        "the teacher is not a single model and has no features: only its answers are learnt");
    bool anew = asks_anew(d);
    RC_TRY(make_room(d, &d->train, &data->train, !anew || d->features > 0)); /* which are standardised */
    RC_TRY(make_room(d, &d->more, unpaired ? &none : &data->unlabelled, !anew));
    RC_TRY(rc_batch_create(d->teacher->task, n, &d->asked));
    RC_TRY(rc_batch_create(s->task, n, &d->extra));
    RC_TRY(RC_NEW(&d->mean, d->features));
    RC_TRY(RC_NEW(&d->scale, d->features));
    RC_TRY(RC_NEW(&d->order, d->more.part->n));
    RC_TRY(RC_NEW(&d->chosen, n));
    RC_TRY(RC_NEW(&d->said, n * d->says));
    RC_TRY(RC_NEW(&d->read, n * d->features));
    RC_TRY(RC_NEW(&d->seed, rows));
    RC_TRY(RC_NEW(&d->row, rows));
    return RC_NEW(&d->over, d->says);
}

static void release(distill *d)
{
    rc_batch_free(&d->asked);
    rc_batch_free(&d->extra);
    void *owned[] = {d->train.said, d->train.read, d->more.said, d->more.read, d->mean, d->scale, d->order,
                     d->chosen,     d->said,       d->read,      d->seed,      d->row,  d->over};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        rc_free(owned[i]);
}

/* What a rehearsal has not asked about reads as what it has: features that are all the same are compared in
 * no time. */
static rc_status repeat_read(distill *d)
{
    int64_t known = d->told * d->features, all = d->train.part->n * d->features;
    for (int64_t i = known; i < all; i++)
        d->train.read[i] = d->train.read[i - known];
    return standardise(d);
}

static rc_status fit_unpaired(distill *d)
{
    rc_unpaired *u;
    if (d->s->rehearsal) RC_TRY(repeat_read(d));
    scale_features(d, d->train.part->n, d->train.read);
    RC_TRY(rc_unpaired_create(d->s, d->train.read, d->features, &u));
    rc_status status = rc_stage_fit_with(
        d->s,
        &(rc_fit_addition){.context = u, .add = rc_unpaired_add, .tells = "distance", .together = true});
    if (status == RC_OK) rc_unpaired_note(u);
    rc_unpaired_free(&u);
    return status;
}

static rc_status run(rc_session *s, const rc_bundle *source)
{
    (void)source;
    distill d = {.s = s, .teacher = s->teacher};
    bool attends = s->config.distill.attention > 0;
    rc_status status = prepare(&d);
    if (status == RC_OK) status = listen(&d);
    if (status == RC_OK)
        status = is_unpaired(&s->config)
                     ? fit_unpaired(&d)
                     : rc_stage_fit_with(s, &(rc_fit_addition){.context = &d,
                                                               .add = add,
                                                               .tells = attends ? "attention" : NULL,
                                                               .watches = attends});
    release(&d);
    return status;
}

static rc_status check(const rc_config *c, const rc_bundle *source)
{
    (void)source;
    if (is_unpaired(c)) return rc_unpaired_check(c);
    RC_CHECK(c->distill.answers > 0 || c->distill.features > 0 || c->distill.attention > 0, RC_CONFIG,
             "distill.answers, distill.features and distill.attention are all 0: nothing would be learnt "
             "from the teacher; use another method");
    return RC_OK;
}

const rc_method rc_method_distill = {
    .name = "distill",
    .about = "a small model learns from a finished run or a source (distill.teacher)",
    .run = run,
    .check = check,
    .taught = true};
