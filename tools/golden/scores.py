#!/usr/bin/env python3
"""Write tests/data/transport/scores.safetensors and .json: LEEP, NCE and LogME by their definitions.

For each case <name>:

  <name>.f [N, D]      features, float32
  <name>.p [N, Z]      a source's predictions, float32, rows sum to 1
  <name>.label [N]     classes of the target, int32
  <name>.y [N, K]      numbers of the target, float32
  <name>.values [4]    float64: LEEP, NCE, LogME of the classes (one 0/1 output each), LogME of the numbers

LEEP and NCE are counted class by class. LogME (You et al.) is the maximum over log alpha and log beta of log p(y | F),
here by the normal distribution of y itself. The library has the formula of the weights' distribution, along one line of
singular vectors.

  pip install numpy scipy safetensors      (NumPy 2, SciPy 1.14 or newer)
  python3 tools/golden/scores.py
"""

import hashlib
import json
import os

import numpy
import safetensors.numpy
import scipy
from scipy.optimize import minimize_scalar

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "data", "transport")
SEED = 20261
# name: samples, features, source classes, target classes, numbers, how much the features tell
CASES = {"tall": (60, 8, 5, 3, 2, 0.5), "wide": (20, 50, 4, 4, 1, 0.5), "blind": (40, 6, 3, 2, 2, 0.0),
         "sharp": (50, 12, 6, 5, 3, 2.0)}


def leep(p, label):
    total = 0.0
    for i in range(len(p)):
        q = 0.0
        for z in range(p.shape[1]):
            own = sum(p[j, z] for j in range(len(p)) if label[j] == label[i])
            q += own / p[:, z].sum() * p[i, z]
        total += numpy.log(q)
    return total / len(p)


def nce(p, label):
    said = p.argmax(1)
    entropy = 0.0
    for z in set(said):
        within = label[said == z]
        for c in set(within):
            share = (within == c).mean()
            entropy -= len(within) / len(p) * share * numpy.log(share)
    return -entropy


def evidence(f, y, alpha, beta):
    """log p(y): without w, y is normal with covariance I / beta + F F^T / alpha."""
    k = numpy.eye(len(f)) / beta + f @ f.T / alpha
    if numpy.linalg.cond(k) > 1e12:  # less noise than float64 can tell from none
        return -numpy.inf
    return -(len(f) * numpy.log(2 * numpy.pi) + numpy.linalg.slogdet(k)[1] + y @ numpy.linalg.solve(k, y)) / 2


def highest(of, low, high, steps):
    """The largest value between low and high: the best of a grid, then between its neighbours."""
    grid = numpy.linspace(low, high, steps)
    values = [of(v) for v in grid]
    i = int(numpy.argmax(values))
    between = (grid[max(i - 1, 0)], grid[min(i + 1, steps - 1)])
    found = minimize_scalar(lambda v: -of(v), bounds=between, method="bounded", options={"xatol": 1e-9})
    return max(values[i], -found.fun)


def largest_evidence(f, y):
    return highest(lambda a: highest(lambda b: evidence(f, y, numpy.exp(a), numpy.exp(b)), -10, 26, 19), -10, 18, 29)


def logme(f, outputs):
    return numpy.mean([largest_evidence(f, y) / len(f) for y in outputs.T])


def main():
    rng = numpy.random.default_rng(SEED)
    tensors = {}
    for name, (n, d, z, classes, numbers, tells) in CASES.items():
        label = rng.integers(0, classes, n).astype(numpy.int32)
        label[:classes] = numpy.arange(classes)
        f = rng.normal(size=(n, d)) + tells * rng.normal(size=(classes, d))[label]
        logits = rng.normal(size=(n, z)) + 2 * tells * rng.normal(size=(classes, z))[label]
        y = tells * f @ rng.normal(size=(d, numbers)) + rng.normal(size=(n, numbers))
        p = (numpy.exp(logits) / numpy.exp(logits).sum(1, keepdims=True)).astype(numpy.float32)
        f, y = f.astype(numpy.float32), y.astype(numpy.float32)
        wide = [t.astype(numpy.float64) for t in (p, f, y)]
        hot = numpy.eye(classes)[label]
        values = [leep(wide[0], label), nce(wide[0], label), logme(wide[1], hot), logme(wide[1], wide[2])]
        print(name, values)
        tensors.update({f"{name}.f": f, f"{name}.p": p, f"{name}.label": label, f"{name}.y": y})
        tensors[f"{name}.values"] = numpy.array(values)
    path = os.path.join(OUT, "scores.safetensors")
    safetensors.numpy.save_file(tensors, path)
    about = {
        "made_by": "tools/golden/scores.py",
        "seed": SEED,
        "cases": CASES,
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "sha256": hashlib.sha256(open(path, "rb").read()).hexdigest(),
    }
    with open(os.path.join(OUT, "scores.json"), "w") as file:
        json.dump(about, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
