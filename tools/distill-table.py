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
    files = sorted(glob.glob(os.path.join(runs, METHODS[method], data, method, "seed-*", "result.json")))
    return [json.load(open(file)) for file in files]


def cell(values):
    if not values:
        return ""
    spread = " ± %.3f" % statistics.stdev(values) if len(values) > 1 else ""
    return "%.3f%s (%d)" % (statistics.mean(values), spread, len(values))


def difference(means, a, b):
    values = [one[a] - one[b] for one in means if a in one and b in one]
    if len(values) < 2:
        return ""
    error = statistics.stdev(values) / math.sqrt(len(values))
    better = sum(v < 0 for v in values)
    return "%+.3f ± %.3f, smaller on %d of %d" % (statistics.mean(values), error, better, len(values))


def main(runs):
    sets = sorted(name for name in os.listdir(runs) if os.path.isdir(os.path.join(runs, name, "distilled")))
    means, both = [], []
    print("| set | teacher | direct | distilled | more |")
    print("|---|---|---|---|---|")
    for data in sets:
        of = {method: results(runs, data, method) for method in METHODS}
        both += [one["distillation"] for one in of["distilled"]]
        test = {method: [one["test"] for one in of[method]] for method in METHODS}
        test["teacher"] = [one["distillation"]["teacher"]["test"] for one in of["distilled"]]
        means.append({name: statistics.mean(values) for name, values in test.items() if values})
        print("| %s | %s | %s |" % (data, cell(test["teacher"]), " | ".join(cell(test[m]) for m in METHODS)))
    print("\n| compared | difference of the error |\n|---|---|")
    for a, b in (("distilled", "direct"), ("more", "direct"), ("more", "distilled"), ("more", "teacher")):
        print("| %s - %s | %s |" % (a, b, difference(means, a, b)))
    print("\n| mean over runs | teacher | student |\n|---|---|---|")
    for key, what in (("parameters", "numbers"), ("mb", "MB"), ("ms", "ms, one answer"), ("ms_in_batch", "ms, one of a batch")):
        if both:
            print("| %s | %s | %s |" % (what, *("%.3g" % statistics.mean(one[who][key] for one in both) for who in ("teacher", "student"))))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
