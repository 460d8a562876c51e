/* The checkpoint of a session: one file, replaced atomically, so it is always whole. */
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/file.h"
#include "base/progress.h"
#include "parallel/parallel.h"
#include "runs/run_record.h"
#include "runs/session_folder.h"

enum { NAME = 320 };
static const char FORMAT[] = "recraft-checkpoint-1";

static rc_status file_path(const rc_session *s, const char *name, char out[RC_SESSION_PATH])
{
    return rc_path_join(s->directory, name, RC_SESSION_PATH, out);
}

/* ---- position ---- */

/* Sums that go on after a resume and scores to compare with, kept to the last bit as hexadecimal floats. */
static const struct exact_row {
    const char *key;
    size_t offset; /* in rc_position */
} exact[] = {
    {"loss_sum", offsetof(rc_position, loss_sum)},       {"best_metric", offsetof(rc_position, best_metric)},
    {"best_loss", offsetof(rc_position, best_loss)},     {"train_loss", offsetof(rc_position, train_loss)},
    {"probe_start", offsetof(rc_position, probe.start)}, {"probe_best", offsetof(rc_position, probe.best)},
    {"told_sum", offsetof(rc_position, told.sum)},       {"best_worth", offsetof(rc_position, best_worth)}};
enum { EXACT = sizeof exact / sizeof *exact };

/* JSON keeps every bit of a double. */
static void write_weights(const rc_weighed *w, rc_json *j)
{
    if (w->sets == 0) return;
    rc_json *list = rc_json_set(j, "set_weights", rc_json_array());
    for (int64_t k = 0; k < w->sets; k++)
        rc_json_append_number(list, w->weight[k]);
}

static bool read_weights(const rc_json *list, rc_weighed *w)
{
    double sum = 0;
    w->sets = (int64_t)rc_json_length(list);
    if (w->sets == 0) return true;
    for (int64_t k = 0; k < w->sets && k < RC_SESSION_SETS; k++) {
        w->weight[k] = rc_json_as_number(rc_json_at(list, (size_t)k));
        if (!(w->weight[k] >= 0)) return false;
        sum += w->weight[k];
    }
    return w->sets <= RC_SESSION_SETS && fabs(sum - 1) < 1e-9;
}

static rc_status position_text(const rc_position *p, char **out)
{
    rc_json *j = rc_json_object();
    rc_json_set_integer(j, "stage", p->stage);
    rc_json_set_integer(j, "epoch", p->epoch);
    rc_json_set_integer(j, "batch", p->batch);
    rc_json_set_integer(j, "loss_count", p->loss_count);
    rc_json_set_integer(j, "told_batches", p->told.batches);
    rc_json_set_integer(j, "told_open", p->told.open);
    rc_json_set_integer(j, "scored", p->scored);
    rc_json_set_integer(j, "best_epoch", p->best_epoch);
    rc_json_set_integer(j, "probe_looks", p->probe.looks);
    rc_json_set_integer(j, "probe_kept", p->probe.kept);
    rc_json_set_integer(j, "metrics_bytes", p->metrics_bytes);
    rc_json *seconds = rc_json_set(j, "seconds", rc_json_array());
    for (int i = 0; i < RC_SESSION_STAGES; i++)
        rc_json_append_number(seconds, p->seconds[i]);
    write_weights(&p->weighed, j);
    rc_status status = rc_json_text(j, false, out);
    rc_json_free(&j);
    return status;
}

static rc_status read_position(const char *path, const char *text, rc_position *p)
{
    rc_json *j;
    RC_TRY(rc_json_parse(path, text, strlen(text), &j));
    p->stage = rc_json_integer(j, "stage", -1);
    p->epoch = rc_json_integer(j, "epoch", -1);
    p->batch = rc_json_integer(j, "batch", -1);
    p->loss_count = rc_json_integer(j, "loss_count", -1);
    p->told.batches = rc_json_integer(j, "told_batches", 0);
    p->told.open = rc_json_integer(j, "told_open", 0);
    p->best_epoch = rc_json_integer(j, "best_epoch", -1);
    /* Earlier versions did not count; with them the start was no candidate. */
    p->scored = rc_json_integer(j, "scored", p->best_epoch);
    p->probe.looks = rc_json_integer(j, "probe_looks", 0);
    p->probe.kept = rc_json_integer(j, "probe_kept", 0);
    p->metrics_bytes = rc_json_integer(j, "metrics_bytes", -1);
    const rc_json *seconds = rc_json_get(j, "seconds");
    size_t n = seconds ? rc_json_length(seconds) : 0;
    for (size_t i = 0; i < n && i < RC_SESSION_STAGES; i++)
        p->seconds[i] = rc_json_as_number(rc_json_at(seconds, i));
    bool weights = read_weights(rc_json_get(j, "set_weights"), &p->weighed);
    rc_json_free(&j);
    bool sane = weights && p->stage >= 0 && p->stage < RC_SESSION_STAGES && p->epoch >= 0 && p->batch >= 0 &&
                p->loss_count >= 0 && p->told.batches >= p->told.open && p->told.open >= 0 &&
                p->best_epoch >= 0 && p->scored >= 0 && p->probe.looks >= 0 && p->probe.kept >= 0 &&
                p->metrics_bytes >= 0;
    RC_CHECK(sane, RC_FORMAT, "%s: the position in the checkpoint is damaged", path);
    return RC_OK;
}

/* ---- writing ---- */

static rc_status add_params(rc_session *s, rc_safetensors_writer *w)
{
    rc_params *p = s->model->params;
    char name[NAME];
    for (int i = 0; i < rc_params_count(p); i++) {
        rc_param *e = rc_params_get(p, i);
        rc_tensor t = rc_params_value(p, i);
        const void *host;
        RC_TRY(rc_tensor_map_read(&t, &host));
        snprintf(name, sizeof name, "model.%s", e->name);
        rc_status status = rc_safetensors_writer_add_f32(w, name, RC_DTYPE_F32, e->shape, host);
        rc_tensor_unmap(&t, host);
        RC_TRY(status);
    }
    if (s->best) RC_TRY(rc_safetensors_writer_add(w, "best", RC_DTYPE_F32, RC_SHAPE(s->best_size), s->best));
    if (!s->average) return RC_OK;
    return rc_safetensors_writer_add(w, "average", RC_DTYPE_F32, RC_SHAPE(s->average_size), s->average);
}

static rc_status add_optimizer(rc_session *s, rc_safetensors_writer *w)
{
    char text[NAME];
    if (!s->optimizer) return RC_OK;
    for (int i = 0; i < rc_optimizer_state_count(s->optimizer); i++) {
        rc_tensor t = rc_optimizer_state(s->optimizer, i);
        const void *host;
        RC_TRY(rc_tensor_map_read(&t, &host));
        snprintf(text, sizeof text, "optimizer.%d", i);
        rc_status status = rc_safetensors_writer_add_f32(w, text, RC_DTYPE_F32, t.shape, host);
        rc_tensor_unmap(&t, host);
        RC_TRY(status);
    }
    snprintf(text, sizeof text, "%lld", (long long)rc_optimizer_steps(s->optimizer));
    rc_safetensors_writer_metadata(w, "optimizer_steps", text);
    return RC_OK;
}

static rc_status add_metadata(rc_session *s, rc_safetensors_writer *w)
{
    char text[NAME], *position;
    RC_TRY(rc_safetensors_writer_metadata_json(w, "run", s->record));
    RC_TRY(rc_safetensors_writer_metadata_json(w, "notes", s->notes));
    rc_safetensors_writer_metadata(w, "format", FORMAT);
    for (int i = 0; i < EXACT; i++) {
        double value;
        memcpy(&value, (const char *)&s->at + exact[i].offset, sizeof value);
        rc_ascii_print(text, sizeof text, "%a", value);
        rc_safetensors_writer_metadata(w, exact[i].key, text);
    }
    RC_TRY(position_text(&s->at, &position));
    rc_safetensors_writer_metadata(w, "position", position);
    rc_free(position);
    return RC_OK;
}

rc_status rc__checkpoint_write(rc_session *s)
{
    char path[RC_SESSION_PATH];
    rc_safetensors_writer *w;
    double started = rc_clock();
    RC_TRY(rc_lock_check(s->lock));
    RC_TRY(file_path(s, "checkpoint", path));
    RC_TRY(rc_make_directory(path));
    RC_TRY(file_path(s, "checkpoint/state.safetensors", path));
    RC_TRY(rc_safetensors_writer_create(&w));
    rc_status status = add_metadata(s, w);
    if (status == RC_OK) status = add_params(s, w);
    if (status == RC_OK) status = add_optimizer(s, w);
    if (status == RC_OK) status = rc_safetensors_writer_write(w, path);
    rc_safetensors_writer_destroy(&w);
    s->checkpoint_ended = rc_clock();
    s->checkpoint_seconds = s->checkpoint_ended - started;
    return status;
}

/* ---- reading ---- */

static rc_status find_entry(const rc_safetensors *f, const char *path, const char *name, int64_t size,
                            const void **out)
{
    int at = rc_safetensors_find(f, name);
    RC_CHECK(at >= 0, RC_FORMAT, "%s: tensor \"%s\" is missing", path, name);
    rc_safetensors_entry e = rc_safetensors_get(f, at);
    RC_CHECK(e.dtype == RC_DTYPE_F32 && rc_shape_size(&e.shape) == size, RC_FORMAT,
             "%s: tensor \"%s\" has the wrong size", path, name);
    *out = e.data;
    return RC_OK;
}

static rc_status copy_entry(const rc_safetensors *f, const char *path, const char *name, int64_t size,
                            float *out)
{
    const void *data;
    RC_TRY(find_entry(f, path, name, size, &data));
    memcpy(out, data, (size_t)size * sizeof *out);
    return rc_weights_check_numbers(path, name, out, size);
}

static rc_status load_tensor(const rc_safetensors *f, const char *path, const char *name, rc_tensor t)
{
    void *host;
    RC_TRY(rc_tensor_map_write(&t, &host));
    rc_status status = copy_entry(f, path, name, rc_tensor_size(&t), host);
    rc_tensor_unmap(&t, host);
    return status;
}

static double hex_number(const rc_safetensors *f, const char *key)
{
    const char *text = rc_safetensors_metadata(f, key);
    return text ? rc_ascii_number(text, NULL) : 0;
}

/* Lines written after the checkpoint describe steps that will be done again. */
static rc_status cut_metrics(const rc_session *s)
{
    char path[RC_SESSION_PATH];
    struct stat file;
    RC_TRY(file_path(s, RC_RUN_EPOCHS, path));
    int64_t there = stat(path, &file) == 0 ? (int64_t)file.st_size : 0;
    RC_CHECK(
        there >= s->at.metrics_bytes, RC_FORMAT,
        "%s: has %lld bytes, and had %lld at the checkpoint; lines are missing, or the checkpoint is damaged",
        path, (long long)there, (long long)s->at.metrics_bytes);
    if (there == s->at.metrics_bytes) return RC_OK;
    if (truncate(path, (off_t)s->at.metrics_bytes) == 0) return RC_OK;
    return rc_fail_system(path, "shortened to the checkpoint's length", errno);
}

/* Whose checkpoint it is, what made it, and what had been noted by then. */
static rc_status read_origin(rc_session *s, const char *path)
{
    rc_json *run, *notes;
    RC_TRY(rc_safetensors_metadata_json(s->resumed, "run", &run));
    if (!run) return RC_OK; /* of a version without fingerprints */
    rc_status status = rc__session_same_run(s, run, path);
    if (status == RC_OK) status = rc_safetensors_metadata_json(s->resumed, "notes", &notes);
    if (status == RC_OK && notes) {
        rc_json *since = s->notes;
        s->notes = notes;
        for (size_t i = 0; i < rc_json_length(since); i++)
            rc_session_keep_note(s, rc_json_as_string(rc_json_at(since, i)));
        rc_json_free(&since);
    }
    if (status == RC_OK) rc__session_same_machine(s, run);
    rc_json_free(&run);
    return status;
}

/* One that may be absent: *out stays NULL. */
static rc_status read_vector(const rc_safetensors *f, const char *path, const char *name, int64_t *size,
                             float **out)
{
    int at = rc_safetensors_find(f, name);
    if (at < 0) return RC_OK;
    rc_shape shape = rc_safetensors_get(f, at).shape;
    *size = rc_shape_size(&shape);
    RC_TRY(RC_NEW(out, *size));
    return copy_entry(f, path, name, *size, *out);
}

rc_status rc_run_restore(rc_session *s)
{
    char path[RC_SESSION_PATH], name[NAME];
    RC_TRY(file_path(s, "checkpoint/state.safetensors", path));
    RC_TRY(rc_safetensors_open(path, &s->resumed));
    const char *format = rc_safetensors_metadata(s->resumed, "format");
    const char *position = rc_safetensors_metadata(s->resumed, "position");
    RC_CHECK(format && strcmp(format, FORMAT) == 0 && position, RC_FORMAT,
             "%s: not a checkpoint of this program", path);
    RC_TRY(read_origin(s, path));
    RC_TRY(read_position(path, position, &s->at));
    for (int i = 0; i < EXACT; i++) {
        double value = hex_number(s->resumed, exact[i].key);
        memcpy((char *)&s->at + exact[i].offset, &value, sizeof value);
    }
    /* Earlier versions chose by the metric alone, which is not compared with scores of hidden inputs. */
    if (!rc_safetensors_metadata(s->resumed, "best_worth"))
        s->at.best_worth = rc_task_hides(s->task, &s->config) > 0 ? NAN : s->at.best_metric;
    rc_params *p = s->model->params;
    for (int i = 0; i < rc_params_count(p); i++) {
        snprintf(name, sizeof name, "model.%s", rc_params_get(p, i)->name);
        RC_TRY(load_tensor(s->resumed, path, name, rc_params_value(p, i)));
    }
    RC_TRY(read_vector(s->resumed, path, "best", &s->best_size, &s->best));
    RC_TRY(read_vector(s->resumed, path, "average", &s->average_size, &s->average));
    return rc_parallel_follow(rc_parallel_rank() == 0 ? cut_metrics(s) : RC_OK);
}

rc_status rc__checkpoint_optimizer(rc_session *s)
{
    char path[RC_SESSION_PATH], name[NAME];
    RC_TRY(file_path(s, "checkpoint/state.safetensors", path));
    int64_t learns = rc_params_grad_total(s->model->params);
    RC_CHECK(!s->best || s->best_size == learns, RC_FORMAT, "%s: tensor \"best\" has the wrong size", path);
    RC_CHECK(!s->average || s->average_size == learns, RC_FORMAT, "%s: tensor \"average\" has the wrong size",
             path);
    const char *steps = rc_safetensors_metadata(s->resumed, "optimizer_steps");
    for (int i = 0; steps && i < rc_optimizer_state_count(s->optimizer); i++) {
        rc_tensor state = rc_optimizer_state(s->optimizer, i);
        const void *data;
        snprintf(name, sizeof name, "optimizer.%d", i);
        RC_TRY(find_entry(s->resumed, path, name, rc_tensor_size(&state), &data));
        RC_TRY(rc_optimizer_set_state(s->optimizer, i, data));
    }
    int64_t count = 0;
    RC_CHECK(!steps || rc_text_to_i64(steps, &count), RC_FORMAT, "%s: the optimizer's step count is damaged",
             path);
    rc_optimizer_set_steps(s->optimizer, count);
    rc_safetensors_close(&s->resumed);
    return RC_OK;
}
