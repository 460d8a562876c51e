/* A comparison as CSV and as JSON, for other programs. */
#include <math.h>
#include <string.h>

#include "formats/csv.h"
#include "formats/json.h"
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

static rc_status json_run(const rc_comparison *c, int64_t i, rc_json *list)
{
    static const char *const state[] = {"not_yet", "done", "failed"};
    const rc_comparison_run *r = &c->run[i];
    int64_t cell = i / c->n_seeds, d = cell / c->n_methods, k = c->choice[cell];
    rc_json *j;
    RC_TRY(rc_json_object(&j));
    rc_status status = rc_json_append(list, j);
    if (status == RC_OK) status = rc_json_set_string(j, "data", c->data[d]);
    if (status == RC_OK) status = rc_json_set_string(j, "method", c->method[cell % c->n_methods]);
    if (status == RC_OK) status = rc_json_set_integer(j, "seed", i % c->n_seeds);
    if (status == RC_OK) status = rc_json_set_string(j, "state", state[r->state]);
    if (status == RC_OK) status = rc_json_set_string(j, "run", r->folder);
    if (status == RC_OK && k >= 0) status = rc_json_set_string(j, "candidate", c->candidate[k]);
    if (status == RC_OK && r->state == RC_COMPARED_FAILED) return rc_json_set_string(j, "failure", r->line);
    if (status != RC_OK || r->state != RC_COMPARED_DONE) return status;
    RC_TRY(rc_json_set_number(j, "valid", r->valid));
    RC_TRY(rc_json_set_number(j, "test", r->test));
    RC_TRY(rc_json_set_number(j, "seconds", r->seconds));
    return rc_json_set_number(j, "peak_rss_mb", r->peak_mb);
}

static rc_status json_cell(const rc_comparison *c, int64_t i, rc_json *list)
{
    int64_t d = i / c->n_methods;
    rc_json *j;
    RC_TRY(rc_json_object(&j));
    RC_TRY(rc_json_append(list, j));
    RC_TRY(rc_json_set_string(j, "data", c->data[d]));
    RC_TRY(rc_json_set_string(j, "source", c->source[d]));
    if (c->metric[d]) RC_TRY(rc_json_set_string(j, "metric", c->metric[d]));
    RC_TRY(rc_json_set_string(j, "method", c->method[i % c->n_methods]));
    RC_TRY(rc_json_set_integer(j, "n", c->test[i].n));
    RC_TRY(rc_json_set_number(j, "mean", c->test[i].mean));
    RC_TRY(rc_json_set_number(j, "sd", c->test[i].sd));
    RC_TRY(rc_json_set_number(j, "seconds", c->seconds[i].mean));
    return rc_json_set_number(j, "peak_rss_mb", c->peak_mb[i]);
}

static rc_status json_method(const rc_comparison *c, int64_t m, rc_json *list)
{
    rc_json *j;
    rc__cost cost = rc__cost_of(c, m);
    RC_TRY(rc_json_object(&j));
    RC_TRY(rc_json_append(list, j));
    RC_TRY(rc_json_set_string(j, "method", c->method[m]));
    RC_TRY(rc_json_set_number(j, "average_rank", c->average_rank[m]));
    RC_TRY(rc_json_set_integer(j, "runs", cost.runs));
    RC_TRY(rc_json_set_number(j, "seconds", cost.seconds));
    return rc_json_set_number(j, "peak_rss_mb", cost.peak_mb);
}

static rc_status json_pair(const rc_comparison *c, int64_t i, rc_json *list)
{
    const rc_comparison_pair *p = &c->pair[i];
    rc_json *j;
    RC_TRY(rc_json_object(&j));
    RC_TRY(rc_json_append(list, j));
    RC_TRY(rc_json_set_string(j, "a", c->method[p->a]));
    RC_TRY(rc_json_set_string(j, "b", c->method[p->b]));
    RC_TRY(rc_json_set_integer(j, "wins", p->wins));
    RC_TRY(rc_json_set_integer(j, "ties", p->ties));
    RC_TRY(rc_json_set_integer(j, "losses", p->losses));
    RC_TRY(rc_json_set_number(j, "wilcoxon_p", p->wilcoxon.p));
    RC_TRY(rc_json_set_number(j, "holm_p", p->holm));
    return rc_json_set_number(j, "nemenyi_p", p->nemenyi);
}

/* Of one data set. */
static rc_status json_paired(const rc_comparison *c, const rc_comparison_answer *a, int64_t d, rc_json *list)
{
    const rc_comparison_paired *p = &a->on[d];
    rc_json *j;
    RC_TRY(rc_json_object(&j));
    RC_TRY(rc_json_append(list, j));
    RC_TRY(rc_json_set_string(j, "data", c->data[d]));
    RC_TRY(rc_json_set_string(j, "other", p->other));
    RC_TRY(rc_json_set_integer(j, "seeds", p->seeds));
    RC_TRY(rc_json_set_number(j, "mean", p->mean));
    RC_TRY(rc_json_set_number(j, "of_other", p->of_other));
    RC_TRY(rc_json_set_number(j, "difference", p->difference));
    return rc_json_set_number(j, "standard_error", p->error);
}

static rc_status json_counts(const rc_comparison_answer *a, rc_json *j)
{
    char words[RC__CELL];
    rc__answer_text(a, words);
    RC_TRY(rc_json_set_string(j, "answer", words));
    RC_TRY(rc_json_set_boolean(j, "complete", a->complete));
    RC_TRY(rc_json_set_integer(j, "data_sets", a->n));
    RC_TRY(rc_json_set_integer(j, "wins", a->wins));
    RC_TRY(rc_json_set_integer(j, "ties", a->ties));
    RC_TRY(rc_json_set_integer(j, "losses", a->losses));
    if (rc__asks_level(a)) return rc_json_set_integer(j, "level", a->level);
    RC_TRY(rc_json_set_number(j, "wilcoxon_p", a->wilcoxon.p));
    return rc_json_set_number(j, "holm_p", a->holm);
}

static rc_status json_answer(const rc_comparison *c, int64_t i, rc_json *list)
{
    const rc_comparison_answer *a = &c->answer[i];
    rc_json *j, *on;
    RC_TRY(rc_json_object(&j));
    RC_TRY(rc_json_append(list, j));
    RC_TRY(rc_json_set_string(j, "method", c->method[a->asked.method]));
    RC_TRY(rc_json_set_string(j, rc__asks_level(a) ? "level_with" : "ahead_of",
                              rc__asks_level(a) ? "opponents" : c->method[a->asked.other]));
    RC_TRY(json_counts(a, j));
    RC_TRY(rc_json_array(&on));
    RC_TRY(rc_json_set(j, "on", on));
    for (int64_t d = 0; d < c->n_data; d++)
        if (a->on[d].other) RC_TRY(json_paired(c, a, d, on));
    return RC_OK;
}

/* What was measured of a data set before training. */
static rc_status json_prediction(const rc_comparison *c, int64_t d, rc_json *list)
{
    rc_json *j;
    RC_TRY(rc_json_object(&j));
    RC_TRY(rc_json_append(list, j));
    RC_TRY(rc_json_set_string(j, "data", c->data[d]));
    RC_TRY(rc_json_set_string(j, "source", c->source[d]));
    for (int64_t k = 0; k < c->n_predictors; k++)
        RC_TRY(rc_json_set_number(j, c->predictor[k], c->prediction[d * RC_COMPARISON_PREDICTORS + k]));
    return RC_OK;
}

static rc_status json_agreement(const rc_comparison *c, int64_t i, rc_json *list)
{
    const rc_agreement *a = &c->agreement[i];
    rc_json *j;
    RC_TRY(rc_json_object(&j));
    RC_TRY(rc_json_append(list, j));
    RC_TRY(rc_json_set_string(j, "predictor", c->predictor[i / c->n_methods]));
    RC_TRY(rc_json_set_string(j, "method", c->method[i % c->n_methods]));
    RC_TRY(rc_json_set_integer(j, "targets", a->groups));
    RC_TRY(rc_json_set_number(j, "spearman", a->mean));
    RC_TRY(rc_json_set_number(j, "low", a->low));
    RC_TRY(rc_json_set_number(j, "high", a->high));
    return rc_json_set_number(j, "p", a->p);
}

static rc_status json_list(const rc_comparison *c, rc_json *to, const char *key, int64_t n,
                           rc_status (*add)(const rc_comparison *c, int64_t i, rc_json *list))
{
    rc_json *list;
    RC_TRY(rc_json_array(&list));
    RC_TRY(rc_json_set(to, key, list));
    for (int64_t i = 0; i < n; i++)
        RC_TRY(add(c, i, list));
    return RC_OK;
}

static rc_status json_friedman(const rc_comparison *c, rc_json *to)
{
    rc_json *j;
    RC_TRY(rc_json_object(&j));
    RC_TRY(rc_json_set(to, "friedman", j));
    RC_TRY(rc_json_set_integer(j, "data_sets", c->friedman.n));
    RC_TRY(rc_json_set_number(j, "chi_square", c->friedman.chi_square));
    RC_TRY(rc_json_set_number(j, "p", c->friedman.p));
    RC_TRY(rc_json_set_number(j, "f", c->friedman.f));
    RC_TRY(rc_json_set_number(j, "f_p", c->friedman.f_p));
    return rc_json_set_number(j, "nemenyi_critical_difference", c->critical_difference);
}

static rc_status json_fill(const rc_comparison *c, rc_json *j)
{
    rc__tally t = rc__count_runs(c);
    RC_TRY(rc_json_set_string(j, "title", c->title));
    RC_TRY(rc_json_set_string(j, "version", rc_version()));
    RC_TRY(rc_json_set_integer(j, "runs", t.all));
    RC_TRY(rc_json_set_integer(j, "done", t.done));
    RC_TRY(rc_json_set_integer(j, "failed", t.failed));
    RC_TRY(json_list(c, j, "methods", c->n_methods, json_method));
    if (c->tested) RC_TRY(json_friedman(c, j));
    RC_TRY(json_list(c, j, "pairs", c->n_pairs, json_pair));
    if (c->n_answers) RC_TRY(json_list(c, j, "questions", c->n_answers, json_answer));
    if (c->n_predictors) {
        RC_TRY(json_list(c, j, "measured", c->n_data, json_prediction));
        RC_TRY(json_list(c, j, "agreement", c->n_predictors * c->n_methods, json_agreement));
    }
    RC_TRY(json_list(c, j, "cells", c->n_data * c->n_methods, json_cell));
    return json_list(c, j, "each", t.all, json_run);
}

rc_status rc_comparison_json(const rc_comparison *c, char **out)
{
    rc_json *j;
    RC_TRY(rc_json_object(&j));
    rc_status status = json_fill(c, j);
    if (status == RC_OK) status = rc_json_text(j, true, out);
    rc_json_free(&j);
    return status;
}
