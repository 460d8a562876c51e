/* Texts that come as arrays: bytes (x uint8 [N, L], zeros at the end), and words by number (x [N, L] with
 * their names in vocab.txt, a line each; 0 is padding). Labels y: [N], or [N, L] with -1 where there is none;
 * their names may be in tags.txt. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "datasets/text_rows.h"
#include "formats/text_file.h"

enum { PATH = 4096 };

/* A file of names, a line each. */
typedef struct names {
    rc_text_file file;
    const char **name;
    size_t *size;
    int64_t n;
} names;

static void names_free(names *v)
{
    rc_text_file_close(&v->file);
    rc_free(v->name);
    rc_free(v->size);
}

static rc_status names_read(const char *folder, const char *file, const char *encoding, names *out)
{
    char path[PATH];
    size_t at = 0, size;
    const char *line;
    *out = (names){0};
    RC_TRY(rc_path_join(folder, file, sizeof path, path));
    if (!rc_path_exists(path)) return RC_OK;
    RC_TRY(rc_text_file_open(path, encoding, &out->file));
    const char *text = out->file.text;
    size_t bytes = out->file.size;
    int64_t lines = 1;
    for (size_t i = 0; i < bytes; i++)
        lines += text[i] == '\n';
    RC_TRY(RC_NEW(&out->name, lines));
    RC_TRY(RC_NEW(&out->size, lines));
    for (; rc_text_next_line(text, bytes, &at, &line, &size); out->n++)
        out->name[out->n] = line, out->size[out->n] = size;
    return RC_OK;
}

typedef struct arrays {
    rc_array x, y;
    int32_t *xs, *ys;
    int64_t n, length;
    bool each_word;
    names vocab, tags;
} arrays;

static rc_status read_array(const char *folder, char letter, const char *part, rc_array *out,
                            int32_t **numbers)
{
    char path[PATH], file[64];
    snprintf(file, sizeof file, "%c_%s.npy", letter, part);
    RC_TRY(rc_path_join(folder, file, sizeof path, path));
    RC_TRY(rc_npy_open(path, out));
    RC_TRY(RC_NEW(numbers, rc_array_size(out)));
    return rc_array_to_i32(out, path, *numbers);
}

static rc_status read_text_arrays(const char *folder, const char *part, const char *encoding, bool words,
                                  arrays *a)
{
    RC_TRY(read_array(folder, 'x', part, &a->x, &a->xs));
    RC_TRY(read_array(folder, 'y', part, &a->y, &a->ys));
    const rc_shape *x = &a->x.shape, *y = &a->y.shape;
    RC_CHECK(x->n == 2 && y->n >= 1 && y->n <= 2 && y->dim[0] == x->dim[0], RC_SHAPE,
             "%s: texts are x [N, L] with y [N], or [N, L] for labels of words", folder);
    a->n = x->dim[0];
    a->length = x->dim[1];
    a->each_word = y->n == 2;
    RC_CHECK(!a->each_word || (words && y->dim[1] == a->length), RC_SHAPE,
             "%s: y_%s should have as many columns as x_%s", folder, part, part);
    if (words) RC_TRY(names_read(folder, "vocab.txt", encoding, &a->vocab));
    return names_read(folder, "tags.txt", encoding, &a->tags);
}

static rc_status add_piece(const arrays *a, const char *folder, const char *text, size_t size, int32_t label,
                           rc__rows *r)
{
    char number[16];
    snprintf(number, sizeof number, "%d", label);
    RC_CHECK(label >= 0 && (a->tags.n == 0 || label < a->tags.n), RC_DATA,
             "%s: label %d has no name in tags.txt", folder, label);
    if (a->tags.n == 0) return rc__rows_add(r, text, size, number, strlen(number));
    return rc__rows_add(r, text, size, a->tags.name[label], a->tags.size[label]);
}

static rc_status add_bytes(const arrays *a, const char *folder, int64_t i, rc__rows *r)
{
    const int32_t *row = a->xs + i * a->length;
    rc_string text = {0};
    rc_status status = rc_string_add(&text, "", 0);
    for (int64_t k = 0; k < a->length && row[k] > 0 && status == RC_OK; k++) {
        char byte = (char)row[k];
        status = rc_string_add(&text, &byte, 1);
    }
    if (status == RC_OK) status = add_piece(a, folder, text.data, text.length, a->ys[i], r);
    rc_string_free(&text);
    return status;
}

static rc_status name_of(const arrays *a, const char *folder, int32_t id, const char **text, size_t *size)
{
    RC_CHECK(id >= 0 && id < a->vocab.n, RC_DATA, "%s: word %d has no line in vocab.txt", folder, id);
    *text = a->vocab.name[id];
    *size = a->vocab.size[id];
    return RC_OK;
}

static rc_status add_words(const arrays *a, const char *folder, int64_t i, rc__rows *r)
{
    const int32_t *row = a->xs + i * a->length;
    const char *text;
    size_t size;
    rc_string joined = {0};
    rc_status status = rc_string_add(&joined, "", 0);
    for (int64_t k = 0; k < a->length && row[k] != 0 && status == RC_OK; k++) {
        status = name_of(a, folder, row[k], &text, &size);
        if (status == RC_OK && a->each_word)
            status = add_piece(a, folder, text, size, a->ys[i * a->length + k], r);
        else if (status == RC_OK && k > 0)
            status = rc_string_add(&joined, " ", 1);
        if (status == RC_OK && !a->each_word) status = rc_string_add(&joined, text, size);
    }
    if (status == RC_OK && !a->each_word)
        status = add_piece(a, folder, joined.data, joined.length, a->ys[i], r);
    rc_string_free(&joined);
    return status;
}

rc_status rc__read_text_arrays(const char *folder, const char *part, const rc_text_options *o, bool words,
                               rc__rows *r)
{
    arrays a = {0};
    rc_status status = read_text_arrays(folder, part, o->encoding, words, &a);
    r->in_words = a.each_word;
    for (int64_t i = 0; i < a.n && status == RC_OK; i++) {
        status = rc__rows_begin(r, i);
        if (status == RC_OK) status = words ? add_words(&a, folder, i, r) : add_bytes(&a, folder, i, r);
        if (status == RC_OK) status = rc__rows_end(r);
    }
    rc_array_free(&a.x);
    rc_array_free(&a.y);
    rc_free(a.xs);
    rc_free(a.ys);
    names_free(&a.vocab);
    names_free(&a.tags);
    return status;
}

rc_text_format rc__text_arrays_form(const char *folder)
{
    char path[PATH];
    rc_array x = {0};
    rc_text_format form = RC_TEXT_AUTO;
    if (rc_path_join(folder, "x_train.npy", sizeof path, path) != RC_OK || !rc_path_exists(path)) return form;
    if (rc_npy_open(path, &x) == RC_OK && x.shape.n == 2) {
        bool named = rc_path_join(folder, "vocab.txt", sizeof path, path) == RC_OK && rc_path_exists(path);
        form = named ? RC_TEXT_WORDS : x.dtype == RC_DTYPE_U8 ? RC_TEXT_BYTES : RC_TEXT_AUTO;
    }
    rc_array_free(&x);
    return form;
}
