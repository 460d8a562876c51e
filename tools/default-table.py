#!/usr/bin/env python3
"""Errors of `fit` alone beside its plain opponents, a line a data set: default-table.py RUNS. RUNS holds
NAME-DRAW/auto/seed-N; what is printed is the mean over draws and seeds, and the standard error of the difference to the
opponent that is best by its mean on test. `chosen` is the opponent that validation would have chosen in each run
(error, then loss): what one gets without sources and without combining."""
import glob
import json
import math
import os
import sys

if len(sys.argv) != 2:
    sys.exit(__doc__)
rows = {}
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*", "auto", "seed-*", "result.json"))):
    with open(path) as file:
        result = json.load(file)
    name = path.split(os.sep)[-4].rsplit("-", 1)[0]
    opponents = [c for c in result["candidates"] if c["name"] in result["opponents"]]
    chosen = min(opponents, key=lambda c: (c["valid"], c["valid_loss"]))["name"]
    errors = {k: v["test"] for k, v in result.get("opponents", {}).items() if v.get("test") is not None}
    rows.setdefault(name, []).append((result["test"], errors, result["n_test"], result["weight_of_sources"],
                                      result["seconds"]["total"], errors[chosen]))

kinds = ["majority", "ridge", "logistic", "svm", "forest", "kernels"]
print("| data | runs | fit | best opponent | difference | standard error | chosen | " + " | ".join(kinds)
      + " | sources | s |")
print("|---|" + "---|" * (8 + len(kinds)))
even = ahead = 0


def mean(values):
    return sum(values) / len(values)


for name, runs in rows.items():
    plain = {k: mean([e[k] for _, e, *_ in runs]) for k in kinds if all(k in e for _, e, *_ in runs)}
    best = min(plain, key=plain.get)
    mine = mean([test for test, *_ in runs])
    n = sum(run[2] for run in runs)
    # Of two error rates on the same samples, at most: as if they were independent.
    error = math.sqrt((mine * (1 - mine) + plain[best] * (1 - plain[best])) / n)
    even += mine <= plain[best] + error
    ahead += mine < plain[best]
    cells = ["%.3f" % plain[k] if k in plain else "" for k in kinds]
    print("| %s | %d | %.3f | %s %.3f | %+.3f | %.3f | %.3f | %s | %.2f | %.0f |" % (
        name, len(runs), mine, best, plain[best], mine - plain[best], error, mean([run[5] for run in runs]),
        " | ".join(cells), mean([run[3] for run in runs]), mean([run[4] for run in runs])))
print("\nNo worse than the best opponent by more than a standard error: %d of %d. Ahead: %d." % (even, len(rows),
    ahead))
differences = [run[0] - run[5] for runs in rows.values() for run in runs]
error = math.sqrt(sum((d - mean(differences)) ** 2 for d in differences) / (len(differences) * (len(differences) - 1)))
print("Difference to the opponent that validation chooses: %+.4f, standard error %.4f, %d runs." % (mean(differences),
    error, len(differences)))
