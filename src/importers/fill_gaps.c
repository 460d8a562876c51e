/* Missing values within series. */
#include <math.h>

#include "importers/samples.h"

/* Numbers at the end that are missing in all channels are no gap: the series is shorter. */
static int64_t end_of(int64_t channels, int64_t length, const float *x)
{
    int64_t end = 0;
    for (int64_t c = 0; c < channels; c++)
        for (int64_t i = length; i > end; i--)
            if (!isnan(x[c * length + i - 1])) end = i;
    return end;
}

/* Between its neighbours in a straight line; before the first and after the last number as these. */
static void interpolate(int64_t n, float *x)
{
    int64_t last = -1;
    for (int64_t i = 0; i <= n; i++) {
        if (i < n && isnan(x[i])) continue;
        float from = last >= 0 ? x[last] : i < n ? x[i] : 0, to = i < n ? x[i] : from;
        for (int64_t k = last + 1; k < i; k++)
            x[k] = from + (to - from) * (float)(k - last) / (float)(i - last);
        last = i;
    }
}

static void fill_with(int64_t n, float *x, float value)
{
    for (int64_t i = 0; i < n; i++)
        if (isnan(x[i])) x[i] = value;
}

static float mean_of(int64_t n, const float *x)
{
    double sum = 0;
    int64_t there = 0;
    for (int64_t i = 0; i < n; i++)
        if (!isnan(x[i])) sum += x[i], there++;
    return there ? (float)(sum / (double)there) : 0;
}

rc__gaps rc__find_gaps(int64_t channels, int64_t length, const float *x)
{
    rc__gaps g = {.end = end_of(channels, length, x)};
    for (int64_t c = 0; c < channels; c++)
        for (int64_t i = 0; i < g.end; i++)
            g.missing += isnan(x[c * length + i]) != 0;
    return g;
}

void rc__fill_gaps(rc_import_fill rule, int64_t channels, int64_t length, float *x)
{
    int64_t end = end_of(channels, length, x);
    for (int64_t c = 0; c < channels; c++, x += length) {
        if (rule == RC_IMPORT_FILL_INTERPOLATE) interpolate(end, x);
        if (rule == RC_IMPORT_FILL_MEAN) fill_with(end, x, mean_of(end, x));
        fill_with(length, x, 0);
    }
}
