/* What the library adds to a forward pass when one sample is predicted:
 *
 *     predict_bench RUN_FOLDER
 *
 * Both times are the least of many calls; the first call, which takes memory for the work, does not count. */
#include <stdio.h>

#include "api/predictor_parts.h"
#include "base/memory.h"
#include "base/progress.h"

enum { CALLS = 300 };

typedef struct best {
    double call, forward; /* seconds */
    uint64_t allocations; /* of the calls that count */
} best;

static double min(double a, double b)
{
    return a < b ? a : b;
}

static rc_status measure(rc_predictor *p, best *out)
{
    rc_view shape, x, y;
    rc_predictor_info info = RC_PREDICTOR_INFO_INIT;
    float *input, *output;
    int64_t dims[RC_VIEW_DIMS] = {1};
    RC_TRY(rc_predictor_describe(p, &info));
    RC_TRY(rc_predictor_shape(p, RC_PROBABILITIES, 1, &shape));
    for (int32_t i = 0; i < info.x_dims; i++)
        dims[i + 1] = info.x_shape[i];
    x = rc_view_make(NULL, RC_DTYPE_F32, info.x_dims + 1, dims);
    y = shape;
    RC_TRY(RC_NEW(&input, rc_view_size(&x)));
    RC_TRY(RC_NEW(&output, rc_view_size(&y)));
    x.data = input;
    y.data = output;
    *out = (best){1e9, 1e9, 0};
    for (int i = 0; i <= CALLS; i++) {
        uint64_t before = rc_alloc_count();
        double started = rc_clock();
        RC_TRY(rc_predictor_predict_proba(NULL, p, &x, &y));
        if (i > 0) out->call = min(out->call, rc_clock() - started);
        if (i > 0) out->allocations += rc_alloc_count() - before;
    }
    rc_session *s = p->session;
    for (int i = 0; i < CALLS; i++) {
        double started = rc_clock();
        rc_graph_reset(s->graph, false);
        (void)rc_task_forward(s->graph, s->model, s->task, 1, p->room.x);
        RC_TRY(rc_graph_status(s->graph));
        out->forward = min(out->forward, rc_clock() - started);
    }
    rc_free(input);
    rc_free(output);
    return RC_OK;
}

int main(int argc, char **argv)
{
    rc_predictor *p = NULL;
    best b;
    if (argc != 2) return fprintf(stderr, "usage: predict_bench RUN_FOLDER\n"), 2;
    rc_status status = rc_predictor_load(NULL, argv[1], &p);
    if (status == RC_OK) status = measure(p, &b);
    rc_predictor_destroy(&p);
    if (status != RC_OK) return fprintf(stderr, "%s\n", rc_error_text()), 1;
    printf("a call %.3f ms, of it forward pass %.3f ms; %llu allocations\n", 1e3 * b.call, 1e3 * b.forward,
           (unsigned long long)b.allocations);
    return 0;
}
