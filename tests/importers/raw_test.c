/* Texts of a table, at the fit and later: a body reads the same ones. */
#include "check.h"

#include <unistd.h>

#include "base/file.h"
#include "importers/encoders.h"
#include "importers/samples.h"

enum { N = 24, NAMES = 5 };

static double size[N];
static char said[N][64];
static const char *report[N];

/* In rows 2 to 5 what files take for missing, and more than one line; rows 6 and 7 have no text. */
static void draw(void)
{
    for (int i = 0; i < N; i++) {
        size[i] = i * 7 % 5;
        snprintf(said[i], sizeof said[i], "it was seen %d times in the garden", i);
        report[i] = said[i];
    }
    report[2] = "None", report[3] = "?", report[4] = "a\nb", report[5] = "a\r\n\"b\", c\n";
    report[6] = NULL, report[7] = " \n";
}

/* A number and the reports. */
static rc_memory_table lay_out(rc_memory_column column[2], rc_column_kind kind, bool whole)
{
    column[0] = (rc_memory_column){"size", RC_COLUMN_REAL, size, NULL, false};
    column[1] = (rc_memory_column){"report", kind, NULL, report, whole};
    return (rc_memory_table){"rows", N, 2, column, false};
}

/* Texts by encoders that are kept as a run keeps them. */
static rc_status read_again(rc_encoders **e)
{
    char *text = NULL;
    (*e)->target = RC_IMPORT_NUMBERS;
    rc_json *j = rc_json_object();
    rc__encoders_write(*e, j);
    rc_status status = rc_json_text(j, false, &text);
    rc_encoders_free(e);
    if (status == RC_OK) status = rc_encoders_parse("the run", text, e);
    rc_free(text);
    rc_json_free(&j);
    return status;
}

static void check_same(const rc_texts *a, const rc_texts *b)
{
    REQUIRE(a->n == N && b->n == N);
    for (int64_t i = 0; i < N; i++)
        CHECK(strcmp(rc_texts_get(a, i), rc_texts_get(b, i)) == 0);
}

static void check_texts(const rc_texts *t)
{
    static const char *const expected[] = {"None", "?", "a\nb", "a\r\n\"b\", c\n", "", ""};
    for (int i = 0; i < 6; i++)
        CHECK(strcmp(rc_texts_get(t, i + 2), expected[i]) == 0);
}

/* Named or found at the fit; later they are cells, as a frame has them. */
TEST(later_rows_have_the_texts_of_the_fit)
{
    for (int found = 0; found < 2; found++) {
        rc_memory_column column[2];
        rc_memory_table t = lay_out(column, found ? RC_COLUMN_EMPTY : RC_COLUMN_TEXT, !found);
        rc_encoders *e;
        rc_raw *r;
        rc_texts fitted = {0}, later = {0};
        t.find_texts = found;
        OK(rc_raw_fit_table(&t, &e, &r));
        REQUIRE(rc_raw_inputs(r) == 2 && rc_raw_is_of_texts(r, 1));
        OK(rc_raw_texts(r, 1, &fitted));
        rc_raw_close(&r);
        check_texts(&fitted);
        OK(read_again(&e));
        t = lay_out(column, RC_COLUMN_EMPTY, false);
        OK(rc_raw_open_table(e, &t, &r));
        OK(rc_raw_texts(r, 1, &later));
        rc_raw_close(&r);
        check_same(&fitted, &later);
        rc_texts_free(&later);
        rc_texts_free(&fitted);
        rc_encoders_free(&e);
    }
}

/* Of a file, too, that holds the same rows. */
TEST(a_later_file_has_the_texts_of_the_fit)
{
    char path[] = "/tmp/recraft_raw_XXXXXX.csv";
    rc_memory_column column[2];
    rc_memory_table t = lay_out(column, RC_COLUMN_TEXT, true);
    rc_encoders *e;
    rc_raw *r;
    rc_texts later = {0};
    OK(rc_raw_fit_table(&t, &e, &r));
    rc_raw_close(&r);
    OK(read_again(&e));
    int to = mkstemps(path, 4);
    REQUIRE(to >= 0);
    dprintf(to, "size,report\n1,None\n2,?\n3,\"a\nb\"\n4,\n");
    close(to);
    OK(rc_raw_open(e, path, false, NULL, &r));
    OK(rc_raw_texts(r, 1, &later));
    CHECK(later.n == 4 && strcmp(rc_texts_get(&later, 0), "None") == 0);
    CHECK(strcmp(rc_texts_get(&later, 1), "?") == 0 && strcmp(rc_texts_get(&later, 2), "a\nb") == 0);
    CHECK(strcmp(rc_texts_get(&later, 3), "") == 0);
    rc_raw_close(&r);
    rc_texts_free(&later);
    rc_encoders_free(&e);
    unlink(path);
}

static rc_status fit_found(const rc_memory_table *t, int *inputs)
{
    rc_encoders *e;
    rc_raw *r;
    rc_status status = rc_raw_fit_table(t, &e, &r);
    if (status == RC_OK) *inputs = rc_raw_inputs(r);
    rc_raw_close(&r);
    rc_encoders_free(&e);
    return status;
}

/* Ten different texts in 24 rows are free text all the same; ten that come twice or three times are not. */
TEST(free_text_may_be_missing_in_most_rows)
{
    rc_memory_column column[2];
    rc_memory_table t = lay_out(column, RC_COLUMN_EMPTY, false);
    int inputs;
    t.find_texts = true;
    for (int i = 0; i < N; i++)
        report[i] = i < 10 ? said[i] : NULL;
    OK(fit_found(&t, &inputs));
    CHECK(inputs == 2);
    for (int i = 0; i < N; i++)
        report[i] = said[i % 10];
    OK(fit_found(&t, &inputs));
    CHECK(inputs == 1);
    draw();
}

TEST(what_texts_cannot_be_is_refused)
{
    static const char *const names[NAMES] = {"size", "head", "arms", "legs", "feet"};
    rc_memory_column column[2], many[NAMES];
    rc_memory_table t = lay_out(column, RC_COLUMN_TEXT, true);
    int inputs;
    report[9] = "caf\xe9";
    FAILS(RC_DATA, "rows:10: \"report\": byte 4 (0xE9) is not UTF-8", fit_found(&t, &inputs));
    for (int i = 0; i < N; i++)
        report[i] = NULL;
    FAILS(RC_DATA, "always missing; leave it out of", fit_found(&t, &inputs));
    draw();
    for (int i = 0; i < NAMES; i++) {
        many[i] = column[i > 0];
        many[i].name = names[i];
    }
    t.columns = NAMES;
    t.column = many;
    FAILS(RC_UNSUPPORTED, "rows: 4 columns of texts, at most 3 are taken; leave some out of",
          fit_found(&t, &inputs));
    CHECK(strstr(rc_error_text(), "\"head\", \"arms\", \"legs\", \"feet\""));
    t.columns = NAMES - 1;
    OK(fit_found(&t, &inputs));
    CHECK(inputs == 4);
}

int main(void)
{
    draw();
    RUN(later_rows_have_the_texts_of_the_fit);
    RUN(a_later_file_has_the_texts_of_the_fit);
    RUN(free_text_may_be_missing_in_most_rows);
    RUN(what_texts_cannot_be_is_refused);
    return RESULT();
}
