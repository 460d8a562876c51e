#!/usr/bin/env python3
"""Write tests/data/transport/sinkhorn_ranges.safetensors and .json: Sinkhorn divergences from very small to very large
epsilon.

For each set <set>: <set>.a [N, D], <set>.b [M, D] float32; <set>.epsilon [K] and <set>.value [K], float64: S(a, b) with
cost |x - y|^2 / 2 and uniform weights. S(t a, t b) with t^2 epsilon is t^2 S(a, b): the tests scale the points by
powers of two.

The reference is float64 and proves itself: whatever potentials give a plan both of whose marginals are right are the
solution. They are found by Newton's method with dense matrices while epsilon falls, and both marginals must be right to
1e-8. Sums are kept as differences from 1, so that a large epsilon costs no digits.

  pip install numpy safetensors; python3 tools/golden/sinkhorn_ranges.py
"""

import hashlib
import json
import os

import numpy
import safetensors.numpy

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "..", "tests", "data", "transport", "sinkhorn_ranges")
SEED = 20261
# name: points of a, points of b, coordinates, shift of a; epsilon as shares of the mean cost
SETS = {"line": (61, 84, 1, 0.5), "plane": (90, 70, 2, 0.3), "space": (60, 83, 3, 0.3), "far": (30, 25, 4, 0.5),
        "some": (37, 53, 64, 0.2), "many": (20, 33, 768, 0.1), "single": (1, 5, 3, 0.5)}
SHARES = (1e-3, 1e-2, 0.1, 1.0, 1e3, 1e9)
MORE_SHARES = {"far": (3e-7, 1e-5)}


def excess(f, g, c, epsilon):
    """Density of the plan less 1."""
    return numpy.expm1((f[:, None] + g[None, :] - c) / epsilon)


def fit_rows(f, g, c, epsilon):
    """f with exact rows: a shift by the largest score first, so that nothing overflows."""
    score = (g[None, :] - c) / epsilon
    top = score.max(1)
    return -epsilon * (top + numpy.log1p(numpy.expm1(score - top[:, None]).mean(1)))


def solve(c, epsilon):
    n, m = c.shape
    f, g = numpy.zeros(n), numpy.zeros(m)
    level = max(c.mean(), epsilon)
    while True:
        level = max(level, epsilon)
        f = fit_rows(f, g, c, level)
        for _ in range(500):
            d = excess(f, g, c, level)
            off = d.mean(0)
            if abs(off).max() < 1e-13:
                break
            p = 1 + d
            hessian = numpy.diag(p.mean(0)) - p.T @ p / (n * m)
            step = numpy.linalg.lstsq(hessian + 1.0 / m, -off, rcond=1e-15)[0]
            length, before = min(1.0, 2.0 / abs(step - step.mean()).max()), f.mean() + g.mean()
            while length > 1e-6:
                g_new = g + level * length * step
                f_new = fit_rows(f, g_new, c, level)
                if f_new.mean() + g_new.mean() >= before - 1e-15 * abs(c).max():
                    break
                length /= 2
            f, g = f_new, g_new
        if level == epsilon:
            break
        level /= 3
    d = excess(f, g, c, epsilon)
    assert abs(d.mean(0)).max() < 1e-8 and abs(d.mean(1)).max() < 1e-8, (abs(d.mean(0)).max(), abs(d.mean(1)).max())
    return f.mean() + g.mean()


def solve_self(c, epsilon):
    f = numpy.zeros(len(c))
    for _ in range(200):
        f = (f + fit_rows(f, f, c, epsilon)) / 2
    assert abs(excess(f, f, c, epsilon).mean(0)).max() < 1e-8
    return 2 * f.mean()


def cost(x, y):
    return ((x[:, None, :] - y[None, :, :]) ** 2).sum(-1) / 2


def main():
    random = numpy.random.default_rng(SEED)
    tensors = {}
    for name, (n, m, d, shift) in SETS.items():
        a = (random.standard_normal((n, d)) + shift).astype(numpy.float32)
        b = random.standard_normal((m, d)).astype(numpy.float32)
        x, y = a.astype(numpy.float64), b.astype(numpy.float64)
        ab, aa, bb = cost(x, y), cost(x, x), cost(y, y)
        epsilon = numpy.array([s * ab.mean() for s in MORE_SHARES.get(name, ()) + SHARES])
        value = numpy.array([solve(ab, e) - solve_self(aa, e) / 2 - solve_self(bb, e) / 2 for e in epsilon])
        means = ((x.mean(0) - y.mean(0)) ** 2).sum() / 2
        assert abs(value[-1] - means) < 1e-6 * means, (value[-1], means)
        print(name, *value, flush=True)
        tensors.update({f"{name}.a": a, f"{name}.b": b, f"{name}.epsilon": epsilon, f"{name}.value": value})
    safetensors.numpy.save_file(tensors, OUT + ".safetensors")
    with open(OUT + ".safetensors", "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    with open(OUT + ".json", "w") as file:
        json.dump({"sets": {k: dict(zip(("n", "m", "d", "shift"), v)) for k, v in SETS.items()}, "shares": SHARES,
                   "more_shares": MORE_SHARES, "sha256": digest, "seed": SEED,
                   "versions": {"numpy": numpy.__version__}}, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
