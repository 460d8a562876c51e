#include <string.h>

#include "base/bfloat16.h"
#include "tensor/tensor.h"

size_t rc_dtype_size(rc_dtype dtype)
{
    static const size_t size[] = {
#define RC_DTYPE_SIZE(name, bytes, text) [RC_DTYPE_##name] = bytes,
        RC_DTYPE_TABLE(RC_DTYPE_SIZE)};
    return (unsigned)dtype < RC_DTYPE_COUNT ? size[dtype] : 0;
}

const char *rc_dtype_text(rc_dtype dtype)
{
    static const char *const name[] = {
#define RC_DTYPE_NAME(id, bytes, text) [RC_DTYPE_##id] = text,
        RC_DTYPE_TABLE(RC_DTYPE_NAME)};
    return (unsigned)dtype < RC_DTYPE_COUNT ? name[dtype] : "unknown";
}

bool rc_dtype_is_float(rc_dtype dtype)
{
    return dtype == RC_DTYPE_F32 || dtype == RC_DTYPE_F64 || dtype == RC_DTYPE_F16 || dtype == RC_DTYPE_BF16;
}

/* ---- half precision ---- */

static uint32_t bits_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static float float_of(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

static float from_half(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, exponent = h >> 10 & 31u, mantissa = h & 0x3ffu;
    if (exponent == 31) return float_of(sign | 0x7f800000u | mantissa << 13);
    if (exponent > 0) return float_of(sign | (exponent + 112) << 23 | mantissa << 13);
    float subnormal = (float)mantissa * 0x1p-24f;
    return sign ? -subnormal : subnormal;
}

static uint16_t to_half(float x)
{
    uint32_t u = bits_of(x), sign = u >> 16 & 0x8000u, magnitude = u & 0x7fffffffu;
    if (magnitude > 0x7f800000u) return (uint16_t)(sign | 0x7e00u);
    if (magnitude >= 0x477ff000u) return (uint16_t)(sign | 0x7c00u); /* rounds beyond the largest half */
    if (magnitude < 0x38800000u) {
        /* Adding 2^-1 aligns the mantissa so that the addition itself rounds to nearest even. */
        uint32_t aligned = bits_of(float_of(magnitude) + 0.5f);
        return (uint16_t)(sign | (aligned - bits_of(0.5f)));
    }
    uint32_t rounded = magnitude + 0xfffu + (magnitude >> 13 & 1u) - (112u << 23);
    return (uint16_t)(sign | rounded >> 13);
}

/* ---- conversions; sources may be unaligned ---- */

#define CONVERT(type, expression)                           \
    for (int64_t i = 0; i < n; i++) {                       \
        type v;                                             \
        memcpy(&v, bytes + (size_t)i * sizeof v, sizeof v); \
        dst[i] = (expression);                              \
    }

void rc_convert_to_f32(rc_dtype from, const void *src, int64_t n, float *dst)
{
    const unsigned char *bytes = src;
    switch (from) {
    case RC_DTYPE_F32:
        if (n) memcpy(dst, src, (size_t)n * sizeof *dst);
        break;
    case RC_DTYPE_F64:
        CONVERT(double, (float)v)
        break;
    case RC_DTYPE_F16:
        CONVERT(uint16_t, from_half(v))
        break;
    case RC_DTYPE_BF16:
        CONVERT(uint16_t, rc_bfloat_widen(v))
        break;
    case RC_DTYPE_I8:
        CONVERT(int8_t, (float)v)
        break;
    case RC_DTYPE_U8:
        CONVERT(uint8_t, (float)v)
        break;
    case RC_DTYPE_I16:
        CONVERT(int16_t, (float)v)
        break;
    case RC_DTYPE_U16:
        CONVERT(uint16_t, (float)v)
        break;
    case RC_DTYPE_I32:
        CONVERT(int32_t, (float)v)
        break;
    case RC_DTYPE_U32:
        CONVERT(uint32_t, (float)v)
        break;
    case RC_DTYPE_I64:
        CONVERT(int64_t, (float)v)
        break;
    case RC_DTYPE_U64:
        CONVERT(uint64_t, (float)v)
        break;
    case RC_DTYPE_BOOL:
        CONVERT(uint8_t, v ? 1.0f : 0.0f)
        break;
    case RC_DTYPE_COUNT:
        break;
    }
}

rc_status rc_convert_from_f32(rc_dtype to, const float *src, int64_t n, void *dst)
{
    uint16_t *half = dst;
    switch (to) {
    case RC_DTYPE_F32:
        if (n) memcpy(dst, src, (size_t)n * sizeof *src);
        return RC_OK;
    case RC_DTYPE_F16:
        for (int64_t i = 0; i < n; i++)
            half[i] = to_half(src[i]);
        return RC_OK;
    case RC_DTYPE_BF16:
        for (int64_t i = 0; i < n; i++)
            half[i] = rc_bfloat_narrow(src[i]);
        return RC_OK;
    default:
        return rc_fail(RC_UNSUPPORTED, "numbers cannot be stored as %s; use float32, float16 or bfloat16",
                       rc_dtype_text(to));
    }
}
