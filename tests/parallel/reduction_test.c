/* Sums over shards: the order of additions is that of the tree, whatever the ranks. (On several ranks:
 * tests/cli/ranks_test.sh.) */
#include "check.h"

#include <math.h>

#include "parallel/reduction.h"
#include "tensor/device.h"

enum { MAX_SHARDS = 13, N = 5 };

static float number(int64_t shard, int i)
{
    return 1.0f / (float)(3 * shard + i + 1);
}

/* The nearest of 8 bits. */
static float rounded(float x)
{
    int exponent;
    float mantissa = frexpf(x, &exponent);
    return ldexpf(rintf(ldexpf(mantissa, 8)), exponent - 8);
}

/* The tree as its definition says it. */
static float wanted(rc_wire wire, int64_t a, int64_t b, int i)
{
    int64_t middle = a + (b - a + 1) / 2;
    float x = b - a == 1 ? number(a, i) : wanted(wire, a, middle, i) + wanted(wire, middle, b, i);
    return wire == RC_WIRE_BF16 ? rounded(x) : x;
}

static void add(rc_wire wire, const float *x, float *y)
{
    rc_device *d = rc_device_ref();
    if (wire == RC_WIRE_BF16)
        OK(d->kernels.add_rounded(d, N, x, y));
    else
        OK(d->kernels.axpy(d, N, 1, x, y));
}

static void sum_in_the_tree(rc_wire wire)
{
    for (int64_t shards = 1; shards <= MAX_SHARDS; shards++) {
        rc_reduction *r;
        float block[MAX_SHARDS][N], *node = block[0];
        bool done;
        OK(rc_reduction_create(shards, wire, &r));
        CHECK(rc_reduction_nodes(r) == 1 && rc_reduction_blocks(r) <= 5);
        for (int64_t s = 0; s < shards; s++) {
            int place = rc_reduction_place(r, s);
            for (int i = 0; i < N; i++)
                block[place][i] = number(s, i);
            for (int k = rc_reduction_joins(r, s); k > 0; k--, place--)
                add(wire, block[place], block[place - 1]);
            CHECK(rc_reduction_is_last(r, s) == (s == shards - 1));
        }
        OK(rc_reduction_begin(r, N, &node));
        OK(rc_reduction_next(r, true, &done));
        CHECK(done && rc_reduction_sent(r) == 0);
        for (int i = 0; i < N; i++)
            CHECK(block[0][i] == wanted(wire, 0, shards, i));
        rc_reduction_destroy(&r);
    }
}

TEST(one_rank_sums_in_the_tree)
{
    sum_in_the_tree(RC_WIRE_F32);
}

TEST(one_rank_rounds_as_many_do)
{
    sum_in_the_tree(RC_WIRE_BF16);
}

TEST(what_is_under_way_can_be_given_up)
{
    rc_reduction *r;
    float block[N] = {0}, *node = block;
    OK(rc_reduction_create(1, RC_WIRE_F32, &r));
    OK(rc_reduction_begin(r, N, &node));
    OK(rc_reduction_begin(r, N, &node));
    rc_reduction_destroy(&r);
    CHECK(r == NULL);
}

int main(void)
{
    RUN(one_rank_sums_in_the_tree);
    RUN(one_rank_rounds_as_many_do);
    RUN(what_is_under_way_can_be_given_up);
    return RESULT();
}
