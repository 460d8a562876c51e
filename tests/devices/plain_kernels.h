/* The kernels of the GPU device as plain C: what a real driver cannot show. The items of a group are fibres
 * that go on, in random order, from barrier to barrier, so that a missing barrier changes the result. Local
 * memory is full of NaN when a group begins. Sanitizers see every access. An argument of another kind than
 * the kernel takes, or too many, ends the test. */
#ifndef TESTS_DEVICES_PLAIN_KERNELS_H
#define TESTS_DEVICES_PLAIN_KERNELS_H

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tgmath.h>
#include <ucontext.h>

#include "devices/gpu/gpu.h"
#include "test_devices.h"

/* ---- fibres ---- */

enum { PLAIN_ITEMS = 256, PLAIN_STACK = 1 << 16 };

typedef void (*plain_kernel)(const rc__gpu_argument *a, int n);

/* swapcontext() asks the system for the signal mask each time; it is only needed to enter a new stack, and
 * under the address sanitizer, which must know of every stack. */
typedef struct plain_context {
    ucontext_t system;
    jmp_buf jump;
} plain_context;

static void plain_switch(plain_context *from, plain_context *to, bool to_is_new)
{
    if (CHECKS_ADDRESSES) {
        swapcontext(&from->system, &to->system);
    } else if (_setjmp(from->jump) == 0) {
        if (to_is_new) setcontext(&to->system);
        _longjmp(to->jump, 1);
    }
}

static struct {
    plain_context scheduler, item[PLAIN_ITEMS];
    char *stacks;
    int line[PLAIN_ITEMS]; /* of the barrier where an item waits; 0: it has ended */
    int order[PLAIN_ITEMS];
    bool no_barriers; /* the first item of the group met none */
    plain_kernel kernel;
    const rc__gpu_argument *arguments;
    int n;
    int64_t group;
    int32_t now;
    uint32_t random;
} fibres;

/* Local memory lies in a section of its own. */
extern char __start_plain_local[], __stop_plain_local[];

static void plain_fail(const char *what)
{
    fprintf(stderr, "plain_gpu: %s\n", what);
    abort();
}

static void plain_barrier(int line)
{
    int32_t me = fibres.now;
    if (fibres.no_barriers) plain_fail("some items of a group wait at a barrier, and some at none");
    fibres.line[me] = line;
    plain_switch(&fibres.item[me], &fibres.scheduler, false);
}

static void plain_item(void)
{
    fibres.kernel(fibres.arguments, fibres.n);
    fibres.line[fibres.now] = 0;
}

__attribute__((no_sanitize("address"))) static void plain_forget_local(void)
{
    for (volatile char *p = __start_plain_local; p < __stop_plain_local; p++)
        *p = (char)0xff;
}

static void plain_shuffle(int items)
{
    for (int i = 0; i < items; i++)
        fibres.order[i] = i;
    for (int i = items - 1; i > 0; i--) {
        fibres.random = fibres.random * 1664525u + 1013904223u;
        int k = (int)((fibres.random >> 8) % (uint32_t)(i + 1)), other = fibres.order[k];
        fibres.order[k] = fibres.order[i];
        fibres.order[i] = other;
    }
}

/* A stretch of an item, up to the next barrier. */
static void plain_go_on(int item, bool is_new)
{
    fibres.now = item;
    plain_switch(&fibres.scheduler, &fibres.item[item], is_new);
}

static void plain_fibre(void)
{
    plain_item();
    plain_switch(&fibres.item[fibres.now], &fibres.scheduler, false);
}

static void plain_begin(int item)
{
    ucontext_t *c = &fibres.item[item].system;
    getcontext(c);
    c->uc_stack.ss_sp = fibres.stacks + (size_t)item * PLAIN_STACK;
    c->uc_stack.ss_size = PLAIN_STACK;
    c->uc_link = NULL;
    makecontext(c, plain_fibre, 0);
    plain_go_on(item, true);
}

/* At the same barrier; false: all have ended. */
static bool plain_wait_together(int items)
{
    for (int i = 1; i < items; i++)
        if (fibres.line[i] != fibres.line[0]) plain_fail("the items of a group wait at different barriers");
    return fibres.line[0] != 0;
}

static void plain_group(int items)
{
    plain_forget_local();
    plain_shuffle(items);
    fibres.no_barriers = false;
    plain_begin(fibres.order[0]);
    fibres.no_barriers = fibres.line[fibres.order[0]] == 0; /* then fibres are not needed */
    for (int i = 1; i < items; i++) {
        fibres.now = fibres.order[i];
        if (fibres.no_barriers)
            plain_item();
        else
            plain_begin(fibres.now);
    }
    while (plain_wait_together(items)) {
        plain_shuffle(items);
        for (int i = 0; i < items; i++)
            plain_go_on(fibres.order[i], false);
    }
}

/* ---- the kernels ---- */

typedef int32_t i32;
typedef uint32_t u32;
typedef uint16_t u16;
#define KERNEL(size) static void
#define DEVICE static inline
#define GLOBAL
#define LOCAL
#define SHARED(type, name, count) static type name[count] __attribute__((section("plain_local")))
#define BARRIER plain_barrier(__LINE__)
#define GROUP fibres.group
#define ITEM fibres.now

static u32 plain_bits(float x)
{
    u32 bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
#define BITS(x) plain_bits(x)

static float plain_float(u32 bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
#define FLOAT_OF(bits) plain_float(bits)

#include "devices/gpu/kernels/common.h"

#include "devices/gpu/kernels/layout.cl"
#include "devices/gpu/kernels/linear.cl"
#include "devices/gpu/kernels/loss.cl"
#include "devices/gpu/kernels/norm.cl"
#include "devices/gpu/kernels/optim.cl"

#include "devices/gpu/kernels/attention.cl" /* has short words of its own */
#undef X
#undef Y

static const rc__gpu_argument *plain_argument(const rc__gpu_argument *a, bool is_pointer, size_t size)
{
    if (a->is_pointer != is_pointer || a->size != size) plain_fail("an argument is of another kind");
    return a;
}

#undef I /* of complex numbers */
#define I(i) plain_argument(&a[i], false, sizeof(i64))->integer
#define F(i) plain_argument(&a[i], false, sizeof(float))->number
#define S(i) plain_argument(&a[i], false, sizeof(attention_shape))->attention
#define R(i) plain_argument(&a[i], false, sizeof(adam_rates))->adam
#define P(i) (void *)(uintptr_t)plain_argument(&a[i], true, sizeof(void *))->pointer
#define CALL(name, count, ...)                                         \
    static const char plain_kinds_##name[] = #__VA_ARGS__;             \
    static void plain_##name(const rc__gpu_argument *a, int n)         \
    {                                                                  \
        if (n != count) plain_fail(#name ": the number of arguments"); \
        name(__VA_ARGS__);                                             \
    }

/* What each kernel takes: integers, floats, pointers, a shape, rates. */
CALL(gemm, 15, I(0), I(1), I(2), F(3), P(4), I(5), I(6), P(7), I(8), I(9), F(10), P(11), P(12), P(13), I(14))
CALL(narrow, 5, I(0), I(1), I(2), P(3), P(4))
CALL(fill, 3, I(0), F(1), P(2))
CALL(scale, 3, I(0), F(1), P(2))
CALL(widen, 3, I(0), P(1), P(2))
CALL(add_narrow, 3, I(0), P(1), P(2))
CALL(axpy, 4, I(0), F(1), P(2), P(3))
CALL(add_rounded, 3, I(0), P(1), P(2))
CALL(add, 4, I(0), P(1), P(2), P(3))
CALL(mul, 5, I(0), P(1), P(2), I(3), P(4))
CALL(sum_squares, 4, I(0), I(1), P(2), P(3))
CALL(sum_exactly, 4, I(0), P(1), I(2), P(3))
CALL(bias_rows, 5, I(0), I(1), P(2), P(3), P(4))
CALL(sum_rows, 5, I(0), I(1), I(2), P(3), P(4))
CALL(sum_parts, 8, I(0), I(1), I(2), P(3), I(4), P(5), I(6), P(7))
CALL(gelu, 5, I(0), I(1), P(2), P(3), P(4))
CALL(gelu_backward, 7, I(0), I(1), P(2), P(3), P(4), I(5), P(6))
CALL(gelu_sums, 9, I(0), I(1), I(2), P(3), P(4), P(5), I(6), P(7), P(8))
CALL(relu, 3, I(0), P(1), P(2))
CALL(relu_backward, 5, I(0), P(1), P(2), I(3), P(4))
CALL(glu, 6, I(0), I(1), F(2), F(3), P(4), P(5))
CALL(glu_backward, 8, I(0), I(1), F(2), F(3), P(4), P(5), I(6), P(7))
CALL(glu_jvp, 7, I(0), I(1), F(2), F(3), P(4), P(5), P(6))
CALL(layernorm, 8, I(0), F(1), P(2), P(3), P(4), P(5), P(6), P(7))
CALL(layernorm_backward, 8, I(0), P(1), P(2), P(3), P(4), P(5), I(6), P(7))
CALL(layernorm_slopes, 11, I(0), I(1), I(2), P(3), P(4), P(5), P(6), P(7), I(8), P(9), P(10))
CALL(layernorm_sums, 8, I(0), I(1), I(2), P(3), P(4), P(5), P(6), P(7))
CALL(layernorm_jvp, 9, I(0), P(1), P(2), P(3), P(4), P(5), P(6), P(7), P(8))
CALL(bin_rows, 8, I(0), I(1), I(2), F(3), F(4), F(5), P(6), P(7))
CALL(softmax, 3, I(0), P(1), P(2))
CALL(softmax_backward, 5, I(0), P(1), P(2), I(3), P(4))
CALL(gather_rows, 7, I(0), I(1), I(2), I(3), P(4), P(5), P(6))
CALL(scatter_rows, 7, I(0), I(1), I(2), P(3), P(4), I(5), P(6))
CALL(mean_tokens, 6, I(0), I(1), I(2), P(3), P(4), P(5))
CALL(mean_tokens_backward, 7, I(0), I(1), I(2), P(3), P(4), I(5), P(6))
CALL(adaptive_pool, 9, I(0), I(1), I(2), I(3), I(4), I(5), I(6), P(7), P(8))
CALL(adaptive_pool_backward, 10, I(0), I(1), I(2), I(3), I(4), I(5), I(6), P(7), I(8), P(9))
CALL(interpolate, 8, I(0), I(1), I(2), I(3), I(4), I(5), P(6), P(7))
CALL(interpolate_backward, 9, I(0), I(1), I(2), I(3), I(4), I(5), P(6), I(7), P(8))
CALL(cross_entropy, 7, I(0), F(1), P(2), P(3), P(4), P(5), P(6))
CALL(cross_entropy_backward, 8, I(0), F(1), P(2), P(3), P(4), P(5), I(6), P(7))
CALL(focal, 5, I(0), F(1), P(2), P(3), P(4))
CALL(focal_backward, 7, I(0), F(1), P(2), P(3), P(4), I(5), P(6))
CALL(lp_error, 10, I(0), F(1), I(2), P(3), P(4), P(5), P(6), P(7), P(8), P(9))
CALL(lp_error_backward, 11, I(0), I(1), F(2), P(3), P(4), P(5), P(6), P(7), P(8), I(9), P(10))
CALL(squared_error, 4, I(0), P(1), P(2), P(3))
CALL(squared_error_backward, 7, I(0), I(1), P(2), P(3), P(4), I(5), P(6))
CALL(binary_cross_entropy, 5, I(0), F(1), P(2), P(3), P(4))
CALL(binary_cross_entropy_backward, 8, I(0), I(1), F(2), P(3), P(4), P(5), I(6), P(7))
CALL(softened_kl, 5, I(0), F(1), P(2), P(3), P(4))
CALL(softened_kl_backward, 7, I(0), F(1), P(2), P(3), P(4), I(5), P(6))
CALL(poisson, 4, I(0), P(1), P(2), P(3))
CALL(poisson_backward, 7, I(0), I(1), P(2), P(3), P(4), I(5), P(6))
CALL(ordered_classes, 4, I(0), I(1), P(2), P(3))
CALL(ordered_classes_backward, 7, I(0), I(1), P(2), P(3), P(4), I(5), P(6))
CALL(ordered_classes_jvp, 5, I(0), I(1), P(2), P(3), P(4))
CALL(adam, 7, R(0), I(1), P(2), P(3), P(4), P(5), P(6))
CALL(adam_ranges, 8, R(0), I(1), P(2), P(3), P(4), P(5), P(6), P(7))
CALL(adam_mark, 4, I(0), P(1), P(2), P(3))
CALL(adam_rows, 9, R(0), I(1), I(2), P(3), P(4), P(5), P(6), P(7), P(8))
CALL(sgd, 11, I(0), F(1), F(2), F(3), F(4), F(5), I(6), P(7), P(8), P(9), P(10))
CALL(attention_forward, 8, S(0), P(1), P(2), P(3), P(4), P(5), P(6), P(7))
CALL(attention_delta, 5, S(0), I(1), P(2), P(3), P(4))
CALL(attention_queries, 10, S(0), P(1), P(2), P(3), P(4), P(5), P(6), P(7), P(8), P(9))
CALL(attention_keys, 11, S(0), P(1), P(2), P(3), P(4), P(5), P(6), P(7), P(8), P(9), P(10))
CALL(attention_bias, 11, S(0), I(1), P(2), P(3), P(4), P(5), P(6), P(7), P(8), P(9), P(10))
CALL(attention_tangent, 12, S(0), P(1), P(2), P(3), P(4), P(5), P(6), P(7), P(8), P(9), P(10), P(11))
#undef I
#undef F
#undef S
#undef R
#undef P
#undef CALL
#undef GROUP

typedef struct plain_entry {
    const char *name, *kinds; /* "I(0), F(1), P(2)" */
    plain_kernel kernel;
} plain_entry;
#define PLAIN_ENTRY(program, name, items) {#name, plain_kinds_##name, plain_##name},
static const plain_entry plain_entries[] = {RC__GPU_KERNELS(PLAIN_ENTRY)};

/* NULL: there is none of this name. */
static const plain_entry *plain_entry_of(const char *name)
{
    for (size_t i = 0; i < sizeof plain_entries / sizeof *plain_entries; i++)
        if (strcmp(plain_entries[i].name, name) == 0) return &plain_entries[i];
    return NULL;
}

static void plain_run(const plain_entry *entry, int64_t groups, int items, int n, const rc__gpu_argument *a)
{
    if (!fibres.stacks) fibres.stacks = malloc((size_t)PLAIN_ITEMS * PLAIN_STACK);
    if (!fibres.stacks) abort();
    fibres.kernel = entry->kernel;
    fibres.arguments = a;
    fibres.n = n;
    for (fibres.group = 0; fibres.group < groups; fibres.group++)
        plain_group(items);
}

#endif
