/* Shapes, views of one block, what the host borrows on every device, and numbers from type to type. */
#include "check.h"

#include "test_devices.h"

static rc_device *devices[TEST_DEVICES];
static int device_count;

TEST(shapes)
{
    rc_shape a = RC_SHAPE(4, 3, 2), b = RC_SHAPE(4, 3), none = {0};
    char text[RC_SHAPE_TEXT];
    int64_t n;
    OK(rc_shape_count(&a, &n));
    CHECK(n == 24 && rc_shape_size(&a) == 24 && rc_shape_size(&none) == 1);
    CHECK(!rc_shape_equal(&a, &b) && rc_shape_equal(&a, &a));
    CHECK(strcmp(rc_shape_text(&a, text), "[4, 3, 2]") == 0 && strcmp(rc_shape_text(&none, text), "[]") == 0);
    a.dim[1] = 0;
    OK(rc_shape_count(&a, &n));
    CHECK(n == 0);
    a.dim[1] = -1;
    FAILS(RC_SHAPE, "[4, -1, 2] is impossible", rc_shape_count(&a, &n));
    a.dim[0] = a.dim[1] = INT64_MAX / 2;
    FAILS(RC_SHAPE, "is impossible", rc_shape_count(&a, &n));
}

TEST(views_share_their_block)
{
    for (int i = 0; i < device_count; i++) {
        rc_tensor t, row, flat;
        float in[6] = {0, 1, 2, 3, 4, 5}, out[6] = {0};
        OK(rc_tensor_create(devices[i], RC_DTYPE_F32, RC_SHAPE(3, 2), &t));
        CHECK(rc_tensor_size(&t) == 6 && rc_tensor_bytes(&t) == sizeof in);
        OK(rc_tensor_upload(&t, in));
        row = rc_tensor_rows(t, 1, 2);
        flat = rc_tensor_reshape(t, RC_SHAPE(6));
        OK(rc_tensor_download(&row, out));
        CHECK(out[0] == 2 && out[3] == 5 && out[4] == 0);
        OK(rc_tensor_upload(&row, in)); /* rows 1 and 2 become 0 1 2 3 */
        OK(rc_tensor_download(&flat, out));
        CHECK(out[0] == 0 && out[1] == 1 && out[2] == 0 && out[5] == 3);
        rc_tensor_destroy(&t);
        CHECK(!t.data);
    }
}

TEST(what_the_host_borrows)
{
    for (int i = 0; i < device_count; i++) {
        rc_tensor t;
        void *host;
        const void *seen;
        OK(rc_tensor_create_zeroed(devices[i], RC_DTYPE_F32, RC_SHAPE(3), &t));
        OK(rc_tensor_map_read(&t, &seen));
        CHECK(((const float *)seen)[2] == 0);
        rc_tensor_unmap(&t, seen);
        OK(rc_tensor_map_write(&t, &host));
        for (int k = 0; k < 3; k++)
            ((float *)host)[k] = (float)k;
        rc_tensor_unmap(&t, host);
        OK(rc_tensor_map_update(&t, &host)); /* keeps what is there */
        ((float *)host)[1] += 10;
        rc_tensor_unmap(&t, host);
        OK(rc_tensor_map_read(&t, &seen));
        CHECK(((const float *)seen)[1] == 11 && ((const float *)seen)[2] == 2);
        rc_tensor_unmap(&t, seen);
        rc_tensor_destroy(&t);
    }
}

/* Every number of 16 bits is a float, and becomes itself again; NaN stays NaN. */
static void there_and_back(rc_dtype type)
{
    int wrong = 0;
    for (uint32_t bits = 0; bits < 1u << 16; bits++) {
        uint16_t in = (uint16_t)bits, out;
        float x;
        rc_convert_to_f32(type, &in, 1, &x);
        if (rc_convert_from_f32(type, &x, 1, &out) != RC_OK) wrong++;
        if (isnan(x)) {
            rc_convert_to_f32(type, &out, 1, &x);
            wrong += !isnan(x);
        } else {
            wrong += in != out;
        }
    }
    CHECK(wrong == 0);
}

static uint16_t rounded(rc_dtype type, float x)
{
    uint16_t out = 0;
    CHECK(rc_convert_from_f32(type, &x, 1, &out) == RC_OK);
    return out;
}

TEST(halves)
{
    there_and_back(RC_DTYPE_F16);
    there_and_back(RC_DTYPE_BF16);
    /* To nearest, ties to even: 1, and the two numbers after it. */
    CHECK(rounded(RC_DTYPE_F16, 1 + 0x1p-11f) == 0x3c00 && rounded(RC_DTYPE_F16, 1 + 0x1.1p-11f) == 0x3c01 &&
          rounded(RC_DTYPE_F16, 1 + 0x3p-11f) == 0x3c02);
    CHECK(rounded(RC_DTYPE_BF16, 1 + 0x1p-8f) == 0x3f80 && rounded(RC_DTYPE_BF16, 1 + 0x3p-8f) == 0x3f82);
    CHECK(rounded(RC_DTYPE_F16, 65519) == 0x7bff && rounded(RC_DTYPE_F16, 65520) == 0x7c00);
    CHECK(rounded(RC_DTYPE_F16, 0x1p-24f) == 1 && rounded(RC_DTYPE_F16, -0x1p-26f) == 0x8000);
}

TEST(types)
{
    const int8_t small[2] = {-128, 127};
    const uint64_t large = UINT64_MAX;
    const unsigned char truth[2] = {0, 7};
    float out[2];
    rc_convert_to_f32(RC_DTYPE_I8, small, 2, out);
    CHECK(out[0] == -128 && out[1] == 127);
    rc_convert_to_f32(RC_DTYPE_U64, &large, 1, out);
    CHECK(out[0] == 0x1p64f);
    rc_convert_to_f32(RC_DTYPE_BOOL, truth, 2, out);
    CHECK(out[0] == 0 && out[1] == 1);
    FAILS(RC_UNSUPPORTED, "int32", rc_convert_from_f32(RC_DTYPE_I32, out, 2, out));
    for (int i = 0; i < RC_DTYPE_COUNT; i++)
        CHECK(rc_dtype_size((rc_dtype)i) > 0 && strcmp(rc_dtype_text((rc_dtype)i), "unknown") != 0);
}

int main(void)
{
    device_count = test_devices(devices);
    RUN(shapes);
    RUN(views_share_their_block);
    RUN(what_the_host_borrows);
    RUN(halves);
    RUN(types);
    return RESULT();
}
