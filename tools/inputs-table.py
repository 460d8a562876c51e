#!/usr/bin/env python3
"""Models of two inputs beside those of one, from the runs of experiments/several-inputs.yaml: inputs-table.py RUNS
Of those of experiments/text-and-number.yaml, by their sets and what the other input is called:

    inputs-table.py RUNS SET:OTHER...

Errors: validation / test, means over the seeds that are there.
"""
import glob
import json
import os
import sys

SETS = {"digits": "sound", "segment": "crop"}
PLAIN = ("svm", "forest", "logistic")


def results(runs, data, method):
    files = sorted(glob.glob(os.path.join(runs, data, method, "seed-*", "result.json")))
    return [json.load(open(file)) for file in files]


def mean(of, *keys):
    values = []
    for result in of:
        for key in keys:
            result = result[key]
        values.append(result)
    return sum(values) / len(values) if values else None


def scores(of):
    return "%.3f / %.3f (%d)" % (mean(of, "valid"), mean(of, "test"), len(of)) if of else ""


def best_plain(runs, data):
    """By validation; of what has a text, on the table of its words."""
    folder = data + "-words" if os.path.isdir(os.path.join(runs, data + "-words")) else data
    of = [results(runs, folder, method) for method in PLAIN]
    return min((one for one in of if one), key=lambda one: mean(one, "valid"), default=[])


def main(runs, sets):
    print("| set | reads | one body (nft) | a body each (late) | test without x "
          "| test without the other | best plain |")
    print("|---|---|---|---|---|---|---|")
    for data, other in sets.items():
        for reads, folder in (("both", data), ("x alone", data + "-x"), (other + " alone", "%s-%s" % (data, other))):
            nft, late = results(runs, folder, "nft"), results(runs, folder, "late")
            lost = ["", ""]
            if folder == data and nft:
                lost = ["%.3f" % mean(nft, "test_without", name) for name in ("x", other)]
            print("| %s | %s | %s | %s | %s | %s | %s |" % (data, reads, scores(nft), scores(late), *lost,
                                                              scores(best_plain(runs, folder))))
    if not any(results(runs, data, "hidden") for data in sets):
        return
    print("\n| set | hidden half of the time | test without x | test without the other |\n|---|---|---|---|")
    for data, other in sets.items():
        hidden = results(runs, data, "hidden")
        lost = ["%.3f" % mean(hidden, "test_without", name) if hidden else "" for name in ("x", other)]
        print("| %s | %s | %s | %s |" % (data, scores(hidden), *lost))


if __name__ == "__main__":
    if len(sys.argv) < 2 or not all(":" in one for one in sys.argv[2:]):
        sys.exit(__doc__)
    main(sys.argv[1], dict(one.split(":") for one in sys.argv[2:]) or SETS)
