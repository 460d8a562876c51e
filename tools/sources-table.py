#!/usr/bin/env python3
"""Which source a number that is measured before training would have taken: sources-table.py RUNS, the folder of an
experiment with `bounds: true` and data named TARGET-from-SOURCE. The first table has the error from each source; the
second, for each number, the regret: the error from the source that it takes less that from the best one, mean over the
targets and the worst, and Spearman's correlation with the error, mean over the targets. All numbers are turned so that
the smallest is taken. `anyone` is a source drawn by lot; NAME: always the same."""
import json
import os
import sys

NUMBERS = {"bound": 1, "w1": 1, "gaussian": 1, "information": -1, "leep": -1, "nce": -1, "logme": -1, "probe": 1}

if len(sys.argv) != 2:
    sys.exit(__doc__)
with open(os.path.join(sys.argv[1], "results.json")) as file:
    results = json.load(file)
measured = {one["data"]: one for one in results["measured"]}
targets = {}
for cell in results["cells"]:
    if cell["mean"] is not None:
        target, source = cell["data"].split("-from-")
        targets.setdefault(target, {})[source] = (cell["mean"], measured[cell["data"]])
sources = list(dict.fromkeys(s for of in targets.values() for s in of))


def mean(values):
    return sum(values) / len(values)


def ranks(values):
    return [mean([1 + i for i, v in enumerate(sorted(values)) if v == value]) for value in values]


def spearman(x, y):
    a, b = ([r - mean(ranks(v)) for r in ranks(v)] for v in (x, y))
    length = (sum(v * v for v in a) * sum(v * v for v in b)) ** 0.5
    return sum(v * w for v, w in zip(a, b)) / length if length else 0


print("| target | " + " | ".join(sources) + " |")
print("|---|" + "---|" * len(sources))
for target, of in targets.items():
    best = min(error for error, _ in of.values())
    cells = ["%s%.3f%s" % ("**" * (of[s][0] == best), of[s][0], "**" * (of[s][0] == best)) if s in of else ""
             for s in sources]
    print("| %s | %s |" % (target, " | ".join(cells)))

print("\n| taken by | regret | worst | correlation | takes |")
print("|---|---|---|---|---|")
for number, sign in NUMBERS.items():
    regrets, correlations, taken = [], [], []
    for of in targets.values():
        with_it = {s: (e, sign * m[number]) for s, (e, m) in of.items() if m.get(number) is not None}
        if not with_it:
            continue
        taken.append(min(with_it, key=lambda s: with_it[s][1]))
        regrets.append(of[taken[-1]][0] - min(e for e, _ in of.values()))
        correlations.append(spearman([v for _, v in with_it.values()], [e for e, _ in with_it.values()]))
    if regrets:
        often = ", ".join("%s %d" % (s, taken.count(s)) for s in sources if s in taken)
        print("| %s | %.3f | %.3f | %+.2f | %s |" % (number, mean(regrets), max(regrets), mean(correlations), often))
best = {t: min(e for e, _ in of.values()) for t, of in targets.items()}
for source in sources:
    regrets = [of[source][0] - best[t] for t, of in targets.items() if source in of]
    print("| always %s | %.3f | %.3f | | |" % (source, mean(regrets), max(regrets)))
print("| anyone | %.3f | | | |" % mean([mean([e for e, _ in of.values()]) - best[t] for t, of in targets.items()]))
