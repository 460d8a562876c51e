#!/usr/bin/env python3
"""Entity scores by seqeval (1.2.2, default mode) on random and awkward taggings, with token accuracy.

    python3 tools/golden/entities.py tests/data/metrics
"""
import json
import random
import sys
from pathlib import Path

from seqeval.metrics import accuracy_score, f1_score

rng = random.Random(7)


def case(name, labels, truth, said):
    number = {label: i for i, label in enumerate(labels)}
    return dict(name=name, labels=labels, truth=[[number[t] for t in s] for s in truth],
                said=[[number[t] for t in s] for s in said],
                want={"1-entity-f1": 1 - f1_score(truth, said), "error": 1 - accuracy_score(truth, said)})


def random_case(name, letters, types, texts, noise):
    labels = ["O"] + [f"{letter}-{kind}" for letter in letters for kind in types]
    truth, said = [], []
    for _ in range(texts):
        t = [rng.choice(labels) for _ in range(rng.randint(1, 12))]
        truth.append(t)
        said.append([rng.choice(labels) if rng.random() < noise else x for x in t])
    return case(name, labels, truth, said)


bio = ["O", "B-A", "I-A", "B-B", "I-B"]
cases = [
    random_case("bio", "BI", ["PER", "LOC"], 40, 0.15),
    random_case("bio, mostly wrong", "BI", ["PER", "LOC", "X-Y"], 30, 0.7),
    random_case("one type", "BI", ["E"], 25, 0.3),
    random_case("iobes", "BIES", ["PER", "LOC"], 40, 0.25),
    case("a chunk does not cross texts", bio, [["O", "B-A"], ["I-A", "O"]], [["O", "B-A"], ["B-A", "O"]]),
    case("inside without a beginning", bio, [["I-A", "I-A", "I-B"]], [["B-A", "I-A", "B-B"]]),
    case("a longer chunk is wrong", bio, [["B-A", "I-A", "O", "B-B"]], [["B-A", "I-A", "I-A", "B-B"]]),
    case("two chunks side by side", bio, [["B-A", "B-A", "I-A"]], [["B-A", "I-A", "I-A"]]),
    case("nothing found", bio, [["B-A", "O"]], [["O", "O"]]),
    case("all right", bio, [["B-A", "I-A", "O"], ["B-B"]], [["B-A", "I-A", "O"], ["B-B"]]),
]
Path(sys.argv[1], "entities.json").write_text(json.dumps({"cases": cases}, separators=(",", ":")) + "\n")
