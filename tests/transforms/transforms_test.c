/* The transforms against librosa, lie_learn and PyTorch (tools/golden/transforms.py), and their laws. */
#include "check.h"

#include <unistd.h>

#include "base/file.h"
#include "datasets/dataset.h"
#include "transforms/mel.h"
#include "transforms/spectrogram.h"
#include "transforms/sphere.h"
#include "transforms/transforms.h"

static const void *fixture(const char *name, rc_array *a)
{
    char path[512];
    snprintf(path, sizeof path, "%s/transforms/%s.npy", RC_TEST_DATA, name);
    return rc_npy_open(path, a) == RC_OK ? a->data : NULL;
}

/* ---- log-mel ---- */

TEST(mel_spectrogram_is_librosas)
{
    rc_array sound, want;
    rc_mel_options o = rc_mel_defaults();
    rc_mel *m;
    OK(rc_mel_create(&o, &m));
    const float *x = fixture("sound", &sound), *y = fixture("log_mel", &want);
    REQUIRE(x && y);
    int64_t length = sound.shape.dim[0], frames = want.shape.dim[1];
    CHECK(rc_mel_frames(m, length) == frames && rc_mel_frames(m, 22050) == 101);
    float *out = malloc((size_t)(96 * (frames + 1)) * sizeof *out);
    for (int i = 0; i < 96 * (frames + 1); i++)
        out[i] = 7;
    OK(rc_mel_run(m, length, x, frames + 1, out));
    for (int k = 0; k < 96; k++) {
        CHECK(out[k * (frames + 1) + frames] == 7);
        for (int64_t t = 0; t < frames; t++)
            NEAR(out[k * (frames + 1) + t], y[k * frames + t], 2e-4);
    }
    FAILS(RC_SHAPE, "too short", rc_mel_run(m, 960, x, frames, out));
    FAILS(RC_SHAPE, "do not fit", rc_mel_run(m, length, x, frames - 1, out));
    free(out);
    rc_mel_destroy(&m);
    rc_array_free(&sound);
    rc_array_free(&want);
}

TEST(mel_options_are_checked)
{
    rc_mel_options o = rc_mel_defaults();
    rc_mel *m;
    o.window = 2000;
    FAILS(RC_CONFIG, "window", rc_mel_create(&o, &m));
    o = rc_mel_defaults();
    o.n_fft = 1921;
    FAILS(RC_CONFIG, "even", rc_mel_create(&o, &m));
}

/* ---- resize ---- */

TEST(resize_is_torchs_with_antialias)
{
    const int size[3][2] = {{7, 5}, {20, 24}, {6, 18}};
    rc_array image, want;
    const float *x = fixture("image", &image);
    REQUIRE(x);
    for (int i = 0; i < 3; i++) {
        char name[32];
        float out[2 * 20 * 24];
        rc_resize *r;
        snprintf(name, sizeof name, "resized_%dx%d", size[i][0], size[i][1]);
        const float *y = fixture(name, &want);
        REQUIRE(y);
        OK(rc_resize_create(13, 9, size[i][0], size[i][1], &r));
        rc_resize_apply(r, 2, x, out);
        for (int k = 0; k < 2 * size[i][0] * size[i][1]; k++)
            NEAR(out[k], y[k], 2e-4); /* of 255 */
        rc_resize_destroy(&r);
        rc_array_free(&want);
    }
    rc_array_free(&image);
}

/* ---- sphere ---- */

TEST(sphere_is_the_published_one)
{
    enum { B = 8 };
    rc_array image, rotation, want;
    const float *x = fixture("image", &image);
    const unsigned char *y = fixture("sphere", &want);
    REQUIRE(x && y && fixture("rotation", &rotation));
    unsigned char out[2 * 4 * B * B];
    double scratch[4 * B * B];
    int apart = 0;
    rc_sphere_project(rotation.data, B, 2, 13, 9, x, out, scratch);
    for (int i = 0; i < 2 * 4 * B * B; i++) {
        CHECK(abs(out[i] - y[i]) <= 1); /* the cut to whole numbers may fall to either side */
        apart += out[i] != y[i];
    }
    CHECK(apart <= 2);
    rc_array_free(&image);
    rc_array_free(&rotation);
    rc_array_free(&want);
}

TEST(rotations_are_proper_and_uniform)
{
    double mean[9] = {0};
    enum { N = 4000 };
    for (uint64_t k = 0; k < N; k++) {
        rc_rng rng = rc_rng_make(1, "test", k);
        double r[9];
        rc_random_rotation(&rng, 1, r);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
                double dot = 0;
                for (int l = 0; l < 3; l++)
                    dot += r[3 * i + l] * r[3 * j + l];
                NEAR(dot, i == j, 1e-12);
            }
        double det = r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) +
                     r[2] * (r[3] * r[7] - r[4] * r[6]);
        NEAR(det, 1, 1e-12);
        for (int i = 0; i < 9; i++)
            mean[i] += r[i] / N;
    }
    for (int i = 0; i < 9; i++)
        NEAR(mean[i], 0, 0.04); /* each entry has variance 1/3: four standard errors */
    rc_rng rng = rc_rng_make(1, "test", 0);
    double r[9];
    rc_random_rotation(&rng, 0, r);
    for (int i = 0; i < 9; i++)
        NEAR(r[i], i % 4 == 0, 1e-12);
}

TEST(constant_image_gives_zeros)
{
    float x[16] = {0};
    unsigned char out[64];
    double scratch[64], identity[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    rc_sphere_project(identity, 4, 1, 4, 4, x, out, scratch);
    for (int i = 0; i < 64; i++)
        CHECK(out[i] == 0);
}

/* ---- whole data sets ---- */

static char folder[64] = "/tmp/recraft-transform-XXXXXX";

static const char *in_folder(const char *set, const char *file)
{
    static char path[4][256];
    static int at;
    at = (at + 1) % 4;
    snprintf(path[at], sizeof path[at], "%s/%s%s%s", folder, set, *file ? "/" : "", file);
    return path[at];
}

static void clear(const char *set)
{
    static const char *const file[] = {"x_train.npy",      "y_train.npy",      "x_test.npy",
                                       "y_test.npy",       "group_train.npy",  "group_test.npy",
                                       "weight_train.npy", "length_train.npy", "source.md"};
    for (size_t i = 0; i < sizeof file / sizeof *file; i++)
        unlink(in_folder(set, file[i]));
    rmdir(in_folder(set, ""));
}

static rc_status apply(const char *name, const char *assignment, const char *from, const char *to)
{
    const rc_transform *t;
    rc_transform_report report;
    rc_status status = rc_transform_find(name, &t);
    if (status != RC_OK) return status;
    rc_transform_options o = rc_transform_defaults(t);
    if (assignment) status = rc_transform_assign(t, assignment, &o);
    if (status != RC_OK) return status;
    status = rc_transform_apply(t, &o, in_folder(from, ""), in_folder(to, ""), &report);
    rc_transform_report_free(&report);
    return status;
}

static void write_records(void)
{
    enum { N = 4, L = 40 };
    float x[N][L];
    const int64_t label[N] = {0, 1, 0, 1}, length[N] = {40, 40, 25, 10};
    for (int i = 0; i < N; i++)
        for (int k = 0; k < L; k++)
            x[i][k] = (float)(100 * i + k);
    OK(rc_make_directory(in_folder("records", "")));
    OK(rc_npy_write(in_folder("records", "x_train.npy"), RC_DTYPE_F32, RC_SHAPE(N, 1, L), x));
    OK(rc_npy_write(in_folder("records", "y_train.npy"), RC_DTYPE_I64, RC_SHAPE(N), label));
    OK(rc_npy_write(in_folder("records", "length_train.npy"), RC_DTYPE_I64, RC_SHAPE(N), length));
}

TEST(records_become_windows)
{
    const rc_transform *t;
    rc_transform_report report;
    rc_array x, y, group;
    write_records();
    OK(rc_transform_find("windows", &t));
    rc_transform_options o = rc_transform_defaults(t);
    OK(rc_transform_assign(t, "length=10", &o));
    OK(rc_transform_assign(t, "stride0=10", &o));
    OK(rc_transform_assign(t, "stride1=7", &o));
    OK(rc_transform_assign(t, "standardise=0", &o));
    OK(rc_transform_apply(t, &o, in_folder("records", ""), in_folder("out", ""), &report));
    rc_transform_report_free(&report);
    /* 40: 0 10 20; 40 by 7: 0 7 14 21 28; 25: 0 10; 10: just one */
    const int64_t of[] = {0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 3};
    const float first[] = {0, 10, 20, 100, 107, 114, 121, 128, 200, 210, 300};
    CHECK(report.n_out[0] == 11 && report.n_in[0] == 4);
    OK(rc_npy_open(in_folder("out", "x_train.npy"), &x));
    OK(rc_npy_open(in_folder("out", "y_train.npy"), &y));
    OK(rc_npy_open(in_folder("out", "group_train.npy"), &group));
    REQUIRE(x.shape.n == 3 && x.shape.dim[0] == 11 && x.shape.dim[2] == 10);
    for (int i = 0; i < 11; i++) {
        CHECK(((const float *)x.data)[10 * i] == first[i]);
        CHECK(((const int64_t *)y.data)[i] == of[i] % 2);
        CHECK(((const int64_t *)group.data)[i] == of[i]);
    }
    rc_array_free(&x);
    rc_array_free(&y);
    rc_array_free(&group);
    clear("out");
    o.parameter[1] = 1; /* standardise: over the record's own length, padding left out */
    OK(rc_transform_apply(t, &o, in_folder("records", ""), in_folder("out", ""), &report));
    rc_transform_report_free(&report);
    OK(rc_npy_open(in_folder("out", "x_train.npy"), &x));
    double mean = 0, square = 0;
    for (int k = 0; k < 10; k++) {
        double v = ((const float *)x.data)[10 * 10 + k];
        mean += v / 10;
        square += v * v / 10;
    }
    NEAR(mean, 0, 1e-6);
    NEAR(square, 1, 1e-5);
    rc_array_free(&x);
    clear("out");
    FAILS(RC_DATA, "too short", apply("windows", "length=100", "records", "out"));
    CHECK(!rc_path_exists(in_folder("out", "")));
    clear("records");
}

/* ---- spectrograms ---- */

enum { BANDS = 20, COLUMNS = 31 };

static void write_spectrograms(void)
{
    static float x[3][BANDS][COLUMNS];
    const int64_t group[3] = {7, 7, 9};
    const float weight[3] = {1, 0, 2.5f};
    const unsigned char labels[3][2] = {{0, 1}, {1, 1}, {1, 0}};
    for (int i = 0; i < 3; i++)
        for (int b = 0; b < BANDS; b++)
            for (int t = 0; t < COLUMNS; t++)
                x[i][b][t] = t == COLUMNS - 1 ? 0 : (float)(1 + i + b * COLUMNS + t);
    OK(rc_make_directory(in_folder("spectra", "")));
    for (int part = 0; part < 2; part++) {
        const char *const name[2][3] = {{"x_train.npy", "y_train.npy", "group_train.npy"},
                                        {"x_test.npy", "y_test.npy", "group_test.npy"}};
        OK(rc_npy_write(in_folder("spectra", name[part][0]), RC_DTYPE_F32, RC_SHAPE(3, 1, BANDS, COLUMNS),
                        x));
        OK(rc_npy_write(in_folder("spectra", name[part][1]), RC_DTYPE_U8, RC_SHAPE(3, 2), labels));
        OK(rc_npy_write(in_folder("spectra", name[part][2]), RC_DTYPE_I64, RC_SHAPE(3), group));
    }
    OK(rc_npy_write(in_folder("spectra", "weight_train.npy"), RC_DTYPE_F32, RC_SHAPE(3), weight));
}

/* Training gets copies with whole bands and stretches at the least value; the pad and the test part stay; the
 * clips that samples are of, and their weights, are not forgotten. */
TEST(spectrograms_are_masked)
{
    rc_array x, y, group, weight, test;
    write_spectrograms();
    OK(apply("spec-augment", "share=1", "spectra", "out"));
    OK(rc_npy_open(in_folder("out", "x_train.npy"), &x));
    OK(rc_npy_open(in_folder("out", "y_train.npy"), &y));
    OK(rc_npy_open(in_folder("out", "group_train.npy"), &group));
    OK(rc_npy_open(in_folder("out", "weight_train.npy"), &weight));
    OK(rc_npy_open(in_folder("out", "x_test.npy"), &test));
    REQUIRE(x.shape.n == 4 && x.shape.dim[0] == 6 && test.shape.dim[0] == 3);
    const float *v = x.data, *w = test.data;
    const int64_t wanted[6] = {7, 7, 7, 7, 9, 9};
    CHECK(memcmp(group.data, wanted, sizeof wanted) == 0);
    CHECK(((const float *)weight.data)[1] == 1 && ((const float *)weight.data)[5] == 2.5f);
    CHECK(((const unsigned char *)y.data)[2 * 3] == 1 && ((const unsigned char *)y.data)[2 * 1] == 0);
    int masked = 0;
    for (int i = 0; i < 3; i++) {
        const float *original = v + (size_t)(2 * i) * BANDS * COLUMNS, *copy = original + BANDS * COLUMNS;
        CHECK(memcmp(original, w + (size_t)i * BANDS * COLUMNS, BANDS * COLUMNS * sizeof(float)) == 0);
        bool row[BANDS], column[COLUMNS];
        int rows = 0, columns = 0;
        for (int b = 0; b < BANDS; b++) {
            row[b] = true;
            for (int t = 0; t < COLUMNS - 1; t++)
                row[b] = row[b] && copy[b * COLUMNS + t] == original[0];
            rows += row[b];
        }
        for (int t = 0; t < COLUMNS - 1; t++) {
            column[t] = true;
            for (int b = 0; b < BANDS; b++)
                column[t] = column[t] && copy[b * COLUMNS + t] == original[0];
            columns += column[t];
        }
        CHECK(rows <= 6 && columns <= 12); /* twice 15 % of 20, twice 20 % of 30 */
        masked += rows + columns;
        for (int b = 0; b < BANDS; b++) {
            CHECK(copy[b * COLUMNS + COLUMNS - 1] == 0);
            for (int t = 0; t < COLUMNS - 1; t++)
                CHECK(row[b] || column[t] || copy[b * COLUMNS + t] == original[b * COLUMNS + t]);
        }
    }
    CHECK(masked > 0);
    rc_array_free(&x);
    rc_array_free(&y);
    rc_array_free(&weight);
    rc_array_free(&group);
    rc_array_free(&test);
    clear("out");
    FAILS(RC_CONFIG, "leaves no frames", apply("spec-augment", "kept=31", "spectra", "out"));
    clear("spectra");
}

/* Cutting, continuing and mixing: what each may give. */
TEST(spectrograms_are_fitted)
{
    const float in[2 * 3] = {1, 2, 3, 4, 5, 6};
    float out[2 * 5];
    int wrapped = 0, filled = 0, first[2] = {0, 0};
    rc_rng rng = rc_rng_make(3, "fit", 0);
    for (int k = 0; k < 100; k++) {
        rc_spectrogram_fit(&rng, 2, 3, in, 4, 5, out); /* shorter: from its beginning, or the least */
        CHECK(out[2] == 3 && out[7] == 6);
        wrapped += out[3] == 1 && out[8] == 4;
        filled += out[3] == 1 && out[8] == 1;
        rc_spectrogram_fit(&rng, 2, 3, in, 2, 2, out); /* longer: one of two places */
        CHECK(out[1] == out[0] + 1 && out[2] == out[0] + 3);
        CHECK(out[0] == 1 || out[0] == 2);
        first[out[0] == 2]++;
        float mixed[2] = {0, 0};
        rc_spectrogram_mix(&rng, 1, 2, 2, 0.5, (const float[]){2, 4}, mixed);
        CHECK(mixed[0] >= 0 && mixed[0] <= 1 && mixed[1] == 2 * mixed[0]);
    }
    CHECK(wrapped + filled == 100 && wrapped > 20 && filled > 20 && first[0] > 20 && first[1] > 20);
}

TEST(letters_become_columns)
{
    rc_array x;
    const unsigned char letters[2][3] = {{0, 3, 4}, {2, 2, 1}};
    const int64_t label[2] = {0, 1};
    OK(rc_make_directory(in_folder("dna", "")));
    OK(rc_npy_write(in_folder("dna", "x_train.npy"), RC_DTYPE_U8, RC_SHAPE(2, 3), letters));
    OK(rc_npy_write(in_folder("dna", "y_train.npy"), RC_DTYPE_I64, RC_SHAPE(2), label));
    OK(apply("one-hot", NULL, "dna", "out"));
    OK(rc_npy_open(in_folder("out", "x_train.npy"), &x));
    const unsigned char want[24] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0};
    REQUIRE(x.shape.n == 3 && x.shape.dim[1] == 4 && x.shape.dim[2] == 3);
    CHECK(memcmp(x.data, want, sizeof want) == 0);
    rc_array_free(&x);
    FAILS(RC_CONFIG, "exists already", apply("one-hot", NULL, "dna", "out"));
    clear("out");
    FAILS(RC_SHAPE, "takes images", apply("spherical", NULL, "dna", "out"));
    FAILS(RC_SHAPE, "too short", apply("log-mel", NULL, "dna", "out"));
    FAILS(RC_CONFIG, "did you mean one-hot?", apply("onehot", NULL, "dna", "out"));
    FAILS(RC_CONFIG, "takes a number from 2", apply("one-hot", "letters=1", "dna", "out"));
    CHECK(!rc_path_exists(in_folder("out", "")));
    clear("dna");
}

TEST(sequences_become_pairs_of_places)
{
    rc_array x;
    const float sequences[2][2][3] = {{{1, 2, 3}, {-4, -5, -6}}, {{0}}};
    const int64_t label[2] = {0, 1};
    OK(rc_make_directory(in_folder("seq", "")));
    OK(rc_npy_write(in_folder("seq", "x_train.npy"), RC_DTYPE_F32, RC_SHAPE(2, 2, 3), sequences));
    OK(rc_npy_write(in_folder("seq", "y_train.npy"), RC_DTYPE_I64, RC_SHAPE(2), label));
    OK(apply("pairs", NULL, "seq", "out"));
    OK(rc_npy_open(in_folder("out", "x_train.npy"), &x));
    REQUIRE(x.shape.n == 4 && x.shape.dim[1] == 5 && x.shape.dim[2] == 3 && x.shape.dim[3] == 3);
    for (int c = 0; c < 5; c++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
                float apart = (float)abs(i - j) / 3;
                float want = c < 2 ? sequences[0][c][i] : c < 4 ? sequences[0][c - 2][j] : apart;
                CHECK(((const float *)x.data)[(c * 3 + i) * 3 + j] == want);
            }
    rc_array_free(&x);
    clear("out");
    OK(apply("pairs", "separation=0", "seq", "out"));
    OK(rc_npy_open(in_folder("out", "x_train.npy"), &x));
    CHECK(x.shape.dim[1] == 4);
    rc_array_free(&x);
    FAILS(RC_SHAPE, "takes sequences", apply("pairs", NULL, "out", "more"));
    clear("out");
    clear("seq");
}

int main(void)
{
    if (!mkdtemp(folder)) return 1;
    RUN(mel_spectrogram_is_librosas);
    RUN(mel_options_are_checked);
    RUN(resize_is_torchs_with_antialias);
    RUN(sphere_is_the_published_one);
    RUN(rotations_are_proper_and_uniform);
    RUN(constant_image_gives_zeros);
    RUN(records_become_windows);
    RUN(spectrograms_are_masked);
    RUN(spectrograms_are_fitted);
    RUN(letters_become_columns);
    RUN(sequences_become_pairs_of_places);
    rmdir(folder);
    return RESULT();
}
