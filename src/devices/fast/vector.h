/* devices/fast/vector.h: sixteen floats at a time, as the compiler's generic vectors: one instruction with
 * AVX-512, two with AVX2, four with SSE. The sources in this folder are compiled once for each instruction
 * set; RC_ISA names the present one. */
#ifndef RC_DEVICES_FAST_VECTOR_H
#define RC_DEVICES_FAST_VECTOR_H

#include <stdint.h>
#include <string.h>

#include "devices/onednn_parts.h"
#include "devices/ref.h"

#define RC_ISA_JOIN(name, isa) name##_##isa
#define RC_ISA_NAME2(name, isa) RC_ISA_JOIN(name, isa)
#define RC_ISA_NAME(name) RC_ISA_NAME2(name, RC_ISA)

enum { LANES = 16 };
typedef float vec __attribute__((vector_size(64)));
typedef int32_t ivec __attribute__((vector_size(64)));

static inline vec load(const float *p)
{
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void store(float *p, vec v)
{
    memcpy(p, &v, sizeof v);
}

static inline vec splat(float x)
{
    return (vec){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x};
}

static inline float sum_lanes(vec v)
{
    float s = 0;
    for (int i = 0; i < LANES; i++)
        s += v[i];
    return s;
}

/* exp by range reduction to [-ln 2 / 2, ln 2 / 2] and a polynomial of degree 6; relative error below 2e-7.
 * Arguments under -87 give (about) 0, over 88 the largest power. */
static inline float exp_approx(float x)
{
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    const float round = 12582912.0f; /* 1.5 * 2^23: adding it leaves the nearest integer in the low bits */
    float n = x * 1.44269504089f + round;
    int32_t bits;
    memcpy(&bits, &n, sizeof bits);
    n -= round;
    float r = x - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.3981999507e-3f + r * 1.9875691500e-4f;
    p = 8.3334519073e-3f + r * p;
    p = 4.1665795894e-2f + r * p;
    p = 1.6666665459e-1f + r * p;
    p = 5.0000001201e-1f + r * p;
    p = 1.0f + r + r * r * p;
    int32_t power = (int32_t)((uint32_t)bits << 23) + 0x3f800000;
    float scale;
    memcpy(&scale, &power, sizeof scale);
    return p * scale;
}

/* The normal distribution function and its density (Abramowitz and Stegun 7.1.26; absolute error below 2e-7).
 */
static inline void normal_parts(float x, float *cdf, float *density)
{
    float e = exp_approx(-0.5f * x * x), a = x < 0 ? -x : x;
    float t = 1.0f / (1.0f + 0.3275911f * 0.70710678f * a);
    float tail = t * (0.254829592f +
                      t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
    float half = 0.5f * tail * e; /* 1 - cdf(|x|) */
    *cdf = x < 0 ? half : 1.0f - half;
    *density = 0.39894228f * e;
}

void RC_ISA_NAME(rc__fast_elementwise)(rc_kernels *k);
void RC_ISA_NAME(rc__fast_norm)(rc_kernels *k);
void RC_ISA_NAME(rc__fast_attention)(rc_kernels *k);
void RC_ISA_NAME(rc__fast_window_attention)(rc_kernels *k);
void RC_ISA_NAME(rc__fast_narrow)(int64_t rows, int64_t cols, const float *x, int64_t ld, uint16_t *y);
void RC_ISA_NAME(rc__fast_round)(int64_t rows, int64_t cols, const float *x, int64_t ld, float *y);
void RC_ISA_NAME(rc__fast_int8)(rc__onednn *s); /* sets its int8_round and int8_unround */

#endif
