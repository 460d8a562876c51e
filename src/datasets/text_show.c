/* What is in labelled texts: how many, how long, which labels, and what is wrong with them short of being
 * unreadable (a reader's refusal is the answer then). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "datasets/text_rows.h"

typedef struct show {
    const char *path;
    const rc_text_options *o;
    const rc_tokenizer *t; /* NULL: tokens are not counted */
    rc__rows rows[RC__PARTS];
    rc__labels labels;
    rc_encoding one;
    rc_json *faults;
} show;

/* ---- lengths ---- */

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Sum and quantiles of n lengths, which are sorted by it. */
static void tell_lengths(const char *what, int64_t n, int64_t *length, rc_json *out)
{
    static const struct {
        const char *name;
        double at;
    } quantile[] = {{"min", 0}, {"q25", 0.25}, {"q50", 0.5}, {"q75", 0.75}, {"q95", 0.95}, {"max", 1}};
    char key[48];
    int64_t sum = 0;
    qsort(length, (size_t)n, sizeof *length, ascending);
    for (int64_t i = 0; i < n; i++)
        sum += length[i];
    rc_json_set_integer(out, what, sum);
    snprintf(key, sizeof key, "%s_a_text", what);
    rc_json *j = rc_json_set(out, key, rc_json_object());
    for (size_t q = 0; q < sizeof quantile / sizeof *quantile; q++)
        rc_json_set_integer(j, quantile[q].name, length[(int64_t)(quantile[q].at * (double)(n - 1) + 0.5)]);
}

/* Words of a text: what stands between blanks. */
static int64_t count_words(const char *text, size_t size)
{
    int64_t words = 0;
    bool inside = false;
    for (size_t i = 0; i < size; i++) {
        bool blank = strchr(" \t\r\n\v\f", text[i]) && text[i] != '\0';
        words += !blank && !inside;
        inside = !blank;
    }
    return words;
}

static void tell_words(const rc__rows *r, int64_t *length, rc_json *out)
{
    for (int64_t i = 0; i < r->n; i++) {
        const rc__piece *p = r->piece + r->row[i].first;
        length[i] = r->in_words ? r->row[i].n : count_words(r->bytes.data + p->text, p->size);
    }
    tell_lengths("words", r->n, length, out);
}

static rc_status tell_tokens(show *s, const rc__rows *r, int64_t *length, rc_json *out)
{
    char text[160];
    int64_t longer = 0;
    for (int64_t i = 0; i < r->n; i++) {
        RC_TRY(rc__row_encode(s->t, r, &r->row[i], INT64_MAX, &s->one));
        length[i] = s->one.n;
        longer += s->one.n > s->o->tokens;
    }
    tell_lengths("tokens", r->n, length, out);
    rc_json_set_integer(out, "longer_than_model", longer);
    if (longer == 0) return RC_OK;
    snprintf(text, sizeof text, "%lld texts have more than the %lld tokens that are read; their ends are cut",
             (long long)longer, (long long)s->o->tokens);
    return rc__text_fault(s->faults, r, 0, text);
}

/* ---- labels ---- */

rc_status rc__text_fault(rc_json *faults, const rc__rows *r, int64_t line, const char *text)
{
    rc_string full = {0};
    rc_status status = line ? rc_string_printf(&full, "%s%s%lld: %s", r->place, r->from_file ? ":" : ", row ",
                                               (long long)line, text)
                            : rc_string_printf(&full, "%s: %s", r->place, text);
    if (status == RC_OK) rc_json_append_string(faults, full.data);
    rc_string_free(&full);
    return status;
}

/* Each label of a part; what train does not have is a fault, told at its first place. */
static rc_status count_labels(show *s, const rc__rows *r, int64_t *count)
{
    enum { TOLD = 10 };
    char text[128];
    int told = 0;
    for (int64_t i = 0; i < r->n; i++)
        for (int64_t k = r->row[i].first; k < r->row[i].first + r->row[i].n; k++) {
            const rc__piece *p = &r->piece[k];
            const char *name = r->bytes.data + p->label;
            int64_t label = rc__labels_find(&s->labels, name, p->label_size);
            if (label >= 0) count[label]++;
            if (label >= 0 || told++ >= TOLD) continue;
            snprintf(text, sizeof text, "label \"%.*s\" never occurs in the train part",
                     (int)(p->label_size < 60 ? p->label_size : 60), name);
            RC_TRY(rc__text_fault(s->faults, r, r->row[i].line, text));
        }
    return RC_OK;
}

static rc_status tell_labels(show *s, const rc__rows *r, rc_json *out)
{
    int64_t *count;
    rc_json *list = rc_json_set(out, "class_counts", rc_json_array());
    RC_TRY(RC_NEW(&count, s->labels.n));
    rc_status status = count_labels(s, r, count);
    for (int64_t k = 0; k < s->labels.n && status == RC_OK; k++)
        rc_json_append_integer(list, count[k]);
    rc_free(count);
    return status;
}

/* ---- all of it ---- */

static rc_status show_part(show *s, int part, rc_json *out)
{
    rc__rows *r = &s->rows[part];
    int64_t *length;
    if (r->n == 0) return RC_OK;
    rc_json *j = rc_json_set(out, rc__part_name[part], rc_json_object());
    rc_json_set_integer(j, "n", r->n);
    RC_TRY(RC_NEW(&length, r->n));
    tell_words(r, length, j);
    rc_status status = s->t ? tell_tokens(s, r, length, j) : RC_OK;
    if (status == RC_OK) status = tell_labels(s, r, j);
    rc_free(length);
    return status;
}

static rc_status tell_names(show *s, rc_json *out)
{
    const rc__rows *train = &s->rows[RC__TRAIN];
    rc_json_set_string(out, "form", "texts");
    rc_json_set_string(out, "labels_of", train->in_words ? "words" : "texts");
    rc_json_set_integer(out, "classes", s->labels.n);
    rc_json *list = rc_json_set(out, "labels", rc_json_array());
    for (int64_t i = 0; i < s->labels.n; i++)
        rc_json_append_string(list, s->labels.in_order[i]);
    if (s->labels.n >= 2) return RC_OK;
    return rc__text_fault(s->faults, train, 0,
                          "the train part has one label only; there is nothing to learn");
}

static rc_status run(show *s, rc_json *out)
{
    RC_TRY(rc__text_read_parts(s->path, s->o, true, s->rows));
    RC_TRY(rc__labels_collect(&s->rows[RC__TRAIN], &s->labels));
    RC_TRY(tell_names(s, out));
    for (int i = 0; i < RC__PARTS; i++)
        RC_TRY(show_part(s, i, out));
    return RC_OK;
}

rc_status rc_text_show(const char *path, const rc_text_options *o, const rc_tokenizer *t, rc_json *out)
{
    show s = {.path = path, .o = o, .t = t, .faults = rc_json_array()};
    rc_status status = run(&s, out);
    for (int i = 0; i < RC__PARTS; i++)
        rc__rows_free(&s.rows[i]);
    rc__labels_free(&s.labels);
    rc_encoding_free(&s.one);
    rc_json_set(out, "faults", s.faults);
    return status;
}
