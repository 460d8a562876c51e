/* Which settings a run of a plan has, by scope; the choice among what an experiment file names. */
#include <unistd.h>

#include "base/file.h"
#include "check.h"
#include "experiments/plan.h"

static char path[64], tune_path[64];

static void put(const char *to, const char *text)
{
    if (rc_file_write(to, text, strlen(text)) != RC_OK) abort();
}

static const char text[] = "methods: nft, mine\n"
                           "seeds: 4\n"
                           "source: a-source\n"
                           "set: {fit.lr: 0.1, fit.epochs: 7, fit.batch: 1}\n"
                           "data:\n"
                           "  one: {make: 'darcy --x {root}/3 {root}', set: {fit.batch: 2, fit.clip: 1}}\n"
                           "  two: {path: ., source: other}\n"
                           "method:\n"
                           "  mine: {method: recraft, set: {fit.clip: 2}, tune: {hot: {fit.lr: 0.4}}}\n"
                           "tune:\n"
                           "  cold: {fit.lr: 0.2}\n"
                           "  hot: {fit.lr: 0.3}\n";

TEST(later_scopes_win)
{
    const char *const set[] = {"fit.epochs=9"};
    rc_plan_options o = {.experiment = path, .out = "out", .set = set, .n_set = 1};
    rc_plan *p;
    rc_config c;
    put(path, text);
    OK(rc_plan_create(&o, &p));
    CHECK(p->n_data == 2 && p->n_methods == 2 && p->n_candidates == 2 && p->seeds == 4);
    CHECK(strcmp(p->data[0].path, "out/data/one") == 0 && strcmp(p->data[0].source, "a-source") == 0);
    CHECK(strcmp(p->data[0].make, "darcy --x ./3 .") == 0);
    CHECK(strcmp(p->data[1].source, "other") == 0 && strcmp(p->method[1].method, "recraft") == 0);
    OK(rc_plan_config(p, 0, 0, 1, 5, &c)); /* one, nft, hot */
    CHECK(c.seed == 5 && c.fit.optimizer.lr == 0.3 && c.fit.batch == 2 && c.fit.clip == 1 &&
          c.fit.epochs == 9);
    OK(rc_plan_config(p, 1, 1, 1, 0, &c)); /* two, mine, hot */
    CHECK(c.fit.optimizer.lr == 0.4 && c.fit.batch == 1 && c.fit.clip == 2);
    OK(rc_plan_config(p, 1, 1, 0, 0, &c)); /* cold means the same for all */
    CHECK(c.fit.optimizer.lr == 0.2);
    rc_plan_destroy(&p);
}

TEST(a_root_may_hold_blanks)
{
    rc_plan_options o = {.experiment = path, .out = "out", .root = "my data"};
    rc_plan *p;
    put(path, "methods: nft\ndata: {one: {make: 'darcy  --x {root}/3 {root}'}}\n");
    OK(rc_plan_create(&o, &p));
    REQUIRE(p->data[0].make_words == 4);
    CHECK(strcmp(p->data[0].make_word[2], "my data/3") == 0 &&
          strcmp(p->data[0].make_word[3], "my data") == 0);
    CHECK(strcmp(p->data[0].make, "darcy --x my data/3 my data") == 0);
    rc_plan_destroy(&p);
}

TEST(a_path_may_depend_on_the_seed)
{
    rc_plan_options o = {.experiment = path, .out = "o{seed}", .without_data = true};
    rc_plan *p;
    const char *at;
    put(path, "methods: nft\nseeds: 2\ndata: {one: {path: '{seed}/one-{seed}'}, two: {make: darcy}}\n");
    OK(rc_plan_create(&o, &p));
    OK(rc_plan_path(p, 0, 1, &at));
    CHECK(strcmp(at, "1/one-1") == 0);
    OK(rc_plan_path(p, 1, 1, &at));
    CHECK(strcmp(at, "o{seed}/data/two") == 0);
    rc_plan_destroy(&p);
    o.without_data = false;
    FAILS(RC_IO, "0/one-0: no such data set (one)", rc_plan_create(&o, &p));
}

TEST(questions_are_about_what_was_chosen)
{
    rc_plan_options o = {.experiment = path, .out = "out", .without_data = true};
    rc_plan *p;
    put(path, "methods: nft, fa, auto\ndata: {one: {path: .}}\n"
              "questions: {fa: {ahead_of: 'nft, auto'}, auto: {level_with: opponents}}\n");
    OK(rc_plan_create(&o, &p));
    REQUIRE(p->n_questions == 3);
    CHECK(p->question[1].method == 1 && p->question[1].other == 2);
    CHECK(p->question[2].method == 2 && p->question[2].other == RC_COMPARISON_OPPONENTS);
    CHECK(!p->part);
    rc_plan_destroy(&p);
    o.seeds = 2;
    OK(rc_plan_create(&o, &p));
    CHECK(p->part);
    rc_plan_destroy(&p);
    o.seeds = 3;
    o.method = "auto,fa";
    OK(rc_plan_create(&o, &p));
    CHECK(!p->part);
    REQUIRE(p->n_questions == 2);
    CHECK(p->question[0].method == 1 && p->question[0].other == 0);
    rc_plan_destroy(&p);
    o.method = NULL;
    put(path, "methods: nft\ndata: {one: {path: .}}\nquestions: {nft: {ahead_of: orcas}}\n");
    FAILS(RC_FORMAT, "there is no method \"orcas\" to ask about", rc_plan_create(&o, &p));
    put(path, "methods: nft\ndata: {one: {path: .}}\nquestions: {nft: {ahead_of: nft}}\n");
    FAILS(RC_FORMAT, "cannot be ahead of itself", rc_plan_create(&o, &p));
    put(path, "methods: nft\ndata: {one: {path: .}}\nquestions: {nft: {level_with: fa}}\n");
    FAILS(RC_FORMAT, "it can only be opponents", rc_plan_create(&o, &p));
    put(path, "methods: nft\ndata: {one: {path: .}}\nquestions: {nft: {before: fa}}\n");
    FAILS(RC_FORMAT, "questions.METHOD.(ahead_of level_with)", rc_plan_create(&o, &p));
}

TEST(the_command_line_chooses)
{
    rc_plan_options o = {.experiment = path, .out = "out", .data = "two", .method = "mine,nft", .seeds = 1};
    rc_plan *p;
    rc_config c;
    put(path, text);
    OK(rc_plan_create(&o, &p));
    CHECK(p->n_data == 1 && strcmp(p->data[0].name, "two") == 0 && p->seeds == 1);
    CHECK(p->n_methods == 2 && strcmp(p->method[0].name, "mine") == 0);
    OK(rc_plan_config(p, 0, 1, 1, 0, &c));
    CHECK(c.fit.clip == 0 && c.fit.optimizer.lr == 0.3);
    rc_plan_destroy(&p);
    o.data = "three";
    FAILS(RC_CONFIG, "names no such data set", rc_plan_create(&o, &p));
}

TEST(candidates_can_come_from_a_file_of_their_own)
{
    rc_plan_options o = {.experiment = path, .tune = tune_path, .out = "out"};
    rc_plan *p;
    rc_config c;
    put(path, text);
    put(tune_path, "hot: {fit.lr: 0.8}\nwarm: {fit.lr: 0.5}\ntepid: {fit.lr: 0.6}\n");
    OK(rc_plan_create(&o, &p));
    CHECK(p->n_candidates == 3);
    OK(rc_plan_config(p, 0, 0, 0, 0, &c));
    CHECK(c.fit.optimizer.lr == 0.8);
    OK(rc_plan_config(p, 0, 1, 0, 0, &c));
    CHECK(c.fit.optimizer.lr == 0.4);
    rc_plan_destroy(&p);
    put(tune_path, "fit: 3\n");
    FAILS(RC_FORMAT, "expected the name of a candidate", rc_plan_create(&o, &p));
}

TEST(failed_allocations_are_told)
{
    rc_plan_options o = {.experiment = path, .out = "out"};
    rc_plan *p;
    put(path, text);
    for (uint64_t k = 1;; k++) {
        rc_alloc_fail_at(k);
        rc_status status = rc_plan_create(&o, &p);
        rc_alloc_fail_at(0);
        if (status == RC_OK) break;
        CHECK(status == RC_MEMORY);
        REQUIRE(k < 10000);
    }
    rc_plan_destroy(&p);
}

int main(void)
{
    snprintf(path, sizeof path, "plan_test-%ld.yaml", (long)getpid());
    snprintf(tune_path, sizeof tune_path, "tune_test-%ld.yaml", (long)getpid());
    RUN(later_scopes_win);
    RUN(a_root_may_hold_blanks);
    RUN(a_path_may_depend_on_the_seed);
    RUN(questions_are_about_what_was_chosen);
    RUN(the_command_line_chooses);
    RUN(candidates_can_come_from_a_file_of_their_own);
    RUN(failed_allocations_are_told);
    unlink(path);
    unlink(tune_path);
    return RESULT();
}
