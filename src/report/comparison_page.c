/* A comparison as one HTML page that needs nothing else. */
#include <math.h>
#include <stdio.h>

#include "recraft/version.h"
#include "report/comparison_parts.h"
#include "report/report_parts.h"

static rc_status tagged(rc_string *out, const char *open, const char *text, const char *close)
{
    RC_TRY(rc_string_printf(out, "%s", open));
    RC_TRY(rc__html_text(out, text));
    return rc_string_printf(out, "%s", close);
}

static rc_status headline(rc_string *out, const rc_comparison *c)
{
    rc__tally t = rc__count_runs(c);
    RC_TRY(tagged(out, "<h1>", c->title, "</h1>"));
    RC_TRY(rc_string_printf(out, "<p>recraft %s</p><div class=cards>", rc_version()));
    const struct {
        const char *name;
        int64_t value;
    } card[] = {{"data sets", c->n_data}, {"methods", c->n_methods}, {"seeds", c->n_seeds},
                {"runs", t.all},          {"finished", t.done},      {"failed", t.failed}};
    for (size_t i = 0; i < sizeof card / sizeof *card; i++)
        RC_TRY(rc_string_printf(out, "<div><span>%s</span><b>%lld</b></div>", card[i].name,
                                (long long)card[i].value));
    return rc_string_printf(out, "</div>\n");
}

static rc_status method_row(rc_string *out, const rc_comparison *c, const char *first)
{
    RC_TRY(rc_string_printf(out, "<table class=\"counts wide\"><tr><th class=name>%s</th>", first));
    for (int64_t m = 0; m < c->n_methods; m++)
        RC_TRY(tagged(out, "<th>", c->method[m], "</th>"));
    return rc_string_printf(out, "</tr>\n");
}

static rc_status means(rc_string *out, const rc_comparison *c)
{
    char cell[RC__CELL];
    RC_TRY(rc_string_printf(out, "<h2>Test metric, mean ± standard deviation over the seeds</h2>\n"));
    RC_TRY(method_row(out, c, "data set"));
    for (int64_t d = 0; d < c->n_data; d++) {
        RC_TRY(tagged(out, "<tr><th class=name>", c->data[d], "<br><small>"));
        RC_TRY(tagged(out, "", c->source[d], ", "));
        RC_TRY(tagged(out, "", c->metric[d] ? c->metric[d] : "-",
                      c->higher_is_better[d] ? ", higher is better</small></th>" : "</small></th>"));
        for (int64_t m = 0; m < c->n_methods; m++) {
            int64_t n = c->test[d * c->n_methods + m].n;
            rc__cell_text(cell, c, d, m);
            RC_TRY(rc_string_printf(out, rc__cell_is_best(c, d, m) ? "<td><b>%s</b>" : "<td>%s", cell));
            if (n > 0 && n < c->n_seeds)
                RC_TRY(rc_string_printf(out, "<br><small>%lld of %lld seeds</small>", (long long)n,
                                        (long long)c->n_seeds));
            RC_TRY(rc_string_printf(out, "</td>"));
        }
        RC_TRY(rc_string_printf(out, "</tr>\n"));
    }
    RC_TRY(rc_string_printf(out, "<tr><th class=name>average rank<br><small>%lld data sets</small></th>",
                            (long long)c->n_counted));
    for (int64_t m = 0; m < c->n_methods; m++)
        RC_TRY(isnan(c->average_rank[m]) ? rc_string_printf(out, "<td>-</td>")
                                         : rc_string_printf(out, "<td>%.2f</td>", c->average_rank[m]));
    return rc_string_printf(out, "</tr></table>\n");
}

static rc_status tests(rc_string *out, const rc_comparison *c)
{
    RC_TRY(rc_string_printf(out, "<h2>Do the methods differ?</h2><p>"));
    RC_TRY(rc__verdict_text(c, out));
    RC_TRY(rc_string_printf(out, "</p>\n"));
    if (!c->tested) return RC_OK;
    RC_TRY(rc_string_printf(
        out, "<figure class=diagram><figcaption>Average ranks; a bar joins methods that Nemenyi's "
             "test cannot tell apart</figcaption>"));
    RC_TRY(rc_comparison_diagram(c, out));
    RC_TRY(rc_string_printf(
        out, "</figure>\n<details open><summary>Pairs</summary><table class=counts><tr><th "
             "class=name>pair<th>wins<th>ties<th>losses<th>Wilcoxon p<th>after Holm<th>Nemenyi p"
             "</tr>\n"));
    for (int64_t i = 0; i < c->n_pairs; i++) {
        const rc_comparison_pair *p = &c->pair[i];
        RC_TRY(tagged(out, "<tr><th class=name>", c->method[p->a], ", "));
        RC_TRY(tagged(out, "", c->method[p->b], "</th>"));
        RC_TRY(rc_string_printf(out, "<td>%lld<td>%lld<td>%lld<td>%.3g<td>%.3g<td>%.3g</tr>\n",
                                (long long)p->wins, (long long)p->ties, (long long)p->losses, p->wilcoxon.p,
                                p->holm, p->nemenyi));
    }
    return rc_string_printf(out, "</table></details>\n");
}

/* A number in a cell, or "-". */
static rc_status number(rc_string *out, const char *format, double value)
{
    if (!isfinite(value)) return rc_string_printf(out, "<td>-");
    return rc_string_printf(out, format, value);
}

static rc_status question(rc_string *out, const rc_comparison *c, const rc_comparison_answer *a)
{
    char words[RC__CELL];
    rc_string text = {0};
    rc_status status = rc__question_text(c, a, &text);
    if (status == RC_OK) status = tagged(out, "<tr><th class=name>", text.data, "</th>");
    rc_string_free(&text);
    RC_TRY(status);
    RC_TRY(rc_string_printf(out, "<td>%lld<td>%lld<td>%lld<td>%lld", (long long)a->n, (long long)a->wins,
                            (long long)a->ties, (long long)a->losses));
    RC_TRY(number(out, "<td>%.3g", rc__asks_level(a) ? NAN : a->wilcoxon.p));
    RC_TRY(number(out, "<td>%.3g", a->holm));
    rc__answer_text(a, words);
    return rc_string_printf(out, "<td class=name>%s</tr>\n", words);
}

/* Where level is asked, what it rests on. */
static rc_status beside_opponents(rc_string *out, const rc_comparison *c, const rc_comparison_answer *a)
{
    RC_TRY(tagged(out, "<table class=counts><tr><th class=name>data set<th>seeds<th>",
                  c->method[a->asked.method],
                  "<th class=name>best opponent<th>its score<th>difference, below 0 better<th>standard "
                  "error</tr>\n"));
    for (int64_t d = 0; d < c->n_data; d++) {
        const rc_comparison_paired *p = &a->on[d];
        if (!p->other) continue;
        RC_TRY(tagged(out, "<tr><th class=name>", c->data[d], "</th>"));
        RC_TRY(rc_string_printf(out, "<td>%lld<td>%.4f", (long long)p->seeds, p->mean));
        RC_TRY(tagged(out, "<td class=name>", p->other, ""));
        RC_TRY(rc_string_printf(out, "<td>%.4f<td>%+.4f", p->of_other, p->difference));
        RC_TRY(number(out, "<td>%.4f", p->error));
        RC_TRY(rc_string_printf(out, "</tr>\n"));
    }
    return rc_string_printf(out, "</table>\n");
}

static rc_status questions(rc_string *out, const rc_comparison *c)
{
    RC_TRY(tagged(out, "<h2>What was asked</h2><p>", rc__questions_words, "</p>\n"));
    RC_TRY(rc_string_printf(out, "<table class=counts><tr><th class=name>is<th>data sets<th>better<th>equal"
                                 "<th>worse<th>Wilcoxon p<th>after Holm<th class=name>answer</tr>\n"));
    for (int64_t i = 0; i < c->n_answers; i++)
        RC_TRY(question(out, c, &c->answer[i]));
    RC_TRY(rc_string_printf(out, "</table>\n"));
    for (int64_t i = 0; i < c->n_answers; i++)
        if (rc__asks_level(&c->answer[i])) RC_TRY(beside_opponents(out, c, &c->answer[i]));
    return RC_OK;
}

static rc_status predictions(rc_string *out, const rc_comparison *c)
{
    char cell[RC__CELL];
    RC_TRY(
        tagged(out, "<h2>Can the source be chosen before training?</h2><p>", rc__agreement_words, "</p>\n"));
    RC_TRY(method_row(out, c, "measured before training"));
    for (int64_t k = 0; k < c->n_predictors; k++) {
        RC_TRY(tagged(out, "<tr><th class=name>", c->predictor[k], "</th>"));
        for (int64_t m = 0; m < c->n_methods; m++) {
            rc__agreement_text(cell, c, k, m);
            RC_TRY(rc_string_printf(out, "<td>%s</td>", cell));
        }
        RC_TRY(rc_string_printf(out, "</tr>\n"));
    }
    return rc_string_printf(out, "</table>\n");
}

/* ---- bars ---- */

enum { WIDTH = 420, NAME = 110, VALUE = 64, ROW = 22 };

static double largest_of(const rc_comparison *c, int64_t d)
{
    double largest = 0;
    for (int64_t i = d * c->n_methods * c->n_seeds; i < (d + 1) * c->n_methods * c->n_seeds; i++)
        if (c->run[i].state == RC_COMPARED_DONE && isfinite(c->run[i].test))
            largest = fmax(largest, fabs(c->run[i].test));
    return largest;
}

static rc_status bar(rc_string *out, const rc_comparison *c, int64_t d, int64_t m, double scale)
{
    int64_t cell = d * c->n_methods + m;
    const rc_summary *s = &c->test[cell];
    double y = (double)(m * ROW);
    RC_TRY(rc_string_printf(out, "<text x=%d y=%.0f text-anchor=end>", NAME - 6, y + 15));
    RC_TRY(tagged(out, "", c->method[m], "</text>"));
    if (s->n == 0) return rc_string_printf(out, "<text x=%d y=%.0f>-</text>", NAME + 4, y + 15);
    RC_TRY(rc_string_printf(out, "<rect x=%d y=%.0f width=%.1f height=%d class=\"%s\" />", NAME, y + 4,
                            fabs(s->mean) * scale, ROW - 8, rc__cell_is_best(c, d, m) ? "bar best" : "bar"));
    for (int64_t i = 0; i < c->n_seeds; i++) {
        const rc_comparison_run *r = &c->run[cell * c->n_seeds + i];
        if (r->state == RC_COMPARED_DONE && isfinite(r->test))
            RC_TRY(rc_string_printf(out, "<circle cx=%.1f cy=%.0f r=2.5 class=seed />",
                                    NAME + fabs(r->test) * scale, y + ROW / 2.0));
    }
    return rc_string_printf(out, "<text x=%d y=%.0f text-anchor=end>%.4f</text>", WIDTH, y + 15, s->mean);
}

static rc_status bars(rc_string *out, const rc_comparison *c)
{
    RC_TRY(rc_string_printf(out, "<h2>Each data set</h2><p>Mean over the seeds; a dot is a seed.</p><div "
                                 "class=charts>\n"));
    for (int64_t d = 0; d < c->n_data; d++) {
        double largest = largest_of(c, d), scale = largest > 0 ? (WIDTH - NAME - VALUE) / largest : 0;
        RC_TRY(tagged(out, "<figure><figcaption>", c->data[d], " <small>"));
        RC_TRY(tagged(out, "", c->metric[d] ? c->metric[d] : "", "</small></figcaption>"));
        RC_TRY(rc_string_printf(out, "<svg viewBox=\"0 0 %d %lld\" role=img>", WIDTH,
                                (long long)(c->n_methods * ROW)));
        for (int64_t m = 0; m < c->n_methods; m++)
            RC_TRY(bar(out, c, d, m, scale));
        RC_TRY(rc_string_printf(out, "</svg></figure>\n"));
    }
    return rc_string_printf(out, "</div>\n");
}

/* ---- the rest ---- */

static rc_status costs(rc_string *out, const rc_comparison *c)
{
    RC_TRY(rc_string_printf(
        out, "<h2>Time and memory</h2><table class=counts><tr><th class=name>method<th>finished "
             "runs<th>mean seconds<th>largest peak, MB</tr>\n"));
    for (int64_t m = 0; m < c->n_methods; m++) {
        rc__cost cost = rc__cost_of(c, m);
        RC_TRY(tagged(out, "<tr><th class=name>", c->method[m], "</th>"));
        RC_TRY(cost.runs ? rc_string_printf(out, "<td>%lld<td>%.1f<td>%.0f</tr>\n", (long long)cost.runs,
                                            cost.seconds, cost.peak_mb)
                         : rc_string_printf(out, "<td>0<td>-<td>-</tr>\n"));
    }
    return rc_string_printf(out, "</table>\n");
}

static rc_status choice_cell(rc_string *out, const rc_comparison *c, int64_t cell)
{
    int64_t k = c->choice[cell];
    if (k < 0) return rc_string_printf(out, "<td>-</td>");
    RC_TRY(rc_string_printf(out, "<td title=\""));
    for (int64_t i = 0; i < c->n_candidates; i++) {
        RC_TRY(tagged(out, i ? ", " : "", c->candidate[i], ""));
        RC_TRY(rc_string_printf(out, " %.4g", c->choice_valid[cell * c->n_candidates + i]));
    }
    return tagged(out, "\">", c->candidate[k], "</td>");
}

static rc_status choices(rc_string *out, const rc_comparison *c)
{
    RC_TRY(
        rc_string_printf(out,
                         "<h2>Tuning</h2><p>Every method tried the same number of candidates (%lld) on each "
                         "data set, with seed 0. The one with the best validation metric went on.</p>\n",
                         (long long)c->n_candidates));
    RC_TRY(method_row(out, c, "data set"));
    for (int64_t d = 0; d < c->n_data; d++) {
        RC_TRY(tagged(out, "<tr><th class=name>", c->data[d], "</th>"));
        for (int64_t m = 0; m < c->n_methods; m++)
            RC_TRY(choice_cell(out, c, d * c->n_methods + m));
        RC_TRY(rc_string_printf(out, "</tr>\n"));
    }
    RC_TRY(rc_string_printf(out, "</table><details><summary>The candidates</summary><pre>"));
    for (int64_t i = 0; i < c->n_methods * c->n_candidates; i++) {
        RC_TRY(tagged(out, "", c->method[i / c->n_candidates], ", "));
        RC_TRY(tagged(out, "", c->candidate[i % c->n_candidates], ": "));
        RC_TRY(tagged(out, "", c->choice_settings[i], "\n"));
    }
    return rc_string_printf(out, "</pre></details>\n");
}

static rc_status failures(rc_string *out, const rc_comparison *c)
{
    RC_TRY(rc_string_printf(out, "<h2>Runs that failed</h2><table class=counts>\n"));
    for (int64_t i = 0; i < c->n_data * c->n_methods * c->n_seeds; i++) {
        const rc_comparison_run *r = &c->run[i];
        if (r->state != RC_COMPARED_FAILED) continue;
        RC_TRY(tagged(out, "<tr><th class=name>", r->folder, "</th>"));
        RC_TRY(tagged(out, "<td class=name>", r->line, "</td></tr>\n"));
    }
    return rc_string_printf(out, "</table>\n");
}

rc_status rc_comparison_html(const rc_comparison *c, rc_string *out)
{
    RC_TRY(rc__page_open(out, c->title));
    RC_TRY(headline(out, c));
    RC_TRY(means(out, c));
    RC_TRY(tests(out, c));
    if (c->n_answers) RC_TRY(questions(out, c));
    if (c->n_predictors) RC_TRY(predictions(out, c));
    RC_TRY(bars(out, c));
    RC_TRY(costs(out, c));
    if (c->n_candidates) RC_TRY(choices(out, c));
    if (rc__count_runs(c).failed) RC_TRY(failures(out, c));
    if (c->experiment)
        RC_TRY(tagged(out, "<h2>The experiment</h2><details><summary>its file</summary><pre>", c->experiment,
                      "</pre></details>"));
    return rc_string_printf(out, "</body></html>\n");
}
