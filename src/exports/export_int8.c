/* The run's model with 8-bit weights (tensor/int8.h), in a folder that answers as the run does, and what that
 * costs: the score before and after on samples that the run did not learn from. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/memory.h"
#include "exports/export_forms.h"
#include "runs/run_record.h"

/* What a score may lose unremarked: of shares and ranks so much, of errors in units so much of themselves. */
static const double ALLOWED = 0.005;

typedef struct converted {
    rc__exporting *e;
    rc_model *model;
    int matrices, rounded; /* which 8 bits are for; which are of a width that takes them */
    rc_dataset *data;
    rc_json *told, *notes; /* told: of result.json, "int8" */
} converted;

/* ---- what is told ---- */

static void note(converted *c, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    rc_ascii_vprint(line, sizeof line, format, args);
    va_end(args);
    rc_json_append_string(c->notes, line);
}

static rc_status tell_size(const converted *c, const char *folder, const char *key)
{
    char path[RC_TRAINED_PATH];
    size_t bytes;
    RC_TRY(rc_path_join(folder, "model.safetensors", sizeof path, path));
    RC_TRY(rc_file_check(path, &bytes));
    rc_json_set_number(c->told, key, (double)bytes / 1e6);
    return RC_OK;
}

/* ---- the model ---- */

static rc_status round_model(converted *c)
{
    RC_TRY(rc_model_to_int8(c->e->trained.model, &c->model));
    for (int i = 0; i < c->model->first[RC_PART_HEAD]; i++) {
        const rc_param *p = rc_params_get(c->model->params, i);
        c->matrices += p->matrix || p->table;
        c->rounded += p->int8;
    }
    RC_CHECK(
        c->rounded > 0, RC_UNSUPPORTED,
        "%s: all its matrices have fewer than %d columns, or more than %d, and would stay as they are; keep "
        "the run itself",
        c->e->how->name, RC_INT8_MIN_COLS, RC_INT8_MAX_COLS);
    rc_json_set_integer(c->told, "matrices", c->rounded);
    rc_json_set_integer(c->told, "matrices_left", c->matrices - c->rounded);
    return RC_OK;
}

/* Said before what that costs. */
static void say_what(const converted *c, char text[128])
{
    if (c->rounded == c->matrices)
        snprintf(text, 128, "the weights have 8 bits");
    else
        snprintf(text, 128,
                 "%d of %d matrices have 8 bits (the others have fewer than %d columns, or too many)",
                 c->rounded, c->matrices, RC_INT8_MIN_COLS);
}

/* ---- the score ---- */

static bool is_share(const rc_task *t)
{
    enum { IN_UNITS = RC_METRIC_NUMBERS | RC_METRIC_FIELDS | RC_METRIC_COUNTS | RC_METRIC_QUANTILES };
    return !(rc__task_metric_target(t) & IN_UNITS);
}

static rc_status compare(converted *c, const char *name, const rc_part *part)
{
    const rc_trained *t = &c->e->trained;
    rc_score before, after;
    RC_TRY(rc_evaluate(t->graph, t->model, t->task, part, t->batch, NULL, NULL, &before));
    RC_TRY(rc_evaluate(t->graph, c->model, t->task, part, t->batch, NULL, NULL, &after));
    rc_json_set_string(c->told, "part", name);
    rc_json_set_integer(c->told, "n", part->n);
    rc_json_set_string(c->told, "metric", rc_metric_name(t->task->metric));
    rc_json_set_number(c->told, "before", before.metric);
    rc_json_set_number(c->told, "after", after.metric);
    char what[128];
    say_what(c, what);
    note(c, "%s: on %lld %s samples the %s is %.5g, and was %.5g before", what, (long long)part->n, name,
         rc_metric_name(t->task->metric), after.metric, before.metric);
    double allowed = ALLOWED * (is_share(t->task) ? 1 : fabs(before.metric));
    if (after.metric - before.metric <= allowed) return RC_OK; /* NaN is not */
    note(c, "8 bits make this model worse by more than 0.5 %%; keep the run itself where that counts");
    return RC_OK;
}

static rc_status measure(converted *c)
{
    rc__exporting *e = c->e;
    RC_TRY(e->how->open_data(e->how->context, e->trained.task, &c->data));
    RC_TRY(rc_task_attach(e->trained.task, c->data));
    const rc_part *valid = &c->data->valid, *test = &c->data->test;
    RC_CHECK(valid->n > 0 || test->n > 0, RC_DATA, "%s: its data have neither validation nor test part",
             e->how->name);
    return valid->n > 0 ? compare(c, "validation", valid) : compare(c, "test", test);
}

/* Data that are not there any more are no reason to give no model. */
static rc_status measure_if_possible(converted *c)
{
    rc_status status = measure(c);
    c->e->trained.task->data = NULL;
    rc_dataset_close(&c->data);
    if (rc_status_exit_code(status) != 2) return status;
    char what[128];
    say_what(c, what);
    note(c, "%s; what that costs was not measured: %s", what, rc_error_text());
    return RC_OK;
}

/* ---- the folder ---- */

static rc_status write_model(const converted *c, const char *folder)
{
    const rc_trained *t = &c->e->trained;
    char path[RC_TRAINED_PATH];
    rc_safetensors_writer *w;
    rc_config config;
    rc_config_defaults(&config);
    config.fit.batch = t->batch;
    config.model.precision = t->precision;
    RC_TRY(rc_path_join(folder, "model.safetensors", sizeof path, path));
    RC_TRY(rc_safetensors_writer_create(&w));
    rc_status status = rc_trained_store(&config, c->model, t->task, w);
    if (status == RC_OK) status = rc_safetensors_writer_write(w, path);
    rc_safetensors_writer_destroy(&w);
    return status;
}

/* What the run says of itself; saved predictors may lack some of it. */
static rc_status copy_text(const converted *c, const char *folder, const char *name)
{
    enum { LIMIT = 1 << 28 };
    char from[RC_TRAINED_PATH], to[RC_TRAINED_PATH], *text;
    size_t size;
    RC_TRY(rc_path_join(c->e->how->run, name, sizeof from, from));
    RC_TRY(rc_path_join(folder, name, sizeof to, to));
    if (!rc_path_exists(from)) return RC_OK;
    RC_TRY(rc_file_read(from, LIMIT, &text, &size));
    rc_status status = rc_file_write(to, text, size);
    rc_free(text);
    return status;
}

/* The run's result, with these notes before its own. */
static void complete_result(const converted *c, rc_json *result)
{
    const rc_json *had = rc_json_get(result, "notes");
    rc_json *notes = rc_json_copy(c->notes);
    for (size_t i = 0; i < rc_json_length(had); i++)
        rc_json_append(notes, rc_json_copy(rc_json_at(had, i)));
    rc_json_set(result, "int8", rc_json_copy(c->told));
    rc_json_set(result, "notes", notes);
}

static rc_status write_result(const converted *c, const char *folder)
{
    rc_json *result;
    RC_TRY(rc_run_read(c->e->how->run, RC_RUN_RESULT, &result));
    if (!result) result = rc_json_object();
    complete_result(c, result);
    rc_status status = rc_json_write(folder, RC_RUN_RESULT, result);
    rc_json_free(&result);
    return status;
}

static rc_status fill_folder(converted *c, const char *folder)
{
    static const char *const kept[] = {RC_RUN_CONFIG, RC_RUN_IDENTITY, RC_RUN_EPOCHS,
                                       "config.json"}; /* of `pretrain` */
    RC_TRY(round_model(c));
    RC_TRY(write_model(c, folder));
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        RC_TRY(copy_text(c, folder, kept[i]));
    RC_TRY(tell_size(c, c->e->how->run, "mb_before"));
    RC_TRY(tell_size(c, folder, "mb"));
    RC_TRY(measure_if_possible(c));
    RC_TRY(write_result(c, folder));
    rc_json_set(c->e->told, "int8", rc_json_copy(c->told));
    rc_json_set(c->e->told, "notes", rc_json_copy(c->notes));
    return RC_OK;
}

rc_status rc__export_int8(rc__exporting *e)
{
    converted c = {.e = e};
    rc_folder made;
    RC_TRY(rc_folder_begin(e->how->out, &made));
    c.told = rc_json_object();
    c.notes = rc_json_array();
    rc_status status = fill_folder(&c, made.partial);
    rc_model_destroy(&c.model);
    rc_json_free(&c.told);
    rc_json_free(&c.notes);
    return rc_folder_end(&made, status);
}
