/* Files of arrays, written by h5py, SciPy, pickle and NumPy (tools/golden/readers.py). */
#include "check.h"

#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "formats/container.h"

static char path[512];

static const char *data(const char *name)
{
    snprintf(path, sizeof path, "%s/readers/%s", RC_TEST_DATA, name);
    return path;
}

static double at(const rc_array *a, int64_t i)
{
    float v;
    rc_convert_to_f32(a->dtype, (const char *)a->data + (size_t)i * rc_dtype_size(a->dtype), 1, &v);
    return v;
}

/* The entry holds 0, 1, 2 ... (times `step`) in this type and shape. */
static void expect_ramp(rc_container *c, const char *name, rc_dtype dtype, rc_shape shape)
{
    rc_array a;
    int i = rc_container_find(c, name);
    if (i < 0) fprintf(stderr, "no \"%s\"\n", name);
    REQUIRE(i >= 0);
    const rc_entry *e = rc_container_entry(c, i);
    if (e->refused) fprintf(stderr, "\"%s\" %s\n", name, e->refused);
    REQUIRE(!e->refused && !e->is_text);
    CHECK(e->dtype == dtype && rc_shape_equal(&e->shape, &shape));
    OK(rc_container_read(c, i, &a));
    CHECK(a.dtype == dtype && rc_shape_equal(&a.shape, &shape));
    for (int64_t k = 0; k < rc_array_size(&a); k++)
        CHECK(at(&a, k) == (double)k);
    rc_array_free(&a);
    if (shape.n == 0 || shape.dim[0] < 2) return;
    int64_t row = rc_shape_size(&shape) / shape.dim[0];
    OK(rc_container_rows(c, i, 1, shape.dim[0] - 1, &a));
    CHECK(a.shape.dim[0] == shape.dim[0] - 1 && at(&a, 0) == (double)row);
    CHECK(at(&a, rc_array_size(&a) - 1) == (double)(rc_shape_size(&shape) - 1));
    rc_array_free(&a);
    FAILS(RC_SHAPE, "rows", rc_container_rows(c, i, 1, shape.dim[0], &a));
}

static void expect_values(rc_container *c, const char *name, int64_t n, const double *values)
{
    rc_array a;
    int i = rc_container_find(c, name);
    REQUIRE(i >= 0);
    OK(rc_container_read(c, i, &a));
    CHECK(rc_array_size(&a) == n);
    for (int64_t k = 0; k < n && k < rc_array_size(&a); k++)
        CHECK(at(&a, k) == values[k]);
    rc_array_free(&a);
}
#define VALUES(c, name, ...)                                                            \
    expect_values(c, name, (int64_t)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)), \
                  (double[]){__VA_ARGS__})

/* Texts joined by bars. */
static void expect_texts(rc_container *c, const char *name, const char *joined)
{
    rc_texts t;
    char got[256] = "";
    int i = rc_container_find(c, name);
    REQUIRE(i >= 0);
    OK(rc_container_texts(c, i, &t));
    for (int64_t k = 0; k < t.n; k++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", k ? "|" : "", rc_texts_get(&t, k));
    if (strcmp(got, joined)) fprintf(stderr, "\"%s\": <%s>\n", name, got);
    CHECK(strcmp(got, joined) == 0);
    rc_texts_free(&t);
}

static void expect_refused(rc_container *c, const char *name, const char *why)
{
    rc_array a;
    int i = rc_container_find(c, name);
    if (i < 0) fprintf(stderr, "no \"%s\"\n", name);
    REQUIRE(i >= 0);
    FAILS(RC_UNSUPPORTED, why, rc_container_read(c, i, &a));
}

TEST(hdf5_of_h5py)
{
    rc_container *c;
    rc_string list = {0};
    OK(rc_container_open(data("arrays.h5"), &c));
    CHECK(strcmp(rc_container_format(c), "HDF5") == 0);
    expect_ramp(c, "images", RC_DTYPE_F32, RC_SHAPE(6, 3, 4, 5));
    expect_ramp(c, "big_endian", RC_DTYPE_F64, RC_SHAPE(2, 3));
    expect_ramp(c, "half", RC_DTYPE_F32, RC_SHAPE(4));
    VALUES(c, "group/labels", 0, 1, 2, 0, 1, 2);
    VALUES(c, "flags", 1, 0, 1);
    VALUES(c, "scalar", 7);
    expect_texts(c, "words", "cat|d\xc3\xb6g|");
    expect_texts(c, "fixed", "ab|cde");
    expect_refused(c, "table", "compound");
    expect_refused(c, "nothing", "is empty");
    expect_refused(c, "unwritten", "claims 8589934592 bytes and stores 0");
    expect_refused(c, "raw", "other files");
    expect_refused(c, "virtual", "other files");
    CHECK(rc_container_find(c, "elsewhere") < 0 && rc_container_find(c, "soft") < 0);
    OK(rc_container_list(c, &list));
    CHECK(strstr(list.data, "\"images\" float32 [6, 3, 4, 5]") != NULL);
    rc_string_free(&list);
    rc_container_close(&c);
    FAILS(RC_FORMAT, "cut off", rc_container_open(data("cut.h5"), &c));
}

static void check_matlab(const char *name, bool flags)
{
    rc_container *c;
    OK(rc_container_open(data(name), &c));
    expect_ramp(c, "coeff", RC_DTYPE_F64, RC_SHAPE(4, 3, 5));
    expect_ramp(c, "small", RC_DTYPE_U8, RC_SHAPE(2, 3));
    VALUES(c, "label", 1, 2, 1, 2);
    expect_texts(c, "words", "cat|dog|cat|owl");
    if (flags) VALUES(c, "flag", 1, 0);
    expect_texts(c, flags ? "rows" : "title", flags ? "ab|cde" : "one text");
    rc_container_close(&c);
}

TEST(mat_of_scipy)
{
    rc_container *c;
    check_matlab("v5.mat", true);
    check_matlab("v5_compressed.mat", true);
    check_matlab("v73.mat", false);
    OK(rc_container_open(data("v5.mat"), &c));
    expect_refused(c, "z", "complex");
    expect_refused(c, "s", "struct");
    expect_refused(c, "sparse", "sparse");
    rc_texts t;
    FAILS(RC_UNSUPPORTED, "not texts (the first is cell 1)",
          rc_container_texts(c, rc_container_find(c, "mixed"), &t));
    rc_container_close(&c);
    FAILS(RC_FORMAT, "cut off", rc_container_open(data("cut.mat"), &c));
    FAILS(RC_FORMAT, "not a file of arrays", rc_container_open(data("v4.mat"), &c));
}

static void check_ragged(rc_container *c)
{
    rc_array a;
    int i = rc_container_find(c, "ragged");
    REQUIRE(i >= 0 && rc_container_entry(c, i)->is_ragged && rc_container_entry(c, i)->shape.dim[0] == 2);
    OK(rc_container_series(c, i, 1, &a));
    CHECK(rc_array_size(&a) == 3 && at(&a, 2) == 2);
    rc_array_free(&a);
    FAILS(RC_DATA, "different lengths", rc_container_read(c, i, &a));
}

TEST(pickles_of_python)
{
    for (int protocol = 2; protocol <= 5; protocol++) {
        rc_container *c;
        char name[32];
        snprintf(name, sizeof name, "protocol%d.pkl", protocol);
        OK(rc_container_open(data(name), &c));
        expect_ramp(c, "train.images", RC_DTYPE_U8, RC_SHAPE(3, 2, 4));
        VALUES(c, "train.labels", 3, 1, 2);
        expect_ramp(c, "fortran", RC_DTYPE_I32, RC_SHAPE(2, 3));
        expect_ramp(c, "big", RC_DTYPE_I16, RC_SHAPE(3));
        expect_texts(c, "names", "cat|d\xc3\xb6g");
        expect_texts(c, "wide", "no|yes!");
        VALUES(c, "real", 0.5, 2);
        VALUES(c, "rows", 1, 2, 3, 4, 5, 6);
        VALUES(c, "stack", 0, 1, 1, 2, 2, 3);
        check_ragged(c);
        VALUES(c, "negative", -70000);
        VALUES(c, "long", 1099511627776.0);
        VALUES(c, "5", 1.5);
        expect_ramp(c, "ordered.a", RC_DTYPE_F64, RC_SHAPE(2));
        CHECK(rc_container_find(c, "none") < 0);
        rc_container_close(&c);
    }
}

TEST(pickle_in_npy)
{
    rc_container *c;
    OK(rc_container_open(data("object.npy"), &c));
    expect_ramp(c, "data", RC_DTYPE_F32, RC_SHAPE(4, 2));
    expect_ramp(c, "label", RC_DTYPE_I64, RC_SHAPE(4));
    rc_container_close(&c);
}

TEST(pickles_refused)
{
    rc_container *c;
    FAILS(RC_UNSUPPORTED, "import posix.system, which is refused", rc_container_open(data("evil.pkl"), &c));
    FAILS(RC_UNSUPPORTED, "protocol 2 to 5", rc_container_open(data("old.pkl"), &c));
    FAILS(RC_FORMAT, "cut off", rc_container_open(data("cut.pkl"), &c));
}

/* Pickles built by hand to exhaust the reader. */
static void expect_pickle(const char *bytes, size_t n, rc_status code, const char *words)
{
    rc_container *c;
    char name[64];
    snprintf(name, sizeof name, "container_test_%ld.pkl", (long)getpid());
    OK(rc_file_write(name, bytes, n));
    FAILS(code, words, rc_container_open(name, &c));
    rc_container_close(&c);
    unlink(name);
}
#define PICKLE(bytes, code, words) expect_pickle(bytes, sizeof bytes - 1, code, words)

TEST(pickle_tricks)
{
    PICKLE("\x80\x04]\x94h\0a.", RC_UNSUPPORTED, "too deeply");   /* a list in itself */
    PICKLE("\x80\x04]r\xff\xff\xff\x7f.", RC_FORMAT, "memo far"); /* memo index 2^31 - 1 */
    PICKLE("\x80\x04h\5.", RC_FORMAT, "never set");
    PICKLE("\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xff.", RC_FORMAT, "cut off");
    PICKLE("\x80\x04(]0.", RC_FORMAT, "stack is empty");
    PICKLE("\x80\x04"
           "cbuiltins\neval\n.",
           RC_UNSUPPORTED, "import builtins.eval");
    PICKLE("\x80\x04P1\n.", RC_UNSUPPORTED, "instruction 0x50");
    PICKLE("\x80\x04K\1.", RC_OK, "");
    /* A billion laughs: ten lists, each ten times the one before. */
    char laughs[400] = "\x80\x04]\x94(K\1";
    size_t n = 7;
    for (int i = 0; i < 8; i++)
        laughs[n++] = '2';
    memcpy(laughs + n, "e", 1);
    n++;
    for (int k = 0; k < 15; k++) {
        memcpy(laughs + n,
               "\x85\x94"
               "222222"
               "\x87"
               "2\x86",
               11);
        n += 11;
    }
    laughs[n++] = '.';
    rc_container *c;
    char name[64];
    snprintf(name, sizeof name, "container_test_laughs_%ld.pkl", (long)getpid());
    OK(rc_file_write(name, laughs, n));
    CHECK(rc_container_open(name, &c) != RC_OK);
    rc_container_close(&c);
    unlink(name);
}

/* One text, named 100,000 times at two bytes each, would be a gigabyte. */
TEST(one_text_many_times)
{
    enum { TEXT = 10000, TIMES = 100000 };
    static const char head[] = "\x80\x02](X\x10\x27\0\0";
    static char pickle[TEXT + 2 * TIMES + 64];
    rc_container *c;
    size_t n = sizeof head - 1;
    memcpy(pickle, head, n);
    memset(pickle + n, 'x', TEXT);
    n += TEXT;
    memcpy(pickle + n, "q\0", 2);
    n += 2;
    for (int i = 0; i < TIMES; i++, n += 2)
        memcpy(pickle + n, "h\0", 2);
    memcpy(pickle + n, "e.", 2);
    OK(rc_file_write("container_test_times.pkl", pickle, n + 2));
    OK(rc_container_open("container_test_times.pkl", &c));
    CHECK(strstr(rc_container_entry(c, 0)->refused, "many times over") != NULL);
    rc_container_close(&c);
    unlink("container_test_times.pkl");
}

TEST(npz_texts_and_bombs)
{
    rc_container *c;
    rc_array a;
    OK(rc_container_open(data("texts.npz"), &c));
    expect_ramp(c, "x", RC_DTYPE_F32, RC_SHAPE(3, 2));
    expect_texts(c, "y", "cat|d\xc3\xb6g|cat");
    expect_texts(c, "z", "a|bc");
    FAILS(RC_DATA, "holds text", rc_container_read(c, rc_container_find(c, "y"), &a));
    rc_container_close(&c);
    OK(rc_container_open(data("bomb.npz"), &c));
    FAILS(RC_FORMAT, "zip bomb", rc_container_read(c, 0, &a));
    rc_container_close(&c);
}

static const char DEEP_MAT[] = "container_test_deep.mat";

static void make_deep_mat(void)
{
    char head[512] = "MATLAB 7.3 MAT-file", *inner;
    size_t size;
    head[125] = 2;
    memcpy(head + 126, "IM", 2);
    OK(rc_file_read(data("deep.h5"), 1 << 20, &inner, &size));
    FILE *f = fopen(DEEP_MAT, "wb");
    REQUIRE(f);
    CHECK(fwrite(head, 1, sizeof head, f) == sizeof head && fwrite(inner, 1, size, f) == size);
    fclose(f);
    rc_free(inner);
}

TEST(depth_of_groups)
{
    rc_container *c;
    FAILS(RC_UNSUPPORTED, "deep.h5: groups in groups, more than 32 deep",
          rc_container_open(data("deep.h5"), &c));
    /* And of MATLAB 7.3, which is HDF5 behind 512 bytes of its own. */
    make_deep_mat();
    FAILS(RC_UNSUPPORTED, "groups in groups, more than 32 deep", rc_container_open(DEEP_MAT, &c));
    unlink(DEEP_MAT);
}

TEST(not_containers)
{
    rc_container *c;
    FAILS(RC_FORMAT, "not a file of arrays", rc_container_open(data("pandas.csv"), &c));
    FAILS(RC_IO, "no such file", rc_container_open("nowhere.h5", &c));
    FAILS(RC_IO, "not a regular file", rc_container_open(".", &c));
    bool arrays, table;
    OK(rc_container_recognise(data("arrays.h5"), &arrays));
    OK(rc_container_recognise(data("pandas.csv"), &table));
    CHECK(arrays && !table);
}

int main(void)
{
    RUN(hdf5_of_h5py);
    RUN(mat_of_scipy);
    RUN(pickles_of_python);
    RUN(pickle_in_npy);
    RUN(pickles_refused);
    RUN(pickle_tricks);
    RUN(one_text_many_times);
    RUN(npz_texts_and_bombs);
    RUN(depth_of_groups);
    RUN(not_containers);
    return RESULT();
}
