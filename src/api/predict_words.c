#include "api/predict_words.h"

#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"

/* ---- sentences ---- */

typedef struct sentences {
    rc_file_map text;
    rc_word *word;  /* pieces of text */
    int64_t *first; /* [n + 1] */
    int64_t n, words, most_words, most;
} sentences;

static rc_status grow(void **items, size_t size, int64_t n, int64_t *most)
{
    if (n < *most) return RC_OK;
    int64_t more = 2 * *most + 256;
    RC_TRY(rc_realloc((size_t)*most * size, (size_t)more * size, items));
    *most = more;
    return RC_OK;
}

static rc_status add_word(sentences *s, const char *text, size_t size)
{
    RC_TRY(grow((void **)&s->word, sizeof *s->word, s->words, &s->most_words));
    s->word[s->words++] = (rc_word){text, size};
    return RC_OK;
}

static rc_status end_sentence(sentences *s)
{
    RC_TRY(grow((void **)&s->first, sizeof *s->first, s->n + 1, &s->most));
    s->first[0] = 0;
    s->first[++s->n] = s->words;
    return RC_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The words of a line, at most `most`. */
static rc_status add_words(sentences *s, const char *line, size_t size, int64_t most)
{
    for (size_t at = 0, from; most > 0; most--) {
        while (at < size && is_blank(line[at]))
            at++;
        for (from = at; at < size && !is_blank(line[at]);)
            at++;
        if (at == from) break;
        RC_TRY(add_word(s, line + from, at - from));
    }
    return RC_OK;
}

static bool is_columns(const char *path)
{
    return rc_path_has_suffix(path, ".conll") || rc_path_has_suffix(path, ".iob") ||
           rc_path_has_suffix(path, ".bio");
}

static rc_status read_sentences(const char *path, sentences *s)
{
    const char *line, *text;
    size_t at = 0, size;
    bool columns = is_columns(path);
    RC_TRY(rc_file_map_open(path, &s->text));
    text = (const char *)s->text.data;
    for (int64_t number = 1; rc_text_next_line(text, s->text.size, &at, &line, &size); number++) {
        int64_t before = s->words, open = s->n ? s->first[s->n] : 0;
        RC_TRY(add_words(s, line, size, columns ? 1 : INT64_MAX));
        RC_CHECK(columns || s->words > before, RC_DATA, "%s:%lld: a line without words; remove it", path,
                 (long long)number);
        if (!columns || (s->words == before && s->words > open)) RC_TRY(end_sentence(s));
    }
    if (columns && s->words > (s->n ? s->first[s->n] : 0)) RC_TRY(end_sentence(s));
    RC_CHECK(s->n > 0, RC_DATA, "%s: no words", path);
    return RC_OK;
}

static void sentences_free(sentences *s)
{
    rc_file_map_close(&s->text);
    rc_free(s->word);
    rc_free(s->first);
}

/* ---- labels ---- */

typedef struct tagging {
    rc_session *s;
    const char *input;
    sentences in;
    rc_encoding one;
    int32_t *row;     /* [tokens]: ids of a sentence */
    float *x;         /* [batch, tokens]: those of a batch, as samples are */
    int64_t *word_of; /* [batch, tokens]: the word that begins at a token; -1: none */
    int32_t *label;   /* [words], -1: none */
} tagging;

static rc_status encode(tagging *a, int64_t sentence, int64_t slot)
{
    const rc_task *t = a->s->task;
    int64_t tokens = t->layout.input.length, first = a->in.first[sentence];
    int64_t n = a->in.first[sentence + 1] - first;
    rc_status status = rc_tokenizer_encode_words(t->tokenizer, a->in.word + first, n, tokens, &a->one);
    if (status != RC_OK)
        return rc_fail_context(status, "%s, sentence %lld", a->input, (long long)sentence + 1);
    rc_encoding_to_row(&a->one, tokens, a->row);
    for (int64_t k = 0; k < tokens; k++) {
        bool there = k < a->one.n;
        bool begins = there && a->one.word[k] >= 0 && (k == 0 || a->one.word[k - 1] != a->one.word[k]);
        a->x[slot * tokens + k] = (float)a->row[k];
        a->word_of[slot * tokens + k] = begins ? first + a->one.word[k] : -1;
    }
    return RC_OK;
}

static rc_status label_batch(tagging *a, int64_t first, int64_t n)
{
    rc_session *s = a->s;
    const void *host;
    int64_t all = s->task->layout.input.length;
    for (int64_t i = 0; i < n; i++)
        RC_TRY(encode(a, first + i, i));
    rc_graph_reset(s->graph, false);
    rc_feed feed = rc_task_feed(s->graph, s->task, n, a->x);
    rc_var y = rc_model_forward(s->graph, s->model, &feed);
    RC_TRY(rc_graph_status(s->graph));
    int64_t tokens = y->value.shape.dim[1], classes = y->value.shape.dim[2];
    RC_TRY(rc_tensor_map_read(&y->value, &host));
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < tokens; k++) {
            int64_t word = a->word_of[i * all + k];
            const float *p = (const float *)host + (i * tokens + k) * classes;
            if (word >= 0) a->label[word] = (int32_t)rc__decide(p, classes);
        }
    rc_tensor_unmap(&y->value, host);
    return RC_OK;
}

static rc_status label_all(tagging *a)
{
    int64_t tokens = a->s->task->layout.input.length, batch = a->s->config.fit.batch;
    RC_TRY(RC_NEW(&a->row, tokens));
    RC_TRY(RC_NEW(&a->x, batch * tokens));
    RC_TRY(RC_NEW(&a->word_of, batch * tokens));
    RC_TRY(RC_NEW_RAW(&a->label, a->in.words));
    memset(a->label, 0xff, (size_t)a->in.words * sizeof *a->label);
    for (int64_t i = 0; i < a->in.n; i += batch) {
        int64_t n = a->in.n - i < batch ? a->in.n - i : batch;
        RC_TRY(label_batch(a, i, n));
        rc_progress_step("predict", i + n, a->in.n, NULL);
        if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted; nothing was written");
    }
    return RC_OK;
}

/* ---- the answer ---- */

static rc_status write_labels(const tagging *a, const char *output, int64_t *without)
{
    rc_string out = {0};
    rc_status status = RC_OK;
    *without = 0;
    for (int64_t i = 0; i < a->in.n && status == RC_OK; i++) {
        for (int64_t w = a->in.first[i]; w < a->in.first[i + 1] && status == RC_OK; w++) {
            int32_t label = a->label[w];
            *without += label < 0;
            status = rc_string_add(&out, a->in.word[w].text, a->in.word[w].size);
            if (status == RC_OK)
                status = rc_string_printf(&out, " %s\n", label < 0 ? "_" : a->s->task->label_name[label]);
        }
        if (status == RC_OK) status = rc_string_add(&out, "\n", 1);
    }
    if (status == RC_OK) status = rc_file_write(output, out.data, out.length);
    rc_string_free(&out);
    return status;
}

static rc_status run(tagging *a, const char *output, rc_json *j)
{
    int64_t without;
    RC_CHECK(!rc_path_has_suffix(a->input, ".npy"), RC_DATA,
             "%s: this run labels words; give texts: a sentence a line, or words in columns (.conll)",
             a->input);
    RC_TRY(read_sentences(a->input, &a->in));
    RC_TRY(label_all(a));
    RC_TRY(write_labels(a, output, &without));
    if (without > 0)
        rc_progress_note(
            "%s: %lld words got no label (\"_\"): they lie beyond the %lld tokens that the run reads",
            a->input, (long long)without, (long long)a->s->task->layout.input.length);
    RC_TRY(rc_json_set_string(j, "output", output));
    RC_TRY(rc_json_set_integer(j, "n", a->in.n));
    RC_TRY(rc_json_set_integer(j, "words", a->in.words));
    return rc_json_set_integer(j, "without_label", without);
}

rc_status rc__predict_words(rc_session *s, const char *input, const char *output, rc_json *j)
{
    tagging a = {.s = s, .input = input};
    rc_status status = run(&a, output, j);
    sentences_free(&a.in);
    rc_encoding_free(&a.one);
    rc_free(a.row);
    rc_free(a.x);
    rc_free(a.word_of);
    rc_free(a.label);
    return status;
}
