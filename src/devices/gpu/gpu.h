/* devices/gpu/gpu.h: a device whose kernels are written once (kernels/), and the drivers that run them.
 *
 * gpu.c has memory, order and late failures; launch.c and launch_attention.c say which kernels make up an
 * entry of rc_kernels, on how many groups. A driver knows one programming interface: opencl.c, cuda.c, and in
 * tests one that runs the kernels as plain C. */
#ifndef RC_DEVICES_GPU_GPU_H
#define RC_DEVICES_GPU_GPU_H

#include <pthread.h>

#include "devices/gpu/interfaces.h"
#include "tensor/device.h"

typedef int64_t i64;
#include "devices/gpu/kernels/shapes.h"

/* ---- kernels ---- */

/* A file of kernels is a program, built when one of its kernels is first wanted. */
#define RC__GPU_PROGRAMS(X) X(linear) X(norm) X(attention) X(layout) X(loss) X(optim)

/* program, kernel, work-items in a group */
#define RC__GPU_KERNELS(X)                       \
    X(linear, gemm, SPAN)                        \
    X(linear, narrow, SPAN)                      \
    X(linear, widen, SPAN)                       \
    X(linear, add_narrow, SPAN)                  \
    X(linear, fill, SPAN)                        \
    X(linear, scale, SPAN)                       \
    X(linear, axpy, SPAN)                        \
    X(linear, add_rounded, SPAN)                 \
    X(linear, add, SPAN)                         \
    X(linear, mul, SPAN)                         \
    X(linear, sum_squares, SPAN)                 \
    X(linear, sum_exactly, SPAN)                 \
    X(linear, bias_rows, SPAN)                   \
    X(linear, sum_rows, SPAN)                    \
    X(linear, sum_parts, SPAN)                   \
    X(linear, gelu, SPAN)                        \
    X(linear, gelu_backward, SPAN)               \
    X(linear, gelu_sums, SPAN)                   \
    X(linear, relu, SPAN)                        \
    X(linear, relu_backward, SPAN)               \
    X(linear, glu, SPAN)                         \
    X(linear, glu_backward, SPAN)                \
    X(linear, glu_jvp, SPAN)                     \
    X(norm, layernorm, ROW)                      \
    X(norm, layernorm_backward, ROW)             \
    X(norm, layernorm_slopes, ROW)               \
    X(norm, layernorm_sums, SPAN)                \
    X(norm, layernorm_jvp, ROW)                  \
    X(norm, bin_rows, ROW)                       \
    X(norm, softmax, ROW)                        \
    X(norm, softmax_backward, ROW)               \
    X(attention, attention_forward, SPAN)        \
    X(attention, attention_delta, SPAN)          \
    X(attention, attention_queries, SPAN)        \
    X(attention, attention_keys, SPAN)           \
    X(attention, attention_bias, SPAN)           \
    X(attention, attention_tangent, SPAN)        \
    X(layout, gather_rows, SPAN)                 \
    X(layout, scatter_rows, ROW)                 \
    X(layout, mean_tokens, SPAN)                 \
    X(layout, mean_tokens_backward, SPAN)        \
    X(layout, adaptive_pool, SPAN)               \
    X(layout, adaptive_pool_backward, SPAN)      \
    X(layout, interpolate, SPAN)                 \
    X(layout, interpolate_backward, SPAN)        \
    X(loss, cross_entropy, ROW)                  \
    X(loss, cross_entropy_backward, ROW)         \
    X(loss, focal, ROW)                          \
    X(loss, focal_backward, ROW)                 \
    X(loss, lp_error, ROW)                       \
    X(loss, lp_error_backward, SPAN)             \
    X(loss, squared_error, ROW)                  \
    X(loss, squared_error_backward, SPAN)        \
    X(loss, binary_cross_entropy, ROW)           \
    X(loss, binary_cross_entropy_backward, SPAN) \
    X(loss, poisson, ROW)                        \
    X(loss, poisson_backward, SPAN)              \
    X(loss, ordered_classes, SPAN)               \
    X(loss, ordered_classes_backward, SPAN)      \
    X(loss, ordered_classes_jvp, SPAN)           \
    X(loss, softened_kl, ROW)                    \
    X(loss, softened_kl_backward, ROW)           \
    X(optim, adam, SPAN)                         \
    X(optim, adam_ranges, SPAN)                  \
    X(optim, adam_mark, SPAN)                    \
    X(optim, adam_rows, ROW)                     \
    X(optim, sgd, SPAN)

#define RC__GPU_ENUM(program, kernel, items) RC__GPU_##kernel,
enum { RC__GPU_KERNELS(RC__GPU_ENUM) RC__GPU_KERNEL_COUNT };
#undef RC__GPU_ENUM
#define RC__GPU_ENUM(program) RC__GPU_PROGRAM_##program,
enum { RC__GPU_PROGRAMS(RC__GPU_ENUM) RC__GPU_PROGRAM_COUNT };
#undef RC__GPU_ENUM

/* The texts of kernels/, carried inside the library (texts.c): of the programs, of what stands before each of
 * them, and of the words of a language, which stand first. */
extern const char *const rc__gpu_program_text[RC__GPU_PROGRAM_COUNT];
extern const char rc__gpu_text_shapes[], rc__gpu_text_common[], rc__gpu_text_opencl[], rc__gpu_text_cuda[];

enum { RC__GPU_MAX_ARGUMENTS = 16 };

/* A kernel's argument. */
typedef struct rc__gpu_argument {
    bool is_pointer; /* a device address */
    size_t size;
    union {
        const void *pointer;
        i64 integer;
        float number;
        attention_shape attention;
        adam_rates adam;
    };
} rc__gpu_argument;

/* c = alpha op(a) op(b) + beta c, as rc_kernels has it. a and b are float32, or else bfloat16. */
typedef struct rc__gpu_product {
    rc_precision precision;
    bool ta, tb;
    i64 m, n, k;
    float alpha;
    const float *a;
    i64 lda;
    const float *b;
    i64 ldb;
    float beta;
    float *c;
    i64 ldc;
} rc__gpu_product;

/* ---- drivers ---- */

/* All but `wait` only put work in line; what was put there before is done before. `self` is the driver's. */
typedef struct rc__gpu_driver {
    rc_status (*alloc)(void *self, size_t bytes, void **out);
    void (*release)(void *self, void *p);
    size_t (*room)(void *self); /* bytes that are free, others' use considered; may be NULL */
    rc_status (*zero)(void *self, void *p, size_t bytes);
    rc_status (*copy)(void *self, void *to, const void *from, size_t bytes); /* either may be the host's */
    rc_status (*wait)(void *self);
    rc_status (*build)(void *self, int program, const char *name, void **out);
    rc_status (*find)(void *self, void *program, const char *name, void **out);
    rc_status (*launch)(void *self, void *kernel, i64 groups, int items, int n, const rc__gpu_argument *a);
    /* Does a library make this product? It needs room for so many numbers beside. NULL: the kernel gemm makes
     * all.
     */
    bool (*takes)(void *self, const rc__gpu_product *p, i64 *room);
    rc_status (*product)(void *self, const rc__gpu_product *p, float *room);
    /* Host memory that copies reach without a detour; NULL: all does. What it gives may be NULL. */
    void *(*alloc_host)(void *self, size_t bytes);
    void (*release_host)(void *self, void *p);
    /* In a second line: from the host to the room of a slot, once it was taken from there. `wait` waits for
     * that line, too. NULL: there is but one line. */
    rc_status (*bring)(void *self, int slot, void *room, const void *host, size_t bytes);
    /* In the first line: from that room, once it has arrived. */
    rc_status (*take)(void *self, int slot, void *to, const void *room, size_t bytes);
    /* Before a copy from or to other memory of the host's than alloc_host gives, which may wait for the line:
     * waits for what must not be waited for there. NULL: nothing. */
    rc_status (*settle)(void *self);
} rc__gpu_driver;

enum { RC__GPU_SLOTS = 2 }; /* inputs and targets of a batch */

/* ---- the device ---- */

typedef struct rc__gpu_staged rc__gpu_staged;

/* What is on its way, or there; its room stays for the next. */
typedef struct rc__gpu_brought {
    const void *host; /* NULL: it was taken or forgotten */
    size_t bytes, room_bytes;
    void *room; /* on the device */
} rc__gpu_brought;

typedef struct rc__gpu {
    rc_device device; /* its state is this */
    const rc__gpu_driver *driver;
    void *self;
    char name[32];
    char title[128]; /* of the card, for messages */
    size_t capacity; /* bytes of memory; 0: not known */
    size_t in_use, peak;
    rc_precision precision; /* of matrix products */
    pthread_mutex_t lock;   /* held while a kernel of rc_kernels is put in line */
    void *program[RC__GPU_PROGRAM_COUNT], *kernel[RC__GPU_KERNEL_COUNT];
    const char *last; /* the kernel put in line last */
    rc_status late;   /* a failure that nobody was told yet */
    char late_text[512];
    float *scratch; /* between the kernels of one entry */
    size_t scratch_bytes;
    rc__gpu_staged *staged; /* copies of the host's that the device may not have read yet */
    size_t staged_bytes;    /* of those that wait in the first line */
    rc__gpu_staged *idle;   /* host memory that is used again, where the driver has its own */
    size_t idle_bytes;
    rc__gpu_brought brought[RC__GPU_SLOTS];
} rc__gpu;

/* Fills a zeroed one, whose driver, self, name, title and capacity are set; then its table of kernels. */
void rc__gpu_make(rc__gpu *g);
void rc__gpu_launchers(rc_kernels *k);
/* Of these, those of launch_attention.c. */
void rc__gpu_attention_launchers(rc_kernels *k);

/* out [cols] (+)= the sum of so many rows of `part`, in order; columns to a group, as in kernels/linear.cl.
 */
enum { RC__GPU_PARTS_WIDTH = SPAN / 8 };
rc_status rc__gpu_sum_parts(rc_device *dev, i64 parts, i64 cols, const float *part, bool acc, float *out);

/* Room that lasts until the next call. */
rc_status rc__gpu_scratch(rc__gpu *g, i64 floats, float **out) RC_MUST_CHECK;
/* Host memory to be filled, and then put in line to be copied there and given back. */
rc_status rc__gpu_stage(rc__gpu *g, size_t bytes, void **host) RC_MUST_CHECK;
rc_status rc__gpu_send(rc__gpu *g, void *to, void *host) RC_MUST_CHECK;
rc_status rc__gpu_copy(rc__gpu *g, void *to, const void *from, size_t bytes) RC_MUST_CHECK;
/* Waits until all is done, and tells of what failed. */
rc_status rc__gpu_wait(rc__gpu *g) RC_MUST_CHECK;
rc_status rc__gpu_launch(rc__gpu *g, int kernel, i64 groups, int n, const rc__gpu_argument *a) RC_MUST_CHECK;
/* By the driver's library, which takes it. */
rc_status rc__gpu_multiply(rc__gpu *g, const rc__gpu_product *p, float *room) RC_MUST_CHECK;

/* GPU_LAUNCH(dev, fill, groups, A(n), A(value), A(x)) */
#define GPU_LAUNCH(dev, kernel, groups, ...)                                                    \
    rc__gpu_launch((dev)->state, RC__GPU_##kernel, groups,                                      \
                   (int)(sizeof((rc__gpu_argument[]){__VA_ARGS__}) / sizeof(rc__gpu_argument)), \
                   (const rc__gpu_argument[]){__VA_ARGS__})
#define A(x)                                    \
    _Generic((x), float                         \
             : rc__gpu_number, i64              \
             : rc__gpu_integer, int             \
             : rc__gpu_integer, bool            \
             : rc__gpu_integer, attention_shape \
             : rc__gpu_attention, adam_rates    \
             : rc__gpu_adam, default            \
             : rc__gpu_pointer)(x)

static inline rc__gpu_argument rc__gpu_number(float x)
{
    return (rc__gpu_argument){.size = sizeof x, .number = x};
}

static inline rc__gpu_argument rc__gpu_integer(i64 x)
{
    return (rc__gpu_argument){.size = sizeof x, .integer = x};
}

static inline rc__gpu_argument rc__gpu_attention(attention_shape x)
{
    return (rc__gpu_argument){.size = sizeof x, .attention = x};
}

static inline rc__gpu_argument rc__gpu_adam(adam_rates x)
{
    return (rc__gpu_argument){.size = sizeof x, .adam = x};
}

static inline rc__gpu_argument rc__gpu_pointer(const void *x)
{
    return (rc__gpu_argument){.is_pointer = true, .size = sizeof x, .pointer = x};
}

/* Groups of `size` that hold n. */
static inline i64 rc__gpu_groups(i64 n, i64 size)
{
    return (n + size - 1) / size;
}

#endif
