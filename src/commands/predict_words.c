#include "commands/predict_words.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "commands/outputs.h"
#include "formats/csv.h"
#include "parallel/parallel.h"

/* ---- labels ---- */

typedef struct tagging {
    rc_session *s;
    const char *input;
    rc_sentences in;
    rc_encoding one;
    rc_given given;   /* a batch of them */
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
    rc_encoding_to_row(&a->one, tokens, a->given.ids + slot * tokens);
    for (int64_t k = 0; k < tokens; k++) {
        bool there = k < a->one.n;
        bool begins = there && a->one.word[k] >= 0 && (k == 0 || a->one.word[k - 1] != a->one.word[k]);
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
    rc_var y = rc_task_forward(s->graph, s->model, s->task, n, &a->given);
    RC_TRY(rc_graph_status(s->graph));
    int64_t tokens = y->value.shape.dim[1], classes = y->value.shape.dim[2];
    RC_TRY(rc_tensor_map_read(&y->value, &host));
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < tokens; k++) {
            int64_t word = a->word_of[i * all + k];
            const float *p = (const float *)host + (i * tokens + k) * classes;
            if (word >= 0) a->label[word] = (int32_t)rc_decide(p, classes, 0);
        }
    rc_tensor_unmap(&y->value, host);
    return RC_OK;
}

/* Sentences first .. first + n - 1, a batch for each rank. */
static rc_status label_round(tagging *a, int64_t first, int64_t n)
{
    int64_t own, end, batch = a->s->config.fit.batch;
    const int64_t *word = a->in.first + first;
    rc_parallel_batches(n, batch, &own, &end);
    if (own < end) RC_TRY(label_batch(a, first + own, end - own));
    return rc_parallel_complete(n, batch, word, sizeof *a->label, a->label + word[0]);
}

static rc_status label_all(tagging *a)
{
    int64_t tokens = a->s->task->layout.input.length, batch = a->s->config.fit.batch;
    int64_t round = batch * rc_parallel_size();
    RC_TRY(rc_given_create(a->s->task, batch, &a->given));
    RC_TRY(RC_NEW(&a->word_of, batch * tokens));
    RC_TRY(RC_NEW_RAW(&a->label, a->in.words));
    memset(a->label, 0xff, (size_t)a->in.words * sizeof *a->label);
    for (int64_t i = 0; i < a->in.n; i += round) {
        int64_t n = a->in.n - i < round ? a->in.n - i : round;
        RC_TRY(label_round(a, i, n));
        RC_TRY(rc_parallel_agree());
        rc_progress_step("predict", i + n, a->in.n, NULL);
        if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted; nothing was written");
    }
    return RC_OK;
}

/* ---- the answer ---- */

static const char *const output_words[] = {".conll", ".iob", ".bio", ".txt", ".csv", NULL};
enum { WORDS_CSV = 4 };

static const char *name_of(const tagging *a, int64_t word)
{
    return a->label[word] < 0 ? "_" : a->s->task->label_name[a->label[word]];
}

static rc_status add_columns(const tagging *a, int64_t sentence, rc_string *out)
{
    for (int64_t w = a->in.first[sentence]; w < a->in.first[sentence + 1]; w++) {
        RC_TRY(rc_string_add(out, a->in.word[w].text, a->in.word[w].size));
        RC_TRY(rc_string_printf(out, " %s\n", name_of(a, w)));
    }
    return rc_string_add(out, "\n", 1);
}

static rc_status add_records(const tagging *a, int64_t sentence, rc_string *out)
{
    rc_string word = {0};
    rc_status status = RC_OK;
    for (int64_t w = a->in.first[sentence]; w < a->in.first[sentence + 1] && status == RC_OK; w++) {
        word.length = 0;
        status = rc_string_add(&word, a->in.word[w].text, a->in.word[w].size);
        if (status == RC_OK) status = rc_string_printf(out, "%lld,", (long long)sentence + 1);
        if (status == RC_OK) status = rc_csv_put(out, word.data);
        if (status == RC_OK) status = rc_string_add(out, ",", 1);
        if (status == RC_OK) status = rc_csv_put(out, name_of(a, w));
        if (status == RC_OK) status = rc_string_add(out, "\n", 1);
    }
    rc_string_free(&word);
    return status;
}

static rc_status write_labels(const tagging *a, const char *output, int kind)
{
    rc_string out = {0};
    bool csv = kind == WORDS_CSV;
    rc_status status = csv ? rc_string_printf(&out, "sentence,word,label\n") : RC_OK;
    for (int64_t i = 0; i < a->in.n && status == RC_OK; i++)
        status = csv ? add_records(a, i, &out) : add_columns(a, i, &out);
    if (status == RC_OK) status = rc_file_write(output, out.data, out.length);
    rc_string_free(&out);
    return status;
}

static rc_status note_without(const tagging *a, int64_t words, rc_json *j)
{
    rc_json *notes;
    char text[200];
    snprintf(text, sizeof text,
             "%lld words got no label (\"_\"): they are beyond the %lld tokens that the run reads",
             (long long)words, (long long)a->s->task->layout.input.length);
    rc_progress_note("note: %s", text);
    RC_TRY(rc_json_array(&notes));
    RC_TRY(rc_json_set(j, "notes", notes));
    return rc_json_append_string(notes, text);
}

static rc_status run(tagging *a, const rc_text_options *o, const char *output, rc_json *j)
{
    int kind;
    int64_t without = 0;
    RC_CHECK(!rc_path_has_suffix(a->input, ".npy"), RC_DATA,
             "%s: this run labels words; give texts: a sentence a line, or words in columns (.conll)",
             a->input);
    RC_TRY(rc__output_check(output, output_words, &kind));
    RC_TRY(rc_text_sentences(a->input, o, &a->in));
    RC_TRY(label_all(a));
    RC_TRY(rc_parallel_follow(rc_parallel_rank() == 0 ? write_labels(a, output, kind) : RC_OK));
    for (int64_t w = 0; w < a->in.words; w++)
        without += a->label[w] < 0;
    RC_TRY(rc_json_set_string(j, "output", output));
    RC_TRY(rc_json_set_integer(j, "n", a->in.n));
    RC_TRY(rc_json_set_integer(j, "words", a->in.words));
    RC_TRY(rc_json_set_integer(j, "without_label", without));
    return without > 0 ? note_without(a, without, j) : RC_OK;
}

rc_status rc__predict_words(rc_session *s, const rc_text_options *o, const char *input, const char *output,
                            rc_json *j)
{
    tagging a = {.s = s, .input = input};
    rc_status status = run(&a, o, output, j);
    rc_sentences_free(&a.in);
    rc_encoding_free(&a.one);
    rc_given_free(&a.given);
    rc_free(a.word_of);
    rc_free(a.label);
    return status;
}
