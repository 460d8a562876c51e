/* Token ids of the lines of a text file. */
#include <stdio.h>

#include "base/file.h"
#include "base/home.h"
#include "base/memory.h"
#include "base/text.h"
#include "commands/common.h"
#include "commands/outputs.h"
#include "formats/text_file.h"
#include "tokenizers/tokenizer.h"

typedef struct work {
    const rc_tokenize_options *o;
    rc_tokenizer *tokenizer;
    rc_text_file text;
    rc_file_writer out;
    rc_encoding encoding;
    rc_word *word;
    int64_t n_words, max_words;
    int64_t lines, tokens, truncated;
} work;

static rc_status add_word(work *w, const char *text, size_t size)
{
    if (w->n_words == w->max_words) {
        int64_t more = w->max_words ? 2 * w->max_words : 64;
        RC_TRY(rc_realloc((size_t)w->max_words * sizeof *w->word, (size_t)more * sizeof *w->word,
                          (void **)&w->word));
        w->max_words = more;
    }
    w->word[w->n_words++] = (rc_word){text, size};
    return RC_OK;
}

static rc_status cut_words(work *w, const char *line, size_t size)
{
    w->n_words = 0;
    for (size_t at = 0; at < size;) {
        while (at < size && (line[at] == ' ' || line[at] == '\t'))
            at++;
        size_t from = at;
        while (at < size && line[at] != ' ' && line[at] != '\t')
            at++;
        if (at > from) RC_TRY(add_word(w, line + from, at - from));
    }
    return RC_OK;
}

static rc_status encode_line(work *w, const char *line, size_t size)
{
    if (!w->o->words) return rc_tokenizer_encode(w->tokenizer, line, size, w->o->length, &w->encoding);
    RC_TRY(cut_words(w, line, size));
    return rc_tokenizer_encode_words(w->tokenizer, w->word, w->n_words, w->o->length, &w->encoding);
}

static void write_line(work *w)
{
    const rc_encoding *e = &w->encoding;
    for (int64_t i = 0; i < e->n; i++) {
        fprintf(w->out.stream, "%s%d", i ? " " : "", e->id[i]);
        if (w->o->words && e->word[i] < 0) fputs("/-", w->out.stream);
        if (w->o->words && e->word[i] >= 0) fprintf(w->out.stream, "/%d", e->word[i]);
    }
    fputc('\n', w->out.stream);
    w->tokens += e->n;
    w->truncated += e->truncated;
}

static rc_status write_all(work *w)
{
    const char *line;
    for (size_t at = 0, size; rc_text_next_line(w->text.text, w->text.size, &at, &line, &size);) {
        w->lines++;
        rc_status status = encode_line(w, line, size);
        if (status != RC_OK) return rc_fail_context(status, "%s:%lld", w->o->input, (long long)w->lines);
        write_line(w);
    }
    return RC_OK;
}

static rc_status run(work *w, rc_json *j)
{
    char folder[4096];
    RC_TRY(rc__output_check(w->o->output, rc__output_lines, NULL));
    RC_TRY(rc_home_find_model(w->o->model, sizeof folder, folder));
    RC_TRY(rc_tokenizer_open(folder, &w->tokenizer));
    RC_TRY(rc_text_file_open(w->o->input, w->o->encoding, &w->text));
    RC_TRY(rc_file_writer_open(w->o->output, &w->out));
    rc_status status = write_all(w);
    if (status != RC_OK) {
        rc_file_writer_abandon(&w->out);
        return status;
    }
    RC_TRY(rc_file_writer_commit(&w->out));
    rc_json_set_string(j, "output", w->o->output);
    rc_json_set_integer(j, "n", w->lines);
    rc_json_set_integer(j, "tokens", w->tokens);
    rc_json_set_integer(j, "truncated", w->truncated);
    rc_json_set_string(j, "kind", rc_tokenizer_kind(w->tokenizer));
    rc_json_set_integer(j, "vocabulary", rc_tokenizer_size(w->tokenizer));
    return RC_OK;
}

rc_status rc_tokenize(const rc_tokenize_options *given, char **json)
{
    rc_tokenize_options own = RC_TOKENIZE_OPTIONS_INIT, *o = &own;
    RC_TRY(rc__options_take("rc_tokenize_options", given, sizeof own, o));
    RC_TRY(RC_FIELDS("rc_tokenize_options", o->model, o->input, o->output));
    work w = {.o = o};
    rc_json *j = rc_json_object();
    rc_status status = run(&w, j);
    rc_encoding_free(&w.encoding);
    rc_tokenizer_close(&w.tokenizer);
    rc_text_file_close(&w.text);
    rc_free(w.word);
    return rc__json_result(j, status, json);
}
