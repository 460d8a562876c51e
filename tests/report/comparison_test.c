/* Comparisons: what counts, what is tested, and what the tables and the page say of it. */
#include "check.h"
#include "formats/json.h"
#include "report/comparison.h"

/* test [d][m][s]; NaN: the run failed. */
static rc_comparison *make(int64_t data, int64_t methods, int64_t seeds, const double *test)
{
    static char *const data_name[] = {"alpha", "beta <&>", "gamma"}, *const method_name[] = {"one", "two",
                                                                                             "three"};
    rc_comparison *c;
    if (rc_comparison_create(data, methods, seeds, 0, &c) != RC_OK) abort();
    c->title = "A title";
    for (int64_t d = 0; d < data; d++) {
        c->data[d] = data_name[d];
        c->source[d] = "swin-mini";
        c->metric[d] = "error";
    }
    for (int64_t m = 0; m < methods; m++)
        c->method[m] = method_name[m];
    for (int64_t i = 0; i < data * methods * seeds; i++) {
        bool failed = isnan(test[i]);
        c->run[i] = (rc_comparison_run){.state = failed ? RC_COMPARED_FAILED : RC_COMPARED_DONE,
                                        .folder = "run",
                                        .line = failed ? "it became \"nan\", sadly" : NULL,
                                        .valid = test[i],
                                        .test = test[i],
                                        .seconds = 2,
                                        .peak_mb = 100};
    }
    return c;
}

TEST(ranks_leave_out_what_is_not_complete)
{
    const double test[] = {
        0.1, 0.3, 0.3, 0.3, 0.5, 0.7, /* alpha: 0.2, 0.3, 0.6 */
        0.2, 0.2, 0.1, 0.1, 0.3, NAN, /* beta: 0.2, 0.1, 0.3 of one seed */
        0.1, 0.1, NAN, NAN, 0.1, 0.1, /* gamma: nothing of two */
    };
    rc_comparison *c = make(3, 3, 2, test);
    OK(rc_comparison_analyse(c));
    CHECK(c->n_counted == 2 && c->counted[1] == 1 && c->tested);
    NEAR(c->average_rank[0], 1.5, 1e-15);
    NEAR(c->average_rank[1], 1.5, 1e-15);
    NEAR(c->average_rank[2], 3, 1e-15);
    NEAR(c->test[0].mean, 0.2, 1e-15);
    CHECK(c->test[5].n == 1 && isnan(c->test[5].sd) && c->test[7].n == 0);
    REQUIRE(c->n_pairs == 3);
    CHECK(c->pair[0].wins == 1 && c->pair[0].losses == 1 && c->pair[1].wins == 2);
    NEAR(c->pair[1].wilcoxon.p, 0.5, 1e-15); /* two differences of one sign: 2 of 4 */
    CHECK(c->pair[1].holm == 1);
    rc_comparison_destroy(&c);
}

TEST(higher_can_be_better)
{
    const double test[] = {0.9, 0.5, 0.1, 0.2};
    rc_comparison *c = make(2, 2, 1, test);
    c->higher_is_better[0] = true;
    OK(rc_comparison_analyse(c));
    CHECK(c->average_rank[0] == 1 && c->average_rank[1] == 2);
    rc_comparison_destroy(&c);
}

/* Of 90 samples each, 46 errors in three seeds on either side, as run folders keep them: nine digits. */
TEST(the_same_errors_are_a_tie)
{
    const double test[] = {0.144444444, 0.177777778, 0.188888889, 0.166666667, 0.166666667, 0.177777778,
                           0.177777778, 0.166666667, 0.166666667, 0.188888889, 0.144444444, 0.177777778,
                           0.5,         0.5,         0.5,         0.6,         0.6,         0.6};
    rc_comparison *c = make(3, 2, 3, test);
    c->higher_is_better[0] = true;
    OK(rc_comparison_analyse(c));
    CHECK(c->test[0].mean != c->test[1].mean && c->test[2].mean != c->test[3].mean);
    CHECK(c->pair[0].wins == 1 && c->pair[0].ties == 2 && c->pair[0].losses == 0);
    NEAR(c->average_rank[0], 4.0 / 3, 1e-15);
    rc_string text = {0};
    OK(rc_comparison_markdown(c, &text));
    const char *best = strstr(text.data, "| **0.1704 ");
    CHECK(best && strstr(best + 1, "| **0.1704 "));
    rc_string_free(&text);
    rc_comparison_destroy(&c);
}

TEST(pairs_do_not_depend_on_units)
{
    double test[12];
    const double a[] = {0.11, 0.2, 0.3}, b[] = {0.12, 0.18, 0.5};
    for (int scale = 0; scale < 2; scale++) {
        for (int d = 0; d < 3; d++) {
            test[2 * d] = a[d] * (scale && d == 1 ? 1e6 : 1);
            test[2 * d + 1] = b[d] * (scale && d == 1 ? 1e6 : 1);
        }
        rc_comparison *c = make(3, 2, 1, test);
        OK(rc_comparison_analyse(c));
        /* |a - b| / (a + b): 0.043, 0.053, 0.25; the second is positive */
        CHECK(c->pair[0].wilcoxon.above == 2 && c->pair[0].wilcoxon.below == 4);
        rc_comparison_destroy(&c);
    }
}

static bool holds(const rc_string *text, const char *words)
{
    bool found = text->data && strstr(text->data, words);
    if (!found) fprintf(stderr, "  not there: %s\n", words);
    return found;
}

TEST(names_break_no_table)
{
    static char name[] = "=a|b,*<i>*";
    const double test[] = {0.1, 0.4};
    rc_comparison *c = make(1, 2, 1, test);
    rc_string markdown = {0}, csv = {0}, html = {0};
    c->data[0] = name;
    OK(rc_comparison_analyse(c));
    OK(rc_comparison_markdown(c, &markdown));
    OK(rc_comparison_csv(c, &csv));
    OK(rc_comparison_html(c, &html));
    CHECK(holds(&markdown, "| =a\\|b,\\*&lt;i>\\* ("));
    CHECK(holds(&csv, "\n\"'=a|b,*<i>*\","));
    CHECK(holds(&html, "=a|b,*&lt;i&gt;*"));
    rc_string_free(&markdown);
    rc_string_free(&csv);
    rc_string_free(&html);
    rc_comparison_destroy(&c);
}

/* Rows 0 and 1 are one target from two sources, row 2 is another. */
TEST(predictors_are_judged_within_a_target)
{
    static char target[] = "t", other[] = "u", name[] = "bound";
    const double test[] = {0.1, 0.4, 0.2, 0.3, 0.9, 0.9};
    rc_comparison *c = make(3, 2, 1, test);
    rc_string markdown = {0}, html = {0};
    c->target[0] = c->target[1] = target;
    c->target[2] = other;
    c->predictor[c->n_predictors++] = name;
    for (int d = 0; d < 3; d++)
        c->prediction[d * RC_COMPARISON_PREDICTORS] = d;
    OK(rc_comparison_analyse(c));
    CHECK(c->agreement[0].groups == 1);
    NEAR(c->agreement[0].mean, 1, 1e-15);
    NEAR(c->agreement[1].mean, -1, 1e-15);
    c->higher_is_better[0] = c->higher_is_better[1] = true;
    OK(rc_comparison_analyse(c));
    NEAR(c->agreement[0].mean, -1, 1e-15);
    NEAR(c->agreement[1].mean, 1, 1e-15);
    OK(rc_comparison_markdown(c, &markdown));
    OK(rc_comparison_html(c, &html));
    CHECK(holds(&markdown, "| bound | -1.00, p 1 | 1.00, p 1 |"));
    CHECK(holds(&html, "<th class=name>bound</th><td>-1.00, p 1</td>"));
    c->prediction[0] = NAN;
    OK(rc_comparison_analyse(c));
    CHECK(c->agreement[0].groups == 0);
    rc_string_free(&markdown);
    rc_string_free(&html);
    rc_comparison_destroy(&c);
}

TEST(the_tables_tell_it)
{
    const double test[] = {0.1, 0.3, 0.3, 0.3, 0.2, 0.2, 0.1, NAN};
    rc_comparison *c = make(2, 2, 2, test);
    rc_string markdown = {0}, csv = {0}, html = {0}, svg = {0};
    char *text;
    rc_json *j;
    OK(rc_comparison_analyse(c));
    OK(rc_comparison_markdown(c, &markdown));
    CHECK(holds(&markdown, "8 runs, 7 finished, 1 failed"));
    CHECK(holds(&markdown, "| alpha (swin-mini, error) | **0.2000 ± 0.1414** | 0.3000 ± 0.0000 |"));
    CHECK(holds(&markdown, "**0.1000** (1 of 2)"));
    CHECK(holds(&markdown, "| average rank (2 data sets) | 1.50 | 1.50 |"));
    CHECK(holds(&markdown, "it became"));
    OK(rc_comparison_csv(c, &csv));
    CHECK(holds(&csv, "alpha,swin-mini,one,1,done,error,0.3,0.3,2,100,,run,"));
    CHECK(holds(&csv, "two,1,failed,error,,,"));
    CHECK(holds(&csv, "\"it became \"\"nan\"\", sadly\""));
    OK(rc_comparison_html(c, &html));
    CHECK(holds(&html, "beta &lt;&amp;&gt;") && !strstr(html.data, "beta <&>"));
    CHECK(holds(&html, "it became &quot;nan&quot;") && holds(&html, "</body></html>"));
    CHECK(!strstr(html.data, "<script") && !strstr(html.data, "src=\"http"));
    OK(rc_comparison_diagram(c, &svg));
    CHECK(holds(&svg, "CD = ") && holds(&svg, "one (1.50)") && holds(&svg, "</svg>"));
    OK(rc_comparison_json(c, &text));
    OK(rc_json_parse("json", text, strlen(text), &j));
    CHECK(rc_json_integer(j, "failed", -1) == 1 && rc_json_length(rc_json_get(j, "each")) == 8);
    NEAR(rc_json_number(rc_json_get(j, "friedman"), "p", NAN), 1, 1e-12);
    rc_json_free(&j);
    rc_free(text);
    rc_string_free(&markdown);
    rc_string_free(&csv);
    rc_string_free(&html);
    rc_string_free(&svg);
    rc_comparison_destroy(&c);
}

/* Only seeds that both have finished are compared, and nothing is answered before all runs are done. */
TEST(questions_wait_for_their_runs)
{
    double test[8 * 2 * 2];
    rc_string markdown = {0}, html = {0};
    char *text;
    rc_json *j;
    for (int d = 0; d < 3; d++)
        for (int s = 0; s < 2; s++) {
            test[4 * d + s] = 0.1 + 0.1 * s; /* one: ahead on every seed */
            test[4 * d + 2 + s] = 0.2 + 0.1 * s + 0.01 * d;
        }
    rc_comparison *c = make(3, 2, 2, test);
    OK(rc_comparison_ask(c, 2));
    c->answer[0].asked = (rc_comparison_asked){0, 1};
    c->answer[1].asked = (rc_comparison_asked){1, 0};
    OK(rc_comparison_analyse(c));
    const rc_comparison_answer *a = c->answer;
    CHECK(a->complete && a->n == 3 && a->wins == 3 && a->losses == 0 && a[1].losses == 3);
    NEAR(a->wilcoxon.p, 0.25, 1e-15);
    NEAR(a->holm, 0.5, 1e-15);
    NEAR(a->on[1].difference, -0.11, 1e-15);
    NEAR(a->on[1].error, 0, 1e-15);
    c->part = true;
    OK(rc_comparison_analyse(c));
    CHECK(!a->complete && a->n == 3);
    c->part = false;
    c->run[0].state = RC_COMPARED_NOT_YET; /* alpha, one, seed 0 */
    OK(rc_comparison_analyse(c));
    CHECK(!a->complete && a->on[0].seeds == 1 && isnan(a->on[0].error));
    NEAR(a->on[0].mean, 0.2, 1e-15);
    NEAR(a->on[0].of_other, 0.3, 1e-15);
    OK(rc_comparison_markdown(c, &markdown));
    OK(rc_comparison_html(c, &html));
    CHECK(
        holds(&markdown, "| one ahead of two | 3 | 3, 0, 0 | 0.25 | 0.5 | no answer before all of its runs"));
    CHECK(holds(&html, "one ahead of two</th><td>3<td>3<td>0<td>0<td>0.25<td>0.5<td class=name>no answer"));
    OK(rc_comparison_json(c, &text));
    OK(rc_json_parse("json", text, strlen(text), &j));
    const rc_json *asked = rc_json_at(rc_json_get(j, "questions"), 0);
    CHECK(!rc_json_boolean(asked, "complete", true));
    CHECK(strncmp(rc_json_string(asked, "answer", ""), "no answer", 9) == 0);
    rc_json_free(&j);
    rc_free(text);
    rc_string_free(&markdown);
    rc_string_free(&html);
    rc_comparison_destroy(&c);
}

/* Six data sets that all say the same: p 2^-5, and of one question Holm changes nothing. */
TEST(a_question_is_answered_either_way)
{
    static char *const name[] = {"a", "b", "c", "d", "e", "f"}, *const method[] = {"one", "two"};
    const char *const answer[] = {"yes", "no, behind"};
    for (int way = 0; way < 2; way++) {
        rc_comparison *c;
        rc_string markdown = {0};
        OK(rc_comparison_create(6, 2, 1, 0, &c));
        c->title = "A title";
        c->method[0] = method[0];
        c->method[1] = method[1];
        for (int d = 0; d < 6; d++) {
            c->data[d] = c->source[d] = name[d];
            for (int m = 0; m < 2; m++)
                c->run[2 * d + m] = (rc_comparison_run){
                    .state = RC_COMPARED_DONE, .folder = name[d], .test = m == way ? 0.1 : 0.2 + 0.1 * d};
        }
        OK(rc_comparison_ask(c, 1));
        c->answer[0].asked = (rc_comparison_asked){0, 1};
        OK(rc_comparison_analyse(c));
        NEAR(c->answer[0].holm, 1.0 / 32, 1e-15);
        OK(rc_comparison_markdown(c, &markdown));
        CHECK(holds(&markdown, answer[way]));
        rc_string_free(&markdown);
        rc_comparison_destroy(&c);
    }
}

/* The best opponent is the best by its mean over the seeds, among those beside every run. */
TEST(level_is_within_a_standard_error)
{
    static char forest[] = "forest", svm[] = "svm", ridge[] = "ridge";
    const double test[] = {0.30, 0.20, 0.5, 0.6, 0.1, 0.1};
    rc_comparison_opponent beside[6][3] = {{{forest, 0.20}, {svm, 0.9}, {ridge, 0.1}},
                                           {{forest, 0.24}, {svm, 0.9}, {ridge, NAN}}, /* 0.03 behind */
                                           {{forest, 0.4}, {svm, 0.3}, {ridge, 0.9}},
                                           {{forest, 0.5}, {svm, 0.4}, {ridge, 0.9}}, /* 0.2 behind */
                                           {{forest, 0.2}, {svm, 0.3}, {ridge, 0.9}},
                                           {{forest, 0.2}, {svm, 0.4}, {ridge, 0.9}}}; /* ahead */
    rc_comparison *c = make(3, 1, 2, test);
    rc_string markdown = {0}, html = {0};
    for (int i = 0; i < 6; i++) {
        c->run[i].opponent = beside[i];
        c->run[i].n_opponents = 3;
    }
    OK(rc_comparison_ask(c, 1));
    c->answer[0].asked = (rc_comparison_asked){0, RC_COMPARISON_OPPONENTS};
    OK(rc_comparison_analyse(c));
    const rc_comparison_answer *a = c->answer;
    CHECK(a->complete && a->n == 3 && a->level == 2 && a->wins == 1 && a->losses == 2);
    CHECK(strcmp(a->on[0].other, "forest") == 0 && strcmp(a->on[1].other, "svm") == 0);
    NEAR(a->on[0].difference, 0.03, 1e-12);
    NEAR(a->on[0].error, 0.07, 1e-12);
    OK(rc_comparison_markdown(c, &markdown));
    OK(rc_comparison_html(c, &html));
    CHECK(holds(&markdown,
                "| one level with the best opponent | 3 | 1, 0, 2 | - | - | level on 2 of 3, ahead on 1 |"));
    CHECK(holds(&markdown, "| alpha | 2 | 0.2500 | forest 0.2200 | +0.0300 | 0.0700 |"));
    CHECK(holds(&html, "<td class=name>svm<td>0.3500<td>+0.2000<td>0.0000"));
    for (int i = 0; i < 6; i++) /* as without fit.opponents */
        c->run[i].n_opponents = 0;
    OK(rc_comparison_analyse(c));
    rc_string_free(&markdown);
    OK(rc_comparison_markdown(c, &markdown));
    CHECK(a->n == 0 && holds(&markdown, "| no data set to answer it on |"));
    for (int i = 0; i < 6; i++)
        c->run[i].n_opponents = 3;
    c->higher_is_better[2] = true; /* there the best has the largest score */
    OK(rc_comparison_analyse(c));
    CHECK(strcmp(a->on[2].other, "ridge") == 0 && a->level == 1 && a->wins == 0);
    NEAR(a->on[2].difference, 0.8, 1e-12);
    rc_string_free(&markdown);
    rc_string_free(&html);
    rc_comparison_destroy(&c);
}

TEST(one_data_set_is_ranked_but_not_tested)
{
    const double test[] = {0.2, 0.1};
    rc_comparison *c = make(1, 2, 1, test);
    rc_string svg = {0}, html = {0};
    OK(rc_comparison_analyse(c));
    CHECK(!c->tested && c->average_rank[0] == 2 && c->n_pairs == 0);
    OK(rc_comparison_diagram(c, &svg));
    CHECK(!svg.data);
    OK(rc_comparison_html(c, &html));
    CHECK(holds(&html, "need two methods"));
    rc_string_free(&html);
    rc_comparison_destroy(&c);
}

int main(void)
{
    RUN(ranks_leave_out_what_is_not_complete);
    RUN(higher_can_be_better);
    RUN(the_same_errors_are_a_tie);
    RUN(pairs_do_not_depend_on_units);
    RUN(names_break_no_table);
    RUN(predictors_are_judged_within_a_target);
    RUN(the_tables_tell_it);
    RUN(questions_wait_for_their_runs);
    RUN(a_question_is_answered_either_way);
    RUN(level_is_within_a_standard_error);
    RUN(one_data_set_is_ranked_but_not_tested);
    return RESULT();
}
