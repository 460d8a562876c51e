#include "report/comparison_parts.h"

#include <math.h>
#include <stdio.h>

#include "base/ascii.h"

void rc__cell_text(char out[RC__CELL], const rc_comparison *c, int64_t d, int64_t m)
{
    const rc_summary *s = &c->test[d * c->n_methods + m];
    if (s->n == 0)
        snprintf(out, RC__CELL, "-");
    else if (isnan(s->sd))
        rc_ascii_print(out, RC__CELL, "%.4f", s->mean);
    else
        rc_ascii_print(out, RC__CELL, "%.4f ± %.4f", s->mean, s->sd);
}

bool rc__cell_is_best(const rc_comparison *c, int64_t d, int64_t m)
{
    const rc_summary *row = c->test + d * c->n_methods;
    bool best = row[m].n > 0;
    for (int64_t i = 0; i < c->n_methods; i++)
        if (row[i].n > 0) best = best && rc_comparison_score(c, d, m) <= rc_comparison_score(c, d, i);
    return best;
}

rc__tally rc__count_runs(const rc_comparison *c)
{
    rc__tally t = {.all = c->n_data * c->n_methods * c->n_seeds};
    for (int64_t i = 0; i < t.all; i++) {
        t.done += c->run[i].state == RC_COMPARED_DONE;
        t.failed += c->run[i].state == RC_COMPARED_FAILED;
    }
    return t;
}

rc__cost rc__cost_of(const rc_comparison *c, int64_t m)
{
    rc__cost cost = {0, NAN, NAN};
    double seconds = 0;
    for (int64_t d = 0; d < c->n_data; d++) {
        int64_t i = d * c->n_methods + m;
        if (c->seconds[i].n == 0) continue;
        cost.runs += c->seconds[i].n;
        seconds += c->seconds[i].mean * (double)c->seconds[i].n;
        cost.peak_mb = fmax(cost.peak_mb, c->peak_mb[i]);
    }
    if (cost.runs) cost.seconds = seconds / (double)cost.runs;
    return cost;
}

rc_status rc__verdict_text(const rc_comparison *c, rc_string *out)
{
    const rc_friedman *f = &c->friedman;
    if (!c->tested)
        return rc_string_printf(out,
                                "Tests over data sets need two methods, and two data sets where every method "
                                "has a finished run.");
    return rc_string_printf(
        out,
        "Friedman's test over %lld data sets and %lld methods: chi-square %.3f, p = %.3g.\n"
        "Iman and Davenport's F %.3f, p = %.3g.\n"
        "Nemenyi's critical difference of average ranks at the level 0.05: %.3f.",
        (long long)f->n, (long long)f->k, f->chi_square, f->p, f->f, f->f_p, c->critical_difference);
}

void rc__agreement_text(char out[RC__CELL], const rc_comparison *c, int64_t k, int64_t m)
{
    const rc_agreement *a = &c->agreement[k * c->n_methods + m];
    if (a->groups == 0)
        snprintf(out, RC__CELL, "-");
    else if (a->groups == 1)
        rc_ascii_print(out, RC__CELL, "%.2f, p %.2g", a->mean, a->p);
    else
        rc_ascii_print(out, RC__CELL, "%.2f (%.2f to %.2f), p %.2g", a->mean, a->low, a->high, a->p);
}

const char rc__agreement_words[] = "recraft align gives these numbers before training.\n"
                                   "The table compares them with the mean test metric: Spearman's "
                                   "correlation over the sources of a target.\n"
                                   "It is averaged over the targets that have several sources, with a 95 % "
                                   "interval over targets, and p by permuting within\nthem.\n"
                                   "Positive means that the source with the smaller number does better.";

/* Run folders keep nine digits of a score, and a mean takes its sums in some order: the same count of errors
 * would win or lose by that alone. Seven digits tell any two counts on test parts of up to a million apart.
 */
double rc__seven_digits(double mean)
{
    char digits[32];
    rc_ascii_print(digits, sizeof digits, "%.6e", mean);
    return rc_ascii_number(digits, NULL);
}

double rc__relative(double a, double b)
{
    double size = fabs(a) + fabs(b);
    return size > 0 ? (a - b) / size : 0;
}

double rc_comparison_score(const rc_comparison *c, int64_t d, int64_t m)
{
    double mean = c->test[d * c->n_methods + m].mean;
    return rc__seven_digits(c->higher_is_better[d] ? -mean : mean);
}
