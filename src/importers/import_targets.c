/* What y becomes: classes numbered from 0, several labels a sample, or numbers; and why. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/sort.h"
#include "base/spill.h"
#include "importers/samples.h"

enum { MAX_GUESSED = 100 };

void rc__targets_free(rc_targets *t)
{
    rc_free(t->code);
    rc_free(t->data);
    *t = (rc_targets){0};
}

/* Of a table's numbers: their columns. */
static rc_status learn_columns(rc_encoders *e)
{
    for (const char *at = e->columns ? e->options.label : NULL; at && *at; at += *at == ',') {
        size_t n = strcspn(at, ",");
        RC_TRY(rc_texts_add(&e->names, at, n));
        at += n;
    }
    return RC_OK;
}

static rc_status learn(rc_samples *s, rc_import_target target, rc_json *report, const char *why)
{
    s->e->target = target;
    rc_json_set_choice(report, "target", RC_IMPORT_TARGETS, (int)target);
    rc_json_set_string(report, "target_why", why);
    return target == RC_IMPORT_NUMBERS ? learn_columns(s->e) : RC_OK;
}

static rc_status unlabelled(const rc_samples *s, int64_t i)
{
    char name[RC__SAMPLE_NAME];
    s->name(s, i, name);
    return rc_fail(RC_DATA, "%s: the label is missing (or NaN); remove the sample, or fill it in", name);
}

/* ---- names ---- */

/* In the order of their texts, so that the numbers do not depend on the order of the samples. */
static rc_status learn_names(rc_levels *l, rc_encoders *e)
{
    int32_t *order;
    RC_TRY(rc_levels_sort(l, &order));
    rc_status status = RC_OK;
    for (int64_t k = 0; k < l->text.n && status == RC_OK; k++) {
        const char *name = rc_texts_get(&l->text, order[k]);
        status = rc_texts_add(&e->names, name, strlen(name));
    }
    rc_free(order);
    return status;
}

static rc_status index_names(const rc_encoders *e, rc_levels *l)
{
    int32_t number;
    for (int64_t k = 0; k < e->names.n; k++) {
        const char *name = rc_texts_get(&e->names, k);
        RC_TRY(rc_levels_add(l, name, strlen(name), &number));
    }
    return RC_OK;
}

static rc_status no_such_label(const rc_samples *s, int64_t i, const char *label, size_t n)
{
    char name[RC__SAMPLE_NAME];
    s->name(s, i, name);
    return rc_fail(RC_DATA, "%s: its label \"%.*s\" is not one of the %lld that are known (\"%.40s\", ...)",
                   name, (int)(n < 60 ? n : 60), label, (long long)s->e->names.n,
                   rc_texts_get(&s->e->names, 0));
}

/* ---- classes ---- */

/* The label of a sample as text. float64 would round whole numbers beyond 2^53. */
static const char *class_text(const rc_samples *s, const double *v, int64_t i, char text[RC_NUMBER_TEXT])
{
    if (!v) return rc_texts_get(&s->label, i);
    if (s->y_guess) return rc_text_number(v[i], text);
    rc_array_whole_text(&s->y, i, text);
    return text;
}

static rc_status learn_classes(rc_samples *s, const double *v)
{
    rc_levels l = {0};
    rc_status status = RC_OK;
    for (int64_t i = 0; i < s->n && status == RC_OK; i++) {
        char buffer[RC_NUMBER_TEXT];
        int32_t number;
        const char *text = class_text(s, v, i, buffer);
        status = *text ? rc_levels_add(&l, text, strlen(text), &number) : unlabelled(s, i);
        rc_spill_pass(i);
    }
    if (status == RC_OK) status = learn_names(&l, s->e);
    rc_levels_free(&l);
    RC_TRY(status);
    int64_t classes = s->e->names.n;
    RC_CHECK(classes > 1, RC_DATA,
             "%s: one class only (\"%s\" in all %lld samples); there is nothing to learn", s->o->from,
             rc_texts_get(&s->e->names, 0), (long long)s->n);
    RC_CHECK(classes < s->n, RC_DATA,
             "%s: %lld classes in %lld samples: every label occurs once; choose another label, or \1target "
             "numbers",
             s->o->from, (long long)classes, (long long)s->n);
    return RC_OK;
}

static rc_status encode_classes(const rc_samples *s, const double *v, rc_targets *t)
{
    rc_levels l = {0};
    rc_status status = RC_NEW(&t->code, s->n);
    if (status == RC_OK) status = index_names(s->e, &l);
    for (int64_t i = 0; i < s->n && status == RC_OK; i++) {
        char buffer[RC_NUMBER_TEXT];
        const char *text = class_text(s, v, i, buffer);
        t->code[i] = rc_levels_find(&l, text, strlen(text));
        if (t->code[i] < 0) status = no_such_label(s, i, text, strlen(text));
        rc_spill_pass(i);
    }
    t->classes = s->e->names.n;
    rc_levels_free(&l);
    return status;
}

/* ---- numbers ---- */

static rc_status keep_numbers(const rc_samples *s, const double *v, int64_t row, rc_targets *t)
{
    float *to;
    RC_TRY(RC_NEW_RAW(&to, s->n * row));
    t->data = to;
    t->dtype = RC_DTYPE_F32;
    t->shape = s->y.shape;
    t->shape.n = s->y.shape.n ? s->y.shape.n - 1 : 0;
    memmove(t->shape.dim, s->y.shape.dim + 1, (size_t)t->shape.n * sizeof *t->shape.dim);
    if (t->shape.n == 1 && t->shape.dim[0] == 1) t->shape.n = 0;
    for (int64_t i = 0; i < s->n * row; i++) {
        to[i] = (float)v[i];
        rc_spill_pass(i);
    }
    return RC_OK;
}

static rc_status numbers_of_texts(const rc_samples *s, rc_targets *t)
{
    float *to;
    RC_TRY(RC_NEW_RAW(&to, s->n));
    t->data = to;
    t->dtype = RC_DTYPE_F32;
    for (int64_t i = 0; i < s->n; i++) {
        double v;
        char name[RC__SAMPLE_NAME];
        const char *text = rc_texts_get(&s->label, i);
        s->name(s, i, name);
        RC_CHECK(rc_text_to_f64(text, &v), RC_DATA, "%s: the label \"%.60s\" is not a number%s", name, text,
                 s->given ? "" : ", as \1target numbers asks");
        to[i] = (float)v;
        rc_spill_pass(i);
    }
    return RC_OK;
}

/* ---- several labels a sample, by commas ---- */

/* The next label of a text, without the blanks around it; false at the end. */
static bool next_label(const char **at, const char **label, size_t *n)
{
    while (**at == ',' || **at == ' ')
        (*at)++;
    if (!**at) return false;
    *label = *at;
    *at += strcspn(*at, ",");
    *n = (size_t)(*at - *label);
    while (*n && (*label)[*n - 1] == ' ')
        (*n)--;
    return true;
}

static rc_status learn_labels(rc_samples *s)
{
    rc_levels l = {0};
    rc_status status = RC_OK;
    for (int64_t i = 0; i < s->n && status == RC_OK; i++) {
        const char *at = rc_texts_get(&s->label, i), *label;
        size_t n;
        int32_t number;
        while (status == RC_OK && next_label(&at, &label, &n))
            status = rc_levels_add(&l, label, n, &number);
        rc_spill_pass(i);
    }
    if (status == RC_OK) status = learn_names(&l, s->e);
    rc_levels_free(&l);
    RC_TRY(status);
    RC_CHECK(s->e->names.n > 1, RC_DATA, "%s: one label only (\"%s\"); there is nothing to learn", s->o->from,
             s->e->names.n ? rc_texts_get(&s->e->names, 0) : "");
    return RC_OK;
}

static rc_status mark_labels(const rc_samples *s, const rc_levels *l, rc_targets *t)
{
    unsigned char *to = t->data;
    for (int64_t i = 0; i < s->n; i++) {
        const char *at = rc_texts_get(&s->label, i), *label;
        size_t n;
        bool any = false;
        while (next_label(&at, &label, &n)) {
            int32_t number = rc_levels_find(l, label, n);
            if (number < 0) return no_such_label(s, i, label, n);
            to[i * s->e->names.n + number] = 1;
            any = true;
        }
        if (!any) return unlabelled(s, i);
        rc_spill_pass(i);
    }
    return RC_OK;
}

static rc_status encode_labels(const rc_samples *s, rc_targets *t)
{
    rc_levels l = {0};
    t->dtype = RC_DTYPE_U8;
    t->shape = RC_SHAPE(s->e->names.n);
    rc_status status = RC_NEW((unsigned char **)&t->data, s->n * s->e->names.n);
    if (status == RC_OK) status = index_names(s->e, &l);
    if (status == RC_OK) status = mark_labels(s, &l, t);
    rc_levels_free(&l);
    return status;
}

/* ---- what they are ---- */

/* Whole-number values, and how many different ones (up to the limit). */
static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static int by_whole(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Sorts them. */
static rc_status count_different(int64_t n, size_t size, int (*compare)(const void *a, const void *b),
                                 char *items, int64_t *different)
{
    RC_TRY(rc_sort(n, size, compare, items));
    *different = n > 0;
    for (int64_t i = 1; i < n; i++) {
        *different += compare(items + (size_t)i * size, items + (size_t)(i - 1) * size) != 0;
        rc_spill_pass(i);
    }
    return RC_OK;
}

static rc_status count_integers(const rc_array *y, int64_t n, int64_t *different)
{
    int64_t *copy;
    RC_TRY(RC_NEW_RAW(&copy, n));
    for (int64_t i = 0; i < n; i++) {
        copy[i] = rc_array_whole(y, i);
        rc_spill_pass(i);
    }
    rc_status status = count_different(n, sizeof *copy, by_whole, (char *)copy, different);
    rc_free(copy);
    return status;
}

static rc_status count_whole(const double *v, int64_t n, int64_t *different)
{
    double *copy;
    *different = -1;
    for (int64_t i = 0; i < n; i++) {
        if (floor(v[i]) != v[i]) return RC_OK;
        rc_spill_pass(i);
    }
    RC_TRY(RC_NEW_RAW(&copy, n));
    for (int64_t i = 0; i < n; i++) {
        copy[i] = v[i];
        rc_spill_pass(i);
    }
    rc_status status = count_different(n, sizeof *copy, by_value, (char *)copy, different);
    rc_free(copy);
    return status;
}

static rc_status learn_single(rc_samples *s, const double *v, rc_json *report)
{
    int64_t different;
    char why[160];
    bool told = s->o->target == RC_IMPORT_CLASSES;
    if (s->o->target == RC_IMPORT_NUMBERS) return learn(s, RC_IMPORT_NUMBERS, report, "as requested");
    RC_TRY(s->y_guess ? count_whole(v, s->n, &different) : count_integers(&s->y, s->n, &different));
    RC_CHECK(!told || different >= 0, RC_DATA,
             "%s: the targets are not whole numbers, so they are not classes", s->o->from);
    bool few = different >= 0 && different <= MAX_GUESSED && 2 * different <= s->n;
    bool classes = told || (different >= 0 && (!s->y_guess || few));
    if (different < 0) return learn(s, RC_IMPORT_NUMBERS, report, "not all are whole");
    rc_message_print(sizeof why, why, "%s%lld different %s in %lld samples%s", told ? "as requested; " : "",
                     (long long)different, classes ? "whole numbers" : "values", (long long)s->n,
                     !classes              ? "; \1target classes if they are classes"
                     : s->y_guess && !told ? "; \1target numbers if they are amounts"
                                           : "");
    RC_TRY(learn(s, classes ? RC_IMPORT_CLASSES : RC_IMPORT_NUMBERS, report, why));
    return classes ? learn_classes(s, v) : RC_OK;
}

/* ---- several numbers a sample ---- */

/* 2: zeros and ones, exactly one 1 a row; 1: zeros and ones; 0: other numbers. */
static int zeros_and_ones(const double *v, int64_t n, int64_t row)
{
    bool single = true;
    for (int64_t i = 0; i < n; i++) {
        int64_t ones = 0;
        for (int64_t k = 0; k < row; k++) {
            if (v[i * row + k] != 0 && v[i * row + k] != 1) return 0;
            ones += v[i * row + k] == 1;
        }
        single = single && ones == 1;
        rc_spill_pass(i);
    }
    return single ? 2 : 1;
}

static rc_status encode_rows(const rc_samples *s, const double *v, int64_t row, rc_targets *t)
{
    int kind = s->y.shape.n == 2 ? zeros_and_ones(v, s->n, row) : 0;
    bool classes = s->e->target == RC_IMPORT_CLASSES;
    RC_CHECK(kind >= 1 + classes && row == s->e->names.n, RC_DATA,
             "%s: the targets are not rows of %lld zeros and ones%s", s->o->from, (long long)s->e->names.n,
             classes ? " with one 1 each" : "");
    if (classes) {
        RC_TRY(RC_NEW(&t->code, s->n));
        t->classes = row;
    } else {
        RC_TRY(RC_NEW((unsigned char **)&t->data, s->n * row));
        t->dtype = RC_DTYPE_U8;
        t->shape = RC_SHAPE(row);
    }
    for (int64_t i = 0; i < s->n * row; i++) {
        if (classes && v[i] == 1) t->code[i / row] = i % row;
        if (!classes) ((unsigned char *)t->data)[i] = v[i] == 1;
        rc_spill_pass(i);
    }
    return RC_OK;
}

static rc_status learn_rows(rc_samples *s, const double *v, int64_t row, rc_json *report)
{
    int kind = s->y.shape.n == 2 && s->o->target != RC_IMPORT_NUMBERS ? zeros_and_ones(v, s->n, row) : 0;
    char text[32];
    RC_CHECK(kind || s->o->target != RC_IMPORT_CLASSES, RC_DATA,
             "%s: %lld targets a sample that are not zeros and ones, so they are not classes", s->o->from,
             (long long)row);
    snprintf(text, sizeof text, "%lld numbers a sample", (long long)row);
    if (!kind) return learn(s, s->y.shape.n > 2 ? RC_IMPORT_DENSE : RC_IMPORT_NUMBERS, report, text);
    for (int64_t k = 0; k < row; k++) {
        int n = snprintf(text, sizeof text, "%lld", (long long)k);
        RC_TRY(rc_texts_add(&s->e->names, text, (size_t)n));
    }
    return kind == 2 ? learn(s, RC_IMPORT_CLASSES, report, "every row holds exactly one 1 (one-hot)")
                     : learn(s, RC_IMPORT_LABELS, report, "rows of zeros and ones: several labels a sample");
}

static rc_status to_double(const rc_samples *s, int64_t row, double **out)
{
    RC_TRY(RC_NEW_RAW(out, s->n * row));
    for (int64_t i = 0; i < s->n * row; i++) {
        const char *at = (const char *)s->y.data + (size_t)i * rc_dtype_size(s->y.dtype);
        float narrow;
        if (s->y.dtype == RC_DTYPE_F64) {
            memcpy(&(*out)[i], at, 8);
        } else if (s->y.dtype == RC_DTYPE_U64) {
            (*out)[i] = (double)(uint64_t)rc_array_whole(&s->y, i);
        } else if (!s->y_guess) {
            (*out)[i] = (double)rc_array_whole(&s->y, i);
        } else {
            rc_convert_to_f32(s->y.dtype, at, 1, &narrow);
            (*out)[i] = narrow;
        }
        if (!isfinite((*out)[i])) return unlabelled(s, i / row);
        rc_spill_pass(i);
    }
    return RC_OK;
}

/* What is to be predicted, and the names of it. */
static rc_status learn_targets(rc_samples *s, const double *v, int64_t row, rc_json *report)
{
    bool several = s->o->target == RC_IMPORT_LABELS;
    RC_CHECK(!several || s->label.n, RC_DATA,
             "%s: the targets are numbers; \1target labels takes texts with commas between them", s->o->from);
    if (several) {
        RC_TRY(learn(s, RC_IMPORT_LABELS, report, "as requested; labels with commas between them"));
        return learn_labels(s);
    }
    if (s->label.n && s->o->target == RC_IMPORT_NUMBERS)
        return learn(s, RC_IMPORT_NUMBERS, report, "as requested");
    if (!s->label.n) return row == 1 ? learn_single(s, v, report) : learn_rows(s, v, row, report);
    RC_TRY(learn(s, RC_IMPORT_CLASSES, report, "the labels are texts"));
    return learn_classes(s, NULL);
}

static rc_status encode(const rc_samples *s, const double *v, int64_t row, rc_targets *t)
{
    bool classes = s->e->target == RC_IMPORT_CLASSES, labels = s->e->target == RC_IMPORT_LABELS;
    if (labels && !v) return encode_labels(s, t);
    if (classes && (!v || row == 1)) return encode_classes(s, v, t);
    if (classes || labels) return encode_rows(s, v, row, t);
    return v ? keep_numbers(s, v, row, t) : numbers_of_texts(s, t);
}

static void report_names(const rc_encoders *e, rc_json *report)
{
    bool classes = e->target == RC_IMPORT_CLASSES;
    rc_json_set_choice(report, "target", RC_IMPORT_TARGETS, (int)e->target);
    if (classes) rc_json_set_integer(report, "classes", e->names.n);
    if (classes || e->target == RC_IMPORT_LABELS) rc_json_set_texts(report, "labels", &e->names);
}

rc_status rc__targets_make(rc_samples *s, rc_targets *out, rc_json *report)
{
    int64_t row = s->label.n ? 0 : rc_array_size(&s->y) / s->n;
    double *v = NULL;
    *out = (rc_targets){0};
    RC_CHECK(s->label.n || row > 0, RC_SHAPE, "%s: y holds no numbers", s->o->from);
    rc_status status = s->label.n ? RC_OK : to_double(s, row, &v);
    if (status == RC_OK && !s->given) status = learn_targets(s, v, row, report);
    if (status == RC_OK) report_names(s->e, report);
    if (status == RC_OK) status = encode(s, v, row, out);
    rc_free(v);
    return status;
}
