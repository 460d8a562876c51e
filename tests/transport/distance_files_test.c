/* rc_distance_files: a distance between two .npy files, and what it refuses. */
#include "recraft/distance.h"

#include <unistd.h>

#include "check.h"
#include "formats/array_file.h"
#include "recraft/run.h"

static char folder[] = "/tmp/recraft_distance_XXXXXX";
static char path_a[64], path_b[64], path_la[64], path_lb[64];

static void write_table(const char *path, rc_dtype type, int64_t n, int64_t d, const void *data)
{
    OK(rc_npy_write(path, type, RC_SHAPE(n, d), data));
}

TEST(one_point_each)
{
    const float a[] = {1, 2}, b[] = {4, 6};
    rc_distance_result r = RC_DISTANCE_RESULT_INIT;
    write_table(path_a, RC_DTYPE_F32, 1, 2, a);
    write_table(path_b, RC_DTYPE_F32, 1, 2, b);
    OK(rc_distance_files(path_a, path_b, "sinkhorn", NULL, &r));
    NEAR(r.value, 12.5, 1e-6);
    CHECK(r.n == 1 && r.m == 1 && r.d == 2 && r.epsilon == 0.1 && r.seconds >= 0.0);
    rc_distance_options o = {.size = sizeof o, .epsilon = 2.0};
    OK(rc_distance_files(path_a, path_b, "sinkhorn", &o, &r));
    CHECK(r.epsilon == 2.0);
}

TEST(other_number_types)
{
    const double a[] = {0, 1, 2};
    const int64_t b[] = {0, 1, 2};
    rc_distance_result r = RC_DISTANCE_RESULT_INIT;
    write_table(path_a, RC_DTYPE_F64, 3, 1, a);
    write_table(path_b, RC_DTYPE_I64, 3, 1, b);
    OK(rc_distance_files(path_a, path_b, "sinkhorn", NULL, &r));
    NEAR(r.value, 0.0, 1e-6);
}

TEST(every_distance_by_its_name)
{
    const float a[] = {0, 0, 1, 2, 5, 1, 3, 3}, b[] = {1, 0, 2, 2, 4, 4};
    const int64_t label_a[] = {-7, 900, 900, -7};
    const int32_t label_b[] = {3, 3, 3};
    char *json = NULL;
    rc_distance_result r = RC_DISTANCE_RESULT_INIT;
    rc_distance_options o = {.size = sizeof o, .labels_a = path_la, .labels_b = path_lb, .projections = 5};
    write_table(path_a, RC_DTYPE_F32, 4, 2, a);
    write_table(path_b, RC_DTYPE_F32, 3, 2, b);
    OK(rc_npy_write(path_la, RC_DTYPE_I64, RC_SHAPE(4), label_a));
    OK(rc_npy_write(path_lb, RC_DTYPE_I32, RC_SHAPE(3), label_b));
    const char *const name[] = {"sinkhorn", "w1",    "w2",     "sliced", "gaussian",
                                "mmd",      "coral", "energy", "otdd",   "gw"};
    OK(rc_distances(&json));
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        OK(rc_distance_files(path_a, path_b, name[i], &o, &r));
        CHECK(r.value > 0.0 && strstr(json, name[i]));
    }
    rc_free_text(json);
    FAILS(RC_CONFIG, "labels_a", rc_distance_files(path_a, path_b, "otdd", NULL, &r));
    OK(rc_npy_write(path_lb, RC_DTYPE_I32, RC_SHAPE(2), label_b));
    FAILS(RC_SHAPE, "each of the 3 rows", rc_distance_files(path_a, path_b, "otdd", &o, &r));
    const float half[] = {0, 1, 0.5f};
    OK(rc_npy_write(path_lb, RC_DTYPE_F32, RC_SHAPE(3), half));
    FAILS(RC_DATA, "label 2 is 0.5", rc_distance_files(path_a, path_b, "otdd", &o, &r));
    o.projections = -1;
    FAILS(RC_CONFIG, "directions", rc_distance_files(path_a, path_b, "sliced", &o, &r));
}

TEST(bad_files_are_refused)
{
    const float a[] = {1, 2, 3, 4}, bad[] = {1, NAN, 3, 4};
    rc_distance_result r = RC_DISTANCE_RESULT_INIT;
    write_table(path_a, RC_DTYPE_F32, 2, 2, a);
    FAILS(RC_IO, "no_such.npy", rc_distance_files(path_a, "no_such.npy", "sinkhorn", NULL, &r));
    write_table(path_b, RC_DTYPE_F32, 2, 2, bad);
    FAILS(RC_DATA, "b.npy: row 0, column 1", rc_distance_files(path_a, path_b, "sinkhorn", NULL, &r));
    write_table(path_b, RC_DTYPE_F32, 4, 1, a);
    FAILS(RC_SHAPE, "2 columns", rc_distance_files(path_a, path_b, "sinkhorn", NULL, &r));
    write_table(path_b, RC_DTYPE_F32, 0, 2, a);
    FAILS(RC_SHAPE, "0 x 2", rc_distance_files(path_a, path_b, "sinkhorn", NULL, &r));
    OK(rc_npy_write(path_b, RC_DTYPE_F32, RC_SHAPE(4), a));
    FAILS(RC_SHAPE, "1 dimensions", rc_distance_files(path_a, path_b, "sinkhorn", NULL, &r));
    FAILS(RC_CONFIG, "known: sinkhorn", rc_distance_files(path_a, path_a, "euclid", NULL, &r));
    rc_distance_options o = {.size = sizeof o, .epsilon = -1.0};
    FAILS(RC_CONFIG, "epsilon", rc_distance_files(path_a, path_a, "sinkhorn", &o, &r));
}

int main(void)
{
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    snprintf(path_a, sizeof path_a, "%s/a.npy", folder);
    snprintf(path_b, sizeof path_b, "%s/b.npy", folder);
    snprintf(path_la, sizeof path_la, "%s/la.npy", folder);
    snprintf(path_lb, sizeof path_lb, "%s/lb.npy", folder);
    RUN(one_point_each);
    RUN(other_number_types);
    RUN(every_distance_by_its_name);
    RUN(bad_files_are_refused);
    (void)unlink(path_la);
    (void)unlink(path_lb);
    (void)unlink(path_a);
    (void)unlink(path_b);
    (void)rmdir(folder);
    return RESULT();
}
