#!/usr/bin/env python3
"""Ridge, logistic regression, a support vector machine and a bag of words by scikit-learn, on small classes that
overlap.

    python3 tools/golden/plain.py tests/data/plain      # numpy, scikit-learn, safetensors
"""
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import scipy.sparse
import sklearn
from safetensors.numpy import save_file
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression, Ridge, RidgeCV, RidgeClassifierCV
from sklearn.svm import SVC

N, M, COLUMNS, CLASSES, STRENGTH = 60, 30, 7, 3, 2.0
out = Path(sys.argv[1])
rng = np.random.default_rng(5)


def standardised(x, by):
    mean, deviation = by.mean(0), by.std(0)
    there = deviation > 0
    return (x[:, there] - mean[there]) / deviation[there]


def classes(count):
    label = rng.integers(0, CLASSES, count)
    x = rng.normal(size=(count, COLUMNS)) * [1, 5, 0.1, 1, 1, 100, 1] + [0, 40, 0, 3, 0, 1e4, 0]
    x[:, 0] += label
    x[:, 1] -= 4.0 * (label == 2)
    x[:, 2] *= 1 + label
    x[:, 4] = 7
    return x.astype("f4"), label.astype("i4")


x, label = classes(N)
x_test, _ = classes(M)
z, z_test = (standardised(a.astype("f8"), x.astype("f8")) for a in (x, x_test))
y = np.stack([z[:, 0] * 2 + z[:, 1] + rng.normal(size=N), 30 - 10 * z[:, 3] + 20 * rng.normal(size=N)], 1).astype("f4")

strengths = 10.0 ** np.arange(-3, 6.5, 0.5)
scaled = (y - y.mean(0)) / y.std(0)
ridge = RidgeCV(alphas=strengths).fit(z, scaled)
chosen = RidgeClassifierCV(alphas=strengths).fit(z, label)
svm = SVC(C=10, gamma="scale", decision_function_shape="ovo", tol=1e-6).fit(z, label)
tensors = {
    "x": x, "label": label, "y": y, "x_test": x_test,
    "ridge": Ridge(alpha=STRENGTH).fit(z, y).predict(z_test),
    "ridge_chosen": ridge.predict(z_test) * y.std(0) + y.mean(0),
    "ridge_classes": chosen.decision_function(z_test),
    "logistic": LogisticRegression(C=1 / STRENGTH, tol=1e-10, max_iter=10000).fit(z, label).predict_proba(z_test),
    "svm": svm.decision_function(z_test),
}


def write(name, tensors, **facts):
    out.mkdir(parents=True, exist_ok=True)
    save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, out / f"{name}.safetensors")
    digest = hashlib.sha256((out / f"{name}.safetensors").read_bytes()).hexdigest()
    (out / f"{name}.json").write_text(json.dumps(dict(
        seed=5, **facts, versions=dict(numpy=np.__version__, sklearn=sklearn.__version__), sha256=digest), indent=1)
        + "\n")


write("plain", tensors, strength=STRENGTH, chosen=dict(numbers=float(ridge.alpha_), classes=float(chosen.alpha_)))


# ---- texts: numbers of word pieces, -1 behind each; their columns as src/plain/words.c hashes them ----

BUCKETS, PIECES, LENGTH, OF_WORDS = 1 << 15, 40, 12, 0.1


def column(before, piece):
    h = ((before + 1) << 32 | piece) * 0x9E3779B97F4A7C15 % 2**64
    h ^= h >> 32
    return h * 0xD6E8FEB86659FD93 % 2**64 >> 49


def texts(count):
    label = rng.integers(0, CLASSES, count)
    x = np.full((count, LENGTH), -1, "i4")
    for i in range(count):
        n = rng.integers(3, LENGTH + 1)
        x[i, :n] = rng.integers(0, PIECES, n)
        x[i, :2] = np.where(rng.random(2) < 0.8, [label[i], 7], x[i, :2])
    return x, label.astype("i4")


def counts(x):
    c = np.zeros((len(x), BUCKETS))
    for i, row in enumerate(x):
        row = [int(k) for k in row if k >= 0]
        for k in [column(-1, p) for p in row] + [column(*pair) for pair in zip(row, row[1:])]:
            c[i, k] += 1
    return scipy.sparse.csr_matrix(c)


x, label = texts(N)
x_test, _ = texts(M)
rarity = TfidfTransformer(sublinear_tf=True).fit(counts(x))
model = LogisticRegression(C=1 / OF_WORDS, tol=1e-10, max_iter=10000)
write("words", {
    "x": x.astype("f4"), "label": label, "x_test": x_test.astype("f4"),
    "words": model.fit(rarity.transform(counts(x)), label).predict_proba(rarity.transform(counts(x_test))),
}, strength=OF_WORDS)
