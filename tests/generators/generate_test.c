/* Every generator, small: files of the right shape, numbers that depend on the seed and the sample alone, and
 * nothing left behind on failure. */
#include "check.h"

#include <dirent.h>
#include <omp.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/progress.h"
#include "formats/array_file.h"
#include "generators/generator.h"

static char folder[64] = "/tmp/recraft-generate-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[4][256];
    static int at;
    at = (at + 1) % 4;
    snprintf(path[at], sizeof path[at], "%s/%s", folder, name);
    return path[at];
}

static void clear(const char *set)
{
    static const char *const file[] = {"x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy", "source.md"};
    char path[512];
    for (int i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "%s/%s", in_folder(set), file[i]);
        unlink(path);
    }
    rmdir(in_folder(set));
}

static int entries(void)
{
    int n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));)
        n += e->d_name[0] != '.';
    if (d) closedir(d);
    return n;
}

static rc_generate_options small(const rc_generator *g)
{
    rc_generate_options o = rc_generate_defaults(g);
    o.n_train = 5;
    o.n_test = 2;
    o.resolution = 32;
    return o;
}

static void read_array(const char *set, const char *file, rc_array *out)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", in_folder(set), file);
    OK(rc_npy_open(path, out));
}

static void check_files(const rc_generator *g, const rc_generate_options *o)
{
    rc_array x, y, fewer;
    read_array("a", "x_train.npy", &x);
    read_array("a", "y_train.npy", &y);
    read_array("b", "x_train.npy", &fewer);
    CHECK(x.shape.n == 2 + g->dims && x.shape.dim[0] == 5 && x.shape.dim[1] == g->x_channels);
    CHECK(x.shape.dim[x.shape.n - 1] == o->resolution);
    CHECK(y.shape.dim[y.shape.n - 1] == (g->labels ? 5 : o->resolution));
    CHECK(y.dtype == (g->labels ? RC_DTYPE_I32 : RC_DTYPE_F32));
    int64_t size = rc_array_size(&x), rows = size / 5;
    for (int64_t i = 0; i < size; i++)
        CHECK(isfinite(((const float *)x.data)[i]));
    for (int64_t i = 0; i < rc_array_size(&y); i++)
        CHECK(g->labels ? ((const int32_t *)y.data)[i] >= 0 : isfinite(((const float *)y.data)[i]));
    CHECK(memcmp(x.data, fewer.data, (size_t)(2 * rows) * sizeof(float)) == 0);
    bool all_equal = true; /* coarse circles may coincide */
    for (int64_t i = 1; i < 5; i++)
        all_equal &= memcmp(x.data, (const float *)x.data + i * rows, (size_t)rows * sizeof(float)) == 0;
    CHECK(!all_equal);
    rc_array_free(&x);
    rc_array_free(&y);
    rc_array_free(&fewer);
}

TEST(samples_depend_on_seed_and_index_only)
{
    for (int i = 0; i < rc_generator_count; i++) {
        const rc_generator *g = rc_generator_table[i];
        rc_generate_options o = small(g), fewer = o;
        fewer.n_train = 2;
        fewer.n_test = 0;
        OK(rc_generate(g, &o, in_folder("a")));
        omp_set_num_threads(1);
        OK(rc_generate(g, &fewer, in_folder("b")));
        omp_set_num_threads(3);
        check_files(g, &o);
        FAILS(RC_CONFIG, "exists already", rc_generate(g, &o, in_folder("a")));
        clear("a");
        clear("b");
        CHECK(entries() == 0);
    }
}

TEST(failures_leave_nothing)
{
    for (int i = 0; i < rc_generator_count; i++) {
        const rc_generator *g = rc_generator_table[i];
        rc_generate_options o = small(g);
        o.n_train = o.n_test = 1;
        omp_set_num_threads(1);
        for (uint64_t k = 1; k < 40; k++) {
            rc_alloc_fail_at(k);
            rc_status status = rc_generate(g, &o, in_folder("a"));
            rc_alloc_fail_at(0);
            if (status == RC_OK) {
                clear("a");
                CHECK(k > 3);
                break;
            }
            CHECK(status == RC_MEMORY);
            CHECK(entries() == 0);
        }
        omp_set_num_threads(3);
        rc_context_interrupt(NULL);
        CHECK(rc_generate(g, &o, in_folder("a")) == RC_INTERRUPTED);
        rc_context_clear_interrupt(NULL);
        CHECK(entries() == 0);
    }
}

TEST(bad_options_are_named)
{
    const rc_generator *g;
    FAILS(RC_CONFIG, "did you mean burgers?", rc_generator_find("burger", &g));
    OK(rc_generator_find("burgers", &g));
    rc_generate_options o = small(g);
    FAILS(RC_CONFIG, "takes a number from 0 to 100", rc_generate_assign(g, "nu=-1", &o));
    FAILS(RC_CONFIG, "takes a number from 0 to 100", rc_generate_assign(g, "nu=fast", &o));
    FAILS(RC_CONFIG, "has the parameters nu, time", rc_generate_assign(g, "mu=1", &o));
    FAILS(RC_CONFIG, "has the parameters nu, time", rc_generate_assign(g, "nu", &o));
    OK(rc_generate_assign(g, "nu=0.01", &o));
    CHECK(o.parameter[0] == 0.01);
    o.resolution = 3;
    FAILS(RC_CONFIG, "resolution of burgers takes 16 to 16384", rc_generate(g, &o, in_folder("a")));
    OK(rc_generator_find("darcy", &g));
    FAILS(RC_CONFIG, "no parameters", rc_generate_assign(g, "nu=1", &o));
}

int main(void)
{
    if (!mkdtemp(folder)) return 1;
    RUN(samples_depend_on_seed_and_index_only);
    RUN(failures_leave_nothing);
    RUN(bad_options_are_named);
    rmdir(folder);
    return RESULT();
}
