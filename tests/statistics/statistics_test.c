/* Statistics against SciPy, scikit-posthocs and statsmodels (tools/golden/rank_tests.py), and by their laws.
 */
#include "base/memory.h"
#include "check.h"
#include "formats/json.h"
#include "statistics/distributions.h"
#include "statistics/statistics.h"

static rc_json *golden;

/* Numbers of an array, into memory that lives until the end. */
static double *numbers(const rc_json *object, const char *key, int64_t *n)
{
    const rc_json *list = rc_json_get(object, key);
    double *out;
    *n = (int64_t)rc_json_length(list);
    if (RC_NEW(&out, *n + 1) != RC_OK) abort();
    for (int64_t i = 0; i < *n; i++)
        out[i] = rc_json_as_number(rc_json_at(list, (size_t)i));
    return out;
}

static bool close_to(double got, double wanted, double tolerance)
{
    if (isnan(wanted)) return isnan(got);
    return fabs(got - wanted) <= tolerance * fmax(fabs(wanted), 1e-280);
}

#define EQUALS(got, object, key, tolerance)                                            \
    do {                                                                               \
        double got_ = (got), wanted_ = rc_json_number(object, key, NAN);               \
        CHECK(close_to(got_, wanted_, tolerance));                                     \
        if (!close_to(got_, wanted_, tolerance))                                       \
            fprintf(stderr, "  %s: got %.17g, reference %.17g\n", key, got_, wanted_); \
    } while (0)

static double distribution(const char *name, const double *a)
{
    if (strcmp(name, "normal") == 0) return rc_normal_tail(a[0]);
    if (strcmp(name, "chi_square") == 0) return rc_chi_square_tail(a[0], a[1]);
    if (strcmp(name, "student") == 0) return rc_student_tail(a[0], a[1]);
    if (strcmp(name, "fisher") == 0) return rc_fisher_tail(a[0], a[1], a[2]);
    if (strcmp(name, "range") == 0) return rc_range_tail(a[0], (int64_t)a[1]);
    if (strcmp(name, "normal_quantile") == 0) return rc_normal_quantile(a[0]);
    if (strcmp(name, "range_quantile") == 0) return rc_range_quantile(a[0], (int64_t)a[1]);
    return NAN;
}

TEST(distributions_equal_scipy)
{
    const rc_json *rows = rc_json_get(golden, "distributions");
    REQUIRE(rc_json_length(rows) > 30);
    for (size_t i = 0; i < rc_json_length(rows); i++) {
        const rc_json *row = rc_json_at(rows, i);
        const char *name = rc_json_string(row, "name", "");
        int64_t n;
        double *a = numbers(row, "arguments", &n), wanted = rc_json_number(row, "value", NAN);
        double got = distribution(name, a);
        /* SciPy integrates the studentised range numerically; its quantiles are searched to about 1e-8. */
        bool near = strcmp(name, "range") == 0 ? fabs(got - wanted) < 1e-9
                    : strcmp(name, "range_quantile") == 0
                        ? close_to(got, wanted, 1e-6)
                        : fabs(got - wanted) <= 1e-11 * fabs(wanted) + 1e-15;
        CHECK(near);
        if (!near) fprintf(stderr, "  %s(%g, ...): got %.17g, reference %.17g\n", name, a[0], got, wanted);
        rc_free(a);
    }
}

TEST(quantiles_undo_tails)
{
    for (int64_t k = 2; k <= 40; k += 7)
        for (double p = 0.05; p < 1; p += 0.15)
            NEAR(rc_range_tail(rc_range_quantile(p, k), k), 1 - p, 1e-12);
    /* The range of two normal variables is |N(0, 2)|. */
    NEAR(rc_range_tail(1.7, 2), 2 * rc_normal_tail(1.7 / sqrt(2)), 1e-13);
}

TEST(friedman_and_nemenyi_equal_the_references)
{
    const rc_json *cases = rc_json_get(golden, "friedman");
    REQUIRE(rc_json_length(cases) == 3);
    for (size_t i = 0; i < rc_json_length(cases); i++) {
        const rc_json *c = rc_json_at(cases, i);
        int64_t n = rc_json_integer(c, "n", 0), k = rc_json_integer(c, "k", 0), size, kk;
        double *score = numbers(c, "score", &size), *wanted = numbers(c, "average_rank", &kk);
        double *p = numbers(c, "nemenyi_p", &size), rank[16];
        rc_friedman f;
        OK(rc_friedman_test(score, n, k, rank, &f));
        EQUALS(f.chi_square, c, "chi_square", 1e-11);
        EQUALS(f.p, c, "p", 1e-10);
        EQUALS(f.f, c, "f", 1e-11);
        EQUALS(f.f_p, c, "f_p", 1e-10);
        EQUALS(rc_nemenyi_difference(0.05, n, k), c, "difference", 1e-6);
        for (int64_t a = 0; a < k; a++) {
            NEAR(rank[a], wanted[a], 1e-12);
            for (int64_t b = 0; b < k; b++)
                if (a != b) NEAR(rc_nemenyi_p(rank[a] - rank[b], n, k), p[a * k + b], 1e-6);
        }
        rc_free(score);
        rc_free(wanted);
        rc_free(p);
    }
}

TEST(friedman_at_its_limits)
{
    const double same[] = {1, 1, 1, 2, 2, 2}, ordered[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    double rank[3];
    rc_friedman f;
    OK(rc_friedman_test(same, 2, 3, rank, &f));
    CHECK(f.p == 1 && f.f_p == 1 && rank[0] == 2);
    OK(rc_friedman_test(ordered, 3, 3, rank, &f));
    NEAR(f.chi_square, 6, 1e-12); /* n (k - 1): the most there is */
    CHECK(isinf(f.f) && rank[2] == 3);
    NEAR(f.f_p, 1.0 / 36, 1e-14); /* two further blocks hit one of 3! orders */
}

TEST(wilcoxon_equals_the_references)
{
    const rc_json *cases = rc_json_get(golden, "wilcoxon");
    REQUIRE(rc_json_length(cases) == 6);
    for (size_t i = 0; i < rc_json_length(cases); i++) {
        const rc_json *c = rc_json_at(cases, i);
        int64_t n;
        double *d = numbers(c, "difference", &n);
        rc_wilcoxon w, mirrored;
        OK(rc_wilcoxon_test(d, n, &w));
        CHECK(w.n == rc_json_integer(c, "n", -1));
        CHECK(w.exact == rc_json_boolean(c, "exact", false));
        EQUALS(w.above, c, "above", 1e-12);
        EQUALS(w.p, c, "p", 1e-11);
        for (int64_t k = 0; k < n; k++)
            d[k] = -d[k];
        OK(rc_wilcoxon_test(d, n, &mirrored));
        CHECK(mirrored.p == w.p && mirrored.below == w.above);
        rc_free(d);
    }
    const double zero[] = {0, 0};
    rc_wilcoxon w;
    OK(rc_wilcoxon_test(zero, 2, &w));
    CHECK(w.p == 1 && w.n == 0);
}

TEST(holm_equals_statsmodels)
{
    int64_t m, m2;
    const rc_json *c = rc_json_get(golden, "holm");
    double *p = numbers(c, "p", &m), *wanted = numbers(c, "adjusted", &m2), got[16];
    REQUIRE(m == m2 && m == 6);
    OK(rc_holm_adjust(p, m, got));
    for (int64_t i = 0; i < m; i++)
        NEAR(got[i], wanted[i], 1e-14);
    rc_free(p);
    rc_free(wanted);
}

static void check_agreement(const rc_json *c)
{
    int64_t n, m, groups, size[4];
    double *x = numbers(c, "x", &n), *y = numbers(c, "y", &m), *sizes = numbers(c, "size", &groups);
    rc_agreement r;
    for (int64_t i = 0; i < groups; i++)
        size[i] = (int64_t)sizes[i];
    OK(rc_rank_agreement(x, y, size, groups, 0.95, &r));
    CHECK(r.groups == groups);
    EQUALS(r.mean, c, "value", 1e-12);
    EQUALS(r.low, c, "low", 1e-11);
    EQUALS(r.high, c, "high", 1e-11);
    double p = rc_json_number(c, "p", NAN); /* exact there, by 20,000 orders here */
    NEAR(r.p, p, 4 * sqrt(p * (1 - p) / 20000));
    rc_free(x);
    rc_free(y);
    rc_free(sizes);
}

TEST(agreement_equals_the_references)
{
    const rc_json *cases = rc_json_get(golden, "agreement");
    REQUIRE(rc_json_length(cases) == 4);
    for (size_t i = 0; i < rc_json_length(cases); i++)
        check_agreement(rc_json_at(cases, i));
}

TEST(groups_that_say_nothing_are_left_out)
{
    const double x[] = {1, 1, 1, 5, 1, 2, 3}, y[] = {1, 2, 3, 4, 6, 5, 4};
    const int64_t size[] = {3, 1, 3}, none[] = {3};
    rc_agreement r;
    OK(rc_rank_agreement(x, y, size, 3, 0.95, &r));
    CHECK(r.groups == 1 && isnan(r.low));
    NEAR(r.mean, -1, 1e-15);
    NEAR(r.p, 1.0 / 3, 0.02);
    OK(rc_rank_agreement(x, y, none, 1, 0.95, &r));
    CHECK(r.groups == 0 && isnan(r.mean) && isnan(r.p));
}

TEST(ranks_and_summaries)
{
    const double v[] = {3, 1, 3, 2}, with_gap[] = {1, NAN, 3};
    double rank[4], ties;
    OK(rc_rank(v, 4, rank, &ties));
    CHECK(rank[0] == 3.5 && rank[1] == 1 && rank[2] == 3.5 && rank[3] == 2 && ties == 6);
    rc_summary s = rc_summarise(with_gap, 3), one = rc_summarise(v, 1), none = rc_summarise(v, 0);
    CHECK(s.n == 2 && s.mean == 2);
    NEAR(s.sd, sqrt(2), 1e-15);
    CHECK(one.mean == 3 && isnan(one.sd) && none.n == 0 && isnan(none.mean));
}

int main(void)
{
    if (rc_json_read(RC_TEST_DATA "/statistics/statistics.json", &golden) != RC_OK) {
        fprintf(stderr, "%s\n", rc_error_text());
        return EXIT_FAILURE;
    }
    RUN(distributions_equal_scipy);
    RUN(quantiles_undo_tails);
    RUN(friedman_and_nemenyi_equal_the_references);
    RUN(friedman_at_its_limits);
    RUN(wilcoxon_equals_the_references);
    RUN(holm_equals_statsmodels);
    RUN(agreement_equals_the_references);
    RUN(groups_that_say_nothing_are_left_out);
    RUN(ranks_and_summaries);
    rc_json_free(&golden);
    return RESULT();
}
