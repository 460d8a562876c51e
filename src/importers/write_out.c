/* The data set's folder: put together beside its place, renamed when it is whole. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/folder.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/spill.h"
#include "datasets/text_inputs.h"
#include "formats/array_file.h"
#include "importers/samples.h"
#include "transforms/chain.h"

/* more: of further inputs, their name; else "". */
static rc_status open_file(const char *folder, const char *what, const char *part, const char *more,
                           const char *suffix, rc_file_writer *w)
{
    char file[32 + RC_INPUT_NAME], path[4096];
    snprintf(file, sizeof file, "%s_%s%s%s.%s", what, part, *more ? "." : "", more, suffix);
    RC_TRY(rc_path_join(folder, file, sizeof path, path));
    return rc_file_writer_open(path, w);
}

static rc_status start_array(const char *folder, const char *what, const char *part, const char *more,
                             rc_dtype dtype, int64_t n, rc_shape one, rc_file_writer *w)
{
    unsigned char header[RC_NPY_HEADER];
    size_t size;
    rc_shape all = {.n = one.n + 1, .dim = {n}};
    memcpy(all.dim + 1, one.dim, (size_t)one.n * sizeof *one.dim);
    RC_TRY(rc_npy_header(dtype, all, header, &size));
    RC_TRY(open_file(folder, what, part, more, "npy", w));
    rc_status status = rc_file_writer_put(w, header, size);
    if (status != RC_OK) rc_file_writer_abandon(w);
    return status;
}

static rc_status check_finite(const rc_samples *s, int64_t i, const void *x)
{
    bool real = rc_dtype_is_float(s->dtype);
    int64_t count = rc_shape_size(&s->shape);
    for (int64_t k = 0; real && k < count; k++) {
        float v;
        char name[RC__SAMPLE_NAME];
        rc_convert_to_f32(s->dtype, (const char *)x + (size_t)k * rc_dtype_size(s->dtype), 1, &v);
        if (isfinite(v)) continue;
        s->name(s, i, name);
        return rc_fail(RC_DATA, "%s: x holds NaN or infinity; remove the sample, or fill it in", name);
    }
    return RC_OK;
}

static rc_status sample_x(rc_samples *s, int64_t i, void *x)
{
    void *read = s->chain ? s->read : x;
    RC_TRY(s->x(s, i, read));
    RC_TRY(check_finite(s, i, read));
    if (!s->chain) return RC_OK;
    rc_convert_to_f32(s->dtype, read, rc_shape_size(&s->shape), s->numbers);
    return rc_chain_run(s->chain, i, s->numbers, x);
}

rc__input rc__input_of(const rc_samples *s, int k)
{
    return k ? s->more[k - 1] : (rc__input){.dtype = s->out_dtype, .shape = s->out_shape};
}

rc_status rc__sample_input(rc_samples *s, int k, int64_t i, void *out)
{
    rc__input in = rc__input_of(s, k);
    int64_t size = rc_shape_size(&in.shape);
    if (!s->lacks || !s->lacks(s, k, i)) return k ? s->more_x(s, k, i, out) : sample_x(s, i, out);
    for (int64_t c = 0; c < size; c++) /* all whose samples may lack them are float32 */
        ((float *)out)[c] = NAN;
    return RC_OK;
}

static rc_status put_text(const rc_samples *s, int k, int64_t i, rc_file_writer *w)
{
    rc_string line = {0};
    rc_status status = rc_texts_add_json(s->text(s, k, i), &line);
    if (status == RC_OK) status = rc_file_writer_put(w, line.data, line.length);
    rc_string_free(&line);
    return status;
}

static rc_status put_numbers(rc_samples *s, int k, int64_t i, size_t bytes, void *x, rc_file_writer *w)
{
    RC_TRY(rc__sample_input(s, k, i, x));
    return rc_file_writer_put(w, x, bytes);
}

static rc_status write_input(rc_samples *s, int k, const char *folder, int p, const int8_t *part, int64_t n,
                             int64_t *done)
{
    rc_file_writer w;
    rc__input in = rc__input_of(s, k);
    const char *name = part ? rc__part_names[p] : "unlabelled";
    size_t bytes = (size_t)rc_shape_size(&in.shape) * rc_dtype_size(in.dtype);
    void *x;
    RC_TRY(in.of_texts ? open_file(folder, "x", name, in.name, "jsonl", &w)
                       : start_array(folder, "x", name, in.name, in.dtype, n, in.shape, &w));
    rc_status status = rc_alloc(bytes, 1, &x);
    for (int64_t i = 0; i < s->n && status == RC_OK; i++) {
        rc_spill_pass(i);
        if (part && part[i] != p) continue;
        status = in.of_texts ? put_text(s, k, i, &w) : put_numbers(s, k, i, bytes, x, &w);
        if (status == RC_OK && rc_interrupt_requested()) status = rc_fail(RC_INTERRUPTED, "interrupted");
        rc_progress_step("import", ++*done, s->n * (s->n_more + 1), NULL);
    }
    rc_free(x);
    if (status == RC_OK) return rc_file_writer_commit(&w);
    rc_file_writer_abandon(&w);
    return status;
}

/* Of `data`, one of these for each sample, what belongs to a part. */
static rc_status write_rows(const rc_samples *s, const char *folder, const char *what, rc_dtype dtype,
                            rc_shape one, const void *data, int p, const int8_t *part, int64_t n)
{
    rc_file_writer w;
    size_t bytes = (size_t)rc_shape_size(&one) * rc_dtype_size(dtype);
    RC_TRY(start_array(folder, what, rc__part_names[p], "", dtype, n, one, &w));
    rc_status status = RC_OK;
    for (int64_t i = 0; i < s->n && status == RC_OK; i++) {
        if (part[i] == p) status = rc_file_writer_put(&w, (const char *)data + (size_t)i * bytes, bytes);
        rc_spill_pass(i);
    }
    if (status == RC_OK) return rc_file_writer_commit(&w);
    rc_file_writer_abandon(&w);
    return status;
}

/* And which recording a window is of: parts are held out, and scored, by whole groups. */
static rc_status write_y(const rc_samples *s, const rc_targets *t, const char *folder, int p,
                         const int8_t *part, int64_t n)
{
    rc_shape number = {0};
    RC_TRY(t->classes ? write_rows(s, folder, "y", RC_DTYPE_I64, number, t->code, p, part, n)
                      : write_rows(s, folder, "y", t->dtype, t->shape, t->data, p, part, n));
    return s->group ? write_rows(s, folder, "group", RC_DTYPE_I64, number, s->group, p, part, n) : RC_OK;
}

static rc_status write_encoders(const rc_encoders *e, const char *folder)
{
    rc_json *j = rc_json_object();
    rc__encoders_write(e, j);
    rc_status status = rc_json_write(folder, "encoders.json", j);
    rc_json_free(&j);
    return status;
}

static rc_status write_all(rc_samples *s, const rc_targets *t, const int8_t *part, const char *folder,
                           rc_json *report)
{
    int64_t count[RC__PART_COUNT] = {0}, done = 0;
    for (int64_t i = 0; i < s->n && part; i++)
        count[part[i]]++;
    for (int k = 0; k <= s->n_more && !part; k++)
        RC_TRY(write_input(s, k, folder, 0, NULL, s->n, &done));
    for (int p = 0; p < RC__PART_COUNT; p++) {
        if (!count[p]) continue;
        for (int k = 0; k <= s->n_more; k++)
            RC_TRY(write_input(s, k, folder, p, part, count[p], &done));
        RC_TRY(write_y(s, t, folder, p, part, count[p]));
    }
    RC_TRY(write_encoders(s->e, folder));
    return rc_json_write(folder, "import.json", report);
}

static void describe(const rc_samples *s, const rc_targets *t, rc_json *report)
{
    char text[RC_SHAPE_TEXT];
    rc_json_set_string(report, "x_shape", rc_shape_text(&s->out_shape, text));
    rc_json_set_string(report, "x_type", rc_dtype_text(s->out_dtype));
    if (!t) {
        rc_json_set_integer(report, "n_unlabelled", s->n);
        return;
    }
    rc_json_set_string(report, "y_shape", rc_shape_text(&t->shape, text));
    rc_json_set_string(report, "y_type", rc_dtype_text(t->classes ? RC_DTYPE_I64 : t->dtype));
}

rc_status rc__write_out(rc_samples *s, const rc_targets *t, const int8_t *part, rc_json *report)
{
    rc_folder f;
    RC_CHECK(s->out_shape.n < RC_MAX_DIMS, RC_SHAPE, "%s: samples of %d dimensions; at most %d", s->o->from,
             s->out_shape.n, RC_MAX_DIMS - 1);
    describe(s, t, report);
    RC_TRY(rc_folder_begin(s->o->out, &f));
    return rc_folder_end(&f, write_all(s, t, part, f.partial, report));
}
