/* The tasks' published files: each layout imitated by the tools it was made with (tools/golden/published.py),
 * read from disk and from a server that breaks, lies and serves garbage. Values follow the script's rules. */
#include "web.h"

#include <sys/resource.h>

#include "base/disk.h"
#include "fetch/digest.h"
#include "formats/array_file.h"
#include "published/get_task.h"
#include "published/legacy_permutation.h"
#include "transforms/mel.h"

#define DATA RC_TEST_DATA "/published"

static char out[300];

/* ---- running ---- */

/* The row of the table with the MD5s that the imitations have. */
static rc_published imitation(const char *task)
{
    static char md5[RC_PUBLISHED_FILES][RC_MD5_TEXT];
    rc_published p = *rc_published_find(task);
    p.made = 0;
    for (int i = 0; i < RC_PUBLISHED_FILES && p.file[i].name; i++) {
        char path[500];
        snprintf(path, sizeof path, "%s/%s", DATA, p.file[i].name);
        p.file[i].bytes = 0;
        if (p.file[i].md5 && rc__file_md5(path, md5[i]) == RC_OK) p.file[i].md5 = md5[i];
    }
    return p;
}

static rc_status run_row(const rc_published *p, const rc_get_options *given)
{
    rc_get_options o = *given;
    o.out = out;
    rc_json *report = rc_json_object();
    rc_status status = rc__get_row(p, &o, report);
    rc_json_free(&report);
    return status;
}

static rc_status run_task(const char *task, rc_get_options o)
{
    o.out = out;
    rc_json *report = rc_json_object();
    rc_status status = rc_get_run(task, &o, report);
    rc_json_free(&report);
    return status;
}

static void clean(void)
{
    char work[400];
    OK(rc_remove_tree(out));
    snprintf(work, sizeof work, "%s.download", out);
    OK(rc_remove_tree(work));
}

/* Neither the data set nor anything beside it. */
static void nothing_written(void)
{
    char command[400];
    /* shell: the pattern may match nothing */
    snprintf(command, sizeof command, "ls -d '%s'* 2>/dev/null | grep -q .", out);
    CHECK(system(command) != 0);
}

static void make(const char *task)
{
    rc_published p = imitation(task);
    rc_get_options o = {.from = DATA};
    clean();
    OK(run_row(&p, &o));
    char work[400];
    snprintf(work, sizeof work, "%s.download", out);
    CHECK(!rc_path_exists(work));
}

/* ---- looking ---- */

static rc_array open_result(const char *name)
{
    char path[400];
    rc_array a = {0};
    snprintf(path, sizeof path, "%s/%s.npy", out, name);
    CHECK(rc_npy_open(path, &a) == RC_OK);
    return a;
}

static double value(const rc_array *a, int64_t i)
{
    float v = NAN;
    if (a->data && i < rc_array_size(a))
        rc_convert_to_f32(a->dtype, (const char *)a->data + (size_t)i * rc_dtype_size(a->dtype), 1, &v);
    return (double)v;
}

/* Shape of an array, as text; and one of its values. */
static void looks(const char *name, const char *shape, int64_t at, double wanted)
{
    char text[RC_SHAPE_TEXT];
    rc_array a = open_result(name);
    if (strcmp(rc_shape_text(&a.shape, text), shape) != 0) {
        fprintf(stderr, "%s: %s, wanted %s\n", name, text, shape);
        CHECK(false);
    }
    NEAR(value(&a, at), wanted, 1e-4 * fmax(1, fabs(wanted)));
    rc_array_free(&a);
}

static void is_unknown(const char *name, int64_t at)
{
    rc_array a = open_result(name);
    CHECK(isnan(value(&a, at)));
    rc_array_free(&a);
}

TEST(every_row_is_whole)
{
    for (int i = 0; i < rc_published_count; i++) {
        const rc_published *p = &rc_published_table[i];
        CHECK(rc_published_find(p->task) == p && p->read && p->licence[0] && p->file[0].name);
        for (int k = 0; k < RC_PUBLISHED_FILES && p->file[k].name; k++) {
            CHECK(!p->file[k].md5 || strlen(p->file[k].md5) == RC_MD5_TEXT - 1);
            CHECK(!p->file[k].url || (strncmp(p->file[k].url, "https://", 8) == 0 && p->file[k].bytes > 0));
        }
    }
}

TEST(pictures)
{
    make("cifar100");
    looks("x_train", "[8, 3, 32, 32]", 3072 + 5, (3072 + 5) % 251);
    looks("y_train", "[8]", 5, 1);
    looks("x_test", "[4, 3, 32, 32]", 7, 7);
    make("spherical");
    looks("x_train", "[6, 3, 12, 12]", 500, 500 % 253);
    looks("x_test", "[8, 3, 12, 12]", 3000, 3000 % 253);
    looks("y_test", "[8]", 7, 1);
}

TEST(series)
{
    make("ninapro"); /* [time, electrode] becomes [1, electrode, time] */
    looks("x_train", "[6, 1, 16, 52]", 2 * 832 + 3 * 52 + 7, 0.5 * (2 * 832 + 7 * 16 + 3));
    looks("y_valid", "[3]", 2, 2);
    looks("x_test", "[4, 1, 16, 52]", 52, 0.5);
    make("satellite");
    looks("x_train", "[6, 1, 46]", 47, 0.25 * 47);
    looks("y_test", "[4]", 3, 0);
    make("deepsea");
    looks("x_train", "[6, 4, 1000]", 2 * 1000 + 9, 1); /* position 9 is letter 2 */
    looks("x_train", "[6, 4, 1000]", 3 * 1000 + 9, 0);
    looks("y_valid", "[3, 36]", 3, 1);
    looks("y_test", "[4, 36]", 4, 0);
    make("drug-ctrp");
    looks("x_train", "[4, 1, 3840]", 3841, 1);
    looks("y_test", "[3]", 2, 1);
}

TEST(darcy)
{
    make("darcy"); /* 21 points each way, of which 5 are taken */
    looks("x_train", "[4, 3, 5, 5]", 75 + 6, 441 + 5 * 21 + 5);
    looks("x_train", "[4, 3, 5, 5]", 75 + 25 + 6, 0.25);
    looks("x_train", "[4, 3, 5, 5]", 75 + 50 + 14, 0.5);
    looks("y_test", "[3, 5, 5]", 25 + 6, 0.5 * (441 + 5 * 21 + 5));
}

/* The permutation is that of NumPy, so the records of the test part are those of the published loader. */
TEST(ecg)
{
    rc_json *j;
    int64_t order[700];
    OK(rc_json_read(DATA "/permutation.json", &j));
    for (int k = 0; k < 2; k++) {
        const rc_json *list = rc_json_get(j, k ? "700" : "20");
        rc__legacy_permutation(0, k ? 700 : 20, order);
        for (size_t i = 0; i < rc_json_length(list); i++)
            CHECK(rc_json_as_integer(rc_json_at(list, i)) == order[i]);
    }
    rc__legacy_permutation(0, 20, order);
    rc_json_free(&j);
    make("ecg");
    static const int64_t stride[] = {500, 83, 250, 25};
    int64_t n[2] = {0}, at = 0;
    for (int i = 0; i < 20; i++) {
        int64_t spare = 30 * order[i], s = stride[order[i] % 4];
        n[i < 2] += (spare + s - 1) / s;
    }
    char shape[64];
    snprintf(shape, sizeof shape, "[%lld, 1, 1000]", (long long)n[0]);
    rc_array group = open_result("group_train"), label = open_result("y_train"), x = open_result("x_train");
    double mean = 0, square = 0;
    int64_t record = (int64_t)value(&group, 0), length = 1000 + 30 * record;
    for (int64_t k = 0; k < length; k++)
        mean += (double)(k * (3 + record) % 101) / (double)length;
    for (int64_t k = 0; k < length; k++)
        square += pow((double)(k * (3 + record) % 101) - mean, 2) / (double)length;
    looks("x_train", shape, 17, ((double)(17 * (3 + record) % 101) - mean) / sqrt(square));
    for (int64_t i = 0; i < n[0]; i++)
        CHECK(value(&label, i) == (int64_t)value(&group, i) % 4 && value(&group, i) != order[0] &&
              value(&group, i) != order[1]);
    /* The second window of a record begins one stride on. */
    while (value(&group, at) != value(&group, at + 1))
        at++;
    int64_t step = stride[(int64_t)value(&label, at)];
    NEAR(value(&x, (at + 1) * 1000), value(&x, at * 1000 + step), 1e-6);
    rc_array_free(&group);
    rc_array_free(&label);
    rc_array_free(&x);
    snprintf(shape, sizeof shape, "[%lld]", (long long)n[1]);
    looks("group_test", shape, 0, (double)(order[0] ? order[0] : order[1]));
}

TEST(proteins)
{
    enum { S = 64, AREA = S * S };
    rc_published p = imitation("psicov");
    rc_get_options o = {.from = DATA, .side = S};
    clean();
    OK(run_row(&p, &o));
    /* Residue i stands at 5 + i. ss: 3 x 2 planes, of the column's residue and of the row's. */
    looks("x_train", "[2, 57, 64, 64]", 2 * AREA + (5 + 3) * S + 5 + 4, 0.25 * (20 + 4));
    looks("x_train", "[2, 57, 64, 64]", 3 * AREA + (5 + 3) * S + 5 + 4, 0.25 * (20 + 3));
    looks("x_train", "[2, 57, 64, 64]", (6 + 2) * AREA + (5 + 3) * S + 5 + 4,
          0.03125 * (4 * 22 + 1)); /* pssm */
    looks("x_train", "[2, 57, 64, 64]", 55 * AREA + (5 + 3) * S + 5 + 4,
          -0.015625 * (3 * 20 + 4));                               /* freecon */
    looks("x_train", "[2, 57, 64, 64]", 55 * AREA + 4 * S + 9, 0); /* padding */
    looks("y_train", "[2, 64, 64]", (5 + 3) * S + 5 + 10, 11);
    looks("y_train", "[2, 64, 64]", (5 + 3) * S + 5 + 3, 5); /* the diagonal takes its neighbours' mean */
    looks("y_train", "[2, 64, 64]", (5 + 0) * S + 5 + 0, 5); /* a corner its neighbour's */
    is_unknown("y_train", (5 + 2) * S + 5 + 5);              /* NaN in the file */
    is_unknown("y_train", 0);                                /* padding */
    is_unknown("y_test", 0);
    looks("y_test", "[1, 64, 64]", (5 + 0) * S + 5 + 23, 27);
    /* 70 residues and the padding do not fit: a window on the diagonal, so that distances still grow away
     * from it. */
    rc_array y = open_result("y_train");
    for (int k = 10; k < S - 10; k++)
        CHECK(value(&y, AREA + k * S + k) <= value(&y, AREA + k * S + k + 3));
    rc_array_free(&y);
}

/* A second of sound as the imitation has it, and its spectrogram minus the mean. */
static void expected(int k, int n, float spectrum[96 * 101])
{
    static float sound[22050];
    rc_mel_options o = rc_mel_defaults();
    rc_mel *mel;
    double mean = 0;
    for (int i = 0; i < 22050; i++) {
        int at = i % n / 3 * 3;
        sound[i] = (float)(0.5 * sin(2 * 3.14159265358979 * 220 * (1 + k) * at / 22050));
        sound[i] = roundf(sound[i] * 32767) / 32768; /* 16 bits */
    }
    OK(rc_mel_create(&o, &mel));
    OK(rc_mel_run(mel, 22050, sound, 101, spectrum));
    rc_mel_destroy(&mel);
    for (int i = 0; i < 96 * 101; i++)
        mean += spectrum[i] / (96. * 101);
    for (int i = 0; i < 96 * 101; i++)
        spectrum[i] -= (float)mean;
}

/* Clips: every chunk in validation and test with the clip's number; one of each, augmented, in training. */
TEST(sounds)
{
    static float wanted[96 * 101];
    make("fsd50k");
    rc_array x = open_result("x_test"), group = open_result("group_test"), train = open_result("x_train");
    static const double clip[] = {0, 1, 1, 2, 2, 2};
    REQUIRE(rc_array_size(&group) == 6 && rc_array_size(&x) == 6 * 96 * 102 &&
            rc_array_size(&train) == 4 * 96 * 102);
    for (int i = 0; i < 6; i++)
        CHECK(value(&group, i) == clip[i]);
    double far = 0;
    for (int k = 0; k < 2; k++) { /* chunk 0 is short and repeated, chunk 2 is the second of clip 1 */
        expected(k ? 5 : 0, k ? 22050 : 9000, wanted);
        for (int b = 0; b < 96; b++) {
            for (int t = 0; t < 101; t++)
                far = fmax(far, fabs(value(&x, (2 * k * 96 + b) * 102 + t) - (double)wanted[b * 101 + t]));
            CHECK(value(&x, (2 * k * 96 + b) * 102 + 101) == 0);
        }
    }
    CHECK(far < 0.5); /* dB: rounding to 16 bits moves what is 80 dB below the loudest */
    looks("y_test", "[6, 200]", 0, 1);
    looks("y_test", "[6, 200]", 1, 1);
    looks("y_test", "[6, 200]", 200, 0);
    looks("y_test", "[6, 200]", 201, 1);
    looks("y_valid", "[3, 200]", 0, 1);
    looks("group_valid", "[3]", 2, 1);
    looks("y_train", "[4, 200]", 3 * 200 + 3, 1);
    /* Some of training is masked or mixed: no spectrogram as it was. */
    int touched = 0;
    for (int c = 0; c < 4; c++) {
        bool same = false;
        for (int k = 0; k < 3 && !same; k++) {
            expected(4 * c + k, k + c ? 22050 : 9000, wanted);
            double max = 0;
            for (int b = 0; b < 96; b++)
                for (int t = 0; t < 101; t++)
                    max =
                        fmax(max, fabs(value(&train, (c * 96 + b) * 102 + t) - (double)wanted[b * 101 + t]));
            same = max < 0.5;
        }
        touched += !same;
    }
    CHECK(touched >= 2);
    rc_array_free(&x);
    rc_array_free(&group);
    rc_array_free(&train);
}

TEST(cosmic_rays)
{
    make("cosmic"); /* one field of galaxies in the wanted filter: three images, two */
    looks("x_test", "[2, 1, 128, 128]", 0, 7); /* no sky.npy there */
    looks("x_test", "[2, 1, 128, 128]", 128 * 128 + 1, 20);
    looks("y_test", "[2, 128, 128]", 128, 1);
    looks("y_test", "[2, 128, 128]", 2 * 128, 1);
    looks("y_test", "[2, 128, 128]", 128 * 128 + 128, 1);
    is_unknown("y_test", 128 * 128 + 2 * 128); /* ignored */
    rc_array x = open_result("x_train");
    CHECK(rc_array_size(&x) == 3 * 128 * 128);
    for (int k = 0; k < 3; k++) { /* between -0.9 and 3 times the level k + 1 of the sky, drawn for each */
        double share = (value(&x, k * 128 * 128 + 1) - 10 * (k + 1)) / (k + 1);
        CHECK(share >= -0.9 && share <= 3 && share != 0);
    }
    rc_array_free(&x);
}

/* v = 1000 n + 2 t + point / 64 + field / 4 (groups: fields are points of the last dimension). */
TEST(solutions)
{
    make("advection"); /* every 4th point; frame 40 of every 5th is 200; the first sample is the test part */
    looks("x_train", "[9, 1, 2]", 1, 1000 + 4.0 / 64);
    looks("y_train", "[9, 1, 2]", 3, 2000 + 400 + 4.0 / 64);
    looks("y_test", "[1, 1, 2]", 0, 400);
    make("burgers");
    looks("y_train", "[9, 1, 8]", 9, 2000 + 400 + 1.0 / 64);
    make("flow-1d");
    looks("x_train", "[9, 3, 8]", 8 + 3, 1000 + 3.0 / 64 + 0.25);
    looks("y_train", "[9, 3, 8]", 16, 1000 + 200 + 0.5);
    make("diffusion-sorption"); /* the last sample, by name, is the test part */
    looks("x_train", "[9, 1, 8]", 8 + 1, 1000 + 1.0 / 64);
    looks("y_test", "[1, 1, 8]", 1, 9000 + 200 + 1.0 / 64);
    make("reaction-diffusion-1d");
    looks("y_train", "[9, 1, 8]", 0, 1000 + 58);
    looks("y_test", "[1, 1, 8]", 0, 58);
    make("shallow-water");
    looks("y_train", "[9, 1, 8, 8]", 64 + 10, 1000 + 200 + 10.0 / 64);
    make("reaction-diffusion-2d"); /* [X, Y, 2] becomes [2, X, Y] */
    looks("y_train", "[9, 2, 8, 8]", 64 + 10, 200 + 21.0 / 64);
    looks("x_test", "[1, 2, 8, 8]", 10, 9000 + 20.0 / 64);
    make("darcy-pdebench");
    looks("x_train", "[9, 1, 4, 4]", 5, 64 + 2 * 8 + 2);
    looks("y_test", "[1, 1, 4, 4]", 5, 0.5 * (2 * 8 + 2));
    make("flow-2d"); /* the last sample is the test part */
    looks("x_train", "[9, 4, 4, 4]", 3 * 16 + 5, 18.0 / 64 + 0.75);
    looks("y_test", "[1, 4, 4, 4]", 2 * 16, 9000 + 40 + 0.5);
}

/* ---- tables ---- */

TEST(tables)
{
    clean();
    OK(run_task("openml-31", (rc_get_options){.from = DATA}));
    /* 39 rows with a label; colours (3 and missing), size, weight; the id is no input. */
    rc_array x = open_result("x_train"), y = open_result("y_train"), test = open_result("x_test");
    char text[RC_SHAPE_TEXT];
    REQUIRE(strcmp(rc_shape_text(&x.shape, text), "[35, 4, 3]") == 0 && rc_array_size(&test) == 4 * 4 * 3);
    rc_array_free(&test);
    double mean = 0, square = 0, colours = 0;
    for (int i = 0; i < 35; i++) {
        CHECK(value(&y, i) == 0 || value(&y, i) == 1); /* "never" never occurs */
        mean += value(&x, i * 12 + 1) / 35;
        square += pow(value(&x, i * 12 + 1), 2) / 35;
        double ones = 0;
        for (int k = 0; k < 4; k++)
            ones += value(&x, i * 12 + k * 3);
        CHECK(ones == 1);
        colours += value(&x, i * 12 + 3 * 3); /* the last word is "missing" */
    }
    NEAR(mean, 0, 1e-6);
    NEAR(square, 1, 1e-6);
    CHECK(colours >= 4 && colours <= 8);
    rc_array_free(&x);
    rc_array_free(&y);
    /* Numbers only: the column with a gap is dropped, and each column is a channel. */
    clean();
    OK(run_task("openml-1462", (rc_get_options){.from = DATA "/openml-1462.csv"}));
    rc_array t = open_result("x_train");
    CHECK(strcmp(rc_shape_text(&t.shape, text), "[26, 2, 1]") == 0);
    NEAR(value(&t, 0), -value(&t, 1), 1e-6);
    rc_array_free(&t);
    looks("y_test", "[4]", 0, 0);
    FAILS(RC_CONFIG, "exists already", run_task("openml-1462", (rc_get_options){.from = DATA}));
    clean();
    FAILS(RC_DATA, "has neither openml-12.arff nor .csv",
          run_task("openml-12", (rc_get_options){.from = DATA}));
    nothing_written();
}

/* ---- from a server ---- */

static rc_get_options by(const char *mode)
{
    static char mirror[128];
    snprintf(mirror, sizeof mirror, "%s/%s/", base, mode);
    return (rc_get_options){.mirror = mirror};
}

static rc_status fetch(const char *task, const char *mode)
{
    rc_published p = imitation(task);
    rc_get_options o = by(mode);
    return run_row(&p, &o);
}

static rc_status fetch_unchecked(const char *task, const char *mode)
{
    rc_published p = imitation(task);
    rc_get_options o = by(mode);
    p.file[0].md5 = NULL;
    return run_row(&p, &o);
}

TEST(fetched)
{
    char command[400];
    snprintf(command, sizeof command, "cp '%s'/* '%s'", DATA, root);
    REQUIRE(system(command) == 0);
    static const char *const tasks[] = {"cifar100", "spherical", "satellite", "darcy", "cosmic", "advection"};
    for (int i = 0; i < 6; i++) {
        clean();
        OK(fetch(tasks[i], i % 2 ? "redirect" : "good"));
    }
    clean();
    OK(fetch("diffusion-sorption", "once")); /* broken off, and taken up again */
    CHECK(logged("once 1D_diff-sorp_NA_NA.h5 bytes=") == 1);
    looks("y_test", "[1, 1, 8]", 1, 9000 + 200 + 1.0 / 64);
    clean();
    OK(run_task("openml-31", by("good")));
    rc_array x = open_result("x_test");
    CHECK(rc_array_size(&x) == 4 * 4 * 3);
    rc_array_free(&x);
}

/* What breaks off stays, and the next call goes on there. */
TEST(taken_up_by_the_next_call)
{
    char part[400];
    clean();
    snprintf(part, sizeof part, "%s.download/2D_rdb_NA_NA.h5.part", out);
    rc_published p = imitation("shallow-water");
    rc_get_options o = by("tires");
    FAILS(RC_MACHINE, "stays in", run_row(&p, &o));
    CHECK(rc_path_exists(part) && !rc_path_exists(out));
    OK(run_row(&p, &o));
    CHECK(!rc_path_exists(part) && logged("tires 2D_rdb_NA_NA.h5 -") == 1);
    o = by("good");
    o.keep = true;
    clean();
    OK(run_row(&p, &o));
    snprintf(part, sizeof part, "%s.download/2D_rdb_NA_NA.h5", out);
    CHECK(rc_path_exists(part));
    OK(rc_remove_tree(out)); /* kept: the server is not asked again */
    o = by("missing");
    OK(run_row(&p, &o));
}

TEST(refused)
{
    clean();
    FAILS(RC_IO, "404", fetch("satellite", "missing"));
    nothing_written();
    FAILS(RC_DATA, "the server sent a web page instead of a .npy file", fetch("satellite", "garbage"));
    nothing_written();
    FAILS(RC_DATA, "the server sent a web page instead of an HDF5 file",
          fetch_unchecked("shallow-water", "garbage"));
    FAILS(RC_DATA, "MD5", fetch("advection", "garbage"));
    FAILS(RC_DATA, "larger than", fetch("satellite", "huge"));
    FAILS(RC_DATA, "larger than", run_task("openml-31", by("endless")));
    nothing_written();
    /* The table as it is: the imitation has not the MD5 that is published. */
    FAILS(RC_DATA, "its MD5 is", run_task("advection", (rc_get_options){.from = DATA}));
    FAILS(RC_DATA, "its MD5 is", run_task("burgers", by("good")));
    nothing_written();
    FAILS(RC_CONFIG, "no address is known for", run_task("drug-gdsc", (rc_get_options){0}));
    FAILS(RC_CONFIG, "did you mean ecg?", run_task("eccg", (rc_get_options){0}));
    FAILS(RC_CONFIG, "not an http", run_task("ecg", (rc_get_options){.mirror = "ftp://somewhere"}));
    FAILS(RC_IO, "no such file", run_task("ecg", (rc_get_options){.from = "/nowhere"}));
    FAILS(RC_DATA, "has no gdsc_train_feat.npy", run_task("drug-gdsc", (rc_get_options){.from = DATA}));
    FAILS(RC_CONFIG, "comes in several files",
          run_task("satellite", (rc_get_options){.from = DATA "/satellite_train.npy"}));
    nothing_written();
}

/* Files that are whole but not what they should be: a line that names them, and nothing is left. */
TEST(other_files)
{
    rc_published p = imitation("ecg");
    rc_get_options o = {.from = DATA "/s2_cifar100.gz"};
    clean();
    FAILS(RC_FORMAT, "s2_cifar100.gz: not a file of arrays", run_row(&p, &o));
    p = imitation("diffusion-sorption");
    p.file[0].md5 = NULL;
    o.from = DATA "/1D_Burgers_Sols_Nu1.0.hdf5";
    FAILS(RC_DATA, "the file holds no groups", run_row(&p, &o));
    p = imitation("burgers");
    p.file[0].md5 = NULL;
    o.from = DATA "/2D_DarcyFlow_beta0.1_Train.hdf5";
    FAILS(RC_DATA, "y should be number", run_row(&p, &o));
    p = imitation("deepsea");
    o.from = RC_TEST_DATA "/readers/texts.npz";
    FAILS(RC_DATA, "\"x_train\" is needed; it holds", run_row(&p, &o));
    o.from = RC_TEST_DATA "/readers/bomb.npz";
    FAILS(RC_DATA, "it holds", run_row(&p, &o));
    p = imitation("ecg");
    o.from = RC_TEST_DATA "/readers/evil.pkl";
    FAILS(RC_UNSUPPORTED, "wants to import posix.system", run_row(&p, &o));
    nothing_written();
}

TEST(no_room)
{
    rc_published p = imitation("satellite");
    rc_get_options o = by("good");
    clean();
    p.made = INT64_MAX / 4;
    FAILS(RC_MACHINE, "free some space, or choose another disk", run_row(&p, &o));
    nothing_written();
    FAILS(RC_MACHINE, "psicov needs ", run_task("psicov", (rc_get_options){.from = DATA, .side = 4096}));
    nothing_written();
    /* A disk that fills up while files arrive or are written: here, files that may not grow. */
    struct rlimit before, tight = {.rlim_cur = 1000};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    tight.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    p.made = 0;
    REQUIRE(setrlimit(RLIMIT_FSIZE, &tight) == 0);
    rc_status fetched = run_row(&p, &o);
    CHECK(strstr(rc_error_text(), "File too large"));
    o = (rc_get_options){.from = DATA};
    rc_status taken = run_row(&p, &o);
    CHECK(strstr(rc_error_text(), "File too large"));
    REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(fetched == RC_MACHINE && taken == RC_MACHINE && !rc_path_exists(out));
    clean();
}

int main(void)
{
    RUN(start_web);
    snprintf(out, sizeof out, "/tmp/recraft-get-test-%ld", (long)getpid());
    RUN(every_row_is_whole);
    RUN(pictures);
    RUN(series);
    RUN(darcy);
    RUN(ecg);
    RUN(proteins);
    RUN(sounds);
    RUN(cosmic_rays);
    RUN(solutions);
    RUN(tables);
    RUN(fetched);
    RUN(taken_up_by_the_next_call);
    RUN(refused);
    RUN(other_files);
    RUN(no_room);
    RUN(clean);
    stop_web();
    return RESULT();
}
