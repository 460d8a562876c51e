/* What a predictor is, and what it answers. */
#include <math.h>
#include <string.h>

#include "api/predictor_parts.h"
#include "api/text_feed.h"
#include "base/memory.h"
#include "base/progress.h"
#include "datasets/text_inputs.h"

/* ---- what it is ---- */

/* Was what it was fitted to made of the columns of a table? */
static bool takes_rows(const rc_task *t)
{
    rc_json *j = NULL;
    if (!t->encoders || rc_json_parse("encoders", t->encoders, strlen(t->encoders), &j) != RC_OK)
        return false;
    bool table = strcmp(rc_json_string(j, "form", ""), "table") == 0;
    rc_json_free(&j);
    return table;
}

const char *rc__weights(const rc_predictor *p)
{
    const rc_model *m = p->session->model;
    return m && m->spec.int8 ? "int8" : "";
}

static void describe_model(const rc_predictor *p, rc_predictor_info *out)
{
    rc_model *m = p->session->model;
    out->has_model = m != NULL;
    out->weights = rc__weights(p);
    if (!m) return;
    out->features = rc_model_features(m);
    out->feature_tokens = rc_grid_tokens(&m->last);
    out->parameters = rc_model_numbers(m, 0, RC_PART_MATCH);
    out->trainable = rc_json_integer(p->result, "trainable", 0);
}

static int64_t length_of(const rc_json *result, const char *key)
{
    return (int64_t)rc_json_length(rc_json_get(result, key));
}

static void describe_fit(const rc_predictor *p, rc_predictor_info *out)
{
    const rc_json *r = p->result, *record = p->session->record;
    const rc_position *at = &p->session->at;
    out->method = rc_json_string(r, "method", rc_json_string(record, "method", ""));
    out->source = rc_json_string(r, "source", rc_json_string(record, "source", ""));
    out->valid = r ? rc_json_number(r, "valid", NAN) : at->scored ? at->best_metric : NAN;
    out->test = rc_json_number(r, "test", NAN);
    out->test_loss = rc_json_number(r, "test_loss", NAN);
    out->best_epoch = r ? rc_json_integer(r, "best_epoch", 0) : at->best_epoch;
    out->epochs = rc_json_integer(r, "epochs", 0);
    out->seconds = rc_json_number(rc_json_get(r, "seconds"), "total", NAN);
    out->notes = length_of(r, "notes");
    out->candidates = length_of(r, "candidates");
    out->distilled = rc_json_get(r, "distillation") != NULL;
}

rc_status rc_predictor_describe(const rc_predictor *predictor, rc_predictor_info *out)
{
    rc_predictor_info info = RC_PREDICTOR_INFO_INIT;
    RC_TRY(RC_ARGUMENTS(predictor, out));
    const rc_task *t = predictor->session->task;
    const rc_layout *l = &t->layout;
    info.target = rc__target(t->target);
    info.texts = l->form == RC_FORM_TEXTS;
    info.rows = takes_rows(t);
    rc__sample_shape(l->form, l->x_shape, &info.x_dims, info.x_shape);
    info.y_dims = t->y_shape.n;
    memcpy(info.y_shape, t->y_shape.dim, (size_t)info.y_dims * sizeof *info.y_shape);
    info.outputs = rc_task_width(t);
    info.metric = rc_metric_name(t->metric);
    describe_model(predictor, &info);
    describe_fit(predictor, &info);
    return rc__options_give("rc_predictor_info", &info, sizeof info, out);
}

rc_status rc_predictor_input(const rc_predictor *predictor, int64_t k, rc_input_info *out)
{
    rc_input_info info = RC_INPUT_INFO_INIT;
    RC_TRY(RC_ARGUMENTS(predictor, out));
    const rc_task *t = predictor->session->task;
    RC_CHECK(k >= 0 && k <= t->n_more, RC_CONFIG, "there is no input %lld", (long long)k);
    const rc_layout *l = rc_task_layout(t, (int)k);
    info.name = rc_task_input_name(t, (int)k);
    info.texts = l->form == RC_FORM_TEXTS;
    rc__sample_shape(l->form, l->x_shape, &info.dims, info.shape);
    return rc__options_give("rc_input_info", &info, sizeof info, out);
}

const char *rc_predictor_class_name(const rc_predictor *p, int64_t k)
{
    const rc_task *t = p ? p->session->task : NULL;
    return t && k >= 0 && k < t->labels ? t->label_name[k] : NULL;
}

const char *rc_predictor_note(const rc_predictor *p, int64_t i)
{
    const rc_json *notes = p ? rc_json_get(p->result, "notes") : NULL;
    if (!notes || i < 0 || i >= (int64_t)rc_json_length(notes)) return NULL;
    return rc_json_as_string(rc_json_at(notes, (size_t)i));
}

rc_status rc_predictor_candidate(const rc_predictor *predictor, int64_t i, rc_candidate *out)
{
    rc_candidate c = RC_CANDIDATE_INIT;
    RC_TRY(RC_ARGUMENTS(predictor, out));
    RC_CHECK(i >= 0 && i < length_of(predictor->result, "candidates"), RC_CONFIG,
             "there is no candidate %lld", (long long)i);
    const rc_json *j = rc_json_at(rc_json_get(predictor->result, "candidates"), (size_t)i);
    const rc_json *settings = rc_json_get(j, "settings");
    c.name = rc_json_string(j, "name", "");
    c.method = rc_json_string(j, "method", "");
    c.source = rc_json_string(j, "source", "");
    for (int k = 0; k < RC_CANDIDATE_SETTINGS - 1 && k < (int)rc_json_length(settings); k++)
        c.setting[k] = rc_json_as_string(rc_json_at(settings, (size_t)k));
    c.epochs = rc_json_integer(j, "epochs", 0);
    c.best_epoch = rc_json_integer(j, "best_epoch", 0);
    c.dropped = rc_json_boolean(j, "dropped", false);
    c.valid = rc_json_number(j, "valid", NAN);
    c.valid_loss = rc_json_number(j, "valid_loss", NAN);
    c.out_of_fold = rc_json_number(j, "out_of_fold", NAN);
    c.out_of_fold_loss = rc_json_number(j, "out_of_fold_loss", NAN);
    c.seconds = rc_json_number(j, "seconds", NAN);
    c.weight = rc_json_number(j, "weight", NAN);
    return rc__options_give("rc_candidate", &c, sizeof c, out);
}

static void take_side(const rc_json *j, int side, rc_distillation *out)
{
    out->valid[side] = rc_json_number(j, "valid", NAN);
    out->test[side] = rc_json_number(j, "test", NAN);
    out->parameters[side] = rc_json_integer(j, "parameters", 0);
    out->mb[side] = rc_json_number(j, "mb", NAN);
    out->ms[side] = rc_json_number(j, "ms", NAN);
    out->ms_in_batch[side] = rc_json_number(j, "ms_in_batch", NAN);
    out->batch[side] = rc_json_integer(j, "batch", 0);
}

rc_status rc_predictor_distillation(const rc_predictor *predictor, rc_distillation *out)
{
    rc_distillation d = RC_DISTILLATION_INIT;
    RC_TRY(RC_ARGUMENTS(predictor, out));
    const rc_json *r = predictor->result, *both = rc_json_get(r, "distillation"),
                  *layers = rc_json_get(r, "layers"), *unpaired = rc_json_get(r, "unpaired");
    RC_CHECK(both, RC_UNSUPPORTED, "the predictor was not distilled: it has no teacher");
    d.teacher = rc_json_string(r, "teacher", "");
    d.student = rc_json_string(r, "student", "");
    for (; d.layers < RC_DISTILLATION_LAYERS && d.layers < length_of(r, "layers"); d.layers++)
        d.layer[d.layers] = rc_json_as_integer(rc_json_at(layers, (size_t)d.layers));
    take_side(rc_json_get(both, "teacher"), RC_TEACHER, &d);
    take_side(rc_json_get(both, "student"), RC_STUDENT, &d);
    d.note = rc_json_string(both, "note", "");
    d.unpaired = rc_json_string(unpaired, "data", "");
    d.distance = rc_json_string(unpaired, "distance", "");
    d.local = strcmp(rc_json_string(unpaired, "optimum", ""), "local") == 0;
    return rc__options_give("rc_distillation", &d, sizeof d, out);
}

/* ---- what is asked ---- */

typedef struct request {
    rc__wanted what;
    bool decides; /* int64: which class, or whether a label is there */
    rc_shape shape;
} request;

static rc_status understand(const rc_predictor *p, rc_wanted what, int64_t n, request *out)
{
    rc_trained of = rc_session_trained(p->session);
    const rc_task *t = of.task;
    bool classes = rc_target_is_class(t->target), labels = t->target == RC_TARGET_MULTILABEL;
    bool words = t->target == RC_TARGET_WORDS;
    bool features = what == RC_FEATURES || what == RC_TOKENS;
    RC_CHECK(what >= RC_ANSWER && what <= RC_TOKENS, RC_CONFIG, "what is %d, and nothing that can be wanted",
             (int)what);
    RC_CHECK(n >= 0, RC_CONFIG, "there cannot be %lld samples", (long long)n);
    RC_CHECK(!features || of.model, RC_UNSUPPORTED, "a plain predictor has no features to give");
    RC_CHECK(what != RC_TOKENS || !t->tokenizer, RC_UNSUPPORTED,
             "samples with texts have no fixed number of tokens: ask for RC_FEATURES, their mean");
    RC_CHECK(what != RC_PROBABILITIES || classes || t->point_classes || rc_task_says(t) == RC_SAYS_LABELS,
             RC_UNSUPPORTED, "this predictor gives numbers, which have no probabilities");
    *out = (request){.what = what == RC_FEATURES ? RC__POOLED
                             : what == RC_TOKENS ? RC__TOKENS
                                                 : RC__PREDICTIONS,
                     .decides = what == RC_ANSWER && (classes || labels)};
    out->shape = words && !features ? RC_SHAPE(n, t->outputs) : rc__wanted_shape(&of, out->what, n);
    if (out->decides && classes) out->shape.n = 1;
    return RC_OK;
}

rc_status rc_predictor_shape(const rc_predictor *predictor, rc_wanted what, int64_t samples, rc_view *out)
{
    request q;
    RC_TRY(RC_ARGUMENTS(predictor, out));
    RC_TRY(understand(predictor, what, samples, &q));
    *out = rc_view_make(NULL, q.decides ? RC_DTYPE_I64 : RC_DTYPE_F32, q.shape.n, q.shape.dim);
    return RC_OK;
}

/* ---- and answered ---- */

typedef struct answer {
    const rc_task *task;
    const request *q;
    const rc_view *to;
    int64_t without; /* words that nothing was said of */
} answer;

static void decide(const answer *a, int64_t first, int64_t n, const float *rows)
{
    int64_t width = a->task->outputs, *to = a->to->data;
    bool classes = rc_target_is_class(a->task->target);
    for (int64_t i = 0; i < n && classes; i++)
        to[first + i] = isnan(rows[i * width]) ? -1 : rc_task_decide(a->task, rows + i * width);
    for (int64_t k = 0; k < n * width && !classes; k++)
        to[first * width + k] = rows[k] > 0.5f;
}

static rc_status store(void *context, int64_t first, int64_t n, const float *rows)
{
    const answer *a = context;
    int64_t each = rc_shape_size(&a->q->shape) / a->q->shape.dim[0];
    if (a->q->decides)
        decide(a, first, n, rows);
    else
        rc__view_store(a->to, first * each, n * each, rows);
    return RC_OK;
}

static rc_status answer_inputs(rc_predictor *p, rc_wanted what, const rc__inputs *in, const rc_view *out)
{
    request q;
    rc_trained of = rc_session_trained(p->session);
    RC_TRY(rc__inputs_check(&of, in));
    RC_TRY(understand(p, what, in->shape.dim[0], &q));
    RC_TRY(rc__view_check_output("out", out, &q.shape, q.decides));
    answer a = {p->session->task, &q, out, 0};
    return rc__predict(&of, &p->room, in, q.what, store, &a);
}

static rc_status apply(rc_predictor *p, rc_wanted what, const rc_view *view, const rc_view *out)
{
    rc_array x = {0};
    const rc_task *t = p->session->task;
    RC_CHECK(!t->n_more, RC_UNSUPPORTED,
             "this predictor takes several inputs, x and %s among them: use rc_predictor_apply_inputs",
             rc_task_input_name(t, t->n_more));
    RC_CHECK(t->target != RC_TARGET_WORDS || what == RC_FEATURES || what == RC_TOKENS, RC_UNSUPPORTED,
             "this predictor labels words: give it sentences as words (rc_predictor_apply_words)");
    RC_TRY(rc__view_array("x", view, &x));
    rc__text_ids ids;
    bool texts = t->layout.form == RC_FORM_TEXTS;
    rc_status status = texts ? rc__text_ids_take("x", &x, &t->backbone, &ids) : RC_OK;
    if (status == RC_OK) {
        rc__inputs in = texts ? rc__inputs_of_ids(&ids) : rc__inputs_of(&x, "x");
        status = answer_inputs(p, what, &in, out);
    }
    rc_array_free(&x);
    return status;
}

/* ---- several inputs ---- */

/* -1: none is called so. */
static int find_input(const rc_task *t, const char *name)
{
    int k = t->n_more;
    while (k >= 0 && strcmp(name, rc_task_input_name(t, k)) != 0)
        k--;
    return k;
}

static rc_status take_named(const rc_input_view *given, rc__named *in)
{
    RC_TRY(RC_FIELDS("rc_input_view", given->name, given->x));
    int k = find_input(in->task, given->name);
    RC_CHECK(k >= 0, RC_CONFIG, "no input of this predictor is called \"%.60s\"", given->name);
    RC_CHECK(!in->x[k].data, RC_CONFIG, "the input %s is given twice", given->name);
    return rc__view_array(given->name, given->x, &in->x[k]);
}

static rc_status apply_inputs(rc_predictor *p, rc_wanted what, int64_t n, const rc_input_view *given,
                              const rc_view *out)
{
    rc__named named = {.task = p->session->task};
    rc_status status = RC_OK;
    RC_CHECK(named.task->layout.form != RC_FORM_TEXTS, RC_UNSUPPORTED, "this predictor takes texts");
    for (int64_t i = 0; i < n && status == RC_OK; i++)
        status = take_named(&given[i], &named);
    if (status == RC_OK) status = rc__named_check("the inputs", &named);
    if (status == RC_OK) {
        rc__inputs in = rc__inputs_named(&named, "the inputs");
        status = answer_inputs(p, what, &in, out);
    }
    rc__named_close(&named);
    return status;
}

/* ---- rows of a table ---- */

static void tell(const rc_texts *notes)
{
    for (int64_t i = 0; i < notes->n; i++)
        rc_progress_note("note: %s", rc_texts_get(notes, i));
}

/* named: the rows of a task with several inputs. */
static rc_status answer_raw(rc_predictor *p, rc_wanted what, const rc__table_rows *rows, rc_raw *raw,
                            rc__named *named, const rc_view *out)
{
    const char *source = rows->table.source;
    if (named->task) RC_TRY(rc__named_raw(named->task, raw, source, named));
    rc__inputs in = named->task ? rc__inputs_named(named, source) : rc__inputs_of_raw(raw, source);
    RC_CHECK(in.shape.dim[0] == rows->table.rows, RC_UNSUPPORTED,
             "these rows are cut into windows, which are predicted from files only: use rc_predict");
    tell(rc_raw_notes(raw));
    tell(&named->notes);
    return answer_inputs(p, what, &in, out);
}

static rc_status answer_rows(rc_predictor *p, rc_wanted what, const rc__table_rows *rows, rc_raw *raw,
                             const rc_view *out)
{
    const rc_task *t = p->session->task;
    rc__named named = {.task = t->n_more ? t : NULL};
    rc_status status = answer_raw(p, what, rows, raw, &named, out);
    rc__named_close(&named);
    return status;
}

static rc_status apply_rows(rc_predictor *p, rc_wanted what, const rc_rows *given, const rc_view *out)
{
    rc__table_rows rows = {0};
    rc_raw *raw = NULL;
    if (!p->encoders) RC_TRY(rc__task_encoders(p->session->task, &p->encoders));
    rc_status status = rc__table_rows_open(given, &rows);
    if (status == RC_OK) status = rc_raw_open_table(p->encoders, &rows.table, &raw);
    if (status == RC_OK) status = answer_rows(p, what, &rows, raw, out);
    rc_raw_close(&raw);
    rc__table_rows_close(&rows);
    return status;
}

/* ---- texts ---- */

/* Of several inputs, one may be missing. */
static rc_status encode_one(const rc_task *t, const char *text, int64_t tokens, rc_encoding *e)
{
    size_t size = text ? strlen(text) : 0;
    RC_CHECK(t->n_more || size, RC_DATA, "the text is empty");
    e->n = 0;
    e->truncated = false;
    return t->n_more && rc_text_is_blank(text, size)
               ? RC_OK
               : rc_tokenizer_encode(t->tokenizer, text, size, tokens, e);
}

/* For input k. */
static rc_status encode(const rc_predictor *p, int k, int64_t n, const char *const *texts, const rc_view *out)
{
    const rc_task *t = p->session->task;
    const rc_layout *l = rc_task_layout(t, k);
    int64_t tokens = l->input.length, cut = 0;
    rc_encoding e = {0};
    rc_status status = RC_OK;
    RC_CHECK(l->form == RC_FORM_TEXTS, RC_UNSUPPORTED, "this predictor takes arrays, not texts");
    if (t->n_more == 0) RC_TRY(rc_check_texts("texts", texts, n));
    RC_CHECK(out->data && out->dtype == RC_DTYPE_I32 && out->dims == 2 && out->shape[0] == n &&
                 out->shape[1] == tokens && rc_view_is_dense(out),
             RC_SHAPE, "out: token ids are int32 [%lld, %lld] in C order", (long long)n, (long long)tokens);
    for (int64_t i = 0; i < n && status == RC_OK; i++) {
        status = encode_one(t, texts[i], tokens, &e);
        if (status == RC_OK) rc_encoding_to_row(&e, tokens, (int32_t *)out->data + i * tokens);
        if (status != RC_OK) status = rc_fail_context(status, "text %lld", (long long)i);
        cut += e.truncated;
    }
    rc_encoding_free(&e);
    if (status == RC_OK && cut > 0)
        rc_progress_note("note: %s: %lld texts have more than %lld tokens; the rest is cut off",
                         k ? rc_task_input_name(t, k) : "texts", (long long)cut, (long long)tokens);
    return status;
}

/* ---- words ---- */

static rc_status store_words(void *context, int64_t first, int64_t n, const float *rows)
{
    answer *a = context;
    for (int64_t i = 0; i < n; i++)
        a->without += isnan(rows[i * a->task->outputs]);
    return store(context, first, n, rows);
}

/* Borrows the words. */
static rc_status take_sentences(int64_t n, const int64_t *words, const char *const *word, rc_sentences *out)
{
    RC_CHECK(n > 0, RC_DATA, "words: no sentences");
    RC_TRY(rc__words_sum("words", n, words, &out->words));
    RC_TRY(rc_check_texts("word", word, out->words));
    RC_TRY(RC_NEW(&out->word, out->words));
    RC_TRY(RC_NEW(&out->first, n + 1));
    out->n = n;
    for (int64_t i = 0; i < n; i++)
        out->first[i + 1] = out->first[i] + words[i];
    for (int64_t i = 0; i < out->words; i++) {
        out->word[i] = (rc_word){word[i], strlen(word[i])};
        RC_CHECK(!rc_text_is_blank(word[i], out->word[i].size), RC_DATA, "word %lld is empty", (long long)i);
    }
    return RC_OK;
}

static rc_status answer_words(rc_predictor *p, rc_wanted what, const rc_sentences *in, const rc_view *out)
{
    request q;
    rc_trained of = rc_session_trained(p->session);
    const rc_task *t = of.task;
    RC_TRY(understand(p, what, in->words, &q));
    RC_TRY(rc__view_check_output("out", out, &q.shape, q.decides));
    answer a = {t, &q, out, 0};
    RC_TRY(rc__predict_words(&of, &p->room, in, "words", store_words, &a));
    if (a.without > 0)
        rc_progress_note(
            "note: %lld words have no answer: they are beyond the %lld tokens that the predictor "
            "reads",
            (long long)a.without, (long long)t->layout.input.length);
    return RC_OK;
}

static rc_status apply_words(rc_predictor *p, rc_wanted what, int64_t n, const int64_t *words,
                             const char *const *word, const rc_view *out)
{
    rc_sentences in = {0};
    RC_CHECK(p->session->task->target == RC_TARGET_WORDS, RC_UNSUPPORTED,
             "this predictor does not label words");
    RC_CHECK(what == RC_ANSWER || what == RC_PROBABILITIES, RC_UNSUPPORTED,
             "features are those of whole texts: rc_predictor_encode, then rc_predictor_apply");
    rc_status status = take_sentences(n, words, word, &in);
    if (status == RC_OK) status = answer_words(p, what, &in, out);
    rc_sentences_free(&in);
    return status;
}

rc_status rc_predictor_apply_words(rc_context *context, rc_predictor *predictor, rc_wanted what, int64_t n,
                                   const int64_t *words, const char *const *word, const rc_view *out)
{
    rc__call call = rc__call_begin(context);
    rc_status status = RC_ARGUMENTS(predictor, words, word, out);
    if (status == RC_OK) status = apply_words(predictor, what, n, words, word, out);
    return rc__call_end(&call, status);
}

/* ---- the calls ---- */

rc_status rc_predictor_encode(rc_context *context, const rc_predictor *predictor, int64_t n,
                              const char *const *texts, const rc_view *out)
{
    rc__call call = rc__call_begin(context);
    rc_status status = RC_ARGUMENTS(predictor, texts, out);
    if (status == RC_OK) status = encode(predictor, 0, n, texts, out);
    return rc__call_end(&call, status);
}

static rc_status encode_input(const rc_predictor *p, const char *name, int64_t n, const char *const *texts,
                              const rc_view *out)
{
    const rc_task *t = p->session->task;
    int k = find_input(t, name);
    RC_CHECK(k >= 0, RC_CONFIG, "no input of this predictor is called \"%.60s\"", name);
    return encode(p, k, n, texts, out);
}

rc_status rc_predictor_encode_input(rc_context *context, const rc_predictor *predictor, const char *name,
                                    int64_t n, const char *const *texts, const rc_view *out)
{
    rc__call call = rc__call_begin(context);
    rc_status status = RC_ARGUMENTS(predictor, name, texts, out);
    if (status == RC_OK) status = encode_input(predictor, name, n, texts, out);
    return rc__call_end(&call, status);
}

rc_status rc_predictor_apply(rc_context *context, rc_predictor *predictor, rc_wanted what, const rc_view *x,
                             const rc_view *out)
{
    rc__call call = rc__call_begin(context);
    rc_status status = RC_ARGUMENTS(predictor, x, out);
    if (status == RC_OK) status = apply(predictor, what, x, out);
    return rc__call_end(&call, status);
}

rc_status rc_predictor_apply_inputs(rc_context *context, rc_predictor *predictor, rc_wanted what, int64_t n,
                                    const rc_input_view *inputs, const rc_view *out)
{
    rc__call call = rc__call_begin(context);
    rc_status status = RC_ARGUMENTS(predictor, inputs, out);
    if (status == RC_OK) status = apply_inputs(predictor, what, n, inputs, out);
    return rc__call_end(&call, status);
}

rc_status rc_predictor_apply_rows(rc_context *context, rc_predictor *predictor, rc_wanted what,
                                  const rc_rows *rows, const rc_view *out)
{
    rc__call call = rc__call_begin(context);
    rc_status status = RC_ARGUMENTS(predictor, rows, out);
    if (status == RC_OK) status = apply_rows(predictor, what, rows, out);
    return rc__call_end(&call, status);
}

rc_status rc_predictor_predict(rc_context *context, rc_predictor *p, const rc_view *x, const rc_view *out)
{
    return rc_predictor_apply(context, p, RC_ANSWER, x, out);
}

rc_status rc_predictor_predict_proba(rc_context *context, rc_predictor *p, const rc_view *x,
                                     const rc_view *out)
{
    return rc_predictor_apply(context, p, RC_PROBABILITIES, x, out);
}

rc_status rc_predictor_embed(rc_context *context, rc_predictor *p, const rc_view *x, const rc_view *out)
{
    return rc_predictor_apply(context, p, RC_FEATURES, x, out);
}
