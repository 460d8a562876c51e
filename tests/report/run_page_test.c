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
        OK(rc_safetensors_writer_metadata(w, "label_names", "[\"cat\", \"<dog>\"]"));
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
    OK(rc_report_write(folder, NULL));
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
    FAILS(RC_FORMAT, "do not fit together", rc_report_write(folder, NULL));
    write_examples(few, 2);
    FAILS(RC_FORMAT, "do not fit together", rc_report_write(folder, NULL));
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
    CHECK(strstr(page, "the rmse is <b>0.5</b>") && strstr(page, "Number 1: prediction over truth"));
    CHECK(strstr(page, "<circle"));
    free(page);
}

int main(void)
{
    if (!mkdtemp(folder)) return 1;
    RUN(the_answer_is_at_the_top);
    RUN(runs_of_earlier_versions_have_a_page);
    RUN(damaged_answers_are_refused);
    RUN(numbers_are_drawn_against_the_truth);
    static const char *const file[] = {"config.yaml", "result.json", "examples.safetensors", "report.html"};
    for (int i = 0; i < 4; i++)
        unlink(in_folder(file[i]));
    rmdir(folder);
    return RESULT();
}
