#!/usr/bin/env python3
"""The verdict for a page: verdict-table.py RUNS answers | sets | stage-1 | auto. RUNS/results.json is that of an
experiment whose file asks questions (experiments/verdict-kept-apart.yaml). `answers`: what was asked, and what came
out; `sets`: the mean score of each method on each set, beside the best plain predictor. Statistics are those of
`recraft compare`; here they are only put into words. A method is level with the plain predictors where it should be on
nine sets of ten, and ahead on half. The other two describe, and test nothing. `stage-1`: on how many draws the probe
kept what stage 1 had made, and what became of these beside naive fine-tuning of the same draw. `auto`: who answered,
and how far from the predictors that validation, and that the judging samples, would have chosen."""
import json
import math
import os
import statistics
import sys

LEVEL, AHEAD = 0.9, 0.5
WORDS = {"nft": " (naive fine-tuning)", "fa": " (alignment of features alone)", "auto": " (`recraft fit` alone)"}

if len(sys.argv) != 3 or sys.argv[2] not in ("answers", "sets", "stage-1", "auto"):
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


def done(method):
    return [run for run in results["each"] if run["method"] == method and run["state"] == "done"]


def median_seconds(method):
    seconds = [run["seconds"] for run in done(method)]
    return "%.0f" % statistics.median(seconds) if seconds else ""


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
    row("s a run, median", "", *map(median_seconds, methods), *blank)


def runs_of(method):
    """What each finished run of a method has written, by set and draw."""
    found = {}
    for run in done(method):
        with open(os.path.join(folder, run["data"], method, "seed-%d" % run["seed"], "result.json")) as file:
            found[run["data"], run["seed"]] = json.load(file)
    return found


def with_error(values):
    """The mean of some differences, with its standard error over them."""
    if len(values) < 2:
        return "".join("%+.3f" % value for value in values)
    return "%+.3f ± %.3f" % (statistics.mean(values), statistics.stdev(values) / math.sqrt(len(values)))


def stage_1():
    start = runs_of("nft")
    row("method", "draws", "start kept", "result kept", "better than `nft`", "equal", "worse", "difference")
    row(*["---"] * 8)
    for method in methods:
        runs = {key: run for key, run in runs_of(method).items() if "stage_1" in run and key in start}
        moved = [run["test"] - start[key]["test"] for key, run in runs.items() if run["stage_1"]["kept_epoch"] > 0]
        if runs:
            row("`%s`" % method, len(runs), len(runs) - len(moved), len(moved), sum(d < 0 for d in moved),
                sum(d == 0 for d in moved), sum(d > 0 for d in moved), with_error(moved))


def who(result):
    """Of what kind the members with a weight are: a fine-tuned model, frozen features, plain predictors."""
    members = [c for c in result["candidates"] if c.get("weight", 0) > 0]
    if any("source" in c and not c["name"].endswith("-frozen") for c in members):
        return "a fine-tuned model, alone or with others"
    if any("source" in c for c in members):
        return "frozen features, alone or with plain predictors"
    return "several plain predictors" if len(members) > 1 else "one plain predictor"


def auto():
    best = {on["data"]: on["other"] for q in results["questions"] if "level" in q for on in q["on"]}
    kinds = {}
    for key, result in runs_of("auto").items():
        plain = [c for c in result["candidates"] if c["name"] in result["opponents"]]
        if key[0] not in best or not plain:
            continue
        chosen = min(plain, key=lambda c: (c["valid"], c["valid_loss"]))["name"]
        scores = {name: opponent.get("test") for name, opponent in result["opponents"].items()}
        for kind in (who(result), "all"):
            kinds.setdefault(kind, []).append((result["test"], scores[chosen], scores[best[key[0]]]))
    row("what answered", "draws", "less the one that validation would have chosen", "less the best one")
    row(*["---"] * 4)
    for kind in sorted(kinds, key=lambda kind: (kind == "all", -len(kinds[kind]))):
        runs = kinds[kind]
        row(kind, len(runs), *[with_error([run[0] - run[i] for run in runs if run[i] is not None]) for i in (1, 2)])


if left:
    print("**%d of %d runs are done; failed: %d. This is not finished, and answers nothing yet.**\n" % (results["done"],
        results["runs"], results["failed"]))
elif what == "answers":
    print("All %d runs have ended; %d of them failed.\n" % (results["runs"], results["failed"]))
{"answers": answers, "sets": table, "stage-1": stage_1, "auto": auto}[what]()
