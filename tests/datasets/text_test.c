/* Labelled texts in their forms, and what is refused. */
#include "datasets/labelled_text.h"

#include <sys/stat.h>

#include "base/disk.h"
#include "base/file.h"
#include "check.h"

static char folder[] = "/tmp/recraft_texts_XXXXXX";

static const char *scratch(const char *name)
{
    static char path[4][256];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static rc_tokenizer *tokenizer;
static rc_text_options plain = {.format = RC_TEXT_AUTO, .text_column = "", .label_column = "", .tokens = 16};

static const char *write(const char *name, const char *text)
{
    const char *path = scratch(name);
    if (rc_file_write(path, text, strlen(text)) != RC_OK) abort();
    return path;
}

static rc_status open_text(const char *name, const char *text, rc_dataset **d)
{
    return rc_text_open(write(name, text), &plain, tokenizer, true, d);
}

static void check_three(rc_dataset *d)
{
    CHECK(d->train.n == 3 && d->classes == 2 && d->form == RC_FORM_TEXTS && d->target == RC_TARGET_CLASSES);
    CHECK(rc_part_label(&d->train, 0) == 1 && rc_part_label(&d->train, 1) == 0 &&
          rc_part_label(&d->train, 2) == 1);
    CHECK(strcmp(rc_dataset_label_name(d, 0), "bad") == 0 &&
          strcmp(rc_dataset_label_name(d, 1), "good") == 0);
    int32_t ids[16];
    rc_part_ids(&d->train, d, RC_PART_X, 0, ids);
    CHECK(ids[0] == 2); /* [CLS] */
    CHECK(ids[d->x_shape[1] - 1] == RC_NO_TOKEN || ids[d->x_shape[1] - 1] == 3);
}

TEST(a_label_for_every_text)
{
    rc_dataset *d;
    OK(open_text("a.csv", "id,text,label\n1,\"the world, \"\"new\"\"\",good\n2,of the,bad\n3,good,good\n",
                 &d));
    check_three(d);
    rc_dataset_close(&d);
    OK(open_text("a.tsv", "sentence\tclass\nthe \"world\tgood\nof the\tbad\ngood\tgood\n", &d));
    check_three(d);
    rc_dataset_close(&d);
    OK(open_text("a.jsonl",
                 "{\"text\":\"the\",\"label\":\"good\"}\n\n{\"label\":\"bad\",\"text\":\"of\"}\n"
                 "{\"text\":\"good\",\"label\":\"good\"}\n",
                 &d));
    check_three(d);
    rc_dataset_close(&d);
}

TEST(numbers_as_labels_go_by_value)
{
    rc_dataset *d;
    OK(open_text("n.csv", "text,label\na,10\nb,9\nc,10\nd,-1\n", &d));
    CHECK(d->classes == 3 && rc_part_label(&d->train, 0) == 2 && rc_part_label(&d->train, 1) == 1 &&
          rc_part_label(&d->train, 3) == 0);
    rc_dataset_close(&d);
}

TEST(columns_by_name)
{
    rc_dataset *d;
    rc_text_options o = plain;
    o.text_column = "body text";
    o.label_column = "kind";
    OK(rc_text_open(write("c.csv", "kind,body text\ngood,the\nbad,of\ngood,it\n"), &o, tokenizer, true, &d));
    check_three(d);
    rc_dataset_close(&d);
    o.label_column = "sort";
    FAILS(RC_DATA, "no column \"sort\" (data.label_column); known: kind, body text",
          rc_text_open(scratch("c.csv"), &o, tokenizer, true, &d));
    FAILS(RC_DATA, "which column is the text? Set data.text_column to one of: kind, words",
          open_text("c2.csv", "kind,words\ngood,the\n", &d));
}

TEST(a_label_for_every_word)
{
    rc_dataset *d;
    int32_t label[16];
    OK(open_text("w.conll", "-DOCSTART- -X- O\n\nthe x O\nzzqqzzqq x B-LOC\n. x O\n\n\nof x O\n", &d));
    CHECK(d->target == RC_TARGET_WORDS && d->train.n == 2 && d->classes == 2);
    CHECK(strcmp(rc_dataset_label_name(d, 0), "B-LOC") == 0);
    rc_part_words(&d->train, d, 0, label);
    CHECK(label[0] == -1 && label[1] == 1 && label[2] == 0 && label[d->x_shape[1] - 1] == -1);
    int labels = 0;
    for (int64_t k = 0; k < d->x_shape[1]; k++)
        labels += label[k] >= 0;
    CHECK(labels == 3); /* the long word has several tokens and one label */
    rc_dataset_close(&d);
    FAILS(RC_DATA, "w.conll:3: 2 columns, the first line has 3",
          open_text("w.conll", "a b O\nc d O\ne O\n", &d));
    FAILS(RC_DATA, "1 column; expected a word and its label", open_text("w.conll", "a\nb\n", &d));
}

TEST(a_folder_with_parts)
{
    rc_dataset *d;
    write("set/train.csv", "text,label\na,good\nb,bad\n");
    write("set/dev.csv", "text,label\na,good\n");
    write("set/test.csv", "text,label\na,bad\nb,bad\n");
    CHECK(rc_text_is(scratch("set"), RC_TEXT_AUTO, false));
    OK(rc_text_open(scratch("set"), &plain, tokenizer, true, &d));
    CHECK(d->train.n == 2 && d->valid.n == 1 && d->test.n == 2 && strcmp(d->name, "set") == 0);
    rc_dataset_close(&d);
    write("set/test.csv", "text,label\na,bad\nb,ugly\n");
    FAILS(RC_DATA, "set/test.csv:3: label \"ugly\" never occurs in the train part",
          rc_text_open(scratch("set"), &plain, tokenizer, true, &d));
}

TEST(arrays)
{
    rc_dataset *d;
    mkdir(scratch("bytes"), 0777);
    mkdir(scratch("words"), 0777);
    const unsigned char bytes[2][4] = {{'t', 'h', 'e', 0}, {'o', 'f', 0, 0}};
    const int32_t label[2] = {1, 0}, ids[2][3] = {{2, 3, 0}, {3, 0, 0}},
                  tag[2][3] = {{0, 1, -1}, {1, -1, -1}};
    OK(rc_npy_write(scratch("bytes/x_train.npy"), RC_DTYPE_U8, RC_SHAPE(2, 4), bytes));
    OK(rc_npy_write(scratch("bytes/y_train.npy"), RC_DTYPE_I32, RC_SHAPE(2), label));
    CHECK(rc_text_is(scratch("bytes"), RC_TEXT_AUTO, true) &&
          !rc_text_is(scratch("bytes"), RC_TEXT_AUTO, false));
    OK(rc_text_open(scratch("bytes"), &plain, tokenizer, true, &d));
    CHECK(d->train.n == 2 && d->target == RC_TARGET_CLASSES && rc_part_label(&d->train, 0) == 1);
    rc_dataset_close(&d);
    OK(rc_npy_write(scratch("words/x_train.npy"), RC_DTYPE_I32, RC_SHAPE(2, 3), ids));
    OK(rc_npy_write(scratch("words/y_train.npy"), RC_DTYPE_I32, RC_SHAPE(2, 3), tag));
    write("words/vocab.txt", "<pad>\n<unk>\nthe\nof\n");
    write("words/tags.txt", "DET\nADP\n");
    OK(rc_text_open(scratch("words"), &plain, tokenizer, true, &d));
    CHECK(d->target == RC_TARGET_WORDS && d->classes == 2 && strcmp(rc_dataset_label_name(d, 1), "DET") == 0);
    rc_dataset_close(&d);
    write("words/vocab.txt", "<pad>\n<unk>\nthe\n");
    FAILS(RC_DATA, "word 3 has no line in vocab.txt",
          rc_text_open(scratch("words"), &plain, tokenizer, true, &d));
}

TEST(texts_that_are_refused_or_cut)
{
    rc_dataset *d;
    FAILS(RC_DATA, "e.csv:3: the text is empty", open_text("e.csv", "text,label\na,x\n  ,y\n", &d));
    FAILS(RC_DATA, "e.csv:2: the label is empty", open_text("e.csv", "text,label\na,\nb,y\n", &d));
    FAILS(RC_DATA, "e.csv:3: byte 2 (0xFF) is not UTF-8",
          open_text("e.csv", "text,label\na,x\nb\xff,y\n", &d));
    FAILS(RC_DATA, "one label only", open_text("e.csv", "text,label\na,x\nb,x\n", &d));
    FAILS(RC_DATA, "e.csv:3: 3 columns, header has 2", open_text("e.csv", "text,label\na,x\nb,y,z\n", &d));
    FAILS(RC_FORMAT, "e.jsonl:2", open_text("e.jsonl", "{\"text\":\"a\",\"label\":1}\n{\"text\":\n", &d));
    FAILS(RC_DATA, "e.jsonl:1: no label", open_text("e.jsonl", "{\"text\":\"a\"}\n", &d));
    FAILS(RC_DATA, "e.jsonl:1: no text", open_text("e.jsonl", "{\"label\":\"a\"}\n", &d));
    FAILS(RC_DATA, "no texts", open_text("e.csv", "text,label\n", &d));
    OK(open_text("long.csv",
                 "text,label\nthe the the the the the the the the the the the the the the the the,x\nb,y\n",
                 &d));
    CHECK(d->x_shape[1] == 16);
    rc_dataset_close(&d);
}

int main(void)
{
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    mkdir(scratch("set"), 0777);
    if (rc_tokenizer_open(RC_TEST_DATA "/tokenizers/wordpiece", &tokenizer) != RC_OK) return 1;
    RUN(a_label_for_every_text);
    RUN(numbers_as_labels_go_by_value);
    RUN(columns_by_name);
    RUN(a_label_for_every_word);
    RUN(a_folder_with_parts);
    RUN(arrays);
    RUN(texts_that_are_refused_or_cut);
    rc_tokenizer_close(&tokenizer);
    CHECK(rc_remove_tree(folder) == RC_OK);
    return RESULT();
}
