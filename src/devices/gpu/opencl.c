/* The driver for OpenCL 2.0 and later. Coarse-grained shared virtual memory keeps device addresses plain
 * pointers, with which the library reckons. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

#include "devices/gpu/clblast.h"
#include "devices/gpu/gpu.h"
#include "devices/gpu/interfaces.h"
#include "devices/gpu/kept.h"
#include "devices/gpu/library.h"
#include "devices/gpu/opencl_abi.h"

enum { MAX_DEVICES = 16, MAX_PLATFORMS = 8, LOCAL_NEEDED = 32 << 10, MAX_HELD = 16 };
static const char options[] = "-cl-std=CL1.2";

typedef struct opencl {
    rc_cl_device device;
    rc_cl_context context;
    rc_cl_queue queue, beside; /* the second is opened when something is first brought */
    bool brings;               /* since both were waited for */
    int held;                  /* kernels that the driver may still hold back */
    rc_cl_event arrived[RC__GPU_SLOTS], taken[RC__GPU_SLOTS];
    rc__clblast products;
    size_t largest; /* of one block */
    rc__gpu_found found;
} opencl;

/* Of the process. */
static struct {
    rc__cl call;
    atomic_bool keep_all;
    rc_cl_device device[MAX_DEVICES];
} all;

rc__cl *rc__opencl_calls(void)
{
    return &all.call;
}

static const char *code_text(int32_t code)
{
    return code == RC_CL_OUT_OF_RESOURCES                ? "out of resources"
           : code == RC_CL_OUT_OF_HOST_MEMORY            ? "out of host memory"
           : code == RC_CL_MEM_OBJECT_ALLOCATION_FAILURE ? "out of device memory"
                                                         : "see OpenCL's list of codes";
}

static rc_status check(int32_t code, const char *what)
{
    if (code == RC_CL_SUCCESS) return RC_OK;
    bool memory = code == RC_CL_OUT_OF_HOST_MEMORY || code == RC_CL_MEM_OBJECT_ALLOCATION_FAILURE;
    return rc_fail(memory ? RC_MEMORY : RC_DEVICE, "OpenCL: %s failed (code %d: %s)", what, (int)code,
                   code_text(code));
}

/* ---- what there is ---- */

static rc_status open_library(void)
{
#define NAME(name, result, arguments) "cl" #name,
    static const char *const names[] = {RC_CL_FUNCTIONS(NAME)};
#undef NAME
    return rc__gpu_library_open(
        "OpenCL", "libOpenCL.so.1",
        "install a card's driver or ocl-icd-libopencl1, of OpenCL 2.0 or later, or take \1device cpu",
        sizeof names / sizeof *names, names, &all.call, NULL);
}

static rc_status find_devices(int *found)
{
    int count = 0;
    rc_cl_platform platforms[MAX_PLATFORMS];
    uint32_t n = 0;
    int32_t code = all.call.GetPlatformIDs(MAX_PLATFORMS, platforms, &n);
    RC_CHECK(n > 0 && code != RC_CL_PLATFORM_NOT_FOUND, RC_CONFIG,
             "OpenCL: there is no platform; install a card's driver (or, to try it out, pocl-opencl-icd), or "
             "take \1device cpu");
    RC_TRY(check(code, "asking for platforms"));
    for (uint32_t i = 0; i < n && i < MAX_PLATFORMS && count < MAX_DEVICES; i++) {
        uint32_t more = 0;
        code = all.call.GetDeviceIDs(platforms[i], RC_CL_DEVICE_TYPE_ALL, (uint32_t)(MAX_DEVICES - count),
                                     all.device + count, &more);
        if (code != RC_CL_SUCCESS) continue; /* a platform without a device */
        count += (int)more < MAX_DEVICES - count ? (int)more : MAX_DEVICES - count;
    }
    RC_CHECK(count > 0, RC_CONFIG,
             "OpenCL: no platform has a device (of %d); is the card's driver loaded? Else take \1device cpu",
             (int)n);
    *found = count;
    return RC_OK;
}

static rc_status begin(int *n)
{
    RC_TRY(open_library());
    return find_devices(n);
}

static void text_of(rc_cl_device d, uint32_t key, char out[128])
{
    out[0] = '\0';
    if (all.call.GetDeviceInfo(d, key, 128, out, NULL) != RC_CL_SUCCESS) strcpy(out, "unknown");
    out[127] = '\0';
}

static uint64_t number_of(rc_cl_device d, uint32_t key)
{
    uint64_t value = 0;
    size_t used = 0;
    return all.call.GetDeviceInfo(d, key, sizeof value, &value, &used) == RC_CL_SUCCESS ? value : 0;
}

static void look(int index, rc__gpu_found *out)
{
    rc_cl_device d = all.device[index];
    size_t items = (size_t)number_of(d, RC_CL_DEVICE_MAX_WORK_GROUP_SIZE);
    uint64_t local = number_of(d, RC_CL_DEVICE_LOCAL_MEM_SIZE);
    *out = (rc__gpu_found){.memory = (size_t)number_of(d, RC_CL_DEVICE_GLOBAL_MEM_SIZE),
                           .is_card = number_of(d, RC_CL_DEVICE_TYPE) & RC_CL_DEVICE_TYPE_GPU};
    text_of(d, RC_CL_DEVICE_NAME, out->name);
    text_of(d, RC_CL_DRIVER_VERSION, out->driver);
    text_of(d, RC_CL_DEVICE_VERSION, out->version);
    if (!(number_of(d, RC_CL_DEVICE_SVM_CAPABILITIES) & RC_CL_DEVICE_SVM_COARSE_GRAIN_BUFFER))
        strcpy(out->refused, "it has no shared virtual memory (OpenCL 2.0), which recraft needs");
    else if (items < SPAN || local < LOCAL_NEEDED)
        snprintf(
            out->refused, sizeof out->refused,
            "it is too small: groups of %zu work-items and %llu KiB of local memory, where %d and %d are "
            "needed",
            items, (unsigned long long)(local >> 10), SPAN, LOCAL_NEEDED >> 10);
}

/* ---- the driver ---- */

static rc_status alloc(void *self, size_t bytes, void **out)
{
    opencl *o = self;
    RC_CHECK(o->largest == 0 || bytes <= o->largest, RC_MEMORY,
             "out of memory on %s: one block of %zu MiB was wanted, and its driver gives %zu MiB at most; "
             "lower fit.batch, take a smaller model or \1device cpu",
             o->found.name, bytes >> 20, o->largest >> 20);
    *out = all.call.SVMAlloc(o->context, RC_CL_MEM_READ_WRITE, bytes, 0);
    if (!*out) return RC_OK;
    rc_status status = rc__clblast_add(&o->products, *out, bytes);
    if (status != RC_OK) (void)all.call.EnqueueSVMFree(o->queue, 1, out, NULL, NULL, 0, NULL, NULL);
    return status;
}

static void release(void *self, void *p)
{
    opencl *o = self;
    rc__clblast_remove(&o->products, p);
    (void)all.call.EnqueueSVMFree(o->queue, 1, &p, NULL, NULL, 0, NULL, NULL);
}

static rc_status zero(void *self, void *p, size_t bytes)
{
    opencl *o = self;
    const unsigned char nought = 0;
    return check(all.call.EnqueueSVMMemFill(o->queue, p, &nought, 1, bytes, 0, NULL, NULL), "filling memory");
}

static rc_status copy(void *self, void *to, const void *from, size_t bytes)
{
    opencl *o = self;
    RC_TRY(check(all.call.EnqueueSVMMemcpy(o->queue, 0, to, from, bytes, 0, NULL, NULL), "copying memory"));
    (void)all.call.Flush(o->queue); /* the copy is in line and uses the host's memory: `wait` tells */
    return RC_OK;
}

static rc_status wait(void *self)
{
    opencl *o = self;
    int32_t done = all.call.Finish(o->queue),
            arrived = o->brings ? all.call.Finish(o->beside) : RC_CL_SUCCESS;
    o->brings = false;
    RC_TRY(check(done, "computing"));
    return check(arrived, "copying memory");
}

/* After one event of the other queue, with one that tells of it. */
static rc_status copy_between(rc_cl_queue queue, rc_cl_event after, rc_cl_event *tells, void *to,
                              const void *from, size_t bytes)
{
    rc_cl_event event = NULL;
    RC_TRY(check(
        all.call.EnqueueSVMMemcpy(queue, 0, to, from, bytes, after ? 1 : 0, after ? &after : NULL, &event),
        "copying memory"));
    if (*tells) (void)all.call.ReleaseEvent(*tells);
    *tells = event;
    (void)all.call.Flush(queue); /* the other queue may wait for it */
    return RC_OK;
}

static rc_status bring(void *self, int slot, void *room, const void *host, size_t bytes)
{
    opencl *o = self;
    int32_t code = RC_CL_SUCCESS;
    if (!o->beside) o->beside = all.call.CreateCommandQueueWithProperties(o->context, o->device, NULL, &code);
    RC_TRY(check(code, "opening its queue"));
    o->brings = true;
    return copy_between(o->beside, o->taken[slot], &o->arrived[slot], room, host, bytes);
}

static rc_status take(void *self, int slot, void *to, const void *room, size_t bytes)
{
    opencl *o = self;
    return copy_between(o->queue, o->arrived[slot], &o->taken[slot], to, room, bytes);
}

static rc_status find(void *self, void *program, const char *name, void **out)
{
    int32_t code;
    (void)self;
    *out = all.call.CreateKernel(program, name, &code);
    return check(code, name);
}

static rc_status set_argument(rc_cl_kernel kernel, uint32_t i, const rc__gpu_argument *a)
{
    int32_t code = !a->is_pointer ? all.call.SetKernelArg(kernel, i, a->size, &a->pointer)
                   : a->pointer   ? all.call.SetKernelArgSVMPointer(kernel, i, a->pointer)
                                  : all.call.SetKernelArg(kernel, i, sizeof(void *), NULL);
    return check(code, "setting an argument");
}

/* A driver may collect kernels until somebody waits, with a card that idles. */
static void hand_over(opencl *o)
{
    if (++o->held < MAX_HELD) return;
    o->held = 0;
    (void)all.call.Flush(o->queue);
}

static rc_status launch(void *self, void *kernel, i64 groups, int items, int n, const rc__gpu_argument *a)
{
    opencl *o = self;
    size_t local = (size_t)items, global = (size_t)groups * local;
    for (int i = 0; i < n; i++)
        RC_TRY(set_argument(kernel, (uint32_t)i, &a[i]));
    RC_TRY(check(all.call.EnqueueNDRangeKernel(o->queue, kernel, 1, NULL, &global, &local, 0, NULL, NULL),
                 "launching"));
    hand_over(o);
    return RC_OK;
}

static bool takes(void *self, const rc__gpu_product *p, i64 *room)
{
    opencl *o = self;
    return rc__clblast_takes(&o->products, p, room);
}

static rc_status product(void *self, const rc__gpu_product *p, float *room)
{
    opencl *o = self;
    RC_TRY(rc__clblast_multiply(&o->products, p, room));
    hand_over(o);
    return RC_OK;
}

/* ---- programs, and what is kept of them ---- */

/* A driver may refuse what it once gave: then, as for a damaged file, the program is built again. */
static rc_cl_program from_kept(opencl *o, const rc__kept *kept)
{
    char *memory;
    const void *data;
    size_t size;
    int32_t code, of_device;
    if (!rc__kept_read(kept, &memory, &data, &size)) return NULL;
    const unsigned char *binary = data;
    rc_cl_program program =
        all.call.CreateProgramWithBinary(o->context, 1, &o->device, &size, &binary, &of_device, &code);
    if (program && all.call.BuildProgram(program, 1, &o->device, options, NULL, NULL) != RC_CL_SUCCESS) {
        (void)all.call.ReleaseProgram(program);
        program = NULL;
    }
    rc_free(memory);
    return program;
}

/* PoCL compiles all kernels a second time when asked for them, and keeps what it compiles itself: there it is
 * for tests alone. */
void rc__opencl_keep_all(bool keep)
{
    all.keep_all = keep;
}

static void keep_program(rc_cl_program program, const rc__kept *kept)
{
    size_t size = 0;
    unsigned char *binary;
    if (all.call.GetProgramInfo(program, RC_CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) !=
            RC_CL_SUCCESS ||
        size == 0 || rc_alloc_raw(size, 1, (void **)&binary) != RC_OK)
        return;
    if (all.call.GetProgramInfo(program, RC_CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) ==
        RC_CL_SUCCESS)
        rc__kept_write(kept, binary, size);
    rc_free(binary);
}

static rc_status build_failed(opencl *o, rc_cl_program program, const char *name, const rc__kept *kept)
{
    size_t size = 0;
    char *log, compiler[160];
    (void)all.call.GetProgramBuildInfo(program, o->device, RC_CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
    RC_TRY(rc_alloc(size + 1, 1, (void **)&log));
    (void)all.call.GetProgramBuildInfo(program, o->device, RC_CL_PROGRAM_BUILD_LOG, size, log, NULL);
    snprintf(compiler, sizeof compiler, "OpenCL: the driver of %s", o->found.name);
    rc_status status = rc__kept_fail(kept, compiler, name, log);
    rc_free(log);
    return status;
}

static rc_status build(void *self, int which, const char *name, void **out)
{
    enum { TEXTS = 4 };
    opencl *o = self;
    /* the texts, and what else decides what becomes of them */
    const char *text[] = {
        rc__gpu_text_opencl, rc__gpu_text_shapes, rc__gpu_text_common, rc__gpu_program_text[which], options,
        o->found.name,       o->found.version,    o->found.driver};
    int32_t code;
    rc__kept kept;
    rc__kept_find("opencl", name, sizeof text / sizeof *text, text, &kept);
    *out = from_kept(o, &kept);
    if (*out) return RC_OK;
    rc_cl_program program = all.call.CreateProgramWithSource(o->context, TEXTS, text, NULL, &code);
    RC_TRY(check(code, "reading the kernels"));
    if (all.call.BuildProgram(program, 1, &o->device, options, NULL, NULL) != RC_CL_SUCCESS) {
        rc_status status = build_failed(o, program, name, &kept);
        (void)all.call.ReleaseProgram(program);
        return status;
    }
    if (o->found.is_card || all.keep_all) keep_program(program, &kept);
    *out = program;
    return RC_OK;
}

static const rc__gpu_driver driver = {.alloc = alloc,
                                      .release = release,
                                      .zero = zero,
                                      .copy = copy,
                                      .wait = wait,
                                      .build = build,
                                      .find = find,
                                      .launch = launch,
                                      .takes = takes,
                                      .product = product,
                                      .bring = bring,
                                      .take = take};

/* ---- devices ---- */

static rc_status open_queue(opencl *o)
{
    int32_t code;
    o->context = all.call.CreateContext(NULL, 1, &o->device, NULL, NULL, &code);
    RC_TRY(check(code, "opening the device"));
    o->queue = all.call.CreateCommandQueueWithProperties(o->context, o->device, NULL, &code);
    if (code != RC_CL_SUCCESS) (void)all.call.ReleaseContext(o->context);
    o->products = (rc__clblast){.cl = &all.call, .context = o->context, .queue = o->queue};
    return check(code, "opening its queue");
}

static rc_status open_device(int index, const rc__gpu_found *found, rc__gpu *g)
{
    opencl *o;
    RC_TRY(RC_NEW(&o, 1));
    o->device = all.device[index];
    o->found = *found;
    o->largest = (size_t)number_of(o->device, RC_CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    rc_status status = open_queue(o);
    if (status != RC_OK) {
        rc_free(o);
        return status;
    }
    g->driver = &driver;
    g->self = o;
    return RC_OK;
}

const rc__gpu_interface rc__gpu_opencl = {"opencl", "OpenCL", false, begin, look, NULL, open_device};
