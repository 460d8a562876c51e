#!/usr/bin/env python3
"""Errors of `fit` alone beside its plain opponents, a line a data set: default-table.py RUNS. RUNS holds NAME-DRAW/auto/seed-N; what is printed is
the mean over draws and seeds, and the standard error of the difference to the opponent that is best by its mean on test."""
import glob
import json
import math
import os
import sys

rows = {}
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*", "auto", "seed-*", "result.json"))):
    with open(path) as file:
        result = json.load(file)
    name = path.split(os.sep)[-4].rsplit("-", 1)[0]
    errors = {k: v["test"] for k, v in result.get("opponents", {}).items() if v.get("test") is not None}
    rows.setdefault(name, []).append((result["test"], errors, result["n_test"], result["weight_of_sources"], result["seconds"]["total"]))

kinds = ["majority", "ridge", "logistic", "svm", "forest", "kernels"]
print("| data | runs | fit | best opponent | difference | standard error | " + " | ".join(kinds) + " | sources | s |")
print("|---|" + "---|" * (7 + len(kinds)))
even = ahead = 0
for name, runs in rows.items():
    mean = lambda values: sum(values) / len(values)
    plain = {k: mean([e[k] for _, e, *_ in runs]) for k in kinds if all(k in e for _, e, *_ in runs)}
    best = min(plain, key=plain.get)
    mine = mean([test for test, *_ in runs])
    n = sum(run[2] for run in runs)
    # Of two error rates on the same samples, at most: as if they were independent.
    error = math.sqrt((mine * (1 - mine) + plain[best] * (1 - plain[best])) / n)
    even += mine <= plain[best] + error
    ahead += mine < plain[best]
    cells = ["%.3f" % plain[k] if k in plain else "" for k in kinds]
    print("| %s | %d | %.3f | %s %.3f | %+.3f | %.3f | %s | %.2f | %.0f |" % (
        name, len(runs), mine, best, plain[best], mine - plain[best], error, " | ".join(cells),
        mean([run[3] for run in runs]), mean([run[4] for run in runs])))
print("\nNo worse than the best opponent by more than a standard error: %d of %d. Ahead: %d." % (even, len(rows), ahead))
