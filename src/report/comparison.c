/* What the runs of a comparison say: means, ranks, tests. */
#include "report/comparison_parts.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static const double LEVEL = 0.05;

static rc_status room(rc_comparison *c, int64_t count, size_t size, void *out)
{
    size_t bytes;
    RC_CHECK(rc_mul_size((size_t)count, size, &bytes), RC_MEMORY, "the comparison is too large");
    return rc_arena_alloc(c->arena, bytes + 1, out);
}
#define ROOM(field, count) room(c, count, sizeof *(field), (void *)&(field))

static rc_status make_room(rc_comparison *c)
{
    int64_t cells = c->n_data * c->n_methods, pairs = c->n_methods * (c->n_methods - 1) / 2;
    RC_TRY(ROOM(c->data, c->n_data));
    RC_TRY(ROOM(c->source, c->n_data));
    RC_TRY(ROOM(c->metric, c->n_data));
    RC_TRY(ROOM(c->higher_is_better, c->n_data));
    RC_TRY(ROOM(c->method, c->n_methods));
    RC_TRY(ROOM(c->candidate, c->n_candidates));
    RC_TRY(ROOM(c->run, cells * c->n_seeds));
    RC_TRY(ROOM(c->choice, cells));
    RC_TRY(ROOM(c->choice_valid, cells * c->n_candidates));
    RC_TRY(ROOM(c->choice_settings, c->n_methods * c->n_candidates));
    RC_TRY(ROOM(c->target, c->n_data));
    RC_TRY(ROOM(c->predictor, RC_COMPARISON_PREDICTORS));
    RC_TRY(ROOM(c->prediction, c->n_data * RC_COMPARISON_PREDICTORS));
    RC_TRY(ROOM(c->agreement, c->n_methods * RC_COMPARISON_PREDICTORS));
    RC_TRY(ROOM(c->test, cells));
    RC_TRY(ROOM(c->seconds, cells));
    RC_TRY(ROOM(c->peak_mb, cells));
    RC_TRY(ROOM(c->counted, c->n_data));
    RC_TRY(ROOM(c->average_rank, c->n_methods));
    RC_TRY(ROOM(c->pair, pairs));
    for (int64_t i = 0; i < cells * c->n_seeds; i++)
        c->run[i].valid = c->run[i].test = c->run[i].seconds = c->run[i].peak_mb = NAN;
    for (int64_t i = 0; i < cells; i++)
        c->choice[i] = -1;
    for (int64_t i = 0; i < cells * c->n_candidates; i++)
        c->choice_valid[i] = NAN;
    for (int64_t i = 0; i < c->n_data * RC_COMPARISON_PREDICTORS; i++)
        c->prediction[i] = NAN;
    return RC_OK;
}

rc_status rc_comparison_create(int64_t n_data, int64_t n_methods, int64_t n_seeds, int64_t n_candidates,
                               rc_comparison **out)
{
    rc_comparison *c;
    RC_TRY(RC_NEW(out, 1));
    c = *out;
    c->n_data = n_data;
    c->n_methods = n_methods;
    c->n_seeds = n_seeds;
    c->n_candidates = n_candidates;
    rc_status status = rc_arena_create(&c->arena);
    if (status == RC_OK) status = make_room(c);
    if (status != RC_OK) rc_comparison_destroy(out);
    return status;
}

void rc_comparison_destroy(rc_comparison **c)
{
    if (!*c) return;
    rc_arena_destroy(&(*c)->arena);
    rc_free(*c);
    *c = NULL;
}

rc_status rc_comparison_ask(rc_comparison *c, int64_t n)
{
    RC_TRY(ROOM(c->answer, n));
    for (int64_t i = 0; i < n; i++)
        RC_TRY(ROOM(c->answer[i].on, c->n_data));
    c->n_answers = n;
    return RC_OK;
}

rc_status rc_comparison_text(rc_comparison *c, const char *text, char **out)
{
    size_t size = strlen(text) + 1;
    RC_TRY(rc_arena_alloc(c->arena, size, (void **)out));
    memcpy(*out, text, size);
    return RC_OK;
}

/* ---- cells ---- */

static rc_status summarise_cells(rc_comparison *c)
{
    double *test, *seconds;
    RC_TRY(ROOM(test, c->n_seeds));
    RC_TRY(ROOM(seconds, c->n_seeds));
    for (int64_t i = 0; i < c->n_data * c->n_methods; i++) {
        const rc_comparison_run *run = c->run + i * c->n_seeds;
        c->peak_mb[i] = NAN;
        for (int64_t s = 0; s < c->n_seeds; s++) {
            bool done = run[s].state == RC_COMPARED_DONE;
            test[s] = done ? run[s].test : NAN;
            seconds[s] = done ? run[s].seconds : NAN;
            if (done) c->peak_mb[i] = fmax(c->peak_mb[i], run[s].peak_mb);
        }
        c->test[i] = rc_summarise(test, c->n_seeds);
        c->seconds[i] = rc_summarise(seconds, c->n_seeds);
    }
    return RC_OK;
}

static void choose_counted(rc_comparison *c)
{
    c->n_counted = 0;
    for (int64_t d = 0; d < c->n_data; d++) {
        bool whole = true;
        for (int64_t m = 0; m < c->n_methods; m++)
            whole = whole && c->test[d * c->n_methods + m].n > 0;
        if (whole) c->counted[c->n_counted++] = d;
    }
}

static double score_of(const rc_comparison *c, int64_t row, int64_t m)
{
    return rc_comparison_score(c, c->counted[row], m);
}

/* ---- tests ---- */

static rc_status rank_methods(rc_comparison *c)
{
    int64_t n = c->n_counted, k = c->n_methods;
    double *score;
    for (int64_t m = 0; m < k; m++)
        c->average_rank[m] = NAN;
    if (n == 0) return RC_OK;
    RC_TRY(ROOM(score, n * k));
    for (int64_t i = 0; i < n; i++)
        for (int64_t m = 0; m < k; m++)
            score[i * k + m] = score_of(c, i, m);
    c->tested = n >= 2 && k >= 2;
    if (c->tested) {
        c->critical_difference = rc_nemenyi_difference(LEVEL, n, k);
        return rc_friedman_test(score, n, k, c->average_rank, &c->friedman);
    }
    return n == 1 ? rc_rank(score, k, c->average_rank, NULL) : RC_OK;
}

static rc_status compare_pair(rc_comparison *c, double *difference, rc_comparison_pair *p)
{
    for (int64_t i = 0; i < c->n_counted; i++) {
        double a = score_of(c, i, p->a), b = score_of(c, i, p->b);
        difference[i] = rc__relative(a, b);
        *(a < b ? &p->wins : a > b ? &p->losses : &p->ties) += 1;
    }
    p->nemenyi = rc_nemenyi_p(c->average_rank[p->a] - c->average_rank[p->b], c->n_counted, c->n_methods);
    return rc_wilcoxon_test(difference, c->n_counted, &p->wilcoxon);
}

static rc_status compare_pairs(rc_comparison *c)
{
    double *difference, *p, *adjusted;
    int64_t pairs = c->n_methods * (c->n_methods - 1) / 2;
    c->n_pairs = 0;
    RC_TRY(ROOM(difference, c->n_counted));
    RC_TRY(ROOM(p, pairs));
    RC_TRY(ROOM(adjusted, pairs));
    for (int64_t a = 0; a < c->n_methods; a++)
        for (int64_t b = a + 1; b < c->n_methods; b++) {
            rc_comparison_pair *pair = &c->pair[c->n_pairs];
            *pair = (rc_comparison_pair){.a = a, .b = b};
            RC_TRY(compare_pair(c, difference, pair));
            p[c->n_pairs++] = pair->wilcoxon.p;
        }
    RC_TRY(rc_holm_adjust(p, c->n_pairs, adjusted));
    for (int64_t i = 0; i < c->n_pairs; i++)
        c->pair[i].holm = adjusted[i];
    return RC_OK;
}

/* ---- do numbers known before training rank the sources of a target? ---- */

static bool same_target(const rc_comparison *c, int64_t a, int64_t b)
{
    return c->target[a] && c->target[b] && strcmp(c->target[a], c->target[b]) == 0;
}

static bool seen_before(const rc_comparison *c, int64_t d)
{
    for (int64_t i = 0; i < d; i++)
        if (same_target(c, i, d)) return true;
    return false;
}

/* Predictor k and the score of method m, where both are known, of the data sets of one target. */
static int64_t gather(const rc_comparison *c, int64_t first, int64_t k, int64_t m, double *x, double *y)
{
    int64_t n = 0;
    for (int64_t d = first; d < c->n_data; d++) {
        double number = c->prediction[d * RC_COMPARISON_PREDICTORS + k];
        if (!same_target(c, d, first) || !isfinite(number) || c->test[d * c->n_methods + m].n == 0) continue;
        x[n] = number;
        y[n++] = rc_comparison_score(c, d, m);
    }
    return n;
}

static rc_status agree(rc_comparison *c, int64_t k, int64_t m)
{
    double *x, *y;
    int64_t *size, groups = 0, n = 0;
    RC_TRY(ROOM(x, c->n_data));
    RC_TRY(ROOM(y, c->n_data));
    RC_TRY(ROOM(size, c->n_data));
    for (int64_t d = 0; d < c->n_data; d++) {
        if (seen_before(c, d)) continue;
        size[groups] = gather(c, d, k, m, x + n, y + n);
        n += size[groups++];
    }
    return rc_rank_agreement(x, y, size, groups, 1 - LEVEL, &c->agreement[k * c->n_methods + m]);
}

rc_status rc_comparison_analyse(rc_comparison *c)
{
    RC_TRY(summarise_cells(c));
    choose_counted(c);
    RC_TRY(rank_methods(c));
    for (int64_t k = 0; k < c->n_predictors; k++)
        for (int64_t m = 0; m < c->n_methods; m++)
            RC_TRY(agree(c, k, m));
    if (c->tested) RC_TRY(compare_pairs(c));
    return rc__answer_all(c);
}

/* ---- files ---- */

static rc_status put(const char *directory, const char *name, const char *text)
{
    char path[4096];
    RC_TRY(rc_path_join(directory, name, sizeof path, path));
    return rc_file_write(path, text, strlen(text));
}

static rc_status write_text(const rc_comparison *c, const char *directory, const char *name,
                            rc_status (*make)(const rc_comparison *c, rc_string *out))
{
    rc_string text = {0};
    rc_status status = make(c, &text);
    if (status == RC_OK && text.data) status = put(directory, name, text.data);
    rc_string_free(&text);
    return status;
}

/* Nothing to draw: one of an earlier call must not stand for it. */
static rc_status write_diagram(const rc_comparison *c, const char *directory)
{
    static const char name[] = "critical-difference.svg";
    char path[4096];
    if (c->tested) return write_text(c, directory, name, rc_comparison_diagram);
    RC_TRY(rc_path_join(directory, name, sizeof path, path));
    if (unlink(path) != 0 && errno != ENOENT) return rc_fail_system(path, "removed", errno);
    return RC_OK;
}

rc_status rc_comparison_write(const rc_comparison *c, const char *directory)
{
    char *json;
    RC_TRY(write_diagram(c, directory));
    RC_TRY(write_text(c, directory, "results.md", rc_comparison_markdown));
    RC_TRY(write_text(c, directory, "results.csv", rc_comparison_csv));
    RC_TRY(write_text(c, directory, "results.html", rc_comparison_html));
    rc_string text = {0};
    RC_TRY(rc_comparison_json(c, &json));
    rc_status status = rc_string_printf(&text, "%s\n", json);
    if (status == RC_OK) status = put(directory, "results.json", text.data);
    rc_string_free(&text);
    rc_free(json);
    return status;
}
