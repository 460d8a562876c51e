/* Answers to what an experiment was made to ask: is a method ahead of another over the data sets, and is it
 * on each of them level with the best plain predictor? */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/comparison_parts.h"

static const double LEVEL = 0.05;

bool rc__asks_level(const rc_comparison_answer *a)
{
    return a->asked.other == RC_COMPARISON_OPPONENTS;
}

static const rc_comparison_run *run_of(const rc_comparison *c, int64_t d, int64_t m, int64_t seed)
{
    return &c->run[(d * c->n_methods + m) * c->n_seeds + seed];
}

static double score_of(const rc_comparison_run *run)
{
    return run->state == RC_COMPARED_DONE ? run->test : NAN;
}

static double score_of_opponent(const rc_comparison_run *run, const char *name)
{
    for (int64_t i = 0; i < run->n_opponents; i++)
        if (strcmp(run->opponent[i].name, name) == 0) return run->opponent[i].test;
    return NAN;
}

/* To seven digits, and so that lower is better. */
static double rated(const rc_comparison *c, int64_t d, double mean)
{
    return rc__seven_digits(c->higher_is_better[d] ? -mean : mean);
}

/* ---- one data set ---- */

/* name: of an opponent, or NULL, then the other method is met. value has room for three of each seed. */
static rc_comparison_paired meet(const rc_comparison *c, const rc_comparison_asked *q, int64_t d,
                                 const char *name, double *value)
{
    int64_t n = 0, k = c->n_seeds;
    for (int64_t s = 0; s < k; s++) {
        const rc_comparison_run *run = run_of(c, d, q->method, s);
        double mine = score_of(run);
        double other = name ? score_of_opponent(run, name) : score_of(run_of(c, d, q->other, s));
        if (!isfinite(mine) || !isfinite(other)) continue;
        value[n] = mine;
        value[k + n] = other;
        value[2 * k + n++] = c->higher_is_better[d] ? other - mine : mine - other;
    }
    if (n == 0) return (rc_comparison_paired){0};
    rc_summary difference = rc_summarise(value + 2 * k, n);
    return (rc_comparison_paired){.other = name ? name : c->method[q->other],
                                  .seeds = n,
                                  .mean = rc_summarise(value, n).mean,
                                  .of_other = rc_summarise(value + k, n).mean,
                                  .difference = difference.mean,
                                  .error = difference.sd / sqrt((double)n)};
}

/* The best opponent among those that were beside every finished run. */
static rc_comparison_paired meet_best(const rc_comparison *c, const rc_comparison_asked *q, int64_t d,
                                      double *value)
{
    rc_comparison_paired best = {0}, p;
    const rc_comparison_run *first = NULL;
    int64_t finished = 0;
    for (int64_t s = 0; s < c->n_seeds; s++) {
        const rc_comparison_run *run = run_of(c, d, q->method, s);
        if (!isfinite(score_of(run))) continue;
        if (finished++ == 0) first = run;
    }
    for (int64_t i = 0; first && i < first->n_opponents; i++) {
        p = meet(c, q, d, first->opponent[i].name, value);
        bool whole = p.seeds == finished;
        if (whole && (!best.other || rated(c, d, p.of_other) < rated(c, d, best.of_other))) best = p;
    }
    return best;
}

/* ---- all data sets ---- */

/* Of data set d into the counts; the difference without a unit is returned. */
static double count(const rc_comparison *c, rc_comparison_answer *a, int64_t d)
{
    const rc_comparison_paired *p = &a->on[d];
    double mine = rated(c, d, p->mean), other = rated(c, d, p->of_other);
    a->n++;
    *(mine < other ? &a->wins : mine > other ? &a->losses : &a->ties) += 1;
    a->level += mine <= other || p->difference <= p->error;
    return rc__relative(mine, other);
}

static bool is_complete(const rc_comparison *c, const rc_comparison_answer *a)
{
    if (c->part) return false;
    for (int64_t d = 0; d < c->n_data; d++)
        for (int64_t s = 0; s < c->n_seeds; s++) {
            if (run_of(c, d, a->asked.method, s)->state == RC_COMPARED_NOT_YET) return false;
            if (!rc__asks_level(a) && run_of(c, d, a->asked.other, s)->state == RC_COMPARED_NOT_YET)
                return false;
        }
    return true;
}

static rc_status answer(const rc_comparison *c, rc_comparison_answer *a, double *value, double *difference)
{
    bool level = rc__asks_level(a);
    a->n = a->wins = a->ties = a->losses = a->level = 0;
    a->complete = is_complete(c, a);
    for (int64_t d = 0; d < c->n_data; d++) {
        rc_comparison_paired *p = &a->on[d];
        *p = level ? meet_best(c, &a->asked, d, value) : meet(c, &a->asked, d, NULL, value);
        if (p->seeds < (level ? 2 : 1)) continue;
        int64_t at = a->n;
        difference[at] = count(c, a, d);
    }
    return rc_wilcoxon_test(difference, a->n, &a->wilcoxon);
}

/* Over the questions that are tested; the others have no p. */
static rc_status correct(rc_comparison *c, double *p, double *adjusted)
{
    int64_t n = 0;
    for (int64_t i = 0; i < c->n_answers; i++)
        if (!rc__asks_level(&c->answer[i])) p[n++] = c->answer[i].wilcoxon.p;
    RC_TRY(rc_holm_adjust(p, n, adjusted));
    n = 0;
    for (int64_t i = 0; i < c->n_answers; i++)
        c->answer[i].holm = rc__asks_level(&c->answer[i]) ? NAN : adjusted[n++];
    return RC_OK;
}

rc_status rc__answer_all(rc_comparison *c)
{
    double *work;
    RC_TRY(rc_arena_alloc(c->arena, (size_t)(3 * c->n_seeds + c->n_data + 2 * c->n_answers) * sizeof *work,
                          (void **)&work));
    double *difference = work + 3 * c->n_seeds, *p = difference + c->n_data;
    for (int64_t i = 0; i < c->n_answers; i++)
        RC_TRY(answer(c, &c->answer[i], work, difference));
    return correct(c, p, p + c->n_answers);
}

/* ---- in words ---- */

const char rc__questions_words[] =
    "These were written into the experiment's file; the test over the data sets answers no other question.\n"
    "Ahead: Wilcoxon's signed-rank test over the data sets, of the means over the seeds that both have "
    "finished, with Holm's correction over these questions, at the level 0.05.\n"
    "Level: the difference to the best plain predictor beside the same runs is at most its standard error "
    "over the seeds.\n"
    "Which is the best is known only afterwards.";

rc_status rc__question_text(const rc_comparison *c, const rc_comparison_answer *a, rc_string *out)
{
    bool level = rc__asks_level(a);
    return rc_string_printf(out, level ? "%s level with the best opponent" : "%s ahead of %s",
                            c->method[a->asked.method], level ? "" : c->method[a->asked.other]);
}

void rc__answer_text(const rc_comparison_answer *a, char out[RC__CELL])
{
    if (!a->complete)
        snprintf(out, RC__CELL, "no answer before all of its runs are done");
    else if (a->n == 0)
        snprintf(out, RC__CELL, "no data set to answer it on");
    else if (rc__asks_level(a))
        snprintf(out, RC__CELL, "level on %lld of %lld, ahead on %lld", (long long)a->level, (long long)a->n,
                 (long long)a->wins);
    else if (!(a->holm < LEVEL))
        snprintf(out, RC__CELL, "not shown");
    else
        snprintf(out, RC__CELL, a->wilcoxon.below > a->wilcoxon.above ? "yes" : "no, behind");
}
