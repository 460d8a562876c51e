/* A text is a text: by every road that it may come, the tokenizer is given what the user gave, with the
 * blanks around it and its line breaks. A byte-level tokenizer sees each of them. */
#include "check.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "base/memory.h"
#include "datasets/labelled_text.h"
#include "datasets/text_inputs.h"
#include "formats/array_file.h"
#include "importers/encoders.h"

enum { N = 12, MAX = 64 };

static const char *const SAID[N] = {"  two blanks, a break\nand another\r\n\tand a tab ",
                                    "\n and another of seven words begins so",
                                    "a \"quoted\" word, a comma; and a |",
                                    "None of it",
                                    "=1+1",
                                    "1 234\n5",
                                    "a text of seven words ends with one\n",
                                    "two\n\nin a row of six",
                                    "\ttabs\t",
                                    "caf\xc3\xa9 \xf0\x9f\x98\x80",
                                    "a\rb",
                                    "plain words, of which there are more than a few in a text"};
static rc_tokenizer *tokenizer;
static int32_t want[N][MAX];
static char folder[] = "/tmp/recraft_roads_XXXXXX", path[256];

static const char *in_folder(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* A number that tells which text it is, and is no numbering of the rows. */
static double number_of(int i)
{
    return 0.5 + i * 7 % N;
}

static int text_of(double number)
{
    for (int i = 0; i < N; i++)
        if (number_of(i) == number) return i;
    return -1;
}

static void check_row(int i, const int32_t *ids, int64_t tokens)
{
    REQUIRE(i >= 0 && i < N && tokens <= MAX);
    bool same = true;
    for (int64_t k = 0; k < MAX; k++)
        same = same && want[i][k] == (k < tokens ? ids[k] : RC_NO_TOKEN);
    if (!same) fprintf(stderr, "\"%s\" has other tokens\n", SAID[i]);
    CHECK(same);
}

static void check_ids(const rc_array *ids)
{
    REQUIRE(ids->shape.n == 2 && ids->shape.dim[0] == N);
    for (int i = 0; i < N; i++)
        check_row(i, (const int32_t *)ids->data + i * ids->shape.dim[1], ids->shape.dim[1]);
}

static void check_texts(const rc_texts *texts)
{
    rc_array ids = {0};
    rc_texts notes = {0};
    OK(rc_texts_tokenize("here", texts, tokenizer, MAX, &notes, &ids));
    check_ids(&ids);
    rc_array_free(&ids);
    rc_texts_free(&notes);
}

/* ---- files ---- */

static void put_csv(FILE *f, const char *text)
{
    fputc('"', f);
    for (; *text; text++)
        fprintf(f, *text == '"' ? "\"\"" : "%c", *text);
    fputc('"', f);
}

static void put_json(FILE *f, const char *text)
{
    rc_string line = {0};
    OK(rc_texts_add_json(text, &line));
    fprintf(f, "%.*s", (int)line.length - 1, line.data);
    rc_string_free(&line);
}

/* A number, the text, and a label. */
static void write_tables(void)
{
    FILE *csv = fopen(in_folder("t.csv"), "w"), *json = fopen(in_folder("t.jsonl"), "w");
    REQUIRE(csv && json);
    fprintf(csv, "size,text,label\n");
    for (int i = 0; i < N; i++) {
        fprintf(csv, "%.1f,", number_of(i));
        put_csv(csv, SAID[i]);
        fprintf(csv, ",%s\n", i % 2 ? "b" : "a");
        fprintf(json, "{\"size\": %.1f, \"text\": ", number_of(i));
        put_json(json, SAID[i]);
        fprintf(json, ", \"label\": \"%s\"}\n", i % 2 ? "b" : "a");
    }
    fclose(csv);
    fclose(json);
}

static const char *const table[] = {"t.csv", "t.jsonl"};

/* ---- an input among several ---- */

static void check_part(const rc_dataset *d, const rc_part *p, int *seen)
{
    float x;
    for (int64_t i = 0; i < p->n; i++) {
        int32_t ids[MAX];
        int64_t tokens = d->more[0].x_shape[1];
        REQUIRE(tokens <= MAX);
        rc_part_read(p, d, RC_PART_X, i, &x);
        rc_part_ids(p, d, 1, i, ids);
        check_row(text_of((double)x), ids, tokens);
        ++*seen;
    }
}

static void check_folder(const char *name)
{
    rc_dataset *d;
    int seen = 0;
    OK(rc_dataset_open(name, RC_DATASET_TRAIN | RC_DATASET_INPUTS, &d));
    REQUIRE(d->n_more == 1);
    OK(rc_dataset_tokenize(d, 0, tokenizer, MAX, 0));
    check_part(d, &d->train, &seen);
    check_part(d, &d->test, &seen);
    CHECK(seen == N);
    rc_dataset_close(&d);
}

static void import(const char *from, const char *test, const char *out)
{
    char full[2][256];
    rc_import_options o = rc_import_defaults();
    snprintf(full[0], sizeof full[0], "%s/%s", folder, from);
    snprintf(full[1], sizeof full[1], "%s/%s", folder, test ? test : "");
    o.from = full[0];
    o.test = test ? full[1] : NULL;
    o.label = "label";
    o.texts = "text";
    o.out = in_folder(out);
    rc_json *report = rc_json_object();
    OK(rc_import(&o, report));
    rc_json_free(&report);
}

TEST(imported)
{
    import("t.csv", NULL, "from-csv");
    check_folder(in_folder("from-csv"));
    import("t.jsonl", NULL, "from-jsonl");
    check_folder(in_folder("from-jsonl"));
}

/* Each part has the texts of its own file: the same rows, the last first. */
TEST(imported_from_two_files)
{
    FILE *f = fopen(in_folder("turned.csv"), "w");
    REQUIRE(f);
    fprintf(f, "size,text,label\n");
    for (int i = N - 1; i >= 0; i--) {
        fprintf(f, "%.1f,", number_of(i));
        put_csv(f, SAID[i]);
        fprintf(f, ",%s\n", i % 2 ? "b" : "a");
    }
    fclose(f);
    import("t.csv", "turned.csv", "two");
    rc_dataset *d;
    int seen = 0;
    OK(rc_dataset_open(in_folder("two"), RC_DATASET_TRAIN | RC_DATASET_INPUTS, &d));
    OK(rc_dataset_tokenize(d, 0, tokenizer, MAX, 0));
    check_part(d, &d->train, &seen);
    check_part(d, &d->test, &seen);
    CHECK(seen == 2 * N);
    rc_dataset_close(&d);
}

/* Written by hand, as docs/several-inputs.md has it. */
TEST(a_folder)
{
    float x[N], y[N];
    mkdir(in_folder("own"), 0777);
    FILE *f = fopen(in_folder("own/x_train.text.jsonl"), "w");
    REQUIRE(f);
    for (int i = 0; i < N; i++) {
        x[i] = (float)number_of(i);
        y[i] = (float)(i % 3);
        put_json(f, SAID[i]);
        fputc('\n', f);
    }
    fclose(f);
    OK(rc_npy_write(in_folder("own/x_train.npy"), RC_DTYPE_F32, RC_SHAPE(N, 1), x));
    OK(rc_npy_write(in_folder("own/y_train.npy"), RC_DTYPE_F32, RC_SHAPE(N, 1), y));
    check_folder(in_folder("own"));
}

static rc_memory_table rows(rc_memory_column column[2], rc_column_kind kind, bool whole)
{
    static double size[N];
    for (int i = 0; i < N; i++)
        size[i] = number_of(i);
    column[0] = (rc_memory_column){"size", RC_COLUMN_REAL, size, NULL, false};
    column[1] = (rc_memory_column){"text", kind, NULL, SAID, whole};
    return (rc_memory_table){"rows", N, 2, column, false};
}

static void check_raw(rc_raw *r)
{
    rc_texts said = {0};
    REQUIRE(rc_raw_inputs(r) == 2 && rc_raw_is_of_texts(r, 1));
    OK(rc_raw_texts(r, 1, &said));
    check_texts(&said);
    rc_texts_free(&said);
}

/* What is asked of encoders: files and rows. */
static void check_later(rc_encoders *e)
{
    rc_raw *r;
    rc_memory_column column[2];
    for (int i = 0; i < 2; i++) {
        OK(rc_raw_open(e, in_folder(table[i]), false, NULL, &r));
        check_raw(r);
        rc_raw_close(&r);
        rc_memory_table t = rows(column, i ? RC_COLUMN_TEXT : RC_COLUMN_EMPTY, false);
        OK(rc_raw_open_table(e, &t, &r));
        check_raw(r);
        rc_raw_close(&r);
    }
}

TEST(rows_in_memory)
{
    for (int found = 0; found < 2; found++) {
        rc_memory_column column[2];
        rc_memory_table t = rows(column, found ? RC_COLUMN_EMPTY : RC_COLUMN_TEXT, !found);
        rc_encoders *e;
        rc_raw *r;
        t.find_texts = found;
        OK(rc_raw_fit_table(&t, &e, &r));
        check_raw(r);
        rc_raw_close(&r);
        check_later(e);
        rc_encoders_free(&e);
    }
}

static void read_encoders(const char *name, bool verbatim, rc_encoders **e)
{
    char *text, *at;
    size_t size;
    OK(rc_file_read(in_folder(name), 1 << 20, &text, &size));
    at = strstr(text, "\"verbatim\": true");
    REQUIRE(at);
    if (!verbatim) memcpy(at, "\"version2\": null", 16);
    OK(rc_encoders_parse(name, text, e));
    rc_free(text);
}

TEST(what_an_import_has_learnt)
{
    rc_encoders *e;
    read_encoders("from-csv/encoders.json", true, &e);
    check_later(e);
    rc_encoders_free(&e);
}

/* Earlier versions read texts without the blanks around them, and those of JSON lines on one line. */
TEST(what_an_earlier_import_has_learnt)
{
    static const char *const was[] = {"two blanks, a break\nand another\r\n\tand a tab",
                                      "two blanks, a break and another  \tand a tab"};
    rc_encoders *e;
    read_encoders("from-csv/encoders.json", false, &e);
    for (int i = 0; i < 2; i++) {
        rc_raw *r;
        rc_texts said = {0};
        OK(rc_raw_open(e, in_folder(table[i]), false, NULL, &r));
        OK(rc_raw_texts(r, 1, &said));
        CHECK(said.n == N && strcmp(rc_texts_get(&said, 0), was[i]) == 0);
        rc_texts_free(&said);
        rc_raw_close(&r);
    }
    rc_encoders_free(&e);
}

/* ---- texts alone ---- */

static void check_alone(const char *what, const rc_text_options *o)
{
    rc_dataset *d;
    int32_t ids[MAX];
    OK(rc_text_open(what, o, tokenizer, true, &d));
    REQUIRE(d->train.n == N && d->x_shape[1] <= MAX);
    for (int i = 0; i < N; i++) {
        rc_part_ids(&d->train, d, RC_PART_X, i, ids);
        check_row(i, ids, d->x_shape[1]);
    }
    rc_dataset_close(&d);
}

TEST(labelled_texts)
{
    rc_text_options o = {.format = RC_TEXT_AUTO, .text_column = "", .label_column = "", .tokens = MAX};
    for (int i = 0; i < 2; i++) {
        rc_texts notes = {0};
        rc_array ids = {0};
        rc_text_options asked = o;
        check_alone(in_folder(table[i]), &o);
        asked.unlabelled = true; /* a single file that is asked about */
        OK(rc_text_inputs(in_folder(table[i]), &asked, tokenizer, &notes, &ids));
        check_ids(&ids);
        rc_array_free(&ids);
        rc_texts_free(&notes);
    }
    rc_text_list list = {0};
    for (int i = 0; i < N; i++) {
        OK(rc_texts_add(&list.text[0], SAID[i], strlen(SAID[i])));
        OK(rc_texts_add(&list.label[0], i % 2 ? "b" : "a", 1));
    }
    o.list = &list;
    check_alone("a list", &o);
    rc_texts_free(&list.text[0]);
    rc_texts_free(&list.label[0]);
}

TEST(arrays_of_bytes)
{
    enum { LONGEST = 60 };
    uint8_t x[N][LONGEST] = {{0}};
    int32_t y[N];
    rc_text_options o = {.format = RC_TEXT_BYTES, .text_column = "", .label_column = "", .tokens = MAX};
    for (int i = 0; i < N; i++) {
        REQUIRE(strlen(SAID[i]) <= LONGEST);
        memcpy(x[i], SAID[i], strlen(SAID[i]));
        y[i] = i % 2;
    }
    mkdir(in_folder("bytes"), 0777);
    OK(rc_npy_write(in_folder("bytes/x_train.npy"), RC_DTYPE_U8, RC_SHAPE(N, LONGEST), x));
    OK(rc_npy_write(in_folder("bytes/y_train.npy"), RC_DTYPE_I32, RC_SHAPE(N), y));
    check_alone(in_folder("bytes"), &o);
}

/* What the tokenizer says of each by itself; and of another text it says something else. */
static void ask_tokenizer(void)
{
    rc_encoding e = {0};
    OK(rc_tokenizer_open(RC_TEST_DATA "/tokenizers/bpe", &tokenizer));
    for (int i = 0; i < N; i++) {
        OK(rc_tokenizer_encode(tokenizer, SAID[i], strlen(SAID[i]), MAX, &e));
        CHECK(!e.truncated);
        rc_encoding_to_row(&e, MAX, want[i]);
    }
    rc_encoding_free(&e);
}

TEST(blanks_and_breaks_are_tokens)
{
    static const char *const other[] = {"two blanks", " two blanks", "two\nblanks", "two blanks\n"};
    int32_t row[4][MAX];
    rc_encoding e = {0};
    for (int i = 0; i < 4; i++) {
        OK(rc_tokenizer_encode(tokenizer, other[i], strlen(other[i]), MAX, &e));
        rc_encoding_to_row(&e, MAX, row[i]);
        for (int k = 0; k < i; k++)
            CHECK(memcmp(row[i], row[k], sizeof row[i]) != 0);
    }
    rc_encoding_free(&e);
}

int main(void)
{
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    ask_tokenizer();
    write_tables();
    RUN(blanks_and_breaks_are_tokens);
    RUN(imported);
    RUN(imported_from_two_files);
    RUN(a_folder);
    RUN(rows_in_memory);
    RUN(what_an_import_has_learnt);
    RUN(what_an_earlier_import_has_learnt);
    RUN(labelled_texts);
    RUN(arrays_of_bytes);
    rc_tokenizer_close(&tokenizer);
    CHECK(rc_remove_tree(folder) == RC_OK);
    return RESULT();
}
