#include "devices/gpu/clblast.h"

#include <limits.h>

#include "base/memory.h"

#include "devices/gpu/library.h"

enum { TRIAL_SIDE = 128, TRIAL = TRIAL_SIDE * TRIAL_SIDE };

struct rc__clblast_block {
    rc__clblast_block *next;
    char *at;
    size_t bytes;
    rc_cl_mem buffer; /* NULL: no product has asked for it yet */
};

/* Of the process. */
static struct {
    rc__clblast_calls call;
    bool tried, is_there, left_out;
} all;

rc__clblast_calls *rc__clblast_functions(void)
{
    return &all.call;
}

void rc__clblast_leave_out(bool out)
{
    all.left_out = out;
}

static bool open_library(void)
{
#define NAME(name, result, arguments) "CLBlast" #name,
    static const char *const names[] = {RC_CLBLAST_FUNCTIONS(NAME)};
#undef NAME
    bool is_there;
#pragma omp critical(rc_clblast_open)
    {
        if (!all.tried)
            all.is_there =
                rc__gpu_library_open("CLBlast", "libclblast.so.1", "it is not needed",
                                     sizeof names / sizeof *names, names, &all.call, NULL) == RC_OK;
        all.tried = true;
        is_there = all.is_there;
    }
    return is_there;
}

static rc_status check(int code, const char *what)
{
    bool memory = code == RC_CLBLAST_TEMP_BUFFER_ALLOC_FAILURE || code == RC_CLBLAST_OUT_OF_HOST_MEMORY;
    return code == RC_CLBLAST_SUCCESS
               ? RC_OK
               : rc_fail(memory ? RC_MEMORY : RC_DEVICE, "OpenCL: CLBlast: %s failed (code %d%s)", what, code,
                         memory ? ": out of memory" : "");
}

/* ---- blocks ---- */

rc_status rc__clblast_add(rc__clblast *c, void *at, size_t bytes)
{
    rc__clblast_block *b;
    RC_TRY(RC_NEW(&b, 1));
    *b = (rc__clblast_block){.next = c->blocks, .at = at, .bytes = bytes};
    c->blocks = b;
    return RC_OK;
}

/* What is in line keeps the buffer until it is done. */
void rc__clblast_remove(rc__clblast *c, void *at)
{
    rc__clblast_block **b = &c->blocks;
    while (*b && (*b)->at != (char *)at)
        b = &(*b)->next;
    rc__clblast_block *gone = *b;
    if (!gone) return;
    *b = gone->next;
    if (gone->buffer) (void)c->cl->ReleaseMemObject(gone->buffer);
    rc_free(gone);
}

/* The block in which p lies, and how many numbers behind its beginning. */
static rc__clblast_block *block_of(const rc__clblast *c, const void *p, size_t *behind)
{
    rc__clblast_block *b = c->blocks;
    while (b && (uintptr_t)p - (uintptr_t)b->at >= b->bytes)
        b = b->next;
    *behind = b ? ((uintptr_t)p - (uintptr_t)b->at) / sizeof(float) : 0;
    return b;
}

static rc_status buffer_of(rc__clblast *c, const void *p, rc_cl_mem *out, size_t *behind)
{
    rc__clblast_block *b = block_of(c, p, behind);
    int32_t code = RC_CL_SUCCESS;
    RC_CHECK(b, RC_INTERNAL, "OpenCL: CLBlast: a matrix lies outside of the device's memory");
    if (!b->buffer)
        b->buffer = c->cl->CreateBuffer(c->context, RC_CL_MEM_READ_WRITE | RC_CL_MEM_USE_HOST_PTR, b->bytes,
                                        b->at, &code);
    *out = b->buffer;
    return check(code, "a buffer over shared memory");
}

/* ---- products ---- */

static unsigned turned(bool t)
{
    return t ? RC_CLBLAST_TRANSPOSE_YES : RC_CLBLAST_TRANSPOSE_NO;
}

rc_status rc__clblast_multiply(rc__clblast *c, const rc__gpu_product *p, float *room)
{
    rc_cl_mem a, b, to, beside = NULL;
    size_t from_a, from_b, from_c, none;
    RC_TRY(buffer_of(c, p->a, &a, &from_a));
    RC_TRY(buffer_of(c, p->b, &b, &from_b));
    RC_TRY(buffer_of(c, p->c, &to, &from_c));
    if (room) RC_TRY(buffer_of(c, room, &beside, &none)); /* the beginning of a block */
    return check(all.call.SgemmWithTempBuffer(RC_CLBLAST_LAYOUT_ROW_MAJOR, turned(p->ta), turned(p->tb),
                                              (size_t)p->m, (size_t)p->n, (size_t)p->k, p->alpha, a, from_a,
                                              (size_t)p->lda, b, from_b, (size_t)p->ldb, p->beta, to, from_c,
                                              (size_t)p->ldc, &c->queue, NULL, beside),
                 "a matrix product");
}

/* A product of ones, over what is not a number. */
static bool multiplies(rc__clblast *c, float *x)
{
    enum { SIDE = TRIAL_SIDE };
    const size_t bytes = TRIAL * sizeof *x;
    const float one = 1;
    const unsigned char nan = 0xff;
    float *to = x + 2 * TRIAL, *made;
    rc__gpu_product p = {RC__GPU_F32, false, false,     SIDE, SIDE, SIDE, 1,
                         x,           SIDE,  x + TRIAL, SIDE, 0,    to,   SIDE};
    if (RC_NEW(&made, TRIAL) != RC_OK) return false;
    bool right =
        c->cl->EnqueueSVMMemFill(c->queue, x, &one, sizeof one, 2 * bytes, 0, NULL, NULL) == RC_CL_SUCCESS &&
        c->cl->EnqueueSVMMemFill(c->queue, to, &nan, 1, bytes, 0, NULL, NULL) == RC_CL_SUCCESS &&
        rc__clblast_multiply(c, &p, NULL) == RC_OK &&
        c->cl->EnqueueSVMMemcpy(c->queue, 1, made, to, bytes, 0, NULL, NULL) == RC_CL_SUCCESS;
    for (int i = 0; i < TRIAL && right; i++)
        right = made[i] == SIDE;
    rc_free(made);
    return right;
}

/* Drivers may refuse its kernels, or lay no buffer over shared memory: then it is as if it were not there. */
static bool try_it(rc__clblast *c)
{
    enum { BYTES = 3 * TRIAL * sizeof(float) };
    if (!open_library()) return false;
    void *x = c->cl->SVMAlloc(c->context, RC_CL_MEM_READ_WRITE, BYTES, 0);
    if (!x) return false;
    bool works = rc__clblast_add(c, x, BYTES) == RC_OK && multiplies(c, x);
    rc__clblast_remove(c, x);
    (void)c->cl->EnqueueSVMFree(c->queue, 1, &x, NULL, NULL, 0, NULL, NULL);
    return works;
}

/* Its kernels reckon in int, from the beginning of a buffer. */
static bool is_within(size_t from, i64 rows, i64 ld)
{
    return rows <= INT_MAX && ld <= INT_MAX && from <= INT_MAX && (i64)from + rows * ld <= INT_MAX;
}

bool rc__clblast_takes(rc__clblast *c, const rc__gpu_product *p, i64 *room)
{
    enum { MIN_SIDE = 64 }; /* it pads and turns operands by kernels of their own */
    size_t from_a, from_b, from_c, bytes = 0;
    if (all.left_out || p->m < MIN_SIDE || p->n < MIN_SIDE || p->k < MIN_SIDE) return false;
    if (!c->tried) c->works = try_it(c);
    c->tried = true;
    if (!c->works || !block_of(c, p->a, &from_a) || !block_of(c, p->b, &from_b) ||
        !block_of(c, p->c, &from_c))
        return false;
    if (!is_within(from_a, p->ta ? p->k : p->m, p->lda) || !is_within(from_b, p->tb ? p->n : p->k, p->ldb) ||
        !is_within(from_c, p->m, p->ldc))
        return false;
    int code = all.call.SGemmTempBufferSize(
        RC_CLBLAST_LAYOUT_ROW_MAJOR, turned(p->ta), turned(p->tb), (size_t)p->m, (size_t)p->n, (size_t)p->k,
        from_a, (size_t)p->lda, from_b, (size_t)p->ldb, from_c, (size_t)p->ldc, &c->queue, &bytes);
    *room = (i64)(bytes / sizeof(float));
    return code == RC_CLBLAST_SUCCESS && *room <= INT_MAX;
}
