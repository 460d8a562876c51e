/* What y becomes: classes numbered from 0, several labels a sample, or numbers; and why. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "importers/samples.h"

enum { MAX_GUESSED = 100 };

void rc__targets_free(rc_targets *t)
{
    rc_texts_free(&t->names);
    rc_free(t->code);
    rc_free(t->data);
    *t = (rc_targets){0};
}

static rc_status say(rc_json *report, const char *target, const char *format, ...) RC_PRINTF(3, 4);
static rc_status say(rc_json *report, const char *target, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    RC_TRY(rc_json_set_string(report, "target", target));
    return rc_json_set_string(report, "target_why", text);
}

static rc_status unlabelled(const rc_samples *s, int64_t i)
{
    char name[RC__SAMPLE_NAME];
    s->name(s, i, name);
    return rc_fail(RC_DATA, "%s: the label is missing (or NaN); remove the sample, or fill it in", name);
}

/* ---- classes ---- */

static rc_status check_classes(const rc_samples *s, const rc_targets *t)
{
    RC_CHECK(t->classes > 1, RC_DATA,
             "%s: one class only (\"%s\" in all %lld samples); there is nothing to learn", s->o->from,
             rc_texts_get(&t->names, 0), (long long)s->n);
    RC_CHECK(t->classes < s->n, RC_DATA,
             "%s: %lld classes in %lld samples: every label occurs once; choose another label, or --target "
             "numbers",
             s->o->from, (long long)t->classes, (long long)s->n);
    return RC_OK;
}

static rc_status report_classes(const rc_targets *t, rc_json *report)
{
    rc_json *list;
    RC_TRY(rc_json_array(&list));
    for (int64_t c = 0; c < t->classes; c++)
        RC_TRY(rc_json_append_string(list, rc_texts_get(&t->names, c)));
    RC_TRY(rc_json_set_integer(report, "classes", t->classes));
    return rc_json_set(report, "labels", list);
}

/* Levels in the order of their texts, so that the numbers do not depend on the order of the samples. */
static rc_status number_levels(const rc_levels *l, int64_t n, rc_targets *t)
{
    int32_t *order, *rank = NULL;
    RC_TRY(rc_levels_sort(l, &order));
    rc_status status = RC_NEW(&rank, l->text.n);
    for (int64_t k = 0; k < l->text.n && status == RC_OK; k++) {
        const char *name = rc_texts_get(&l->text, order[k]);
        rank[order[k]] = (int32_t)k;
        status = rc_texts_add(&t->names, name, strlen(name));
    }
    for (int64_t i = 0; i < n && status == RC_OK; i++)
        t->code[i] = rank[t->code[i]];
    t->classes = l->text.n;
    rc_free(rank);
    rc_free(order);
    return status;
}

static rc_status add_label(rc_levels *l, const char *text, int64_t *code)
{
    int32_t number;
    RC_TRY(rc_levels_add(l, text, strlen(text), &number));
    *code = number;
    return RC_OK;
}

static rc_status classes_of_texts(const rc_samples *s, rc_levels *l, rc_targets *t)
{
    RC_TRY(RC_NEW(&t->code, s->n));
    for (int64_t i = 0; i < s->n; i++) {
        const char *text = rc_texts_get(&s->label, i);
        if (!*text) return unlabelled(s, i);
        RC_TRY(add_label(l, text, &t->code[i]));
    }
    return number_levels(l, s->n, t);
}

static rc_status classes_of_numbers(const rc_samples *s, const double *v, rc_levels *l, rc_targets *t)
{
    RC_TRY(RC_NEW(&t->code, s->n));
    for (int64_t i = 0; i < s->n; i++) {
        char text[RC_NUMBER_TEXT];
        if (s->y_guess)
            rc_text_number(v[i], text);
        else
            rc_array_whole_text(&s->y, i, text); /* float64 would round those beyond 2^53 */
        RC_TRY(add_label(l, text, &t->code[i]));
    }
    return number_levels(l, s->n, t);
}

static rc_status finish_classes(const rc_samples *s, rc_targets *t, rc_json *report, const char *why)
{
    RC_TRY(check_classes(s, t));
    RC_TRY(say(report, "classes", "%s", why));
    return report_classes(t, report);
}

static rc_status make_classes(const rc_samples *s, const double *v, rc_targets *t, rc_json *report,
                              const char *why)
{
    rc_levels l = {0};
    rc_status status = v ? classes_of_numbers(s, v, &l, t) : classes_of_texts(s, &l, t);
    rc_levels_free(&l);
    return status == RC_OK ? finish_classes(s, t, report, why) : status;
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
    for (int64_t i = 0; i < s->n * row; i++)
        to[i] = (float)v[i];
    return RC_OK;
}

static rc_status numbers_of_texts(const rc_samples *s, rc_targets *t, rc_json *report)
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
        RC_CHECK(rc_text_to_f64(text, &v), RC_DATA,
                 "%s: the label \"%.60s\" is not a number, as --target numbers asks", name, text);
        to[i] = (float)v;
    }
    return say(report, "numbers", "as told");
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

static rc_status collect_labels(const rc_samples *s, rc_levels *l)
{
    for (int64_t i = 0; i < s->n; i++) {
        const char *at = rc_texts_get(&s->label, i), *label;
        size_t n;
        int32_t number;
        bool any = false;
        while (next_label(&at, &label, &n)) {
            RC_TRY(rc_levels_add(l, label, n, &number));
            any = true;
        }
        if (!any) return unlabelled(s, i);
    }
    RC_CHECK(l->text.n > 1, RC_DATA, "%s: one label only (\"%s\"); there is nothing to learn", s->o->from,
             rc_texts_get(&l->text, 0));
    return RC_OK;
}

/* Columns in the order of the labels' texts. */
static rc_status mark_labels(const rc_samples *s, const rc_levels *l, const int32_t *order, rc_targets *t,
                             rc_json *report)
{
    int64_t k = l->text.n;
    unsigned char *to;
    int32_t *rank;
    rc_json *list;
    RC_TRY(rc_json_array(&list));
    RC_TRY(rc_json_set(report, "labels", list));
    RC_TRY(RC_NEW(&to, s->n * k));
    t->data = to;
    t->dtype = RC_DTYPE_U8;
    t->shape = RC_SHAPE(k);
    RC_TRY(RC_NEW(&rank, k));
    rc_status status = RC_OK;
    for (int64_t c = 0; c < k && status == RC_OK; c++) {
        rank[order[c]] = (int32_t)c;
        status = rc_json_append_string(list, rc_texts_get(&l->text, order[c]));
    }
    for (int64_t i = 0; i < s->n && status == RC_OK; i++) {
        const char *at = rc_texts_get(&s->label, i), *label;
        size_t n;
        while (next_label(&at, &label, &n))
            to[i * k + rank[rc_levels_find(l, label, n)]] = 1;
    }
    rc_free(rank);
    return status;
}

static rc_status labels_of_texts(const rc_samples *s, rc_targets *t, rc_json *report)
{
    rc_levels l = {0};
    int32_t *order = NULL;
    rc_status status = collect_labels(s, &l);
    if (status == RC_OK) status = rc_levels_sort(&l, &order);
    if (status == RC_OK) status = mark_labels(s, &l, order, t, report);
    rc_free(order);
    rc_levels_free(&l);
    return status == RC_OK ? say(report, "labels", "as told; labels with commas between them") : status;
}

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

static rc_status count_integers(const rc_array *y, int64_t n, int64_t *different)
{
    int64_t *copy;
    RC_TRY(RC_NEW_RAW(&copy, n));
    for (int64_t i = 0; i < n; i++)
        copy[i] = rc_array_whole(y, i);
    qsort(copy, (size_t)n, sizeof *copy, by_whole);
    *different = 0;
    for (int64_t i = 0; i < n; i++)
        *different += i == 0 || copy[i] != copy[i - 1];
    rc_free(copy);
    return RC_OK;
}

static rc_status count_whole(const double *v, int64_t n, int64_t *different)
{
    double *copy;
    *different = -1;
    for (int64_t i = 0; i < n; i++)
        if (floor(v[i]) != v[i]) return RC_OK;
    RC_TRY(RC_NEW_RAW(&copy, n));
    memcpy(copy, v, (size_t)n * sizeof *v);
    qsort(copy, (size_t)n, sizeof *copy, by_value);
    *different = 0;
    for (int64_t i = 0; i < n; i++)
        *different += i == 0 || copy[i] != copy[i - 1];
    rc_free(copy);
    return RC_OK;
}

static rc_status single_numbers(const rc_samples *s, const double *v, rc_targets *t, rc_json *report)
{
    int64_t different;
    char why[160];
    bool told = strcmp(s->o->target, "classes") == 0;
    RC_TRY(s->y_guess ? count_whole(v, s->n, &different) : count_integers(&s->y, s->n, &different));
    RC_CHECK(!told || different >= 0, RC_DATA,
             "%s: the targets are not whole numbers, so they are not classes", s->o->from);
    bool few = different >= 0 && different <= MAX_GUESSED && 2 * different <= s->n;
    bool classes = told || (different >= 0 && (!s->y_guess || few));
    snprintf(why, sizeof why, "%s%lld different whole numbers in %lld samples%s", told ? "as told; " : "",
             (long long)different, (long long)s->n,
             s->y_guess && !told ? "; --target numbers if they are amounts" : "");
    if (classes) return make_classes(s, v, t, report, why);
    RC_TRY(keep_numbers(s, v, 1, t));
    if (different < 0) return say(report, "numbers", "not all are whole");
    return say(report, "numbers",
               "%lld different values in %lld samples; --target classes if they are classes",
               (long long)different, (long long)s->n);
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
    }
    return single ? 2 : 1;
}

static rc_status classes_of_rows(const rc_samples *s, const double *v, int64_t row, rc_targets *t,
                                 rc_json *report)
{
    RC_TRY(RC_NEW(&t->code, s->n));
    for (int64_t i = 0; i < s->n; i++)
        for (int64_t k = 0; k < row; k++)
            if (v[i * row + k] == 1) t->code[i] = k;
    for (int64_t k = 0; k < row; k++) {
        char text[24];
        snprintf(text, sizeof text, "%lld", (long long)k);
        RC_TRY(rc_texts_add(&t->names, text, strlen(text)));
    }
    t->classes = row;
    return finish_classes(s, t, report, "every row holds exactly one 1 (one-hot)");
}

static rc_status several_numbers(const rc_samples *s, const double *v, int64_t row, rc_targets *t,
                                 rc_json *report)
{
    int kind = s->y.shape.n == 2 && strcmp(s->o->target, "numbers") != 0 ? zeros_and_ones(v, s->n, row) : 0;
    RC_CHECK(kind || strcmp(s->o->target, "classes") != 0, RC_DATA,
             "%s: %lld targets a sample that are not zeros and ones, so they are not classes", s->o->from,
             (long long)row);
    if (kind == 2) return classes_of_rows(s, v, row, t, report);
    RC_TRY(keep_numbers(s, v, row, t));
    if (!kind)
        return say(report, s->y.shape.n > 2 ? "dense" : "numbers", "%lld numbers a sample", (long long)row);
    unsigned char *to = t->data;
    for (int64_t i = 0; i < s->n * row; i++)
        to[i] = v[i] == 1;
    t->dtype = RC_DTYPE_U8;
    return say(report, "labels", "rows of zeros and ones: several labels a sample");
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
    }
    return RC_OK;
}

rc_status rc__targets_make(const rc_samples *s, rc_targets *out, rc_json *report)
{
    *out = (rc_targets){0};
    bool several = strcmp(s->o->target, "labels") == 0;
    RC_CHECK(!several || s->label.n, RC_DATA,
             "%s: the targets are numbers; --target labels takes texts with commas between them", s->o->from);
    if (several) return labels_of_texts(s, out, report);
    if (s->label.n && strcmp(s->o->target, "numbers") == 0) return numbers_of_texts(s, out, report);
    if (s->label.n) return make_classes(s, NULL, out, report, "the labels are texts");
    int64_t row = rc_array_size(&s->y) / s->n;
    double *v = NULL;
    RC_CHECK(row > 0, RC_SHAPE, "%s: y holds no numbers", s->o->from);
    rc_status status = to_double(s, row, &v);
    if (status == RC_OK && row == 1 && strcmp(s->o->target, "numbers") == 0) {
        status = keep_numbers(s, v, 1, out);
        if (status == RC_OK) status = say(report, "numbers", "as told");
    } else if (status == RC_OK) {
        status = row == 1 ? single_numbers(s, v, out, report) : several_numbers(s, v, row, out, report);
    }
    rc_free(v);
    return status;
}
