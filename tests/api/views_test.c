/* Views of a caller's arrays, and settings by name. */
#include "check.h"

#include "api/call.h"
#include "base/memory.h"

TEST(c_order_is_borrowed_and_other_orders_are_copied)
{
    const float x[] = {0, 1, 2, 3, 4, 5};
    rc_view v = RC_VIEW(x, RC_DTYPE_F32, 2, 3);
    rc_array a;
    CHECK(rc_view_size(&v) == 6 && rc_view_is_dense(&v));
    OK(rc__view_array("x", &v, &a));
    CHECK(a.data == x && !a.owned && a.shape.n == 2);
    rc_array_free(&a);

    rc_view turned = v; /* [3, 2], columns of x */
    turned.shape[0] = 3, turned.shape[1] = 2;
    turned.strides[0] = sizeof *x, turned.strides[1] = 3 * sizeof *x;
    CHECK(!rc_view_is_dense(&turned));
    OK(rc__view_array("x", &turned, &a));
    const float want[] = {0, 3, 1, 4, 2, 5};
    CHECK(a.owned && memcmp(a.data, want, sizeof want) == 0);
    rc_array_free(&a);

    rc_view back = RC_VIEW(x + 5, RC_DTYPE_F32, 6); /* backwards */
    back.strides[0] = -(int64_t)sizeof *x;
    OK(rc__view_array("x", &back, &a));
    CHECK(((const float *)a.data)[0] == 5 && ((const float *)a.data)[5] == 0);
    rc_array_free(&a);

    char bytes[1 + sizeof x];
    memcpy(bytes + 1, x, sizeof x);
    rc_view odd = RC_VIEW(bytes + 1, RC_DTYPE_F32, 6); /* not aligned */
    OK(rc__view_array("x", &odd, &a));
    CHECK(a.owned && memcmp(a.data, x, sizeof x) == 0);
    rc_array_free(&a);
}

TEST(every_type_of_numbers)
{
    const struct {
        rc_dtype dtype;
        unsigned char bytes[16];
    } two[] = {{RC_DTYPE_U8, {1, 2}},
               {RC_DTYPE_I8, {1, 2}},
               {RC_DTYPE_BOOL, {1, 1}},
               {RC_DTYPE_U16, {1, 0, 2, 0}},
               {RC_DTYPE_I64, {1, 0, 0, 0, 0, 0, 0, 0, 2}},
               {RC_DTYPE_F16, {0, 0x3c, 0, 0x40}},
               {RC_DTYPE_BF16, {0x80, 0x3f, 0, 0x40}},
               {RC_DTYPE_F64, {0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0x40}}};
    for (size_t i = 0; i < sizeof two / sizeof *two; i++) {
        const float *x;
        float *owned;
        rc_view v = RC_VIEW(two[i].bytes, two[i].dtype, 2);
        OK(rc__view_floats("x", &v, &x, &owned));
        CHECK(x[0] == 1 && x[1] == (two[i].dtype == RC_DTYPE_BOOL ? 1 : 2));
        rc_free(owned);
    }
}

TEST(what_cannot_be_is_refused)
{
    double y[6];
    rc_array a;
    rc_view v = RC_VIEW(NULL, RC_DTYPE_F32, 2);
    FAILS(RC_CONFIG, "no array", rc__view_array("x", &v, &a));
    v = RC_VIEW(y, (rc_dtype)77, 2);
    FAILS(RC_UNSUPPORTED, "type 77", rc__view_array("x", &v, &a));
    v = RC_VIEW(y, RC_DTYPE_F64, 2, -3);
    FAILS(RC_SHAPE, "x", rc__view_array("x", &v, &a));
    rc_shape want = RC_SHAPE(2, 3);
    v = RC_VIEW(y, RC_DTYPE_F64, 3, 2);
    FAILS(RC_SHAPE, "[2, 3] is needed", rc__view_check_output("y", &v, &want, false));
    v = RC_VIEW(y, RC_DTYPE_I64, 2, 3);
    FAILS(RC_UNSUPPORTED, "int64", rc__view_check_output("y", &v, &want, false));
    v = RC_VIEW(y, RC_DTYPE_F64, 2, 3);
    OK(rc__view_check_output("y", &v, &want, false));
}

TEST(settings_by_name)
{
    rc_options *o, *copy;
    const char *value;
    rc_setting row = RC_SETTING_INIT;
    int64_t rows = 0;
    OK(rc_options_create(&o));
    OK(rc_options_set(o, "fit.optimizer", "sgd"));
    OK(rc_options_set_number(o, "fit.lr", 0.25));
    OK(rc_options_set_integer(o, "fit.epochs", 7));
    OK(rc_options_set_boolean(o, "fit.flip", true));
    OK(rc_options_get(o, "fit.lr", &value));
    CHECK(strcmp(value, "0.25") == 0);
    OK(rc_options_get(o, "fit.flip", &value));
    CHECK(strcmp(value, "true") == 0);
    FAILS(RC_CONFIG, "did you mean fit.epochs", rc_options_set(o, "fit.epoch", "7"));
    FAILS(RC_CONFIG, "fit.optimizer", rc_options_set(o, "fit.optimizer", "newton"));
    OK(rc_options_copy(o, &copy));
    rc_options_destroy(&o);
    OK(rc_options_get(copy, "fit.epochs", &value));
    CHECK(strcmp(value, "7") == 0);
    rc_options_destroy(&copy);
    while (rc_setting_at(rows, &row))
        rows += row.key && row.initial && row.about[0];
    CHECK(rows > 50 && !rc_setting_at(-1, &row));
}

TEST(structs_of_any_age)
{
    struct {
        size_t size;
        double first, second;
    } know = {sizeof know, 1, 2}, unset = {0};
    struct {
        size_t size;
        double first;
    } old = {sizeof old, 5};
    struct {
        size_t size;
        double first, second, third;
    } young = {sizeof young, 6, 7, 8};
    OK(rc__options_take("s", &old, sizeof know, &know));
    CHECK(know.first == 5 && know.second == 2);
    OK(rc__options_take("s", &young, sizeof know, &know));
    CHECK(know.first == 6 && know.second == 7);
    OK(rc__options_give("s", &know, sizeof know, &young));
    CHECK(young.size == sizeof young && young.first == 6 && young.third == 8);
    FAILS(RC_CONFIG, "initialiser", rc__options_take("s", &unset, sizeof know, &know));
}

int main(void)
{
    RUN(c_order_is_borrowed_and_other_orders_are_copied);
    RUN(every_type_of_numbers);
    RUN(what_cannot_be_is_refused);
    RUN(settings_by_name);
    RUN(structs_of_any_age);
    return RESULT();
}
