/* recraft/array.h: how arrays of a caller are handed in and out: a view says where numbers are, of which type
 * and in which order. It owns nothing and copies nothing.
 *
 * Inputs may have any order (strides). Arrays in C order (the last index runs fastest, no gaps) are
 * read where they are; others are copied once by the function that gets them. What comes out is written into
 * memory of the caller, which must be in C order, of the type and shape that the function asks for. Numbers
 * have the byte order of the machine. Inputs need not be aligned; of what comes out each number is aligned to
 * its size.
 *
 * Functions that take views fail with RC_CONFIG where one is missing (NULL, or its data are), RC_UNSUPPORTED
 * where its type is none of these or not taken, and RC_SHAPE where its dimensions or sizes cannot be, or
 * memory that is written into has another order or is not aligned.
 *
 * Threads: a view is a plain value. The library only reads what goes in; two threads may share it. */
#ifndef RECRAFT_ARRAY_H
#define RECRAFT_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, bytes, text) */
#define RC_DTYPE_TABLE(X)  \
    X(F32, 4, "float32")   \
    X(F64, 8, "float64")   \
    X(F16, 2, "float16")   \
    X(BF16, 2, "bfloat16") \
    X(I8, 1, "int8")       \
    X(U8, 1, "uint8")      \
    X(I16, 2, "int16")     \
    X(U16, 2, "uint16")    \
    X(I32, 4, "int32")     \
    X(U32, 4, "uint32")    \
    X(I64, 8, "int64")     \
    X(U64, 8, "uint64")    \
    X(BOOL, 1, "bool")

/* The type of an element. RC_DTYPE_BOOL is a byte, 0 or 1. Values of this enum never change. */
typedef enum rc_dtype {
#define RC_DTYPE_ENUM(name, bytes, text) RC_DTYPE_##name,
    RC_DTYPE_TABLE(RC_DTYPE_ENUM)
#undef RC_DTYPE_ENUM
        RC_DTYPE_COUNT
} rc_dtype;

/* Bytes of an element, and the name as NumPy has it; 0 and "unknown" of what is not a type. */
RC_API size_t rc_dtype_size(rc_dtype dtype);
RC_API const char *rc_dtype_text(rc_dtype dtype);

enum { RC_VIEW_DIMS = 6 };

/* It has no size, and keeps its fields for good: views are handed about by value, lie inside other structs,
 * and say all that there is to say of where numbers are, as DLPack's tensors do. */
typedef struct rc_view {
    void *data;                    /* the element at index 0, 0, ...; NULL: no array */
    rc_dtype dtype;                /* of each */
    int32_t dims;                  /* 0 to RC_VIEW_DIMS */
    int64_t shape[RC_VIEW_DIMS];   /* how many along each dimension */
    int64_t strides[RC_VIEW_DIMS]; /* bytes from one index to the next, maybe below 0, as NumPy has them */
} rc_view;

/* A view in C order. dims from 0 to RC_VIEW_DIMS; shape has dims numbers. The pointer is taken without const
 * so that one type serves input and output; the library never writes through an input. */
RC_API rc_view rc_view_make(const void *data, rc_dtype dtype, int32_t dims, const int64_t *shape);
/* RC_VIEW(pointer, RC_DTYPE_F32, n, 3, 32, 32): the same with the sizes written out, at least one of them. */
#ifdef __cplusplus
} /* a template below */
template <typename... Sizes> inline rc_view RC_VIEW(const void *data, rc_dtype dtype, Sizes... sizes)
{
    static_assert(sizeof...(Sizes) > 0, "a view without dimensions is made by rc_view_make");
    const int64_t shape[] = {static_cast<int64_t>(sizes)...};
    return rc_view_make(data, dtype, static_cast<int32_t>(sizeof...(sizes)), shape);
}
extern "C" {
#else
#define RC_VIEW(data, dtype, ...)                                                                \
    rc_view_make((data), (dtype), (int32_t)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), \
                 (int64_t[]){__VA_ARGS__})
#endif
/* Elements, and whether they are in C order. */
RC_API int64_t rc_view_size(const rc_view *view);
RC_API bool rc_view_is_dense(const rc_view *view);

#ifdef __cplusplus
}
#endif
#endif
