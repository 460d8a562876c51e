#include "tokenizers/tokenizer.h"

#include <string.h>

#include "base/file.h"
#include "base/home.h"
#include "base/memory.h"
#include "tokenizers/tokenizer_parts.h"

/* ---- files ---- */

static const char *const KNOWN_FILE[] = {"tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json",
                                         "merges.txt"};
enum { KNOWN_FILES = sizeof KNOWN_FILE / sizeof *KNOWN_FILE, LARGEST_FILE = 64 << 20, PATH = 4096 };

const rc_tokenizer_file *rc__tokenizer_file(const rc_tokenizer *t, const char *name)
{
    for (int i = 0; i < t->n_files; i++)
        if (strcmp(t->file[i].name, name) == 0) return &t->file[i];
    return NULL;
}

/* Takes the text over. */
static void keep_file(rc_tokenizer *t, const char *name, char *text, size_t size)
{
    t->file[t->n_files++] = (rc_tokenizer_file){.name = name, .text = text, .size = size};
}

/* tokenizer.json holds everything but the limit, so the older forms are left alone beside it. */
static bool is_needed(const rc_tokenizer *t, const char *name)
{
    bool has_json = rc__tokenizer_file(t, "tokenizer.json"), has_txt = rc__tokenizer_file(t, "vocab.txt");
    return strcmp(name, "tokenizer_config.json") == 0 ||
           (!has_json && (strcmp(name, "vocab.txt") == 0 || !has_txt));
}

static bool exists_in(const char *folder, const char *name)
{
    char path[PATH];
    return rc_path_join(folder, name, sizeof path, path) == RC_OK && rc_path_exists(path);
}

bool rc_tokenizer_is_in(const char *folder)
{
    return exists_in(folder, "tokenizer.json") || exists_in(folder, "vocab.txt") ||
           exists_in(folder, "vocab.json");
}

static rc_status explain_absence(const char *folder)
{
    static const char *const piece[] = {"spiece.model", "sentencepiece.bpe.model", "tokenizer.model"};
    for (size_t i = 0; i < sizeof piece / sizeof *piece; i++)
        if (exists_in(folder, piece[i]))
            return rc_fail(
                RC_UNSUPPORTED,
                "%s: %s is a SentencePiece tokenizer; supported are WordPiece (BERT) and byte-level BPE "
                "(RoBERTa)",
                folder, piece[i]);
    return rc_fail(
        RC_IO, "%s: no tokenizer here; expected tokenizer.json, or vocab.txt, or vocab.json with merges.txt",
        folder);
}

static rc_status read_folder(rc_tokenizer *t, const char *folder)
{
    if (!rc_tokenizer_is_in(folder)) return explain_absence(folder);
    for (int i = 0; i < KNOWN_FILES; i++) {
        char path[PATH], *text;
        size_t size;
        if (!is_needed(t, KNOWN_FILE[i]) || !exists_in(folder, KNOWN_FILE[i])) continue;
        RC_TRY(rc_path_join(folder, KNOWN_FILE[i], sizeof path, path));
        RC_TRY(rc_file_read(path, LARGEST_FILE, &text, &size));
        keep_file(t, KNOWN_FILE[i], text, size);
    }
    return RC_OK;
}

static rc_status copy_files(rc_tokenizer *t, const rc_tokenizer_file *file, int n)
{
    for (int i = 0; i < KNOWN_FILES; i++) {
        const rc_tokenizer_file *from = NULL;
        char *text;
        for (int k = 0; k < n; k++)
            if (strcmp(file[k].name, KNOWN_FILE[i]) == 0) from = &file[k];
        if (!from || !is_needed(t, KNOWN_FILE[i])) continue;
        RC_TRY(RC_NEW(&text, from->size + 1));
        memcpy(text, from->text, from->size);
        keep_file(t, KNOWN_FILE[i], text, from->size);
    }
    return RC_OK;
}

/* ---- opening ---- */

static rc_status read_form(rc_tokenizer *t, const rc_json *config)
{
    const rc_tokenizer_file *json = rc__tokenizer_file(t, "tokenizer.json");
    const rc_tokenizer_file *txt = rc__tokenizer_file(t, "vocab.txt");
    const rc_tokenizer_file *vocab = rc__tokenizer_file(t, "vocab.json");
    const rc_tokenizer_file *merges = rc__tokenizer_file(t, "merges.txt");
    if (json) return rc__read_tokenizer_json(t, json);
    if (txt) return rc__read_vocab_txt(t, txt, config);
    RC_CHECK(vocab, RC_FORMAT, "no vocabulary");
    RC_CHECK(merges, RC_IO, "vocab.json is there, but merges.txt is missing");
    return rc__read_vocab_json(t, vocab, merges, config);
}

static void choose_pad(rc_tokenizer *t, const rc_json *config)
{
    const char *name = rc__token_name(config, "pad_token", NULL);
    if (name) t->pad = rc_tokenizer_find(t, name);
    if (t->pad < 0) t->pad = rc_tokenizer_find(t, "[PAD]");
    if (t->pad < 0) t->pad = rc_tokenizer_find(t, "<pad>");
}

/* Files without a limit write a huge number. */
static void choose_limit(rc_tokenizer *t, const rc_json *config)
{
    double max = rc_json_number(config, "model_max_length", 0);
    if (max >= 1 && max <= 1 << 20) t->limit = (int64_t)max;
}

static rc_status read_all(rc_tokenizer *t)
{
    const rc_tokenizer_file *f = rc__tokenizer_file(t, "tokenizer_config.json");
    rc_json *config = NULL;
    if (f) RC_TRY(rc_json_parse(f->name, f->text, f->size, &config));
    rc_status status = read_form(t, config);
    if (status == RC_OK) {
        rc__added_sort(&t->added);
        choose_pad(t, config);
        choose_limit(t, config);
    }
    rc_json_free(&config);
    return status;
}

static rc_status start(const char *place, rc_tokenizer **out)
{
    RC_TRY(RC_NEW(out, 1));
    (*out)->pad = -1;
    rc__vocabulary_start(&(*out)->vocabulary);
    rc__vocabulary_start(&(*out)->more);
    return rc_strdup(place, &(*out)->place);
}

rc_status rc_tokenizer_open(const char *model, rc_tokenizer **out)
{
    char folder[4096];
    RC_TRY(rc_home_find_model(model, sizeof folder, folder));
    rc_status status = start(folder, out);
    if (status == RC_OK) status = read_folder(*out, folder);
    if (status == RC_OK) {
        status = read_all(*out);
        if (status != RC_OK) status = rc_fail_context(status, "%s", folder);
    }
    if (status != RC_OK) rc_tokenizer_close(out);
    return status;
}

rc_status rc_tokenizer_open_files(const char *place, const rc_tokenizer_file *file, int n, rc_tokenizer **out)
{
    rc_status status = start(place, out);
    if (status == RC_OK) status = copy_files(*out, file, n);
    if (status == RC_OK) {
        status = read_all(*out);
        if (status != RC_OK) status = rc_fail_context(status, "%s", place);
    }
    if (status != RC_OK) rc_tokenizer_close(out);
    return status;
}

void rc_tokenizer_close(rc_tokenizer **t)
{
    if (!*t) return;
    rc__vocabulary_free(&(*t)->vocabulary);
    rc__vocabulary_free(&(*t)->more);
    rc__added_free(&(*t)->added);
    rc__byte_bpe_free(&(*t)->bpe);
    for (int i = 0; i < (*t)->n_files; i++)
        rc_free((char *)(uintptr_t)(*t)->file[i].text);
    rc_free((*t)->place);
    rc_free(*t);
    *t = NULL;
}

/* ---- questions ---- */

rc_status rc_tokenizer_copy(const rc_tokenizer *from, rc_tokenizer **out)
{
    return rc_tokenizer_open_files("the tokenizer", from->file, from->n_files, out);
}

const rc_tokenizer_file *rc_tokenizer_source(const rc_tokenizer *t, int i)
{
    return i >= 0 && i < t->n_files ? &t->file[i] : NULL;
}

int64_t rc_tokenizer_size(const rc_tokenizer *t)
{
    int32_t a = t->vocabulary.largest, b = t->more.largest;
    return (int64_t)(a > b ? a : b) + 1;
}

int64_t rc_tokenizer_limit(const rc_tokenizer *t)
{
    return t->limit;
}

int32_t rc_tokenizer_pad(const rc_tokenizer *t)
{
    return t->pad;
}

int rc_tokenizer_special_count(const rc_tokenizer *t)
{
    return t->n_before + t->n_after;
}

const char *rc_tokenizer_kind(const rc_tokenizer *t)
{
    return t->kind == RC__WORDPIECE ? "wordpiece" : "byte-level bpe";
}

rc_status rc_tokenizer_check(const rc_tokenizer *t, int64_t rows)
{
    RC_CHECK(rc_tokenizer_size(t) <= rows, RC_SHAPE,
             "%s: the tokenizer has ids up to %lld, the model's embedding only %lld rows; they do not belong "
             "together",
             t->place, (long long)rc_tokenizer_size(t) - 1, (long long)rows);
    RC_CHECK(t->pad >= 0, RC_FORMAT, "%s: the tokenizer has no padding token", t->place);
    return RC_OK;
}
