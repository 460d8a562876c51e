/* The page of a run: what was asked is answered at its top, classes have their names, and other versions'
 * runs have one, too. */
#include "check.h"

#include <unistd.h>

#include "base/file.h"
#include "formats/json.h"
#include "formats/safetensors.h"
#include "report/run_page.h"

static char folder[64] = "/tmp/recraft-page-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text)
{
    OK(rc_file_write(in_folder(name), text, strlen(text)));
}

static const float output[] = {0.9f, 0.1f, 0.4f, 0.6f, 0.7f, 0.3f};

/* Three samples of two classes; label NULL: as an earlier version kept them, the confusion alone. */
static void write_examples(const int32_t *label, int64_t labels)
{
    const int32_t confusion[] = {1, 1, 1, 0};
    rc_safetensors_writer *w;
    OK(rc_safetensors_writer_create(&w));
    OK(rc_safetensors_writer_add(w, "confusion", RC_DTYPE_I32, RC_SHAPE(2, 2), confusion));
    if (label) {
        rc_safetensors_writer_metadata(w, "label_names", "[\"cat\", \"<dog>\"]");
        OK(rc_safetensors_writer_add(w, "test_output", RC_DTYPE_F32, RC_SHAPE(3, 2), output));
        OK(rc_safetensors_writer_add(w, "test_label", RC_DTYPE_I32, RC_SHAPE(labels), label));
    }
    OK(rc_safetensors_writer_write(w, in_folder("examples.safetensors")));
    rc_safetensors_writer_destroy(&w);
}

static void make_page(const char *result, char **text)
{
    size_t size;
    *text = NULL;
    put("config.yaml", "seed: 0\n");
    put("result.json", result);
    OK(rc_report_write(folder, NULL, NULL));
    OK(rc_file_read(in_folder("report.html"), 1 << 20, text, &size));
}

static const char *const result =
    "{\"metric\": \"error\", \"test\": 0.25, \"test_interval\": [0.2, 0.31], \"n_test\": 200, \"opponents\": "
    "{\"ridge\": {\"test\": 0.4}, \"forest\": {\"test\": 0.3}, \"svm\": {\"skipped\": \"long\"}}}";

TEST(the_answer_is_at_the_top)
{
    const int32_t label[] = {0, 0, 1};
    write_examples(label, 3);
    char *page;
    make_page(result, &page);
    REQUIRE(page);
    CHECK(strstr(page, "On 200 test samples the error is <b>25 %</b> (95 % interval 20 % to 31 %)"));
    CHECK(strstr(page, "forest, has 30 %, which is within this interval"));
    CHECK(strstr(page, "<th class=name>&lt;dog&gt;</th>") && !strstr(page, "<dog>"));
    CHECK(strstr(page, "<td>2</td><td>0.500</td><td>0.500</td><td>0.500</td>")); /* of cats */
    CHECK(strstr(page, "ROC") && strstr(page, "calibration error"));
    free(page);
}

TEST(teacher_and_student_stand_side_by_side)
{
    char *page;
    make_page(
        "{\"metric\": \"error\", \"layers\": [0, 2, 5], \"distillation\": {\"teacher\": {\"valid\": 0.1}, "
        "\"student\": {\"valid\": 0.2, \"batch\": 8}}}",
        &page);
    REQUIRE(page);
    CHECK(strstr(page, "began with the teacher's layers 0, 2, 5, counted"));
    CHECK(!strstr(page, "<p></p>"));
    free(page);
    make_page("{\"metric\": \"error\", \"distillation\": {\"note\": \"a < b\", \"student\": {}}}", &page);
    REQUIRE(page);
    CHECK(strstr(page, "<p>a &lt; b</p>") && !strstr(page, "layers"));
    free(page);
}

TEST(runs_of_earlier_versions_have_a_page)
{
    write_examples(NULL, 0);
    char *page;
    make_page("{\"metric\": \"error\", \"test\": 0.25, \"n_test\": 200}", &page);
    REQUIRE(page);
    CHECK(strstr(page, "the error is <b>25 %</b>; lower is better.</p>"));
    CHECK(strstr(page, "true class") && !strstr(page, "ROC"));
    free(page);
}

TEST(damaged_answers_are_refused)
{
    const int32_t strange[] = {0, 7, 1}, few[] = {0, 1};
    write_examples(strange, 3);
    FAILS(RC_FORMAT, "do not fit together", rc_report_write(folder, NULL, NULL));
    write_examples(few, 2);
    FAILS(RC_FORMAT, "do not fit together", rc_report_write(folder, NULL, NULL));
}

TEST(numbers_are_drawn_against_the_truth)
{
    const float truth[] = {1, 2, 3, 4, 5, 6};
    rc_safetensors_writer *w;
    OK(rc_safetensors_writer_create(&w));
    OK(rc_safetensors_writer_add(w, "test_output", RC_DTYPE_F32, RC_SHAPE(3, 2), output));
    OK(rc_safetensors_writer_add(w, "test_target", RC_DTYPE_F32, RC_SHAPE(3, 2), truth));
    OK(rc_safetensors_writer_write(w, in_folder("examples.safetensors")));
    rc_safetensors_writer_destroy(&w);
    char *page;
    make_page("{\"metric\": \"rmse\", \"test\": 0.5, \"n_test\": 3}", &page);
    REQUIRE(page);
    CHECK(strstr(page, "the rmse is <b>0.5</b>") && strstr(page, "Prediction over truth, number 1"));
    CHECK(strstr(page, "<circle") && strstr(page, "Error over prediction, number 0"));
    free(page);
}

/* output and truth of three samples; key: a word of the file's metadata, and its value. */
static void write_numbers(const char *key, const char *value, int64_t said, int64_t truths)
{
    static const float said_of[] = {1, 2, 3, 2, 3, 4, 3, 4, 5}, truth[] = {2, 1, 3, 0, 4, 1};
    rc_safetensors_writer *w;
    OK(rc_safetensors_writer_create(&w));
    OK(rc_safetensors_writer_add(w, "test_output", RC_DTYPE_F32, RC_SHAPE(3, said), said_of));
    OK(rc_safetensors_writer_add(w, "test_target", RC_DTYPE_F32, RC_SHAPE(3, truths), truth));
    rc_safetensors_writer_metadata(w, key, value);
    OK(rc_safetensors_writer_write(w, in_folder("examples.safetensors")));
    rc_safetensors_writer_destroy(&w);
}

TEST(quantiles_and_risks_are_drawn)
{
    static const struct {
        const char *key, *value;
        int64_t said, truths;
    } bad[] = {{"quantiles", "[0.1, 0.9]", 3, 1},
               {"quantiles", "{}", 3, 1},
               {"test_output", "risk", 2, 2},
               {"test_output", "other", 1, 2}};
    for (int i = 0; i < 4; i++) {
        write_numbers(bad[i].key, bad[i].value, bad[i].said, bad[i].truths);
        FAILS(RC_FORMAT, "do not fit together", rc_report_write(folder, NULL, NULL));
    }
    char *page;
    write_numbers("quantiles", "[0.1, 0.5, 0.9]", 3, 1);
    make_page("{\"metric\": \"pinball\", \"test\": 0.5}", &page);
    REQUIRE(page);
    CHECK(strstr(page, "Quantiles over truth") && strstr(page, "quantile 0.9") && strstr(page, "<circle"));
    free(page);
    write_numbers("test_output", "risk", 1, 2);
    make_page("{\"metric\": \"1-concordance\", \"test\": 0.5}", &page);
    REQUIRE(page);
    CHECK(strstr(page, "Risk over time") && strstr(page, "ended with the event") &&
          strstr(page, "seen so far"));
    free(page);
}

/* What the model was asked, with names that nobody should have. */
static const char *const told =
    "{\"notes\": [\"a <note>\"], \"part\": \"test\", \"samples\": [{\"number\": 7, \"truth\": "
    "\"<img src=x onerror=alert(1)>\", \"said\": \"b & c\", \"p\": 0.75, \"p_truth\": 0.25, \"text\": "
    "\"</blockquote><script>\", \"tokens\": [{\"name\": \"report\", \"pieces\": [{\"text\": \" a\", "
    "\"gradient\": 1}]}, {\"name\": \"note\", \"pieces\": []}, {\"name\": \"title\", \"pieces\": [{\"text\": "
    "\" b\", \"gradient\": 2}]}], \"row\": [{\"name\": \"<i>\", \"value\": \"<u>\"}]}, {\"number\": 8, "
    "\"truth\": \"none\", \"said\": \"a\", \"wrong_about\": \"<s>\", \"p_wrong_about\": 0.9}], "
    "\"importance\": {\"metric\": \"error\", \"base\": 0.1, \"part\": \"validation\", \"samples\": 90, "
    "\"repeats\": 5, "
    "\"charts\": [{\"title\": \"Columns\", \"bars\": [{\"name\": \"less\", \"mean\": -0.01, \"sd\": "
    "0.02}, {\"name\": \"<b>\", \"mean\": 0.3, \"sd\": 0.04}]}]}}";

static void make_explained_page(rc_explained *e, char **text)
{
    size_t size;
    OK(rc_json_parse("told", told, strlen(told), &e->told));
    OK(rc_report_write(folder, e, NULL));
    OK(rc_file_read(in_folder("report.html"), 1 << 20, text, &size));
    rc_json_free(&e->told);
}

TEST(what_the_model_was_asked_is_shown_and_harmless)
{
    char *page = NULL;
    make_explained_page(&(rc_explained){0}, &page);
    REQUIRE(page);
    CHECK(strstr(page, "Test sample 7</figcaption>"));
    CHECK(strstr(page, "said <b>b &amp; c</b> with probability 0.750 (the truth: 0.25)"));
    CHECK(strstr(page, "&lt;img src=x") && !strstr(page, "<img src=x"));
    CHECK(strstr(page, "&lt;/blockquote&gt;&lt;script&gt;") && !strstr(page, "<script"));
    CHECK(strstr(page, "most wrong about <b>&lt;s&gt;</b>, to which it gives probability 0.900"));
    CHECK(strstr(page, "<th class=name>&lt;i&gt;</th><td>&lt;u&gt;</td>") && !strstr(page, "<note>"));
    CHECK(strstr(page, "<p class=tokens><b>report</b>: <span") &&
          strstr(page, "<p class=tokens><b>title</b>: <span"));
    CHECK(!strstr(page, "<b>note</b>") && !strstr(page, "<p class=tokens></p>"));
    const char *more = strstr(page, "<th class=name>&lt;b&gt;</th>"), *less = strstr(page, ">less</th>");
    CHECK(more && less && more < less);
    CHECK(strstr(page, "90 validation samples") && strstr(page, "+0.3 <small>± 0.04</small>"));
    free(page);
}

TEST(pictures_and_signals_are_drawn)
{
    float x[2 * 2 * 6] = {0, 9, 3, 255, 1, 0, 7, 7, 7, 2, 2, 2}, map[6] = {0, 1, 2, 3, 4, 5};
    char *page = NULL;
    rc_explained e = {.n_drawn = 1, .drawn = {{.shape = RC_SHAPE(1, 2, 3), .x = x, .map = map}}, .maps = 1};
    make_explained_page(&e, &page);
    REQUIRE(page);
    const char *pair = strstr(page, "<div class=pair><img");
    CHECK(pair && strstr(pair + 20, "<img"));
    free(page);
    e.n_drawn = 2; /* of two inputs */
    strcpy(e.drawn[0].name, "photo");
    e.drawn[1] = (rc_drawn){.name = "wave", .shape = RC_SHAPE(2, 1, 6), .x = x, .points = 60, .map = map};
    make_explained_page(&e, &page);
    REQUIRE(page);
    CHECK(strstr(page, "<small>photo</small><div class=pair><img") && strstr(page, "<small>wave</small>"));
    CHECK(strstr(page, "channel 2") && strstr(page, "<div class=gradient><img"));
    free(page);
}

static int count(const char *page, const char *words)
{
    int n = 0;
    for (; (page = strstr(page, words)); page++)
        n++;
    return n;
}

/* Fields: the first four, then the worst of the others, by their errors; earlier versions had the first. */
TEST(the_worst_fields_come_after_the_first)
{
    float numbers[6 * 4] = {1, 2, 3, 4};
    const int32_t row[] = {0, 1, 2, 3, 70, 80};
    const float error[] = {1, 1, 1, 1, 2, 3};
    for (int i = 4; i < 24; i++)
        numbers[i] = (float)i;
    for (int rows = 0; rows < 2; rows++) {
        rc_safetensors_writer *w;
        int64_t n = rows ? 6 : 4;
        OK(rc_safetensors_writer_create(&w));
        OK(rc_safetensors_writer_add(w, "input", RC_DTYPE_F32, RC_SHAPE(n, 1, 2, 2), numbers));
        OK(rc_safetensors_writer_add(w, "truth", RC_DTYPE_F32, RC_SHAPE(n, 2, 2), numbers));
        OK(rc_safetensors_writer_add(w, "prediction", RC_DTYPE_F32, RC_SHAPE(n, 2, 2), numbers));
        if (rows) OK(rc_safetensors_writer_add(w, "example_row", RC_DTYPE_I32, RC_SHAPE(n), row));
        if (rows) OK(rc_safetensors_writer_add(w, "example_error", RC_DTYPE_F32, RC_SHAPE(n), error));
        OK(rc_safetensors_writer_write(w, in_folder("examples.safetensors")));
        rc_safetensors_writer_destroy(&w);
        char *page;
        make_page("{\"metric\": \"relative_l2\", \"test\": 0.5, \"n_test\": 90}", &page);
        REQUIRE(page);
        CHECK(count(page, "<small>relative L2") == n && !strstr(page, "The worst of the other") == !rows);
        const char *worst = strstr(page, "<th>81<br>"), *next = strstr(page, "<th>71<br>");
        CHECK(rows ? worst && next && worst < next : !worst);
        free(page);
    }
}

/* Runs are compared with the opponents of all, the best first; names are harmless; other tasks are refused.
 */
TEST(runs_of_one_task_are_compared)
{
    char other[80], path[160], *page;
    size_t size;
    snprintf(other, sizeof other, "%s/<b>", folder);
    const char *const runs[] = {folder, other};
    make_page(result, &page);
    free(page);
    snprintf(path, sizeof path, "mkdir '%s'", other);
    REQUIRE(system(path) == 0);
    snprintf(path, sizeof path, "%s/config.yaml", other);
    OK(rc_file_write(path, "seed: 1\n", 8));
    snprintf(path, sizeof path, "%s/result.json", other);
    const char *better = "{\"metric\": \"error\", \"test\": 0.1, \"n_test\": 200}",
               *elsewhere = "{\"metric\": \"error\", \"test\": 0.1, \"n_test\": 201}";
    OK(rc_file_write(path, better, strlen(better)));
    OK(rc_report_compare(runs, 2, in_folder("report.html")));
    OK(rc_file_read(in_folder("report.html"), 1 << 20, &page, &size));
    const char *first = strstr(page, "/&lt;b&gt;<br>"), *second = strstr(page, "<b>0.25</b>"),
               *third = strstr(page, "<th class=name>forest");
    CHECK(first && second && third && first < second && second < third && !strstr(page, "/<b>"));
    CHECK(strstr(page, "<small>0.2 to 0.31</small>") && !strstr(page, "svm"));
    free(page);
    OK(rc_file_write(path, elsewhere, strlen(elsewhere)));
    FAILS(RC_CONFIG, "of different tasks", rc_report_compare(runs, 2, in_folder("report.html")));
    unlink(path);
    FAILS(RC_FORMAT, "the run is unfinished", rc_report_compare(runs, 2, in_folder("report.html")));
    snprintf(path, sizeof path, "rm -r '%s'", other);
    REQUIRE(system(path) == 0);
}

int main(void)
{
    if (!mkdtemp(folder)) return 1;
    RUN(the_answer_is_at_the_top);
    RUN(teacher_and_student_stand_side_by_side);
    RUN(runs_of_earlier_versions_have_a_page);
    RUN(damaged_answers_are_refused);
    RUN(numbers_are_drawn_against_the_truth);
    RUN(quantiles_and_risks_are_drawn);
    RUN(what_the_model_was_asked_is_shown_and_harmless);
    RUN(pictures_and_signals_are_drawn);
    RUN(the_worst_fields_come_after_the_first);
    RUN(runs_of_one_task_are_compared);
    static const char *const file[] = {"config.yaml", "result.json", "examples.safetensors", "report.html"};
    for (int i = 0; i < 4; i++)
        unlink(in_folder(file[i]));
    rmdir(folder);
    return RESULT();
}
