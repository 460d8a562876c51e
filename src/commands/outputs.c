#include "commands/outputs.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "formats/csv.h"
#include "formats/json.h"
#include "metrics/metrics.h"
#include "parallel/parallel.h"

/* ---- endings ---- */

const char *const rc__output_numbers[] = {".csv", ".npy", ".jsonl", NULL};
const char *const rc__output_pages[] = {".html", ".htm", NULL};
const char *const rc__output_lines[] = {".txt", NULL};

rc_status rc__output_check(const char *output, const char *const *endings, int *kind)
{
    char known[128] = "";
    int at = 0;
    for (int i = 0; endings[i]; i++) {
        size_t n = strlen(known);
        snprintf(known + n, sizeof known - n, "%s%s", i ? ", " : "", endings[i]);
    }
    while (endings[at] && !rc_path_has_suffix(output, endings[at]))
        at++;
    if (!endings[at] && rc_path_is_stream(output)) at = 0;
    RC_CHECK(endings[at], RC_CONFIG,
             "%s: the ending says what is written; known: %s, and - for standard output", output, known);
    if (kind) *kind = at;
    return rc_file_check_writable(output);
}

/* ---- numbers ---- */

static int64_t width(const rc__numbers *f)
{
    int64_t n = 1;
    for (int i = 1; i < f->shape.n; i++)
        n *= f->shape.dim[i];
    return n;
}

static rc_status add_name(const rc__numbers *f, int64_t column, rc_string *out)
{
    if (f->name && f->alone) return rc_csv_put(out, f->name[column]);
    rc_string name = {0};
    rc_status status = rc_string_printf(&name, "%s", f->prefix);
    int64_t below = width(f);
    bool alone = below == 1 && !f->classes;
    if (f->name) status = rc_string_printf(&name, "_%s", f->name[column]);
    for (int i = 1; i < f->shape.n && !f->name && !alone && status == RC_OK; i++) {
        below /= f->shape.dim[i];
        status = rc_string_printf(&name, "_%lld", (long long)(column / below % f->shape.dim[i]));
    }
    if (status == RC_OK) status = rc_csv_put(out, name.data);
    rc_string_free(&name);
    return status;
}

static rc_status add_header(const rc__numbers *f, rc_string *out)
{
    RC_TRY(rc_string_printf(out, "%s%s", f->context ? "id," : "", f->classes ? "class" : ""));
    for (int64_t k = 0; k < width(f); k++) {
        if (k > 0 || f->classes) RC_TRY(rc_string_add(out, ",", 1));
        RC_TRY(add_name(f, k, out));
    }
    return rc_string_add(out, "\n", 1);
}

static rc_status add_class(const rc__numbers *f, const float *row, rc_string *out)
{
    int64_t best = rc_decide(row, width(f), f->threshold);
    return f->name ? rc_csv_put(out, f->name[best]) : rc_string_printf(out, "%lld", (long long)best);
}

static rc_status add_row(const rc__numbers *f, const float *row, rc_string *out)
{
    char number[RC_NUMBER_TEXT], id[RC__OUTPUT_ID];
    if (f->context) {
        f->id(f->context, f->at, id);
        RC_TRY(rc_csv_put(out, id));
        RC_TRY(rc_string_add(out, ",", 1));
    }
    if (f->classes) RC_TRY(add_class(f, row, out));
    for (int64_t k = 0; k < width(f); k++)
        RC_TRY(rc_string_printf(out, "%s%s", k > 0 || f->classes ? "," : "",
                                rc_text_number_f32(row[k], number)));
    return rc_string_add(out, "\n", 1);
}

/* ---- a row as an object ---- */

/* As it is written, with the digits of a float32. */
static double shortest(float v)
{
    char text[RC_NUMBER_TEXT];
    double number = v;
    (void)rc_text_to_f64(rc_text_number_f32(v, text), &number);
    return number;
}

/* Lists in lists, by the dimensions of the shape from `dim` on. */
static rc_status nest(const rc_shape *shape, int dim, const float **row, rc_json **out)
{
    RC_TRY(rc_json_array(out));
    rc_status status = RC_OK;
    for (int64_t k = 0; k < shape->dim[dim] && status == RC_OK; k++) {
        rc_json *inner;
        if (dim + 1 == shape->n) {
            status = rc_json_append_number(*out, shortest(*(*row)++));
            continue;
        }
        status = nest(shape, dim + 1, row, &inner);
        if (status == RC_OK) status = rc_json_append(*out, inner);
    }
    if (status != RC_OK) rc_json_free(out);
    return status;
}

static rc_status set_named(const rc__numbers *f, const float *row, rc_json *out)
{
    for (int64_t k = 0; k < width(f); k++)
        RC_TRY(rc_json_set_number(out, f->name[k], shortest(row[k])));
    return RC_OK;
}

static rc_status set_numbers(const rc__numbers *f, const float *row, rc_json *out)
{
    rc_json *inner;
    if (f->name && f->alone) return set_named(f, row, out);
    if (!f->name && width(f) == 1 && !f->classes) return rc_json_set_number(out, f->prefix, shortest(*row));
    if (!f->name) {
        RC_TRY(nest(&f->shape, 1, &row, &inner));
        return rc_json_set(out, f->prefix, inner);
    }
    RC_TRY(rc_json_object(&inner));
    RC_TRY(rc_json_set(out, f->prefix, inner));
    return set_named(f, row, inner);
}

static rc_status fill_object(const rc__numbers *f, const float *row, rc_json *out)
{
    char id[RC__OUTPUT_ID];
    if (f->context) {
        f->id(f->context, f->at, id);
        RC_TRY(rc_json_set_string(out, "id", id));
    }
    int64_t best = f->classes ? rc_decide(row, width(f), f->threshold) : 0;
    if (f->classes)
        RC_TRY(f->name ? rc_json_set_string(out, "class", f->name[best])
                       : rc_json_set_integer(out, "class", best));
    return set_numbers(f, row, out);
}

static rc_status add_object(const rc__numbers *f, const float *row, rc_string *out)
{
    rc_json *j;
    char *text = NULL;
    RC_TRY(rc_json_object(&j));
    rc_status status = fill_object(f, row, j);
    if (status == RC_OK) status = rc_json_text(j, false, &text);
    if (status == RC_OK) status = rc_string_printf(out, "%s\n", text);
    rc_free(text);
    rc_json_free(&j);
    return status;
}

static rc_status put_text(rc__numbers *f, rc_status status, rc_string *text)
{
    if (status == RC_OK) status = rc_file_writer_put(&f->w, text->data, text->length);
    rc_string_free(text);
    return status;
}

rc_status rc__numbers_begin(const char *output, rc__numbers *io)
{
    unsigned char header[RC_NPY_HEADER];
    size_t size;
    rc_string text = {0};
    rc_status status;
    RC_TRY(rc__output_check(output, rc__output_numbers, &io->kind));
    RC_TRY(rc_file_writer_open(rc_parallel_rank() == 0 ? output : "/dev/null", &io->w));
    if (io->kind == RC__CSV) {
        status = put_text(io, add_header(io, &text), &text);
    } else if (io->kind == RC__JSONL) {
        status = RC_OK;
    } else {
        status = rc_npy_header(RC_DTYPE_F32, io->shape, header, &size);
        if (status == RC_OK) status = rc_file_writer_put(&io->w, header, size);
    }
    if (status != RC_OK) rc_file_writer_abandon(&io->w);
    return status;
}

rc_status rc__numbers_add(rc__numbers *f, int64_t n, const float *rows)
{
    rc_string text = {0};
    rc_status status = RC_OK;
    int64_t each = width(f);
    if (f->kind == RC__NPY) return rc_file_writer_put(&f->w, rows, (size_t)(n * each) * sizeof *rows);
    for (int64_t i = 0; i < n && status == RC_OK; i++, f->at++)
        status =
            f->kind == RC__CSV ? add_row(f, rows + i * each, &text) : add_object(f, rows + i * each, &text);
    return put_text(f, status, &text);
}

rc_status rc__numbers_end(rc__numbers *f, rc_status status)
{
    if (status == RC_OK) return rc_file_writer_commit(&f->w);
    rc_file_writer_abandon(&f->w);
    return rc__nothing_written(status);
}

rc_status rc__nothing_written(rc_status status)
{
    return status == RC_INTERRUPTED ? rc_fail(RC_INTERRUPTED, "interrupted; nothing was written") : status;
}
