/* Which sample goes to which part, and a table on its whole way into a folder. */
#include "check.h"

#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "base/memory.h"
#include "datasets/dataset.h"
#include "importers/samples.h"

enum { N = 90, CLASSES = 3, GROUP = 5 };

static char folder[] = "/tmp/recraft_import_XXXXXX";
static int64_t code[N], group[N];
static int8_t part[N];

static const char *in(const char *name)
{
    static char path[2][96];
    static int at;
    char *out = path[at ^= 1];
    snprintf(out, sizeof path[0], "%s/%s", folder, name);
    return out;
}

static void name(const rc_samples *s, int64_t i, char text[RC__SAMPLE_NAME])
{
    (void)s;
    snprintf(text, RC__SAMPLE_NAME, "sample %lld", (long long)i);
}

/* Class k has (k + 1) samples of six; samples of five in a row are one recording, where there are any. */
static rc_status share(bool grouped, uint64_t seed, const int8_t *given)
{
    rc_import_options o = rc_import_defaults();
    rc_targets t = {.classes = CLASSES, .code = code};
    int8_t own[N];
    o.from = "data";
    o.test_fraction = 0.2;
    o.seed = seed;
    for (int64_t i = 0; i < N; i++) {
        int64_t of = grouped ? i / GROUP : i;
        code[i] = of % 6 < 1 ? 0 : of % 6 < 3 ? 1 : 2;
        group[i] = i / GROUP;
        if (given) own[i] = given[i % 6];
    }
    rc_encoders e = {0};
    rc_samples s = {
        .o = &o, .e = &e, .n = N, .group = grouped ? group : NULL, .part = given ? own : NULL, .name = name};
    for (int k = 0; k < CLASSES; k++)
        if (rc_texts_add(&e.names, k == 0 ? "a" : k == 1 ? "b" : "c", 1) != RC_OK) return RC_MEMORY;
    rc_json *report = rc_json_object();
    rc_status status = rc__share_out(&s, &t, part, report);
    rc_json_free(&report);
    rc_texts_free(&e.names);
    return status;
}

static int64_t count(int8_t p, int64_t of_class)
{
    int64_t n = 0;
    for (int64_t i = 0; i < N; i++)
        n += part[i] == p && (of_class < 0 || code[i] == of_class);
    return n;
}

TEST(classes_are_shared_out_in_proportion)
{
    int8_t first[N];
    OK(share(false, 1, NULL));
    memcpy(first, part, sizeof first);
    CHECK(count(RC__PART_TEST, -1) == 18 && count(RC__PART_VALID, -1) == 0);
    for (int64_t k = 0; k < CLASSES; k++)
        NEAR((double)count(RC__PART_TEST, k), 3.0 * (double)(k + 1), 1);
    OK(share(false, 1, NULL));
    CHECK(memcmp(part, first, sizeof first) == 0);
    OK(share(false, 2, NULL));
    CHECK(memcmp(part, first, sizeof first) != 0 && count(RC__PART_TEST, -1) == 18);
}

/* So many are drawn in one pass. */
TEST(many_are_shared_out_in_proportion)
{
    enum { MANY = (1 << 22) + 7 };
    int64_t *of, in_test[CLASSES] = {0}, in_first_half = 0;
    int8_t *to[2];
    rc_import_options o = rc_import_defaults();
    rc_encoders e = {0};
    o.from = "data";
    o.test_fraction = 0.2;
    OK(RC_NEW(&of, MANY));
    for (int64_t i = 0; i < MANY; i++)
        of[i] = i % 6 < 1 ? 0 : i % 6 < 3 ? 1 : 2;
    for (int k = 0; k < 2; k++) {
        rc_samples s = {.o = &o, .e = &e, .n = MANY, .name = name};
        rc_targets t = {.classes = CLASSES, .code = of};
        rc_json *report = rc_json_object();
        o.seed = (uint64_t)k;
        OK(RC_NEW(&to[k], MANY));
        OK(rc__share_out(&s, &t, to[k], report));
        CHECK(rc_json_integer(report, "n_test", 0) == 838862);
        rc_json_free(&report);
    }
    int64_t both = 0;
    for (int64_t i = 0; i < MANY; i++) {
        in_test[of[i]] += to[0][i] == RC__PART_TEST;
        in_first_half += i < MANY / 2 && to[0][i] == RC__PART_TEST;
        both += to[0][i] == RC__PART_TEST && to[1][i] == RC__PART_TEST;
    }
    for (int64_t c = 0; c < CLASSES; c++)
        NEAR((double)in_test[c], 0.2 * MANY * (double)(c + 1) / 6, 1.5);
    /* Five deviations of a draw without replacement, and of what two of them have in common. */
    NEAR((double)in_first_half, 838862 / 2.0, 5 * 410);
    NEAR((double)both, 0.04 * MANY, 5 * 328);
    for (int k = 0; k < 2; k++)
        rc_free(to[k]);
    rc_free(of);
}

/* However the numbers of the classes before it are rounded. */
TEST(of_many_the_only_one_of_a_class_is_learnt_from)
{
    enum { MANY = (1 << 22) + 1, OFFSETS = 5 };
    int64_t *of;
    int8_t *to;
    rc_import_options o = rc_import_defaults();
    rc_encoders e = {0};
    o.from = "data";
    o.test_fraction = 1.0 / OFFSETS;
    OK(RC_NEW(&of, MANY + OFFSETS));
    OK(RC_NEW(&to, MANY + OFFSETS));
    OK(rc_texts_add(&e.names, "usual", 5));
    OK(rc_texts_add(&e.names, "single", 6));
    for (int64_t k = 0; k < OFFSETS; k++) {
        rc_samples s = {.o = &o, .e = &e, .n = MANY + k, .name = name};
        rc_targets t = {.classes = 2, .code = of};
        rc_json *report = rc_json_object();
        of[s.n - 1] = 1;
        OK(rc__share_out(&s, &t, to, report));
        CHECK(to[s.n - 1] == RC__PART_TRAIN);
        NEAR((double)rc_json_integer(report, "n_test", 0), (double)s.n / OFFSETS, 1);
        rc_json_free(&report);
        of[s.n - 1] = 0;
    }
    rc_texts_free(&e.names);
    rc_free(to);
    rc_free(of);
}

TEST(a_recording_stays_together)
{
    OK(share(true, 3, NULL));
    for (int64_t i = 0; i < N; i++)
        CHECK(part[i] == part[i / GROUP * GROUP]);
    CHECK(count(RC__PART_TEST, -1) > 0 && count(RC__PART_VALID, -1) > 0);
    CHECK(count(RC__PART_TRAIN, -1) > N / 2);
}

TEST(parts_of_the_data_are_kept)
{
    static const int8_t good[6] = {RC__PART_TRAIN, RC__PART_TRAIN, RC__PART_TEST,
                                   RC__PART_TRAIN, RC__PART_VALID, RC__PART_TEST},
                        unseen[6] = {RC__PART_TEST,  RC__PART_TRAIN, RC__PART_TRAIN,
                                     RC__PART_TRAIN, RC__PART_TRAIN, RC__PART_TRAIN};
    OK(share(false, 1, good));
    for (int64_t i = 0; i < N; i++)
        CHECK(part[i] == good[i % 6]);
    FAILS(RC_DATA, "sample 0: its label \"a\" occurs in the test part and never in train",
          share(false, 1, unseen));
}

/* No moment and no group in two parts, and none before one of an earlier part. */
TEST(parts_in_the_order_of_time)
{
    double when[N];
    int64_t later[N], earlier[N];
    char how[RC__SHARED_HOW];
    rc_import_options o = rc_import_defaults();
    rc_samples s = {.o = &o, .n = N, .when = when, .when_of = "\"when\""};
    o.from = "data";
    for (int64_t i = 0; i < N; i++) {
        when[i] = (double)((i * 37 + 11) % N / 2); /* two samples a moment */
        later[i] = (int64_t)when[i] / 4;           /* groups of four moments */
        earlier[i] = (int64_t)when[i] % 3;         /* groups of which each is always there */
    }
    for (int k = 0; k < 2; k++) {
        s.group = k ? later : NULL;
        OK(rc__share_by_time(&s, part, how));
        NEAR((double)count(RC__PART_TEST, -1), 0.2 * N, k ? 4 : 1);
        NEAR((double)count(RC__PART_VALID, -1), 0.16 * N, k ? 4 : 1);
        for (int64_t i = 0; i < N; i++)
            for (int64_t j = 0; j < N; j++) {
                CHECK(part[i] <= part[j] || when[i] > when[j]);
                CHECK(!k || part[i] == part[j] || later[i] != later[j]);
            }
    }
    s.group = earlier;
    FAILS(RC_DATA, "too few different times in \"when\" that no group spans",
          rc__share_by_time(&s, part, how));
}

TEST(words_for_parts)
{
    int8_t p = -1;
    CHECK(rc__part_of("Dev", &p) && p == RC__PART_VALID);
    CHECK(rc__part_of("TRAINING", &p) && p == RC__PART_TRAIN);
    CHECK(!rc__part_of("trains", &p) && !rc__part_of("", &p));
}

TEST(windows)
{
    CHECK(rc__windows_in(10, 4, 2) == 4 && rc__windows_in(10, 4, 3) == 3);
    CHECK(rc__windows_in(4, 4, 1) == 1 && rc__windows_in(3, 4, 1) == 1);
}

/* ---- a table ---- */

static rc_status import(const char *label, rc_json **report)
{
    rc_import_options o = rc_import_defaults();
    o.from = in("table.csv");
    o.out = in("out");
    o.label = label;
    *report = rc_json_object();
    return rc_import(&o, *report);
}

TEST(a_table_becomes_a_folder_or_nothing)
{
    rc_json *report;
    rc_dataset *d;
    static const char *const colour[] = {"red", "blue", "green"};
    char text[2048] = "width,colour,kind\n";
    for (int i = 0; i < 20; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d,%s,%s\n", i * i % 7, colour[i % 3],
                 i % 2 ? "yes" : "no");
    OK(rc_file_write(in("table.csv"), text, strlen(text)));
    FAILS(RC_CONFIG, "did you mean kind?", import("kinds", &report));
    CHECK(!rc_path_exists(in("out")));
    rc_json_free(&report);
    OK(import("kind", &report));
    CHECK(rc_json_integer(report, "n_train", 0) == 16 && rc_json_integer(report, "n_test", 0) == 4);
    rc_json_free(&report);
    OK(rc_dataset_open(in("out"), RC_DATASET_TRAIN, &d));
    CHECK(d->form == RC_FORM_TABLE && d->classes == 2 && d->train.n == 16 && d->test.n == 4);
    CHECK(d->x_shape[1] == 4); /* a number, and one for each colour */
    rc_dataset_close(&d);
    FAILS(RC_CONFIG, "exists already", import("kind", &report));
    rc_json_free(&report);
}

int main(void)
{
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    RUN(classes_are_shared_out_in_proportion);
    RUN(many_are_shared_out_in_proportion);
    RUN(of_many_the_only_one_of_a_class_is_learnt_from);
    RUN(a_recording_stays_together);
    RUN(parts_of_the_data_are_kept);
    RUN(parts_in_the_order_of_time);
    RUN(words_for_parts);
    RUN(windows);
    RUN(a_table_becomes_a_folder_or_nothing);
    CHECK(rc_remove_tree(folder) == RC_OK);
    return RESULT();
}
