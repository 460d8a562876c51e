/* Groups of samples: numbered, held out together, checked. */
#include "check.h"

#include <unistd.h>

#include "base/file.h"
#include "datasets/dataset.h"

enum { N = 60, GROUPS = 12 };
static char folder[64] = "/tmp/recraft-groups-XXXXXX";

static const char *file(const char *name)
{
    static char path[2][256];
    static int at;
    at = !at;
    snprintf(path[at], sizeof path[at], "%s/%s", folder, name);
    return path[at];
}

/* Group g has the odd number 1000 - 7 g and g % 4 + 3 samples, scattered; its class is g % 2. */
static void write_set(int64_t one_group)
{
    float x[N][2] = {{0}};
    int64_t y[N], group[N];
    for (int i = 0; i < N; i++) {
        int g = i * 5 % N % GROUPS;
        group[i] = one_group ? one_group : 1000 - 7 * g;
        y[i] = g % 2;
    }
    OK(rc_npy_write(file("x_train.npy"), RC_DTYPE_F32, RC_SHAPE(N, 2), x));
    OK(rc_npy_write(file("y_train.npy"), RC_DTYPE_I64, RC_SHAPE(N), y));
    OK(rc_npy_write(file("group_train.npy"), RC_DTYPE_I64, RC_SHAPE(N), group));
}

static int64_t group_at(const rc_part *p, int64_t i)
{
    return ((const int64_t *)p->group->data)[p->index[i]];
}

TEST(groups_are_held_out_together)
{
    rc_dataset *d;
    write_set(0);
    for (uint64_t seed = 0; seed < 5; seed++) {
        OK(rc_dataset_open(folder, RC_DATASET_TRAIN, &d));
        OK(rc_dataset_hold_out(d, 0.2, seed));
        CHECK(d->train.n + d->valid.n == N && d->valid.n >= 12 && d->valid.n <= 18);
        int classes[2] = {0};
        for (int64_t i = 0; i < d->valid.n; i++) {
            classes[rc_part_label(&d->valid, i)]++;
            for (int64_t k = 0; k < d->train.n; k++)
                CHECK(group_at(&d->valid, i) != group_at(&d->train, k));
        }
        CHECK(classes[0] > 0 && classes[1] > 0);
        rc_dataset_close(&d);
    }
}

TEST(groups_are_numbered_in_order)
{
    rc_dataset *d;
    int64_t rank[N], count;
    write_set(0);
    OK(rc_dataset_open(folder, RC_DATASET_TRAIN, &d));
    OK(rc_part_groups(&d->train, rank, &count));
    CHECK(count == GROUPS);
    for (int i = 0; i < N; i++)
        CHECK(rank[i] == GROUPS - 1 - i * 5 % N % GROUPS);
    d->train.group = NULL;
    OK(rc_part_groups(&d->train, rank, &count));
    CHECK(count == N && rank[17] == 17);
    rc_dataset_close(&d);
}

TEST(bad_groups_are_refused)
{
    rc_dataset *d;
    const int32_t narrow[N] = {0};
    write_set(4);
    OK(rc_dataset_open(folder, RC_DATASET_TRAIN, &d));
    FAILS(RC_DATA, "of one group", rc_dataset_hold_out(d, 0.2, 0));
    rc_dataset_close(&d);
    OK(rc_npy_write(file("group_train.npy"), RC_DTYPE_I32, RC_SHAPE(N), narrow));
    FAILS(RC_DATA, "group_train", rc_dataset_open(folder, RC_DATASET_TRAIN, &d));
}

int main(void)
{
    if (!mkdtemp(folder)) return 1;
    RUN(groups_are_held_out_together);
    RUN(groups_are_numbered_in_order);
    RUN(bad_groups_are_refused);
    unlink(file("x_train.npy"));
    unlink(file("y_train.npy"));
    unlink(file("group_train.npy"));
    rmdir(folder);
    return RESULT();
}
