#!/usr/bin/env python3
"""The verdict for a page: verdict-table.py RUNS answers | sets. RUNS/results.json is that of an experiment whose file
asks questions (experiments/verdict-kept-apart.yaml). `answers`: what was asked, and what came out; `sets`: the mean
score of each method on each set, beside the best plain predictor. Statistics are those of `recraft compare`; here they
are only put into words. A method is level with the plain predictors where it should be on nine sets of ten, and ahead
on half."""
import json
import math
import os
import sys

LEVEL, AHEAD = 0.9, 0.5
WORDS = {"nft": " (naive fine-tuning)", "fa": " (alignment of features alone)", "auto": " (`recraft fit` alone)"}

if len(sys.argv) != 3 or sys.argv[2] not in ("answers", "sets"):
    sys.exit(__doc__)
folder, what = sys.argv[1:]
with open(os.path.join(folder, "results.json")) as file:
    results = json.load(file)
sets = list(dict.fromkeys(cell["data"] for cell in results["cells"]))
methods = list(dict.fromkeys(cell["method"] for cell in results["cells"]))
left = results["runs"] - results["done"] - results["failed"]


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def known(method):
    return "`%s`%s" % (method, WORDS.get(method, ""))


def answers():
    row("asked before the runs", "better", "equal", "worse", "p after Holm", "answer")
    row(*["---"] * 6)
    for q in results.get("questions", []):
        counts = [q["wins"], q["ties"], q["losses"]]
        if "level" not in q:
            row("Is %s ahead of %s?" % (known(q["method"]), known(q["ahead_of"])), *counts, "%.2g" % q["holm_p"]
                if q["complete"] else "", q["answer"] if q["complete"] else "not yet")
            continue
        for name, goal, found in (("no worse than the best plain predictor", LEVEL, q["level"]), ("ahead of it", AHEAD,
            q["wins"])):
            enough = math.ceil(goal * len(sets))
            row("Is %s %s on %d of %d sets?" % (known(q["method"]), name, enough, len(sets)), *counts, "",
                "%s, on %d" % ("yes" if found >= enough else "no", found) if q["complete"] else "not yet, on %d of %d"
                % (found, q["data_sets"]))


def score(value):
    return "" if value is None else "%.3f" % value if value >= 0.01 else "%.4f" % value


def table():
    cells = {(cell["data"], cell["method"]): cell for cell in results["cells"]}
    best = {on["data"]: on for q in results.get("questions", []) if "level" in q for on in q["on"]}
    plain = ["best plain predictor"] if best else []
    row("data", "metric", *methods, *plain, "seeds")
    row(*["---"] * (len(methods) + len(plain) + 3))
    for name in sets:
        mine = [cells[name, method] for method in methods]
        metrics = {cell["metric"] for cell in mine if "metric" in cell}
        least, most = min(cell["n"] for cell in mine), max(cell["n"] for cell in mine)
        if most == 0:
            continue
        opponent = ["%s %s" % (best[name]["other"], score(best[name]["of_other"]))
                    if name in best else ""] if best else []
        row(name, "".join(metrics), *[score(cell["mean"]) for cell in mine], *opponent,
            least if least == most else "%d to %d" % (least, most))
    blank = [""] * (len(plain) + 1)
    row("mean rank", "", *["" if m["average_rank"] is None else "%.2f" % m["average_rank"] for m in results["methods"]],
        *blank)
    row("s a run", "", *["" if m["seconds"] is None else "%.0f" % m["seconds"] for m in results["methods"]], *blank)


if left:
    print("**%d of %d runs are done; failed: %d. This is not finished, and answers nothing yet.**\n" % (results["done"],
        results["runs"], results["failed"]))
else:
    print("All %d runs have ended; %d of them failed.\n" % (results["runs"], results["failed"]))
{"answers": answers, "sets": table}[what]()
