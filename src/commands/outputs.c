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

/* Lists in lists, of n dimensions. */
static void nest(int n, const int64_t *dim, const float **row, rc_json *list)
{
    for (int64_t k = 0; k < *dim; k++)
        if (n > 1)
            nest(n - 1, dim + 1, row, rc_json_append(list, rc_json_array()));
        else
            rc_json_append_number(list, shortest(*(*row)++));
}

static void set_named(const rc__numbers *f, const float *row, rc_json *out)
{
    for (int64_t k = 0; k < width(f); k++)
        rc_json_set_number(out, f->name[k], shortest(row[k]));
}

static void set_numbers(const rc__numbers *f, const float *row, rc_json *out)
{
    if (f->name)
        set_named(f, row, f->alone ? out : rc_json_set(out, f->prefix, rc_json_object()));
    else if (width(f) == 1 && !f->classes)
        rc_json_set_number(out, f->prefix, shortest(*row));
    else
        nest(f->shape.n - 1, f->shape.dim + 1, &row, rc_json_set(out, f->prefix, rc_json_array()));
}

static void fill_object(const rc__numbers *f, const float *row, rc_json *out)
{
    char id[RC__OUTPUT_ID];
    if (f->context) {
        f->id(f->context, f->at, id);
        rc_json_set_string(out, "id", id);
    }
    int64_t best = f->classes ? rc_decide(row, width(f), f->threshold) : 0;
    if (f->classes && f->name)
        rc_json_set_string(out, "class", f->name[best]);
    else if (f->classes)
        rc_json_set_integer(out, "class", best);
    set_numbers(f, row, out);
}

static rc_status add_object(const rc__numbers *f, const float *row, rc_string *out)
{
    char *text = NULL;
    rc_json *j = rc_json_object();
    fill_object(f, row, j);
    rc_status status = rc_json_text(j, false, &text);
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
