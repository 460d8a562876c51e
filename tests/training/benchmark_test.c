/* The table of tasks: names differ, recipes are settings that exist and pass their checks. */
#include "check.h"

#include "base/text.h"
#include "training/benchmark.h"

TEST(every_recipe_is_good)
{
    for (int i = 0; i < rc_benchmark_count; i++) {
        const rc_benchmark *b = &rc_benchmark_table[i], *found;
        rc_config c;
        rc_config_defaults(&c);
        if (rc_benchmark_apply(b, &c) != RC_OK || rc_config_check(&c) != RC_OK)
            fprintf(stderr, "%s: %s\n", b->name, rc_error_text());
        OK(rc_benchmark_apply(b, &c));
        OK(rc_config_check(&c));
        OK(rc_benchmark_find(b->name, &found));
        CHECK(found == b);
        CHECK(c.fit.optimizer.lr == b->recipe.lr && fabs(c.align.optimizer.lr - 10 * b->recipe.lr) < 1e-12);
        CHECK(strcmp(c.fit.metric, b->metric) == 0 && strcmp(c.fit.loss, b->loss) == 0);
        CHECK(c.fit.epochs == b->recipe.epochs && c.align.epochs == 60);
    }
}

TEST(unknown_tasks_are_named)
{
    const rc_benchmark *b;
    FAILS(RC_CONFIG, "did you mean cifar100?", rc_benchmark_find("cifar10", &b));
    FAILS(RC_CONFIG, "recraft data list", rc_benchmark_find("something else", &b));
}

int main(void)
{
    RUN(every_recipe_is_good);
    RUN(unknown_tasks_are_named);
    return RESULT();
}
