#include "base/finite.h"

#include <stdbool.h>
#include <string.h>

static bool is_not_finite(float x)
{
    const uint32_t exponent = 0x7f800000;
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits & exponent) == exponent;
}

/* By pieces without a way out of the inner loop, which the compiler then takes several numbers at a time. */
int64_t rc_first_not_finite(const float *x, int64_t n)
{
    enum { PIECE = 1024 };
    for (int64_t first = 0; first < n; first += PIECE) {
        int64_t end = n - first < PIECE ? n : first + PIECE;
        bool found = false;
        for (int64_t i = first; i < end; i++)
            found |= is_not_finite(x[i]);
        for (int64_t i = first; found && i < end; i++)
            if (is_not_finite(x[i])) return i;
    }
    return -1;
}
