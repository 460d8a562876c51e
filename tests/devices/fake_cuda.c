#include "devices/fake_line.h"

#include <pthread.h>
#include <unistd.h>

#include "devices/plain_kernels.h"

enum {
    FAILED = 719,
    NO_CONTEXT = 201,
    NO_DEVICE = 100,
    INVALID = 1,
    NOT_FOUND = 500,
    MAX_WORK = 4096,
    MIB = 1 << 20
};

/* Addresses of the device are no addresses of the host. */
static const uintptr_t there = (uintptr_t)1 << 60;

typedef enum kind { BYTES, COPY, KERNEL_RUN, PRODUCT, AWAIT, MOVES } kind;

typedef struct work {
    kind kind;
    void *to;
    const void *from;
    size_t bytes;
    const plain_entry *kernel;
    unsigned groups, items;
    int n;
    rc__gpu_argument a[RC__GPU_MAX_ARGUMENTS];
    rc__gpu_product p;
    unsigned operand_type;
    bool is_tf32;
    int of; /* a stream, which must have done so much */
    int64_t upto;
    bool (*go)(void *);
    void *context;
} work;

enum { STREAMS = 8 }; /* two of each device, one after the other */
typedef struct stream {
    bool open;
    work line[MAX_WORK];
    size_t first, used;
    int64_t done;
} stream;

typedef struct event {
    int of; /* -1: never recorded */
    int64_t upto;
} event;

fake_cuda_report fake_now;
static stream streams[STREAMS];
static _Thread_local bool is_inside;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((visibility("default"))) const fake_cuda_report *fake_cuda_look_at(void)
{
    return &fake_now;
}

int fake_setting(const char *name, int otherwise)
{
    const char *all = getenv("FAKE_CUDA"), *at = all ? strstr(all, name) : NULL;
    return at ? atoi(at + strlen(name)) : otherwise;
}

/* Is this the call that is to fail? */
static bool fails(void)
{
    pthread_mutex_lock(&lock);
    int call = ++fake_now.calls, lost = fake_setting("lost=", 0);
    pthread_mutex_unlock(&lock);
    return call == fake_setting("fail=", 0) || (lost > 0 && call >= lost);
}

#define BEGIN \
    if (fails()) return (unsigned)fake_setting("code=", FAILED)
#define BEGIN_INSIDE \
    BEGIN;           \
    if (!is_inside) return NO_CONTEXT
/* What is given back is given back even where the call fails. */
#define GIVE_BACK(count) \
    fake_now.count--;    \
    BEGIN;               \
    return 0

void *fake_on_host(const void *p)
{
    uintptr_t at = (uintptr_t)p;
    return (void *)(at >= there ? at - there : at);
}

bool fake_is_inside(void)
{
    return is_inside;
}

/* ---- work, done late ---- */

/* An operand of a product; TF32 is a float32 rounded to ten bits behind the point. */
static float number_at(const work *w, const float *x, int64_t i)
{
    uint32_t bits;
    float value;
    if (w->operand_type == RC_CUDA_R_16BF) {
        bits = (uint32_t)((const uint16_t *)(const void *)x)[i] << 16;
    } else {
        memcpy(&bits, x + i, sizeof bits);
        if (w->is_tf32) bits = (bits + 0xfff + (bits >> 13 & 1)) & ~UINT32_C(0x1fff);
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void multiply(const work *w)
{
    const rc__gpu_product *p = &w->p;
    const float *a = fake_on_host(p->a), *b = fake_on_host(p->b);
    float *c = fake_on_host(p->c);
    for (int64_t i = 0; i < p->m; i++)
        for (int64_t j = 0; j < p->n; j++) {
            double sum = 0;
            for (int64_t t = 0; t < p->k; t++)
                sum += (double)number_at(w, a, p->ta ? t * p->lda + i : i * p->lda + t) *
                       number_at(w, b, p->tb ? j * p->ldb + t : t * p->ldb + j);
            float *at = &c[i * p->ldc + j];
            *at = (float)(p->alpha * sum + (p->beta == 0 ? 0 : p->beta * *at));
        }
}

static bool do_up_to(int which, int64_t upto);

/* Is it done? */
static bool do_it(const work *w)
{
    if (fake_setting("idle=", 0) && (w->kind == KERNEL_RUN || w->kind == PRODUCT)) return true;
    switch (w->kind) {
    case AWAIT:
        return do_up_to(w->of, w->upto);
    case MOVES:
        return w->go(w->context);
    case BYTES:
        memset(w->to, (int)w->items, w->bytes);
        break;
    case COPY:
        memmove(w->to, w->from, w->bytes);
        break;
    case KERNEL_RUN:
        plain_run(w->kernel, w->groups, (int)w->items, w->n, w->a);
        break;
    case PRODUCT:
        multiply(w);
        break;
    }
    return true;
}

static bool do_up_to(int which, int64_t upto)
{
    stream *s = &streams[which];
    while (s->done < upto && s->first < s->used) {
        if (!do_it(&s->line[s->first])) return false;
        s->first++;
        s->done++;
        fake_now.work--;
    }
    if (s->first == s->used) s->first = s->used = 0;
    return true;
}

static void do_all(int which)
{
    while (!do_up_to(which, INT64_MAX))
        usleep(20);
}

static void tell(char letter, int which)
{
    if (fake_now.told + 1 < FAKE_CUDA_STORY)
        fake_now.story[fake_now.told++] = (char)(letter - (which % 2 ? 'a' - 'A' : 0));
}

/* -1: it is none. */
static int number_of(rc_cu_stream s)
{
    for (int i = 0; i < STREAMS; i++)
        if (s == (rc_cu_stream)&streams[i] && streams[i].open) return i;
    return -1;
}

static unsigned put_in_line(rc_cu_stream to, const work *w)
{
    int which = number_of(to);
    if (which < 0) return INVALID;
    stream *s = &streams[which];
    if (s->used == MAX_WORK) do_all(which);
    s->line[s->used++] = *w;
    fake_now.work++;
    tell("zckpem"[w->kind], which);
    if (which % 2 && fake_setting("eager=", 0)) do_all(which);
    return 0;
}

unsigned fake_put_in_line(rc_cu_stream to, bool (*go)(void *), void *context)
{
    return put_in_line(to, &(work){.kind = MOVES, .go = go, .context = context});
}

/* ---- libcuda ---- */

#pragma GCC visibility push(default)

#define DECLARE(name, result, arguments) result cu##name arguments;
RC_CU_FUNCTIONS(DECLARE)
#undef DECLARE
#define DECLARE(name, result, arguments) result nvrtc##name arguments;
RC_NVRTC_FUNCTIONS(DECLARE)
#undef DECLARE
#define DECLARE(name, result, arguments) result cublas##name arguments;
RC_CUBLAS_FUNCTIONS(DECLARE)
#undef DECLARE

unsigned cuInit(unsigned flags)
{
    BEGIN;
    return flags != 0 ? INVALID : fake_setting("devices=", 0) == 0 ? NO_DEVICE : 0;
}

unsigned cuDriverGetVersion(int *version)
{
    BEGIN;
    *version = fake_setting("driver=", 12040);
    return 0;
}

unsigned cuGetErrorString(unsigned code, const char **text)
{
    *text = code == FAILED       ? "unspecified launch failure"
            : code == NO_CONTEXT ? "invalid device context"
            : code == NO_DEVICE  ? "no CUDA-capable device is detected"
            : code == NOT_FOUND  ? "named symbol not found"
            : code == INVALID    ? "invalid argument"
                                 : "out of memory";
    return 0;
}

unsigned cuDeviceGetCount(int *n)
{
    BEGIN;
    *n = fake_setting("devices=", 0);
    return 0;
}

unsigned cuDeviceGet(rc_cu_device *device, int index)
{
    BEGIN;
    *device = index;
    return index < fake_setting("devices=", 0) ? 0 : INVALID;
}

unsigned cuDeviceGetName(char *name, int size, rc_cu_device device)
{
    BEGIN;
    snprintf(name, (size_t)size, "Fake card %d", device);
    return 0;
}

unsigned cuDeviceGetAttribute(int *value, unsigned which, rc_cu_device device)
{
    BEGIN;
    (void)device;
    int sm = fake_setting("sm=", 90);
    *value = which == RC_CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR   ? sm / 10
             : which == RC_CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR ? sm % 10
                                                                        : 1;
    return 0;
}

unsigned cuDeviceGetUuid(rc_cu_uuid *out, rc_cu_device device)
{
    unsigned char name[16] = {0xfa, 0xce, (unsigned char)device};
    BEGIN;
    memcpy((void *)out, name, sizeof name);
    return 0;
}

static size_t memory(void)
{
    return (size_t)fake_setting("memory=", 4096) * MIB;
}

unsigned cuDeviceTotalMem_v2(size_t *bytes, rc_cu_device device)
{
    BEGIN;
    (void)device;
    *bytes = memory();
    return 0;
}

unsigned cuDevicePrimaryCtxRetain(rc_cu_context *context, rc_cu_device device)
{
    BEGIN;
    fake_now.contexts++;
    *context = (rc_cu_context)(uintptr_t)(device + 1);
    return 0;
}

unsigned cuDevicePrimaryCtxRelease_v2(rc_cu_device device)
{
    (void)device;
    GIVE_BACK(contexts);
}

unsigned cuCtxSetCurrent(rc_cu_context context)
{
    BEGIN;
    is_inside = context != NULL;
    return 0;
}

unsigned cuStreamCreate(rc_cu_stream *out, unsigned flags)
{
    int free = 0;
    BEGIN_INSIDE;
    while (free < STREAMS && streams[free].open)
        free++;
    if (flags != 0 || free == STREAMS) return INVALID;
    fake_now.streams++;
    streams[free].open = true;
    *out = (rc_cu_stream)&streams[free];
    return 0;
}

unsigned cuStreamDestroy_v2(rc_cu_stream s)
{
    if (number_of(s) >= 0) streams[number_of(s)].open = false;
    GIVE_BACK(streams);
}

unsigned cuStreamWaitEvent(rc_cu_stream s, rc_cu_event e, unsigned flags)
{
    const event *of = (const event *)(const void *)e;
    BEGIN_INSIDE;
    if (flags != 0) return INVALID;
    return of->of < 0 ? 0 : put_in_line(s, &(work){.kind = AWAIT, .of = of->of, .upto = of->upto});
}

unsigned cuEventCreate(rc_cu_event *out, unsigned flags)
{
    BEGIN_INSIDE;
    event *e = malloc(sizeof *e);
    if (!e || flags != RC_CU_EVENT_DISABLE_TIMING) return INVALID;
    *e = (event){-1, 0};
    fake_now.events++;
    *out = (rc_cu_event)(void *)e;
    return 0;
}

unsigned cuEventDestroy_v2(rc_cu_event e)
{
    free(e);
    GIVE_BACK(events);
}

unsigned cuEventRecord(rc_cu_event e, rc_cu_stream s)
{
    BEGIN_INSIDE;
    int which = number_of(s);
    if (which < 0) return INVALID;
    *(event *)(void *)e =
        (event){which, streams[which].done + (int64_t)(streams[which].used - streams[which].first)};
    return 0;
}

/* Memory of the host's whose pages stay where they are. */
unsigned cuMemHostAlloc(void **out, size_t bytes, unsigned flags)
{
    BEGIN_INSIDE;
    *out = fake_setting("unpinned=", 0) ? NULL : malloc(bytes);
    if (!*out || flags != 0) return RC_CUDA_ERROR_OUT_OF_MEMORY;
    memset(*out, 0xff, bytes);
    fake_now.pages++;
    return 0;
}

unsigned cuMemFreeHost(void *p)
{
    free(p);
    GIVE_BACK(pages);
}

/* Whether or not it says that something failed, nothing is under way any more; on a lost card, nothing is
 * done. */
unsigned cuStreamSynchronize(rc_cu_stream s)
{
    int which = number_of(s);
    bool lost = fake_setting("lost=", 0) > 0 && fake_now.calls + 1 >= fake_setting("lost=", 0);
    for (int i = 0; lost && i < STREAMS; i++) {
        fake_now.work -= (int)(streams[i].used - streams[i].first);
        streams[i].first = streams[i].used = 0;
    }
    if (which >= 0) do_all(which);
    if (which >= 0 && which % 2 == 0) tell('|', 0);
    BEGIN_INSIDE;
    return which >= 0 ? 0 : INVALID;
}

/* Who asks for long enough sees it done. */
unsigned cuStreamQuery(rc_cu_stream s)
{
    int which = number_of(s);
    BEGIN_INSIDE;
    if (which < 0) return INVALID;
    return do_up_to(which, INT64_MAX) ? 0 : RC_CUDA_ERROR_NOT_READY;
}

/* Every block begins with its size, and its neighbours in a list: a leak checker cannot follow the addresses
 * that are given out. */
typedef struct block {
    size_t bytes;
    struct block *next, *before;
} block;
_Static_assert(sizeof(block) <= RC_ALIGNMENT, "the numbers begin behind it");

static block first;
static size_t taken;

unsigned cuMemAlloc_v2(rc_cu_pointer *out, size_t bytes)
{
    BEGIN_INSIDE;
    if (bytes > memory() - taken) return RC_CUDA_ERROR_OUT_OF_MEMORY;
    block *b = malloc(bytes + RC_ALIGNMENT);
    if (!b) return RC_CUDA_ERROR_OUT_OF_MEMORY;
    *b = (block){bytes, first.next, &first};
    if (first.next) first.next->before = b;
    first.next = b;
    memset((char *)b + RC_ALIGNMENT, 0xff, bytes);
    taken += bytes;
    fake_now.blocks++;
    *out = (uintptr_t)b + RC_ALIGNMENT + there;
    return 0;
}

unsigned cuMemFree_v2(rc_cu_pointer p)
{
    block *b = (block *)(uintptr_t)(p - there - RC_ALIGNMENT);
    b->before->next = b->next;
    if (b->next) b->next->before = b->before;
    taken -= b->bytes;
    free(b);
    GIVE_BACK(blocks);
}

unsigned cuMemGetInfo_v2(size_t *free, size_t *total)
{
    BEGIN_INSIDE;
    *total = memory();
    *free = *total - taken;
    return 0;
}

unsigned cuMemsetD8Async(rc_cu_pointer to, unsigned char value, size_t bytes, rc_cu_stream s)
{
    BEGIN_INSIDE;
    return put_in_line(
        s, &(work){.kind = BYTES, .to = fake_on_host((void *)(uintptr_t)to), .items = value, .bytes = bytes});
}

unsigned cuMemcpyAsync(rc_cu_pointer to, rc_cu_pointer from, size_t bytes, rc_cu_stream s)
{
    BEGIN_INSIDE;
    return put_in_line(s, &(work){.kind = COPY,
                                  .to = fake_on_host((void *)(uintptr_t)to),
                                  .from = fake_on_host((void *)(uintptr_t)from),
                                  .bytes = bytes});
}

unsigned cuModuleLoadData(rc_cu_module *module, const void *image)
{
    BEGIN_INSIDE;
    if (strncmp(image, "fake", 4) != 0) return INVALID;
    *module = (rc_cu_module)&fake_now;
    return 0;
}

unsigned cuModuleGetFunction(rc_cu_function *out, rc_cu_module module, const char *name)
{
    BEGIN_INSIDE;
    (void)module;
    *out = (rc_cu_function)(uintptr_t)plain_entry_of(name);
    return *out ? 0 : NOT_FOUND;
}

/* A parameter, of the kind that the kernel takes there. */
static rc__gpu_argument argument_of(char letter, const void *p)
{
    rc__gpu_argument a = {.is_pointer = letter == 'P'};
    a.size = letter == 'S'   ? sizeof(attention_shape)
             : letter == 'R' ? sizeof(adam_rates)
             : letter == 'F' ? sizeof(float)
                             : sizeof(i64);
    memcpy((void *)&a.pointer, p, a.size);
    if (a.is_pointer) a.pointer = fake_on_host(a.pointer);
    return a;
}

unsigned cuLaunchKernel(rc_cu_function kernel, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                        unsigned by, unsigned bz, unsigned shared, rc_cu_stream s, void **parameters,
                        void **extra)
{
    BEGIN_INSIDE;
    if (gx == 0 || gx > INT32_MAX || gy != 1 || gz != 1 || by != 1 || bz != 1 || shared || extra)
        return INVALID;
    work w = {
        .kind = KERNEL_RUN, .kernel = (const plain_entry *)(const void *)kernel, .groups = gx, .items = bx};
    for (const char *k = w.kernel->kinds; *k; k++)
        if (k[1] == '(') {
            w.a[w.n] = argument_of(*k, parameters[w.n]);
            w.n++;
        }
    fake_now.launches++;
    return put_in_line(s, &w);
}

/* ---- NVRTC ---- */

unsigned nvrtcVersion(int *major, int *minor)
{
    BEGIN;
    *major = 12;
    *minor = 4;
    return 0;
}

const char *nvrtcGetErrorString(unsigned code)
{
    (void)code;
    return "NVRTC_ERROR_FAKED";
}

static const int archs[] = {75, 80, 86, 89, 90, 100, 120};

unsigned nvrtcGetNumSupportedArchs(int *n)
{
    BEGIN;
    *n = (int)(sizeof archs / sizeof *archs);
    return 0;
}

unsigned nvrtcGetSupportedArchs(int *out)
{
    BEGIN;
    memcpy(out, archs, sizeof archs);
    return 0;
}

/* What it is given must hold as long as the compiler reads it. */
unsigned nvrtcCreateProgram(rc_nvrtc_program *program, const char *text, const char *name, int n,
                            const char *const *headers, const char *const *names)
{
    BEGIN;
    (void)name;
    for (int i = 0; i < n; i++)
        if (!strstr(text, names[i]) || strlen(headers[i]) == 0) return INVALID;
    fake_now.programs++;
    *program = malloc(1);
    return 0;
}

unsigned nvrtcDestroyProgram(rc_nvrtc_program *program)
{
    free(*program);
    GIVE_BACK(programs);
}

static const char said[] = "kernels.cl(1): error: it does not compile\n";
static bool is_ptx; /* what was built last */

unsigned nvrtcCompileProgram(rc_nvrtc_program program, int n, const char *const *options)
{
    BEGIN;
    (void)program;
    if (n != 2 || strcmp(options[1], "--fmad=false") != 0) return INVALID;
    is_ptx = strstr(options[0], "=compute_") != NULL;
    return fake_setting("broken=", 0) ? 6 : 0;
}

unsigned nvrtcGetProgramLogSize(rc_nvrtc_program program, size_t *size)
{
    BEGIN;
    (void)program;
    *size = sizeof said;
    return 0;
}

unsigned nvrtcGetProgramLog(rc_nvrtc_program program, char *log)
{
    BEGIN;
    (void)program;
    memcpy(log, said, sizeof said);
    return 0;
}

static const char image[] = "fake image of all kernels";

static unsigned give_image(bool suits, char *out, size_t *size)
{
    BEGIN;
    if (!suits) return INVALID;
    if (size) *size = sizeof image;
    if (out) memcpy(out, image, sizeof image);
    return 0;
}

unsigned nvrtcGetPTXSize(rc_nvrtc_program program, size_t *size)
{
    (void)program;
    return give_image(is_ptx, NULL, size);
}

unsigned nvrtcGetPTX(rc_nvrtc_program program, char *out)
{
    (void)program;
    return give_image(is_ptx, out, NULL);
}

unsigned nvrtcGetCUBINSize(rc_nvrtc_program program, size_t *size)
{
    (void)program;
    return give_image(!is_ptx, NULL, size);
}

unsigned nvrtcGetCUBIN(rc_nvrtc_program program, char *out)
{
    (void)program;
    return give_image(!is_ptx, out, NULL);
}

/* ---- cuBLAS ---- */

/* A handle is where the stream of its products stands: each device has its own. */
unsigned cublasCreate_v2(rc_cublas_handle *out)
{
    BEGIN_INSIDE;
    rc_cu_stream *handle = calloc(1, sizeof *handle);
    if (!handle) return INVALID;
    fake_now.handles++;
    *out = (rc_cublas_handle)(void *)handle;
    return 0;
}

unsigned cublasDestroy_v2(rc_cublas_handle handle)
{
    free(handle);
    GIVE_BACK(handles);
}

unsigned cublasSetStream_v2(rc_cublas_handle handle, rc_cu_stream s)
{
    BEGIN_INSIDE;
    *(rc_cu_stream *)(void *)handle = s;
    return number_of(s) >= 0 ? 0 : INVALID;
}

/* Down columns: what is given as the first operand is our second, and n is our m. */
unsigned cublasGemmEx(rc_cublas_handle handle, unsigned ta, unsigned tb, int m, int n, int k,
                      const void *alpha, const void *a, unsigned type_a, int lda, const void *b,
                      unsigned type_b, int ldb, const void *beta, void *c, unsigned type_c, int ldc,
                      unsigned compute, int algorithm)
{
    BEGIN_INSIDE;
    rc_cu_stream of_products = *(rc_cu_stream *)(void *)handle;
    if (lda < (ta ? k : m) || ldb < (tb ? n : k) || ldc < m || type_a != type_b || type_c != RC_CUDA_R_32F ||
        (compute != RC_CUBLAS_COMPUTE_32F && compute != RC_CUBLAS_COMPUTE_32F_FAST_TF32) || algorithm != -1)
        return INVALID;
    fake_now.products++;
    return put_in_line(of_products, &(work){.kind = PRODUCT,
                                            .operand_type = type_a,
                                            .is_tf32 = compute == RC_CUBLAS_COMPUTE_32F_FAST_TF32,
                                            .p = {.ta = tb,
                                                  .tb = ta,
                                                  .m = n,
                                                  .n = m,
                                                  .k = k,
                                                  .alpha = *(const float *)alpha,
                                                  .a = b,
                                                  .lda = ldb,
                                                  .b = a,
                                                  .ldb = lda,
                                                  .beta = *(const float *)beta,
                                                  .c = c,
                                                  .ldc = ldc}});
}
#pragma GCC visibility pop
