/* A progress bar of one's own, and a training that ends when three epochs have brought nothing. */
#include "stripes.h"

enum { N = 40, PATIENCE = 3 };
static float x[N][PIXELS];
static int64_t y[N];

typedef struct watch {
    double best;
    int64_t without;
} watch;

static void show(void *context, const char *work, int64_t done, int64_t total, const char *detail)
{
    char bar[21] = "....................";
    (void)context;
    for (int64_t i = 0; total > 0 && i < 20 * done / total; i++)
        bar[i] = '#';
    if (done % 8 == 0 || done == total) printf("%-8s [%s] %s\n", work, bar, detail ? detail : "");
}

static void tell(void *context, const char *line)
{
    (void)context;
    printf("%s\n", line);
}

static bool go_on(void *context, const rc_epoch *epoch)
{
    watch *w = context;
    bool better = epoch->valid_metric < w->best;
    printf("epoch %lld: %s %.3f, loss %.4f\n", (long long)epoch->epoch, epoch->metric, epoch->valid_metric,
           epoch->valid_loss);
    w->without = better ? 0 : w->without + 1;
    if (better) w->best = epoch->valid_metric;
    return w->without < PATIENCE;
}

int main(void)
{
    rc_context *context;
    rc_data *data;
    rc_predictor *predictor;
    rc_predictor_info info = RC_PREDICTOR_INFO_INIT;
    watch w = {.best = 1e30};
    draw_stripes(3, N, x[0], y);

    check(rc_context_create(&context));
    rc_context_set_progress(context, &(rc_sink){.step = show, .note = tell});
    rc_view vx = RC_VIEW(x, RC_DTYPE_F32, N, 1, SIDE, SIDE), vy = RC_VIEW(y, RC_DTYPE_I64, N);
    rc_data_arrays arrays = RC_DATA_ARRAYS_INIT;
    arrays.x[RC_DATA_TRAIN] = &vx;
    arrays.y[RC_DATA_TRAIN] = &vy;
    check(rc_data_from_arrays(context, &arrays, &data));

    rc_options *options = short_settings("30");
    check(rc_options_set(options, "fit.head_start", "seed")); /* or there would be little left to learn */
    rc_fit_how how = RC_FIT_HOW_INIT;
    how.options = options;
    how.epoch = go_on;
    how.epoch_context = &w;
    check(rc_predictor_fit(context, data, &how, &predictor));
    check(rc_predictor_describe(predictor, &info));
    printf("kept epoch %lld\n", (long long)info.best_epoch);

    rc_predictor_destroy(&predictor);
    rc_options_destroy(&options);
    rc_data_destroy(&data);
    rc_context_destroy(&context);
    return 0;
}
