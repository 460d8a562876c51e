#include "datasets/labelled_text.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "datasets/store.h"
#include "datasets/text_rows.h"

enum { PATH = 4096 };

/* ---- which files ---- */

static const struct {
    const char *suffix;
    rc_text_format format;
} KNOWN[] = {{".csv", RC_TEXT_CSV},      {".tsv", RC_TEXT_TSV},     {".jsonl", RC_TEXT_JSONL},
             {".ndjson", RC_TEXT_JSONL}, {".conll", RC_TEXT_CONLL}, {".iob", RC_TEXT_CONLL},
             {".bio", RC_TEXT_CONLL},    {".txt", RC_TEXT_CONLL}};
enum { KNOWN_COUNT = sizeof KNOWN / sizeof *KNOWN };

/* AUTO: its name does not say. */
static rc_text_format format_of(const char *path)
{
    for (int i = 0; i < KNOWN_COUNT; i++)
        if (rc_path_has_suffix(path, KNOWN[i].suffix)) return KNOWN[i].format;
    return RC_TEXT_AUTO;
}

/* The file of a part in a folder; "" when there is none. */
static rc_status find_part(const char *folder, int part, char path[PATH])
{
    static const char *const names[RC__PARTS][5] = {
        {"train"}, {"valid", "dev", "validation", "val", "eval"}, {"test"}};
    path[0] = '\0';
    for (int n = 0; n < 5 && names[part][n]; n++)
        for (int i = 0; i < KNOWN_COUNT; i++) {
            char name[64];
            snprintf(name, sizeof name, "%s%s", names[part][n], KNOWN[i].suffix);
            RC_TRY(rc_path_join(folder, name, PATH, path));
            if (rc_path_exists(path)) return RC_OK;
        }
    path[0] = '\0';
    return RC_OK;
}

bool rc_text_is(const char *path, rc_text_format format, bool arrays)
{
    char part[PATH];
    bool told = format != RC_TEXT_AUTO;
    if (!rc_path_is_directory(path)) return rc_path_exists(path) && (told || format_of(path) != RC_TEXT_AUTO);
    if (find_part(path, RC__TRAIN, part) == RC_OK && part[0]) return true;
    if (find_part(path, RC__TEST, part) == RC_OK && part[0]) return true;
    return told || (arrays && rc__text_arrays_form(path) != RC_TEXT_AUTO);
}

/* ---- rows of a part ---- */

static rc_status read_as(rc_text_format format, const char *path, const rc_text_options *o, rc__rows *r)
{
    r->from_file = true;
    r->unlabelled = o->unlabelled;
    RC_TRY(rc_strdup(path, &r->place));
    if (format == RC_TEXT_LINES) return rc__read_lines(path, o, r);
    if (format == RC_TEXT_JSONL) return rc__read_json_lines(path, o, r);
    if (format == RC_TEXT_CONLL) return rc__read_columns(path, o, r);
    return rc__read_delimited(path, format == RC_TEXT_TSV, o, r);
}

static rc_status read_file(const char *path, const rc_text_options *o, rc__rows *r)
{
    rc_text_format format = o->format == RC_TEXT_AUTO ? format_of(path) : o->format;
    RC_CHECK(format != RC_TEXT_AUTO, RC_DATA, "%s: is this csv, tsv, jsonl or conll? Set data.format", path);
    return read_as(format, path, o, r);
}

/* arrays: BYTES or WORDS; AUTO: files of text. */
static rc_status read_part(const char *path, rc_text_format arrays, int part, const rc_text_options *o,
                           rc__rows *r)
{
    char file[PATH];
    if (!rc_path_is_directory(path)) return part == RC__TRAIN ? read_file(path, o, r) : RC_OK;
    if (arrays == RC_TEXT_AUTO) {
        RC_TRY(find_part(path, part, file));
        return file[0] ? read_file(file, o, r) : RC_OK;
    }
    char name[64];
    snprintf(name, sizeof name, "x_%s.npy", rc__part_name[part]);
    RC_TRY(rc_path_join(path, name, sizeof file, file));
    if (!rc_path_exists(file)) return RC_OK;
    RC_TRY(rc_strdup(file, &r->place));
    return rc__read_text_arrays(path, rc__part_name[part], o, arrays == RC_TEXT_WORDS, r);
}

/* ---- tokens ---- */

typedef struct opening {
    const char *path;
    const rc_text_options *o;
    const rc_tokenizer *tokenizer;
    rc_dataset *d;
    rc_texts *notes;
    rc__rows rows[RC__PARTS];
    rc__labels labels;
    rc_encoding encoding;
    int64_t tokens, cut; /* the longest text; texts that were cut */
} opening;

static rc_status encode_row(opening *p, const rc__rows *r, const rc__row *row)
{
    return rc__row_encode(p->tokenizer, r, row, p->o->tokens, &p->encoding);
}

static rc_status label_of(const opening *p, const rc__rows *r, const rc__row *row, const rc__piece *piece,
                          int32_t *out)
{
    const char *name = r->bytes.data + piece->label;
    int64_t label = rc__labels_find(&p->labels, name, piece->label_size);
    RC_CHECK(label >= 0, RC_DATA, "%s%s%lld: label \"%.*s\" never occurs in the train part", r->place,
             r->from_file ? ":" : ", row ", (long long)row->line,
             (int)(piece->label_size < 60 ? piece->label_size : 60), name);
    *out = (int32_t)label;
    return RC_OK;
}

/* Labels of words go to their first tokens; those of cut words are left out. */
static rc_status label_words(const opening *p, const rc__rows *r, const rc__row *row, int32_t *y)
{
    const rc_encoding *e = &p->encoding;
    for (int64_t i = 0; i < row->n; i++) {
        int32_t unused;
        RC_TRY(label_of(p, r, row, r->piece + row->first + i, &unused));
    }
    for (int64_t k = 0; k < e->n; k++) {
        y[k] = -1;
        if (rc_encoding_begins(e, k)) RC_TRY(label_of(p, r, row, r->piece + row->first + e->word[k], &y[k]));
    }
    return RC_OK;
}

/* First the longest text, then the arrays. */
static rc_status measure(opening *p)
{
    for (int part = 0; part < RC__PARTS; part++)
        for (int64_t i = 0; i < p->rows[part].n; i++) {
            RC_TRY(encode_row(p, &p->rows[part], &p->rows[part].row[i]));
            if (p->encoding.n > p->tokens) p->tokens = p->encoding.n;
            p->cut += p->encoding.truncated;
        }
    if (p->o->pad_to > p->tokens) p->tokens = p->o->pad_to;
    if (p->cut > 0)
        return rc__add_note(p->notes, "%lld texts have more than %lld tokens; the rest is cut off",
                            (long long)p->cut, (long long)p->o->tokens);
    return RC_OK;
}

static rc_status fill_row(opening *p, const rc__rows *r, const rc__row *row, int32_t *ids)
{
    RC_TRY(encode_row(p, r, row));
    rc_encoding_to_row(&p->encoding, p->tokens, ids);
    return RC_OK;
}

/* Borrowed of the list, which outlives the data set. */
static rc_status weigh(const opening *p, int part)
{
    const rc_array *given = &p->o->list->weight[part];
    rc_array *weight = &p->d->store->weight[part];
    rc_part *of = rc__dataset_part(p->d, part);
    if (!given->data) return RC_OK;
    *weight = (rc_array){.dtype = given->dtype, .shape = given->shape, .data = given->data};
    of->weight = weight;
    return rc__dataset_check_weights(of, p->path, rc__part_name[part]);
}

static rc_status fill_part(opening *p, int part)
{
    rc__rows *r = &p->rows[part];
    if (r->n == 0) return RC_OK;
    int32_t *x, *y;
    int64_t each = r->in_words ? p->tokens : 1;
    rc_array *to[2] = {&p->d->store->x[part], &p->d->store->y[part]};
    RC_TRY(RC_NEW(&x, r->n * p->tokens));
    *to[0] = (rc_array){.dtype = RC_DTYPE_I32, .shape = RC_SHAPE(r->n, p->tokens), .data = x, .owned = x};
    RC_TRY(RC_NEW(&y, r->n * each));
    *to[1] = (rc_array){.dtype = RC_DTYPE_I32, .shape = RC_SHAPE(r->n), .data = y, .owned = y};
    if (r->in_words) to[1]->shape = RC_SHAPE(r->n, p->tokens);
    for (int64_t i = 0; i < r->n; i++) {
        RC_TRY(fill_row(p, r, &r->row[i], x + i * p->tokens));
        for (int64_t k = 0; k < each; k++)
            y[i * each + k] = -1;
        RC_TRY(r->in_words ? label_words(p, r, &r->row[i], y + i * each)
                           : label_of(p, r, &r->row[i], r->piece + r->row[i].first, y + i));
    }
    *rc__dataset_part(p->d, part) = (rc_part){.n = r->n, .x = to[0], .y = to[1]};
    return p->o->list ? weigh(p, part) : RC_OK;
}

static void describe(opening *p)
{
    rc_dataset *d = p->d;
    bool words = p->rows[RC__TRAIN].in_words;
    d->form = RC_FORM_TEXTS;
    d->x_shape[0] = d->x_shape[2] = 1;
    d->x_shape[1] = p->tokens;
    d->target = words ? RC_TARGET_WORDS : RC_TARGET_CLASSES;
    d->classes = p->labels.n;
    d->y_size = words ? p->tokens : 1;
    if (words) d->y_shape = RC_SHAPE(p->tokens);
    /* The names go over to the data set; what sorted them stays behind. */
    d->store->label_name = p->labels.in_order;
    d->store->n_names = p->labels.n;
    p->labels.in_order = NULL;
    p->labels.n = 0;
}

void rc_text_list_free(rc_text_list *l)
{
    for (int i = 0; i < RC__PARTS; i++) {
        rc_texts_free(&l->text[i]);
        rc_texts_free(&l->label[i]);
        rc_free(l->words[i]);
        rc_array_free(&l->weight[i]);
    }
    rc_texts_free(&l->text[RC__PARTS]);
    *l = (rc_text_list){0};
}

/* Texts in memory are counted from 0. */
static rc_status take_list(const char *name, const rc_text_list *list, int part, rc__rows *r)
{
    bool labelled = part < RC__PARTS;
    const int64_t *words = labelled ? list->words[part] : NULL;
    r->in_words = words != NULL;
    r->unlabelled = !labelled;
    RC_TRY(rc_strdup(name, &r->place));
    for (int64_t i = 0, at = 0; at < list->text[part].n; i++) {
        RC_TRY(rc__rows_begin(r, i));
        for (int64_t end = at + (words ? words[i] : 1); at < end; at++) {
            const char *t = rc_texts_get(&list->text[part], at);
            const char *l = labelled ? rc_texts_get(&list->label[part], at) : "";
            RC_TRY(rc_utf8_check(t, strlen(t), "texts are UTF-8"));
            RC_TRY(rc__rows_add(r, t, strlen(t), l, strlen(l)));
        }
        RC_TRY(rc__rows_end(r));
    }
    return RC_OK;
}

static rc_status take_lists(const char *name, const rc_text_list *list, rc__rows *rows)
{
    for (int i = 0; i < RC__PARTS; i++)
        RC_TRY(take_list(name, list, i, &rows[i]));
    return RC_OK;
}

rc_status rc__text_read_parts(const char *path, const rc_text_options *o, bool need_train, rc__rows *rows)
{
    if (o->list) return take_lists(path, o->list, rows);
    bool told = o->format == RC_TEXT_BYTES || o->format == RC_TEXT_WORDS;
    rc_text_format arrays = told ? o->format : RC_TEXT_AUTO;
    char part[PATH];
    RC_CHECK(rc_path_exists(path), RC_IO, "%s: no such data set", path);
    if (!told && rc_path_is_directory(path)) {
        RC_TRY(find_part(path, RC__TRAIN, part));
        if (!part[0]) arrays = rc__text_arrays_form(path);
    }
    for (int i = 0; i < RC__PARTS; i++)
        RC_TRY(read_part(path, arrays, i, o, &rows[i]));
    RC_CHECK(rows[RC__TRAIN].n > 0 || !need_train, RC_DATA,
             "%s: no texts; expected a file, or a folder with train.csv, .tsv, .jsonl or .conll", path);
    for (int i = 1; i < RC__PARTS; i++)
        RC_CHECK(rows[i].n == 0 || rows[i].in_words == rows[RC__TRAIN].in_words, RC_DATA,
                 "%s: labels of texts in one part and of words in another", path);
    return RC_OK;
}

static rc_status read_rows(opening *p, bool need_train)
{
    RC_TRY(rc__text_read_parts(p->path, p->o, need_train, p->rows));
    RC_TRY(rc__labels_collect(&p->rows[RC__TRAIN], &p->labels));
    RC_CHECK(p->labels.n >= 2, RC_DATA, "%s: the train part has one label only; there is nothing to learn",
             p->path);
    return RC_OK;
}

static rc_status open_all(opening *p, bool need_train)
{
    RC_TRY(RC_NEW(&p->d->store, 1));
    p->notes = &p->d->store->notes;
    RC_TRY(read_rows(p, need_train));
    RC_TRY(measure(p));
    for (int i = 0; i < RC__PARTS; i++)
        RC_TRY(fill_part(p, i));
    describe(p);
    return RC_OK;
}

rc_status rc_text_open(const char *path, const rc_text_options *o, const rc_tokenizer *t, bool need_train,
                       rc_dataset **out)
{
    opening p = {.path = path, .o = o, .tokenizer = t};
    RC_TRY(RC_NEW(out, 1));
    p.d = *out;
    rc_dataset_name(p.d, path);
    rc_status status = open_all(&p, need_train);
    for (int i = 0; i < RC__PARTS; i++)
        rc__rows_free(&p.rows[i]);
    rc__labels_free(&p.labels);
    rc_encoding_free(&p.encoding);
    if (status != RC_OK) rc_dataset_close(out);
    return status;
}

/* ---- as they stand there ---- */

static rc_status add_row(const rc__rows *r, const rc__row *row, rc_texts *out)
{
    rc_string text = {0};
    rc_status status = RC_OK;
    for (int64_t k = row->first; k < row->first + row->n && status == RC_OK; k++) {
        const rc__piece *p = &r->piece[k];
        if (k > row->first) status = rc_string_add(&text, " ", 1);
        if (status == RC_OK) status = rc_string_add(&text, r->bytes.data + p->text, p->size);
    }
    if (status == RC_OK) status = rc_texts_add(out, text.data, text.length);
    rc_string_free(&text);
    return status;
}

rc_status rc_text_rows(const char *path, const rc_text_options *o, int part, int64_t n, const int64_t *row,
                       rc_texts *out)
{
    rc__rows rows[RC__PARTS] = {0};
    rc_status status = rc__text_read_parts(path, o, true, rows);
    const rc__rows *r = &rows[part];
    for (int64_t i = 0; i < n && status == RC_OK; i++)
        status = row[i] < r->n ? add_row(r, &r->row[row[i]], out)
                               : rc_fail(RC_DATA, "%s: there are fewer texts than before", path);
    for (int i = 0; i < RC__PARTS; i++)
        rc__rows_free(&rows[i]);
    return status;
}

/* ---- what is to be given labels ---- */

/* A .txt is lines here: who has labels in columns has no need of a prediction. */
static rc_text_format input_format(const char *path, const rc_text_options *o)
{
    rc_text_format format = rc_path_has_suffix(path, ".txt") ? RC_TEXT_LINES : format_of(path);
    bool file = o->format >= RC_TEXT_CSV && o->format <= RC_TEXT_CONLL;
    if (format != RC_TEXT_AUTO) return format;
    return file ? o->format : RC_TEXT_LINES;
}

static rc_status read_inputs(const char *path, const rc_text_options *o, bool in_words, rc__rows *r)
{
    rc_text_format format = input_format(path, o);
    bool columns = format == RC_TEXT_CONLL, lines = format == RC_TEXT_LINES;
    RC_CHECK(in_words || !columns, RC_DATA,
             "%s: words in columns; give whole texts: .csv, .tsv, .jsonl, or one text on each line (.txt)",
             path);
    RC_CHECK(
        !in_words || columns || lines, RC_DATA,
        "%s: whole texts; this run labels words: give a sentence a line (.txt), or words in columns (.conll)",
        path);
    r->in_words = in_words;
    RC_TRY(read_as(format, path, o, r));
    RC_CHECK(r->n > 0, RC_DATA, "%s: no texts", path);
    return RC_OK;
}

static rc_status encode_inputs(opening *p, rc_array *out)
{
    int32_t *ids;
    rc__rows *r = &p->rows[RC__TRAIN];
    RC_TRY(p->o->list ? take_list(p->path, p->o->list, RC__PARTS, r) : read_inputs(p->path, p->o, false, r));
    RC_TRY(measure(p));
    RC_TRY(RC_NEW(&ids, r->n * p->tokens));
    *out = (rc_array){.dtype = RC_DTYPE_I32, .shape = RC_SHAPE(r->n, p->tokens), .data = ids, .owned = ids};
    for (int64_t i = 0; i < r->n; i++)
        RC_TRY(fill_row(p, r, &r->row[i], ids + i * p->tokens));
    return RC_OK;
}

rc_status rc_text_inputs(const char *path, const rc_text_options *o, const rc_tokenizer *t, rc_texts *notes,
                         rc_array *out)
{
    opening p = {.path = path, .o = o, .tokenizer = t, .notes = notes};
    *out = (rc_array){0};
    rc_status status = encode_inputs(&p, out);
    rc__rows_free(&p.rows[RC__TRAIN]);
    rc_encoding_free(&p.encoding);
    if (status != RC_OK) rc_array_free(out);
    return status;
}

static rc_status take_sentences(rc__rows *r, rc_sentences *out)
{
    RC_TRY(RC_NEW(&out->word, r->n_pieces));
    RC_TRY(RC_NEW(&out->first, r->n + 1));
    for (int64_t i = 0; i < r->n_pieces; i++)
        out->word[i] = (rc_word){r->bytes.data + r->piece[i].text, r->piece[i].size};
    for (int64_t i = 0; i < r->n; i++)
        out->first[i + 1] = r->row[i].first + r->row[i].n;
    out->n = r->n;
    out->words = r->n_pieces;
    out->bytes = r->bytes;
    r->bytes = (rc_string){0};
    return RC_OK;
}

rc_status rc_text_sentences(const char *path, const rc_text_options *o, rc_sentences *out)
{
    rc__rows r = {0};
    *out = (rc_sentences){.from = 1};
    rc_status status = read_inputs(path, o, true, &r);
    if (status == RC_OK) status = take_sentences(&r, out);
    rc__rows_free(&r);
    return status;
}

rc_status rc_sentences_encode(const rc_sentences *s, int64_t i, const char *name, const rc_tokenizer *t,
                              int64_t tokens, rc_encoding *out)
{
    int64_t first = s->first[i];
    rc_status status = rc_tokenizer_encode_words(t, s->word + first, s->first[i + 1] - first, tokens, out);
    if (status == RC_OK) return RC_OK;
    return rc_fail_context(status, "%s, sentence %lld", name, (long long)s->from + i);
}

void rc_sentences_free(rc_sentences *s)
{
    rc_free(s->word);
    rc_free(s->first);
    rc_string_free(&s->bytes);
    *s = (rc_sentences){0};
}
