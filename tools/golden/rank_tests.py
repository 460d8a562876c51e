#!/usr/bin/env python3
"""Write tests/data/statistics/statistics.json: distributions, rank tests and rank correlations on small data.

The reference is SciPy; scikit-posthocs for the p-values after Nemenyi, statsmodels for Holm's correction. Iman and
Davenport's F and the intervals of the correlations are their formulas in numpy on SciPy's values. Wilcoxon with
ties takes the exact distribution over all signs, enumerated here.

  python3 -m venv build/golden && build/golden/bin/pip install scipy==1.17.1 scikit-posthocs==0.17.1
  build/golden/bin/python tools/golden/rank_tests.py
"""

import itertools
import json
import os

import numpy
import pandas
import scikit_posthocs
import scipy
from scipy import stats
from statsmodels.stats.multitest import multipletests

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "data", "statistics")
random = numpy.random.default_rng(20261)


def number(v):
    v = float(v)
    return v if numpy.isfinite(v) else None


def distributions():
    rows = []
    for x in (-3.0, 0.0, 0.5, 1.96, 6.0, 20.0):
        rows.append(["normal", [x], stats.norm.sf(x)])
    for x, df in ((0.1, 1), (3.84, 1), (11.2, 7), (2.0, 7), (80.0, 9), (400.0, 30), (1e-6, 3)):
        rows.append(["chi_square", [x, df], stats.chi2.sf(x, df)])
    for x, df in ((0.3, 1), (2.1, 3), (-1.5, 10), (12.0, 4), (40.0, 28), (1e-4, 5)):
        rows.append(["student", [x, df], stats.t.sf(x, df)])
    for x, a, b in ((0.2, 1, 4), (3.1, 7, 77), (0.9, 3, 6), (50.0, 7, 77), (1000.0, 2, 2), (1e-5, 4, 40)):
        rows.append(["fisher", [x, a, b], stats.f.sf(x, a, b)])
    for x, k in ((0.5, 2), (2.772, 2), (3.31, 3), (4.29, 8), (6.0, 20), (9.0, 10)):
        rows.append(["range", [x, k], stats.studentized_range.sf(x, k, numpy.inf)])
    for p in (1e-9, 0.025, 0.5, 0.9, 0.975, 0.999999):
        rows.append(["normal_quantile", [p], stats.norm.ppf(p)])
    for p, k in ((0.9, 2), (0.95, 2), (0.95, 3), (0.95, 8), (0.99, 10), (0.95, 20)):
        rows.append(["range_quantile", [p, k], stats.studentized_range.ppf(p, k, numpy.inf)])
    return [{"name": n, "arguments": a, "value": number(v)} for n, a, v in rows]


def friedman(score):
    n, k = score.shape
    chi, p = stats.friedmanchisquare(*score.T)
    f = (n - 1) * chi / (n * (k - 1) - chi)
    q = stats.studentized_range.ppf(0.95, k, numpy.inf)
    frame = scikit_posthocs.posthoc_nemenyi_friedman(pandas.DataFrame(score))
    rank = numpy.array([stats.rankdata(row) for row in score]).mean(0)
    return {
        "n": n,
        "k": k,
        "score": score.ravel().tolist(),
        "average_rank": rank.tolist(),
        "chi_square": number(chi),
        "p": number(p),
        "f": number(f),
        "f_p": number(stats.f.sf(f, k - 1, (k - 1) * (n - 1))),
        "difference": number(q / numpy.sqrt(2) * numpy.sqrt(k * (k + 1) / (6 * n))),
        "nemenyi_p": frame.to_numpy().ravel().tolist(),
    }


def wilcoxon(d):
    d = numpy.asarray(d, float)
    used = d[d != 0]
    rank = stats.rankdata(abs(used))
    tied = len(set(rank)) < len(rank)
    exact = len(used) <= 50
    above = rank[used > 0].sum()
    if exact and tied:
        sums = [sum(r for r, s in zip(rank, sign) if s) for sign in itertools.product((0, 1), repeat=len(rank))]
        sums = numpy.array(sums)
        p = min(1, 2 * min((sums <= above + 1e-9).mean(), (sums >= above - 1e-9).mean()))
    else:
        p = stats.wilcoxon(used, method="exact" if exact else "approx", correction=not exact).pvalue
    return {"difference": d.tolist(), "n": len(used), "exact": exact, "above": number(above), "p": number(p)}


def correlation(x, y):
    x, y, n = numpy.asarray(x, float), numpy.asarray(y, float), len(x)
    z = stats.norm.ppf(0.975)
    out = {"x": x.tolist(), "y": y.tolist()}
    for name, test, square in (
        ("spearman", stats.spearmanr, lambda r: (1 + r * r / 2) / (n - 3) if n > 3 else numpy.nan),
        ("kendall", stats.kendalltau, lambda r: 0.437 / (n - 4) if n > 4 else numpy.nan),
    ):
        r, p = test(x, y)
        error = numpy.sqrt(square(r))
        ends = numpy.tanh(numpy.arctanh(r) + numpy.array([-z, z]) * error)
        out[name] = {"value": number(r), "p": number(p), "low": number(ends[0]), "high": number(ends[1])}
    return out


def main():
    quality = random.normal(size=8) * 0.6
    tied = numpy.round(random.normal(size=(6, 5)), 0)
    decimal = lambda a: numpy.round(a, 4)
    p_values = [0.01, 0.04, 0.03, 0.005, 0.5, 0.04]
    x10 = decimal(random.normal(size=10))
    result = {
        "versions": {"scipy": scipy.__version__, "scikit-posthocs": scikit_posthocs.__version__},
        "distributions": distributions(),
        "friedman": [
            friedman(decimal(random.normal(size=(12, 8)) + quality)),
            friedman(decimal(random.normal(size=(4, 3)))),
            friedman(tied),
        ],
        "wilcoxon": [
            wilcoxon([0.3, -0.1, 0.25, 0.5, 0.7]),
            wilcoxon(decimal(random.normal(size=12) + 0.6)),
            wilcoxon([0.5, 0.0, 0.5, -0.25, 1.0, 0.0, 0.75, -0.5, 0.25]),
            wilcoxon(decimal(random.normal(size=50) + 0.2)),
            wilcoxon(decimal(random.normal(size=80) + 0.2)),
            wilcoxon(numpy.round(random.normal(size=90) + 0.2, 1)),
        ],
        "holm": {"p": p_values, "adjusted": multipletests(p_values, method="holm")[1].tolist()},
        "correlation": [
            correlation(x10, decimal(x10 + random.normal(size=10))),
            correlation(numpy.round(random.normal(size=25), 0), numpy.round(random.normal(size=25), 0)),
            correlation(decimal(random.normal(size=60)), decimal(random.normal(size=60))),
            correlation([1, 2, 3, 4], [1, 3, 2, 4]),
        ],
    }
    os.makedirs(OUT, exist_ok=True)
    with open(os.path.join(OUT, "statistics.json"), "w") as f:
        json.dump(result, f, indent=1)
        f.write("\n")


main()
