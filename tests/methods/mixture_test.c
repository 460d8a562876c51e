/* Which tokens PaRe mixes. */
#include "check.h"
#include "methods/mixture.h"

TEST(highest_take_the_places_of_the_lowest)
{
    const float source[] = {0.1f, 0.9f, 0.5f, 0.7f, /**/ 0.5f, 0.5f, 0.5f, 0.9f};
    const float target[] = {0.8f, 0.2f, 0.6f, 0.1f, /**/ 0.5f, 0.5f, 0.5f, 0.5f};
    const int32_t length[] = {4, 1};
    int32_t from[8], to[8];
    OK(rc_mixture_choose(source, target, 2, 4, 2, NULL, from, to));
    /* Sample 0: source 1 (0.9) to place 3 (0.1), source 3 (0.7) to place 1 (0.2). */
    CHECK(from[3] == 1 && from[1] == 3 && from[0] == -1 && from[2] == -1);
    CHECK(to[3] == -1 && to[1] == -1 && to[0] == 0 && to[2] == 2);
    /* Sample 1, of equal scores: rows count on from its first. */
    CHECK(from[7] == 7 && from[6] == 4 && to[4] == 4 && to[5] == 5 && to[7] == -1);
    OK(rc_mixture_choose(source, target, 2, 4, 2, length, from, to));
    /* One source token of sample 1 is no padding: one is replaced. */
    CHECK(from[7] == 4 && from[6] == -1 && to[6] == 6);
    OK(rc_mixture_choose(source, target, 2, 4, 0, NULL, from, to));
    for (int i = 0; i < 8; i++)
        CHECK(from[i] == -1 && to[i] == i);
}

TEST(the_count_falls_to_none)
{
    CHECK(rc_mixture_count(0.5, 64, 0, 10) == 32);
    CHECK(rc_mixture_count(0.5, 64, 5, 10) == 16);
    CHECK(rc_mixture_count(0.5, 64, 9, 10) == 3);
    CHECK(rc_mixture_count(0.5, 64, 10, 10) == 0 && rc_mixture_count(0, 64, 0, 10) == 0);
}

int main(void)
{
    RUN(highest_take_the_places_of_the_lowest);
    RUN(the_count_falls_to_none);
    return RESULT();
}
