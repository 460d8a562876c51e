/* Successive halving: what a plan spends, and that more time never means fewer epochs. */
#include "check.h"

#include "training/halving.h"

TEST(halves_and_doubles)
{
    rc_halving p = rc_halving_within(8, 30, 20);
    CHECK(p.candidates == 8 && p.epochs == 8 && p.rounds == 4 && p.total == 20);
    for (int r = 0; r < p.rounds; r++)
        CHECK(p.left[r] == 8 >> r && p.until[r] == 1 << r);
    p = rc_halving_within(5, 2, 1000);
    CHECK(p.candidates == 5 && p.rounds == 2 && p.left[0] == 5 && p.left[1] == 1 && p.until[1] == 2);
}

TEST(each_plan_spends_more_than_the_one_before)
{
    for (int n = 1; n <= 12; n++)
        for (int64_t max = 1; max <= 40; max++) {
            rc_halving p, before = {0};
            int i = 0;
            for (; rc_halving_plan(i, n, max, &p); i++) {
                CHECK(p.total > before.total && p.candidates >= before.candidates &&
                      p.epochs >= before.epochs);
                CHECK(p.left[0] == p.candidates && p.left[p.rounds - 1] == (p.rounds > 1 ? 1 : p.candidates));
                CHECK(p.until[p.rounds - 1] == p.epochs);
                rc_halving same = rc_halving_within(n, max, p.total);
                CHECK(same.candidates == p.candidates && same.epochs == p.epochs);
                before = p;
            }
            CHECK(before.candidates == n && before.epochs == max);
        }
}

TEST(nothing_is_planned_without_a_budget)
{
    CHECK(rc_halving_within(5, 30, 0).epochs == 0);
    CHECK(rc_halving_within(0, 30, 100).epochs == 0);
    CHECK(rc_halving_within(5, 0, 100).epochs == 0);
}

TEST(seconds_are_those_of_the_dearest)
{
    rc_halving p = rc_halving_within(3, 4, 7); /* 3 to 1 epoch, 2 to 2, 1 to 4 */
    double seconds[] = {1, 10, 5};
    CHECK(p.total == 7);
    NEAR(rc_halving_seconds(&p, seconds), 16 + 15 + 20, 1e-12);
}

int main(void)
{
    RUN(halves_and_doubles);
    RUN(each_plan_spends_more_than_the_one_before);
    RUN(nothing_is_planned_without_a_budget);
    RUN(seconds_are_those_of_the_dearest);
    return RESULT();
}
