#include "base/checksum.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 32 };
static const uint64_t P1 = 0x9e3779b185ebca87, P2 = 0xc2b2ae3d27d4eb4f, P3 = 0x165667b19e3779f9,
                      P4 = 0x85ebca77c2b2ae63, P5 = 0x27d4eb2f165667c5;

static uint64_t turn(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static uint64_t read64(const unsigned char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static uint64_t mix(uint64_t lane, uint64_t input)
{
    return turn(lane + input * P2, 31) * P1;
}

static const unsigned char *add_blocks(rc_checksum *c, const unsigned char *p, size_t blocks)
{
    uint64_t a = c->lane[0], b = c->lane[1], d = c->lane[2], e = c->lane[3];
    for (size_t i = 0; i < blocks; i++, p += BLOCK) {
        a = mix(a, read64(p));
        b = mix(b, read64(p + 8));
        d = mix(d, read64(p + 16));
        e = mix(e, read64(p + 24));
    }
    memcpy(c->lane, (uint64_t[4]){a, b, d, e}, sizeof c->lane);
    return p;
}

void rc_checksum_begin(rc_checksum *c)
{
    *c = (rc_checksum){.lane = {P1 + P2, P2, 0, 0 - P1}};
}

void rc_checksum_add(rc_checksum *c, const void *data, size_t size)
{
    const unsigned char *p = data;
    size_t kept = c->total % BLOCK;
    c->total += size;
    if (kept > 0) {
        size_t n = size < BLOCK - kept ? size : BLOCK - kept;
        memcpy(c->rest + kept, p, n);
        p += n;
        size -= n;
        if (kept + n < BLOCK) return;
        add_blocks(c, c->rest, 1);
    }
    p = add_blocks(c, p, size / BLOCK);
    memcpy(c->rest, p, size % BLOCK);
}

void rc_checksum_add_text(rc_checksum *c, const char *text)
{
    rc_checksum_add(c, text, strlen(text) + 1);
}

/* The bytes behind the last block: eight, four and one at a time. */
static uint64_t add_rest(uint64_t h, const unsigned char *p, size_t size)
{
    for (; size >= 8; p += 8, size -= 8)
        h = turn(h ^ mix(0, read64(p)), 27) * P1 + P4;
    if (size >= 4) {
        uint32_t word;
        memcpy(&word, p, sizeof word);
        h = turn(h ^ word * P1, 23) * P2 + P3;
        p += 4;
        size -= 4;
    }
    for (; size > 0; p++, size--)
        h = turn(h ^ *p * P5, 11) * P1;
    return h;
}

uint64_t rc_checksum_value(const rc_checksum *c)
{
    uint64_t h = P5;
    if (c->total >= BLOCK) {
        h = turn(c->lane[0], 1) + turn(c->lane[1], 7) + turn(c->lane[2], 12) + turn(c->lane[3], 18);
        for (int i = 0; i < 4; i++)
            h = (h ^ mix(0, c->lane[i])) * P1 + P4;
    }
    h = add_rest(h + c->total, c->rest, c->total % BLOCK);
    h = (h ^ h >> 33) * P2;
    h = (h ^ h >> 29) * P3;
    return h ^ h >> 32;
}

void rc_checksum_text(uint64_t value, char out[RC_CHECKSUM_TEXT])
{
    snprintf(out, RC_CHECKSUM_TEXT, "xxh64:%016" PRIx64, value);
}
