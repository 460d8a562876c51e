#!/usr/bin/env python3
"""Ridge, logistic regression and a support vector machine by scikit-learn, on small classes that overlap.

    python3 tools/golden/plain.py tests/data/plain      # numpy, scikit-learn, safetensors
"""
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import sklearn
from safetensors.numpy import save_file
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
out.mkdir(parents=True, exist_ok=True)
save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, out / "plain.safetensors")
digest = hashlib.sha256((out / "plain.safetensors").read_bytes()).hexdigest()
(out / "plain.json").write_text(json.dumps(dict(
    seed=5, strength=STRENGTH, chosen=dict(numbers=float(ridge.alpha_), classes=float(chosen.alpha_)),
    versions=dict(numpy=np.__version__, sklearn=sklearn.__version__), sha256=digest), indent=1) + "\n")
