/* Using a finished run: eval, predict, and the features of its model. */
#include <string.h>

#include "api/predicting.h"
#include "api/text_feed.h"
#include "base/file.h"
#include "base/progress.h"
#include "commands/common.h"
#include "commands/outputs.h"
#include "commands/predict_words.h"
#include "formats/text_file.h"
#include "training/session.h"

/* ---- eval ---- */

static rc_status run_data_path(const char *run, char **out)
{
    char path[RC_SESSION_PATH];
    rc_json *j;
    RC_TRY(rc_path_join(run, "run.json", sizeof path, path));
    RC_TRY(rc_json_read(path, &j));
    const char *data = rc_json_string(j, "data", NULL);
    rc_status status = data ? rc_strdup(data, out) : rc_fail(RC_FORMAT, "%s: \"data\" is missing", path);
    rc_json_free(&j);
    return status;
}

static rc_status score(rc_session *s, rc_dataset *d, const char *name, rc_json *j)
{
    rc_score value;
    rc_json *usual = NULL, *by_group = NULL;
    RC_TRY(rc_task_attach(s->task, d));
    RC_CHECK(d->test.n > 0, RC_DATA, "%s: no x_test and y_test to evaluate on", name);
    RC_TRY(rc_json_set_string(j, "run", s->directory));
    RC_TRY(rc_json_set_string(j, "data", name));
    RC_TRY(rc_json_set_texts(j, "notes", rc_dataset_notes(d)));
    RC_TRY(rc_json_set_string(j, "metric", s->task->metric));
    rc_status status = rc_json_object(&usual);
    if (status == RC_OK) status = rc_json_object(&by_group);
    if (status == RC_OK)
        status = rc_evaluate_metrics(s->graph, s->model, s->task, &d->test, s->config.fit.batch, &value,
                                     usual, by_group);
    if (status == RC_OK) status = rc_json_set_number(j, "test", value.metric);
    if (status == RC_OK) status = rc_json_set_number(j, "test_loss", value.loss);
    if (status == RC_OK) status = rc_json_set_integer(j, "n_test", d->test.n);
    if (status == RC_OK) {
        status = rc_json_set(j, "metrics", usual);
        usual = NULL;
    }
    if (status == RC_OK && rc_json_get(by_group, "groups")) {
        status = rc_json_set(j, "by_group", by_group);
        by_group = NULL;
    }
    rc_json_free(&usual);
    rc_json_free(&by_group);
    return status;
}

/* Texts are read as the run read its own: with its settings and its tokenizer, and as long. */
static rc_status read_settings(const rc_session *s, rc_config *c)
{
    char file[RC_SESSION_PATH];
    rc_config_defaults(c);
    RC_TRY(rc_path_join(s->directory, "config.yaml", sizeof file, file));
    return rc_config_read(c, file);
}

static rc_status open_data(const rc_session *s, const char *path, rc_dataset **out)
{
    const rc_task *t = s->task;
    rc_config c;
    if (!t->tokenizer) return rc_dataset_open(path, t->fills_missing ? RC_DATASET_MISSING : 0, out);
    RC_TRY(read_settings(s, &c));
    return rc__text_data(&c, path, NULL, t->tokenizer, &t->backbone, t->layout.input.length, out);
}

rc_status rc_eval(const char *run, const char *data, char **json)
{
    rc_session *s = NULL;
    rc_dataset *d = NULL;
    rc_json *j = NULL;
    char *path = NULL;
    rc_status status = rc_session_load(run, &s);
    if (status == RC_OK) status = data ? rc_strdup(data, &path) : run_data_path(run, &path);
    if (status == RC_OK) status = open_data(s, path, &d);
    if (status == RC_OK) status = rc_json_object(&j);
    if (status == RC_OK) status = score(s, d, path, j);
    rc_dataset_close(&d);
    rc_session_close(&s);
    rc_free(path);
    return rc__json_result(j, status, json);
}

/* ---- predict ---- */

static rc_status tell_output(const char *output, const rc_shape *shape, rc_json *j)
{
    char text[RC_SHAPE_TEXT];
    RC_TRY(rc_json_set_string(j, "output", output));
    RC_TRY(rc_json_set_integer(j, "n", shape->dim[0]));
    return rc_json_set_string(j, "shape", rc_shape_text(shape, text));
}

/* How the numbers of a prediction are called. */
static rc__numbers describe_output(const rc_session *s, rc__wanted what)
{
    const rc_task *t = s->task;
    bool classes = t->target == RC_TARGET_CLASSES, shares = classes || t->loss == RC_LOSS_BCE;
    if (what != RC__PREDICTIONS) return (rc__numbers){.prefix = "feature"};
    return (rc__numbers){.prefix = shares ? "p" : "value", .classes = classes, .name = t->label_name};
}

static rc_status add_rows(void *context, int64_t first, int64_t n, const float *rows)
{
    (void)first;
    return rc__numbers_add(context, n, rows);
}

static rc_status use_all(rc_session *s, const rc_array *x, const char *input, const char *output,
                         rc__wanted what, rc_json *j)
{
    rc__room room = {0};
    RC_TRY(rc__inputs_check(s, x, input));
    rc__numbers to = describe_output(s, what);
    to.shape = rc__wanted_shape(s, what, x->shape.dim[0]);
    RC_TRY(rc__numbers_begin(output, &to));
    rc_status status = rc__numbers_end(&to, rc__predict(s, &room, x, input, what, add_rows, &to));
    rc__room_free(&room);
    return status == RC_OK ? tell_output(output, &to.shape, j) : status;
}

/* ---- the input ---- */

typedef struct request {
    const char *run, *input, *output, *encoding;
    const rc_settings *settings;
    rc__wanted what;
} request;

/* .npy; for a run on texts any other file holds texts. */
static rc_status open_input(const rc_session *s, const char *input, rc_text_options *o, rc_array *x)
{
    const rc_task *t = s->task;
    if (!t->tokenizer) return rc_npy_open(input, x);
    if (rc_path_has_suffix(input, ".npy")) return rc__text_ids(input, &t->backbone, x);
    o->tokens = o->pad_to = t->layout.input.length;
    return rc_text_inputs(input, o, t->tokenizer, x);
}

static rc_status use_session(rc_session *s, const request *q, rc_json *j)
{
    rc_array x = {0};
    rc_config c;
    RC_CHECK(q->what == RC__PREDICTIONS || s->model, RC_UNSUPPORTED,
             "%s: a plain predictor (%s) has no features to give", q->run, rc_plain_name_of(s->task->plain));
    RC_CHECK(q->what != RC__TOKENS || !s->task->tokenizer, RC_UNSUPPORTED,
             "--pool none with --run is not for runs on texts; choose mean");
    RC_CHECK(!q->encoding || s->task->tokenizer, RC_CONFIG,
             "--encoding is for texts; the run %s takes arrays", q->run);
    RC_TRY(read_settings(s, &c));
    RC_TRY(rc__settings_apply(&c, q->settings));
    rc_text_options o = rc__text_inputs(&c, q->encoding);
    if (q->what == RC__PREDICTIONS && s->task->of_words)
        return rc__predict_words(s, &o, q->input, q->output, j);
    rc_status status = open_input(s, q->input, &o, &x);
    if (status == RC_OK) status = use_all(s, &x, q->input, q->output, q->what, j);
    rc_array_free(&x);
    return status;
}

static rc_status use_run(const request *q, char **json)
{
    rc_session *s = NULL;
    rc_json *j = NULL;
    rc_status status = rc_session_load(q->run, &s);
    if (status == RC_OK) status = rc_json_object(&j);
    if (status == RC_OK) status = use_session(s, q, j);
    rc_session_close(&s);
    return rc__json_result(j, status, json);
}

rc_status rc_predict(const rc_predict_options *o, char **json)
{
    request q = {o->run, o->input, o->output, o->encoding, &o->settings, RC__PREDICTIONS};
    RC_TRY(rc_encoding_check("--encoding", o->encoding));
    return use_run(&q, json);
}

rc_status rc__embed_run(const rc_embed_options *o, const char *pool, char **json)
{
    bool mean = strcmp(pool, "mean") == 0;
    RC_CHECK(mean || strcmp(pool, "none") == 0, RC_CONFIG, "--pool %s: with --run it is none or mean", pool);
    request q = {o->run, o->input, o->output, o->encoding, &o->settings, mean ? RC__POOLED : RC__TOKENS};
    return use_run(&q, json);
}
