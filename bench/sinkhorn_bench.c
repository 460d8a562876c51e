/* Times the Sinkhorn divergence with its gradient, source-source term cached and computed anew.
 *     sinkhorn_bench [N M D [REPEATS]]        default 128 5000 768 20
 * Prints one JSON object; seconds are the median and the least of the repeats. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/progress.h"
#include "base/rng.h"
#include "transport/distances.h"

enum { MAX_REPEATS = 1000 };

typedef struct clouds {
    float *a, *b, *gradient;
    int64_t n, m, d;
} clouds;

/* Standard normal points, cloud a moved by 0.1 in every coordinate. */
static rc_status make_clouds(clouds *c)
{
    rc_rng rng = rc_rng_make(0, "bench", 0);
    RC_TRY(RC_NEW(&c->a, c->n * c->d));
    RC_TRY(RC_NEW(&c->b, c->m * c->d));
    RC_TRY(RC_NEW(&c->gradient, c->n * c->d));
    for (int64_t i = 0; i < c->n * c->d; i++)
        c->a[i] = (float)(rc_rng_normal(&rng) + 0.1);
    for (int64_t i = 0; i < c->m * c->d; i++)
        c->b[i] = (float)rc_rng_normal(&rng);
    return RC_OK;
}

static int compare(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static rc_status time_divergence(const clouds *c, const rc_sinkhorn_self *self, int repeats, double *seconds,
                                 double *value)
{
    rc_sample_set a = {.x = c->a, .n = c->n, .d = c->d};
    rc_distance to = {.b = {.x = c->b, .n = c->m, .d = c->d}, .settings.sinkhorn = rc_sinkhorn_defaults()};
    if (self) to.settings.self = *self;
    rc_measured found = {0};
    for (int k = -1; k < repeats; k++) {
        double started = rc_clock();
        RC_TRY(rc_distance_sinkhorn.measure(&to, &a, &found, c->gradient));
        if (k >= 0) seconds[k] = rc_clock() - started;
    }
    *value = found.value;
    qsort(seconds, (size_t)repeats, sizeof *seconds, compare);
    return RC_OK;
}

static rc_status run(clouds *c, int repeats)
{
    static double cached[MAX_REPEATS], fresh[MAX_REPEATS];
    rc_sinkhorn_options o = rc_sinkhorn_defaults();
    rc_sinkhorn_self self;
    double value;
    int fewer = repeats < 5 ? repeats : 5;
    RC_TRY(make_clouds(c));
    RC_TRY(rc_sinkhorn_self_term(c->b, c->m, c->d, &o, &self));
    RC_TRY(time_divergence(c, &self, repeats, cached, &value));
    RC_TRY(time_divergence(c, NULL, fewer, fresh, &value));
    printf(
        "{\"n\": %lld, \"m\": %lld, \"d\": %lld, \"epsilon\": %g, \"value\": %.9g, \"cached_seconds\": %.6f, "
        "\"cached_seconds_min\": %.6f, \"uncached_seconds\": %.6f, \"uncached_seconds_min\": %.6f}\n",
        (long long)c->n, (long long)c->m, (long long)c->d, o.epsilon, value, cached[repeats / 2], cached[0],
        fresh[fewer / 2], fresh[0]);
    return RC_OK;
}

int main(int argc, char **argv)
{
    clouds c = {.n = argc > 3 ? atoll(argv[1]) : 128,
                .m = argc > 3 ? atoll(argv[2]) : 5000,
                .d = argc > 3 ? atoll(argv[3]) : 768};
    int repeats = argc > 4 ? atoi(argv[4]) : 20;
    if (c.n < 1 || c.m < 1 || c.d < 1 || repeats < 1 || repeats > MAX_REPEATS) {
        fprintf(stderr, "usage: sinkhorn_bench [N M D [REPEATS]]\n");
        return 2;
    }
    rc_status status = run(&c, repeats);
    if (status != RC_OK) fprintf(stderr, "sinkhorn_bench: %s\n", rc_error_text());
    rc_free(c.a);
    rc_free(c.b);
    rc_free(c.gradient);
    return rc_status_exit_code(status);
}
