/* Splits, normalisers, resizing and augmentation; files and their faults are tested through the program. */
#include "check.h"

#include "base/file.h"
#include "datasets/dataset.h"
#include "datasets/store.h"

enum { N = 100, C = 2, L = 3 };
static float x_data[N * C * L * L], y_dense[N * 4];
static int32_t y_class[N];

static rc_dataset *make(rc_target_kind target, rc_array *x, rc_array *y)
{
    static rc_dataset d;
    rc_rng rng = rc_rng_make(1, "test", 0);
    for (int i = 0; i < N * C * L * L; i++)
        x_data[i] = (float)(3 + 2 * rc_rng_normal(&rng));
    for (int i = 0; i < N; i++)
        y_class[i] = i % 10 < 7 ? 0 : i % 10 < 9 ? 1 : 2;
    for (int i = 0; i < N * 4; i++)
        y_dense[i] = (float)rc_rng_normal(&rng) * (float)(i % 4 + 1);
    *x = (rc_array){.dtype = RC_DTYPE_F32, .shape = RC_SHAPE(N, C, L, L), .data = x_data};
    *y = target == RC_TARGET_CLASSES
             ? (rc_array){.dtype = RC_DTYPE_I32, .shape = RC_SHAPE(N), .data = y_class}
             : (rc_array){.dtype = RC_DTYPE_F32, .shape = RC_SHAPE(N, 2, 2), .data = y_dense};
    d = (rc_dataset){.x_shape = {C, L, L}, .target = target, .classes = 3, .y_size = 1};
    if (target == RC_TARGET_DENSE) {
        d.y_size = 4;
        d.y_shape = RC_SHAPE(2, 2);
    }
    d.train = (rc_part){.n = N, .x = x, .y = y};
    return &d;
}

TEST(a_long_name_is_cut_between_letters)
{
    char path[300];
    rc_dataset d;
    memset(path, 'a', sizeof path);
    strcpy(path + sizeof d.name - 2, "\xc3\xa9/");
    rc_dataset_name(&d, path);
    CHECK(strlen(d.name) == sizeof d.name - 2 && strspn(d.name, "a") == sizeof d.name - 2);
}

/* Values [2, L] along a sequence have two channels of their own, as fields [2, H, W] of an image do. */
TEST(channels_of_targets)
{
    enum { SAMPLES = 3, LONG = 2 };
    float x[SAMPLES * LONG] = {0},
                      y[SAMPLES * 2 * LONG] = {1, 3, 1000, 2000, 1, 3, 1000, 2000, 1, 3, 1000, 2000};
    rc_array ax = {.dtype = RC_DTYPE_F32, .shape = RC_SHAPE(SAMPLES, 1, LONG), .data = x};
    rc_array ay = {.dtype = RC_DTYPE_F32, .shape = RC_SHAPE(SAMPLES, 2, LONG), .data = y};
    rc_dataset d = {
        .train = {.n = SAMPLES, .x = &ax, .y = &ay}, .target = RC_TARGET_DENSE, .form = RC_FORM_SEQUENCES};
    rc_normaliser z;
    d.y_shape = RC_SHAPE(2, LONG);
    d.y_size = 2 * LONG;
    OK(rc_normaliser_fit_y(&d, RC_NORM_CHANNEL, NULL, &z));
    REQUIRE(z.channels == 2 && z.points == LONG);
    NEAR(z.mean[0], 2, 1e-6);
    NEAR(z.mean[1], 1500, 1e-3);
    rc_normaliser_free(&z);
}

TEST(normalisers)
{
    rc_array x, y;
    rc_dataset *d = make(RC_TARGET_DENSE, &x, &y);
    rc_normaliser z;
    float v[C * L * L], back[C * L * L];
    OK(rc_normaliser_fit_x(d, RC_NORM_CHANNEL, NULL, &z));
    double sum = 0, square = 0;
    for (int i = 0; i < N; i++) {
        rc_part_read(&d->train, d, RC_PART_X, i, v);
        memcpy(back, v, sizeof v);
        rc_normaliser_encode(&z, v);
        for (int k = 0; k < L * L; k++) {
            sum += v[k];
            square += v[k] * v[k];
        }
        rc_normaliser_decode(&z, v);
        for (int k = 0; k < C * L * L; k++)
            NEAR(v[k], back[k], 1e-5);
    }
    NEAR(sum / (N * L * L), 0, 1e-5);
    NEAR(square / (N * L * L), 1, 1e-4);
    rc_normaliser_free(&z);
    OK(rc_normaliser_fit_y(d, RC_NORM_POINT, NULL, &z));
    double mean = 0, spread = 0;
    for (int i = 0; i < N; i++)
        mean += y_dense[4 * i + 2] / N;
    for (int i = 0; i < N; i++)
        spread += (y_dense[4 * i + 2] - mean) * (y_dense[4 * i + 2] - mean) / (N - 1);
    NEAR(z.mean[2], mean, 1e-6);
    NEAR(z.std[2], sqrt(spread) + 1e-5, 1e-6);
    rc_normaliser_free(&z);
}

/* A boundary value is the same in every target: decoded, it must not depend on what the model says. */
TEST(constant_targets_cost_nothing)
{
    rc_array x, y;
    rc_dataset *d = make(RC_TARGET_DENSE, &x, &y);
    for (int i = 0; i < N; i++)
        y_dense[4 * i + 1] = 0.25f;
    rc_normaliser z;
    OK(rc_normaliser_fit_y(d, RC_NORM_POINT, NULL, &z));
    float v[4] = {0, 3, 0, 0};
    rc_normaliser_decode(&z, v);
    NEAR(v[1], 0.25, 1e-4);
    rc_normaliser_free(&z);
    for (int i = 0; i < N; i++)
        x_data[i * C * L * L] = 7;
    OK(rc_normaliser_fit_x(d, RC_NORM_POINT, NULL, &z));
    NEAR(z.std[0], 1, 0);
    rc_normaliser_free(&z);
}

/* The definition, cell by cell: triangle filter of half-width max(1, scale) around half-pixel centres,
 * weights normalised. */
static double resized(const float *in, int h, int w, int s, int t, int row, int col)
{
    double sy = (double)h / s, sx = (double)w / t, wy = fmax(sy, 1), wx = fmax(sx, 1), sum = 0, total = 0;
    for (int i = 0; i < h; i++)
        for (int j = 0; j < w; j++) {
            double a = 1 - fabs(i + 0.5 - (row + 0.5) * sy) / wy,
                   b = 1 - fabs(j + 0.5 - (col + 0.5) * sx) / wx;
            if (a <= 0 || b <= 0) continue;
            sum += a * b * in[i * w + j];
            total += a * b;
        }
    return sum / total;
}

TEST(resizing)
{
    static const int size[][4] = {
        {7, 9, 3, 4}, {5, 5, 8, 11}, {85, 85, 88, 88}, {32, 32, 7, 7}, {1, 6, 3, 3}};
    static float in[85 * 85], out[88 * 88];
    rc_rng rng = rc_rng_make(2, "test", 0);
    for (int i = 0; i < 85 * 85; i++)
        in[i] = (float)rc_rng_normal(&rng);
    for (int k = 0; k < 5; k++) {
        const int *s = size[k];
        rc_resize *r;
        OK(rc_resize_create(s[0], s[1], s[2], s[3], &r));
        rc_resize_apply(r, 1, in, out);
        for (int i = 0; i < s[2]; i++)
            for (int j = 0; j < s[3]; j++)
                NEAR(out[i * s[3] + j], resized(in, s[0], s[1], s[2], s[3], i, j), 2e-6);
        rc_resize_destroy(&r);
    }
}

static bool is_any_of(const float *x, float seen[8][9], int n)
{
    for (int i = 0; i < n; i++)
        if (memcmp(x, seen[i], sizeof seen[i]) == 0) return true;
    return false;
}

TEST(a_square_lies_in_eight_ways)
{
    float seen[8][9], x[9], scratch[9];
    int n = 0, mirrored = 0;
    for (int seed = 0; seed < 200; seed++) {
        rc_rng rng = rc_rng_make((uint64_t)seed, "test", 0);
        rc_pose pose = rc_pose_draw(&rng, 0, false, true);
        for (int i = 0; i < 9; i++)
            x[i] = (float)i;
        rc_pose_apply(&pose, NULL, 1, 3, 3, x, scratch);
        CHECK(x[4] == 4 && x[0] + x[8] == 8 && x[2] + x[6] == 8);
        CHECK(n < 8 || is_any_of(x, seen, n));
        if (!is_any_of(x, seen, n)) memcpy(seen[n++], x, sizeof x);
        mirrored += x[0] == 2 && x[2] == 0;
    }
    CHECK(n == 8 && mirrored > 10);
}

TEST(augmentation_moves_pixels_only)
{
    float x[2 * 16], scratch[2 * 16];
    int moved = 0;
    for (int seed = 0; seed < 50; seed++) {
        rc_rng rng = rc_rng_make((uint64_t)seed, "test", 0);
        for (int i = 0; i < 32; i++)
            x[i] = (float)(i + 1);
        rc_pose pose = rc_pose_draw(&rng, 1, true, false);
        rc_pose_apply(&pose, NULL, 2, 4, 4, x, scratch);
        for (int i = 0; i < 16; i++)
            CHECK(x[i] == 0 ? x[16 + i] == 0 : x[16 + i] == x[i] + 16);
        moved += x[0] != 1;
    }
    CHECK(moved > 30);
}

static void augment(unsigned what, rc_form form, uint64_t seed, float *x, int64_t h, int64_t w)
{
    float scratch[2 * 400];
    rc_rng rng = rc_rng_make(seed, "test", 0);
    for (int64_t i = 0; i < 2 * h * w; i++)
        x[i] = 1;
    rc_augment_sample(&rng, what, form, form == RC_FORM_TABLE ? 1 : 2, h, w, x, scratch);
}

static int zeros(const float *x, int64_t n)
{
    int count = 0;
    for (int64_t i = 0; i < n; i++)
        count += x[i] == 0;
    return count;
}

TEST(augmentation_of_standardised_samples)
{
    float x[2 * 400], again[2 * 400];
    double square = 0;
    int masked = 0, shifted = 0, columns = 0;
    augment(RC_AUGMENT_JITTER, RC_FORM_IMAGES, 1, x, 20, 20);
    for (int i = 0; i < 800; i++)
        square += (x[i] - 1) * (x[i] - 1) / 800;
    NEAR(sqrt(square), 0.1, 0.02);
    augment(RC_AUGMENT_SCALE, RC_FORM_IMAGES, 1, x, 20, 20);
    CHECK(x[0] == x[399] && x[400] == x[799] && x[0] != x[400] && x[0] > 0.5f && x[0] < 2);
    for (uint64_t seed = 0; seed < 40; seed++) {
        augment(RC_AUGMENT_SHIFT, RC_FORM_IMAGES, seed, x, 40, 1);
        CHECK(zeros(x, 40) <= 4 && zeros(x, 40) == zeros(x + 40, 40) && x[20] == 1);
        shifted += x[0] == 0 || x[39] == 0;
        augment(RC_AUGMENT_MASK, RC_FORM_IMAGES, seed, x, 40, 1);
        CHECK(zeros(x, 40) <= 8 && memcmp(x, x + 40, 40 * sizeof *x) == 0);
        masked += zeros(x, 40);
        augment(RC_AUGMENT_MASK, RC_FORM_TABLE, seed, x, 50, 1);
        columns += zeros(x, 50);
        augment(15, RC_FORM_IMAGES, seed, x, 20, 20);
        augment(15, RC_FORM_IMAGES, seed, again, 20, 20);
        CHECK(memcmp(x, again, sizeof x) == 0);
    }
    CHECK(shifted > 20 && masked > 80 && masked < 240 && columns > 120 && columns < 280);
}

TEST(order_depends_on_seed_and_epoch)
{
    int64_t a[20], b[20], c[20], seen = 0;
    rc_epoch_order(1, 0, 20, a);
    rc_epoch_order(1, 0, 20, b);
    rc_epoch_order(1, 1, 20, c);
    CHECK(memcmp(a, b, sizeof a) == 0 && memcmp(a, c, sizeof a) != 0);
    for (int i = 0; i < 20; i++)
        seen |= 1ll << a[i];
    CHECK(seen == (1 << 20) - 1);
}

/* What the import says of columns is taken where it fits the arrays. */
static void write_columns(const char *text)
{
    FILE *f = fopen("columns_test_set/import.json", "w");
    REQUIRE(f);
    fputs(text, f);
    fclose(f);
}

TEST(columns_as_imported)
{
    static float x[3 * 4];
    static const int32_t y[3] = {0, 1, 0};
    rc_dataset *d;
    OK(rc_make_directory("columns_test_set"));
    OK(rc_npy_write("columns_test_set/x_train.npy", RC_DTYPE_F32, RC_SHAPE(3, 4), x));
    OK(rc_npy_write("columns_test_set/y_train.npy", RC_DTYPE_I32, RC_SHAPE(3), y));
    remove("columns_test_set/import.json");
    OK(rc_dataset_open("columns_test_set", RC_DATASET_TRAIN, &d));
    CHECK(d->form == RC_FORM_TABLE && d->columns == 0 && !d->column_width);
    rc_dataset_close(&d);
    write_columns(
        "{\"columns\": [{\"features\": 1}, {\"name\": \"kind\", \"features\": 0}, {\"features\": 3}]}");
    OK(rc_dataset_open("columns_test_set", RC_DATASET_TRAIN, &d));
    REQUIRE(d->columns == 2);
    CHECK(d->column_width[0] == 1 && d->column_width[1] == 3);
    rc_dataset_close(&d);
    write_columns("{\"columns\": [{\"features\": 9}]}");
    OK(rc_dataset_open("columns_test_set", RC_DATASET_TRAIN, &d));
    CHECK(d->columns == 0 && !d->column_width);
    rc_dataset_close(&d);
}

/* Does a run on data of these transforms take data of those? */
static rc_status take_transformed(const char *of_run, const char *of_data)
{
    char run[512], data[512];
    struct rc_dataset_store store = {.encoders = data};
    rc_dataset d = {.name = "new", .store = &store};
    snprintf(run, sizeof run, "{\"form\": \"sounds\"%s}", of_run);
    snprintf(data, sizeof data, "{\"form\": \"sounds\"%s}", of_data);
    return rc_dataset_check_encoders(&d, run);
}

#define WINDOWS(standardise, stride)                                                \
    "{\"name\": \"windows\", \"seed\": 0, \"set\": {\"standardise\": " #standardise \
    ", \"stride0\": " #stride "}}"
#define MASKS "{\"name\": \"spec-augment\", \"seed\": 1, \"set\": {\"copies\": 2}}"
#define STEPS(...) ", \"transforms\": [" __VA_ARGS__ "]"

TEST(transforms_decide_what_numbers_mean)
{
    OK(take_transformed("", ""));
    OK(take_transformed(STEPS(WINDOWS(1, 50)), STEPS(WINDOWS(1, 50))));
    OK(take_transformed(STEPS(WINDOWS(1, 50)), STEPS(WINDOWS(1, 25)))); /* more of the same */
    OK(take_transformed(STEPS(WINDOWS(1, 50) "," MASKS), STEPS(WINDOWS(1, 50))));
    OK(take_transformed("", STEPS(MASKS)));
    FAILS(RC_DATA,
          "new: not transformed as the data of the run were: here windows standardise=0, there "
          "windows standardise=1;",
          take_transformed(STEPS(WINDOWS(1, 50)), STEPS(WINDOWS(0, 50))));
    FAILS(RC_DATA, "here windows standardise=1000001, there windows standardise=1000002;",
          take_transformed(STEPS(WINDOWS(1000002, 50)), STEPS(WINDOWS(1000001, 50))));
    FAILS(RC_DATA, "here none, there windows standardise=1;", take_transformed(STEPS(WINDOWS(1, 50)), ""));
    FAILS(RC_DATA, "here windows standardise=1, there none;",
          take_transformed(STEPS(MASKS), STEPS(MASKS "," WINDOWS(1, 50))));
}

int main(void)
{
    RUN(columns_as_imported);
    RUN(a_long_name_is_cut_between_letters);
    RUN(channels_of_targets);
    RUN(normalisers);
    RUN(constant_targets_cost_nothing);
    RUN(resizing);
    RUN(a_square_lies_in_eight_ways);
    RUN(augmentation_moves_pixels_only);
    RUN(augmentation_of_standardised_samples);
    RUN(order_depends_on_seed_and_epoch);
    RUN(transforms_decide_what_numbers_mean);
    return RESULT();
}
