/* The readers and writers of foreign files: round trips, and every kind of damage named. */
#include "check.h"

#include <unistd.h>

#include "base/memory.h"
#include "formats/array_file.h"
#include "formats/png_image.h"
#include "formats/safetensors.h"
#include "formats/yaml.h"

static char path[256];

static const char *scratch(const char *name)
{
    snprintf(path, sizeof path, "formats_test_%ld_%s", (long)getpid(), name);
    return path;
}

static const char *corpus(const char *name)
{
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", RC_SOURCE_DIR, name);
    return path;
}

TEST(npy_round_trip)
{
    int32_t x[6] = {1, -2, 3, 4, 5, 6};
    rc_array a;
    OK(rc_npy_write(scratch("a.npy"), RC_DTYPE_I32, RC_SHAPE(2, 3), x));
    OK(rc_npy_open(scratch("a.npy"), &a));
    CHECK(a.dtype == RC_DTYPE_I32 && a.shape.n == 2 && a.shape.dim[1] == 3);
    CHECK(memcmp(a.data, x, sizeof x) == 0);
    rc_array_free(&a);
    unlink(path);
}

TEST(npy_of_numpy)
{
    rc_array a;
    OK(rc_npy_open(corpus("npy/float.npy"), &a));
    CHECK(a.dtype == RC_DTYPE_F32 && ((const float *)a.data)[5] == 5);
    rc_array_free(&a);
    OK(rc_npy_open(corpus("npy/fortran.npy"), &a));
    for (int i = 0; i < 6; i++)
        CHECK(((const int64_t *)a.data)[i] == i);
    rc_array_free(&a);
    FAILS(RC_UNSUPPORTED, "big-endian", rc_npy_open(corpus("npy/big_endian.npy"), &a));
    FAILS(RC_UNSUPPORTED, "pickle", rc_npy_open(corpus("npy/object.npy"), &a));
    FAILS(RC_IO, "no such file", rc_npy_open("nowhere.npy", &a));
}

/* Python 2 wrote a long whole number with an L. */
TEST(npy_of_python_2)
{
    rc_array a;
    char bytes[128 + 24] =
        "\x93NUMPY\x01\0\x76\0{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }";
    for (size_t i = strlen(bytes + 10) + 10; i < 127; i++)
        bytes[i] = ' ';
    bytes[127] = '\n';
    OK(rc_npy_parse("x", bytes, sizeof bytes, &a));
    CHECK(a.shape.n == 2 && a.shape.dim[0] == 2 && a.shape.dim[1] == 3);
}

TEST(npy_damage)
{
    unsigned char bytes[RC_NPY_HEADER + 64] = {0};
    size_t size;
    rc_array a;
    OK(rc_npy_header(RC_DTYPE_F32, RC_SHAPE(4, 2), bytes, &size));
    OK(rc_npy_parse("x", bytes, size + 32, &a));
    FAILS(RC_FORMAT, "cut off", rc_npy_parse("x", bytes, size + 31, &a));
    FAILS(RC_FORMAT, "too many", rc_npy_parse("x", bytes, size + 33, &a));
    FAILS(RC_FORMAT, "cut off in its header", rc_npy_parse("x", bytes, 40, &a));
    FAILS(RC_FORMAT, "not a .npy", rc_npy_parse("x", bytes, 5, &a));
    for (size_t i = 0; i < size; i++) {
        /* Whatever byte is wrong: an answer, never a crash, and never more data than there are. */
        unsigned char kept = bytes[i];
        bytes[i] ^= 0x15;
        if (rc_npy_parse("x", bytes, size + 32, &a) == RC_OK)
            CHECK((size_t)rc_array_size(&a) * rc_dtype_size(a.dtype) <= size + 32);
        rc_array_free(&a);
        bytes[i] = kept;
    }
}

TEST(npz_of_numpy)
{
    rc_npz *z;
    rc_array a;
    OK(rc_npz_open(corpus("npz/two.npz"), &z));
    CHECK(rc_npz_count(z) == 2 && rc_npz_find(z, "nothing") < 0);
    OK(rc_npz_read(z, rc_npz_find(z, "x_train"), &a));
    CHECK(a.shape.dim[0] == 2 && a.shape.dim[1] == 3);
    rc_array_free(&a);
    rc_npz_close(&z);
    OK(rc_npz_open(corpus("npz/deflated.npz"), &z));
    OK(rc_npz_read(z, 0, &a));
    CHECK(rc_array_size(&a) == 300);
    rc_array_free(&a);
    rc_npz_close(&z);
    FAILS(RC_FORMAT, "not a .npz", rc_npz_open(corpus("npy/float.npy"), &z));
}

TEST(npz_written)
{
    static const float x[6] = {1, 2, 3, 4, 5, -0.5f};
    static const int32_t y[2] = {7, -8};
    const rc_npz_member member[] = {{"a.weight", RC_DTYPE_F32, RC_SHAPE(2, 3), x},
                                    {"y", RC_DTYPE_I32, RC_SHAPE(2), y}};
    rc_npz *z;
    rc_array a;
    OK(rc_npz_write("written.npz", member, 2));
    OK(rc_npz_open("written.npz", &z));
    CHECK(rc_npz_count(z) == 2 && rc_npz_find(z, "y") == 1);
    OK(rc_npz_read(z, 0, &a));
    CHECK(strcmp(rc_npz_name(z, 0), "a.weight") == 0 && a.shape.n == 2 && a.shape.dim[1] == 3);
    CHECK(memcmp(a.data, x, sizeof x) == 0);
    rc_array_free(&a);
    OK(rc_npz_read(z, 1, &a));
    CHECK(a.dtype == RC_DTYPE_I32 && memcmp(a.data, y, sizeof y) == 0);
    rc_array_free(&a);
    rc_npz_close(&z);
    remove("written.npz");
}

TEST(npz_damage)
{
    char *bytes;
    size_t size;
    int read = 0;
    OK(rc_file_read(corpus("npz/two.npz"), 1 << 20, &bytes, &size));
    for (size_t i = 0; i < size; i++) {
        rc_npz *z;
        rc_array a;
        bytes[i] ^= 0x41;
        if (rc_npz_open_memory("x", bytes, size, &z) == RC_OK) {
            for (int k = 0; k < rc_npz_count(z); k++) {
                read += rc_npz_read(z, k, &a) == RC_OK;
                rc_array_free(&a);
            }
            rc_npz_close(&z);
        }
        bytes[i] ^= 0x41;
    }
    CHECK(read > 0);
    rc_npz *z;
    FAILS(RC_FORMAT, "cut off", rc_npz_open_memory("x", bytes, size - 30, &z));
    rc_free(bytes);
}

TEST(safetensors_round_trip)
{
    rc_safetensors_writer *w;
    rc_safetensors *s;
    float x[3] = {1, 0.5f, -3};
    int64_t n = 42;
    OK(rc_safetensors_writer_create(&w));
    rc_safetensors_writer_metadata(w, "format", "test");
    OK(rc_safetensors_writer_add(w, "n", RC_DTYPE_I64, (rc_shape){0}, &n));
    OK(rc_safetensors_writer_add_f32(w, "x.half", RC_DTYPE_BF16, RC_SHAPE(3), x));
    FAILS(RC_INTERNAL, "twice", rc_safetensors_writer_add(w, "n", RC_DTYPE_I64, (rc_shape){0}, &n));
    OK(rc_safetensors_writer_write(w, scratch("s")));
    rc_safetensors_writer_destroy(&w);
    OK(rc_safetensors_open(scratch("s"), &s));
    CHECK(rc_safetensors_count(s) == 2 && strcmp(rc_safetensors_metadata(s, "format"), "test") == 0);
    rc_safetensors_entry e = rc_safetensors_get(s, rc_safetensors_find(s, "x.half"));
    float back[3];
    rc_convert_to_f32(e.dtype, e.data, 3, back);
    CHECK(memcmp(back, x, sizeof x) == 0);
    rc_safetensors_close(&s);
    unlink(path);
}

/* Whatever single bit is turned over is told; but for those in the name under which the checksum stands: the
 * contents are right then, and the file is one without a checksum. */
TEST(safetensors_turned_bits)
{
    rc_safetensors_writer *w;
    rc_safetensors *s;
    float x[5] = {1, 0.5f, -3, 0, 7};
    char *bytes;
    size_t size, name = strlen("recraft.checksum"), missed = 0;
    OK(rc_safetensors_writer_create(&w));
    rc_safetensors_writer_metadata(w, "format", "test");
    OK(rc_safetensors_writer_add(w, "x", RC_DTYPE_F32, RC_SHAPE(5), x));
    OK(rc_safetensors_writer_add(w, "y", RC_DTYPE_F32, RC_SHAPE(2, 1), x));
    OK(rc_safetensors_writer_write(w, scratch("s")));
    rc_safetensors_writer_destroy(&w);
    OK(rc_file_read(path, 1 << 16, &bytes, &size));
    unlink(path);
    const char *key = strstr(bytes + 8, "recraft.checksum");
    REQUIRE(key);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        bool named = bytes + bit / 8 >= key && bytes + bit / 8 < key + name;
        if (rc_safetensors_open_memory("x", bytes, size, &s) == RC_OK) {
            missed += !named;
            rc_safetensors_close(&s);
        }
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    CHECK(missed == 0);
    bytes[size - 1] ^= 1;
    FAILS(RC_FORMAT, "x: the checksum of the contents is", rc_safetensors_open_memory("x", bytes, size, &s));
    rc_free(bytes);
}

TEST(safetensors_damage)
{
    rc_safetensors *s;
    OK(rc_safetensors_open(corpus("safetensors/good.safetensors"), &s));
    rc_safetensors_close(&s);
    FAILS(RC_FORMAT, "overlaps", rc_safetensors_open(corpus("safetensors/overlap.safetensors"), &s));
    FAILS(RC_FORMAT, "duplicate", rc_safetensors_open(corpus("safetensors/twice.safetensors"), &s));
    FAILS(RC_UNSUPPORTED, "\"F9\"", rc_safetensors_open(corpus("safetensors/dtype.safetensors"), &s));
    FAILS(RC_FORMAT, "longer than the file",
          rc_safetensors_open(corpus("safetensors/long_header.safetensors"), &s));
}

TEST(yaml_settings)
{
    rc_yaml y;
    OK(rc_yaml_read(corpus("config/good.yaml"), &y));
    CHECK(y.count == 4 && strcmp(y.entry[1].key, "fit.epochs") == 0 && y.entry[1].line == 3);
    rc_yaml_free(&y);
    OK(rc_yaml_parse("x", "", 0, &y));
    CHECK(y.count == 0);
    FAILS(RC_FORMAT, "only plain values", rc_yaml_read(corpus("config/list.yaml"), &y));
    FAILS(RC_FORMAT, "set twice", rc_yaml_read(corpus("config/twice.yaml"), &y));
    FAILS(RC_FORMAT, "anchors", rc_yaml_read(corpus("config/anchor.yaml"), &y));
    FAILS(RC_FORMAT, "x:1", rc_yaml_parse("x", "a: 'b", 5, &y));
}

TEST(png_is_a_png)
{
    unsigned char rgb[12] = {255, 0, 0, 0, 255, 0}, *png;
    size_t size;
    OK(rc_png_encode(rgb, 2, 2, &png, &size));
    CHECK(size > 8 && memcmp(png, "\x89PNG\r\n\x1a\n", 8) == 0);
    rc_free(png);
}

int main(void)
{
    RUN(npy_round_trip);
    RUN(npy_of_numpy);
    RUN(npy_of_python_2);
    RUN(npy_damage);
    RUN(npz_of_numpy);
    RUN(npz_written);
    RUN(npz_damage);
    RUN(safetensors_round_trip);
    RUN(safetensors_turned_bits);
    RUN(safetensors_damage);
    RUN(yaml_settings);
    RUN(png_is_a_png);
    return RESULT();
}
