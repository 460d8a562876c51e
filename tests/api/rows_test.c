/* Rows of a table in memory, with columns of several kinds: fitted to, and asked about. */
#include "check.h"

#include <unistd.h>

#include "base/rng.h"
#include "recraft/recraft.h"

enum { N = 60, NEW = 5 };

static char folder[] = "/tmp/recraft_rows_XXXXXX";
static double age[N + NEW], seen[N + NEW];
static char cell[N + NEW][16], free_text[N + NEW][24];
static const char *kind[N + NEW], *price[N + NEW], *remark[N + NEW];
static int64_t label[N + NEW];
static const char *const classes[] = {"cheap", "dear"};

/* What is dear shows in the kind and in the price. */
static void draw(void)
{
    static const char *const kinds[] = {"cat", "dog", "42"};
    rc_rng rng = rc_rng_make(1, "rows", 0);
    for (int i = 0; i < N + NEW; i++) {
        age[i] = i % 7 == 3 ? NAN : 1 + 10 * rc_rng_uniform(&rng);
        seen[i] = 1.7e9 + 86400.0 * i;
        kind[i] = i % 11 == 5 ? NULL : kinds[i % 3];
        snprintf(cell[i], sizeof cell[i], "%.2f", 5 + 3 * (i % 3) + rc_rng_uniform(&rng));
        snprintf(free_text[i], sizeof free_text[i], "said so, no. \"%d\"", i);
        price[i] = cell[i];
        remark[i] = free_text[i];
        label[i] = i % 3 == 2;
    }
}

typedef struct table {
    rc_view age, seen, y;
    rc_rows_column column[5];
    rc_rows rows;
} table;

static void lay_out(int first, int n, table *t)
{
    t->age = RC_VIEW(age + first, RC_DTYPE_F64, n);
    t->seen = RC_VIEW(seen + first, RC_DTYPE_F64, n);
    t->y = RC_VIEW(label + first, RC_DTYPE_I64, n);
    const rc_rows_column columns[] = {
        {.name = "age", .holds = RC_HOLDS_NUMBERS, .numbers = &t->age},
        {.name = "seen", .holds = RC_HOLDS_DATES, .numbers = &t->seen},
        {.name = "kind", .holds = RC_HOLDS_WORDS, .texts = kind + first},
        {.name = "price", .holds = RC_HOLDS_CELLS, .texts = price + first},
        {.name = "remark", .holds = RC_HOLDS_CELLS, .texts = remark + first},
    };
    memcpy(t->column, columns, sizeof columns);
    t->rows = (rc_rows){.size = sizeof t->rows, .rows = n, .columns = 5, .column = t->column, .name = "pets"};
}

static rc_status data_of(const table *train, const table *test, rc_data **out)
{
    rc_data_arrays a = RC_DATA_ARRAYS_INIT;
    a.rows[RC_DATA_TRAIN] = &train->rows, a.y[RC_DATA_TRAIN] = &train->y;
    if (test) a.rows[RC_DATA_TEST] = &test->rows, a.y[RC_DATA_TEST] = &test->y;
    a.class_names = classes, a.classes = 2, a.name = "pets";
    return rc_data_from_arrays(NULL, &a, out);
}

static rc_status fit(const char *method, rc_predictor **out)
{
    table train;
    rc_data *d;
    lay_out(0, N, &train);
    rc_fit_how how = {.size = sizeof how, .method = method};
    rc_status status = data_of(&train, NULL, &d);
    if (status == RC_OK) status = rc_predictor_fit(NULL, d, &how, out);
    if (status == RC_OK) rc_data_destroy(&d);
    return status;
}

static rc_status ask(rc_predictor *p, const rc_rows *rows, float share[NEW][2])
{
    rc_view out = RC_VIEW(share, RC_DTYPE_F32, NEW, 2);
    return rc_predictor_apply_rows(NULL, p, RC_PROBABILITIES, rows, &out);
}

TEST(rows_become_numbers)
{
    table train, test;
    rc_data *d;
    rc_data_info info = RC_DATA_INFO_INIT;
    bool told = false;
    lay_out(0, N, &train);
    lay_out(N, NEW, &test);
    OK(data_of(&train, &test, &d));
    OK(rc_data_describe(d, &info));
    /* age; days, and sine and cosine of the week; three kinds, for some are missing; price */
    CHECK(info.x_dims == 1 && info.x_shape[0] == 1 + 3 + 3 + 1);
    CHECK(info.samples[RC_DATA_TRAIN] == N && info.samples[RC_DATA_TEST] == NEW);
    CHECK(info.target == RC_TARGET_OF_CLASSES && strcmp(rc_data_class_name(d, 1), "dear") == 0);
    for (int64_t i = 0; i < info.notes; i++)
        told = told || (strstr(rc_data_note(d, i), "remark") && strstr(rc_data_note(d, i), "left out"));
    CHECK(told);
    rc_data_destroy(&d);
}

TEST(a_predictor_keeps_the_encoders)
{
    table new;
    rc_predictor *p, *q;
    rc_predictor_info info = RC_PREDICTOR_INFO_INIT;
    float share[NEW][2], again[NEW][2];
    char run[64];
    lay_out(N, NEW, &new);
    OK(fit("ridge", &p));
    OK(rc_predictor_describe(p, &info));
    CHECK(info.rows && info.x_shape[0] == 8);
    OK(ask(p, &new.rows, share));
    for (int i = 0; i < NEW; i++)
        CHECK((share[i][1] > share[i][0]) == label[N + i]);
    /* In another order, with a column that nobody asked for, and dates and numbers as cells of a file. */
    static const char *const dates[] = {"2024-01-13", "2024-01-14", "", "2024-01-16", "2024-01-17"};
    static const char *const ages[] = {"3.5", "", "7", "NA", "2"};
    double days[NEW] = {19735 * 86400.0, 19736 * 86400.0, NAN, 19738 * 86400.0, 19739 * 86400.0},
           years[NEW] = {3.5, NAN, 7, NAN, 2};
    rc_view vd = RC_VIEW(days, RC_DTYPE_F64, NEW), vy = RC_VIEW(years, RC_DTYPE_F64, NEW);
    new.column[0].numbers = &vy, new.column[1].numbers = &vd;
    OK(ask(p, &new.rows, share));
    rc_rows_column other[] = {new.column[3],
                              {.name = "more", .holds = RC_HOLDS_CELLS, .texts = ages},
                              new.column[2],
                              {.name = "seen", .holds = RC_HOLDS_CELLS, .texts = dates},
                              {.name = "age", .holds = RC_HOLDS_CELLS, .texts = ages}};
    rc_rows rows = {.size = sizeof rows, .rows = NEW, .columns = 5, .column = other};
    OK(ask(p, &rows, again));
    CHECK(memcmp(share, again, sizeof share) == 0);
    /* Through a folder. */
    snprintf(run, sizeof run, "%s/run", folder);
    OK(rc_predictor_save(NULL, p, run));
    OK(rc_predictor_load(NULL, run, &q));
    OK(ask(q, &rows, again));
    CHECK(memcmp(share, again, sizeof share) == 0);
    rc_predictor_destroy(&q);
    rc_predictor_destroy(&p);
}

/* Other rows have other means, dates and names: by encoders of their own they would be other numbers. */
TEST(scores_are_by_the_encoders_of_the_fit)
{
    table train, new;
    rc_data *d;
    rc_predictor *p;
    rc_scores scores = RC_SCORES_INIT;
    lay_out(0, N, &train);
    lay_out(N, NEW, &new);
    OK(fit("ridge", &p));
    OK(data_of(&train, NULL, &d));
    OK(rc_predictor_score(NULL, p, d, RC_DATA_TRAIN, &scores));
    rc_data_destroy(&d);
    OK(data_of(&train, &new, &d));
    OK(rc_predictor_score(NULL, p, d, RC_DATA_TEST, &scores));
    rc_data_destroy(&d);
    age[0] += 1;
    OK(data_of(&train, &new, &d));
    FAILS(RC_DATA, "column \"age\" was not encoded as in the run",
          rc_predictor_score(NULL, p, d, RC_DATA_TEST, &scores));
    rc_data_destroy(&d);
    age[0] -= 1;
    rc_data_arrays a = {.size = sizeof a, .class_names = classes, .classes = 2, .like = p};
    a.rows[RC_DATA_TEST] = &new.rows, a.y[RC_DATA_TEST] = &new.y;
    OK(rc_data_from_arrays(NULL, &a, &d));
    rc_scores alone = RC_SCORES_INIT;
    OK(rc_predictor_score(NULL, p, d, RC_DATA_TEST, &alone));
    CHECK(alone.samples == NEW && alone.loss == scores.loss && alone.value == scores.value);
    rc_data_destroy(&d);
    rc_predictor_destroy(&p);
}

TEST(the_method_auto_keeps_them_too)
{
    table train, new;
    rc_data *d;
    rc_options *o;
    rc_predictor *p;
    float share[NEW][2];
    lay_out(0, N, &train);
    lay_out(N, NEW, &new);
    OK(data_of(&train, NULL, &d));
    OK(rc_options_create(&o));
    OK(rc_options_set(o, "fit.budget", "0"));
    OK(rc_options_set(o, "model.image_size", "32"));
    rc_fit_how how = {.size = sizeof how, .method = "auto", .options = o};
    OK(rc_predictor_fit(NULL, d, &how, &p));
    OK(ask(p, &new.rows, share));
    for (int i = 0; i < NEW; i++)
        CHECK((share[i][1] > share[i][0]) == label[N + i]);
    rc_predictor_destroy(&p);
    rc_options_destroy(&o);
    rc_data_destroy(&d);
}

/* What is read as an input shows in what is refused: ridge takes no texts. How a body reads them, Python's
 * test_texts.py has. */
TEST(whole_texts_are_inputs)
{
    table t;
    rc_data *d;
    rc_predictor *p;
    rc_fit_how how = {.size = sizeof how, .method = "ridge"};
    char said[N][48];
    const char *report[N];
    lay_out(0, N, &t);
    for (int i = 0; i < N; i++) {
        snprintf(said[i], sizeof said[i], "it was seen,\n\"%d\" times, in the garden", i);
        report[i] = i % 9 ? said[i] : NULL;
    }
    /* Found only where they are looked for, and only where they are prose. */
    t.column[4] = (rc_rows_column){.name = "a report", .holds = RC_HOLDS_CELLS, .texts = report};
    OK(data_of(&t, NULL, &d));
    OK(rc_predictor_fit(NULL, d, &how, &p));
    rc_predictor_destroy(&p);
    rc_data_destroy(&d);
    t.rows.texts = true;
    OK(data_of(&t, NULL, &d));
    FAILS(RC_CONFIG, "method ridge does not take texts", rc_predictor_fit(NULL, d, &how, &p));
    rc_data_info info = RC_DATA_INFO_INIT;
    OK(rc_data_describe(d, &info));
    bool told[2] = {false, false};
    for (int64_t i = 0; i < info.notes; i++) {
        told[0] = told[0] || strcmp(rc_data_note(d, i), "\"a report\": an input of its own: texts") == 0;
        told[1] = told[1] || strstr(rc_data_note(d, i), "\"a_report\": rows without a text: 7");
    }
    CHECK(told[0] && told[1] && info.x_shape[0] == 8);
    rc_data_destroy(&d);
    t.column[4].texts = remark;
    OK(data_of(&t, NULL, &d));
    OK(rc_predictor_fit(NULL, d, &how, &p)); /* four words each: names */
    rc_predictor_destroy(&p);
    rc_data_destroy(&d);
    /* Or where the caller says so, whatever they are. */
    t.rows.texts = false;
    t.column[4].holds = RC_HOLDS_TEXTS;
    OK(data_of(&t, &t, &d));
    FAILS(RC_CONFIG, "method ridge does not take texts", rc_predictor_fit(NULL, d, &how, &p));
    rc_data_destroy(&d);
    for (int i = 0; i < N; i++)
        report[i] = " ";
    t.column[4].texts = report;
    FAILS(RC_DATA, "\"a report\" should hold texts, but is always missing; leave it out of texts",
          data_of(&t, NULL, &d));
    t.column[4].texts = remark;
    t.rows.columns = 1, t.column[0] = t.column[4];
    FAILS(RC_DATA, "no column is left as input besides texts", data_of(&t, NULL, &d));
}

static int no_batch(void *context, rc_data_part part, rc_data_batch *b)
{
    (void)context, (void)part, (void)b;
    return 0;
}

TEST(what_does_not_fit_is_refused)
{
    table t, new;
    rc_data *d;
    rc_predictor *p, *q;
    float share[NEW][2];
    static const char *const words[] = {"old", "young", "old", "old", "young"};
    lay_out(0, N, &t);
    lay_out(N, NEW, &new);
    OK(fit("ridge", &p));
    new.rows.columns = 3;
    FAILS(RC_CONFIG, "the column \"price\" is missing", ask(p, &new.rows, share));
    new.rows.columns = 5;
    new.column[0] = (rc_rows_column){.name = "age", .holds = RC_HOLDS_CELLS, .texts = words};
    FAILS(RC_DATA, "\"age\" is \"old\"", ask(p, &new.rows, share));
    new.column[0] = (rc_rows_column){.name = "age", .holds = RC_HOLDS_DATES, .numbers = &new.seen};
    FAILS(RC_DATA, "\"age\" is", ask(p, &new.rows, share));
    new.column[0] = (rc_rows_column){.name = "age", .holds = RC_HOLDS_NUMBERS};
    FAILS(RC_CONFIG, "age is missing", ask(p, &new.rows, share));
    new.column[0] = (rc_rows_column){.name = "kind", .holds = RC_HOLDS_NUMBERS, .numbers = &new.age};
    FAILS(RC_DATA, "two columns", ask(p, &new.rows, share));
    new.column[0].name = "";
    FAILS(RC_DATA, "no name", ask(p, &new.rows, share));
    new.rows.rows = 0;
    FAILS(RC_DATA, "0 rows", ask(p, &new.rows, share));
    rc_predictor_destroy(&p);
    /* Fitting. */
    t.column[2].texts = NULL;
    FAILS(RC_DATA, "\"kind\" has no values", data_of(&t, NULL, &d));
    CHECK(!d);
    t.column[2].texts = kind;
    age[4] = INFINITY;
    FAILS(RC_DATA, "", data_of(&t, NULL, &d));
    age[4] = 1;
    t.rows.rows = N - 1;
    t.age.shape[0] = t.seen.shape[0] = N - 1;
    FAILS(RC_DATA, "x_train", data_of(&t, NULL, &d));
    lay_out(0, N, &t);
    t.rows.columns = 1, t.column[0] = t.column[4];
    FAILS(RC_DATA, "no column is left", data_of(&t, NULL, &d));
    /* One that was fitted to arrays takes no rows. */
    float x[N];
    for (int i = 0; i < N; i++)
        x[i] = (float)label[i] + 0.1f * (float)(i % 5);
    rc_view vx = RC_VIEW(x, RC_DTYPE_F32, N, 1);
    rc_data_arrays a = {.size = sizeof a, .x = {&vx}, .y = {&t.y}};
    rc_fit_how how = {.size = sizeof how, .method = "ridge"};
    OK(rc_data_from_arrays(NULL, &a, &d));
    OK(rc_predictor_fit(NULL, d, &how, &q));
    lay_out(N, NEW, &new);
    FAILS(RC_UNSUPPORTED, "not to rows of a table", ask(q, &new.rows, share));
    rc_view out = RC_VIEW(share, RC_DTYPE_F32, NEW, 2);
    FAILS(RC_CONFIG, "argument inputs of rc_predictor_apply_inputs",
          rc_predictor_apply_inputs(NULL, q, RC_ANSWER, 1, NULL, &out));
    a.n_inputs = 1;
    rc_data_destroy(&d);
    FAILS(RC_CONFIG, "field inputs of rc_data_arrays", rc_data_from_arrays(NULL, &a, &d));
    a.n_inputs = 0;
    a.like = q;
    FAILS(RC_UNSUPPORTED, "no rows are given", rc_data_from_arrays(NULL, &a, &d));
    FAILS(RC_UNSUPPORTED, "no rows are given", rc_data_from_batches(NULL, no_batch, NULL, &a, &d));
    const char *said[N] = {"a text", NULL, " "};
    rc_data_text_input note = {.name = "note", .text = {said}};
    for (int i = 3; i < N; i++)
        said[i] = "another";
    a.like = NULL;
    a.text_inputs = &note;
    a.n_text_inputs = 1;
    OK(rc_data_from_arrays(NULL, &a, &d));
    rc_predictor *none;
    FAILS(RC_CONFIG, "method ridge does not take texts", rc_predictor_fit(NULL, d, &how, &none));
    rc_data_destroy(&d);
    said[4] = "\xff";
    FAILS(RC_DATA, "UTF-8", rc_data_from_arrays(NULL, &a, &d));
    a.n_text_inputs = 4;
    FAILS(RC_UNSUPPORTED, "4 inputs besides x; at most 3", rc_data_from_arrays(NULL, &a, &d));
    a.n_text_inputs = 0;
    rc_input_info input = RC_INPUT_INFO_INIT;
    OK(rc_predictor_input(q, 0, &input));
    CHECK(strcmp(input.name, "x") == 0 && !input.texts && input.dims == 1 && input.shape[0] == 1);
    FAILS(RC_CONFIG, "no input 1", rc_predictor_input(q, 1, &input));
    a.like = q;
    a.rows[0] = &new.rows;
    FAILS(RC_UNSUPPORTED, "not to rows of a table", rc_data_from_arrays(NULL, &a, &d));
    a.like = NULL;
    rc_data_destroy(&d);
    FAILS(RC_DATA, "give either x or rows", rc_data_from_arrays(NULL, &a, &d));
    rc_predictor_destroy(&q);
}

int main(void)
{
    char command[96];
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    setenv("RECRAFT_HOME", "/nowhere", 1);
    draw();
    RUN(rows_become_numbers);
    RUN(a_predictor_keeps_the_encoders);
    RUN(scores_are_by_the_encoders_of_the_fit);
    RUN(the_method_auto_keeps_them_too);
    RUN(whole_texts_are_inputs);
    RUN(what_does_not_fit_is_refused);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? RESULT() : EXIT_FAILURE;
}
