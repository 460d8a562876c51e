/* Batches of texts of one length: all are there once, and little of a batch is padding. */
#include "check.h"

#include "training/by_length.h"

enum { N = 1003, BATCH = 8, LONGEST = 100 };

static int32_t tokens[N];

static void order_of(uint64_t seed, int64_t *order)
{
    rc_rng rng = rc_rng_make(seed, "by length", 0);
    for (int64_t i = 0; i < N; i++)
        order[i] = (i * 7 + (int64_t)seed) % N;
    OK(rc_order_by_length(tokens, N, BATCH, rng, order));
}

/* Of what the batches are computed on. */
static double padding(const int64_t *order)
{
    double all = 0, said = 0;
    for (int64_t b = 0; b < N; b += BATCH) {
        int64_t n = N - b < BATCH ? N - b : BATCH, most = 0;
        for (int64_t i = 0; i < n; i++) {
            most = tokens[order[b + i]] > most ? tokens[order[b + i]] : most;
            said += tokens[order[b + i]];
        }
        all += (double)(most * n);
    }
    return 1 - said / all;
}

TEST(all_are_there_and_little_is_padding)
{
    int64_t order[N], plain[N], seen[N] = {0};
    for (int64_t i = 0; i < N; i++)
        plain[i] = i * 7 % N;
    order_of(0, order);
    for (int64_t i = 0; i < N; i++)
        seen[order[i]]++;
    for (int64_t i = 0; i < N; i++)
        CHECK(seen[i] == 1);
    CHECK(padding(plain) > 0.4);
    CHECK(padding(order) < 0.02);
}

TEST(the_same_again_and_another_from_another_seed)
{
    int64_t a[N], b[N];
    order_of(1, a);
    order_of(1, b);
    CHECK(memcmp(a, b, sizeof a) == 0);
    order_of(2, b);
    CHECK(memcmp(a, b, sizeof a) != 0);
}

TEST(no_length_comes_first)
{
    int64_t order[N];
    double early = 0, late = 0;
    order_of(3, order);
    for (int64_t i = 0; i < 200; i++) {
        early += tokens[order[i]];
        late += tokens[order[200 + i]];
    }
    CHECK(early < 1.5 * late && late < 1.5 * early); /* the batches of a window are shuffled */
}

TEST(fewer_than_a_batch)
{
    int64_t order[3] = {2, 0, 1};
    OK(rc_order_by_length(tokens, 3, BATCH, rc_rng_make(0, "by length", 0), order));
    CHECK(order[0] + order[1] + order[2] == 3);
}

int main(void)
{
    for (int i = 0; i < N; i++)
        tokens[i] = 1 + (int32_t)((uint32_t)i * 2654435761u >> 16) % LONGEST;
    RUN(all_are_there_and_little_is_padding);
    RUN(the_same_again_and_another_from_another_seed);
    RUN(no_length_comes_first);
    RUN(fewer_than_a_batch);
    return RESULT();
}
