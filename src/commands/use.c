/* Using a finished run: eval, predict, and the features of its model. */
#include <stdio.h>
#include <string.h>

#include "api/predicting.h"
#include "api/run_data.h"
#include "api/text_feed.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "commands/common.h"
#include "commands/outputs.h"
#include "commands/predict_words.h"
#include "commands/raw_input.h"
#include "formats/text_file.h"
#include "parallel/parallel.h"
#include "tasks/ensemble.h"
#include "training/session.h"

/* ---- eval ---- */

/* The scores of the test part, which there is; the task has d already. */
static rc_status score(rc_trained *of, const rc_dataset *d, rc_json *j)
{
    rc_score value;
    double interval[2];
    rc_json_set_string(j, "metric", rc_metric_name(of->task->metric));
    rc_task_tell_decision(of->task, j);
    rc_json *usual = rc_json_object();
    rc_json *by_group = rc_json_object();
    rc_status status =
        rc_evaluate_all(of->graph, of->model, of->task, &d->test, of->batch,
                        &(rc_evaluation){.usual = usual, .by_group = by_group, .interval = interval}, &value);
    if (status == RC_OK) status = rc_evaluate_each_without(of->graph, of->model, of->task, of->batch, j);
    of->task->data = NULL;
    if (status == RC_OK) status = rc_json_check(by_group);
    if (status != RC_OK) {
        rc_json_free(&usual);
        rc_json_free(&by_group);
        return status;
    }
    rc_json_set_number(j, "test", value.metric);
    rc_result_set_interval(j, interval);
    rc_json_set_number(j, "test_loss", value.loss);
    rc_json_set_integer(j, "n_test", d->test.n);
    rc_json_set(j, "metrics", usual);
    if (rc_json_get(by_group, "groups"))
        rc_json_set(j, "by_group", by_group);
    else
        rc_json_free(&by_group);
    return RC_OK;
}

static rc_status open_raw_data(const rc_task *t, const char *run, const char *path, rc_json *j,
                               rc_dataset **out)
{
    rc__raw_input r;
    rc_status status = rc__raw_input_begin(t, run, &r);
    if (status == RC_OK) status = rc__raw_input_open(path, true, NULL, &r);
    if (status == RC_OK) status = rc__raw_input_notes(&r, j);
    if (status == RC_OK) status = rc_raw_dataset(r.raw, false, out);
    rc__raw_input_close(&r);
    return status;
}

/* Behind those that j has. */
static void add_notes(const rc_texts *notes, rc_json *j)
{
    const rc_json *there = rc_json_get(j, "notes");
    if (notes->n == 0) return;
    rc_json *list = there ? rc_json_copy(there) : rc_json_array();
    rc_json_append_texts(list, notes);
    rc_json_set(j, "notes", list);
}

static rc_status evaluate(rc_trained *of, const char *run, const char *path, rc_json *j, rc_dataset **d)
{
    bool raw;
    RC_TRY(rc__is_raw(path, &raw));
    raw = raw && of->task->layout.form != RC_FORM_TEXTS;
    rc_json_set_string(j, "run", run);
    rc_json_set_string(j, "data", path);
    RC_TRY(rc_json_check(j));
    RC_TRY(raw ? open_raw_data(of->task, run, path, j, d) : rc__run_data(run, of->task, path, d));
    RC_TRY(rc__same_data(*d));
    RC_TRY(rc_task_attach(of->task, *d)); /* what is of another form is told before what it lacks */
    add_notes(rc_dataset_notes(*d), j);
    RC_CHECK((*d)->test.n > 0, RC_DATA, "%s: no x_test and y_test to evaluate on", path);
    return score(of, *d, j);
}

/* The run, and the result to be, which says where its model is not as usual. To be closed in any case. */
static rc_status open_run(const char *run, rc_trained *of, rc_json **j)
{
    RC_TRY(rc_trained_open(run, of));
    *j = rc_json_object();
    bool int8 = of->model && of->model->spec.int8;
    if (int8) rc_json_set_string(*j, "weights", "int8");
    return RC_OK;
}

rc_status rc_eval(const char *run, const char *data, char **json)
{
    rc_trained of = {0};
    rc_dataset *d = NULL;
    rc_json *j = NULL;
    rc_json *record = NULL;
    RC_TRY(RC_ARGUMENTS(run));
    rc_status status = open_run(run, &of, &j);
    if (status == RC_OK && !data) status = rc__run_record(run, &record);
    if (status == RC_OK)
        status = evaluate(&of, run, data ? data : rc_json_string(record, "data", NULL), j, &d);
    rc_dataset_close(&d);
    rc_trained_close(&of);
    rc_json_free(&record);
    return rc__json_result(j, status, json);
}

/* ---- predict ---- */

static void tell_output(const char *output, const rc_shape *shape, rc_json *j)
{
    char text[RC_SHAPE_TEXT];
    rc_json_set_string(j, "output", output);
    rc_json_set_integer(j, "n", shape->dim[0]);
    rc_json_set_string(j, "shape", rc_shape_text(shape, text));
}

/* ---- the input ---- */

typedef struct request {
    const char *run, *input, *part, *output, *encoding;
    const rc_settings *settings;
    rc__wanted what;
    const char *priors;
    rc_config config; /* of the run, and these settings */
} request;

/* What is asked about: an array, or what a run's encoders make samples of. */
typedef struct input {
    rc_array x;
    rc__text_ids ids; /* in place of its numbers */
    rc__named named;
    rc_texts notes; /* on texts, on inputs that are not there, and on how x is read */
    rc__raw_input r;
    rc__inputs all;
} input;

static void close_input(input *in)
{
    rc_texts_free(&in->notes);
    rc_array_free(&in->x);
    rc__named_close(&in->named);
    rc__raw_input_close(&in->r);
}

static rc_status open_raw(const request *q, input *in)
{
    RC_TRY(rc__raw_input_open(q->input, false, q->encoding, &in->r));
    in->all = rc__inputs_of_raw(in->r.raw, q->input);
    return RC_OK;
}

static rc_inputs_asked asked_of(const request *q)
{
    return (rc_inputs_asked){.part = q->part, .encoding = q->encoding, .mib = q->config.data.memory};
}

/* Of folders only the number of samples has been compared. */
static rc_status read_array(const request *q, input *in)
{
    rc_texts none;
    const rc_inputs_asked how = asked_of(q);
    RC_TRY(rc_inputs_read(q->input, &how, &in->notes, &in->x, &none));
    return rc_path_is_directory(q->input) ? rc__same_array("another input", &in->x) : RC_OK;
}

/* Arrays of another form than the run's may be those that an import took, and so are all files of several.
 * Encoders take all parts of them: who asks for one gives it in the run's own form. */
static rc_status open_arrays(const rc_task *t, const request *q, input *in)
{
    bool arrays, imported = in->r.encoders && rc_encoders_form(in->r.encoders) == RC_IMPORT_ARRAYS;
    bool raw = imported && !q->part && !rc_path_is_directory(q->input);
    if (raw && !rc_path_has_suffix(q->input, ".npy")) return open_raw(q, in);
    RC_TRY(rc_inputs_recognise(q->input, q->encoding, &arrays));
    if (!arrays) return open_raw(q, in);
    RC_TRY(read_array(q, in));
    in->all = rc__inputs_of(&in->x, q->input);
    return raw && !rc_layout_accepts(&t->layout, &in->x.shape) ? open_raw(q, in) : RC_OK;
}

static rc_status open_texts(const rc_task *t, const request *q, rc_text_options *o, input *in)
{
    bool ids;
    RC_TRY(rc_inputs_recognise(q->input, q->encoding, &ids));
    if (ids) {
        RC_TRY(read_array(q, in));
        RC_TRY(rc__text_ids_take(q->input, &in->x, &t->backbone, &in->ids));
        in->all = rc__inputs_of_ids(&in->ids);
        return RC_OK;
    }
    o->tokens = o->pad_to = t->layout.input.length;
    RC_TRY(rc_text_inputs(q->input, o, t->tokenizer, &in->notes, &in->x));
    in->all = rc__inputs_of_texts(&in->x, q->input);
    return RC_OK;
}

/* Folders and files of arrays have the arrays by name; all else is for the encoders. */
static rc_status open_several(const rc_task *t, const request *q, input *in)
{
    bool arrays = rc_path_is_directory(q->input);
    if (!arrays && rc_path_exists(q->input)) RC_TRY(rc_container_recognise(q->input, &arrays));
    if (arrays) return rc__named_open(t, q->input, asked_of(q), &in->named);
    RC_TRY(rc__raw_input_begin(t, q->run, &in->r));
    RC_TRY(rc__raw_input_open(q->input, false, q->encoding, &in->r));
    return rc__named_raw(t, in->r.raw, q->input, &in->named);
}

/* Samples may lack an input: all of them do where there is none of its name. */
static rc_status open_named(const rc_task *t, const request *q, input *in)
{
    RC_TRY(open_several(t, q, in));
    in->all = rc__inputs_named(&in->named, q->input);
    for (int64_t i = 0; i < in->named.notes.n; i++)
        RC_TRY(rc_texts_add(&in->notes, rc_texts_get(&in->named.notes, i),
                            strlen(rc_texts_get(&in->named.notes, i))));
    for (int k = 0; k <= t->n_more; k++) {
        char note[RC_INPUT_NAME + 80];
        if (rc__named_has(&in->named, k)) continue;
        int n = snprintf(note, sizeof note, "no input %s: it counts as missing in every sample",
                         rc_task_input_name(t, k));
        rc_progress_note("note: %s: %s", q->input, note);
        RC_TRY(rc_texts_add(&in->notes, note, (size_t)n));
    }
    return RC_OK;
}

static rc_status open_input(const rc_task *t, const request *q, rc_text_options *o, input *in)
{
    if (t->n_more) return open_named(t, q, in);
    if (t->layout.form == RC_FORM_TEXTS) return open_texts(t, q, o, in);
    RC_TRY(rc__raw_input_begin(t, q->run, &in->r));
    return open_arrays(t, q, in);
}

/* ---- the output ---- */

/* Rows on their way out. Windows of one record become its mean. */
typedef struct rows {
    rc__numbers to;
    const rc_raw *raw; /* NULL: none, or every sample has a row of its own */
    int64_t each;      /* numbers of a row */
    int64_t all, left; /* windows of the present record, and those that are still to come */
    float *mean;
    const char **name; /* of the columns */
    rc_texts made;     /* names that are not known by anybody else */
} rows;

static int64_t windows_from(const rc_raw *r, int64_t i)
{
    int64_t n = rc_raw_shape(r, 0).dim[0], count = 1;
    while (i + count < n && rc_raw_group(r, i + count) == rc_raw_group(r, i))
        count++;
    return count;
}

static rc_status add_window(rows *out, int64_t i, const float *row)
{
    if (out->left == 0) {
        out->to.at = i;
        out->all = out->left = windows_from(out->raw, i);
        memset(out->mean, 0, (size_t)out->each * sizeof *out->mean);
    }
    for (int64_t k = 0; k < out->each; k++)
        out->mean[k] += row[k] / (float)out->all;
    return --out->left ? RC_OK : rc__numbers_add(&out->to, 1, out->mean);
}

static rc_status add_rows(void *context, int64_t first, int64_t n, const float *row)
{
    rows *out = context;
    if (!out->raw) return rc__numbers_add(&out->to, n, row);
    for (int64_t i = 0; i < n; i++)
        RC_TRY(add_window(out, first + i, row + i * out->each));
    return RC_OK;
}

static void raw_id(void *context, int64_t i, char text[RC__OUTPUT_ID])
{
    rc_raw_id(context, i, text);
}

/* The number's name, if it has one, and the quantile: "price_q0.05". */
static rc_status name_quantiles(const rc_task *t, const rc_texts *names, rows *out)
{
    bool named = names && names->n == t->y_size;
    rc_string text = {0};
    rc_status status = RC_NEW(&out->name, out->each);
    for (int64_t i = 0; i < out->each && status == RC_OK; i++) {
        double q = t->quantile[i / t->y_size];
        int64_t k = i % t->y_size;
        text.length = 0;
        status = named            ? rc_string_printf(&text, "%s_q%g", rc_texts_get(names, k), q)
                 : t->y_size == 1 ? rc_string_printf(&text, "value_q%g", q)
                                  : rc_string_printf(&text, "value_%lld_q%g", (long long)k, q);
        if (status == RC_OK) status = rc_texts_add(&out->made, text.data, text.length);
    }
    for (int64_t i = 0; i < out->each && status == RC_OK; i++)
        out->name[i] = rc_texts_get(&out->made, i);
    rc_string_free(&text);
    out->to.name = out->name;
    out->to.alone = true;
    return status;
}

/* Names of the columns: of the classes or labels, or of the columns of a table that were to be predicted. */
static rc_status name_columns(const rc_task *t, const input *in, rows *out)
{
    const rc_texts *names = in->r.encoders ? rc_encoders_names(in->r.encoders) : NULL;
    int64_t n = t->labels ? t->labels : names ? names->n : 0;
    if (t->quantiles > 0) return name_quantiles(t, names, out);
    if (n != out->each || !rc_task_says_target(t)) return RC_OK;
    RC_TRY(RC_NEW(&out->name, n));
    for (int64_t k = 0; k < n; k++)
        out->name[k] = t->labels ? t->label_name[k] : rc_texts_get(names, k);
    out->to.name = out->name;
    out->to.alone = t->target == RC_TARGET_REGRESSION;
    return RC_OK;
}

static rc_status describe_output(const rc_trained *of, const input *in, rc__wanted what, rows *out)
{
    const rc_task *t = of->task;
    bool classes = t->target == RC_TARGET_CLASSES;
    rc_says says = rc_task_says(t);
    bool shares = classes || t->point_classes || says == RC_SAYS_LABELS;
    out->to = (rc__numbers){.prefix = "feature", .shape = rc__wanted_shape(of, what, in->all.shape.dim[0])};
    out->each = rc_shape_size(&out->to.shape) / out->to.shape.dim[0];
    if (in->r.raw) {
        out->to.context = in->r.raw;
        out->to.id = raw_id;
    }
    if (what != RC__PREDICTIONS) return RC_OK;
    out->to.prefix = shares ? "p" : says == RC_SAYS_RISKS ? "risk" : "value";
    out->to.classes = classes;
    out->to.threshold = t->threshold;
    RC_TRY(name_columns(t, in, out));
    if (!in->r.raw || !rc_raw_has_groups(in->r.raw) || t->target == RC_TARGET_DENSE) return RC_OK;
    out->raw = in->r.raw;
    int64_t records = 0;
    for (int64_t i = 0; i < in->all.shape.dim[0]; i += windows_from(out->raw, i))
        records++;
    out->to.shape.dim[0] = records;
    return RC_NEW(&out->mean, out->each);
}

static rc_status write_rows(const rc_trained *of, const request *q, const input *in, rows *out)
{
    rc__room room = {0};
    RC_TRY(rc__numbers_begin(q->output, &out->to));
    rc_status status = rc__numbers_end(&out->to, rc__predict(of, &room, &in->all, q->what, add_rows, out));
    rc__room_free(&room);
    return status;
}

/* Where the labels are known, too. */
static rc_status score_raw(rc_trained *of, rc_raw *r, rc_json *j)
{
    rc_dataset *d = NULL;
    RC_TRY(rc_raw_dataset(r, false, &d));
    rc_json *scores = rc_json_set(j, "scores", rc_json_object());
    rc_status status = rc_task_attach(of->task, d);
    if (status == RC_OK) status = score(of, d, scores);
    rc_dataset_close(&d);
    return status;
}

static rc_status use_all(rc_trained *of, const request *q, const input *in, rc_json *j)
{
    rows out = {0};
    int64_t windows = in->all.shape.dim[0];
    RC_TRY(rc_parallel_same("another number of samples", (uint64_t)windows)); /* in a folder, say */
    RC_TRY(rc__inputs_check(of, &in->all));
    rc_status status = describe_output(of, in, q->what, &out);
    if (status == RC_OK) status = write_rows(of, q, in, &out);
    if (status == RC_OK) tell_output(q->output, &out.to.shape, j);
    rc_free(out.mean);
    rc_free(out.name);
    rc_texts_free(&out.made);
    RC_TRY(status);
    if (q->what == RC__PREDICTIONS) rc_task_tell_decision(of->task, j);
    if (in->r.raw) RC_TRY(rc__raw_input_notes(&in->r, j));
    add_notes(&in->notes, j);
    if (!in->r.raw) return RC_OK;
    if (windows != out.to.shape.dim[0]) rc_json_set_integer(j, "windows", windows);
    return q->what == RC__PREDICTIONS && rc_raw_has_labels(in->r.raw) ? score_raw(of, in->r.raw, j) : RC_OK;
}

/* Who asks for other frequencies decides by the likelier class. */
static rc_status set_priors(rc_task *t, const char *priors, rc_json *j)
{
    double threshold = t->threshold;
    RC_TRY(rc_task_set_priors(t, priors));
    if (threshold == 0) return RC_OK;
    rc_progress_note("note: the likelier class is the answer; the run's threshold of %.3g was chosen for the "
                     "frequencies of its own data",
                     threshold);
    rc_json_set_number(j, "threshold_not_used", threshold);
    return RC_OK;
}

static rc_status refuse_combined(const char *run, const rc_ensemble *e)
{
    const char *tuned = rc_ensemble_tuned(e);
    if (!tuned)
        return rc_fail(RC_UNSUPPORTED,
                       "%s: a combination of runs has no features of its own, nor have these, which are "
                       "plain predictors",
                       run);
    return rc_fail(
        RC_UNSUPPORTED,
        "%s: a combination of runs has no features of its own; take those of one of them: \1run %s/%s", run,
        run, tuned);
}

static rc_status use_model(rc_trained *of, request *q, rc_json *j)
{
    input in = {0};
    if (q->what != RC__PREDICTIONS && of->task->ensemble) return refuse_combined(q->run, of->task->ensemble);
    RC_CHECK(q->what == RC__PREDICTIONS || of->model, RC_UNSUPPORTED,
             "%s: a plain predictor (%s) has no features to give", q->run, rc_plain_name_of(of->task->plain));
    RC_CHECK(q->what != RC__TOKENS || !of->task->tokenizer, RC_UNSUPPORTED,
             "\1pool none with \1run is not for runs on texts; choose mean");
    RC_CHECK(!q->encoding || of->task->tokenizer || of->task->encoders, RC_CONFIG,
             "\1encoding is for texts; the run %s takes arrays", q->run);
    if (strcmp(q->input, RC_STANDARD_INPUT) != 0) RC_TRY(rc_import_check_file(q->input));
    RC_TRY(rc__same_file("another input", q->input));
    RC_TRY(rc_inputs_check_part(q->input, q->part, q->encoding));
    RC_TRY(rc__run_settings(q->run, &q->config));
    RC_TRY(rc__settings_apply(&q->config, q->settings));
    if (q->priors) RC_TRY(set_priors(of->task, q->priors, j));
    rc_text_options o = rc__text_inputs(&q->config, q->encoding);
    if (q->what == RC__PREDICTIONS && of->task->target == RC_TARGET_WORDS)
        return rc__label_words(of, &o, q->input, q->output, j);
    rc_status status = open_input(of->task, q, &o, &in);
    if (status == RC_OK) status = use_all(of, q, &in, j);
    close_input(&in);
    return status;
}

static rc_status use_run(request *q, char **json)
{
    rc_trained of = {0};
    rc_json *j = NULL;
    RC_CHECK(rc_parallel_size() == 1 || strcmp(q->input, RC_STANDARD_INPUT) != 0, RC_CONFIG,
             "\1input -: standard input reaches one rank alone; give a file");
    rc_status status = open_run(q->run, &of, &j);
    if (status == RC_OK) status = use_model(&of, q, j);
    rc_trained_close(&of);
    return rc__json_result(j, status, json);
}

rc_status rc_predict(const rc_predict_options *given, char **json)
{
    rc_predict_options own = RC_PREDICT_OPTIONS_INIT, *o = &own;
    RC_TRY(rc__options_take("rc_predict_options", given, sizeof own, o));
    RC_TRY(RC_FIELDS("rc_predict_options", o->run, o->input, o->output));
    request q = {.run = o->run,
                 .input = o->input,
                 .part = o->part,
                 .output = o->output,
                 .encoding = o->encoding,
                 .settings = &o->settings,
                 .what = RC__PREDICTIONS,
                 .priors = o->priors};
    RC_TRY(rc_encoding_check("\1encoding", o->encoding));
    return use_run(&q, json);
}

rc_status rc__embed_run(const rc_embed_options *o, rc__pooling pool, char **json)
{
    bool mean = pool == RC__POOL_MEAN;
    RC_CHECK(pool != RC__POOL_CLS, RC_CONFIG, "\1pool cls: with \1run it is none or mean");
    request q = {.run = o->run,
                 .input = o->input,
                 .part = o->part,
                 .output = o->output,
                 .encoding = o->encoding,
                 .settings = &o->settings,
                 .what = mean ? RC__POOLED : RC__TOKENS};
    return use_run(&q, json);
}
