/* What is kept of compiled kernels: a program that was built once is taken from its file, and one that is
 * damaged is built again. */
#include <sys/stat.h>

#include "check.h"
#include "test_devices.h"

#include "base/disk.h"
#include "base/file.h"
#include "devices/gpu/opencl_abi.h"

static rc_device *device;

static void kept_file(char path[4096])
{
    FILE *list = popen("ls \"$RECRAFT_HOME\"/kernels/opencl-loss-*.bin", "r");
    path[0] = '\0';
    if (list && fgets(path, 4096, list)) path[strcspn(path, "\n")] = '\0';
    if (list) pclose(list);
}

/* A second device of this process would find the program built: the file is asked for by a child. */
static int child(const char *program)
{
    char command[5000];
    snprintf(command, sizeof command, "'%s' loss >/dev/null 2>&1", program);
    return system(command);
}

static int compute_a_loss(void)
{
    float host[4] = {1, 2, 3, 4}, loss;
    rc_tensor x, out;
    rc__opencl_keep_all(true);
    if (rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(4), &x) != RC_OK ||
        rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(1), &out) != RC_OK ||
        rc_tensor_upload(&x, host) != RC_OK)
        return 1;
    rc_status status = device->kernels.squared_error(device, 1, 2, x.data, (float *)x.data + 2, out.data);
    return status != RC_OK || rc_tensor_download(&out, &loss) != RC_OK || loss != 4;
}

static const char *self;

TEST(a_damaged_program_is_built_again)
{
    char path[4096], *good, *again;
    size_t size, size_again;
    CHECK(child(self) == 0);
    kept_file(path);
    REQUIRE(path[0]);
    OK(rc_file_read(path, 1 << 28, &good, &size));
    struct stat before, after;
    CHECK(stat(path, &before) == 0 && child(self) == 0 && stat(path, &after) == 0);
    CHECK(before.st_ino == after.st_ino); /* taken from the file: a new one would have replaced it */
    for (int kind = 0; kind < 2; kind++) {
        OK(kind ? rc_file_write(path, good, size / 2) : rc_file_write(path, "nonsense", 8));
        CHECK(child(self) == 0);
        OK(rc_file_read(path, 1 << 28, &again, &size_again));
        CHECK(size_again > size / 2 + 100);
        rc_free(again);
    }
    rc_free(good);
}

int main(int argc, char **argv)
{
    self = argv[0];
    setenv("RECRAFT_HOME", "gpu_kept_home", 1);
    /* What an earlier version kept would be taken for what this one keeps. */
    if (argc == 1 && rc_remove_tree("gpu_kept_home") != RC_OK) return EXIT_FAILURE;
    if (!test_opencl(&device)) return RESULT();
    if (argc > 1) return compute_a_loss();
    RUN(a_damaged_program_is_built_again);
    return RESULT();
}
