#include "datasets/text_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "datasets/text_inputs.h"

void rc__rows_free(rc__rows *r)
{
    rc_string_free(&r->bytes);
    rc_free(r->piece);
    rc_free(r->row);
    rc_free(r->place);
    *r = (rc__rows){0};
}

static rc_status grow(void **items, size_t size, int64_t n, int64_t *max)
{
    if (n < *max) return RC_OK;
    int64_t more = *max ? 2 * *max : 256;
    RC_TRY(rc_realloc((size_t)*max * size, (size_t)more * size, items));
    *max = more;
    return RC_OK;
}

rc_status rc__rows_begin(rc__rows *r, int64_t line)
{
    RC_TRY(grow((void **)&r->row, sizeof *r->row, r->n, &r->max));
    r->row[r->n++] = (rc__row){.first = r->n_pieces, .line = line};
    return RC_OK;
}

rc_status rc__rows_add(rc__rows *r, const char *text, size_t size, const char *label, size_t label_size)
{
    RC_TRY(grow((void **)&r->piece, sizeof *r->piece, r->n_pieces, &r->max_pieces));
    rc__piece p = {
        .text = r->bytes.length, .size = size, .label = r->bytes.length + size, .label_size = label_size};
    RC_TRY(rc_string_add(&r->bytes, text, size));
    RC_TRY(rc_string_add(&r->bytes, label, label_size));
    r->piece[r->n_pieces++] = p;
    r->row[r->n - 1].n++;
    return RC_OK;
}

rc_status rc__rows_end(rc__rows *r)
{
    const rc__row *row = &r->row[r->n - 1];
    const char *what = r->from_file ? ":" : ", row ";
    for (int64_t i = row->first; i < row->first + row->n; i++) {
        const rc__piece *p = &r->piece[i];
        RC_CHECK(!rc_text_is_blank(r->bytes.data + p->text, p->size), RC_DATA,
                 "%s%s%lld: the text is empty; remove such rows", r->place, what, (long long)row->line);
        RC_CHECK(r->unlabelled || !rc_text_is_blank(r->bytes.data + p->label, p->label_size), RC_DATA,
                 "%s%s%lld: the label is empty", r->place, what, (long long)row->line);
    }
    return RC_OK;
}

static rc_status encode_words(const rc_tokenizer *t, const rc__rows *r, const rc__row *row, int64_t max,
                              rc_encoding *out)
{
    rc_word *word;
    RC_TRY(RC_NEW_RAW(&word, row->n));
    for (int64_t i = 0; i < row->n; i++) {
        const rc__piece *p = &r->piece[row->first + i];
        word[i] = (rc_word){r->bytes.data + p->text, p->size};
    }
    rc_status status = rc_tokenizer_encode_words(t, word, row->n, max, out);
    rc_free(word);
    return status;
}

rc_status rc__row_encode(const rc_tokenizer *t, const rc__rows *r, const rc__row *row, int64_t max,
                         rc_encoding *out)
{
    const rc__piece *p = &r->piece[row->first];
    rc_status status = r->in_words ? encode_words(t, r, row, max, out)
                                   : rc_tokenizer_encode(t, r->bytes.data + p->text, p->size, max, out);
    if (status == RC_OK) return RC_OK;
    return rc_fail_context(status, "%s%s%lld", r->place, r->from_file ? ":" : ", row ", (long long)row->line);
}

/* ---- labels ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = 0, y = 0;
    (void)rc_text_to_i64(*(char *const *)a, &x);
    (void)rc_text_to_i64(*(char *const *)b, &y);
    return x < y ? -1 : x > y ? 1 : by_name(a, b);
}

static bool all_numbers(const rc__labels *l)
{
    int64_t value;
    for (int64_t i = 0; i < l->n; i++)
        if (!rc_text_to_i64(l->name[i], &value)) return false;
    return true;
}

static int64_t place_of(const rc__labels *l, const char *text, size_t size)
{
    int64_t low = 0, high = l->n;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        int order = strncmp(l->name[middle], text, size);
        if (order == 0 && strlen(l->name[middle]) > size) order = 1;
        if (order == 0) return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

enum { MAX_LABELS = 100000 };

static rc_status add_label(rc__labels *l, int64_t *max, const char *text, size_t size)
{
    char *copy;
    if (place_of(l, text, size) >= 0) return RC_OK;
    RC_CHECK(l->n < MAX_LABELS, RC_DATA, "more than %d different labels", MAX_LABELS);
    RC_TRY(grow((void **)&l->name, sizeof *l->name, l->n, max));
    RC_TRY(RC_NEW(&copy, size + 1));
    memcpy(copy, text, size);
    /* Kept sorted, so that finding stays fast. */
    int64_t at = l->n++;
    for (; at > 0 && strcmp(l->name[at - 1], copy) > 0; at--)
        l->name[at] = l->name[at - 1];
    l->name[at] = copy;
    return RC_OK;
}

/* The number of every label: by value where all are whole numbers. */
static rc_status number(rc__labels *l)
{
    char **order;
    RC_TRY(RC_NEW(&l->number, l->n));
    RC_TRY(RC_NEW(&order, l->n));
    memcpy(order, l->name, (size_t)l->n * sizeof *order);
    qsort(order, (size_t)l->n, sizeof *order, all_numbers(l) ? by_value : by_name);
    for (int64_t i = 0; i < l->n; i++) {
        int64_t at = place_of(l, order[i], strlen(order[i]));
        l->number[at] = i;
    }
    rc_free(l->in_order);
    l->in_order = order;
    return RC_OK;
}

rc_status rc__labels_collect(const rc__rows *r, rc__labels *out)
{
    int64_t max = 0;
    rc_status status = RC_OK;
    *out = (rc__labels){0};
    for (int64_t i = 0; i < r->n_pieces && status == RC_OK; i++)
        status = add_label(out, &max, r->bytes.data + r->piece[i].label, r->piece[i].label_size);
    if (status == RC_OK) status = number(out);
    if (status != RC_OK) rc__labels_free(out);
    return status;
}

void rc__labels_free(rc__labels *l)
{
    for (int64_t i = 0; i < l->n; i++)
        rc_free(l->name[i]);
    rc_free(l->name);
    rc_free(l->number);
    rc_free(l->in_order);
    *l = (rc__labels){0};
}

int64_t rc__labels_find(const rc__labels *l, const char *text, size_t size)
{
    int64_t at = place_of(l, text, size);
    return at < 0 ? -1 : l->number[at];
}
