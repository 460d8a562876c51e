/* The driver for CUDA: libcuda has memory and order, NVRTC builds the kernels, cuBLAS makes matrix products.
 * Memory is the device's own, and its addresses are plain: the library reckons with them and reads through
 * copies only. Everything is put in one stream, but for what is brought beside it; and only `wait` and the
 * giving back of memory wait. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"

#include "devices/gpu/cuda_abi.h"
#include "devices/gpu/gpu.h"
#include "devices/gpu/interfaces.h"
#include "devices/gpu/kept.h"
#include "devices/gpu/library.h"
#include "devices/gpu/nccl.h"

enum { OLDEST = 11, NEWEST = 13, MAX_ARCHS = 64 };

/* Of a bridge, whether numbers arrive. */
typedef struct trial {
    enum { NOT_BEGUN, BEGUN, IN_LINE, DONE } state;
    void *room;          /* on the device: own bytes, and those of each other */
    unsigned char *host; /* what has arrived there */
} trial;

typedef struct cuda {
    rc_cu_device device;
    rc_cu_context context; /* the primary one, which others in the process share */
    rc_cu_stream stream, beside;
    bool brings; /* something was put in the second since both were waited for */
    rc_cu_event arrived[RC__GPU_SLOTS], taken[RC__GPU_SLOTS];
    rc_cublas_handle products;
    rc__nccl across; /* to the cards of other processes */
    trial trial;
    rc__gpu_found found;
} cuda;

static const char no_contraction[] = "--fmad=false";

/* Of the process. */
static struct {
    rc__cu call;
    rc__nvrtc compile;
    rc__cublas multiply;
    int driver; /* 1000 major + 10 minor */
    char compiler[32];
} all;

static rc_status check(unsigned code, const char *what)
{
    const char *text = NULL;
    if (code == RC_CUDA_SUCCESS) return RC_OK;
    if (all.call.GetErrorString(code, &text) != RC_CUDA_SUCCESS || !text) text = "an unknown error";
    return rc_fail(code == RC_CUDA_ERROR_OUT_OF_MEMORY ? RC_MEMORY : RC_DEVICE,
                   "CUDA: %s failed (code %u: %s)", what, code, text);
}

static rc_status check_compiler(unsigned code, const char *what)
{
    return code == RC_NVRTC_SUCCESS ? RC_OK
                                    : rc_fail(RC_DEVICE, "CUDA: NVRTC: %s failed (code %u: %s)", what, code,
                                              all.compile.GetErrorString(code));
}

/* cuBLAS has words of its own from version 11.4.2 on. */
static rc_status check_products(unsigned code, const char *what)
{
    if (code == RC_CUBLAS_STATUS_SUCCESS) return RC_OK;
    const char *text = code == RC_CUBLAS_STATUS_ALLOC_FAILED       ? "out of memory"
                       : code == RC_CUBLAS_STATUS_NOT_INITIALIZED  ? "not initialized"
                       : code == RC_CUBLAS_STATUS_EXECUTION_FAILED ? "execution failed"
                                                                   : "see cuBLAS's list of codes";
    return rc_fail(code == RC_CUBLAS_STATUS_ALLOC_FAILED ? RC_MEMORY : RC_DEVICE,
                   "CUDA: cuBLAS: %s failed (code %u: %s)", what, code, text);
}

/* ---- what there is ---- */

#define COUNT(names) (int)(sizeof(names) / sizeof *(names))

static rc_status open_driver(void)
{
#define NAME(name, result, arguments) "cu" #name,
    static const char *const names[] = {RC_CU_FUNCTIONS(NAME)};
#undef NAME
    return rc__gpu_library_open("CUDA", "libcuda.so.1",
                                "install NVIDIA's driver, of CUDA 11.2 or later, or take \1device cpu",
                                COUNT(names), names, &all.call, NULL);
}

/* NVRTC and cuBLAS of one version; who fails has opened neither. */
static rc_status open_version(int version)
{
#define NAME(name, result, arguments) "nvrtc" #name,
    static const char *const compile_names[] = {RC_NVRTC_FUNCTIONS(NAME)};
#undef NAME
#define NAME(name, result, arguments) "cublas" #name,
    static const char *const multiply_names[] = {RC_CUBLAS_FUNCTIONS(NAME)};
#undef NAME
    static const char remedy[] = "install NVRTC and cuBLAS of version 11 to 13, not newer than the driver, "
                                 "where LD_LIBRARY_PATH finds them";
    char file[32];
    void *compiler;
    snprintf(file, sizeof file, version == 11 ? "libnvrtc.so.11.2" : "libnvrtc.so.%d", version);
    RC_TRY(rc__gpu_library_open("CUDA", file, remedy, COUNT(compile_names), compile_names, &all.compile,
                                &compiler));
    snprintf(file, sizeof file, "libcublas.so.%d", version);
    rc_status status = rc__gpu_library_open("CUDA", file, remedy, COUNT(multiply_names), multiply_names,
                                            &all.multiply, NULL);
    if (status != RC_OK) rc__gpu_library_close(compiler);
    return status;
}

/* The newest that the driver can be expected to know. */
static rc_status open_tools(void)
{
    int newest = all.driver / 1000 < NEWEST ? all.driver / 1000 : NEWEST, major, minor;
    RC_CHECK(newest >= OLDEST, RC_CONFIG, "CUDA: the driver is of version %d.%d, and 11.2 or later is needed",
             all.driver / 1000, all.driver % 1000 / 10);
    int version = newest;
    while (version >= OLDEST && open_version(version) != RC_OK)
        version--;
    if (version < OLDEST) return open_version(newest); /* for its words */
    RC_TRY(check_compiler(all.compile.Version(&major, &minor), "asking for its version"));
    snprintf(all.compiler, sizeof all.compiler, "NVRTC %d.%d", major, minor);
    return RC_OK;
}

static rc_status begin(int *n)
{
    int count = 0;
    RC_TRY(open_driver());
    unsigned code = all.call.Init(0);
    if (code != RC_CUDA_ERROR_NO_DEVICE) {
        RC_TRY(check(code, "starting the driver"));
        RC_TRY(check(all.call.DriverGetVersion(&all.driver), "asking for the driver's version"));
        RC_TRY(check(all.call.DeviceGetCount(&count), "asking for devices"));
    }
    RC_CHECK(count > 0, RC_CONFIG,
             "CUDA: there is no device; is the card's driver loaded? Else take \1device cpu");
    *n = count;
    return open_tools();
}

static int attribute(rc_cu_device device, unsigned which)
{
    int value = 0;
    return all.call.DeviceGetAttribute(&value, which, device) == RC_CUDA_SUCCESS ? value : 0;
}

/* 10 major + minor */
static int capability_of(rc_cu_device device)
{
    return 10 * attribute(device, RC_CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) +
           attribute(device, RC_CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
}

/* What NVRTC builds for: this capability, or else the nearest older one, whose code the driver translates; 0:
 * none. */
static int arch_for(int capability)
{
    int n = 0, known[MAX_ARCHS], best = 0;
    if (all.compile.GetNumSupportedArchs(&n) != RC_NVRTC_SUCCESS || n > MAX_ARCHS ||
        all.compile.GetSupportedArchs(known) != RC_NVRTC_SUCCESS)
        return 0;
    for (int i = 0; i < n; i++)
        if (known[i] <= capability && known[i] > best) best = known[i];
    return best;
}

static void look(int index, rc__gpu_found *out)
{
    rc_cu_device device;
    *out = (rc__gpu_found){.name = "unknown", .is_card = true};
    if (all.call.DeviceGet(&device, index) != RC_CUDA_SUCCESS) {
        strcpy(out->refused, "its driver does not give it");
        return;
    }
    if (all.call.DeviceGetName(out->name, sizeof out->name, device) != RC_CUDA_SUCCESS)
        strcpy(out->name, "unknown");
    (void)all.call.DeviceTotalMem_v2(&out->memory, device);
    int capability = capability_of(device);
    snprintf(out->version, sizeof out->version, "sm_%d, %s", capability, all.compiler);
    snprintf(out->driver, sizeof out->driver, "%d.%d", all.driver / 1000, all.driver % 1000 / 10);
    if (!attribute(device, RC_CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING))
        strcpy(out->refused, "it has no unified addressing, which recraft needs");
    else if (arch_for(capability) == 0)
        snprintf(out->refused, sizeof out->refused, "%s does not build for sm_%d; take another version of it",
                 all.compiler, capability);
}

/* ---- the driver ---- */

static rc_cu_pointer address(const void *p)
{
    return (rc_cu_pointer)(uintptr_t)p;
}

/* Calls come from any thread, and each thread has its own idea of the present context. */
static rc_status enter(const cuda *c)
{
    return check(all.call.CtxSetCurrent(c->context), "entering the device");
}

static rc_status alloc(void *self, size_t bytes, void **out)
{
    rc_cu_pointer p = 0;
    RC_TRY(enter(self));
    unsigned code = all.call.MemAlloc_v2(&p, bytes);
    *out = code == RC_CUDA_SUCCESS ? (void *)(uintptr_t)p : NULL;
    return code == RC_CUDA_ERROR_OUT_OF_MEMORY ? RC_OK : check(code, "asking for memory");
}

/* Until all that is in line is done, or given up. */
static unsigned finish(cuda *c)
{
    unsigned code = RC_CUDA_ERROR_NOT_READY;
    for (int64_t tries = 0; code == RC_CUDA_ERROR_NOT_READY && rc__nccl_is_under_way(&c->across); tries++) {
        code = all.call.StreamQuery(c->stream);
        if (code == RC_CUDA_ERROR_NOT_READY) rc_clock_pause(tries);
    }
    return all.call.StreamSynchronize(c->stream);
}

/* Kernels in line may still use it. Whoever failed there is told by the next call. */
static void release(void *self, void *p)
{
    cuda *c = self;
    (void)all.call.CtxSetCurrent(c->context);
    (void)finish(c);
    (void)all.call.MemFree_v2(address(p));
}

static size_t room(void *self)
{
    size_t free = 0, total;
    const cuda *c = self;
    (void)all.call.CtxSetCurrent(c->context);
    return all.call.MemGetInfo_v2(&free, &total) == RC_CUDA_SUCCESS ? free : 0;
}

static rc_status zero(void *self, void *p, size_t bytes)
{
    const cuda *c = self;
    RC_TRY(enter(c));
    return check(all.call.MemsetD8Async(address(p), 0, bytes, c->stream), "filling memory");
}

static rc_status copy(void *self, void *to, const void *from, size_t bytes)
{
    const cuda *c = self;
    RC_TRY(enter(c));
    return check(all.call.MemcpyAsync(address(to), address(from), bytes, c->stream), "copying memory");
}

/* The host's memory that copies are under way to or from may be freed after it, even where it fails. */
static rc_status wait(void *self)
{
    cuda *c = self;
    unsigned entered = all.call.CtxSetCurrent(c->context), done = finish(c);
    unsigned arrived = c->brings ? all.call.StreamSynchronize(c->beside) : RC_CUDA_SUCCESS;
    c->brings = false;
    rc_status across = rc__nccl_arrived(&c->across);
    RC_TRY(check(entered, "entering the device"));
    RC_TRY(check(done, "computing"));
    RC_TRY(check(arrived, "copying memory"));
    return across;
}

/* The driver does not ask NCCL while it waits. */
static rc_status settle(void *self)
{
    cuda *c = self;
    if (!c->across.is_waited_for) return RC_OK;
    RC_TRY(enter(c));
    unsigned done = finish(c);
    rc_status across = rc__nccl_arrived(&c->across);
    RC_TRY(check(done, "computing"));
    return across;
}

static void *alloc_host(void *self, size_t bytes)
{
    const cuda *c = self;
    void *p = NULL;
    (void)all.call.CtxSetCurrent(c->context);
    return all.call.MemHostAlloc(&p, bytes, 0) == RC_CUDA_SUCCESS ? p : NULL;
}

static void release_host(void *self, void *p)
{
    const cuda *c = self;
    (void)all.call.CtxSetCurrent(c->context);
    (void)all.call.MemFreeHost(p);
}

/* After one event of the other stream, with one that tells of it. */
static rc_status copy_between(const cuda *c, rc_cu_stream stream, rc_cu_event after, rc_cu_event tells,
                              void *to, const void *from, size_t bytes)
{
    RC_TRY(enter(c));
    RC_TRY(check(all.call.StreamWaitEvent(stream, after, 0), "copying memory"));
    RC_TRY(check(all.call.MemcpyAsync(address(to), address(from), bytes, stream), "copying memory"));
    return check(all.call.EventRecord(tells, stream), "copying memory");
}

static rc_status bring(void *self, int slot, void *room, const void *host, size_t bytes)
{
    cuda *c = self;
    c->brings = true;
    return copy_between(c, c->beside, c->taken[slot], c->arrived[slot], room, host, bytes);
}

static rc_status take(void *self, int slot, void *to, const void *room, size_t bytes)
{
    const cuda *c = self;
    return copy_between(c, c->stream, c->arrived[slot], c->taken[slot], to, room, bytes);
}

static rc_status find(void *self, void *program, const char *name, void **out)
{
    RC_TRY(enter(self));
    return check(all.call.ModuleGetFunction((rc_cu_function *)out, program, name), name);
}

static rc_status launch(void *self, void *kernel, i64 groups, int items, int n, const rc__gpu_argument *a)
{
    const cuda *c = self;
    void *argument[RC__GPU_MAX_ARGUMENTS];
    RC_CHECK(n <= RC__GPU_MAX_ARGUMENTS, RC_INTERNAL,
             "CUDA: a kernel takes %d arguments, and at most %d are foreseen", n, RC__GPU_MAX_ARGUMENTS);
    RC_CHECK(groups <= INT_MAX, RC_UNSUPPORTED,
             "CUDA: a kernel needs %lld groups, more than a card can start at once; lower fit.batch",
             (long long)groups);
    for (int i = 0; i < n; i++)
        argument[i] = (void *)(uintptr_t)&a[i].pointer; /* all members begin there */
    RC_TRY(enter(c));
    return check(all.call.LaunchKernel(kernel, (unsigned)groups, 1, 1, (unsigned)items, 1, 1, 0, c->stream,
                                       argument, NULL),
                 "launching");
}

/* cuBLAS's sizes are int. */
static bool takes(void *self, const rc__gpu_product *p, i64 *room)
{
    const i64 size[] = {p->m, p->n, p->k, p->lda, p->ldb, p->ldc};
    (void)self, (void)room;
    for (size_t i = 0; i < sizeof size / sizeof *size; i++)
        if (size[i] < 1 || size[i] > INT_MAX) return false;
    return true;
}

/* cuBLAS goes down columns, so that our rows are its columns: c' = op(b)' op(a)'. */
static rc_status product(void *self, const rc__gpu_product *p, float *room)
{
    const cuda *c = self;
    (void)room;
    unsigned type = p->precision == RC_PRECISION_BF16 ? RC_CUDA_R_16BF : RC_CUDA_R_32F;
    unsigned compute =
        p->precision == RC_PRECISION_TF32 ? RC_CUBLAS_COMPUTE_32F_FAST_TF32 : RC_CUBLAS_COMPUTE_32F;
    RC_TRY(enter(c));
    return check_products(all.multiply.GemmEx(c->products, p->tb ? RC_CUBLAS_OP_T : RC_CUBLAS_OP_N,
                                              p->ta ? RC_CUBLAS_OP_T : RC_CUBLAS_OP_N, (int)p->n, (int)p->m,
                                              (int)p->k, &p->alpha, p->b, type, (int)p->ldb, p->a, type,
                                              (int)p->lda, &p->beta, p->c, RC_CUDA_R_32F, (int)p->ldc,
                                              compute, RC_CUBLAS_GEMM_DEFAULT),
                          "a matrix product");
}

/* ---- programs ---- */

static rc_status load(const void *image, void **out)
{
    return check(all.call.ModuleLoadData((rc_cu_module *)out, image), "loading kernels");
}

/* A driver may refuse what was once built for it: then, as for a damaged file, it is built again. */
static bool load_kept(const rc__kept *kept, void **out)
{
    char *memory;
    const void *image;
    size_t size;
    if (!rc__kept_read(kept, &memory, &image, &size)) return false;
    bool loaded = load(image, out) == RC_OK;
    rc_free(memory);
    return loaded;
}

static rc_status say_why(rc_nvrtc_program program, const char *name, const rc__kept *kept)
{
    char *log, compiler[64];
    size_t size = 0;
    (void)all.compile.GetProgramLogSize(program, &size);
    RC_TRY(rc_alloc(size + 1, 1, (void **)&log));
    if (size > 0) (void)all.compile.GetProgramLog(program, log);
    snprintf(compiler, sizeof compiler, "CUDA: %s", all.compiler);
    rc_status status = rc__kept_fail(kept, compiler, name, log);
    rc_free(log);
    return status;
}

/* From a compiled program to one that is loaded and kept. */
static rc_status take_image(rc_nvrtc_program program, bool exact, const rc__kept *kept, void **out)
{
    char *image;
    size_t size = 0;
    RC_TRY(check_compiler((exact ? all.compile.GetCUBINSize : all.compile.GetPTXSize)(program, &size),
                          "building"));
    RC_TRY(rc_alloc(size + 1, 1, (void **)&image));
    rc_status status =
        check_compiler((exact ? all.compile.GetCUBIN : all.compile.GetPTX)(program, image), "building");
    if (status == RC_OK) status = load(image, out);
    if (status == RC_OK) rc__kept_write(kept, image, size);
    rc_free(image);
    return status;
}

static rc_status compile(int which, const char *arch, rc_nvrtc_program *program, unsigned *code)
{
    static const char all_of_it[] = "#include \"cuda.h\"\n#include \"shapes.h\"\n#include \"common.h\"\n"
                                    "#include \"kernels.cl\"\n";
    static const char *const name[] = {"cuda.h", "shapes.h", "common.h", "kernels.cl"};
    const char *const text[] = {rc__gpu_text_cuda, rc__gpu_text_shapes, rc__gpu_text_common,
                                rc__gpu_program_text[which]};
    const char *const options[] = {arch, no_contraction};
    RC_TRY(
        check_compiler(all.compile.CreateProgram(program, all_of_it, "kernels.cu", COUNT(text), text, name),
                       "reading the kernels"));
    *code = all.compile.CompileProgram(*program, COUNT(options), options);
    return RC_OK;
}

static rc_status build(void *self, int which, const char *name, void **out)
{
    const cuda *c = self;
    int capability = capability_of(c->device), arch = arch_for(capability);
    bool exact = arch == capability;
    char option[48];
    rc_nvrtc_program program;
    rc__kept kept;
    unsigned code;
    snprintf(option, sizeof option, "--gpu-architecture=%s_%d", exact ? "sm" : "compute", arch);
    const char *const made_from[] = {rc__gpu_text_cuda,
                                     rc__gpu_text_shapes,
                                     rc__gpu_text_common,
                                     rc__gpu_program_text[which],
                                     option,
                                     no_contraction,
                                     c->found.name,
                                     c->found.version,
                                     c->found.driver};
    rc__kept_find("cuda", name, COUNT(made_from), made_from, &kept);
    RC_TRY(enter(c));
    if (load_kept(&kept, out)) return RC_OK;
    RC_TRY(compile(which, option, &program, &code));
    rc_status status =
        code == RC_NVRTC_SUCCESS ? take_image(program, exact, &kept, out) : say_why(program, name, &kept);
    (void)all.compile.DestroyProgram(&program);
    return status;
}

static const rc__gpu_driver driver = {alloc,        release, room,   zero,  copy,    wait,
                                      build,        find,    launch, takes, product, alloc_host,
                                      release_host, bring,   take,   settle};

/* ---- to the cards of other processes ---- */

static cuda *cuda_of(rc_device *d)
{
    const rc__gpu *g = d->state;
    return g->self;
}

static rc_status look_across(rc_device *d, rc_bridge_end *out)
{
    const cuda *c = cuda_of(d);
    _Static_assert(sizeof out->card == 16, "as CUDA has them");
    *out = (rc_bridge_end){.met = false};
    RC_TRY(rc__nccl_open(sizeof out->by, out->by));
    d->enter(d);
    out->met = c->trial.state == DONE;
    rc_status status = rc__nccl_check(&c->across);
    d->leave(d);
    RC_TRY(status);
    return check(all.call.DeviceGetUuid((rc_cu_uuid *)(void *)out->card, c->device), "asking for its name");
}

static rc_status invite(rc_device *d, rc_bridge_meeting *out)
{
    d->enter(d);
    rc_status status = enter(cuda_of(d));
    if (status == RC_OK) status = rc__nccl_invite(out);
    d->leave(d);
    return status;
}

enum { TRIAL = 64 }; /* bytes from each to each */

/* What the bytes of one are: never 0, which stands where none have come. */
static unsigned char mark_of(int64_t number)
{
    return (unsigned char)(number % UCHAR_MAX + 1);
}

static void end_trial(cuda *c)
{
    if (c->trial.room) release(c, c->trial.room);
    if (c->trial.host) release_host(c, c->trial.host);
    c->trial.room = c->trial.host = NULL;
}

static rc_status begin_trial(cuda *c, int64_t number, int64_t size)
{
    rc_bridge_move *move;
    int64_t n = 0;
    size_t bytes = (size_t)(size + 1) * TRIAL;
    RC_TRY(alloc(c, bytes, &c->trial.room));
    c->trial.host = alloc_host(c, bytes);
    RC_CHECK(c->trial.room && c->trial.host, RC_MEMORY, "CUDA: there is no room for %zu bytes", bytes);
    rc_cu_pointer own = address(c->trial.room);
    RC_TRY(check(all.call.MemsetD8Async(own, 0, bytes, c->stream), "filling memory"));
    RC_TRY(check(all.call.MemsetD8Async(own, mark_of(number), TRIAL, c->stream), "filling memory"));
    RC_TRY(RC_NEW(&move, size));
    for (int64_t q = 0; q < size; q++)
        if (q != number)
            move[n++] =
                (rc_bridge_move){q, c->trial.room, (char *)c->trial.room + (q + 1) * TRIAL, TRIAL, TRIAL};
    rc_status status = rc__nccl_begin(&c->across, c->stream, n, move);
    rc_free(move);
    c->trial.state = BEGUN;
    return status;
}

static rc_status check_trial(const cuda *c, int64_t number, int64_t size)
{
    for (int64_t i = 0; i < size * TRIAL; i++)
        RC_CHECK(i / TRIAL == number || c->trial.host[TRIAL + i] == mark_of(i / TRIAL), RC_DEVICE,
                 "NCCL: what comes from card %lld of %lld is not what was sent", (long long)(i / TRIAL + 1),
                 (long long)size);
    return RC_OK;
}

/* One step after the other, none of which waits. */
static rc_status try_out(cuda *c, int64_t number, int64_t size)
{
    bool in_line = false;
    if (c->trial.state == NOT_BEGUN) RC_TRY(begin_trial(c, number, size));
    if (c->trial.state == BEGUN) {
        RC_TRY(rc__nccl_look(&c->across, &in_line));
        if (!in_line) return RC_OK;
        RC_TRY(copy(c, c->trial.host, c->trial.room, (size_t)(size + 1) * TRIAL));
        c->trial.state = IN_LINE;
    }
    unsigned code = all.call.StreamQuery(c->stream);
    if (code == RC_CUDA_ERROR_NOT_READY && rc__nccl_is_under_way(&c->across)) return RC_OK;
    RC_TRY(rc__nccl_arrived(&c->across));
    RC_TRY(check(code, "a transfer between cards"));
    RC_TRY(check_trial(c, number, size));
    c->trial.state = DONE;
    return RC_OK;
}

static rc_status carry_on(cuda *c, const rc_bridge_meeting *at, int64_t number, int64_t size, bool *done)
{
    bool met = c->trial.state != NOT_BEGUN;
    *done = c->trial.state == DONE;
    if (*done) return RC_OK;
    RC_TRY(enter(c));
    if (!c->across.comm) RC_TRY(rc__nccl_meet(&c->across, at, number, size));
    if (!met) RC_TRY(rc__nccl_look(&c->across, &met));
    if (met) RC_TRY(try_out(c, number, size));
    *done = c->trial.state == DONE;
    if (*done) end_trial(c);
    return RC_OK;
}

static rc_status meet(rc_device *d, const rc_bridge_meeting *at, int64_t number, int64_t size, bool *done)
{
    d->enter(d);
    rc_status status = carry_on(cuda_of(d), at, number, size, done);
    d->leave(d);
    return status;
}

static void drop(rc_device *d, const char *why)
{
    cuda *c = cuda_of(d);
    d->enter(d);
    (void)all.call.CtxSetCurrent(c->context);
    rc__nccl_drop(&c->across, why);
    end_trial(c);
    c->trial.state = NOT_BEGUN;
    d->leave(d);
}

static rc_status exchange(rc_device *d, int64_t n, const rc_bridge_move *move)
{
    rc__gpu *g = d->state;
    cuda *c = g->self;
    d->enter(d);
    g->last = "a transfer between cards";
    rc_status status = enter(c);
    if (status == RC_OK) status = rc__nccl_exchange(&c->across, c->stream, n, move);
    d->leave(d);
    return status;
}

static const rc_bridge bridge = {look_across, invite, meet, drop, exchange};

/* ---- devices ---- */

static void close_device(cuda *c)
{
    if (c->products) (void)all.multiply.Destroy_v2(c->products);
    for (int i = 0; i < RC__GPU_SLOTS; i++) {
        if (c->arrived[i]) (void)all.call.EventDestroy_v2(c->arrived[i]);
        if (c->taken[i]) (void)all.call.EventDestroy_v2(c->taken[i]);
    }
    if (c->beside) (void)all.call.StreamDestroy_v2(c->beside);
    if (c->stream) (void)all.call.StreamDestroy_v2(c->stream);
    if (c->context) (void)all.call.DevicePrimaryCtxRelease_v2(c->device);
    rc_free(c);
}

static rc_status open_parts(int index, cuda *c)
{
    RC_TRY(check(all.call.DeviceGet(&c->device, index), "opening the device"));
    RC_TRY(check(all.call.DevicePrimaryCtxRetain(&c->context, c->device), "opening the device"));
    RC_TRY(enter(c));
    RC_TRY(check(all.call.StreamCreate(&c->stream, 0), "opening its stream"));
    RC_TRY(check(all.call.StreamCreate(&c->beside, 0), "opening its stream"));
    for (int i = 0; i < RC__GPU_SLOTS; i++) {
        RC_TRY(check(all.call.EventCreate(&c->arrived[i], RC_CU_EVENT_DISABLE_TIMING), "opening its stream"));
        RC_TRY(check(all.call.EventCreate(&c->taken[i], RC_CU_EVENT_DISABLE_TIMING), "opening its stream"));
    }
    RC_TRY(check_products(all.multiply.Create_v2(&c->products), "starting"));
    return check_products(all.multiply.SetStream_v2(c->products, c->stream), "entering the stream");
}

static rc_status open_device(int index, const rc__gpu_found *found, rc__gpu *g)
{
    cuda *c;
    RC_TRY(RC_NEW(&c, 1));
    c->found = *found;
    rc_status status = open_parts(index, c);
    if (status != RC_OK) {
        close_device(c);
        return status;
    }
    g->driver = &driver;
    g->device.bridge = &bridge;
    g->self = c;
    return RC_OK;
}

const rc__gpu_interface rc__gpu_cuda = {"cuda", "CUDA", true, begin, look, rc__nccl_open, open_device};
