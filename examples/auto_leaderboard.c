/* Let the library choose: plain predictors, frozen features and fine-tuning within a time; the best of them
 * answer together. Shows what was tried. */
#include "stripes.h"

enum { TRAIN = 40, NEW = 10 };
static float x[TRAIN + NEW][PIXELS];
static int64_t y[TRAIN + NEW], answer[NEW];

int main(void)
{
    rc_data *data;
    rc_options *options;
    rc_predictor *predictor;
    rc_predictor_info info = RC_PREDICTOR_INFO_INIT;
    int right = 0;
    draw_stripes(5, TRAIN + NEW, x[0], y);

    rc_view x_train = RC_VIEW(x, RC_DTYPE_F32, TRAIN, 1, SIDE, SIDE),
            y_train = RC_VIEW(y, RC_DTYPE_I64, TRAIN);
    rc_data_arrays arrays = RC_DATA_ARRAYS_INIT;
    arrays.x[RC_DATA_TRAIN] = &x_train;
    arrays.y[RC_DATA_TRAIN] = &y_train;
    check(rc_data_from_arrays(NULL, &arrays, &data));

    check(rc_options_create(&options));
    check(rc_options_set_number(options, "fit.time_limit", 60)); /* seconds */
    check(rc_options_set_integer(options, "fit.budget", 0));     /* no fine-tuning: this is an example */
    rc_fit_how how = RC_FIT_HOW_INIT;
    how.method = "auto";
    how.options = options;
    check(rc_predictor_fit(NULL, data, &how, &predictor));
    check(rc_predictor_describe(predictor, &info));
    for (int64_t i = 0; i < info.candidates; i++) {
        rc_candidate c = RC_CANDIDATE_INIT;
        check(rc_predictor_candidate(predictor, i, &c));
        printf("%-24s validation %s %.3f, %5.2f s, weight %.2f\n", c.name, info.metric, c.valid, c.seconds,
               c.weight);
    }

    rc_view x_new = RC_VIEW(x[TRAIN], RC_DTYPE_F32, NEW, 1, SIDE, SIDE),
            classes = RC_VIEW(answer, RC_DTYPE_I64, NEW);
    check(rc_predictor_predict(NULL, predictor, &x_new, &classes));
    for (int i = 0; i < NEW; i++)
        right += answer[i] == y[TRAIN + i];
    printf("%d of %d new pictures are told right\n", right, NEW);

    rc_predictor_destroy(&predictor);
    rc_options_destroy(&options);
    rc_data_destroy(&data);
    return 0;
}
