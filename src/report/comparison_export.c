/* A comparison as CSV and as JSON, for other programs. */
#include <math.h>
#include <string.h>

#include "formats/csv.h"
#include "formats/json.h"
#include "recraft/version.h"
#include "report/comparison_parts.h"

/* ---- CSV ---- */

static rc_status csv_number(rc_string *out, double v)
{
    char text[RC_NUMBER_TEXT];
    return rc_string_printf(out, ",%s", isfinite(v) ? rc_text_number(v, text) : "");
}

rc_status rc_comparison_csv(const rc_comparison *c, rc_string *out)
{
    static const char *const state[] = {"not yet", "done", "failed"};
    RC_TRY(rc_string_printf(
        out, "data,source,method,seed,state,metric,valid,test,seconds,peak_rss_mb,settings,run,"
             "failure\n"));
    for (int64_t i = 0; i < c->n_data * c->n_methods * c->n_seeds; i++) {
        const rc_comparison_run *r = &c->run[i];
        int64_t cell = i / c->n_seeds, d = cell / c->n_methods, m = cell % c->n_methods, k = c->choice[cell];
        RC_TRY(rc_csv_put(out, c->data[d]));
        RC_TRY(rc_string_add(out, ",", 1));
        RC_TRY(rc_csv_put(out, c->source[d]));
        RC_TRY(rc_string_printf(out, ",%s,%lld,%s,%s", c->method[m], (long long)(i % c->n_seeds),
                                state[r->state], c->metric[d] ? c->metric[d] : ""));
        RC_TRY(csv_number(out, r->valid));
        RC_TRY(csv_number(out, r->test));
        RC_TRY(csv_number(out, r->seconds));
        RC_TRY(csv_number(out, r->peak_mb));
        RC_TRY(rc_string_add(out, ",", 1));
        RC_TRY(rc_csv_put(out, k < 0 ? "" : c->candidate[k]));
        RC_TRY(rc_string_add(out, ",", 1));
        RC_TRY(rc_csv_put(out, r->folder));
        RC_TRY(rc_string_add(out, ",", 1));
        RC_TRY(rc_csv_put(out, r->line ? r->line : ""));
        RC_TRY(rc_string_add(out, "\n", 1));
    }
    return RC_OK;
}

/* ---- JSON ---- */

static void json_run(const rc_comparison *c, int64_t i, rc_json *list)
{
    static const char *const state[] = {"not_yet", "done", "failed"};
    const rc_comparison_run *r = &c->run[i];
    int64_t cell = i / c->n_seeds, d = cell / c->n_methods, k = c->choice[cell];
    rc_json *j = rc_json_append(list, rc_json_object());
    rc_json_set_string(j, "data", c->data[d]);
    rc_json_set_string(j, "method", c->method[cell % c->n_methods]);
    rc_json_set_integer(j, "seed", i % c->n_seeds);
    rc_json_set_string(j, "state", state[r->state]);
    rc_json_set_string(j, "run", r->folder);
    if (k >= 0) rc_json_set_string(j, "candidate", c->candidate[k]);
    if (r->state == RC_COMPARED_FAILED) rc_json_set_string(j, "failure", r->line);
    if (r->state != RC_COMPARED_DONE) return;
    rc_json_set_number(j, "valid", r->valid);
    rc_json_set_number(j, "test", r->test);
    rc_json_set_number(j, "seconds", r->seconds);
    rc_json_set_number(j, "peak_rss_mb", r->peak_mb);
}

static void json_cell(const rc_comparison *c, int64_t i, rc_json *list)
{
    int64_t d = i / c->n_methods;
    rc_json *j = rc_json_append(list, rc_json_object());
    rc_json_set_string(j, "data", c->data[d]);
    rc_json_set_string(j, "source", c->source[d]);
    if (c->metric[d]) rc_json_set_string(j, "metric", c->metric[d]);
    rc_json_set_string(j, "method", c->method[i % c->n_methods]);
    rc_json_set_integer(j, "n", c->test[i].n);
    rc_json_set_number(j, "mean", c->test[i].mean);
    rc_json_set_number(j, "sd", c->test[i].sd);
    rc_json_set_number(j, "seconds", c->seconds[i].mean);
    rc_json_set_number(j, "peak_rss_mb", c->peak_mb[i]);
}

static void json_method(const rc_comparison *c, int64_t m, rc_json *list)
{
    rc__cost cost = rc__cost_of(c, m);
    rc_json *j = rc_json_append(list, rc_json_object());
    rc_json_set_string(j, "method", c->method[m]);
    rc_json_set_number(j, "average_rank", c->average_rank[m]);
    rc_json_set_integer(j, "runs", cost.runs);
    rc_json_set_number(j, "seconds", cost.seconds);
    rc_json_set_number(j, "peak_rss_mb", cost.peak_mb);
}

static void json_pair(const rc_comparison *c, int64_t i, rc_json *list)
{
    const rc_comparison_pair *p = &c->pair[i];
    rc_json *j = rc_json_append(list, rc_json_object());
    rc_json_set_string(j, "a", c->method[p->a]);
    rc_json_set_string(j, "b", c->method[p->b]);
    rc_json_set_integer(j, "wins", p->wins);
    rc_json_set_integer(j, "ties", p->ties);
    rc_json_set_integer(j, "losses", p->losses);
    rc_json_set_number(j, "wilcoxon_p", p->wilcoxon.p);
    rc_json_set_number(j, "holm_p", p->holm);
    rc_json_set_number(j, "nemenyi_p", p->nemenyi);
}

/* Of one data set. */
static void json_paired(const rc_comparison *c, const rc_comparison_answer *a, int64_t d, rc_json *list)
{
    const rc_comparison_paired *p = &a->on[d];
    rc_json *j = rc_json_append(list, rc_json_object());
    rc_json_set_string(j, "data", c->data[d]);
    rc_json_set_string(j, "other", p->other);
    rc_json_set_integer(j, "seeds", p->seeds);
    rc_json_set_number(j, "mean", p->mean);
    rc_json_set_number(j, "of_other", p->of_other);
    rc_json_set_number(j, "difference", p->difference);
    rc_json_set_number(j, "standard_error", p->error);
}

static void json_counts(const rc_comparison_answer *a, rc_json *j)
{
    char words[RC__CELL];
    rc__answer_text(a, words);
    rc_json_set_string(j, "answer", words);
    rc_json_set_boolean(j, "complete", a->complete);
    rc_json_set_integer(j, "data_sets", a->n);
    rc_json_set_integer(j, "wins", a->wins);
    rc_json_set_integer(j, "ties", a->ties);
    rc_json_set_integer(j, "losses", a->losses);
    if (rc__asks_level(a)) {
        rc_json_set_integer(j, "level", a->level);
        return;
    }
    rc_json_set_number(j, "wilcoxon_p", a->wilcoxon.p);
    rc_json_set_number(j, "holm_p", a->holm);
}

static void json_answer(const rc_comparison *c, int64_t i, rc_json *list)
{
    const rc_comparison_answer *a = &c->answer[i];
    rc_json *j = rc_json_append(list, rc_json_object());
    rc_json_set_string(j, "method", c->method[a->asked.method]);
    rc_json_set_string(j, rc__asks_level(a) ? "level_with" : "ahead_of",
                       rc__asks_level(a) ? "opponents" : c->method[a->asked.other]);
    json_counts(a, j);
    rc_json *on = rc_json_set(j, "on", rc_json_array());
    for (int64_t d = 0; d < c->n_data; d++)
        if (a->on[d].other) json_paired(c, a, d, on);
}

/* What was measured of a data set before training. */
static void json_prediction(const rc_comparison *c, int64_t d, rc_json *list)
{
    rc_json *j = rc_json_append(list, rc_json_object());
    rc_json_set_string(j, "data", c->data[d]);
    rc_json_set_string(j, "source", c->source[d]);
    for (int64_t k = 0; k < c->n_predictors; k++)
        rc_json_set_number(j, c->predictor[k], c->prediction[d * RC_COMPARISON_PREDICTORS + k]);
}

static void json_agreement(const rc_comparison *c, int64_t i, rc_json *list)
{
    const rc_agreement *a = &c->agreement[i];
    rc_json *j = rc_json_append(list, rc_json_object());
    rc_json_set_string(j, "predictor", c->predictor[i / c->n_methods]);
    rc_json_set_string(j, "method", c->method[i % c->n_methods]);
    rc_json_set_integer(j, "targets", a->groups);
    rc_json_set_number(j, "spearman", a->mean);
    rc_json_set_number(j, "low", a->low);
    rc_json_set_number(j, "high", a->high);
    rc_json_set_number(j, "p", a->p);
}

static void json_list(const rc_comparison *c, rc_json *to, const char *key, int64_t n,
                      void (*add)(const rc_comparison *c, int64_t i, rc_json *list))
{
    rc_json *list = rc_json_set(to, key, rc_json_array());
    for (int64_t i = 0; i < n; i++)
        add(c, i, list);
}

static void json_friedman(const rc_comparison *c, rc_json *to)
{
    rc_json *j = rc_json_set(to, "friedman", rc_json_object());
    rc_json_set_integer(j, "data_sets", c->friedman.n);
    rc_json_set_number(j, "chi_square", c->friedman.chi_square);
    rc_json_set_number(j, "p", c->friedman.p);
    rc_json_set_number(j, "f", c->friedman.f);
    rc_json_set_number(j, "f_p", c->friedman.f_p);
    rc_json_set_number(j, "nemenyi_critical_difference", c->critical_difference);
}

static void json_fill(const rc_comparison *c, rc_json *j)
{
    rc__tally t = rc__count_runs(c);
    rc_json_set_string(j, "title", c->title);
    rc_json_set_string(j, "version", rc_version());
    rc_json_set_integer(j, "runs", t.all);
    rc_json_set_integer(j, "done", t.done);
    rc_json_set_integer(j, "failed", t.failed);
    json_list(c, j, "methods", c->n_methods, json_method);
    if (c->tested) json_friedman(c, j);
    json_list(c, j, "pairs", c->n_pairs, json_pair);
    if (c->n_answers) json_list(c, j, "questions", c->n_answers, json_answer);
    if (c->n_predictors) {
        json_list(c, j, "measured", c->n_data, json_prediction);
        json_list(c, j, "agreement", c->n_predictors * c->n_methods, json_agreement);
    }
    json_list(c, j, "cells", c->n_data * c->n_methods, json_cell);
    json_list(c, j, "each", t.all, json_run);
}

rc_status rc_comparison_json(const rc_comparison *c, char **out)
{
    rc_json *j = rc_json_object();
    json_fill(c, j);
    rc_status status = rc_json_text(j, true, out);
    rc_json_free(&j);
    return status;
}
