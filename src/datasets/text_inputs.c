#include "datasets/text_inputs.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "datasets/store.h"
#include "formats/json.h"
#include "formats/text_file.h"

bool rc_dataset_has_texts(const rc_dataset *d)
{
    bool any = d->form == RC_FORM_TEXTS;
    for (int k = 0; k < d->n_more; k++)
        any = any || d->more[k].form == RC_FORM_TEXTS;
    return any;
}

/* ---- files ---- */

static rc_status read_line(const char *path, int64_t line, const char *text, size_t size, rc_texts *out)
{
    char where[4200];
    rc_json *list, *j = NULL;
    rc_string one = {0};
    snprintf(where, sizeof where, "%s:%lld", path, (long long)line);
    /* A text alone is no document. */
    rc_status status = rc_string_printf(&one, "[%.*s]", (int)size, text);
    if (status == RC_OK) status = rc_json_parse(where, one.data, one.length, &j);
    list = j;
    const rc_json *value = rc_json_length(list) == 1 ? rc_json_at(list, 0) : NULL;
    const char *said = rc_json_is_null(value) ? "" : rc_json_as_string(value);
    if (status == RC_OK && !said)
        status = rc_fail(RC_DATA, "%s: not a text in quotes, nor null; a line for each sample", where);
    if (status == RC_OK) status = rc_texts_add(out, said, strlen(said));
    rc_json_free(&j);
    rc_string_free(&one);
    return status;
}

static rc_status read_lines(const char *path, rc_texts *out)
{
    rc_text_file file;
    const char *text;
    size_t at = 0, size;
    RC_TRY(rc_text_file_open(path, NULL, &file));
    rc_status status = RC_OK;
    for (int64_t line = 1; status == RC_OK && rc_text_next_line(file.text, file.size, &at, &text, &size);
         line++)
        status = read_line(path, line, text, size, out);
    rc_text_file_close(&file);
    return status;
}

static rc_status read_entry(rc_container *c, int at, rc_texts *out)
{
    bool text = at >= 0 && rc_container_entry(c, at)->is_text;
    return text ? rc_container_texts(c, at, out) : RC_OK;
}

/* NumPy keeps texts in .npy, too. */
static rc_status read_npy(const char *path, rc_texts *out)
{
    rc_container *c;
    RC_TRY(rc_container_open(path, &c));
    rc_status status = read_entry(c, 0, out);
    rc_container_close(&c);
    return status;
}

rc_status rc__texts_read(const char *path, rc_container *c, const char *name, rc_texts *out)
{
    char file[96], full[4096];
    if (c) return read_entry(c, rc_container_find(c, name), out);
    snprintf(file, sizeof file, "%s.jsonl", name);
    RC_TRY(rc_path_join(path, file, sizeof full, full));
    if (rc_path_exists(full)) return read_lines(full, out);
    snprintf(file, sizeof file, "%s.npy", name);
    RC_TRY(rc_path_join(path, file, sizeof full, full));
    return rc_path_exists(full) ? read_npy(full, out) : RC_OK;
}

rc_status rc_texts_add_json(const char *text, rc_string *out)
{
    char *quoted = NULL;
    if (rc_text_is_blank(text, strlen(text))) return rc_string_printf(out, "null\n");
    rc_json *list = rc_json_array();
    rc_json_append_string(list, text);
    rc_status status = rc_json_text(list, false, &quoted);
    if (status == RC_OK)
        status = rc_string_printf(out, "%.*s\n", (int)strlen(quoted) - 2, quoted + 1); /* without [ ] */
    rc_free(quoted);
    rc_json_free(&list);
    return status;
}

const char *rc_part_text(const rc_part *p, const rc_dataset *d, int k, int64_t i)
{
    const struct rc_dataset_store *s = d->store;
    int64_t part = p->x == &s->unlabelled ? RC__PARTS : p->x - s->x;
    return rc_texts_get(&s->text[k - 1][part], p->index ? p->index[i] : i);
}

/* ---- tokens ---- */

typedef struct tokenizing {
    const rc_tokenizer *tokenizer;
    int64_t max, longest, cut; /* of all texts so far */
    rc_encoding e;
} tokenizing;

static rc_status encode(tokenizing *z, const char *text, int32_t *row)
{
    size_t size = strlen(text);
    z->e.n = 0;
    z->e.truncated = false;
    if (!rc_text_is_blank(text, size)) RC_TRY(rc_tokenizer_encode(z->tokenizer, text, size, z->max, &z->e));
    rc_encoding_to_row(&z->e, z->max, row);
    z->longest = z->e.n > z->longest ? z->e.n : z->longest;
    z->cut += z->e.truncated;
    return RC_OK;
}

static rc_status encode_all(const char *what, const rc_texts *texts, tokenizing *z, rc_array *out)
{
    int32_t *ids;
    rc_array_free(out);
    RC_TRY(RC_NEW_RAW(&ids, texts->n * z->max));
    *out = (rc_array){.dtype = RC_DTYPE_I32, .shape = RC_SHAPE(texts->n, z->max), .data = ids, .owned = ids};
    for (int64_t i = 0; i < texts->n; i++) {
        rc_status status = encode(z, rc_texts_get(texts, i), ids + i * z->max);
        if (status != RC_OK) return rc_fail_context(status, "%s: text %lld", what, (long long)i);
    }
    return RC_OK;
}

/* Rows of fewer places, of which none is needed. */
static void narrow(int64_t tokens, rc_array *a)
{
    int32_t *ids = a->owned;
    int64_t *dim = a->shape.dim;
    for (int64_t i = 1; i < dim[0]; i++)
        memmove(ids + i * tokens, ids + i * dim[1], (size_t)tokens * sizeof *ids);
    dim[1] = tokens;
}

static rc_status note_cut(const char *what, const tokenizing *z, rc_texts *notes)
{
    if (z->cut == 0) return RC_OK;
    return rc__add_note(notes, "%s: %lld texts have more than %lld tokens; the rest is cut off", what,
                        (long long)z->cut, (long long)z->max);
}

rc_status rc_texts_tokenize(const char *what, const rc_texts *texts, const rc_tokenizer *t, int64_t tokens,
                            rc_texts *notes, rc_array *out)
{
    tokenizing z = {.tokenizer = t, .max = tokens};
    rc_status status = encode_all(what, texts, &z, out);
    rc_encoding_free(&z.e);
    return status == RC_OK ? note_cut(what, &z, notes) : status;
}

rc_status rc_dataset_tokenize(rc_dataset *d, int k, const rc_tokenizer *t, int64_t max, int64_t pad_to)
{
    struct rc_dataset_store *s = d->store;
    tokenizing z = {.tokenizer = t, .max = max, .longest = pad_to ? pad_to : 1};
    rc_status status = RC_OK;
    for (int i = 0; i <= RC__PARTS && status == RC_OK; i++)
        if (s->text[k][i].n) status = encode_all(d->more[k].name, &s->text[k][i], &z, &s->more[k][i]);
    rc_encoding_free(&z.e);
    RC_TRY(status);
    for (int i = 0; i <= RC__PARTS; i++)
        if (s->text[k][i].n) narrow(z.longest, &s->more[k][i]);
    memcpy(d->more[k].x_shape, (int64_t[]){1, z.longest, 1}, sizeof d->more[k].x_shape);
    return note_cut(d->more[k].name, &z, &s->notes);
}
