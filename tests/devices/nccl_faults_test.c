/* The bridge between cards of CUDA, by an NCCL of our own (fake_nccl.c): numbers arrive in their order,
 * without a wait of the host; and every call of NCCL's fails once, on either side: each process ends, the one
 * that fails with one clear line, and nothing is left. */
#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "test_devices.h"

#include "base/progress.h"
#include "devices/fake_cuda.h"

enum { MOST = 4, N = 40000, ROUNDS = 3 };
typedef enum outcome { SUCCEEDED, FAILED_CLEARLY, GAVE_UP, UNREACHED, BADLY } outcome;

/* What the processes share. */
static struct shared {
    rc_bridge_meeting at;
    volatile bool is_arranged, has_failed;
} * shared;

static const fake_cuda_report *report;
static bool gave_up;  /* since another process has failed */
static bool unpinned; /* the driver has no memory of the host's after the meeting */

static rc_status give_up(rc_device *d)
{
    gave_up = true;
    d->bridge->drop(d, "NCCL: another process has failed");
    return rc_fail(RC_DEVICE, "NCCL: another process has failed");
}

/* Who does not come to the meeting says so, as ranks do. */
static rc_status meet(rc_device *d, int rank, int size)
{
    rc_bridge_end end;
    bool done = false;
    RC_TRY(d->bridge->look(d, &end));
    CHECK(strncmp(end.by, "NCCL 2.", 7) == 0 && !end.met);
    if (rank == 0) RC_TRY(d->bridge->invite(d, &shared->at));
    if (rank == 0) shared->is_arranged = true;
    while (!shared->is_arranged)
        if (shared->has_failed) return give_up(d);
    while (!done) {
        RC_TRY(d->bridge->meet(d, &shared->at, rank, size, &done));
        if (!done && shared->has_failed) return give_up(d);
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    RC_TRY(d->bridge->look(d, &end));
    CHECK(end.met);
    return RC_OK;
}

/* Own numbers to all, one more for each; those of all to a row each. */
static rc_status cross(rc_device *d, int rank, int size, const rc_tensor *x, const rc_tensor *y)
{
    rc_bridge_move move[2 * MOST];
    int n = 0;
    for (int q = 0; q < size; q++)
        if (q != rank) {
            float *row = (float *)y->data + (size_t)q * N;
            size_t half = N / 2 * sizeof(float);
            move[n++] = (rc_bridge_move){q, x->data, row, half, half};
            move[n++] = (rc_bridge_move){q, (float *)x->data + N / 2, row + N / 2, half, half};
        }
    return d->bridge->exchange(d, n, move);
}

static rc_status cross_often(rc_device *d, int rank, int size, const rc_tensor *x, const rc_tensor *y)
{
    static float host[MOST * N];
    RC_LAUNCH(d, fill, N, (float)rank, x->data);
    RC_LAUNCH(d, fill, (int64_t)size * N, -1, y->data);
    int told = report->told;
    for (int round = 0; round < ROUNDS; round++) {
        RC_TRY(cross(d, rank, size, x, y));
        RC_LAUNCH(d, axpy, N, 1, (float *)y->data + (size_t)((rank + 1) % size) * N, x->data);
    }
    CHECK(strcspn(report->story + told, "|") == strlen("mk") * ROUNDS); /* the host waits for nothing */
    int before = report->told;
    RC_TRY(rc_tensor_download(x, host));
    /* A copy that waits within the driver comes after the moves. */
    CHECK(strncmp(report->story + before, unpinned ? "|c|" : "c|", unpinned ? 3 : 2) == 0);
    float all[MOST], next[MOST];
    for (int q = 0; q < size; q++)
        all[q] = (float)q;
    for (int round = 0; round < ROUNDS; round++, memcpy(all, next, sizeof all))
        for (int q = 0; q < size; q++)
            next[q] = all[q] + all[(q + 1) % size];
    for (int i = 0; i < N; i++)
        if (host[i] != all[rank])
            return rc_fail(RC_INTERNAL, "%g at %d instead of %g", host[i], i, all[rank]);
    return RC_OK;
}

static rc_status use_a_bridge(int rank, int size)
{
    char name[16];
    rc_device *d;
    rc_tensor x, y = {0};
    snprintf(name, sizeof name, "cuda:%d", rank);
    RC_TRY(rc_device_by_name(name, &d));
    RC_TRY(rc_tensor_create(d, RC_DTYPE_F32, RC_SHAPE(N), &x));
    rc_status status = rc_tensor_create(d, RC_DTYPE_F32, RC_SHAPE(size, N), &y);
    if (status == RC_OK) status = meet(d, rank, size);
    if (unpinned) setenv("FAKE_CUDA", "devices=2,tells=1,unpinned=1", 1);
    if (status == RC_OK) status = cross_often(d, rank, size, &x, &y);
    if (status != RC_OK) shared->has_failed = true;
    rc_tensor_destroy(&x);
    rc_tensor_destroy(&y);
    return status;
}

static void look_at_ours(void)
{
    fake_cuda_look *look = NULL;
    *(void **)&look = dlsym(dlopen("libcuda.so.1", RTLD_NOW), FAKE_CUDA_LOOK);
    report = look();
}

/* at: the call that fails, on this rank; 0: none. */
static outcome try_it(int rank, int size, int at)
{
    char text[100];
    alarm(60); /* whoever waits for ever ends badly */
    snprintf(text, sizeof text, "devices=%d,tells=1,stumble=%d", size, at);
    setenv("FAKE_CUDA", text, 1);
    look_at_ours();
    rc_status status = use_a_bridge(rank, size);
    const char *said = status == RC_OK ? "" : rc_error_text();
    bool clear = status == RC_OK || (strstr(said, "NCCL: ") && !strchr(said, '\n'));
    bool leaks = report->communicators != (status == RC_OK) || report->work > 0;
    if (!clear || leaks || check_failures)
        fprintf(stderr, "%d of %d, %s: %s%s\n", rank, size, text, said, leaks ? "; something is left" : "");
    return !clear || leaks || check_failures ? BADLY
           : gave_up                         ? GAVE_UP
           : status != RC_OK                 ? FAILED_CLEARLY
           : at > 0 && report->across < at   ? UNREACHED
                                             : SUCCEEDED;
}

/* Call `at` of process `who` fails. */
static void in_processes(int size, int who, int at, outcome out[MOST])
{
    pid_t child[MOST];
    *shared = (struct shared){0};
    for (int rank = 0; rank < size; rank++) {
        child[rank] = fork();
        if (child[rank] == 0) {
            outcome o = try_it(rank, size, rank == who ? at : 0);
            fflush(NULL);
            _exit(o);
        }
    }
    for (int rank = 0; rank < size; rank++) {
        int code;
        bool ended = waitpid(child[rank], &code, 0) == child[rank] && WIFEXITED(code);
        out[rank] = ended ? (outcome)WEXITSTATUS(code) : BADLY;
    }
}

TEST(numbers_arrive_in_their_order)
{
    for (int size = 2; size <= MOST; size++) {
        outcome o[MOST];
        in_processes(size, 0, 0, o);
        for (int rank = 0; rank < size; rank++)
            CHECK(o[rank] == SUCCEEDED);
    }
}

TEST(copies_that_wait_come_after_moves)
{
    outcome o[MOST];
    unpinned = true;
    in_processes(2, 0, 0, o);
    unpinned = false;
    CHECK(o[0] == SUCCEEDED && o[1] == SUCCEEDED);
}

TEST(every_call_fails_once_on_either_side)
{
    for (int who = 0; who < 2; who++) {
        outcome o[MOST] = {SUCCEEDED};
        int failed = 0, at = 0;
        while (o[who] != UNREACHED && at < 1000) {
            in_processes(2, who, ++at, o);
            CHECK(o[who] != BADLY && o[1 - who] != BADLY && o[who] != GAVE_UP);
            failed += o[who] == FAILED_CLEARLY;
        }
        fprintf(stderr, "     to %d on rank %d: %d of these runs failed, each with a line\n", at - 1, who,
                failed);
        CHECK(o[who] == UNREACHED && failed > 20);
    }
}

TEST(a_library_that_will_not_do_is_refused)
{
    rc_device *d;
    rc_bridge_end end;
    setenv("FAKE_CUDA", "devices=1,nccl=2804", 1);
    OK(rc_device_by_name("cuda:0", &d));
    FAILS(RC_CONFIG, "NCCL: libnccl.so.2 is older than 2.14 (2804); install", d->bridge->look(d, &end));
    setenv("FAKE_CUDA", "devices=1,nccl=22803", 1);
    OK(d->bridge->look(d, &end));
    CHECK(strcmp(end.by, "NCCL 2.28.3") == 0 && !end.met);
    d->bridge->drop(d, "rank 3: NCCL: it is not there");
    FAILS(RC_DEVICE, "rank 3: NCCL: it is not there", d->bridge->look(d, &end));
}

int main(void)
{
    setenv("RECRAFT_HOME", "nccl_faults_home", 1);
    if (CHECKS_THREADS) return RESULT(); /* the card's kernels are fibres */
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    if (shared == MAP_FAILED) return RESULT();
    RUN(numbers_arrive_in_their_order);
    RUN(copies_that_wait_come_after_moves);
    RUN(every_call_fails_once_on_either_side);
    RUN(a_library_that_will_not_do_is_refused);
    return RESULT();
}
