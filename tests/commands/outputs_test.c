/* Numbers of samples as a file: how its columns are called, and what a row is in each form. */
#include "check.h"

#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "base/memory.h"
#include "commands/outputs.h"

static char folder[] = "/tmp/recraft_outputs_XXXXXX";
static const float rows[] = {0.25f, 0.5f, 0.75f, 0.125f, 0.1f, -3};

static const char *in_folder(const char *name)
{
    static char path[96];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void name_sample(void *context, int64_t i, char text[RC__OUTPUT_ID])
{
    snprintf(text, RC__OUTPUT_ID, "%s,%lld", (const char *)context, (long long)i);
}

/* Two rows, one after the other. */
static rc_status write_rows(const char *name, rc__numbers *to)
{
    int64_t each = rc_shape_size(&to->shape) / 2;
    RC_TRY(rc__numbers_begin(in_folder(name), to));
    rc_status status = rc__numbers_add(to, 1, rows);
    if (status == RC_OK) status = rc__numbers_add(to, 1, rows + each);
    return rc__numbers_end(to, status);
}

static void check_file(const char *name, rc__numbers to, const char *expected)
{
    char *text;
    size_t size;
    OK(write_rows(name, &to));
    OK(rc_file_read(in_folder(name), 1 << 16, &text, &size));
    if (strcmp(text, expected) != 0) fprintf(stderr, "%s", text);
    CHECK(strcmp(text, expected) == 0);
    rc_free(text);
}

TEST(columns_are_called)
{
    static const char *const names[] = {"cat", "dog, wild", "emu"};
    static char of[] = "a";
    check_file("f.csv", (rc__numbers){.prefix = "feature", .shape = RC_SHAPE(2, 3)},
               "feature_0,feature_1,feature_2\n0.25,0.5,0.75\n0.125,0.1,-3\n");
    check_file("v.csv", (rc__numbers){.prefix = "value", .shape = RC_SHAPE(2, 1)}, "value\n0.25\n0.5\n");
    check_file("t.csv", (rc__numbers){.prefix = "value", .shape = RC_SHAPE(2, 1, 3)},
               "value_0_0,value_0_1,value_0_2\n0.25,0.5,0.75\n0.125,0.1,-3\n");
    check_file("c.csv", (rc__numbers){.prefix = "p", .shape = RC_SHAPE(2, 3), .classes = true, .name = names},
               "class,p_cat,\"p_dog, wild\",p_emu\nemu,0.25,0.5,0.75\ncat,0.125,0.1,-3\n");
    check_file("n.csv", (rc__numbers){.shape = RC_SHAPE(2, 3), .name = names, .alone = true},
               "cat,\"dog, wild\",emu\n0.25,0.5,0.75\n0.125,0.1,-3\n");
    check_file("i.csv",
               (rc__numbers){.prefix = "p", .shape = RC_SHAPE(2, 1), .context = of, .id = name_sample},
               "id,p\n\"a,0\",0.25\n\"a,1\",0.5\n");
}

/* Of two classes the second is said from the threshold on. */
TEST(a_threshold_decides)
{
    rc__numbers to = {.prefix = "p", .shape = RC_SHAPE(2, 2), .classes = true};
    check_file("p.csv", to, "class,p_0,p_1\n1,0.25,0.5\n0,0.75,0.125\n");
    to.threshold = 0.125;
    check_file("p.csv", to, "class,p_0,p_1\n1,0.25,0.5\n1,0.75,0.125\n");
}

TEST(rows_are_objects)
{
    static const char *const names[] = {"cat", "dog, wild", "emu"};
    static char of[] = "a";
    check_file("v.jsonl", (rc__numbers){.prefix = "value", .shape = RC_SHAPE(2, 1)},
               "{\"value\": 0.25}\n{\"value\": 0.5}\n");
    check_file("t.jsonl", (rc__numbers){.prefix = "value", .shape = RC_SHAPE(2, 3, 1)},
               "{\"value\": [[0.25], [0.5], [0.75]]}\n{\"value\": [[0.125], [0.1], [-3.0]]}\n");
    check_file(
        "c.jsonl",
        (rc__numbers){.prefix = "p",
                      .shape = RC_SHAPE(2, 3),
                      .classes = true,
                      .name = names,
                      .context = of,
                      .id = name_sample},
        "{\"id\": \"a,0\", \"class\": \"emu\", \"p\": {\"cat\": 0.25, \"dog, wild\": 0.5, \"emu\": 0.75}}\n"
        "{\"id\": \"a,1\", \"class\": \"cat\", \"p\": {\"cat\": 0.125, \"dog, wild\": 0.1, \"emu\": "
        "-3.0}}\n");
}

TEST(an_array_is_one)
{
    rc_array x;
    rc__numbers to = {.prefix = "feature", .shape = RC_SHAPE(2, 3, 1)};
    OK(write_rows("f.npy", &to));
    OK(rc_npy_open(in_folder("f.npy"), &x));
    CHECK(x.dtype == RC_DTYPE_F32 && rc_shape_equal(&x.shape, &to.shape));
    CHECK(memcmp(x.data, rows, sizeof rows) == 0);
    rc_array_free(&x);
}

/* What did not come to its end leaves what was there before. */
TEST(a_file_is_whole_or_not_at_all)
{
    rc__numbers to = {.prefix = "value", .shape = RC_SHAPE(2, 1)};
    check_file("v.csv", to, "value\n0.25\n0.5\n");
    OK(rc__numbers_begin(in_folder("v.csv"), &to));
    OK(rc__numbers_add(&to, 1, rows + 2));
    FAILS(RC_INTERRUPTED, "nothing was written",
          rc__numbers_end(&to, rc_fail(RC_INTERRUPTED, "interrupted")));
    char *text;
    size_t size;
    OK(rc_file_read(in_folder("v.csv"), 1 << 16, &text, &size));
    CHECK(strcmp(text, "value\n0.25\n0.5\n") == 0);
    rc_free(text);
    int kind;
    OK(rc__output_check(in_folder("new.jsonl"), rc__output_numbers, &kind));
    CHECK(kind == RC__JSONL && !rc_path_exists(in_folder("new.jsonl")));
    FAILS(RC_CONFIG, "known: .csv, .npy, .jsonl", rc__output_check("new.txt", rc__output_numbers, NULL));
    CHECK(rc__output_check(in_folder("no/new.csv"), rc__output_numbers, NULL) != RC_OK);
}

int main(void)
{
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    RUN(columns_are_called);
    RUN(a_threshold_decides);
    RUN(rows_are_objects);
    RUN(an_array_is_one);
    RUN(a_file_is_whole_or_not_at_all);
    return rc_remove_tree(folder) == RC_OK ? RESULT() : EXIT_FAILURE;
}
