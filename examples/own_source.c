/* A source of one's own: a model that was fitted to pictures becomes what other trainings begin from.
 *
 *     own_source BUNDLE.safetensors */
#include "stripes.h"

enum { N = 40 };
static float x[N][3 * PIXELS];
static int64_t y[N];

/* The built-in model takes three channels. */
static void colour(const float *grey)
{
    for (int64_t i = 0; i < N; i++)
        for (int64_t p = 0; p < 3 * PIXELS; p++)
            x[i][p] = grey[i * PIXELS + p % PIXELS];
}

int main(int argc, char **argv)
{
    static float grey[N * PIXELS];
    rc_data *data;
    rc_predictor *predictor;
    rc_source *source;
    rc_source_info info = RC_SOURCE_INFO_INIT;
    draw_stripes(5, N, grey, y);
    colour(grey);

    rc_view vx = RC_VIEW(x, RC_DTYPE_F32, N, 3, SIDE, SIDE), vy = RC_VIEW(y, RC_DTYPE_I64, N), features;
    rc_data_arrays arrays = RC_DATA_ARRAYS_INIT;
    arrays.x[RC_DATA_TRAIN] = &vx;
    arrays.y[RC_DATA_TRAIN] = &vy;
    arrays.name = "stripes";
    check(rc_data_from_arrays(NULL, &arrays, &data));
    rc_options *options = short_settings("2");
    check(rc_options_set(options, "source.head_epochs", "2"));
    check(rc_options_set(options, "source.recalibration_epochs", "2"));
    rc_fit_how how = RC_FIT_HOW_INIT;
    how.options = options;
    check(rc_predictor_fit(NULL, data, &how, &predictor));

    const rc_data *const sets[] = {data};
    check(rc_source_from_predictor(NULL, predictor, sets, 1, options, "stripes-swin", &source));
    check(rc_source_describe(source, &info));
    check(rc_source_features(source, &features, NULL));
    printf("%s: %lld classes, features [%lld, %lld], accuracy %.2f\n", info.name, (long long)info.classes,
           (long long)features.shape[0], (long long)features.shape[1], info.accuracy);
    if (argc > 1) check(rc_source_save(NULL, source, argv[1]));

    rc_source_destroy(&source);
    rc_predictor_destroy(&predictor);
    rc_options_destroy(&options);
    rc_data_destroy(&data);
    return 0;
}
