#include "commands/predict_words.h"

#include <math.h>
#include <stdio.h>

#include "api/predicting.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "commands/outputs.h"
#include "formats/csv.h"
#include "parallel/parallel.h"

/* ---- labels ---- */

typedef struct tagging {
    rc_trained *of;
    const char *input;
    rc_sentences in;
    int32_t *label; /* [words], -1: none */
} tagging;

static rc_status take_labels(void *context, int64_t first, int64_t n, const float *p)
{
    tagging *a = context;
    const rc_task *t = a->of->task;
    for (int64_t i = 0; i < n; i++, p += t->outputs)
        a->label[first + i] = isnan(p[0]) ? -1 : (int32_t)rc_task_decide(t, p);
    return RC_OK;
}

static rc_status label_all(tagging *a)
{
    rc__room room = {0};
    RC_TRY(RC_NEW_RAW(&a->label, a->in.words));
    rc_status status = rc__predict_words(a->of, &room, &a->in, a->input, take_labels, a);
    rc__room_free(&room);
    return rc__nothing_written(status);
}

/* ---- the answer ---- */

static const char *const output_words[] = {".conll", ".iob", ".bio", ".txt", ".csv", NULL};
enum { WORDS_CSV = 4 };

static const char *name_of(const tagging *a, int64_t word)
{
    return a->label[word] < 0 ? "_" : a->of->task->label_name[a->label[word]];
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

static void note_without(const tagging *a, int64_t words, rc_json *j)
{
    char text[200];
    snprintf(text, sizeof text,
             "%lld words got no label (\"_\"): they come after the %lld tokens that the run reads",
             (long long)words, (long long)a->of->task->layout.input.length);
    rc_progress_note("note: %s", text);
    rc_json *notes = rc_json_set(j, "notes", rc_json_array());
    rc_json_append_string(notes, text);
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
    rc_json_set_string(j, "output", output);
    rc_json_set_integer(j, "n", a->in.n);
    rc_json_set_integer(j, "words", a->in.words);
    rc_json_set_integer(j, "without_label", without);
    if (without > 0) note_without(a, without, j);
    return RC_OK;
}

rc_status rc__label_words(rc_trained *of, const rc_text_options *o, const char *input, const char *output,
                          rc_json *j)
{
    tagging a = {.of = of, .input = input};
    rc_status status = run(&a, o, output, j);
    rc_sentences_free(&a.in);
    rc_free(a.label);
    return status;
}
