/* What goes to a card beside its work: it is what was brought, on every device and however late the card does
 * its work; and in a training it goes there before the host waits for the step. */
#include <dlfcn.h>
#include <unistd.h>

#include "check.h"
#include "test_devices.h"

#include "devices/fake_cuda.h"
#include "recraft/generate.h"
#include "recraft/run.h"

enum { N = 700, MANY = 5000, ROUNDS = 20 };

static rc_device *device[TEST_DEVICES];
static int count;
static rc_tensor x, sum;

static void begin(rc_device *d)
{
    OK(rc_tensor_create(d, RC_DTYPE_F32, RC_SHAPE(MANY), &x));
    OK(rc_tensor_create_zeroed(d, RC_DTYPE_F32, RC_SHAPE(MANY), &sum));
}

static void fill(float *host, int64_t n, float value)
{
    for (int64_t i = 0; i < n; i++)
        host[i] = value;
}

/* sum += what an upload of these gives */
static rc_status add(rc_device *d, const float *host, int64_t n)
{
    rc_tensor to = rc_tensor_rows(x, 0, n);
    RC_TRY(rc_tensor_upload(&to, host));
    RC_LAUNCH(d, axpy, n, 1, x.data, sum.data);
    return RC_OK;
}

/* All of the first n have this sum. */
static void end(int64_t n, float value)
{
    static float host[MANY];
    OK(rc_tensor_download(&sum, host));
    for (int64_t i = 0; i < n; i++)
        if (host[i] != value) {
            CHECK(host[i] == value);
            break;
        }
    rc_tensor_destroy(&x);
    rc_tensor_destroy(&sum);
}

/* The host's numbers change as soon as they were asked for, while nothing has been waited for. The second
 * line may be the later or the earlier one. */
TEST(each_round_has_what_was_brought_for_it)
{
    static float host[2][N];
    for (int i = 0; i < 2 * count; i++) {
        int d = i % count;
        setenv("FAKE_CUDA", i < count ? "devices=1" : "devices=1,eager=1", 1);
        begin(device[d]);
        fill(host[0], N, 1);
        for (int k = 0; k < ROUNDS; k++) {
            OK(rc_tensor_bring(device[d], host[k % 2], sizeof host[0]));
            OK(add(device[d], host[k % 2], N));
            fill(host[(k + 1) % 2], N, (float)(k + 2));
        }
        end(N, ROUNDS * (ROUNDS + 1) / 2);
    }
}

TEST(what_was_forgotten_is_not_taken)
{
    static float host[2][MANY];
    for (int d = 0; d < count; d++) {
        begin(device[d]);
        for (int i = 0; i < 3; i++) {
            fill(host[0], N, 100);
            OK(rc_tensor_bring(device[d], host[0], N * sizeof(float)));
            rc_tensor_forget_brought(device[d]);
            fill(host[0], N, 1);
            OK(add(device[d], host[0], N)); /* + 1 */
            fill(host[1], MANY, 2);         /* more room than before */
            OK(rc_tensor_bring(device[d], host[1], sizeof host[1]));
            OK(add(device[d], host[1], N));    /* another number of bytes: + 2 */
            OK(add(device[d], host[1], MANY)); /* + 2 */
        }
        end(N, 15);
    }
}

/* More than there is room for at once, and what is too little to be worth it, go up when they are asked for.
 */
TEST(a_hint_may_come_to_nothing)
{
    static float host[4][N];
    for (int d = 0; d < count; d++) {
        begin(device[d]);
        for (int i = 0; i < 4; i++) {
            fill(host[i], N, (float)(i + 1));
            OK(rc_tensor_bring(device[d], host[i], i == 0 ? 8 : sizeof host[i]));
        }
        for (int i = 0; i < 4; i++)
            OK(add(device[d], host[i], N));
        OK(rc_tensor_bring(device[d], host[0], 0));
        end(N, 10);
    }
}

static const fake_cuda_report *report;
static int from;

static bool has_fake_card(void)
{
    fake_cuda_look *look = NULL;
    void *fake = dlopen("libcuda.so.1", RTLD_NOW);
    if (fake) *(void **)&look = dlsym(fake, FAKE_CUDA_LOOK);
    if (look) report = look();
    return look != NULL;
}

/* However their sizes change from step to step: pages of the host's that stay where they are take long to
 * make. */
TEST(pages_are_used_again)
{
    static float host[MANY];
    rc_device *d;
    int pages = 0;
    if (!has_fake_card()) return;
    OK(rc_device_by_name("cuda", &d));
    begin(d);
    for (int i = 0; i < 20; i++) {
        OK(add(d, host, i % 2 ? MANY : MANY / 4));
        OK(rc_tensor_download(&sum, host));
        if (i == 1) pages = report->pages;
        CHECK(i < 2 || report->pages == pages);
    }
    end(MANY, 0);
}

/* ---- a training ---- */

/* The story of a step, told when it has ended: its kernels, then the next batch, then what the host waits
 * for. */
static void on_step(void *context, const char *work, int64_t done, int64_t total, const char *detail)
{
    int *ahead = context, last_kernel = 0, brought = 0, waits = 0;
    (void)detail;
    if (strcmp(work, "fit") != 0) return;
    for (int i = from; i < report->told; i++) {
        if (report->story[i] == 'k' || report->story[i] == 'p') last_kernel = i;
        if (report->story[i] == 'C') brought = i;
        waits += report->story[i] == '|';
    }
    from = report->told;
    /* In the first two stories there is what came before, and memory that is laid out anew; after the last
     * step none is brought. */
    if (done < 3 || done == total) return;
    CHECK(waits == 1 && report->story[from - 1] == '|');
    CHECK(brought > last_kernel);
    ++*ahead;
}

TEST(a_batch_goes_up_before_the_step_before_is_waited_for)
{
    char folder[] = "/tmp/recraft-bring-XXXXXX", command[64], data[64], run[64];
    const char *set[] = {"fit.epochs=1", "fit.batch=3", "fit.warmup=0", "fit.train=head",
                         "model.device=cuda"};
    int ahead = 0;
    if (CHECKS_ADDRESSES || CHECKS_THREADS || !has_fake_card()) return; /* fibres are slow there; or a card */
    from = report->told;
    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(data, sizeof data, "%s/darcy", folder);
    snprintf(run, sizeof run, "%s/run", folder);
    OK(rc_make(
        "darcy",
        &(rc_make_options){
            .size = sizeof(rc_make_options), .out = data, .n_train = 12, .n_test = 2, .resolution = 10},
        NULL));
    rc_fit_options o = {.size = sizeof o, .data = data, .source = "swin-mini", .method = "nft", .out = run};
    o.settings = (rc_settings){.set = set, .n_set = sizeof set / sizeof *set};
    rc_progress_set_sink(&(rc_sink){.step = on_step, .context = &ahead});
    OK(rc_fit(&o, NULL));
    rc_progress_set_sink(NULL);
    CHECK(ahead == 1);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    CHECK(system(command) == 0);
}

int main(void)
{
    setenv("RECRAFT_HOME", "gpu_bring_home", 1);
    count = test_devices(device);
    RUN(each_round_has_what_was_brought_for_it);
    RUN(what_was_forgotten_is_not_taken);
    RUN(a_hint_may_come_to_nothing);
    RUN(pages_are_used_again);
    RUN(a_batch_goes_up_before_the_step_before_is_waited_for);
    return RESULT();
}
