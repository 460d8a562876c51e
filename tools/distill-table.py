#!/usr/bin/env python3
"""Students beside their teachers, from the runs of experiments/distill.yaml: distill-table.py RUNS

Those of experiments/students.yaml, which learn from the labels alone, are in the folder `students` beside RUNS.
Errors of the test part, mean and standard deviation over the seeds that are there. `more - direct` is the mean
difference over the sets, with its standard error over them.
"""
import glob
import json
import math
import os
import statistics
import sys

METHODS = {"direct": "../students", "distilled": ".", "more": "."}


def results(runs, data, method):
    """By seed."""
    files = glob.glob(os.path.join(runs, METHODS[method], data, method, "seed-*", "result.json"))
    return {os.path.basename(os.path.dirname(file)): json.load(open(file)) for file in sorted(files)}


def cell(values):
    if not values:
        return ""
    spread = " ± %.3f" % statistics.stdev(values) if len(values) > 1 else ""
    return "%.3f%s (%d)" % (statistics.mean(values), spread, len(values))


def difference(tests, a, b):
    """Over the sets, of the seeds that both have."""
    values = []
    for of in tests:
        both = [of[a][seed] - of[b][seed] for seed in of[a] if seed in of[b]]
        values += [statistics.mean(both)] if both else []
    if len(values) < 2:
        return ""
    error = statistics.stdev(values) / math.sqrt(len(values))
    better = sum(v < 0 for v in values)
    return "%+.3f ± %.3f, smaller on %d of %d" % (statistics.mean(values), error, better, len(values))


def main(runs):
    sets = sorted(name for name in os.listdir(runs) if os.path.isdir(os.path.join(runs, name, "distilled")))
    tests, both = [], []
    print("| set | teacher | direct | distilled | more |")
    print("|---|---|---|---|---|")
    for data in sets:
        of = {method: results(runs, data, method) for method in METHODS}
        told = {seed: one["distillation"] for seed, one in of["distilled"].items()}
        both += told.values()
        test = {method: {seed: one["test"] for seed, one in of[method].items()} for method in METHODS}
        test["teacher"] = {seed: one["teacher"]["test"] for seed, one in told.items()}
        tests.append(test)
        print("| %s | %s |" % (data, " | ".join(cell(list(test[who].values())) for who in ("teacher", *METHODS))))
    print("\n| compared | difference of the error |\n|---|---|")
    for a, b in (("distilled", "direct"), ("more", "direct"), ("more", "distilled"), ("more", "teacher")):
        print("| %s - %s | %s |" % (a, b, difference(tests, a, b)))
    print("\n| mean over runs | teacher | student |\n|---|---|---|")
    for key, what in (("parameters", "numbers"), ("mb", "MB"), ("ms", "ms, one answer"),
                      ("ms_in_batch", "ms, one of a batch")):
        if both:
            print("| %s | %s | %s |" % (what, *("%.3g" % statistics.mean(one[who][key] for one in both)
                                                for who in ("teacher", "student"))))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
