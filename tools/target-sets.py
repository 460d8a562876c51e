#!/usr/bin/env python3
"""Small generated data sets for targets beyond classes and plain numbers, and what a constant answer scores on them.

    python3 tools/target-sets.py FOLDER

Needs NumPy. docs/results.md says what `recraft` learns on them (experiments/targets.yaml).
"""
import sys
from pathlib import Path

import numpy as np

root = Path(sys.argv[1])
rng = np.random.default_rng(5)
TRAIN, TEST = 400, 400


def rows(n):
    return rng.standard_normal((n, 8)).astype(np.float32)


def grades(n):
    x = rows(n)
    score = 1.5 * x[:, 0] + np.abs(x[:, 1]) + 0.5 * rng.logistic(size=n)
    return x, np.digitize(score, [-2, -0.5, 0.5, 2.5])


def counts(n):
    x = rows(n)
    return x, rng.poisson(np.exp(0.8 * np.tanh(x[:, 0]) + 0.5 * x[:, 1] * (x[:, 2] > 0))).astype(np.float32)


def prices(n):
    x = rows(n)
    return x, (np.sin(x[:, 0]) + (0.2 + 0.5 * np.abs(x[:, 1])) * rng.standard_normal(n)).astype(np.float32)


def patients(n):
    x = rows(n)
    time = rng.exponential(np.exp(0.8 * x[:, 1] - 1.2 * x[:, 0]))
    left = rng.exponential(2, n)
    return x, np.stack([np.minimum(time, left), time <= left], 1).astype(np.float32)


def beats(n):
    """Two kinds of events in noise, and where they are; the first two points are not known."""
    length = 64
    x, y = 0.3 * rng.standard_normal((n, 2, length)), np.zeros((n, length), np.int64)
    for i in range(n):
        for kind in (1, 2):
            first = rng.integers(0, length - 16)
            y[i, first:first + rng.integers(8, 16)] = kind
    x[:, 0] += 1.5 * (y == 1)
    x[:, 1] += 1.5 * (y == 2) * np.sin(1.3 * np.arange(length))
    y[:, :2] = -1
    return x.astype(np.float32), y


def constant_score(name, train, test):
    if name == "grades":
        return np.abs(test - np.bincount(train).argmax()).mean()
    if name == "counts":
        rate = train.mean()
        return 2 * np.mean(np.where(test > 0, test * np.log(np.maximum(test, 1) / rate), 0) - test + rate)
    if name == "prices":
        shares = [0.05, 0.5, 0.95]
        return np.mean([np.maximum(q * (test - s), (q - 1) * (test - s)).mean()
                        for q, s in zip(shares, np.quantile(train, shares))])
    if name == "patients":
        return 0.5
    return 1 - (test[test >= 0] == np.bincount(train[train >= 0]).argmax()).mean()


for make in (grades, counts, prices, patients, beats):
    (x, y), (x_test, y_test) = make(TRAIN), make(TEST)
    folder = root / make.__name__
    folder.mkdir(parents=True, exist_ok=True)
    for part, a in dict(x_train=x, y_train=y, x_test=x_test, y_test=y_test).items():
        np.save(folder / f"{part}.npy", a)
    print(f"{make.__name__}: a constant answer scores {constant_score(make.__name__, y, y_test):.4f}")
