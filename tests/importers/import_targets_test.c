/* What the targets of an import are taken for: classes, labels or numbers, by what they hold; and what stands
 * where a series has gaps. */
#include "check.h"

#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "datasets/dataset.h"
#include "formats/json.h"
#include "recraft/import.h"
#include "recraft/run.h"

enum { N = 40 };

static char folder[] = "/tmp/recraft_targets_XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[4][96];
    static int at;
    char *out = path[at = (at + 1) % 4];
    snprintf(out, sizeof path[0], "%s/%s", folder, name);
    return out;
}

/* Into the folder "set", which is made anew; *report: what is told of it. */
static rc_status import(rc_data_import_options *o, rc_json **report)
{
    char *text;
    const char *set = in_folder("set");
    if (rc_path_exists(set)) RC_TRY(rc_remove_tree(set));
    o->out = set;
    RC_TRY(rc_data_import(o, &text));
    rc_status status = rc_json_parse("report", text, strlen(text), report);
    rc_free_text(text);
    return status;
}

/* Targets y [N] or [N, row] beside an x that says nothing. */
static rc_status import_arrays(rc_dtype dtype, int64_t row, const void *y, const char *target,
                               rc_json **report)
{
    static const float x[N];
    rc_data_import_options o = RC_DATA_IMPORT_OPTIONS_INIT;
    RC_TRY(rc_npy_write(in_folder("x.npy"), RC_DTYPE_F32, RC_SHAPE(N, 1), x));
    RC_TRY(rc_npy_write(in_folder("y.npy"), dtype, row ? RC_SHAPE(N, row) : RC_SHAPE(N), y));
    o.from = in_folder("x.npy");
    o.y = in_folder("y.npy");
    o.target = target;
    return import(&o, report);
}

#define TAKEN_FOR(kind, why, dtype, row, y, asked)                     \
    do {                                                               \
        rc_json *told_;                                                \
        OK(import_arrays(dtype, row, y, asked, &told_));               \
        CHECK(strcmp(rc_json_string(told_, "target", ""), kind) == 0); \
        CHECK(strstr(rc_json_string(told_, "target_why", ""), why));   \
        rc_json_free(&told_);                                          \
    } while (0)

TEST(one_number_a_sample)
{
    int64_t whole[N], once[N];
    double few[N], many[N], real[N];
    for (int i = 0; i < N; i++) {
        once[i] = 7 * i, whole[i] = i % 3 - 1;
        few[i] = i % 4, many[i] = i % 25, real[i] = i % 4 + (i == 9 ? 0.5 : 0);
    }
    TAKEN_FOR("classes", "3 different whole numbers in 40 samples", RC_DTYPE_I64, 0, whole, NULL);
    TAKEN_FOR("numbers", "as requested", RC_DTYPE_I64, 0, whole, "numbers");
    /* Floats that are whole are classes where each occurs twice at least in the mean. */
    TAKEN_FOR("classes", "target numbers if they are amounts", RC_DTYPE_F64, 0, few, NULL);
    TAKEN_FOR("numbers", "25 different values in 40 samples", RC_DTYPE_F64, 0, many, NULL);
    TAKEN_FOR("classes", "as requested", RC_DTYPE_F64, 0, many, "classes");
    TAKEN_FOR("numbers", "not all are whole", RC_DTYPE_F64, 0, real, NULL);
    rc_json *j;
    FAILS(RC_DATA, "every label occurs once", import_arrays(RC_DTYPE_I64, 0, once, NULL, &j));
    FAILS(RC_DATA, "not whole numbers", import_arrays(RC_DTYPE_F64, 0, real, "classes", &j));
    real[3] = NAN;
    FAILS(RC_DATA, "the label is missing", import_arrays(RC_DTYPE_F64, 0, real, NULL, &j));
    memset(whole, 0, sizeof whole);
    FAILS(RC_DATA, "one class only", import_arrays(RC_DTYPE_I64, 0, whole, NULL, &j));
    FAILS(RC_DATA, "takes texts with commas", import_arrays(RC_DTYPE_I64, 0, once, "labels", &j));
}

/* Classes are numbered in the order of their values, however large these are. */
TEST(classes_are_numbered)
{
    int64_t large[N];
    rc_json *j;
    rc_dataset *d;
    for (int i = 0; i < N; i++)
        large[i] = ((int64_t)1 << 53) + (i % 2 ? 1 : 0); /* one and the same as float64 */
    OK(import_arrays(RC_DTYPE_I64, 0, large, NULL, &j));
    const rc_json *names = rc_json_get(j, "labels");
    CHECK(rc_json_length(names) == 2 &&
          strcmp(rc_json_as_string(rc_json_at(names, 0)), "9007199254740992") == 0);
    rc_json_free(&j);
    OK(rc_dataset_open(in_folder("set"), RC_DATASET_TRAIN, &d));
    int64_t ones = 0;
    for (int64_t i = 0; i < d->train.n; i++)
        ones += rc_part_label(&d->train, i);
    CHECK(d->classes == 2 && 2 * ones == d->train.n);
    rc_dataset_close(&d);
}

TEST(several_numbers_a_sample)
{
    double one_hot[N][3] = {{0}}, marks[N][3] = {{0}}, amounts[N][3];
    for (int i = 0; i < N; i++) {
        one_hot[i][i % 3] = marks[i][i % 3] = marks[i][i % 2] = 1;
        for (int k = 0; k < 3; k++)
            amounts[i][k] = i + k;
    }
    TAKEN_FOR("classes", "exactly one 1", RC_DTYPE_F64, 3, one_hot, NULL);
    TAKEN_FOR("labels", "several labels a sample", RC_DTYPE_F64, 3, marks, NULL);
    TAKEN_FOR("numbers", "3 numbers a sample", RC_DTYPE_F64, 3, amounts, NULL);
    TAKEN_FOR("numbers", "3 numbers a sample", RC_DTYPE_F64, 3, one_hot, "numbers");
    rc_json *j;
    FAILS(RC_DATA, "not zeros and ones", import_arrays(RC_DTYPE_F64, 3, amounts, "classes", &j));
}

static rc_status import_table(const char *table, rc_data_import_options *o, rc_json **report)
{
    RC_TRY(rc_file_write(in_folder("table.csv"), table, strlen(table)));
    o->from = in_folder("table.csv");
    o->header = "yes";
    o->delimiter = ",";
    o->label = "kind";
    o->test_fraction = 0;
    return import(o, report);
}

TEST(labels_with_commas)
{
    static const char table[] = "size,kind\n5,\"b, a\"\n3,a\n3,\" c ,,a\"\n1,b\n";
    static const char marks[4][4] = {"110", "100", "101", "010"};
    rc_data_import_options o = RC_DATA_IMPORT_OPTIONS_INIT;
    rc_json *j;
    rc_array y;
    o.target = "labels";
    OK(import_table(table, &o, &j));
    const rc_json *names = rc_json_get(j, "labels");
    CHECK(rc_json_length(names) == 3 && strcmp(rc_json_as_string(rc_json_at(names, 2)), "c") == 0);
    rc_json_free(&j);
    OK(rc_npy_open(in_folder("set/y_train.npy"), &y));
    CHECK(y.dtype == RC_DTYPE_U8 && y.shape.dim[0] == 4 && y.shape.dim[1] == 3);
    for (int i = 0; i < 12; i++)
        CHECK(((const unsigned char *)y.data)[i] == marks[i / 3][i % 3] - '0');
    rc_array_free(&y);
    FAILS(RC_DATA, "the label is missing", import_table("size,kind\n3,a\n3,b\n1,\" , \"\n", &o, &j));
    o.target = "numbers";
    FAILS(RC_DATA, "is not a number, as", import_table("size,kind\n3,a\n3,b\n1,c\n", &o, &j));
}

/* A row is a series: before its first number and behind its last of all there is nothing to draw a line to.
 */
static void check_filled(const char *fill, const float expected[2][6])
{
    static const char table[] = "a,b,c,d,e,f,kind\n,2,,,8,,x\n1,3,,6,,,y\n4,4,4,4,4,4,x\n5,5,5,5,5,5,y\n";
    rc_data_import_options o = RC_DATA_IMPORT_OPTIONS_INIT;
    rc_json *j;
    rc_array x;
    o.series = true;
    o.fill = fill;
    OK(import_table(table, &o, &j));
    rc_json_free(&j);
    OK(rc_npy_open(in_folder("set/x_train.npy"), &x));
    REQUIRE(x.dtype == RC_DTYPE_F32 && x.shape.n == 3 && x.shape.dim[0] == 4 && x.shape.dim[2] == 6);
    for (int i = 0; i < 12; i++)
        NEAR((double)((const float *)x.data)[i], (double)expected[i / 6][i % 6], 1e-6);
    rc_array_free(&x);
}

TEST(gaps_of_series)
{
    static const float line[2][6] = {{2, 2, 4, 6, 8, 0}, {1, 3, 4.5f, 6, 0, 0}},
                       mean[2][6] = {{5, 2, 5, 5, 8, 0}, {1, 3, 10 / 3.0f, 6, 0, 0}},
                       zero[2][6] = {{0, 2, 0, 0, 8, 0}, {1, 3, 0, 6, 0, 0}};
    check_filled(NULL, line);
    check_filled("mean", mean);
    check_filled("zero", zero);
}

int main(void)
{
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    RUN(one_number_a_sample);
    RUN(classes_are_numbered);
    RUN(several_numbers_a_sample);
    RUN(labels_with_commas);
    RUN(gaps_of_series);
    return rc_remove_tree(folder) == RC_OK ? RESULT() : EXIT_FAILURE;
}
