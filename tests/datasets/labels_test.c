/* Labels are what they are: exact, refused, or with a note. */
#include "check.h"

#include "base/file.h"
#include "datasets/dataset.h"

enum { N = 12 };
static float x[N * 4 * 32 * 3];
static rc_dataset *d;

static rc_status opened(rc_shape x_shape, rc_dtype dtype, rc_shape y_shape, const void *y)
{
    rc_dataset_close(&d);
    rc_status status = rc_make_directory("labels_test_set");
    if (status == RC_OK) status = rc_npy_write("labels_test_set/x_train.npy", RC_DTYPE_F32, x_shape, x);
    if (status == RC_OK) status = rc_npy_write("labels_test_set/y_train.npy", dtype, y_shape, y);
    return status == RC_OK ? rc_dataset_open("labels_test_set", RC_DATASET_TRAIN, &d) : status;
}

static rc_status labels(rc_dtype dtype, const void *y)
{
    return opened(RC_SHAPE(N, 4), dtype, RC_SHAPE(N), y);
}

static bool noted(const char *words)
{
    const rc_texts *notes = rc_dataset_notes(d);
    for (int64_t i = 0; i < notes->n; i++)
        if (strstr(rc_texts_get(notes, i), words)) return true;
    return false;
}

TEST(far_labels_are_classes_of_their_own)
{
    static const int64_t wide[N] = {0, 1, 4294967296, 0, 1, 4294967296, 0, 1, 4294967296, 1, 1, 0};
    static const uint64_t max[N] = {
        9007199254740992, 9007199254740993, 9007199254740992, 9007199254740993, 5, 5, 5, 5, 5, 5, 5, 5};
    OK(labels(RC_DTYPE_I64, wide));
    CHECK(d->target == RC_TARGET_CLASSES && d->classes == 3);
    CHECK(rc_part_label(&d->train, 2) == 2 && rc_part_label(&d->train, 3) == 0);
    CHECK(strcmp(rc_dataset_label_name(d, 2), "4294967296") == 0);
    CHECK(noted("numbered in the order of their values: 0 is class 0, 4294967296 is class 2"));
    OK(labels(RC_DTYPE_U64, max));
    CHECK(d->classes == 3 && rc_part_label(&d->train, 0) == 1 && rc_part_label(&d->train, 1) == 2);
}

TEST(labels_that_are_refused)
{
    static const int64_t below[N] = {0, 1, -1},
                         amounts[N] = {100000, 100001, 100002, 100003, 100004, 100005, 7};
    static const uint64_t beyond[N] = {0, 1, UINT64_MAX};
    FAILS(RC_DATA, "has label -1 in sample 2", labels(RC_DTYPE_I64, below));
    FAILS(RC_DATA, "has label 18446744073709551615 in sample 2", labels(RC_DTYPE_U64, beyond));
    FAILS(RC_DATA, "8 different labels, up to 100005, in 12 samples; amounts must be floats",
          labels(RC_DTYPE_I64, amounts));
}

/* As before, so that runs of such data still load, but not silently. */
TEST(gaps_between_labels)
{
    static const int16_t gap[N] = {0, 7, 0, 7, 0, 7};
    OK(labels(RC_DTYPE_I16, gap));
    CHECK(d->classes == 8 && rc_part_label(&d->train, 1) == 7 && !rc_dataset_label_name(d, 0));
    CHECK(noted("6 of 8 classes have no sample in y_train, the first is class 1"));
}

TEST(floats_that_look_like_labels)
{
    static const float two[N] = {0, 1, 0, 1, 1}, signs[N] = {-1, 1, -1, 1, 1, -1, -1, 1, 1, 1, 1, 1},
                       amounts[N] = {0.5f, 1, 2, 3}, hot[2 * N] = {1, 0, 0, 1, 1, 0};
    float one_hot[2 * N];
    for (int i = 0; i < N; i++) {
        one_hot[2 * i] = (float)(i % 2);
        one_hot[2 * i + 1] = (float)(1 - i % 2);
    }
    OK(labels(RC_DTYPE_F32, two));
    CHECK(d->target == RC_TARGET_REGRESSION && noted("2 different whole numbers as floats"));
    OK(labels(RC_DTYPE_F32, signs));
    CHECK(noted("y.astype('int64')"));
    OK(labels(RC_DTYPE_F32, amounts));
    CHECK(rc_dataset_notes(d)->n == 0);
    OK(opened(RC_SHAPE(N, 4), RC_DTYPE_F32, RC_SHAPE(N, 2), one_hot));
    CHECK(d->target == RC_TARGET_REGRESSION && noted("y.argmax(1)"));
    OK(opened(RC_SHAPE(N, 4), RC_DTYPE_F32, RC_SHAPE(N, 2), hot));
    CHECK(noted("several labels a sample are whole numbers"));
}

TEST(whole_one_hot)
{
    int32_t one_hot[2 * N], several[2 * N];
    for (int i = 0; i < 2 * N; i++) {
        one_hot[i] = (i + i / 2) % 2;
        several[i] = i % 3 > 0;
    }
    OK(opened(RC_SHAPE(N, 4), RC_DTYPE_I32, RC_SHAPE(N, 2), one_hot));
    CHECK(d->target == RC_TARGET_MULTILABEL && noted("exactly one 1"));
    OK(opened(RC_SHAPE(N, 4), RC_DTYPE_I32, RC_SHAPE(N, 2), several));
    CHECK(rc_dataset_notes(d)->n == 0);
}

TEST(channels_that_come_last)
{
    static const int64_t y[N] = {0, 1, 0, 1};
    OK(opened(RC_SHAPE(N, 4, 32, 3), RC_DTYPE_I64, RC_SHAPE(N), y));
    CHECK(rc_dataset_notes(d)->n == 0);
    OK(opened(RC_SHAPE(N, 32, 4, 3), RC_DTYPE_I64, RC_SHAPE(N), y));
    CHECK(noted("x has shape [12, 32, 4, 3] and is taken for 32 channels"));
    OK(opened(RC_SHAPE(N, 128, 3), RC_DTYPE_I64, RC_SHAPE(N), y));
    CHECK(noted("taken for 128 channels"));
    OK(opened(RC_SHAPE(N, 3, 128), RC_DTYPE_I64, RC_SHAPE(N), y));
    CHECK(rc_dataset_notes(d)->n == 0);
}

int main(void)
{
    RUN(far_labels_are_classes_of_their_own);
    RUN(labels_that_are_refused);
    RUN(gaps_between_labels);
    RUN(floats_that_look_like_labels);
    RUN(whole_one_hot);
    RUN(channels_that_come_last);
    rc_dataset_close(&d);
    return RESULT();
}
