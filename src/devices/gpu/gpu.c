/* Memory, order and late failures of a device whose kernels run when they come to it. */
#include "devices/gpu/gpu.h"

#include <stdio.h>
#include <string.h>

/* Room that the host reads or writes in place of device memory. */
struct rc__gpu_staged {
    rc__gpu_staged *next;
    size_t bytes, capacity;
    bool write, of_driver;
};

enum { HEADER = RC_ALIGNMENT, MIB = 1 << 20, MAX_STAGED = 64 * MIB, MAX_IDLE = 256 * MIB };
_Static_assert(sizeof(rc__gpu_staged) <= HEADER, "the numbers begin behind the header");

#define PROGRAM_NAME(name) #name,
static const char *const program_name[] = {RC__GPU_PROGRAMS(PROGRAM_NAME)};

typedef struct kernel_entry {
    const char *name;
    int program, items;
} kernel_entry;
#define KERNEL_ENTRY(program, kernel, items) {#kernel, RC__GPU_PROGRAM_##program, items},
static const kernel_entry kernels[] = {RC__GPU_KERNELS(KERNEL_ENTRY)};

/* ---- order ---- */

static void enter(rc_device *d)
{
    rc__gpu *g = d->state;
    pthread_mutex_lock(&g->lock);
}

static void leave(rc_device *d)
{
    rc__gpu *g = d->state;
    pthread_mutex_unlock(&g->lock);
}

/* Where nothing can be returned, a failure is kept for the next call. */
static void keep(rc__gpu *g, rc_status status)
{
    if (status == RC_OK || g->late != RC_OK) return;
    g->late = status;
    strncpy(g->late_text, rc_error_text(), sizeof g->late_text - 1);
}

static rc_status tell(rc__gpu *g)
{
    rc_status late = g->late;
    g->late = RC_OK;
    return late == RC_OK ? RC_OK : rc_fail(late, "%s", g->late_text);
}

/* A driver's own memory takes it long to give, and is kept. */
static void free_staged(rc__gpu *g, rc__gpu_staged *s)
{
    if (s->of_driver && g->idle_bytes + s->capacity <= MAX_IDLE) {
        s->next = g->idle;
        g->idle = s;
        g->idle_bytes += s->capacity;
    } else if (s->of_driver) {
        g->driver->release_host(g->self, s);
    } else {
        rc_free(s);
    }
}

static void drop_staged(rc__gpu *g)
{
    while (g->staged) {
        rc__gpu_staged *s = g->staged;
        g->staged = s->next;
        free_staged(g, s);
    }
    g->staged_bytes = 0;
}

/* How much of the memory is taken, and what to do. */
static void tell_fullness(rc__gpu *g, char out[160])
{
    char room[64] = "";
    if (g->driver->room) snprintf(room, sizeof room, " here, %zu are free", g->driver->room(g->self) / MIB);
    snprintf(out, 160,
             "%zu of its %zu MiB are in use%s; lower fit.batch, take a smaller model or \1device cpu",
             g->in_use / MIB, g->capacity / MIB, room);
}

/* A failure of a driver may come of what was put in line before, and where memory is short, a driver says no
 * more than that. */
static rc_status say_where(rc__gpu *g, rc_status status)
{
    char fullness[160];
    if (status == RC_OK) return RC_OK;
    (void)rc_fail_context(status, "%s, in or before %s", g->name, g->last ? g->last : "a copy");
    if (status != RC_MEMORY) return status;
    tell_fullness(g, fullness);
    return rc_fail(status, "%s; %s", rc_error_text(), fullness);
}

rc_status rc__gpu_wait(rc__gpu *g)
{
    RC_TRY(tell(g));
    rc_status status = g->driver->wait(g->self);
    drop_staged(g);
    return say_where(g, status);
}

static rc_status prepare(rc__gpu *g, int kernel)
{
    const kernel_entry *k = &kernels[kernel];
    void **program = &g->program[k->program];
    if (g->kernel[kernel]) return RC_OK;
    if (!*program)
        RC_TRY(say_where(g, g->driver->build(g->self, k->program, program_name[k->program], program)));
    return say_where(g, g->driver->find(g->self, *program, k->name, &g->kernel[kernel]));
}

rc_status rc__gpu_launch(rc__gpu *g, int kernel, i64 groups, int n, const rc__gpu_argument *a)
{
    RC_TRY(tell(g));
    if (groups == 0) return RC_OK;
    RC_TRY(prepare(g, kernel));
    g->last = kernels[kernel].name;
    return say_where(g, g->driver->launch(g->self, g->kernel[kernel], groups, kernels[kernel].items, n, a));
}

rc_status rc__gpu_multiply(rc__gpu *g, const rc__gpu_product *p, float *room)
{
    RC_TRY(tell(g));
    g->last = "gemm";
    return say_where(g, g->driver->product(g->self, p, room));
}

rc_status rc__gpu_copy(rc__gpu *g, void *to, const void *from, size_t bytes)
{
    return say_where(g, g->driver->copy(g->self, to, from, bytes));
}

/* ---- memory ---- */

static rc_status say_full(rc__gpu *g, size_t bytes)
{
    char fullness[160];
    tell_fullness(g, fullness);
    return rc_fail(RC_MEMORY, "out of memory on %s (%s): %zu MiB more were wanted, and %s", g->name, g->title,
                   bytes / MIB + 1, fullness);
}

/* A block that is too large for any state of the card says so itself. */
static rc_status alloc(rc__gpu *g, size_t bytes, void **out)
{
    rc_status status = g->driver->alloc(g->self, bytes ? bytes : 1, out);
    return status == RC_MEMORY ? status : say_where(g, status);
}

static rc_status take(rc__gpu *g, size_t bytes, void **out)
{
    bool fits = g->capacity == 0 || (bytes <= g->capacity && g->in_use <= g->capacity - bytes);
    if (fits) {
        RC_TRY(alloc(g, bytes, out));
        if (!*out) { /* what was given back may still be in line */
            RC_TRY(rc__gpu_wait(g));
            RC_TRY(alloc(g, bytes, out));
        }
        fits = *out != NULL;
    }
    if (!fits) return say_full(g, bytes);
    g->in_use += bytes;
    if (g->in_use > g->peak) g->peak = g->in_use;
    return RC_OK;
}

static void give(rc__gpu *g, void *p, size_t bytes)
{
    g->driver->release(g->self, p);
    g->in_use -= bytes;
}

static rc_status alloc_there(rc_device *d, size_t bytes, void **out)
{
    enter(d);
    rc_status status = take(d->state, bytes, out);
    leave(d);
    return status;
}

static rc_status alloc_zeroed_there(rc_device *d, size_t bytes, void **out)
{
    rc__gpu *g = d->state;
    enter(d);
    rc_status status = take(g, bytes, out);
    if (status == RC_OK && bytes) {
        status = say_where(g, g->driver->zero(g->self, *out, bytes));
        if (status != RC_OK) give(g, *out, bytes);
    }
    leave(d);
    return status;
}

static void release_there(rc_device *d, void *p, size_t bytes)
{
    enter(d);
    give(d->state, p, bytes);
    leave(d);
}

static rc_status copy_there(rc_device *d, void *dst, const void *src, size_t bytes)
{
    rc__gpu *g = d->state;
    if (bytes == 0) return RC_OK;
    enter(d);
    rc_status status = tell(g);
    if (status == RC_OK) status = rc__gpu_copy(g, dst, src, bytes);
    leave(d);
    return status;
}

static size_t peak_there(rc_device *d)
{
    return ((const rc__gpu *)d->state)->peak;
}

rc_status rc__gpu_scratch(rc__gpu *g, i64 floats, float **out)
{
    size_t bytes = (size_t)floats * sizeof(float);
    if (bytes > g->scratch_bytes) {
        void *room;
        if (g->scratch) give(g, g->scratch, g->scratch_bytes);
        g->scratch = NULL;
        g->scratch_bytes = 0;
        RC_TRY(take(g, bytes, &room));
        g->scratch = room;
        g->scratch_bytes = bytes;
    }
    *out = g->scratch;
    return RC_OK;
}

rc_status rc__gpu_sum_parts(rc_device *dev, i64 parts, i64 cols, const float *part, bool acc, float *out)
{
    return GPU_LAUNCH(dev, sum_parts, rc__gpu_groups(cols, RC__GPU_PARTS_WIDTH), A(parts), A(cols), A(cols),
                      A(part), A(acc), A(out), A(false), A(NULL));
}

/* ---- what the host sees ---- */

static rc__gpu_staged *staged_of(void *host)
{
    return (rc__gpu_staged *)(void *)((char *)host - HEADER);
}

static rc_status settle(rc__gpu *g, const rc__gpu_staged *s)
{
    return s->of_driver || !g->driver->settle ? RC_OK : say_where(g, g->driver->settle(g->self));
}

static rc_status fetch(rc__gpu *g, void *host, const void *p, size_t bytes)
{
    RC_TRY(tell(g));
    RC_TRY(settle(g, staged_of(host)));
    if (bytes) RC_TRY(rc__gpu_copy(g, host, p, bytes));
    return rc__gpu_wait(g);
}

/* One that is idle, and not far too large. */
static rc__gpu_staged *idle_one(rc__gpu *g, size_t bytes)
{
    for (rc__gpu_staged **at = &g->idle; *at; at = &(*at)->next) {
        rc__gpu_staged *s = *at;
        if (s->capacity < bytes || s->capacity / 4 > bytes) continue;
        *at = s->next;
        g->idle_bytes -= s->capacity;
        return s;
    }
    return NULL;
}

static rc__gpu_staged *stage_of_driver(rc__gpu *g, size_t bytes)
{
    enum { LEAST = 4096 };
    size_t capacity = LEAST;
    if (!g->driver->alloc_host || HEADER + bytes > MAX_IDLE / 2) return NULL;
    while (capacity < HEADER + bytes)
        capacity *= 2;
    rc__gpu_staged *s = idle_one(g, capacity);
    if (s)
        capacity = s->capacity;
    else
        s = g->driver->alloc_host(g->self, capacity);
    if (s) *s = (rc__gpu_staged){.capacity = capacity, .of_driver = true};
    return s;
}

static rc_status stage(rc__gpu *g, size_t bytes, bool write, void **host)
{
    void *memory = stage_of_driver(g, bytes);
    if (!memory) {
        RC_TRY(rc_alloc_raw(HEADER + bytes, 1, &memory));
        *(rc__gpu_staged *)memory = (rc__gpu_staged){0};
    }
    rc__gpu_staged *s = memory;
    s->bytes = bytes;
    s->write = write;
    *host = (char *)memory + HEADER;
    return RC_OK;
}

rc_status rc__gpu_stage(rc__gpu *g, size_t bytes, void **host)
{
    return stage(g, bytes, true, host);
}

static void until_wait(rc__gpu *g, rc__gpu_staged *s)
{
    s->next = g->staged;
    g->staged = s;
}

rc_status rc__gpu_send(rc__gpu *g, void *to, void *host)
{
    rc__gpu_staged *s = staged_of(host);
    until_wait(g, s);
    g->staged_bytes += s->bytes;
    RC_TRY(settle(g, s));
    RC_TRY(rc__gpu_copy(g, to, host, s->bytes));
    return g->staged_bytes > MAX_STAGED ? rc__gpu_wait(g) : RC_OK;
}

static rc_status map_copy(rc_device *d, void *p, size_t bytes, bool read, bool write, void **host)
{
    rc__gpu *g = d->state;
    enter(d);
    rc_status status = stage(g, bytes, write, host);
    if (status == RC_OK && read) {
        status = fetch(g, *host, p, bytes);
        if (status != RC_OK) free_staged(g, staged_of(*host));
    }
    leave(d);
    return status;
}

/* What was mapped for reading only is not written back. The rest stays until the device has read it. */
static void unmap_copy(rc_device *d, void *p, size_t bytes, bool write, void *host)
{
    rc__gpu *g = d->state;
    rc__gpu_staged *s = staged_of(host);
    enter(d);
    if (!write || !s->write || bytes == 0)
        free_staged(g, s);
    else
        keep(g, rc__gpu_send(g, p, host));
    leave(d);
}

/* ---- what goes there beside the line ---- */

static rc_status have_room(rc__gpu *g, rc__gpu_brought *b, size_t bytes)
{
    if (b->room_bytes >= bytes) return RC_OK;
    if (b->room) {
        RC_TRY(rc__gpu_wait(g)); /* what was forgotten may still be on its way */
        give(g, b->room, b->room_bytes);
    }
    b->room = NULL;
    b->room_bytes = 0;
    RC_TRY(take(g, bytes, &b->room));
    b->room_bytes = bytes;
    return RC_OK;
}

/* Into a slot that nothing is to be taken from. Where none is, or memory is short, it goes up when it is
 * asked for. */
static rc_status bring(rc__gpu *g, const void *host, size_t bytes)
{
    enum { WORTH_IT = 1024 };
    void *staged;
    int slot = 0;
    RC_TRY(tell(g));
    while (slot < RC__GPU_SLOTS && g->brought[slot].host)
        slot++;
    if (!g->driver->bring || bytes < WORTH_IT || slot == RC__GPU_SLOTS) return RC_OK;
    rc__gpu_brought *b = &g->brought[slot];
    rc_status status = have_room(g, b, bytes);
    if (status == RC_OK) status = stage(g, bytes, true, &staged);
    if (status != RC_OK) return status == RC_MEMORY ? RC_OK : status;
    memcpy(staged, host, bytes);
    until_wait(g, staged_of(staged));
    RC_TRY(settle(g, staged_of(staged)));
    RC_TRY(say_where(g, g->driver->bring(g->self, slot, b->room, staged, bytes)));
    b->host = host;
    b->bytes = bytes;
    return RC_OK;
}

static rc_status take_slot(rc__gpu *g, void *to, const void *host, size_t bytes, bool *is_there)
{
    int slot = 0;
    while (slot < RC__GPU_SLOTS && (g->brought[slot].host != host || g->brought[slot].bytes != bytes))
        slot++;
    *is_there = host && slot < RC__GPU_SLOTS;
    if (!*is_there) return RC_OK;
    RC_TRY(tell(g));
    g->brought[slot].host = NULL;
    return say_where(g, g->driver->take(g->self, slot, to, g->brought[slot].room, bytes));
}

static rc_status bring_there(rc_device *d, const void *host, size_t bytes)
{
    enter(d);
    rc_status status = bring(d->state, host, bytes);
    leave(d);
    return status;
}

static rc_status take_there(rc_device *d, void *to, const void *host, size_t bytes, bool *is_there)
{
    enter(d);
    rc_status status = take_slot(d->state, to, host, bytes, is_there);
    leave(d);
    return status;
}

static void forget_there(rc_device *d)
{
    rc__gpu *g = d->state;
    enter(d);
    for (int i = 0; i < RC__GPU_SLOTS; i++)
        g->brought[i].host = NULL;
    leave(d);
}

void rc__gpu_make(rc__gpu *g)
{
    rc_device *d = &g->device;
    d->name = g->name;
    d->queued = true;
    d->state = g;
    d->alloc = alloc_there;
    d->alloc_zeroed = alloc_zeroed_there;
    d->release = release_there;
    d->map = map_copy;
    d->unmap = unmap_copy;
    d->copy = copy_there;
    d->bring = bring_there;
    d->take_brought = take_there;
    d->forget_brought = forget_there;
    d->peak = peak_there;
    d->enter = enter;
    d->leave = leave;
    pthread_mutex_init(&g->lock, NULL);
}
