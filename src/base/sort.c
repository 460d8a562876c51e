#include "base/sort.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/spill.h"

enum { RUN = 1 << 16 }; /* items that are sorted at once */

typedef int (*comparison)(const void *a, const void *b);

/* Two sorted runs, [from, middle) and [middle, to), become one in `out`. */
static void merge(const char *in, size_t size, int64_t from, int64_t middle, int64_t to, comparison compare,
                  char *out)
{
    int64_t a = from, b = middle;
    for (int64_t i = from; i < to; i++) {
        bool first = b == to || (a < middle && compare(in + (size_t)a * size, in + (size_t)b * size) <= 0);
        memcpy(out + (size_t)i * size, in + (size_t)(first ? a++ : b++) * size, size);
        rc_spill_pass(i);
    }
}

rc_status rc_sort(int64_t n, size_t size, comparison compare, void *items)
{
    char *in = items, *out, *spare;
    for (int64_t i = 0; i < n; i += RUN) {
        qsort(in + (size_t)i * size, (size_t)(n - i < RUN ? n - i : RUN), size, compare);
        rc_spill_pass(i + RUN - 1);
    }
    if (n <= RUN) return RC_OK;
    RC_TRY(rc_alloc_raw((size_t)n, size, (void **)&spare));
    out = spare;
    for (int64_t run = RUN; run < n; run *= 2) {
        for (int64_t i = 0; i < n; i += 2 * run) {
            int64_t middle = n - i < run ? n : i + run, to = n - i < 2 * run ? n : i + 2 * run;
            merge(in, size, i, middle, to, compare, out);
        }
        char *held = in;
        in = out;
        out = held;
    }
    for (int64_t i = 0; i < n && in == spare; i += RUN) {
        memcpy(out + (size_t)i * size, in + (size_t)i * size, (size_t)(n - i < RUN ? n - i : RUN) * size);
        rc_spill_pass(i + RUN - 1);
    }
    rc_free(spare);
    return RC_OK;
}
