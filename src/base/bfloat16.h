/* base/bfloat16.h: bfloat16, the upper half of a float. Here and not in a file of its own, since loops over
 * it are compiled for several instruction sets. */
#ifndef RC_BASE_BFLOAT16_H
#define RC_BASE_BFLOAT16_H

#include <stdint.h>
#include <string.h>

/* The nearest, and of two equally near the even one; NaN stays NaN. */
static inline uint16_t rc_bfloat_narrow(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    uint32_t rounded = (u + 0x7fffu + (u >> 16 & 1u)) >> 16, quiet = u >> 16 | 0x40u;
    return (uint16_t)((u & 0x7fffffffu) > 0x7f800000u ? quiet : rounded);
}

static inline float rc_bfloat_widen(uint16_t b)
{
    uint32_t u = (uint32_t)b << 16;
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

static inline float rc_bfloat_round(float x)
{
    return rc_bfloat_widen(rc_bfloat_narrow(x));
}

#endif
