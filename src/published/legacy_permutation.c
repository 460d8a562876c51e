#include "published/legacy_permutation.h"

/* Mersenne Twister MT19937 (Matsumoto and Nishimura 1998). */
enum { N = 624, M = 397 };

typedef struct twister {
    uint32_t word[N];
    int at;
} twister;

static void start(twister *t, uint32_t seed)
{
    t->word[0] = seed;
    for (uint32_t i = 1; i < N; i++)
        t->word[i] = 1812433253u * (t->word[i - 1] ^ (t->word[i - 1] >> 30)) + i;
    t->at = N;
}

static void renew(twister *t)
{
    for (int i = 0; i < N; i++) {
        uint32_t y = (t->word[i] & 0x80000000u) | (t->word[(i + 1) % N] & 0x7fffffffu);
        t->word[i] = t->word[(i + M) % N] ^ (y >> 1) ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    t->at = 0;
}

static uint32_t next(twister *t)
{
    if (t->at == N) renew(t);
    uint32_t y = t->word[t->at++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

/* Uniform in 0..max: the low bits, drawn again while they are too large. */
static uint32_t up_to(twister *t, uint32_t max)
{
    uint32_t mask = max, value;
    for (int shift = 1; shift < 32; shift *= 2)
        mask |= mask >> shift;
    do
        value = next(t) & mask;
    while (value > max);
    return value;
}

void rc__legacy_permutation(uint32_t seed, int64_t n, int64_t *out)
{
    twister t;
    start(&t, seed);
    for (int64_t i = 0; i < n; i++)
        out[i] = i;
    for (int64_t i = n - 1; i > 0; i--) {
        uint32_t j = up_to(&t, (uint32_t)i);
        int64_t kept = out[i];
        out[i] = out[j];
        out[j] = kept;
    }
}
