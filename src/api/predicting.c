#include "api/predicting.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/finite.h"
#include "base/memory.h"
#include "base/progress.h"
#include "datasets/text_inputs.h"
#include "formats/pieces.h"
#include "parallel/parallel.h"

/* ---- what goes in and comes out ---- */

/* n numbers of a sample of an input, where NaN may stand for a missing number. */
static rc_status check_input(const char *name, int64_t sample, const float *x, int64_t n, bool may_miss)
{
    for (int64_t i = rc_first_not_finite(x, n); i >= 0 && i < n; i++)
        RC_CHECK(isfinite(x[i]) || (isnan(x[i]) && may_miss), RC_DATA, "%s: sample %lld holds %s", name,
                 (long long)sample,
                 isnan(x[i]) ? "NaN; only a run made with data.missing=mean takes missing numbers"
                             : "an infinity");
    return RC_OK;
}

/* What a model makes of samples first.. of an input, each of so many numbers. */
static rc_status check_output(const char *name, int64_t first, const float *y, int64_t n, int64_t each)
{
    int64_t at = rc_first_not_finite(y, n * each);
    RC_CHECK(at < 0, RC_NUMERIC,
             "%s: the model's answer for sample %lld is not a finite number; the sample's numbers, or the "
             "model's "
             "weights, are too large",
             name, (long long)(first + at / each));
    return RC_OK;
}

static rc_status read_row(const rc_array *x, int64_t i, float *out)
{
    const void *at = rc_array_pin(x, i);
    if (!at) return rc_pieces_status(x->pieces);
    rc_convert_to_f32(x->dtype, at, rc_array_size(x) / x->shape.dim[0], out);
    rc_array_unpin(x, i);
    return RC_OK;
}

static void read_ids(const rc_array *x, int64_t i, int32_t *out)
{
    int64_t size = x->shape.dim[1];
    memcpy(out, (const int32_t *)x->data + i * size, (size_t)size * sizeof *out);
}

static rc_status array_sample(void *context, int64_t i, float *raw, int32_t *ids)
{
    (void)ids;
    return read_row(context, i, raw);
}

static rc_status text_sample(void *context, int64_t i, float *raw, int32_t *ids)
{
    (void)raw;
    read_ids(context, i, ids);
    return RC_OK;
}

static rc_status ids_sample(void *context, int64_t i, float *raw, int32_t *ids)
{
    (void)raw;
    return rc__text_ids_row(context, i, ids);
}

rc__inputs rc__inputs_of(rc_array *x, const char *name)
{
    return (rc__inputs){name, x->shape, x, array_sample, x->pieces};
}

rc__inputs rc__inputs_of_texts(rc_array *ids, const char *name)
{
    return (rc__inputs){name, ids->shape, ids, text_sample, NULL};
}

rc__inputs rc__inputs_of_ids(rc__text_ids *ids)
{
    return (rc__inputs){ids->name, ids->x->shape, ids, ids_sample, ids->x->pieces};
}

static rc_status raw_sample(void *context, int64_t i, float *raw, int32_t *ids)
{
    (void)ids;
    return rc_raw_sample(context, 0, i, raw);
}

rc__inputs rc__inputs_of_raw(rc_raw *raw, const char *name)
{
    return (rc__inputs){name, rc_raw_shape(raw, 0), raw, raw_sample, NULL};
}

/* ---- several inputs ---- */

/* Which of the raw inputs is input k of the task; -1: none. */
static int raw_at(const rc__named *in, int k)
{
    for (int r = 0; r < rc_raw_inputs(in->raw); r++)
        if (strcmp(rc_raw_input_name(in->raw, r), rc_task_input_name(in->task, k)) == 0) return r;
    return -1;
}

/* Of texts, token ids in place of raw input. */
static bool is_raw(const rc__named *in, int k)
{
    return in->raw && !rc_array_is_there(&in->x[k]) && raw_at(in, k) >= 0;
}

bool rc__named_has(const rc__named *in, int k)
{
    return is_raw(in, k) || rc_array_is_there(&in->x[k]);
}

/* Input k, where it is given as texts, as the tokens of the task. */
static rc_status read_texts(const char *name, rc__named *in, int k)
{
    const rc_layout *l = rc_task_layout(in->task, k);
    rc_texts *texts = &in->text[k];
    char what[400];
    if (is_raw(in, k) && rc_raw_is_of_texts(in->raw, raw_at(in, k)))
        RC_TRY(rc_raw_texts(in->raw, raw_at(in, k), texts));
    if (texts->n == 0) return RC_OK;
    snprintf(what, sizeof what, "%.300s: input %s", name, rc_task_input_name(in->task, k));
    RC_CHECK(l->form == RC_FORM_TEXTS && in->task->tokenizer, RC_DATA,
             "%s holds texts; the run takes numbers", what);
    return rc_texts_tokenize(what, texts, in->task->tokenizer, l->input.length, &in->notes, &in->x[k]);
}

/* Token ids that texts have become, or that are given in their place, as int32. */
static rc_status take_ids(const char *name, const char *called, rc_array *x)
{
    char what[400];
    int32_t *ids;
    snprintf(what, sizeof what, "%.300s: input %s", name, called);
    RC_CHECK(x->data, RC_DATA, "%s holds numbers; the run takes texts", what);
    if (x->dtype == RC_DTYPE_I32) return RC_OK;
    RC_TRY(RC_NEW_RAW(&ids, rc_array_size(x)));
    rc_status status = rc_array_to_i32(x, what, ids);
    rc_shape shape = x->shape;
    rc_array_free(x);
    *x = (rc_array){.dtype = RC_DTYPE_I32, .shape = shape, .data = ids, .owned = ids};
    return status;
}

rc_status rc__named_check(const char *name, rc__named *in)
{
    char text[RC_SHAPE_TEXT], want[RC_SHAPE_TEXT];
    in->n = -1;
    for (int k = 0; k <= in->task->n_more; k++) {
        const rc_layout *l = rc_task_layout(in->task, k);
        const char *called = rc_task_input_name(in->task, k);
        RC_TRY(read_texts(name, in, k));
        if (!rc__named_has(in, k)) continue;
        rc_shape shape = is_raw(in, k) ? rc_raw_shape(in->raw, raw_at(in, k)) : in->x[k].shape;
        RC_CHECK(rc_layout_accepts(l, &shape), RC_SHAPE, "%s: input %s has shape %s; the run takes %s", name,
                 called, rc_shape_text(&shape, text), rc_layout_text(l, want));
        if (l->form == RC_FORM_TEXTS && shape.dim[0] > 0) RC_TRY(take_ids(name, called, &in->x[k]));
        RC_CHECK(in->n < 0 || shape.dim[0] == in->n, RC_DATA,
                 "%s: input %s has %lld samples, another has %lld", name, called, (long long)shape.dim[0],
                 (long long)in->n);
        in->n = shape.dim[0];
    }
    RC_CHECK(in->n > 0, RC_DATA, "%s: no samples", name);
    return RC_OK;
}

rc_status rc__named_open(const rc_task *t, const char *path, rc_inputs_asked how, rc__named *out)
{
    const char *name[RC_MORE_INPUTS];
    how.n_more = t->n_more;
    how.name = name;
    *out = (rc__named){.task = t};
    for (int k = 0; k < t->n_more; k++)
        name[k] = t->more[k].name;
    RC_TRY(rc_inputs_read(path, &how, &out->notes, out->x, out->text));
    return rc__named_check(path, out);
}

rc_status rc__named_raw(const rc_task *t, rc_raw *raw, const char *name, rc__named *out)
{
    *out = (rc__named){.task = t, .raw = raw};
    return rc__named_check(name, out);
}

void rc__named_close(rc__named *in)
{
    for (int k = 0; k <= RC_MORE_INPUTS; k++) {
        rc_array_free(&in->x[k]);
        rc_texts_free(&in->text[k]);
    }
    rc_texts_free(&in->notes);
}

static rc_status named_sample(void *context, int64_t i, float *raw, int32_t *ids)
{
    rc__named *in = context;
    for (int k = 0; k <= in->task->n_more; k++) {
        int64_t tokens, first = rc_task_ids_at(in->task, k, &tokens);
        float *to = raw + rc_task_input_at(in->task, k, NULL);
        if (!rc__named_has(in, k)) continue;
        if (rc_task_layout(in->task, k)->form == RC_FORM_TEXTS) {
            if (tokens > 0) read_ids(&in->x[k], i, ids + first);
        } else if (is_raw(in, k)) {
            RC_TRY(rc_raw_sample(in->raw, raw_at(in, k), i, to));
        } else {
            RC_TRY(read_row(&in->x[k], i, to));
        }
    }
    return RC_OK;
}

rc__inputs rc__inputs_named(rc__named *in, const char *name)
{
    rc_shape shape = rc_layout_shape(&in->task->layout, in->n);
    return (rc__inputs){name, shape, in, named_sample, in->x[0].pieces};
}

rc_status rc__inputs_check(const rc_trained *of, const rc__inputs *in)
{
    const rc_layout *l = &of->task->layout;
    char text[RC_SHAPE_TEXT], want[RC_SHAPE_TEXT];
    RC_CHECK(rc_layout_accepts(l, &in->shape), RC_SHAPE, "%s: shape %s; the run takes %s", in->name,
             rc_shape_text(&in->shape, text), rc_layout_text(l, want));
    RC_CHECK(in->shape.dim[0] > 0, RC_DATA, "%s: no samples", in->name);
    return RC_OK;
}

rc_shape rc__wanted_shape(const rc_trained *of, rc__wanted what, int64_t n)
{
    const rc_task *t = of->task;
    if (what == RC__POOLED) return RC_SHAPE(n, rc_model_features(of->model));
    if (what == RC__TOKENS)
        return RC_SHAPE(n, rc_grid_tokens(&of->model->last), rc_model_features(of->model));
    if (t->target == RC_TARGET_WORDS) return RC_SHAPE(n, t->layout.input.length, t->outputs);
    if (t->target != RC_TARGET_DENSE) return RC_SHAPE(n, t->outputs);
    rc_shape shape = {.n = t->y_shape.n + 1, .dim = {n}};
    memcpy(shape.dim + 1, t->y_shape.dim, (size_t)t->y_shape.n * sizeof *shape.dim);
    if (!t->point_classes) return shape;
    bool channel = t->y_shape.n > rc_form_dims(t->layout.form); /* of one, in whose place the classes are */
    memcpy(shape.dim + 2, t->y_shape.dim + channel, (size_t)(t->y_shape.n - channel) * sizeof *shape.dim);
    shape.dim[1] = t->point_classes;
    shape.n += !channel;
    return shape;
}

/* ---- batches ---- */

void rc__room_free(rc__room *room)
{
    rc_given_free(&room->given);
    rc_free(room->raw);
    rc_free(room->out);
    *room = (rc__room){0};
}

static rc_status make_room(const rc_trained *of, int64_t outputs, rc__room *room)
{
    if (!room->given.x) RC_TRY(rc_given_create(of->task, of->batch, &room->given));
    if (!room->raw) RC_TRY(RC_NEW(&room->raw, of->batch * rc_task_raw(of->task) + rc_task_room(of->task)));
    if (outputs <= room->outputs) return RC_OK;
    rc_free(room->out);
    room->out = NULL;
    room->outputs = 0;
    RC_TRY(RC_NEW(&room->out, outputs));
    room->outputs = outputs;
    return RC_OK;
}

/* Of several inputs a sample may lack any. */
static rc_status check_sample(const rc_task *t, const char *name, int64_t sample, const float *raw)
{
    for (int k = 0; k <= t->n_more; k++) {
        int64_t n, at = rc_task_input_at(t, k, &n);
        if (t->n_more && rc_input_is_absent(raw + at, n)) continue;
        RC_TRY(check_input(name, sample, raw + at, n, t->fills_missing));
    }
    return RC_OK;
}

/* Samples first.. of the array, as the model is given them, and a graph without recording. */
static rc_status take_batch(const rc_trained *of, const rc__inputs *in, int64_t first, int64_t n,
                            const rc__room *room)
{
    const rc_task *t = of->task;
    int64_t size = rc_task_raw(t), tokens = rc_task_ids(t);
    for (int64_t i = 0; i < n; i++) {
        float *raw = room->raw + i * size;
        int32_t *ids = room->given.ids + i * tokens;
        for (int64_t k = 0; k < size && t->n_more; k++)
            raw[k] = NAN; /* what is not given */
        for (int64_t k = 0; k < tokens && t->n_more; k++)
            ids[k] = RC_NO_TOKEN;
        RC_TRY(in->sample(in->context, first + i, raw, ids));
        RC_TRY(check_sample(t, in->name, first + i, raw));
    }
    rc_graph_reset(of->graph, false);
    rc_task_prepare_rows(t, n, room->raw, room->raw + of->batch * size, room->given.x);
    return RC_OK;
}

/* The last hidden state of the model, or its mean over tokens. */
static rc_var features(const rc_trained *of, int64_t n, bool pool, const rc__room *room)
{
    rc_feed feed = rc_task_feed(of->graph, of->task, n, &room->given);
    rc_var y = rc_model_body(of->graph, of->model, rc_model_embed(of->graph, of->model, &feed), &feed);
    return pool ? rc_model_pool(of->graph, of->model, y, &feed) : y;
}

/* `each` numbers of a sample. */
static rc_status run_batch(const rc_trained *of, const rc__inputs *in, int64_t first, int64_t n,
                           rc__wanted what, const rc__room *room, int64_t each, float *out)
{
    RC_TRY(take_batch(of, in, first, n, room));
    rc_var y = what == RC__PREDICTIONS ? rc_task_forward(of->graph, of->model, of->task, n, &room->given)
                                       : features(of, n, what == RC__POOLED, room);
    RC_TRY(rc_graph_status(of->graph));
    int64_t said = rc_tensor_size(&y->value) / n, width = rc_task_width(of->task);
    RC_TRY(rc_tensor_download(&y->value, out));
    RC_TRY(check_output(in->name, first, out, n, said));
    rc_spread_rows(out, n, said, each);
    for (int64_t i = 0; i < n * each && what == RC__PREDICTIONS; i += width)
        rc_task_finish_output(of->task, width, out + i);
    return RC_OK;
}

/* Samples first .. first + n - 1, a batch for each rank. */
static rc_status run_round(const rc_trained *of, const rc__inputs *in, int64_t first, int64_t n,
                           rc__wanted what, const rc__room *room)
{
    int64_t own, end, batch = of->batch;
    rc_shape one = rc__wanted_shape(of, what, 1);
    int64_t each = rc_shape_size(&one);
    rc_parallel_batches(n, batch, &own, &end);
    if (own < end)
        RC_TRY(run_batch(of, in, first + own, end - own, what, room, each, room->out + own * each));
    return rc_parallel_complete(n, batch, NULL, (size_t)each * sizeof *room->out, room->out);
}

/* Reading ahead is told what comes: where there are other ranks, the samples of this one. */
static rc_status expect(const rc__inputs *in, int64_t batch)
{
    int64_t n = in->shape.dim[0], round = batch * rc_parallel_size(), own, end, count = 0, *order;
    if (!in->pieces) return RC_OK;
    if (round == batch) return rc_pieces_expect(in->pieces, NULL, 0, n, NULL);
    RC_TRY(RC_NEW_RAW(&order, n / rc_parallel_size() + batch));
    for (int64_t i = 0; i < n; i += round) {
        rc_parallel_batches(n - i < round ? n - i : round, batch, &own, &end);
        for (int64_t k = own; k < end; k++)
            order[count++] = i + k;
    }
    rc_status status = rc_pieces_expect(in->pieces, order, 0, count, NULL);
    rc_free(order);
    return status;
}

rc_status rc__predict(const rc_trained *of, rc__room *room, const rc__inputs *in, rc__wanted what,
                      rc__rows_visitor visit, void *context)
{
    int64_t n = in->shape.dim[0], round = of->batch * rc_parallel_size();
    rc_shape shape = rc__wanted_shape(of, what, round);
    RC_TRY(make_room(of, rc_shape_size(&shape), room));
    RC_TRY(expect(in, of->batch));
    for (int64_t i = 0; i < n; i += round) {
        int64_t count = n - i < round ? n - i : round;
        RC_TRY(run_round(of, in, i, count, what, room));
        RC_TRY(rc_parallel_agree());
        RC_TRY(visit(context, i, count, room->out));
        rc_progress_step(what == RC__PREDICTIONS ? "predict" : "embed", i + count, n, NULL);
        if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted");
    }
    return RC_OK;
}

/* ---- words ---- */

typedef struct words {
    const rc_sentences *in;
    const char *name;
    const rc_task *task;
    int32_t *at; /* [in->words]: where in its sentence each begins; -1: beyond the tokens, or it has none */
    int64_t *first;  /* [in->n + 1]: where the tokens of each sentence begin */
    rc_string token; /* the ids of all of them, int32_t, without padding */
    rc__rows_visitor visit;
    void *context;
} words;

static rc_status keep_sentence(words *w, int64_t i, const rc_encoding *e)
{
    for (int64_t k = 0; k < e->n; k++)
        if (rc_encoding_begins(e, k)) w->at[w->in->first[i] + e->word[k]] = (int32_t)k;
    w->first[i + 1] = w->first[i] + e->n;
    return rc_string_add(&w->token, (const char *)e->id, (size_t)e->n * sizeof *e->id);
}

/* All sentences, so that one that cannot be read is told of before the work. */
static rc_status find_words(words *w)
{
    rc_encoding e = {0};
    rc_status status = RC_OK;
    RC_TRY(RC_NEW_RAW(&w->at, w->in->words));
    RC_TRY(RC_NEW(&w->first, w->in->n + 1));
    for (int64_t k = 0; k < w->in->words; k++)
        w->at[k] = -1;
    for (int64_t i = 0; i < w->in->n && status == RC_OK; i++) {
        status = rc_sentences_encode(w->in, i, w->name, w->task->tokenizer, w->task->layout.input.length, &e);
        if (status == RC_OK) status = keep_sentence(w, i, &e);
    }
    rc_encoding_free(&e);
    return status;
}

static rc_status sentence_sample(void *context, int64_t i, float *raw, int32_t *ids)
{
    const words *w = context;
    int64_t n = w->first[i + 1] - w->first[i], tokens = w->task->layout.input.length;
    (void)raw;
    if (n > 0)
        memcpy(ids, (const int32_t *)(const void *)w->token.data + w->first[i], (size_t)n * sizeof *ids);
    for (int64_t k = n; k < tokens; k++)
        ids[k] = RC_NO_TOKEN;
    return RC_OK;
}

/* From what is said of the tokens of n sentences, rows [n, tokens, classes], to what is said of their words.
 */
static rc_status visit_words(void *context, int64_t first, int64_t n, const float *rows)
{
    const words *w = context;
    int64_t tokens = w->task->layout.input.length, classes = w->task->outputs;
    const int64_t *begin = w->in->first + first, count = begin[n] - begin[0];
    float *row;
    RC_TRY(RC_NEW_RAW(&row, count * classes));
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = begin[i]; k < begin[i + 1]; k++)
            for (int64_t c = 0; c < classes; c++)
                row[(k - begin[0]) * classes + c] =
                    w->at[k] < 0 ? NAN : rows[(i * tokens + w->at[k]) * classes + c];
    rc_status status = w->visit(w->context, begin[0], count, row);
    rc_free(row);
    return status;
}

rc_status rc__predict_words(const rc_trained *of, rc__room *room, const rc_sentences *in, const char *name,
                            rc__rows_visitor visit, void *context)
{
    words w = {.in = in, .name = name, .task = of->task, .visit = visit, .context = context};
    rc__inputs inputs = {name, RC_SHAPE(in->n, of->task->layout.input.length), &w, sentence_sample, NULL};
    rc_status status = find_words(&w);
    if (status == RC_OK) status = rc__predict(of, room, &inputs, RC__PREDICTIONS, visit_words, &w);
    rc_string_free(&w.token);
    rc_free(w.first);
    rc_free(w.at);
    return status;
}
