#include "devices/gpu/clblast.h"

#include <limits.h>
#include <stdatomic.h>

#include "base/memory.h"

#include "devices/gpu/library.h"

struct rc__clblast_block {
    rc__clblast_block *next;
    char *at;
    size_t bytes;
    rc_cl_mem buffer; /* NULL: no product has asked for it yet */
};

/* Of the process. */
static struct {
    rc__clblast_calls call;
    bool tried, is_there;
    atomic_bool left_out;
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

/* The bytes that a product with these sides needs beside. */
static bool room_of(rc__clblast *c, const rc__gpu_product *p, const size_t from[3], size_t *bytes)
{
    *bytes = 0;
    return all.call.SGemmTempBufferSize(RC_CLBLAST_LAYOUT_ROW_MAJOR, turned(p->ta), turned(p->tb),
                                        (size_t)p->m, (size_t)p->n, (size_t)p->k, from[0], (size_t)p->lda,
                                        from[1], (size_t)p->ldb, from[2], (size_t)p->ldc, &c->queue,
                                        bytes) == RC_CLBLAST_SUCCESS;
}

/* ---- whether it works here ---- */

/* Small ones go from operands to output. Others go by copies in room beside, laid out in whole tiles and
 * turned; what lies like this as it is needs no room, and would if its sides were odd. */
static int way_of(rc__clblast *c, const rc__gpu_product *p, const size_t from[3], size_t room)
{
    rc__gpu_product odd = *p;
    odd.m |= 1;
    odd.n |= 1;
    odd.k |= 1;
    return room > 0 || (room_of(c, &odd, from, &room) && room > 0) ? RC__CLBLAST_BY_COPIES
                                                                   : RC__CLBLAST_DIRECT;
}

/* A product of ones, over what is not a number; x: [3, side, side]. */
static rc_status multiply_ones(rc__clblast *c, i64 side, float *x, float *room, float *made, bool *right)
{
    const float one = 1;
    const unsigned char nan = 0xff;
    i64 n = side * side;
    size_t bytes = (size_t)n * sizeof *x;
    float *to = x + 2 * n;
    rc__gpu_product p = {
        RC_PRECISION_F32, false, true, side, side, side, 1, x, side, x + n, side, 0, to, side};
    RC_TRY(check(c->cl->EnqueueSVMMemFill(c->queue, x, &one, sizeof one, 2 * bytes, 0, NULL, NULL),
                 "filling memory"));
    RC_TRY(check(c->cl->EnqueueSVMMemFill(c->queue, to, &nan, 1, bytes, 0, NULL, NULL), "filling memory"));
    RC_TRY(rc__clblast_multiply(c, &p, room));
    RC_TRY(check(c->cl->EnqueueSVMMemcpy(c->queue, 1, made, to, bytes, 0, NULL, NULL), "copying memory"));
    *right = true;
    for (i64 i = 0; i < n && *right; i++)
        *right = made[i] == (float)side;
    return RC_OK;
}

/* For as long as a trial takes, and so in nobody's account. */
static rc_status lend(rc__clblast *c, size_t bytes, void **out)
{
    *out = c->cl->SVMAlloc(c->context, RC_CL_MEM_READ_WRITE, bytes, 0);
    RC_CHECK(*out, RC_MEMORY, "OpenCL: CLBlast: there is no room for %zu bytes", bytes);
    return rc__clblast_add(c, *out, bytes);
}

static void take_back(rc__clblast *c, void *p)
{
    if (!p) return;
    rc__clblast_remove(c, p);
    (void)c->cl->EnqueueSVMFree(c->queue, 1, &p, NULL, NULL, 0, NULL, NULL);
}

static rc_status try_side(rc__clblast *c, i64 side, size_t room_bytes, bool *right)
{
    void *x = NULL, *room = NULL;
    float *made;
    size_t n = (size_t)(side * side);
    RC_TRY(RC_NEW(&made, n));
    rc_status status = lend(c, 3 * n * sizeof(float), &x);
    if (status == RC_OK && room_bytes > 0) status = lend(c, room_bytes, &room);
    if (status == RC_OK) status = multiply_ones(c, side, x, room, made, right);
    take_back(c, room);
    take_back(c, x);
    rc_free(made);
    return status;
}

/* The smallest product that goes this way. Drivers may refuse its kernels, or lay no buffer over shared
 * memory: then it is as if it were not there. A lack of memory may pass, and is no answer. */
static rc__clblast_answer try_way(rc__clblast *c, int way)
{
    enum { LEAST = 65, ENOUGH = 2048 };
    i64 side, next = LEAST;
    size_t room = 0;
    bool right = false;
    do {
        side = next;
        next = (side + side / 4) | 1;
        rc__gpu_product p = {
            .tb = true, .m = side, .n = side, .k = side, .lda = side, .ldb = side, .ldc = side};
        size_t n = (size_t)(side * side), from[3] = {0, n, 2 * n};
        if (!room_of(c, &p, from, &room)) return RC__CLBLAST_REFUSED;
    } while (way == RC__CLBLAST_BY_COPIES && room == 0 && side < ENOUGH);
    if ((room > 0) != (way == RC__CLBLAST_BY_COPIES)) return RC__CLBLAST_REFUSED;
    rc_status status = try_side(c, side, room, &right);
    return status == RC_MEMORY        ? RC__CLBLAST_UNTRIED
           : status == RC_OK && right ? RC__CLBLAST_WORKS
                                      : RC__CLBLAST_REFUSED;
}

static bool works(rc__clblast *c, int way)
{
    if (c->way[way] == RC__CLBLAST_UNTRIED) c->way[way] = try_way(c, way);
    return c->way[way] == RC__CLBLAST_WORKS;
}

/* Its kernels reckon in int, from the beginning of a buffer. */
static bool is_within(size_t from, i64 rows, i64 ld)
{
    return rows <= INT_MAX && ld <= INT_MAX && from <= INT_MAX && (i64)from + rows * ld <= INT_MAX;
}

bool rc__clblast_takes(rc__clblast *c, const rc__gpu_product *p, i64 *room)
{
    enum { MIN_SIDE = 64 }; /* it pads and turns operands by kernels of their own */
    size_t from[3], bytes = 0;
    if (all.left_out || p->m < MIN_SIDE || p->n < MIN_SIDE || p->k < MIN_SIDE || !open_library() ||
        !block_of(c, p->a, &from[0]) || !block_of(c, p->b, &from[1]) || !block_of(c, p->c, &from[2]))
        return false;
    if (!is_within(from[0], p->ta ? p->k : p->m, p->lda) ||
        !is_within(from[1], p->tb ? p->n : p->k, p->ldb) || !is_within(from[2], p->m, p->ldc) ||
        !room_of(c, p, from, &bytes) || bytes / sizeof(float) > INT_MAX)
        return false;
    *room = (i64)(bytes / sizeof(float));
    /* Near the border between both ways, what needs no room may go by either. */
    return works(c, way_of(c, p, from, bytes)) && (bytes > 0 || works(c, RC__CLBLAST_DIRECT));
}
