/* Pictures of stripes that lie or stand, in memory, for tests of data sets and predictors without a file. */
#ifndef TEST_STRIPES_H
#define TEST_STRIPES_H

#include "check.h"

#include "base/rng.h"
#include "recraft/recraft.h"

enum { N = 36, TEST = 12, SIDE = 16, PIXELS = SIDE * SIDE };

static float images[(N + TEST) * PIXELS];
static int64_t label[N + TEST];

/* Stripes that lie or stand, and noise. */
static inline void draw(void)
{
    rc_rng rng = rc_rng_make(1, "stripes", 0);
    for (int i = 0; i < N + TEST; i++) {
        label[i] = i % 2;
        for (int p = 0; p < PIXELS; p++) {
            int along = label[i] ? p % SIDE : p / SIDE;
            images[i * PIXELS + p] = (float)(along / 4 % 2) + 0.3f * (float)rc_rng_normal(&rng);
        }
    }
}

typedef struct arrays {
    rc_view x, y, x_test, y_test;
    rc_data_arrays all;
} arrays;

static inline void lay_out(arrays *a)
{
    *a = (arrays){.all = RC_DATA_ARRAYS_INIT};
    a->x = RC_VIEW(images, RC_DTYPE_F32, N, 1, SIDE, SIDE);
    a->y = RC_VIEW(label, RC_DTYPE_I64, N);
    a->x_test = RC_VIEW(images + N * PIXELS, RC_DTYPE_F32, TEST, 1, SIDE, SIDE);
    a->y_test = RC_VIEW(label + N, RC_DTYPE_I64, TEST);
    a->all.x[RC_DATA_TRAIN] = &a->x, a->all.y[RC_DATA_TRAIN] = &a->y;
    a->all.x[RC_DATA_TEST] = &a->x_test, a->all.y[RC_DATA_TEST] = &a->y_test;
}

static inline rc_status stripes(rc_data **out)
{
    static const char *const name[] = {"lying", "standing"};
    arrays a;
    lay_out(&a);
    a.all.class_names = name, a.all.classes = 2;
    a.all.name = "stripes";
    return rc_data_from_arrays(NULL, &a.all, out);
}

static inline rc_options *short_fit(void)
{
    static const char *const set[][2] = {
        {"fit.epochs", "2"}, {"fit.batch", "12"}, {"model.image_size", "32"}, {"fit.train", "head"}};
    rc_options *o = NULL;
    rc_status status = rc_options_create(&o);
    for (size_t i = 0; i < sizeof set / sizeof *set && status == RC_OK; i++)
        status = rc_options_set(o, set[i][0], set[i][1]);
    CHECK(status == RC_OK);
    return o;
}

#endif
