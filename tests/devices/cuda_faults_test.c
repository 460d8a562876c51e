/* Every call of CUDA's fails once, and the card is lost at every call: one clear line each, no crash, and
 * nothing that is not given back. The card is one of our own (fake_cuda.h); each failure has a process. */
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "test_devices.h"

#include "base/current_context.h"
#include "base/disk.h"
#include "base/message.h"
#include "devices/fake_cuda.h"

enum { N = 300, SLOTS = 2 };
typedef enum outcome { SUCCEEDED, FAILED_CLEARLY, UNREACHED, BADLY } outcome;

static const fake_cuda_report *report;
static bool launched; /* a kernel is in line */

static rc_status add_to(rc_device *d, const rc_tensor *x, const rc_tensor *y)
{
    RC_LAUNCH(d, axpy, N, 1, x->data, y->data);
    return RC_OK;
}

/* Each goes there beside the kernels of the one before. */
static rc_status bring_three(rc_device *d, const rc_tensor *y)
{
    static float host[2][N];
    rc_tensor x;
    RC_TRY(rc_tensor_create(d, RC_DTYPE_F32, RC_SHAPE(N), &x));
    rc_status status = RC_OK;
    for (int i = 0; i < 3 && status == RC_OK; i++) {
        host[i % 2][N - 1] = (float)(i + 1);
        status = rc_tensor_bring(d, host[i % 2], sizeof host[0]);
        if (status == RC_OK) status = rc_tensor_upload(&x, host[i % 2]);
        if (status == RC_OK) status = add_to(d, &x, y);
    }
    rc_tensor_forget_brought(d);
    rc_tensor_destroy(&x);
    return status;
}

static rc_status compute(rc_device *d, const rc_tensor *x, const rc_tensor *y, float host[N])
{
    RC_TRY(rc_tensor_upload(x, host));
    RC_LAUNCH(d, fill, N, 2, y->data);
    launched = true;
    RC_LAUNCH(d, axpy, N, 3, x->data, y->data); /* 2 + 3 x */
    RC_LAUNCH(d, gemm, false, false, 10, 10, 10, 1, x->data, 10, y->data, 10, 0, (float *)y->data + 100, 10);
    RC_LAUNCH(d, sum_squares, 10, x->data, false, (float *)y->data + 200);
    RC_TRY(bring_three(d, y));
    RC_TRY(rc_tensor_download(y, host));
    bool right = host[N - 1] == 2 + 3 * 9 + 1 + 2 + 3 && host[200] == 285 && host[201] == 0 && host[1] == 5 &&
                 host[100] == 45 * 2 && host[101] == 45 * 5;
    return right ? RC_OK : rc_fail(RC_INTERNAL, "the numbers are wrong");
}

static rc_status use_a_card(void)
{
    rc_device *d;
    rc_tensor x, y;
    float host[N];
    for (int i = 0; i < N; i++)
        host[i] = (float)(i % 10);
    RC_TRY(rc_device_by_name("cuda:0", &d));
    RC_TRY(rc_tensor_create(d, RC_DTYPE_F32, RC_SHAPE(N), &x));
    rc_status status = rc_tensor_create(d, RC_DTYPE_F32, RC_SHAPE(N), &y);
    if (status == RC_OK) {
        status = compute(d, &x, &y, host);
        rc_tensor_destroy(&y);
    }
    rc_tensor_destroy(&x);
    return status;
}

/* The room of kernels that work in two passes stays, and that of what is brought, with the device and its
 * programs. */
static bool has_leaks(bool is_open)
{
    const fake_cuda_report *r = report;
    if (r->programs > 0) return true;
    if (is_open)
        return r->contexts != 1 || r->streams != 2 || r->events != 2 * SLOTS || r->handles != 1 ||
               r->blocks > 1 + SLOTS;
    return r->contexts + r->streams + r->events + r->handles + r->blocks + r->pages > 0;
}

/* What becomes of it where one call fails; UNREACHED: there are not so many calls. */
static outcome try_it(const char *setting, int at)
{
    char text[64];
    fake_cuda_look *look;
    snprintf(text, sizeof text, "devices=1,%s=%d", setting, at);
    setenv("FAKE_CUDA", text, 1);
    *(void **)&look = dlsym(dlopen("libcuda.so.1", RTLD_NOW), FAKE_CUDA_LOOK);
    report = look();
    rc_status status = use_a_card();
    const char *said = status == RC_OK ? "no failure" : rc_error_text();
    bool clear =
        status == RC_OK || (status != RC_INTERNAL && (strstr(said, "CUDA") || strstr(said, "cuda:0")) &&
                            !strchr(said, '\n') && (!launched || strstr(said, "cuda:0, in or before ")));
    bool leaks = has_leaks(report->contexts > 0);
    if (!clear || leaks) fprintf(stderr, "%s: %s%s\n", text, said, leaks ? "; something leaks" : "");
    return !clear || leaks      ? BADLY
           : status != RC_OK    ? FAILED_CLEARLY
           : report->calls < at ? UNREACHED
                                : SUCCEEDED;
}

static outcome in_a_process(const char *setting, int at)
{
    int code;
    pid_t child = fork();
    if (child == 0) {
        outcome o = try_it(setting, at);
        fflush(NULL);
        _exit(o);
    }
    return child > 0 && waitpid(child, &code, 0) == child && WIFEXITED(code) ? (outcome)WEXITSTATUS(code)
                                                                             : BADLY;
}

/* At every call, in turn; kept: with programs that were kept before. */
static void fail_everywhere(const char *setting, bool kept)
{
    outcome o = SUCCEEDED;
    int failed = 0, at = 0;
    while (o != UNREACHED && at < 1000) {
        if (!kept) OK(rc_remove_tree("cuda_faults_home"));
        o = in_a_process(setting, ++at);
        CHECK(o != BADLY);
        failed += o == FAILED_CLEARLY;
    }
    fprintf(stderr, "     %s=1 to %d%s: %d of these runs failed, each with a line\n", setting, at - 1,
            kept ? ", kernels kept" : "", failed);
    CHECK(o == UNREACHED && failed > 30);
}

TEST(every_call_fails_once)
{
    fail_everywhere("fail", false);
    fail_everywhere("fail", true);
}

TEST(the_card_is_lost_at_every_call)
{
    fail_everywhere("lost", false);
}

static rc_device *device;

static char noted[RC_MESSAGE];

static void keep_note(void *context, const char *line)
{
    (void)context;
    snprintf(noted, sizeof noted, "%s", line);
}

TEST(a_device_that_will_not_do_is_refused)
{
    rc_context_current()->sink = (rc_sink){.note = keep_note};
    setenv("FAKE_CUDA", "devices=0", 1);
    FAILS(RC_CONFIG, "CUDA: there is no device", rc_device_by_name("cuda", &device));
    setenv("FAKE_CUDA", "devices=2,driver=10020", 1);
    FAILS(RC_CONFIG, "version 10.2, and 11.2 or later", rc_device_by_name("cuda", &device));
    setenv("FAKE_CUDA", "devices=2,driver=11080", 1);
    FAILS(RC_CONFIG, "libnvrtc.so.11.2 cannot be opened", rc_device_by_name("cuda", &device));
    setenv("FAKE_CUDA", "devices=2,sm=61,memory=64", 1);
    FAILS(RC_CONFIG, "cuda:0 (Fake card 0): NVRTC 12.4 does not build for sm_61",
          rc_device_by_name("cuda", &device));
    OK(rc_device_by_name("auto", &device));
    CHECK(device == rc_device_onednn());
    CHECK(
        strstr(noted, "device auto does not take cuda:1 (Fake card 1): NVRTC 12.4 does not build for sm_61"));
    setenv("FAKE_CUDA", "devices=2,sm=88,memory=64,broken=1", 1);
    FAILS(RC_CONFIG, "cuda:2: CUDA knows 2 devices, numbered from 0", rc_device_by_name("cuda:2", &device));
    OK(rc_device_by_name("auto", &device));
    CHECK(strcmp(device->name, "cuda:0") == 0);
    OK(rc_device_by_name("cuda:1", &device));
    CHECK(strcmp(device->name, "cuda:1") == 0);
}

static bool means(const char *name, const char *card)
{
    rc_device *d;
    return rc_device_by_name(name, &d) == RC_OK && strcmp(d->name, card) == 0;
}

TEST(another_card_for_each_rank)
{
    rc_context_current()->card = 1;
    CHECK(means("cuda", "cuda:1") && means("auto", "cuda:1") && means("cuda:0", "cuda:0"));
    rc_context_current()->card = 2;
    CHECK(means("cuda", "cuda:0") && means("auto", "cuda:0") && means("cuda:1", "cuda:1"));
    rc_context_current()->card = 0;
}

TEST(what_the_compiler_says_is_kept)
{
    rc_tensor x;
    OK(rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(3), &x));
    FAILS(RC_DEVICE, "CUDA: NVRTC 12.4 could not build the kernels \"linear\"; what it said is in",
          device->kernels.fill(device, 3, 1, x.data));
    FILE *log = fopen(strstr(rc_error_text(), "is in ") + 6, "r");
    char line[100] = "";
    REQUIRE(log);
    CHECK(fgets(line, sizeof line, log) && strstr(line, "it does not compile"));
    fclose(log);
    setenv("FAKE_CUDA", "devices=2,sm=88,memory=64",
           1); /* a card between two that NVRTC knows: by way of PTX */
    OK(device->kernels.fill(device, 3, 1, x.data));
    rc_tensor_destroy(&x);
}

TEST(no_more_memory)
{
    rc_tensor x, y;
    OK(rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(10 << 20), &x));
    FAILS(RC_MEMORY,
          "cuda:1 (Fake card 1): 41 MiB more were wanted, and 40 of its 64 MiB are in use here, 24 are free",
          rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(10 << 20), &y));
    CHECK(strstr(rc_error_text(), "lower fit.batch"));
    setenv("FAKE_CUDA", "devices=2,memory=50", 1); /* others have taken some */
    FAILS(RC_MEMORY, "10 are free", rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(4 << 20), &y));
    rc_tensor_destroy(&x);
}

/* The card's own memory that a launch or a product wants. */
TEST(no_more_memory_for_work)
{
    rc_tensor x;
    char text[64];
    fake_cuda_look *look = NULL;
    *(void **)&look = dlsym(dlopen("libcuda.so.1", RTLD_NOW), FAKE_CUDA_LOOK);
    REQUIRE(look);
    OK(rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(300), &x));
    OK(device->kernels.fill(device, 300, 1, x.data));
    snprintf(text, sizeof text, "devices=2,memory=64,code=2,fail=%d", look()->calls + 2);
    setenv("FAKE_CUDA", text, 1);
    FAILS(RC_MEMORY,
          "in or before fill: CUDA: launching failed (code 2: out of memory); 0 of its 64 MiB are in use",
          device->kernels.fill(device, 300, 1, x.data));
    CHECK(strstr(rc_error_text(), "lower fit.batch"));
    float *c = (float *)x.data + 200;
    snprintf(text, sizeof text, "devices=2,memory=64,code=3,fail=%d", look()->calls + 2);
    setenv("FAKE_CUDA", text, 1);
    FAILS(RC_MEMORY, "in or before gemm: CUDA: cuBLAS: a matrix product failed (code 3: out of memory); 0 of",
          device->kernels.gemm(device, false, false, 10, 10, 10, 1, x.data, 10, x.data, 10, 0, c, 10));
    rc_tensor_destroy(&x);
}

TEST(late_failures_name_the_kernel)
{
    rc_tensor x;
    float host[3];
    fake_cuda_look *look = NULL;
    *(void **)&look = dlsym(dlopen("libcuda.so.1", RTLD_NOW), FAKE_CUDA_LOOK);
    REQUIRE(look);
    OK(rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(3), &x));
    OK(device->kernels.fill(device, 3, 1, x.data));
    CHECK(look()->work == 1); /* nothing waits but who reads */
    char text[64];
    snprintf(text, sizeof text, "devices=2,fail=%d",
             look()->calls + 6); /* enter and: host memory, copy, wait */
    setenv("FAKE_CUDA", text, 1);
    FAILS(RC_DEVICE,
          "cuda:1, in or before fill: CUDA: computing failed (code 719: unspecified launch failure)",
          rc_tensor_download(&x, host));
    OK(rc_tensor_download(&x, host));
    CHECK(host[0] == 1 && host[2] == 1 && look()->work == 0);
    rc_tensor_destroy(&x);
}

int main(void)
{
    setenv("RECRAFT_HOME", "cuda_faults_home", 1);
    setenv("OCL_ICD_VENDORS", "none", 1); /* what it would take in place of CUDA's */
    if (CHECKS_THREADS) return RESULT();  /* the card's kernels are fibres */
    RUN(every_call_fails_once);
    RUN(the_card_is_lost_at_every_call);
    RUN(a_device_that_will_not_do_is_refused);
    RUN(another_card_for_each_rank);
    RUN(what_the_compiler_says_is_kept);
    RUN(no_more_memory);
    RUN(no_more_memory_for_work);
    RUN(late_failures_name_the_kernel);
    return RESULT();
}
