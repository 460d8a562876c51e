/* Times every distance of the table with its gradient while one size at a time grows, and fits the exponent
 * of growth: the slope of log(seconds) against log(size). Prints a Markdown table. "prepared": once for a
 * source; the other columns: each epoch of alignment.
 *
 *     distances_bench [SECONDS [NAME [M]]]
 *
 * at least so long for each figure (0.2), of this distance alone, with M samples at rest (2000). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "base/rng.h"
#include "transport/distances.h"

enum { STEPS = 4, CLASSES = 10, N = 128, D = 64 };
static int64_t at_rest = 2000;
static double min_seconds = 0.2;

typedef struct sizes {
    int64_t n, m, d;
} sizes;

static rc_status make_samples(int64_t n, int64_t d, double shift, uint64_t seed, rc_sample_set *out)
{
    float *x;
    int32_t *label;
    rc_rng rng = rc_rng_make(seed, "bench", 0);
    RC_TRY(RC_NEW(&x, n * d));
    RC_TRY(RC_NEW(&label, n));
    for (int64_t i = 0; i < n; i++) {
        label[i] = (int32_t)(i % CLASSES);
        for (int64_t k = 0; k < d; k++)
            x[i * d + k] = (float)(rc_rng_normal(&rng) + shift + (k == label[i] ? 1.0 : 0.0));
    }
    *out = (rc_sample_set){x, n, d, label, CLASSES, NULL, false};
    return RC_OK;
}

/* Seconds of one measurement with gradient, the fastest of several; *prepared: of the preparation. */
static rc_status time_one(const rc_distance_kind *kind, sizes s, double *prepared, double *seconds)
{
    rc_sample_set a = {0}, b = {0};
    rc_distance_settings o = rc_distance_defaults();
    rc_distance *to = NULL;
    float *gradient = NULL;
    rc_measured measured;
    rc_status status = RC_OK;
    RC_TRY_DONE(make_samples(s.n, s.d, 0.1, 1, &a));
    RC_TRY_DONE(make_samples(s.m, s.d, 0.0, 2, &b));
    RC_TRY_DONE(RC_NEW(&gradient, s.n * s.d));
    double started = rc_clock();
    RC_TRY_DONE(rc_distance_create(kind, &b, &o, &to));
    *prepared = rc_clock() - started;
    *seconds = INFINITY;
    for (double spent = 0.0; spent < min_seconds;) {
        started = rc_clock();
        RC_TRY_DONE(rc_distance_measure(to, &a, &measured, gradient));
        double took = rc_clock() - started;
        spent += took;
        *seconds = fmin(*seconds, took);
    }
done:
    rc_distance_destroy(&to);
    rc_free((void *)a.x);
    rc_free((void *)a.label);
    rc_free((void *)b.x);
    rc_free((void *)b.label);
    rc_free(gradient);
    return status;
}

/* Slope of the line through (log size, log seconds); sizes double from step to step. */
static double exponent(const double *seconds)
{
    double sum = 0.0, squares = 0.0;
    for (int k = 0; k < STEPS; k++) {
        double x = (k - 0.5 * (STEPS - 1)) * log(2.0);
        sum += x * log(seconds[k]);
        squares += x * x;
    }
    return sum / squares;
}

static rc_status time_growth(const rc_distance_kind *kind, int which, double *base, double *prepared)
{
    const int64_t first[] = {64, at_rest / 2, 32};
    double seconds[STEPS], unused;
    for (int k = 0; k < STEPS; k++) {
        int64_t size = first[which] << k;
        sizes s = {which == 0 ? size : N, which == 1 ? size : at_rest, which == 2 ? size : D};
        RC_TRY(time_one(kind, s, k == 1 ? prepared : &unused, &seconds[k]));
    }
    *base = seconds[1];
    printf(" | %.2f ms x%.0f: %.2f ms | %.2f", 1e3 * seconds[0], pow(2, STEPS - 1), 1e3 * seconds[STEPS - 1],
           exponent(seconds));
    return RC_OK;
}

static rc_status time_kind(const rc_distance_kind *kind)
{
    double base, prepared;
    printf("| `%s`", kind->name);
    for (int which = 0; which < 3; which++)
        RC_TRY(time_growth(kind, which, &base, &prepared));
    printf(" | %.1f ms | %.2f ms |\n", 1e3 * prepared, 1e3 * base);
    fflush(stdout);
    return RC_OK;
}

static bool is_known(const char *name)
{
    for (const rc_distance_kind *const *kind = rc_distance_table; *kind; kind++)
        if (strcmp(name, (*kind)->name) == 0) return true;
    fprintf(stderr, "distances_bench: NAME %s: there is no such distance; there are", name);
    for (const rc_distance_kind *const *kind = rc_distance_table; *kind; kind++)
        fprintf(stderr, "%s %s", kind == rc_distance_table ? "" : ",", (*kind)->name);
    fputc('\n', stderr);
    return false;
}

int main(int argc, char **argv)
{
    if (argc > 1) min_seconds = atof(argv[1]);
    if (argc > 2 && !is_known(argv[2])) return 2;
    if (argc > 3) at_rest = atoll(argv[3]);
    printf("| distance | N 64 to 512 | exponent | M %lld to %lld | exponent | D 32 to 256 | exponent | "
           "prepared | "
           "N %d, M %lld, D %d |\n|---|---|---|---|---|---|---|---|---|\n",
           (long long)at_rest / 2, 4 * (long long)at_rest, N, (long long)at_rest, D);
    for (const rc_distance_kind *const *kind = rc_distance_table; *kind; kind++) {
        if (argc > 2 && strcmp(argv[2], (*kind)->name) != 0) continue;
        rc_status status = time_kind(*kind);
        if (status == RC_OK) continue;
        fprintf(stderr, "distances_bench: %s\n", rc_error_text());
        return rc_status_exit_code(status);
    }
    return 0;
}
