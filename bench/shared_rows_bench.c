/* Times distances whose rows ranks may share, with their gradients: by every rank for itself, and shared.
 *     OMP_NUM_THREADS=1 mpirun -n N shared_rows_bench [SECONDS]     about so long for each figure; default 1
 * Prints a Markdown table. Of what is too small to be shared (transport/row_shares.c) both are the same. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/progress.h"
#include "base/rng.h"
#include "parallel/parallel.h"
#include "transport/distances.h"

static double min_seconds = 1;

static rc_status make_samples(int64_t n, int64_t d, double shift, uint64_t seed, rc_sample_set *out)
{
    float *x;
    rc_rng rng = rc_rng_make(seed, "bench", 0);
    RC_TRY(RC_NEW(&x, n * d));
    for (int64_t i = 0; i < n * d; i++)
        x[i] = (float)(rc_rng_normal(&rng) + shift);
    *out = (rc_sample_set){.x = x, .n = n, .d = d};
    return RC_OK;
}

typedef struct figures {
    double alone, shared; /* seconds, the least of several */
} figures;

static rc_status time_call(rc_distance *to, const rc_sample_set *a, float *gradient, double *least)
{
    rc_measured measured;
    RC_TRY(rc_parallel_agree()); /* all begin together */
    double started = rc_clock();
    RC_TRY(rc_distance_measure(to, a, &measured, gradient));
    *least = fmin(*least, rc_clock() - started);
    return RC_OK;
}

static rc_status time_both(rc_distance *to[2], rc_sample_set *a, float *gradient, figures *out)
{
    *out = (figures){INFINITY, INFINITY};
    double started = rc_clock();
    for (bool more = true; more;) {
        a->everywhere = false;
        RC_TRY(time_call(to[0], a, gradient, &out->alone));
        a->everywhere = true;
        RC_TRY(time_call(to[1], a, gradient, &out->shared));
        more = rc_clock() - started < 2 * min_seconds;
        RC_TRY(rc_parallel_decide(&more));
    }
    return RC_OK;
}

static rc_status time_one(const rc_distance_kind *kind, int64_t n, int64_t m, int64_t d, figures *out)
{
    rc_sample_set a = {0}, b = {0};
    rc_distance_settings o = rc_distance_defaults();
    rc_distance *to[2] = {NULL};
    float *gradient = NULL;
    rc_status status = RC_OK;
    RC_TRY_DONE(make_samples(n, d, 0.1, 1, &a));
    RC_TRY_DONE(make_samples(m, d, 0.0, 2, &b));
    RC_TRY_DONE(RC_NEW(&gradient, n * d));
    for (int i = 0; i < 2; i++) {
        b.everywhere = i == 1;
        RC_TRY_DONE(rc_distance_create(kind, &b, &o, &to[i]));
    }
    status = time_both(to, &a, gradient, out);
done:
    rc_distance_destroy(&to[0]);
    rc_distance_destroy(&to[1]);
    rc_free((void *)a.x);
    rc_free((void *)b.x);
    rc_free(gradient);
    return status;
}

static rc_status time_all(void)
{
    static const struct sizes {
        int64_t n, m, d;
    } sizes[] = {{16, 500, 96},   {32, 500, 96},    {32, 1000, 96},   {64, 1000, 96},  {32, 5000, 384},
                 {128, 5000, 96}, {128, 5000, 384}, {640, 5000, 384}, {640, 5000, 768}};
    static const rc_distance_kind *const kinds[] = {&rc_distance_sinkhorn, &rc_distance_mmd,
                                                    &rc_distance_energy};
    if (rc_parallel_rank() == 0)
        printf("| distance, %lld ranks | N | M | D | each for itself | shared | times as fast |\n"
               "|---|---|---|---|---|---|---|\n",
               (long long)rc_parallel_size());
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            const struct sizes *s = &sizes[i];
            figures f;
            RC_TRY(time_one(kinds[k], s->n, s->m, s->d, &f));
            if (rc_parallel_rank() > 0) continue;
            printf("| `%s` | %lld | %lld | %lld | %.2f ms | %.2f ms | %.2f |\n", kinds[k]->name,
                   (long long)s->n, (long long)s->m, (long long)s->d, 1e3 * f.alone, 1e3 * f.shared,
                   f.alone / f.shared);
            fflush(stdout);
        }
    return RC_OK;
}

static void end(const char *line, int code)
{
    if (line) fprintf(stderr, "shared_rows_bench: %s\n", line);
    _Exit(code);
}

int main(int argc, char **argv)
{
    if (argc > 1) min_seconds = atof(argv[1]);
    rc_status status = rc_parallel_join(argc, argv, end);
    if (status == RC_OK) status = time_all();
    if (status != RC_OK && rc_parallel_rank() == 0)
        fprintf(stderr, "shared_rows_bench: %s\n", rc_error_text());
    rc_parallel_leave(status);
    return rc_status_exit_code(status);
}
