/* Times exact transport (value, plan, gradient) on normal points, and writes them for bench/distances.py.
 *     exact_bench N M D [A.npy B.npy]
 * Prints one JSON object; seconds: the median of five, the costs included. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/progress.h"
#include "base/rng.h"
#include "formats/array_file.h"
#include "transport/exact.h"

enum { REPEATS = 5 };

static rc_status make_points(int64_t n, int64_t d, double shift, uint64_t seed, const char *path, float **out)
{
    rc_rng rng = rc_rng_make(seed, "bench", 0);
    RC_TRY(RC_NEW(out, n * d));
    for (int64_t i = 0; i < n * d; i++)
        (*out)[i] = (float)(rc_rng_normal(&rng) + shift);
    return path ? rc_npy_write(path, RC_DTYPE_F32, RC_SHAPE(n, d), *out) : RC_OK;
}

static int ascending(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static rc_status run(int64_t n, int64_t m, int64_t d, char **paths)
{
    float *a = NULL, *b = NULL, *gradient = NULL;
    double value = 0.0, seconds[REPEATS];
    rc_transport_plan plan = {0};
    rc_status status = RC_OK;
    RC_TRY_DONE(make_points(n, d, 0.1, 1, paths ? paths[0] : NULL, &a));
    RC_TRY_DONE(make_points(m, d, 0.0, 2, paths ? paths[1] : NULL, &b));
    RC_TRY_DONE(RC_NEW(&gradient, n * d));
    for (int k = 0; k < REPEATS; k++) {
        rc_transport_plan_free(&plan);
        double started = rc_clock();
        RC_TRY_DONE(rc_wasserstein(2, a, NULL, n, b, NULL, m, d, &value, gradient, &plan));
        seconds[k] = rc_clock() - started;
    }
    qsort(seconds, REPEATS, sizeof *seconds, ascending);
    printf("{\"n\": %lld, \"m\": %lld, \"d\": %lld, \"value\": %.12g, \"pivots\": %lld, \"seconds\": %.6f}\n",
           (long long)n, (long long)m, (long long)d, value, (long long)plan.pivots, seconds[REPEATS / 2]);
done:
    rc_transport_plan_free(&plan);
    rc_free(a);
    rc_free(b);
    rc_free(gradient);
    return status;
}

int main(int argc, char **argv)
{
    int64_t n = argc > 3 ? atoll(argv[1]) : 0, m = argc > 3 ? atoll(argv[2]) : 0,
            d = argc > 3 ? atoll(argv[3]) : 0;
    if (n < 1 || m < 1 || d < 1 || argc == 5) {
        fprintf(stderr, "usage: exact_bench N M D [A.npy B.npy]\n");
        return 2;
    }
    rc_status status = run(n, m, d, argc > 5 ? argv + 4 : NULL);
    if (status != RC_OK) fprintf(stderr, "exact_bench: %s\n", rc_error_text());
    return rc_status_exit_code(status);
}
