#!/usr/bin/env python3
"""Data sets of a question and four numbers, of which neither suffices; and the same samples with each alone.

    tools/text-number-sets.py DATA OUT [TRAIN]

DATA holds text_trec (docs/add-a-data-set.md). Of its questions those are taken that ask for a person or for a place:
TRAIN of them (600) to be learnt from, 400 others for the test.
The numbers are normal. For each of three seeds OUT/SEED gets

    product           four classes: what is asked for, and whether the first two numbers have a sum above zero
    chosen            two classes: whether two numbers have a sum above zero, the first two where a person is asked for,
                      else the last two
    turned            two classes: whether the first two have a sum above zero, where a person is asked for, else
                      whether they have one below
    NAME-x            the numbers alone
    NAME-question     the questions alone
    NAME-words        one table for plain predictors: the numbers, and how often a question has each of the 300
                      commonest words of the training part

In `product` each input tells half of the answer. In `chosen` the question says which numbers count; alone it tells
nothing, and the numbers alone are right three times of four. In `turned` either alone tells nothing.
"""
import collections
import json
import os
import sys

import numpy as np

TRAIN, TEST, WORDS = 600, 400, 300
PERSON, PLACE = 3, 4
CLASSES = {"product": ("person-below", "person-above", "place-below", "place-above"), "chosen": ("no", "yes"),
           "turned": ("no", "yes")}


def questions(data):
    """Texts, and whether each asks for a place."""
    x, y = (np.load(f"{data}/text_trec/{letter}_train.npy") for letter in "xy")
    texts = [bytes(row).rstrip(b"\0").decode("utf-8", "ignore") for row in x]
    return [(text, c == PLACE) for text, c in zip(texts, y) if c in (PERSON, PLACE)]


def counts(texts, words):
    return np.array([[text.lower().split().count(word) for word in words] for text in texts])


def save(folder, part, **arrays):
    os.makedirs(folder, exist_ok=True)
    for name, array in arrays.items():
        np.save(f"{folder}/{name[0]}_{part}.npy", array.astype("float32" if name == "x" else "int64"))


def lines(path, of):
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(json.dumps(one) + "\n" for one in of)


def main(data, out, train=TRAIN):
    all_questions = questions(data)
    most = len(all_questions) - TEST
    if not 1 <= train <= most:
        sys.exit(f"text-number-sets: TRAIN {train}: there are {len(all_questions)} questions, "
                 f"{TEST} of them for the test; "
                 f"TRAIN is 1 to {most}")
    for seed in range(3):
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(all_questions))
        common = None
        for part, rows in (("train", order[:train]), ("test", order[train : train + TEST])):
            texts = [all_questions[row][0] for row in rows]
            place = np.array([all_questions[row][1] for row in rows])
            numbers = rng.normal(size=(len(rows), 4))
            above, other = (numbers[:, k] + numbers[:, k + 1] > 0 for k in (0, 2))
            if common is None:
                found = collections.Counter(word for text in texts for word in text.lower().split())
                common = [word for word, _ in found.most_common(WORDS)]
            answers = {"product": 2 * place + above, "chosen": np.where(place, other, above), "turned": place ^ above}
            for name, y in answers.items():
                folder = f"{out}/{seed}/{name}"
                save(folder, part, x=numbers, y=y)
                lines(f"{folder}/x_{part}.question.jsonl", texts)
                save(folder + "-x", part, x=numbers, y=y)
                save(folder + "-words", part, x=np.hstack([numbers, counts(texts, common)]), y=y)
                os.makedirs(folder + "-question", exist_ok=True)
                lines(f"{folder}-question/{part}.jsonl",
                      ({"text": text, "label": CLASSES[name][c]} for text, c in zip(texts, y.astype(int))))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:3], *map(int, sys.argv[3:]))
