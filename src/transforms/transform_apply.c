/* A transform over a whole data set: count what each sample gives, run them on all threads, write the new
 * folder. */
#include <stdio.h>
#include <string.h>

#include "base/choice.h"
#include "base/file.h"
#include "base/first_failure.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/text.h"
#include "datasets/dataset.h"
#include "recraft/version.h"
#include "transforms/chain.h"

typedef struct job {
    const rc_transform *t;
    const rc_transform_options *o;
    void *context;
    rc_context *caller; /* that of the thread that asks for it all */
    rc_dataset *data;
    const rc_part *part;
    rc_transform_part which;   /* it is */
    char name[RC_CHOICE_TEXT]; /* of it */
    const char *from, *to;
    rc_shape in, out; /* of a sample */
    rc_array length;  /* of the records, [n] int64, or empty */
    int64_t n, done;
    int64_t *first;   /* [n + 1]: where the new samples of each begin */
    unsigned char *x; /* [first[n], out] */
    rc_first_failure failure;
} job;

static rc_transform_sample sample_of(const job *j, int64_t i, float *x)
{
    int64_t row = j->in.dim[j->in.n - 1];
    rc_transform_sample s = {.index = i, .part = j->which, .x = x, .label = -1, .length = row};
    if (j->data->target == RC_TARGET_CLASSES) s.label = rc_part_label(j->part, i);
    if (j->length.data) {
        int64_t length = ((const int64_t *)j->length.data)[i];
        s.length = length < 0 ? 0 : length < row ? length : row;
    }
    return s;
}

/* ---- one part ---- */

static rc_status open_lengths(job *j)
{
    char path[4096], file[32];
    snprintf(file, sizeof file, "length_%s.npy", j->name);
    RC_TRY(rc_path_join(j->from, file, sizeof path, path));
    if (!rc_path_exists(path)) return RC_OK;
    RC_TRY(rc_npy_open(path, &j->length));
    RC_CHECK(j->length.dtype == RC_DTYPE_I64 && j->length.shape.n == 1 && j->length.shape.dim[0] == j->n,
             RC_SHAPE, "%s: the lengths of %lld records are int64 numbers, one for each", path,
             (long long)j->n);
    return RC_OK;
}

static rc_status count_all(job *j)
{
    RC_TRY(RC_NEW(&j->first, j->n + 1));
    for (int64_t i = 0; i < j->n; i++) {
        rc_transform_sample s = sample_of(j, i, NULL);
        j->first[i + 1] = j->first[i] + (j->t->count ? j->t->count(j->context, &s) : 1);
    }
    RC_CHECK(j->first[j->n] > 0, RC_DATA, "%s: nothing is left of x_%s: its records are too short", j->from,
             j->name);
    return RC_OK;
}

static rc_status run_one(job *j, int64_t i, float *x)
{
    size_t bytes = (size_t)rc_shape_size(&j->out) * rc_dtype_size(j->t->dtype);
    rc_part_read(j->part, j->data, RC_PART_X, i, x);
    RC_TRY(rc_dataset_status(j->data));
    rc_transform_sample s = sample_of(j, i, x);
    for (int64_t k = j->first[i]; k < j->first[i + 1]; k++)
        RC_TRY(j->t->run(j->context, &s, k - j->first[i], j->x + (size_t)k * bytes));
    return RC_OK;
}

static void work(job *j)
{
    float *x = NULL;
    rc_context *own = rc__context_enter(j->caller);
    rc_status status = RC_NEW(&x, rc_shape_size(&j->in));
    rc_first_failure_note(&j->failure, 0, status);
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < j->n; i++) {
        if (rc_first_failure_status(&j->failure) != RC_OK || !x) continue;
        if (rc_interrupt_requested()) {
            rc_first_failure_note(&j->failure, i,
                                  rc_fail(RC_INTERRUPTED, "interrupted; nothing was written"));
            continue;
        }
        status = run_one(j, i, x);
        if (status != RC_OK)
            (void)rc_fail_context(status, "%s: sample %lld of x_%s", j->from, (long long)i, j->name);
        rc_first_failure_note(&j->failure, i, status);
#pragma omp critical(rc_transform_job)
        rc_progress_step(j->t->name, ++j->done, j->n, j->name);
    }
    rc__context_enter(own);
    rc_free(x);
}

static rc_status write_array(const job *j, const char *letter, rc_dtype dtype, rc_shape shape,
                             const void *data)
{
    char path[4096], file[32];
    snprintf(file, sizeof file, "%s_%s.npy", letter, j->name);
    RC_TRY(rc_path_join(j->to, file, sizeof path, path));
    return rc_npy_write(path, dtype, shape, data);
}

static rc_shape with_rows(rc_shape shape, int64_t rows)
{
    for (int i = shape.n++; i > 0; i--)
        shape.dim[i] = shape.dim[i - 1];
    shape.dim[0] = rows;
    return shape;
}

/* What every sample has one row of, repeated for the new samples. */
static rc_status write_repeated(const job *j, const char *name, const rc_array *a)
{
    size_t row = (size_t)(rc_array_size(a) / j->n) * rc_dtype_size(a->dtype);
    unsigned char *copy;
    rc_shape shape = a->shape;
    shape.dim[0] = j->first[j->n];
    RC_TRY(rc_alloc((size_t)shape.dim[0], row, (void **)&copy));
    for (int64_t i = 0; i < j->n; i++)
        for (int64_t k = j->first[i]; k < j->first[i + 1]; k++)
            memcpy(copy + (size_t)k * row, (const unsigned char *)a->data + (size_t)i * row, row);
    rc_status status = write_array(j, name, a->dtype, shape, copy);
    rc_free(copy);
    return status;
}

/* Of samples that had no groups: which sample each came of. */
static rc_status write_numbers_as_groups(const job *j)
{
    int64_t *number;
    RC_TRY(RC_NEW(&number, j->n));
    for (int64_t i = 0; i < j->n; i++)
        number[i] = i;
    rc_array groups = {.dtype = RC_DTYPE_I64, .shape = RC_SHAPE(j->n), .data = number};
    rc_status status = write_repeated(j, "group", &groups);
    rc_free(number);
    return status;
}

static rc_status write_targets(const job *j)
{
    const rc_part *p = j->part;
    RC_TRY(write_repeated(j, "y", p->y));
    if (p->weight) RC_TRY(write_repeated(j, "weight", p->weight));
    if (p->group) return write_repeated(j, "group", p->group);
    return j->t->count ? write_numbers_as_groups(j) : RC_OK;
}

static rc_status run_part(job *j)
{
    size_t bytes = (size_t)rc_shape_size(&j->out) * rc_dtype_size(j->t->dtype);
    j->n = j->part->n;
    RC_TRY(open_lengths(j));
    RC_TRY(count_all(j));
    RC_TRY(rc_alloc((size_t)j->first[j->n], bytes, (void **)&j->x));
#pragma omp parallel
    work(j);
    RC_TRY(rc_first_failure_raise(&j->failure));
    RC_TRY(write_array(j, "x", j->t->dtype, with_rows(j->out, j->first[j->n]), j->x));
    return write_targets(j);
}

/* ---- the data set ---- */

static rc_shape sample_shape(const rc_part *p)
{
    rc_shape s = p->x->shape;
    for (int i = 0; i + 1 < s.n; i++)
        s.dim[i] = s.dim[i + 1];
    s.n--;
    return s;
}

static rc_status write_about(const rc_transform *t, const rc_transform_options *o, const char *from,
                             const char *to)
{
    char path[4096], number[RC_NUMBER_TEXT];
    rc_string text = {0};
    rc_status status = rc_string_printf(&text, "# %s\n\nMade from %s: %s.\nseed %llu", t->name, from,
                                        t->about, (unsigned long long)o->seed);
    for (int i = 0; t->parameters[i].name && status == RC_OK; i++)
        status = rc_string_printf(&text, ", %s %s", t->parameters[i].name,
                                  rc_text_number(o->parameter[i], number));
    if (status == RC_OK)
        status = rc_string_printf(&text, ".\nBy recraft %s (`recraft data transform %s`).\n", rc_version(),
                                  t->name);
    if (status == RC_OK) status = rc_path_join(to, "source.md", sizeof path, path);
    if (status == RC_OK) status = rc_file_write(path, text.data, text.length);
    rc_string_free(&text);
    return status;
}

/* The last part of what makes such samples of raw input, and the names of the classes. A table's columns are
 * not there any more, and what went through too much takes arrays alone. */
static rc_status extend_encoders(rc_json *encoders, const rc_transform *t, const rc_transform_options *o,
                                 const rc_shape *shape, const char *to)
{
    const rc_json *before = rc_json_get(encoders, "transforms");
    if (before && rc_json_length(before) >= RC_CHAIN_STEPS) return RC_OK;
    rc_json *list = rc_json_set(encoders, "transforms", before ? rc_json_copy(before) : rc_json_array());
    if (rc_json_integer(encoders, "version", 0) < RC_ENCODERS_TRANSFORMED)
        rc_json_set_integer(encoders, "version", RC_ENCODERS_TRANSFORMED);
    rc_chain_add(list, t, o, shape);
    return rc_json_write(to, "encoders.json", encoders);
}

static rc_status keep_encoders(const rc_dataset *d, const rc_transform *t, const rc_transform_options *o,
                               const rc_shape *shape, const char *to)
{
    const char *text = rc_dataset_encoders(d);
    rc_json *encoders;
    if (!text) return RC_OK;
    RC_TRY(rc_json_parse(d->name, text, strlen(text), &encoders));
    rc_status status = extend_encoders(encoders, t, o, shape, to);
    rc_json_free(&encoders);
    return status;
}

static rc_status run_parts(const rc_transform *t, const rc_transform_options *o, rc_dataset *d,
                           const char *from, const char *to, rc_transform_report *report)
{
    const rc_part *part[RC_TRANSFORM_PARTS] = {&d->train, &d->valid, &d->test};
    void *context = NULL;
    report->x_in = sample_shape(d->train.n ? &d->train : &d->test);
    RC_TRY(t->open(o, report->x_in, &report->x_out, &context));
    rc_status status = RC_OK;
    for (int i = 0; i < RC_TRANSFORM_PARTS && status == RC_OK; i++) {
        if (part[i]->n == 0) continue;
        job j = {.t = t,
                 .o = o,
                 .context = context,
                 .caller = rc_context_current(),
                 .data = d,
                 .part = part[i],
                 .which = (rc_transform_part)i,
                 .from = from,
                 .to = to,
                 .in = report->x_in,
                 .out = report->x_out};
        rc_choice_text(RC_TRANSFORM_PART_NAMES, i, j.name);
        status = run_part(&j);
        report->n_in[i] = j.n;
        report->n_out[i] = status == RC_OK ? j.first[j.n] : 0;
        rc_array_free(&j.length);
        rc_free(j.first);
        rc_free(j.x);
    }
    if (context) t->close(context);
    if (status == RC_OK) status = keep_encoders(d, t, o, &report->x_out, to);
    return status == RC_OK ? write_about(t, o, from, to) : status;
}

static rc_status keep_notes(const rc_dataset *d, rc_texts *out)
{
    const rc_texts *notes = rc_dataset_notes(d);
    for (int64_t i = 0; i < notes->n; i++)
        RC_TRY(rc_texts_add(out, rc_texts_get(notes, i), strlen(rc_texts_get(notes, i))));
    return RC_OK;
}

void rc_transform_report_free(rc_transform_report *report)
{
    rc_texts_free(&report->notes);
}

rc_status rc_transform_apply(const rc_transform *t, const rc_transform_options *o, const char *from,
                             const char *to, rc_transform_report *report)
{
    rc_dataset *d;
    rc_folder folder;
    *report = (rc_transform_report){0};
    RC_TRY(rc_dataset_open(from, 0, &d));
    rc_status status = keep_notes(d, &report->notes);
    if (status == RC_OK) status = rc_folder_begin(to, &folder);
    if (status == RC_OK) status = rc_folder_end(&folder, run_parts(t, o, d, from, folder.partial, report));
    rc_dataset_close(&d);
    return status;
}
