/* The file of what was trained: the model, or the plain predictor or the ensemble in its place, and the task.
 */
#include "tasks/trained.h"

#include <stdio.h>
#include <string.h>

#include "base/choice.h"
#include "base/file.h"
#include "base/temporary.h"
#include "parallel/parallel.h"
#include "tasks/ensemble.h"

static const char FORMAT[] = "recraft-model-1", PLAIN_FORMAT[] = "recraft-plain-1",
                  ENSEMBLE_FORMAT[] = "recraft-ensemble-1";

/* ---- writing ---- */

static rc_status store_task(const rc_task *t, rc_safetensors_writer *w)
{
    rc_json *j = rc_json_object();
    rc_status status = rc_task_store(t, w, j);
    if (status == RC_OK) status = rc_safetensors_writer_metadata_json(w, "task", j);
    rc_json_free(&j);
    return status;
}

static rc_status store_model(rc_model *m, rc_safetensors_writer *w)
{
    rc_json *j = rc_model_spec_write(&m->spec);
    rc_status status = rc_safetensors_writer_metadata_json(w, "spec", j);
    rc_json_free(&j);
    return status == RC_OK ? rc_model_store(m, w, RC_DTYPE_F32) : status;
}

rc_status rc_trained_store(const rc_config *c, rc_model *m, const rc_task *t, rc_safetensors_writer *w)
{
    char batch[32], precision[RC_CHOICE_TEXT];
    snprintf(batch, sizeof batch, "%lld", (long long)c->fit.batch);
    rc_safetensors_writer_metadata(w, "format", m ? FORMAT : t->ensemble ? ENSEMBLE_FORMAT : PLAIN_FORMAT);
    rc_safetensors_writer_metadata(w, "precision",
                                   rc_choice_text(RC_PRECISIONS, (int)c->model.precision, precision));
    rc_safetensors_writer_metadata(w, "batch", batch);
    RC_TRY(store_task(t, w));
    return m ? store_model(m, w) : RC_OK;
}

/* ---- reading ---- */

static rc_status read_json(const rc_safetensors *f, const char *path, const char *key, rc_json **out)
{
    RC_TRY(rc_safetensors_metadata_json(f, key, out));
    RC_CHECK(*out, RC_FORMAT, "%s: metadata \"%s\" is missing", path, key);
    return RC_OK;
}

/* Precision and batch of the run, so that its scores come out again to the last bit: how a matrix product
 * rounds can depend on its number of rows, and among nearly equal outputs one bit decides a rank. */
static rc_status choose_arithmetic(rc_trained *t, const rc_safetensors *f, const char *path)
{
    const char *word = rc_safetensors_metadata(f, "precision"), *batch = rc_safetensors_metadata(f, "batch");
    int precision = word ? rc_choice_find(RC_PRECISIONS, word) : RC_PRECISION_F32;
    rc_config defaults; /* of models that came before the number was kept */
    rc_config_defaults(&defaults);
    int64_t n = defaults.fit.batch;
    RC_CHECK(!batch || (rc_text_to_i64(batch, &n) && n >= 1 && n <= RC_MAX_BATCH), RC_FORMAT,
             "%s: metadata \"batch\" is not a number from 1 to %d", path, RC_MAX_BATCH);
    t->batch = n;
    RC_CHECK(precision >= 0, RC_FORMAT, "%s: metadata \"precision\" is not one of %s", path, RC_PRECISIONS);
    t->precision = (rc_precision)precision;
    return rc_device_choose(NULL, t->precision, &t->device);
}

static rc_status load_plain(rc_trained *t, const char *directory, const rc_safetensors *f, const char *path,
                            bool ensemble)
{
    rc_json *task;
    RC_TRY(read_json(f, path, "task", &task));
    rc_status status = rc_task_restore_plain(f, task, path, t->device, &t->task);
    if (status == RC_OK && ensemble) status = rc__ensemble_restore(directory, task, path, t->task);
    if (status == RC_OK && !t->task->plain && !t->task->ensemble)
        status = rc_fail(RC_FORMAT, "%s: it holds no predictor", path);
    rc_json_free(&task);
    return status;
}

static rc_status load_parts(rc_trained *t, const char *directory, const rc_safetensors *f, const char *path,
                            bool member)
{
    const char *format = rc_safetensors_metadata(f, "format");
    bool ensemble = format && strcmp(format, ENSEMBLE_FORMAT) == 0;
    RC_CHECK(!ensemble || !member, RC_FORMAT, "%s: runs that are combined cannot be combined again", path);
    if (ensemble || (format && strcmp(format, PLAIN_FORMAT) == 0))
        return load_plain(t, directory, f, path, ensemble);
    RC_CHECK(format && strcmp(format, FORMAT) == 0, RC_FORMAT, "%s: not a model written by this program",
             path);
    rc_model_spec spec;
    rc_json *spec_json, *task_json;
    RC_TRY(read_json(f, path, "spec", &spec_json));
    rc_status status = rc_model_spec_read(spec_json, path, &spec);
    rc_json_free(&spec_json);
    RC_TRY(status);
    RC_TRY(rc_model_open(t->device, &spec, &(rc_weights){.file = f, .name = path}, &t->model));
    RC_TRY(read_json(f, path, "task", &task_json));
    status = rc_task_restore(f, task_json, path, &spec, t->device, &t->task);
    rc_json_free(&task_json);
    return status;
}

static rc_status open_file(const char *directory, char path[RC_TRAINED_PATH], rc_safetensors **out)
{
    RC_CHECK(strlen(directory) < RC_TRAINED_PATH - 64, RC_CONFIG, "\1run: the path is too long");
    RC_CHECK(rc_path_is_directory(directory), RC_IO, "%s: no such run folder", directory);
    rc_temporaries_remove(directory);
    RC_TRY(rc_path_join(directory, "model.safetensors", RC_TRAINED_PATH, path));
    RC_CHECK(rc_path_exists(path), RC_IO,
             "%s: the run has no model.safetensors; it is unfinished; continue the fit with \1resume",
             directory);
    return rc_safetensors_open(path, out);
}

static rc_status load(const char *directory, bool member, rc_trained *out)
{
    char path[RC_TRAINED_PATH];
    rc_safetensors *f = NULL;
    *out = (rc_trained){0};
    RC_TRY(open_file(directory, path, &f));
    out->checksum = rc_safetensors_checksum(f);
    rc_status status = rc_parallel_same("another model", out->checksum);
    if (status == RC_OK) status = choose_arithmetic(out, f, path);
    if (status == RC_OK) status = load_parts(out, directory, f, path, member);
    if (status == RC_OK) status = rc_graph_create(out->device, &out->graph);
    rc_safetensors_close(&f);
    if (status != RC_OK) rc_trained_close(out);
    return status;
}

rc_status rc_trained_open(const char *directory, rc_trained *out)
{
    return load(directory, false, out);
}

rc_status rc__trained_open_member(const char *directory, rc_trained *out)
{
    return load(directory, true, out);
}

void rc_trained_close(rc_trained *t)
{
    rc_graph_destroy(&t->graph);
    rc_model_destroy(&t->model);
    rc_task_destroy(&t->task);
}
