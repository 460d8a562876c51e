#include "tasks/ensemble.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/disk.h"
#include "base/file.h"
#include "tasks/trained.h"

struct rc_ensemble {
    int n;
    rc_ensemble_member member[RC_ENSEMBLE_MEMBERS];
    rc_trained run[RC_ENSEMBLE_MEMBERS];
};

/* ---- life ---- */

static rc_status open_member(const char *directory, rc_ensemble *e, const rc_ensemble_member *member)
{
    char path[RC_TRAINED_PATH];
    RC_TRY(rc_path_join(directory, member->run, sizeof path, path));
    e->member[e->n] = *member;
    RC_TRY(rc__trained_open_member(path, &e->run[e->n]));
    const rc_task *first = e->run[0].task, *t = e->run[e->n++].task;
    RC_CHECK(!t->ensemble && !t->tokenizer && rc_task_ids(t) == 0 && t->target == first->target &&
                 rc_task_width(t) == rc_task_width(first) && t->y_size == first->y_size &&
                 t->fills_missing == first->fills_missing &&
                 memcmp(t->layout.x_shape, first->layout.x_shape, sizeof t->layout.x_shape) == 0 &&
                 t->n_more == first->n_more && rc_task_raw(t) == rc_task_raw(first),
             RC_FORMAT, "%s: this run and the others it is combined with are of different data", path);
    return RC_OK;
}

rc_status rc_ensemble_open(const char *directory, int n, const rc_ensemble_member *member, rc_ensemble **out)
{
    RC_CHECK(n >= 1 && n <= RC_ENSEMBLE_MEMBERS, RC_FORMAT, "%s: %d runs to combine; it takes 1 to %d",
             directory, n, RC_ENSEMBLE_MEMBERS);
    RC_TRY(RC_NEW(out, 1));
    rc_status status = RC_OK;
    for (int i = 0; i < n && status == RC_OK; i++)
        status = open_member(directory, *out, &member[i]);
    if (status != RC_OK) rc_ensemble_destroy(out);
    return status;
}

void rc_ensemble_destroy(rc_ensemble **e)
{
    if (!*e) return;
    for (int i = 0; i < RC_ENSEMBLE_MEMBERS; i++)
        rc_trained_close(&(*e)->run[i]);
    rc_free(*e);
    *e = NULL;
}

int64_t rc_ensemble_parameters(const rc_ensemble *e)
{
    int64_t sum = 0;
    for (int i = 0; i < e->n; i++)
        if (e->run[i].model) sum += rc_params_total(e->run[i].model->params);
    return sum;
}

const char *rc_ensemble_tuned(const rc_ensemble *e)
{
    const rc_ensemble_member *best = NULL;
    for (int i = 0; i < e->n; i++)
        if (e->run[i].model && (!best || e->member[i].weight > best->weight)) best = &e->member[i];
    return best ? best->run : NULL;
}

/* Every member prepares its inputs by itself, so nothing is normalised before. */
rc_status rc_task_create_ensemble(const rc_config *c, rc_dataset *data, rc_device *device, rc_ensemble *e,
                                  rc_task **out)
{
    rc_config own = *c;
    own.data.normalise_x = RC_NORMALISE_NONE;
    own.data.normalise_y = RC_NORMALISE_NONE;
    own.data.missing = RC_MISSING_REFUSED;
    rc_status status = rc_task_create_plain(&own, data, device, out);
    if (status == RC_OK) {
        (*out)->ensemble = e;
        (*out)->masks = (*out)->n_more > 0;
        (*out)->fills_missing = e->run[0].task->fills_missing;
    } else {
        rc_ensemble_destroy(&e);
    }
    return status;
}

/* ---- predicting ---- */

void rc__sharpen(int64_t n, int64_t width, double power, float *p)
{
    for (int64_t i = 0; i < n && power != 1; i++, p += width) {
        double sum = 0;
        for (int64_t k = 0; k < width; k++)
            sum += p[k] = (float)pow((double)p[k], power);
        for (int64_t k = 0; k < width && sum > 0; k++)
            p[k] = (float)(p[k] / sum);
    }
}

/* Adds weight times the predictions of a member for n samples x, which are as in the data. */
static rc_status add_member(rc_graph *g, const rc_trained *member, const rc_ensemble_member *how, int64_t n,
                            const float *x, float *sum)
{
    const rc_task *t = member->task;
    int64_t given = rc_task_given(t), width = rc_task_width(t);
    float *room, *in, *said;
    RC_TRY(RC_NEW_RAW(&room, rc_task_room(t) + n * (given + width)));
    in = room + rc_task_room(t);
    said = in + n * given;
    rc_task_prepare_rows(t, n, x, room, in);
    rc_var y = rc_task_forward(g, member->model, t, n, &(rc_given){.x = in});
    rc_status status = rc_graph_status(g);
    if (status == RC_OK) status = rc_tensor_download(&y->value, said);
    for (int64_t i = 0; i < n && status == RC_OK; i++)
        rc_task_finish_output(t, width, said + i * width);
    if (status == RC_OK) rc__sharpen(n, width, how->power, said);
    for (int64_t k = 0; k < n * width && status == RC_OK; k++)
        sum[k] += (float)how->weight * said[k];
    rc_free(room);
    return status;
}

rc_var rc__ensemble_forward(rc_graph *g, const rc_task *t, int64_t n, const float *x)
{
    const rc_ensemble *e = t->ensemble;
    int64_t width = rc_task_width(t);
    float *sum;
    rc_var output = NULL;
    rc_status status = RC_NEW(&sum, n * width);
    for (int i = 0; i < e->n && status == RC_OK; i++)
        status = add_member(g, &e->run[i], &e->member[i], n, x, sum);
    if (status == RC_OK) {
        rc__predictions_as_outputs(t, n * width, sum);
        output = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(n, width), sum, false);
    } else {
        (void)rc_graph_fail(g, status);
    }
    rc_free(sum);
    return output;
}

typedef struct kept {
    const rc_task *task;
    float *out;
} kept;

static rc_status keep(void *context, int64_t first, const rc_batch *b, const float *output)
{
    kept *o = context;
    int64_t width = rc_task_width(o->task);
    memcpy(o->out + first * width, output, (size_t)(b->n * width) * sizeof *output);
    return RC_OK;
}

rc_status rc_run_outputs(const char *directory, rc_dataset *data, const rc_part *part, float *out)
{
    rc_trained t;
    rc_score score;
    RC_TRY(rc_trained_open(directory, &t));
    kept o = {t.task, out};
    rc_status status = rc_task_attach(t.task, data);
    if (status == RC_OK) status = rc_evaluate(t.graph, t.model, t.task, part, t.batch, keep, &o, &score);
    rc_trained_close(&t);
    return status;
}

/* ---- files ---- */

static rc_status save_member(const rc_trained *t, const char *folder)
{
    char path[RC_TRAINED_PATH];
    rc_config c;
    rc_safetensors_writer *w;
    rc_config_defaults(&c);
    c.fit.batch = t->batch;
    c.model.precision = t->precision;
    RC_TRY(rc_make_directory(folder));
    RC_TRY(rc_path_join(folder, "model.safetensors", sizeof path, path));
    RC_TRY(rc_safetensors_writer_create(&w));
    rc_status status = rc_trained_store(&c, t->model, t->task, w);
    if (status == RC_OK) status = rc_safetensors_writer_write(w, path);
    rc_safetensors_writer_destroy(&w);
    return status;
}

rc_status rc_ensemble_save(const rc_ensemble *e, const char *directory)
{
    char folder[RC_TRAINED_PATH];
    for (int i = 0; i < e->n; i++) {
        RC_TRY(rc_path_join(directory, e->member[i].run, sizeof folder, folder));
        RC_TRY(save_member(&e->run[i], folder));
    }
    return RC_OK;
}

void rc__ensemble_store(const rc_ensemble *e, rc_json *task)
{
    rc_json *list = rc_json_set(task, "members", rc_json_array());
    for (int i = 0; i < e->n; i++) {
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_string(one, "run", e->member[i].run);
        rc_json_set_number(one, "weight", e->member[i].weight);
        rc_json_set_number(one, "power", e->member[i].power);
    }
}

/* A name that leads out of the folder comes from a file that somebody made. */
static rc_status read_member(const rc_json *j, const char *source, rc_ensemble_member *out)
{
    const char *run = rc_json_string(j, "run", "");
    out->weight = rc_json_number(j, "weight", NAN);
    RC_CHECK(run[0] && strlen(run) < sizeof out->run && !rc_path_leads_outside(run), RC_FORMAT,
             "%s: \"run\" of a member is not a folder below the run's own", source);
    RC_CHECK(out->weight >= 0 && out->weight <= 1, RC_FORMAT, "%s: a member's weight is not from 0 to 1",
             source);
    out->power = rc_json_number(j, "power", NAN);
    RC_CHECK(out->power > 0 && out->power <= 100, RC_FORMAT, "%s: a member's power is not from 0 to 100",
             source);
    strcpy(out->run, run);
    return RC_OK;
}

rc_status rc__ensemble_restore(const char *directory, const rc_json *json, const char *source, rc_task *t)
{
    const rc_json *list = rc_json_get(json, "members");
    rc_ensemble_member member[RC_ENSEMBLE_MEMBERS];
    size_t n = list ? rc_json_length(list) : 0;
    if (!list) return RC_OK;
    RC_CHECK(n >= 1 && n <= RC_ENSEMBLE_MEMBERS, RC_FORMAT, "%s: %zu members; it takes 1 to %d", source, n,
             RC_ENSEMBLE_MEMBERS);
    for (size_t i = 0; i < n; i++)
        RC_TRY(read_member(rc_json_at(list, i), source, &member[i]));
    RC_TRY(rc_ensemble_open(directory, (int)n, member, &t->ensemble));
    const rc_task *first = t->ensemble->run[0].task;
    RC_CHECK(rc_task_width(t) == rc_task_width(first) && rc_task_given(t) == rc_task_raw(first), RC_FORMAT,
             "%s: the runs that it combines are of other data", source);
    return RC_OK;
}
