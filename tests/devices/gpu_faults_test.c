/* A card that fails: one clear line each, whenever it is found out. */
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "test_devices.h"

#include "base/file.h"
#include "devices/gpu/clblast.h"
#include "devices/gpu/opencl_abi.h"

static rc_device *device;
static rc__cl real, *cl;

static int32_t no_shared_memory(rc_cl_device d, uint32_t key, size_t size, void *out, size_t *used)
{
    int32_t code = real.GetDeviceInfo(d, key, size, out, used);
    if (key == RC_CL_DEVICE_SVM_CAPABILITIES) memset(out, 0, size);
    return code;
}

static int32_t small_groups(rc_cl_device d, uint32_t key, size_t size, void *out, size_t *used)
{
    int32_t code = real.GetDeviceInfo(d, key, size, out, used);
    if (key == RC_CL_DEVICE_MAX_WORK_GROUP_SIZE) *(uint64_t *)out = 64;
    return code;
}

static int32_t is_a_card(rc_cl_device d, uint32_t key, size_t size, void *out, size_t *used)
{
    int32_t code = real.GetDeviceInfo(d, key, size, out, used);
    if (key == RC_CL_DEVICE_TYPE) *(uint64_t *)out = RC_CL_DEVICE_TYPE_GPU;
    return code;
}

static int32_t no_build(rc_cl_program p, uint32_t n, const rc_cl_device *d, const char *options,
                        void (*done)(rc_cl_program, void *), void *context)
{
    (void)p, (void)n, (void)d, (void)options, (void)done, (void)context;
    return RC_CL_BUILD_PROGRAM_FAILURE;
}

static void *no_memory(rc_cl_context c, uint64_t flags, size_t bytes, uint32_t alignment)
{
    (void)c, (void)flags, (void)bytes, (void)alignment;
    return NULL;
}

static int32_t fails(rc_cl_queue q)
{
    (void)real.Finish(q);
    return RC_CL_OUT_OF_RESOURCES;
}

static int32_t no_copy(rc_cl_queue q, uint32_t blocking, void *to, const void *from, size_t bytes, uint32_t n,
                       const rc_cl_event *after, rc_cl_event *event)
{
    (void)q, (void)blocking, (void)to, (void)from, (void)bytes, (void)n, (void)after, (void)event;
    return RC_CL_OUT_OF_RESOURCES;
}

TEST(a_device_that_will_not_do_is_refused)
{
    bool is_there;
    rc__gpu_found found;
    OK(rc__gpu_look(&rc__gpu_opencl, 0, &is_there, &found));
    REQUIRE(is_there && !found.refused[0]);
    real = *cl;
    cl->GetDeviceInfo = no_shared_memory;
    OK(rc__gpu_look(&rc__gpu_opencl, 0, &is_there, &found));
    CHECK(strstr(found.refused, "no shared virtual memory"));
    FAILS(RC_CONFIG, "no shared virtual memory", rc_device_by_name("opencl:0", &device));
    cl->GetDeviceInfo = small_groups;
    FAILS(RC_CONFIG, "groups of 64 work-items", rc_device_by_name("opencl:0", &device));
    *cl = real;
    FAILS(RC_CONFIG, "see `rc_devices`", rc_device_by_name("opencl:99", &device));
    FAILS(RC_CONFIG, "no device", rc_device_by_name("opencl:-1", &device));
    OK(rc_device_by_name("cpu", &device));
    CHECK(device == rc_device_onednn());
    OK(rc_device_by_name("auto", &device)); /* a card, never a processor in its place */
    CHECK(found.is_card || device == rc_device_onednn());
    OK(rc_device_by_name("opencl", &device));
    cl->GetDeviceInfo = is_a_card;
    rc_device *card;
    OK(rc_device_by_name("auto", &card));
    CHECK(card == device);
    *cl = real;
}

TEST(what_the_compiler_says_is_kept)
{
    rc_tensor x;
    OK(rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(3), &x));
    cl->BuildProgram = no_build;
    FAILS(RC_DEVICE, "could not build the kernels \"linear\"; what it said is in",
          device->kernels.fill(device, 3, 1, x.data));
    char path[4096];
    snprintf(path, sizeof path, "%s", strstr(rc_error_text(), "is in ") + 6);
    CHECK(rc_path_exists(path));
    *cl = real;
    OK(device->kernels.fill(device, 3, 1, x.data));
    rc_tensor_destroy(&x);
}

TEST(no_more_memory)
{
    rc_tensor x;
    cl->SVMAlloc = no_memory;
    FAILS(RC_MEMORY, "lower fit.batch", rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(3 << 20), &x));
    CHECK(strstr(rc_error_text(), "13 MiB more were wanted"));
    *cl = real;
    FAILS(RC_MEMORY, "lower fit.batch",
          rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE((int64_t)1 << 50), &x));
}

TEST(late_failures_name_the_kernel)
{
    rc_tensor x;
    float host[3];
    OK(rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(3), &x));
    OK(device->kernels.fill(device, 3, 1, x.data));
    cl->Finish = fails;
    FAILS(RC_DEVICE, "opencl:0, in or before fill: OpenCL: computing failed (code -5: out of resources)",
          rc_tensor_download(&x, host));
    *cl = real;
    OK(rc_tensor_download(&x, host));
    CHECK(host[0] == 1 && host[2] == 1);
    cl->EnqueueSVMMemcpy = no_copy;
    OK(rc_tensor_upload(&x, host)); /* cannot say it yet */
    *cl = real;
    FAILS(RC_DEVICE, "opencl:0, in or before fill: OpenCL: copying memory failed",
          device->kernels.scale(device, 3, 2, x.data));
    OK(device->kernels.scale(device, 3, 2, x.data));
    OK(rc_tensor_download(&x, host));
    CHECK(host[0] == 2);
    rc_tensor_destroy(&x);
}

static int flushed;

static int32_t count_flushes(rc_cl_queue q)
{
    flushed++;
    return real.Flush(q);
}

TEST(work_is_handed_over_before_somebody_waits)
{
    enum { LAUNCHES = 64, MOST_HELD = 16 };
    rc_tensor x;
    OK(rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(3), &x));
    cl->Flush = count_flushes;
    for (int i = 0; i < LAUNCHES; i++)
        OK(device->kernels.fill(device, 3, 1, x.data));
    *cl = real;
    CHECK(flushed >= LAUNCHES / MOST_HELD && flushed <= LAUNCHES / 4);
    rc_tensor_destroy(&x);
}

/* ---- CLBlast ---- */

static rc_cl_mem no_buffer(rc_cl_context c, uint64_t flags, size_t bytes, void *at, int32_t *code)
{
    (void)c, (void)flags, (void)bytes, (void)at;
    *code = RC_CL_OUT_OF_RESOURCES;
    return NULL;
}

static int no_product(unsigned layout, unsigned ta, unsigned tb, size_t m, size_t n, size_t k, float alpha,
                      rc_cl_mem a, size_t from_a, size_t lda, rc_cl_mem b, size_t from_b, size_t ldb,
                      float beta, rc_cl_mem c, size_t from_c, size_t ldc, rc_cl_queue *queue,
                      rc_cl_event *event, rc_cl_mem room)
{
    (void)layout, (void)ta, (void)tb, (void)m, (void)n, (void)k, (void)alpha, (void)a, (void)from_a,
        (void)lda;
    (void)b, (void)from_b, (void)ldb, (void)beta, (void)c, (void)from_c, (void)ldc, (void)queue, (void)event;
    (void)room;
    return RC_CLBLAST_TEMP_BUFFER_ALLOC_FAILURE;
}

enum { SIDE = 100, LARGE = 700, LARGER = 800 }; /* the large ones need room beside */
static bool lacks;                              /* there is memory for operands and outputs alone */

/* The square of a matrix of ones, and that and 1 by an affine map. */
static rc_status square(int64_t side, const rc_tensor *x, const rc_tensor *y, const rc_tensor *z)
{
    float *ones = x->data;
    RC_LAUNCH(device, fill, side * side, 1, ones);
    if (lacks) cl->SVMAlloc = no_memory;
    RC_LAUNCH(device, gemm, false, true, side, side, side, 1, ones, side, ones, side, 0, y->data, side);
    RC_LAUNCH(device, affine, side, side, side, ones, ones, ones, NULL, z->data);
    return RC_OK;
}

/* right: of their last numbers. */
static rc_status multiply_ones(int64_t side, bool *right)
{
    static float host[2][LARGER * LARGER];
    int64_t last = side * side - 1;
    rc_tensor x = {0}, y = {0}, z = {0};
    rc_status status = rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(side, side), &x);
    if (status == RC_OK) status = rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(side, side), &y);
    if (status == RC_OK) status = rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(side, side), &z);
    if (status == RC_OK) status = square(side, &x, &y, &z);
    if (lacks) cl->SVMAlloc = real.SVMAlloc;
    if (status == RC_OK) status = rc_tensor_download(&y, host[0]);
    if (status == RC_OK) status = rc_tensor_download(&z, host[1]);
    *right = host[0][last] == (float)side && host[1][last] == (float)(side + 1);
    rc_tensor_destroy(&z);
    rc_tensor_destroy(&y);
    rc_tensor_destroy(&x);
    return status;
}

TEST(products_of_clblast_that_fail)
{
    bool right;
    OK(multiply_ones(SIDE, &right));
    CHECK(right);
    rc__clblast_calls *calls = rc__clblast_functions(), whole = *calls;
    if (!whole.SgemmWithTempBuffer) {
        fprintf(stderr, "NOT TESTED with CLBlast\n");
        return;
    }
    calls->SgemmWithTempBuffer = no_product;
    FAILS(RC_MEMORY, "CLBlast: a matrix product failed (code -4: out of memory)",
          multiply_ones(SIDE, &right));
    *calls = whole;
    cl->CreateBuffer = no_buffer;
    FAILS(RC_DEVICE, "CLBlast: a buffer over shared memory failed (code -5)", multiply_ones(SIDE, &right));
    *cl = real;
    OK(multiply_ones(SIDE, &right));
    CHECK(right);
}

/* Where memory for it is short, our own kernel makes the product, and CLBlast is asked again later. */
TEST(room_for_clblast_that_is_short)
{
    bool right;
    rc__clblast_calls *calls = rc__clblast_functions(), whole = *calls;
    if (!whole.SgemmWithTempBuffer) return;
    calls->SgemmWithTempBuffer = no_product;
    lacks = true; /* for its trial */
    OK(multiply_ones(LARGE, &right));
    CHECK(right);
    lacks = false;
    *calls = whole;
    OK(multiply_ones(LARGE, &right));
    CHECK(right);
    calls->SgemmWithTempBuffer = no_product;
    FAILS(RC_MEMORY, "CLBlast: a matrix product failed", multiply_ones(LARGE, &right));
    lacks = true; /* for its room */
    OK(multiply_ones(LARGER, &right));
    CHECK(right);
    lacks = false;
    *calls = whole;
}

static int no_room(unsigned layout, unsigned ta, unsigned tb, size_t m, size_t n, size_t k, size_t from_a,
                   size_t lda, size_t from_b, size_t ldb, size_t from_c, size_t ldc, rc_cl_queue *queue,
                   size_t *bytes)
{
    (void)layout, (void)ta, (void)tb, (void)m, (void)n, (void)k, (void)from_a, (void)lda, (void)from_b;
    (void)ldb, (void)from_c, (void)ldc, (void)queue;
    *bytes = 0;
    return RC_CLBLAST_SUCCESS;
}

/* A block that is nowhere, with operands in it so far behind its beginning. */
TEST(numbers_beyond_those_of_clblast)
{
    enum { M = 100, N = 200, K = 300 };
    rc__clblast c = {.way = {RC__CLBLAST_WORKS, RC__CLBLAST_WORKS}};
    rc__clblast_calls *calls = rc__clblast_functions(), whole = *calls;
    if (!whole.SgemmWithTempBuffer) return;
    float *block = (float *)((uintptr_t)1 << 48);
    const int64_t most = INT32_MAX;
    calls->SGemmTempBufferSize = no_room;
    OK(rc__clblast_add(&c, block, (size_t)16 << 30));
    for (int turned = 0; turned < 4; turned++)
        for (int which = 0; which < 3; which++)
            for (int beyond = 0; beyond < 2; beyond++) {
                bool ta = turned & 1, tb = turned & 2;
                int64_t from[3] = {0}, room = 0;
                const int64_t size[3] = {M * K, K * N, M * N};
                from[which] = most - size[which] + beyond;
                rc__gpu_product p = {.ta = ta, .tb = tb, .m = M, .n = N, .k = K, .alpha = 1};
                p.a = block + from[0];
                p.lda = ta ? M : K;
                p.b = block + from[1];
                p.ldb = tb ? K : N;
                p.c = block + from[2];
                p.ldc = N;
                CHECK(rc__clblast_takes(&c, &p, &room) == !beyond);
            }
    rc__gpu_product wide = {
        .m = M, .n = N, .k = K, .a = block, .lda = most + 1, .b = block, .ldb = N, .c = block, .ldc = N};
    int64_t room;
    CHECK(!rc__clblast_takes(&c, &wide, &room));
    rc__clblast_remove(&c, block);
    *calls = whole;
}

/* A driver that lays no buffer over shared memory: our own kernel makes the product. It is found out once in
 * a process, so this needs its own. */
static int multiply_without_buffers(void)
{
    bool right = false;
    if (rc_device_by_name("opencl", &device) != RC_OK) return 0;
    rc__opencl_calls()->CreateBuffer = no_buffer;
    return multiply_ones(SIDE, &right) != RC_OK || !right;
}

TEST(no_buffers_at_all)
{
    int code = 1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) _exit(multiply_without_buffers());
    CHECK(child > 0 && waitpid(child, &code, 0) == child && code == 0);
}

int main(void)
{
    setenv("RECRAFT_HOME", "gpu_faults_home", 1);
    if (OPENCL_IS_TESTED) RUN(no_buffers_at_all); /* before this process knows OpenCL */
    bool is_there = false;
    rc__gpu_found found;
    if (!OPENCL_IS_TESTED || rc__gpu_look(&rc__gpu_opencl, 0, &is_there, &found) != RC_OK) {
        (void)test_missing("opencl", OPENCL_IS_TESTED, "not under sanitizers");
        return EXIT_SUCCESS;
    }
    cl = rc__opencl_calls();
    RUN(a_device_that_will_not_do_is_refused);
    RUN(what_the_compiler_says_is_kept);
    RUN(no_more_memory);
    RUN(late_failures_name_the_kernel);
    RUN(work_is_handed_over_before_somebody_waits);
    RUN(products_of_clblast_that_fail);
    RUN(room_for_clblast_that_is_short);
    RUN(numbers_beyond_those_of_clblast);
    return RESULT();
}
