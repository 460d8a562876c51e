/* Fit a model to arrays in memory, score it, and save it.
 *
 *     fit_in_memory RUN_FOLDER */
#include "stripes.h"

enum { TRAIN = 40, TEST = 20 };
static float x[TRAIN + TEST][PIXELS];
static int64_t y[TRAIN + TEST];

int main(int argc, char **argv)
{
    rc_data *data;
    rc_predictor *predictor;
    rc_predictor_info info = RC_PREDICTOR_INFO_INIT;
    static const char *const names[] = {"lying", "standing"};
    draw_stripes(1, TRAIN + TEST, x[0], y);

    rc_view x_train = RC_VIEW(x, RC_DTYPE_F32, TRAIN, 1, SIDE, SIDE),
            y_train = RC_VIEW(y, RC_DTYPE_I64, TRAIN);
    rc_view x_test = RC_VIEW(x[TRAIN], RC_DTYPE_F32, TEST, 1, SIDE, SIDE);
    rc_view y_test = RC_VIEW(y + TRAIN, RC_DTYPE_I64, TEST);
    rc_data_arrays arrays = RC_DATA_ARRAYS_INIT;
    arrays.x[RC_DATA_TRAIN] = &x_train;
    arrays.y[RC_DATA_TRAIN] = &y_train;
    arrays.x[RC_DATA_TEST] = &x_test;
    arrays.y[RC_DATA_TEST] = &y_test;
    arrays.class_names = names;
    arrays.classes = 2;
    check(rc_data_from_arrays(NULL, &arrays, &data));

    rc_options *options = short_settings("4");
    rc_fit_how how = RC_FIT_HOW_INIT;
    how.options = options;
    check(rc_predictor_fit(NULL, data, &how, &predictor));
    check(rc_predictor_describe(predictor, &info));
    printf("%s from %s: %s %.3f on test\n", info.method, info.source, info.metric, info.test);
    if (argc > 1) check(rc_predictor_save(NULL, predictor, argv[1]));

    rc_predictor_destroy(&predictor);
    rc_options_destroy(&options);
    rc_data_destroy(&data);
    return 0;
}
