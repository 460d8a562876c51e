#include "base/rng.h"

#include <math.h>

/* Philox 4x32-10: ten rounds over a 128-bit counter with a 64-bit key. */
static void philox(uint64_t key, uint64_t high, uint64_t low, uint32_t out[4])
{
    const uint64_t m0 = 0xD2511F53u, m1 = 0xCD9E8D57u;
    const uint32_t w0 = 0x9E3779B9u, w1 = 0xBB67AE85u;
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    uint32_t c[4] = {(uint32_t)low, (uint32_t)(low >> 32), (uint32_t)high, (uint32_t)(high >> 32)};
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = m0 * c[0], p1 = m1 * c[2];
        uint32_t next[4] = {(uint32_t)(p1 >> 32) ^ c[1] ^ k0, (uint32_t)p1, (uint32_t)(p0 >> 32) ^ c[3] ^ k1,
                            (uint32_t)p0};
        for (int i = 0; i < 4; i++)
            c[i] = next[i];
        k0 += w0;
        k1 += w1;
    }
    for (int i = 0; i < 4; i++)
        out[i] = c[i];
}

/* FNV-1a over the name, mixed with the index. */
static uint64_t stream_of(const char *name, uint64_t index)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (const unsigned char *c = (const unsigned char *)name; *c; c++)
        h = (h ^ *c) * 0x100000001b3u;
    for (int i = 0; i < 8; i++)
        h = (h ^ ((index >> (8 * i)) & 0xff)) * 0x100000001b3u;
    return h ^ (h >> 29);
}

rc_rng rc_rng_make(uint64_t seed, const char *name, uint64_t index)
{
    return (rc_rng){.seed = seed, .stream = stream_of(name, index)};
}

uint32_t rc_rng_u32(rc_rng *rng)
{
    uint32_t out[4];
    philox(rng->seed, rng->stream, rng->position / 4, out);
    return out[rng->position++ % 4];
}

uint64_t rc_rng_u64(rc_rng *rng)
{
    uint64_t high = rc_rng_u32(rng);
    return high << 32 | rc_rng_u32(rng);
}

float rc_rng_uniform_f(rc_rng *rng)
{
    return (float)(rc_rng_u32(rng) >> 8) * 0x1p-24f;
}

double rc_rng_uniform(rc_rng *rng)
{
    return (double)(rc_rng_u64(rng) >> 11) * 0x1p-53;
}

double rc_rng_normal(rc_rng *rng)
{
    const double two_pi = 6.283185307179586;
    double u = 1.0 - rc_rng_uniform(rng); /* (0, 1] */
    double v = rc_rng_uniform(rng);
    return sqrt(-2.0 * log(u)) * cos(two_pi * v);
}

uint64_t rc_rng_below(rc_rng *rng, uint64_t n)
{
    /* Draws below 2^64 mod n would favour small results. */
    uint64_t threshold = (0 - n) % n;
    for (;;) {
        uint64_t x = rc_rng_u64(rng);
        if (x >= threshold) return x % n;
    }
}

void rc_rng_shuffle(rc_rng *rng, int64_t n, int64_t *index)
{
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t)rc_rng_below(rng, (uint64_t)i + 1);
        int64_t held = index[i];
        index[i] = index[j];
        index[j] = held;
    }
}
