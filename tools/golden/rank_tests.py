#!/usr/bin/env python3
"""Write tests/data/statistics/statistics.json: distributions, rank tests and rank agreement on small data.

The reference is SciPy; scikit-posthocs for the p-values after Nemenyi, statsmodels for Holm's correction. Iman and
Davenport's F and the interval of the mean correlation are their formulas in numpy on SciPy's values. Wilcoxon with
ties takes the exact distribution over all signs, the mean correlation that over all orders, enumerated here.

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


def agreement(groups):
    """groups: [(x, y)]. The p is exact: every order of every x."""
    rho = [stats.spearmanr(x, y).statistic for x, y in groups]
    mean, n = numpy.mean(rho), len(rho)
    t = stats.t.ppf(0.975, n - 1) * numpy.std(rho, ddof=1) / numpy.sqrt(n) if n > 1 else numpy.nan
    orders = []
    for x, y in groups:
        a, b = stats.rankdata(x), stats.rankdata(y)
        a, b = (a - a.mean()) / a.std(), (b - b.mean()) / b.std()
        orders.append([numpy.dot(o, b) / len(b) for o in itertools.permutations(a)])
    sums = numpy.zeros(1)
    for o in orders:
        sums = (sums[:, None] + numpy.array(o)).ravel()
    p = (abs(sums / n) >= abs(mean) - 1e-9).mean()
    low, high = max(-1, mean - t), min(1, mean + t)
    return {
        "x": [float(v) for x, _ in groups for v in x],
        "y": [float(v) for _, y in groups for v in y],
        "size": [len(x) for x, _ in groups],
        "value": number(mean),
        "low": number(low) if n > 1 else None,
        "high": number(high) if n > 1 else None,
        "p": number(p),
    }


def main():
    quality = random.normal(size=8) * 0.6
    tied = numpy.round(random.normal(size=(6, 5)), 0)
    decimal = lambda a: numpy.round(a, 4)
    p_values = [0.01, 0.04, 0.03, 0.005, 0.5, 0.04]
    x4, x5, x7 = (decimal(random.normal(size=n)) for n in (4, 5, 7))
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
        "agreement": [
            agreement([(x5, decimal(x5 + random.normal(size=5))), (x4, decimal(x4 + random.normal(size=4)))]),
            agreement([([1, 2, 2, 4], [1, 3, 2, 3]), ([5, 1, 3], [1, 2, 3]), ([2, 1], [7, 9])]),
            agreement([([0, 1], [0, 1])] * 4),
            agreement([(x7, decimal(x7 + 0.5 * random.normal(size=7)))]),
        ],
    }
    os.makedirs(OUT, exist_ok=True)
    with open(os.path.join(OUT, "statistics.json"), "w") as f:
        json.dump(result, f, indent=1)
        f.write("\n")


main()
