/* devices/int8_row.h: how the numbers of one row become codes (tensor/device.h: linear_int8). */
#ifndef RC_DEVICES_INT8_ROW_H
#define RC_DEVICES_INT8_ROW_H

#include <math.h>
#include <stdint.h>

enum { RC__INT8_LEVELS = 127 };

typedef struct rc__int8_row {
    float times, step; /* u = round(x times) + zero */
    int32_t zero;
} rc__int8_row;

/* Of a row from lo <= 0 to hi >= 0. faults: 0 times each number, summed, which is NaN where one is not
 * finite.
 */
static inline rc__int8_row rc__int8_row_of(float lo, float hi, float faults)
{
    float span = hi - lo;
    if (!(faults == 0) || span > 3e38f) return (rc__int8_row){0, NAN, 0};
    if (span < 1e-30f) return (rc__int8_row){0, 0, 0};
    float times = RC__INT8_LEVELS / span;
    return (rc__int8_row){times, span / RC__INT8_LEVELS, (int32_t)rintf(-lo * times)};
}

#endif
