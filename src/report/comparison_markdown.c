/* A comparison as Markdown. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "recraft/version.h"
#include "report/comparison_parts.h"

/* A name, with nothing in it that Markdown or HTML would act on. */
static rc_status put_text(rc_string *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            RC_TRY(rc_string_add(out, "&lt;", 4));
        else if (*text == '\n' || *text == '\r')
            RC_TRY(rc_string_add(out, " ", 1));
        else
            RC_TRY(rc_string_printf(out, "%s%c", strchr("|\\`*[]&", *text) ? "\\" : "", *text));
    }
    return RC_OK;
}

static rc_status put_between(rc_string *out, const char *before, const char *text, const char *after)
{
    RC_TRY(rc_string_printf(out, "%s", before));
    RC_TRY(put_text(out, text));
    return rc_string_printf(out, "%s", after);
}

/* Nothing acts within a pair of backticks but a third one. */
static rc_status put_code(rc_string *out, const char *text)
{
    return strchr(text, '`') ? put_text(out, text) : rc_string_printf(out, "`%s`", text);
}

static rc_status header(rc_string *out, const rc_comparison *c, const char *first)
{
    RC_TRY(rc_string_printf(out, "| %s |", first));
    for (int64_t m = 0; m < c->n_methods; m++)
        RC_TRY(put_between(out, " ", c->method[m], " |"));
    RC_TRY(rc_string_printf(out, "\n|---|"));
    for (int64_t m = 0; m < c->n_methods; m++)
        RC_TRY(rc_string_printf(out, "---|"));
    return rc_string_printf(out, "\n");
}

static rc_status means(rc_string *out, const rc_comparison *c)
{
    char cell[RC__CELL];
    RC_TRY(header(out, c, "data set (source, metric)"));
    for (int64_t d = 0; d < c->n_data; d++) {
        RC_TRY(put_between(out, "| ", c->data[d], " ("));
        RC_TRY(put_between(out, "", c->source[d], ", "));
        RC_TRY(rc_string_printf(out, "%s%s) |", c->metric[d] ? c->metric[d] : "-",
                                c->higher_is_better[d] ? ", higher is better" : ""));
        for (int64_t m = 0; m < c->n_methods; m++) {
            const char *bold = rc__cell_is_best(c, d, m) ? "**" : "";
            int64_t n = c->test[d * c->n_methods + m].n;
            rc__cell_text(cell, c, d, m);
            RC_TRY(rc_string_printf(out, " %s%s%s", bold, cell, bold));
            if (n > 0 && n < c->n_seeds)
                RC_TRY(rc_string_printf(out, " (%lld of %lld)", (long long)n, (long long)c->n_seeds));
            RC_TRY(rc_string_printf(out, " |"));
        }
        RC_TRY(rc_string_printf(out, "\n"));
    }
    RC_TRY(rc_string_printf(out, "| average rank (%lld data sets) |", (long long)c->n_counted));
    for (int64_t m = 0; m < c->n_methods; m++)
        RC_TRY(isnan(c->average_rank[m]) ? rc_string_printf(out, " - |")
                                         : rc_string_printf(out, " %.2f |", c->average_rank[m]));
    return rc_string_printf(out, "\n");
}

static rc_status pairs(rc_string *out, const rc_comparison *c)
{
    RC_TRY(rc_string_printf(
        out, "| pair | wins, ties, losses of the first | Wilcoxon p | after Holm | Nemenyi p |\n"
             "|---|---|---|---|---|\n"));
    for (int64_t i = 0; i < c->n_pairs; i++) {
        const rc_comparison_pair *p = &c->pair[i];
        RC_TRY(put_between(out, "| ", c->method[p->a], ", "));
        RC_TRY(put_between(out, "", c->method[p->b], " |"));
        RC_TRY(rc_string_printf(out, " %lld, %lld, %lld | %.3g | %.3g | %.3g |\n", (long long)p->wins,
                                (long long)p->ties, (long long)p->losses, p->wilcoxon.p, p->holm,
                                p->nemenyi));
    }
    return RC_OK;
}

/* A number in a cell, or "-". */
static rc_status number(rc_string *out, const char *format, double value)
{
    if (!isfinite(value)) return rc_string_printf(out, " - |");
    return rc_string_printf(out, format, value);
}

static rc_status question(rc_string *out, const rc_comparison *c, const rc_comparison_answer *a)
{
    char words[RC__CELL];
    rc_string text = {0};
    rc_status status = rc__question_text(c, a, &text);
    if (status == RC_OK) status = put_between(out, "| ", text.data, " |");
    rc_string_free(&text);
    RC_TRY(status);
    RC_TRY(rc_string_printf(out, " %lld | %lld, %lld, %lld |", (long long)a->n, (long long)a->wins,
                            (long long)a->ties, (long long)a->losses));
    RC_TRY(number(out, " %.3g |", rc__asks_level(a) ? NAN : a->wilcoxon.p));
    RC_TRY(number(out, " %.3g |", a->holm));
    rc__answer_text(a, words);
    return rc_string_printf(out, " %s |\n", words);
}

/* Where level is asked, what it rests on. */
static rc_status beside_opponents(rc_string *out, const rc_comparison *c, const rc_comparison_answer *a)
{
    RC_TRY(put_between(out, "\n| data set | seeds | ", c->method[a->asked.method],
                       " | best opponent | difference, below 0 better | standard error |\n"
                       "|---|---|---|---|---|---|\n"));
    for (int64_t d = 0; d < c->n_data; d++) {
        const rc_comparison_paired *p = &a->on[d];
        if (!p->other) continue;
        RC_TRY(put_between(out, "| ", c->data[d], " |"));
        RC_TRY(rc_string_printf(out, " %lld | %.4f |", (long long)p->seeds, p->mean));
        RC_TRY(put_between(out, " ", p->other, ""));
        RC_TRY(rc_string_printf(out, " %.4f | %+.4f |", p->of_other, p->difference));
        RC_TRY(number(out, " %.4f |", p->error));
        RC_TRY(rc_string_add(out, "\n", 1));
    }
    return RC_OK;
}

static rc_status questions(rc_string *out, const rc_comparison *c)
{
    RC_TRY(rc_string_printf(out,
                            "\n## What was asked\n%s\n\n"
                            "| is | data sets | better, equal, worse | Wilcoxon p | after Holm | answer |\n"
                            "|---|---|---|---|---|---|\n",
                            rc__questions_words));
    for (int64_t i = 0; i < c->n_answers; i++)
        RC_TRY(question(out, c, &c->answer[i]));
    for (int64_t i = 0; i < c->n_answers; i++)
        if (rc__asks_level(&c->answer[i])) RC_TRY(beside_opponents(out, c, &c->answer[i]));
    return RC_OK;
}

static rc_status predictions(rc_string *out, const rc_comparison *c)
{
    char cell[RC__CELL];
    RC_TRY(
        rc_string_printf(out, "\n## Can the source be chosen before training?\n%s\n\n", rc__agreement_words));
    RC_TRY(header(out, c, "measured before training"));
    for (int64_t k = 0; k < c->n_predictors; k++) {
        RC_TRY(rc_string_printf(out, "| %s |", c->predictor[k]));
        for (int64_t m = 0; m < c->n_methods; m++) {
            rc__agreement_text(cell, c, k, m);
            RC_TRY(rc_string_printf(out, " %s |", cell));
        }
        RC_TRY(rc_string_printf(out, "\n"));
    }
    return RC_OK;
}

static rc_status costs(rc_string *out, const rc_comparison *c)
{
    RC_TRY(rc_string_printf(out,
                            "| method | finished runs | mean seconds of a run | largest peak memory, MB |\n"
                            "|---|---|---|---|\n"));
    for (int64_t m = 0; m < c->n_methods; m++) {
        rc__cost cost = rc__cost_of(c, m);
        RC_TRY(put_between(out, "| ", c->method[m], " |"));
        RC_TRY(cost.runs ? rc_string_printf(out, " %lld | %.1f | %.0f |\n", (long long)cost.runs,
                                            cost.seconds, cost.peak_mb)
                         : rc_string_printf(out, " 0 | - | - |\n"));
    }
    return RC_OK;
}

static rc_status choices(rc_string *out, const rc_comparison *c)
{
    RC_TRY(
        rc_string_printf(out,
                         "\n## Tuning\nEvery method tried the same number of candidates (%lld) on each data "
                         "set, with seed 0.\nThe one with the best validation metric went on.\n\n",
                         (long long)c->n_candidates));
    RC_TRY(header(out, c, "data set"));
    for (int64_t d = 0; d < c->n_data; d++) {
        RC_TRY(put_between(out, "| ", c->data[d], " |"));
        for (int64_t m = 0; m < c->n_methods; m++) {
            int64_t k = c->choice[d * c->n_methods + m];
            RC_TRY(put_between(out, " ", k < 0 ? "-" : c->candidate[k], " |"));
        }
        RC_TRY(rc_string_printf(out, "\n"));
    }
    RC_TRY(rc_string_printf(out, "\nThe candidates:\n\n"));
    for (int64_t m = 0; m < c->n_methods; m++)
        for (int64_t k = 0; k < c->n_candidates; k++) {
            RC_TRY(put_between(out, "- ", c->method[m], ", "));
            RC_TRY(put_between(out, "", c->candidate[k], ": "));
            RC_TRY(put_code(out, c->choice_settings[m * c->n_candidates + k]));
            RC_TRY(rc_string_add(out, "\n", 1));
        }
    return RC_OK;
}

static rc_status failures(rc_string *out, const rc_comparison *c)
{
    int64_t runs = c->n_data * c->n_methods * c->n_seeds;
    RC_TRY(rc_string_printf(out, "\n## Runs that failed\n"));
    for (int64_t i = 0; i < runs; i++)
        if (c->run[i].state == RC_COMPARED_FAILED) {
            RC_TRY(put_between(out, "- ", c->run[i].folder, ": "));
            RC_TRY(put_between(out, "", c->run[i].line, "\n"));
        }
    return RC_OK;
}

static const char *plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

rc_status rc_comparison_markdown(const rc_comparison *c, rc_string *out)
{
    rc__tally t = rc__count_runs(c);
    RC_TRY(put_between(out, "# ", c->title, "\n"));
    RC_TRY(rc_string_printf(out,
                            "%lld data set%s, %lld method%s, %lld seed%s: %lld runs, %lld finished, "
                            "%lld failed. recraft %s.\n\n",
                            (long long)c->n_data, plural(c->n_data), (long long)c->n_methods,
                            plural(c->n_methods), (long long)c->n_seeds, plural(c->n_seeds), (long long)t.all,
                            (long long)t.done, (long long)t.failed, rc_version()));
    RC_TRY(rc_string_printf(out, "## Test metric, mean ± standard deviation over the seeds\n"));
    RC_TRY(means(out, c));
    RC_TRY(rc_string_printf(out, "\n## Do the methods differ?\n"));
    RC_TRY(rc__verdict_text(c, out));
    RC_TRY(rc_string_printf(out, "\n\n"));
    if (c->tested) {
        RC_TRY(rc_string_printf(out, "![Critical-difference diagram](critical-difference.svg)\n\n"));
        RC_TRY(pairs(out, c));
    }
    if (c->n_answers) RC_TRY(questions(out, c));
    if (c->n_predictors) RC_TRY(predictions(out, c));
    RC_TRY(rc_string_printf(out, "\n## Time and memory\n"));
    RC_TRY(costs(out, c));
    if (c->n_candidates) RC_TRY(choices(out, c));
    return t.failed ? failures(out, c) : RC_OK;
}
