/* The table of tasks: names differ, recipes are settings that exist and pass their checks. */
#include "check.h"

#include "base/choice.h"
#include "base/text.h"
#include "published/benchmark.h"

TEST(every_recipe_is_good)
{
    int tables = 0;
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
        CHECK((int)c.fit.metric == rc_choice_find(RC_METRICS, b->metric) &&
              c.fit.loss == (rc_loss)rc_choice_find(RC_LOSSES, b->loss));
        bool table = strcmp(b->suite, "OpenML") == 0;
        CHECK(c.fit.epochs == b->recipe.epochs && c.align.epochs == (table ? 20 : 60));
        CHECK((c.fit.class_weights == RC_CLASS_WEIGHTS_BALANCED) == table);
        tables += table;
    }
    CHECK(tables == 42);
}

/* Some of the published numbers that differ from table to table. */
TEST(tables_have_their_own_recipes)
{
    static const struct {
        const char *name;
        rc_optimizer_kind optimizer;
        double lr, momentum, warmup, decay, clip;
        int epochs, batch, samples, tokens;
    } wanted[] = {{"openml-28", RC_OPTIMIZER_SGD, 1e-4, 0.999, 5, 60, 1, 60, 4, 128, 512},
                  {"openml-1049", RC_OPTIMIZER_SGD, 1e-4, 0.99, 10, 60, 0, 60, 32, 512, 512},
                  {"openml-23", RC_OPTIMIZER_ADAM, 1e-5, 0.9, 5, 60, 1, 25, 64, 64, 4},
                  {"openml-44", RC_OPTIMIZER_ADAMW, 1e-6, 0.9, 10, 100, 1, 40, 4, 128, 512},
                  {"openml-1510", RC_OPTIMIZER_ADAMW, 1e-5, 0.9, 5, 60, 0.1, 60, 64, 128, 16}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const rc_benchmark *b;
        rc_config c;
        rc_config_defaults(&c);
        OK(rc_benchmark_find(wanted[i].name, &b));
        OK(rc_benchmark_apply(b, &c));
        CHECK(c.fit.optimizer.optimizer == wanted[i].optimizer);
        CHECK(c.fit.optimizer.lr == wanted[i].lr && c.fit.optimizer.momentum == wanted[i].momentum);
        CHECK(c.fit.optimizer.warmup == wanted[i].warmup && c.fit.optimizer.decay == wanted[i].decay);
        CHECK(c.fit.clip == wanted[i].clip && c.fit.epochs == wanted[i].epochs &&
              c.fit.batch == wanted[i].batch);
        CHECK(c.align.samples == wanted[i].samples && c.model.tokens == wanted[i].tokens);
    }
}

TEST(unknown_tasks_are_named)
{
    const rc_benchmark *b;
    FAILS(RC_CONFIG, "did you mean cifar100?", rc_benchmark_find("cifar10", &b));
    FAILS(RC_CONFIG, "rc_data_list", rc_benchmark_find("something else", &b));
}

int main(void)
{
    RUN(every_recipe_is_good);
    RUN(tables_have_their_own_recipes);
    RUN(unknown_tasks_are_named);
    return RESULT();
}
