#!/usr/bin/env python3
"""Students with and without their teacher's relations of tokens, from the runs of experiments/attention.yaml:
attention-table.py RUNS

Errors of the test part, mean and standard deviation over the seeds that are there. A difference is that of the runs of
one set and seed, its mean with its standard error over these runs; and on how many sets the mean is below zero.
"""
import csv
import math
import os
import statistics
import sys

METHODS = ("teacher", "small", "small-attention", "layers", "layers-attention")


def read(runs):
    """{data: {method: {seed: (error, seconds)}}}"""
    found = {}
    with open(os.path.join(runs, "results.csv")) as file:
        for row in csv.DictReader(file):
            of = found.setdefault(row["data"], {method: {} for method in METHODS})
            if row["state"] == "done":
                of[row["method"]][row["seed"]] = (float(row["test"]), float(row["seconds"]))
    return found


def cell(values):
    if not values:
        return ""
    spread = " ± %.3f" % statistics.stdev(values) if len(values) > 1 else ""
    return "%.3f%s (%d)" % (statistics.mean(values), spread, len(values))


def difference(found, student):
    told, untold = student + "-attention", student
    by_set, runs = [], []
    for of in found.values():
        both = [of[told][seed][0] - of[untold][seed][0] for seed in of[told] if seed in of[untold]]
        by_set += [statistics.mean(both)] if both else []
        runs += both
    if len(runs) < 2:
        return ""
    error = statistics.stdev(runs) / math.sqrt(len(runs))
    better = sum(value < 0 for value in by_set)
    return "%+.3f ± %.3f, smaller on %d of %d" % (statistics.mean(runs), error, better, len(by_set))


def main(runs):
    found = read(runs)
    print("| set | %s |" % " | ".join(METHODS))
    print("|---|" + "---|" * len(METHODS))
    for data, of in found.items():
        print("| %s | %s |" % (data, " | ".join(cell([error for error, _ in of[m].values()]) for m in METHODS)))
    seconds = {m: [s for of in found.values() for _, s in of[m].values()] for m in METHODS}
    print("| s a run | %s |" % " | ".join("%.0f" % statistics.mean(seconds[m]) if seconds[m] else "" for m in METHODS))
    print("\n| compared | difference of the error |\n|---|---|")
    for student in ("small", "layers"):
        print("| %s-attention - %s | %s |" % (student, student, difference(found, student)))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
