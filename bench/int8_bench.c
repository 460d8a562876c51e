/* What 8-bit weights gain:
 *
 *     int8_bench                products of several shapes, against dnnl_sgemm
 *     int8_bench RUN RUN8       forward passes of a run and of what `export --to int8` made of it
 *
 * The two take turns, and each time is the least of many. Say OMP_NUM_THREADS=1 for one thread. */
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/progress.h"
#include "base/rng.h"
#include "tasks/trained.h"

static const double SECONDS = 2; /* of each measurement */

static void draw(int64_t n, float *x)
{
    rc_rng rng = rc_rng_make(1, "bench", 0);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)rc_rng_normal(&rng);
}

/* ---- products ---- */

static rc_status time_product(int64_t m, int64_t n, int64_t k)
{
    rc_device *d = rc_device_onednn();
    float *x, *w, *y, *scale;
    int8_t *code;
    int32_t *sum;
    char *work;
    double best[2] = {1e9, 1e9};
    RC_TRY(RC_NEW(&x, m * k));
    RC_TRY(RC_NEW(&w, n * k));
    RC_TRY(RC_NEW(&y, m * n));
    RC_TRY(RC_NEW(&scale, n));
    RC_TRY(RC_NEW(&code, n * k));
    RC_TRY(RC_NEW(&sum, n));
    RC_TRY(RC_NEW(&work, rc_int8_work(m, n, k)));
    draw(m * k, x);
    draw(n * k, w);
    rc_int8_round(n, k, w, code, scale);
    rc_int8_sum(n, k, code, sum);
    for (double until = rc_clock() + SECONDS; rc_clock() < until;) {
        double started = rc_clock();
        RC_TRY(d->kernels.gemm(d, false, true, m, n, k, 1, x, k, w, k, 0, y, n));
        best[0] = fmin(best[0], rc_clock() - started);
        started = rc_clock();
        RC_TRY(d->kernels.linear_int8(d, m, n, k, x, (rc_int8_matrix){code, scale, sum}, false, y, work));
        best[1] = fmin(best[1], rc_clock() - started);
    }
    printf("%5lld x %4lld x %4lld  float %8.3f ms, 8 bits %8.3f ms, %.2f times as fast\n", (long long)m,
           (long long)n, (long long)k, 1e3 * best[0], 1e3 * best[1], best[0] / best[1]);
    void *all[] = {x, w, y, scale, code, sum, work};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        rc_free(all[i]);
    return RC_OK;
}

static rc_status time_products(void)
{
    static const int64_t shape[][3] = {{4096, 288, 96},  {4096, 384, 96},  {1024, 768, 192}, {128, 1152, 384},
                                       {128, 1536, 384}, {128, 384, 1536}, {128, 768, 768},  {128, 3072, 768},
                                       {128, 768, 3072}, {1, 1536, 384},   {1, 3072, 768}};
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++)
        RC_TRY(time_product(shape[i][0], shape[i][1], shape[i][2]));
    return RC_OK;
}

/* ---- runs ---- */

static rc_status pass(rc_trained *t, int64_t n, const float *x, double *best)
{
    double started = rc_clock();
    rc_graph_reset(t->graph, false);
    (void)rc_task_forward(t->graph, t->model, t->task, n, x);
    RC_TRY(rc_graph_status(t->graph));
    *best = fmin(*best, rc_clock() - started);
    return RC_OK;
}

static rc_status time_batch(rc_trained run[2], int64_t n)
{
    const rc_task *t = run[0].task;
    int64_t size = n * rc_task_given(t);
    double best[2] = {1e9, 1e9};
    float *x;
    RC_TRY(RC_NEW(&x, size));
    draw(size, x);
    if (t->tokenizer) /* texts of full length */
        for (int64_t i = 0; i < size; i++)
            x[i] = (float)(1000 + i % 997);
    rc_status status = RC_OK;
    double until = rc_clock() + SECONDS;
    for (int i = 0; status == RC_OK && (i < 4 || rc_clock() < until); i++)
        status = pass(&run[i % 2], n, x, &best[i % 2]);
    if (status == RC_OK)
        printf("batches of %2lld: float %7.2f ms a sample, 8 bits %7.2f ms, %.2f times as fast\n",
               (long long)n, 1e3 * best[0] / (double)n, 1e3 * best[1] / (double)n, best[0] / best[1]);
    rc_free(x);
    return status;
}

static rc_status time_runs(char **folder)
{
    rc_trained run[2] = {{0}, {0}};
    rc_status status = rc_trained_open(folder[0], &run[0]);
    if (status == RC_OK) status = rc_trained_open(folder[1], &run[1]);
    if (status == RC_OK) status = time_batch(run, 1);
    if (status == RC_OK) status = time_batch(run, 64);
    rc_trained_close(&run[0]);
    rc_trained_close(&run[1]);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 1 && argc != 3) return fprintf(stderr, "usage: int8_bench [RUN RUN8]\n"), 2;
    rc_status status = argc == 1 ? time_products() : time_runs(argv + 1);
    if (status != RC_OK) return fprintf(stderr, "%s\n", rc_error_text()), 1;
    return 0;
}
