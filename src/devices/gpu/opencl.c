/* The driver for OpenCL 2.0 and later. Coarse-grained shared virtual memory keeps device addresses plain
 * pointers, with which the library reckons. */
#include "devices/gpu/opencl.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "base/checksum.h"
#include "base/file.h"
#include "base/home.h"
#include "devices/gpu/gpu.h"
#include "devices/gpu/opencl_abi.h"

enum {
    MAX_DEVICES = 16,
    MAX_PLATFORMS = 8,
    LOCAL_NEEDED = 32 << 10,
    CACHE_LIMIT = 256 << 20,
    PATH_SIZE = 4096
};
static const char library_name[] = "libOpenCL.so.1";
static const char options[] = "-cl-std=CL1.2";

typedef struct opencl {
    rc_cl_device device;
    rc_cl_context context;
    rc_cl_queue queue;
    size_t largest; /* of one block */
    rc__opencl_found found;
} opencl;

/* Of the process: the library, and every device that was made. */
static struct {
    rc__cl call;
    bool is_open, keep_all;
    int n;
    rc_cl_device device[MAX_DEVICES];
    rc__gpu *made[MAX_DEVICES];
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
    void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
    RC_CHECK(library, RC_CONFIG,
             "OpenCL: %s cannot be opened (%s); install a card's driver or ocl-icd-libopencl1, or take "
             "--device cpu",
             library_name, dlerror());
#define FIND(name, result, arguments)                                                                   \
    *(void **)&all.call.name = dlsym(library, "cl" #name);                                              \
    RC_CHECK(all.call.name, RC_CONFIG, "OpenCL: %s has no cl" #name ": version 2.0 or later is needed", \
             library_name);
    RC_CL_FUNCTIONS(FIND)
#undef FIND
    return RC_OK;
}

static rc_status find_devices(void)
{
    rc_cl_platform platforms[MAX_PLATFORMS];
    uint32_t n = 0;
    int32_t code = all.call.GetPlatformIDs(MAX_PLATFORMS, platforms, &n);
    RC_CHECK(n > 0 && code != RC_CL_PLATFORM_NOT_FOUND, RC_CONFIG,
             "OpenCL: there is no platform; install a card's driver (or, to try it out, pocl-opencl-icd), or "
             "take --device cpu");
    RC_TRY(check(code, "asking for platforms"));
    all.n = 0;
    for (uint32_t i = 0; i < n && i < MAX_PLATFORMS && all.n < MAX_DEVICES; i++) {
        uint32_t more = 0;
        code = all.call.GetDeviceIDs(platforms[i], RC_CL_DEVICE_TYPE_ALL, (uint32_t)(MAX_DEVICES - all.n),
                                     all.device + all.n, &more);
        if (code != RC_CL_SUCCESS) continue; /* a platform without a device */
        all.n += (int)more < MAX_DEVICES - all.n ? (int)more : MAX_DEVICES - all.n;
    }
    RC_CHECK(
        all.n > 0, RC_CONFIG,
        "OpenCL: there are %d platforms and no device; is the card's driver loaded? Else take --device cpu",
        (int)n);
    return RC_OK;
}

static rc_status open_all(void)
{
    rc_status status = RC_OK;
#pragma omp critical(rc_opencl_open)
    if (!all.is_open) {
        status = open_library();
        if (status == RC_OK) status = find_devices();
        all.is_open = status == RC_OK;
    }
    return status;
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

static void look(rc_cl_device d, rc__opencl_found *out)
{
    size_t items = (size_t)number_of(d, RC_CL_DEVICE_MAX_WORK_GROUP_SIZE);
    uint64_t local = number_of(d, RC_CL_DEVICE_LOCAL_MEM_SIZE);
    *out = (rc__opencl_found){.memory = (size_t)number_of(d, RC_CL_DEVICE_GLOBAL_MEM_SIZE),
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

rc_status rc__opencl_look(int index, bool *is_there, rc__opencl_found *out)
{
    RC_TRY(open_all());
    *is_there = index < all.n;
    if (*is_there) look(all.device[index], out);
    return RC_OK;
}

/* ---- the driver ---- */

static rc_status alloc(void *self, size_t bytes, void **out)
{
    opencl *o = self;
    RC_CHECK(o->largest == 0 || bytes <= o->largest, RC_MEMORY,
             "out of memory on %s: one block of %zu MiB was wanted, and its driver gives %zu MiB at most; "
             "lower fit.batch, take a smaller model or --device cpu",
             o->found.name, bytes >> 20, o->largest >> 20);
    *out = all.call.SVMAlloc(o->context, RC_CL_MEM_READ_WRITE, bytes, 0);
    return RC_OK;
}

static void release(void *self, void *p)
{
    opencl *o = self;
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
    return check(all.call.Finish(o->queue), "computing");
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

static rc_status launch(void *self, void *kernel, i64 groups, int items, int n, const rc__gpu_argument *a)
{
    opencl *o = self;
    size_t local = (size_t)items, global = (size_t)groups * local;
    for (int i = 0; i < n; i++)
        RC_TRY(set_argument(kernel, (uint32_t)i, &a[i]));
    return check(all.call.EnqueueNDRangeKernel(o->queue, kernel, 1, NULL, &global, &local, 0, NULL, NULL),
                 "launching");
}

/* ---- programs, and what is kept of them ---- */

enum { TEXTS = 4 };

/* A kept program: what it was made from, its size and a checksum, and behind them what the driver gave. */
typedef struct kept_head {
    uint64_t key, checksum, size;
} kept_head;

static uint64_t checksum_of(const void *data, size_t size)
{
    rc_checksum c;
    rc_checksum_begin(&c);
    rc_checksum_add(&c, data, size);
    return rc_checksum_value(&c);
}

static uint64_t key_of(const opencl *o, const char *const text[TEXTS])
{
    rc_checksum c;
    rc_checksum_begin(&c);
    for (int i = 0; i < TEXTS; i++)
        rc_checksum_add_text(&c, text[i]);
    rc_checksum_add_text(&c, options);
    rc_checksum_add_text(&c, o->found.name);
    rc_checksum_add_text(&c, o->found.version);
    rc_checksum_add_text(&c, o->found.driver);
    return rc_checksum_value(&c);
}

/* The file of a program; kind "bin" or "log". */
static rc_status path_of(const char *name, uint64_t key, const char *kind, size_t size, char *out)
{
    char file[96];
    snprintf(file, sizeof file, "opencl-%s-%016llx.%s", name, (unsigned long long)key, kind);
    return rc_home_path("kernels", file, size, out);
}

/* A driver may refuse what it once gave: then, as for a damaged file, the program is built again. */
static rc_cl_program from_kept(opencl *o, const char *path, uint64_t key)
{
    char *data;
    size_t size;
    rc_cl_program program = NULL;
    if (!rc_path_exists(path) || rc_file_read(path, CACHE_LIMIT, &data, &size) != RC_OK) return NULL;
    kept_head head = {0};
    if (size >= sizeof head) memcpy(&head, data, sizeof head);
    const unsigned char *binary = (const unsigned char *)data + sizeof head;
    size_t rest = size >= sizeof head ? size - sizeof head : 0;
    if (head.key == key && head.size == rest && rest > 0 && head.checksum == checksum_of(binary, rest)) {
        int32_t code, of_device;
        program =
            all.call.CreateProgramWithBinary(o->context, 1, &o->device, &rest, &binary, &of_device, &code);
        if (program && all.call.BuildProgram(program, 1, &o->device, options, NULL, NULL) != RC_CL_SUCCESS) {
            (void)all.call.ReleaseProgram(program);
            program = NULL;
        }
    }
    rc_free(data);
    return program;
}

/* Not to keep it costs the next start some seconds, and no more. PoCL compiles all kernels a second time when
 * asked for them, and keeps what it compiles itself: there it is for tests alone. */
void rc__opencl_keep_all(bool keep)
{
    all.keep_all = keep;
}

static void keep_program(rc_cl_program program, const char *path, uint64_t key)
{
    size_t size = 0;
    char *data, folder[PATH_SIZE];
    if (all.call.GetProgramInfo(program, RC_CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) !=
            RC_CL_SUCCESS ||
        size == 0 || rc_alloc_raw(sizeof(kept_head) + size, 1, (void **)&data) != RC_OK)
        return;
    unsigned char *binary = (unsigned char *)data + sizeof(kept_head);
    if (all.call.GetProgramInfo(program, RC_CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) ==
            RC_CL_SUCCESS &&
        rc_home_path("kernels", NULL, sizeof folder, folder) == RC_OK && rc_make_directory(folder) == RC_OK) {
        kept_head head = {key, checksum_of(binary, size), size};
        memcpy(data, &head, sizeof head);
        (void)!rc_file_write(path, data, sizeof head + size);
    }
    rc_free(data);
}

/* What the compiler says goes to a file, and one line names it. */
static rc_status build_failed(opencl *o, rc_cl_program program, const char *name, const char *path)
{
    size_t size = 0;
    char *log, folder[PATH_SIZE];
    rc_status status = RC_DEVICE;
    (void)all.call.GetProgramBuildInfo(program, o->device, RC_CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
    RC_TRY(rc_alloc(size + 1, 1, (void **)&log));
    (void)all.call.GetProgramBuildInfo(program, o->device, RC_CL_PROGRAM_BUILD_LOG, size, log, NULL);
    bool kept = rc_home_path("kernels", NULL, sizeof folder, folder) == RC_OK &&
                rc_make_directory(folder) == RC_OK && rc_file_write(path, log, strlen(log)) == RC_OK;
    rc_free(log);
    return rc_fail(status, "OpenCL: the driver of %s could not build the kernels \"%s\"; %s%s", o->found.name,
                   name, kept ? "what it said is in " : "what it said could not be kept", kept ? path : "");
}

static rc_status build(void *self, int which, const char *name, void **out)
{
    opencl *o = self;
    const char *text[TEXTS] = {rc__gpu_text_opencl, rc__gpu_text_shapes, rc__gpu_text_common,
                               rc__gpu_program_text[which]};
    char kept[PATH_SIZE], log[PATH_SIZE];
    int32_t code;
    uint64_t key = key_of(o, text);
    /* Without a folder of one's own nothing is kept. */
    if (path_of(name, key, "bin", sizeof kept, kept) != RC_OK) kept[0] = '\0';
    if (path_of(name, key, "log", sizeof log, log) != RC_OK) log[0] = '\0';
    *out = from_kept(o, kept, key);
    if (*out) return RC_OK;
    rc_cl_program program = all.call.CreateProgramWithSource(o->context, TEXTS, text, NULL, &code);
    RC_TRY(check(code, "reading the kernels"));
    if (all.call.BuildProgram(program, 1, &o->device, options, NULL, NULL) != RC_CL_SUCCESS) {
        rc_status status = build_failed(o, program, name, log);
        (void)all.call.ReleaseProgram(program);
        return status;
    }
    if (o->found.is_card || all.keep_all) keep_program(program, kept, key);
    *out = program;
    return RC_OK;
}

static const rc__gpu_driver driver = {alloc, release, zero, copy, wait, build, find, launch};

/* ---- devices ---- */

static rc_status open_device(int index, rc__gpu *g, opencl *o)
{
    int32_t code;
    o->device = all.device[index];
    look(o->device, &o->found);
    RC_CHECK(!o->found.refused[0], RC_CONFIG, "opencl:%d (%s): %s", index, o->found.name, o->found.refused);
    o->largest = (size_t)number_of(o->device, RC_CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    o->context = all.call.CreateContext(NULL, 1, &o->device, NULL, NULL, &code);
    RC_TRY(check(code, "opening the device"));
    o->queue = all.call.CreateCommandQueueWithProperties(o->context, o->device, NULL, &code);
    RC_TRY(check(code, "opening its queue"));
    g->driver = &driver;
    g->self = o;
    g->capacity = o->found.memory;
    snprintf(g->name, sizeof g->name, "opencl:%d", index);
    snprintf(g->title, sizeof g->title, "%s", o->found.name);
    rc__gpu_make(g);
    return RC_OK;
}

static rc_status make(int index, rc__gpu **out)
{
    rc__gpu *g;
    opencl *o;
    RC_TRY(RC_NEW(&g, 1));
    rc_status status = RC_NEW(&o, 1);
    if (status == RC_OK) {
        status = open_device(index, g, o);
        if (status != RC_OK) rc_free(o);
    }
    if (status == RC_OK)
        *out = g;
    else
        rc_free(g);
    return status;
}

rc_status rc__opencl_device(int index, rc_device **out)
{
    rc_status status = RC_OK;
    RC_TRY(open_all());
    if (index < 0) {
        *out = rc__opencl_card();
        if (*out) return RC_OK;
        index = 0;
    }
    RC_CHECK(index < all.n, RC_CONFIG,
             "opencl:%d: OpenCL knows %d device%s, numbered from 0; see `recraft devices`", index, all.n,
             all.n == 1 ? "" : "s");
#pragma omp critical(rc_opencl_make)
    if (!all.made[index]) status = make(index, &all.made[index]);
    if (status == RC_OK) *out = &all.made[index]->device;
    return status;
}

rc_device *rc__opencl_card(void)
{
    rc_device *device;
    if (open_all() != RC_OK) return NULL;
    for (int i = 0; i < all.n; i++) {
        rc__opencl_found found;
        look(all.device[i], &found);
        if (found.is_card && !found.refused[0] && rc__opencl_device(i, &device) == RC_OK) return device;
    }
    return NULL;
}
