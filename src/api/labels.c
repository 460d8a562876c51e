/* Labels may be any whole numbers; what counts is which are equal. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/distance_parts.h"
#include "base/memory.h"

static int ascending(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

static rc_status read_wholes(const char *name, const rc_array *given, int64_t n, int64_t *out)
{
    static const double max = 9007199254740992.0; /* whole numbers up to here are exact in float64 */
    bool real = rc_dtype_is_float(given->dtype);
    for (int64_t i = 0; i < n && !real; i++)
        out[i] = rc_array_whole(given, i);
    for (int64_t i = 0; i < n && real; i++) {
        double v = rc_array_number(given, i);
        RC_CHECK(v == floor(v) && fabs(v) < max, RC_DATA, "%s: label %lld is %g; labels are whole numbers",
                 name, (long long)i, v);
        out[i] = (int64_t)v;
    }
    return RC_OK;
}

rc_status rc__number_labels(const char *name, const rc_array *given, int64_t n, int32_t **label,
                            int64_t *classes)
{
    int64_t *value, *known;
    RC_CHECK(given->shape.n == 1 && given->shape.dim[0] == n, RC_SHAPE,
             "%s: labels are [N], one for each of the %lld rows", name, (long long)n);
    RC_TRY(RC_NEW(&value, 2 * n));
    known = value + n;
    rc_status status = read_wholes(name, given, n, value);
    if (status == RC_OK) status = RC_NEW(label, n);
    if (status == RC_OK) {
        memcpy(known, value, sizeof *known * (size_t)n);
        qsort(known, (size_t)n, sizeof *known, ascending);
        *classes = 0;
        for (int64_t i = 0; i < n; i++)
            if (i == 0 || known[i] != known[*classes - 1]) known[(*classes)++] = known[i];
        for (int64_t i = 0; i < n; i++) {
            const int64_t *at = bsearch(&value[i], known, (size_t)*classes, sizeof *known, ascending);
            (*label)[i] = (int32_t)(at - known);
        }
    }
    rc_free(value);
    return status;
}
