#!/usr/bin/env python3
"""Methods over sets that were drawn several times: draws-table.py RUNS REFERENCE [valid]. RUNS/results.csv names the
draws of a set SET-a, SET-b, ... A set may be named with a source, SET-from-SOURCE-a: methods that have one are then
METHOD-from-SOURCE. For each method: the mean error on each set (or validation error), the mean rank over the sets (of
methods that ran on all), and the difference to the method REFERENCE, the mean over the draws that both ran on, with its
standard error from the paired differences of those draws."""
import csv
import math
import os
import sys

PLAIN = {"majority", "ridge", "logistic", "svm", "forest", "kernels", "words"}  # have no source
if len(sys.argv) not in (3, 4):
    sys.exit(__doc__)
runs, reference = sys.argv[1:3]
score = sys.argv[3] if len(sys.argv) > 3 else "test"
cells = {}
with open(os.path.join(runs, "results.csv")) as file:
    for row in csv.DictReader(file):
        if row["state"] == "done":
            name, draw = row["data"].rsplit("-", 1)
            name, _, source = name.partition("-from-")
            method = row["method"] + ("-from-" + source if source and row["method"] not in PLAIN else "")
            cells.setdefault(method, {})[name + "-" + draw] = float(row[score])


def mean(values):
    return sum(values) / len(values)


def set_of(draw):
    return draw.rsplit("-", 1)[0]


draws = sorted(set(draw for scores in cells.values() for draw in scores))
sets = sorted(set(map(set_of, draws)))
complete = [method for method, scores in cells.items() if len(scores) == len(draws)]
ranks = {method: [] for method in complete}
for name in sets:
    means = {m: mean([cells[m][d] for d in draws if set_of(d) == name]) for m in complete}
    for method, value in means.items():
        below, equal = sum(v < value for v in means.values()), sum(v == value for v in means.values())
        ranks[method].append(below + (equal + 1) / 2)

print("| method | " + " | ".join(sets) + " | mean rank | difference to %s | standard error | draws |" % reference)
print("|---|" + "---|" * (len(sets) + 4))
for method, scores in cells.items():
    errors = [[scores[d] for d in scores if set_of(d) == name] for name in sets]
    differences = [scores[d] - cells[reference][d] for d in scores if d in cells[reference]]
    n, difference = len(differences), mean(differences)
    error = math.sqrt(sum((v - difference) ** 2 for v in differences) / (n * (n - 1))) if n > 1 else math.nan
    print("| %s | %s | %s | %s | %s | %d |" % (
        method, " | ".join("%.3f" % mean(e) if e else "" for e in errors),
        "%.2f" % mean(ranks[method]) if method in complete else "",
        "" if method == reference else "%+.3f" % difference, "" if method == reference else "%.3f" % error, n))
