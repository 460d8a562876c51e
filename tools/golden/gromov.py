#!/usr/bin/env python3
"""Write tests/data/transport/gromov.safetensors and .json: Gromov-Wasserstein as POT finds it.

For each case <name>, with float32 points of any two widths:

  <name>.a [N, D], <name>.b [M, E]         points, float32
  <name>.weight_a [N], <name>.weight_b [M] float64, some of them 0
  <name>.values [2]                        half of POT's value: all points alike, and with the weights
  <name>.plan [N, M], <name>.weighted_plan the plans
  <name>.gradient [N, D]                   of the first value in a, its plan held fixed

Costs are lengths within each set. POT's gromov_wasserstein begins with the better of two exact plans: for the costs
of the product of the weights, and of what its entropic_gromov_wasserstein has when epsilon has fallen, plan by plan as
in src/transport/gromov_anneal.c. POT's gradient in a set's costs, as its gromov_wasserstein2 has it, is carried on to
the points here; differences of POT's values must agree, or this script stops.

  pip install numpy POT safetensors      (POT 0.9.7)
  python3 tools/golden/gromov.py
"""

import hashlib
import json
import os

import numpy
import ot
import safetensors.numpy

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "data", "transport")
SEED = 20262
# name: points of a and of b, widths of a and of b
CASES = {"same": (20, 20, 3, 3), "wider": (24, 40, 2, 7), "fewer": (33, 12, 5, 2), "line": (15, 40, 1, 3)}


def lengths(x):
    return numpy.sqrt(((x[:, None, :] - x[None, :, :]) ** 2).sum(-1))


def spread(c, p):
    return numpy.sqrt(p @ c**2 @ p - (p @ c @ p) ** 2)


def anneal(ca, cb, p, q):
    """Two plans at each epsilon; POT's is in units of the whole square, ours of its half."""
    plan, epsilon = numpy.outer(p, q), 1.0
    while epsilon > 0.01:
        plan = ot.gromov.entropic_gromov_wasserstein(ca, cb, p, q, "square_loss", 2 * epsilon * spread(ca, p)
                                                     * spread(cb, q), True, plan, max_iter=2, tol=0, solver="PGD",
                                                     numItermax=3000, stopThr=1e-9)
        epsilon /= 2
    return plan


def cost(ca, cb, plan):
    """Never below 0, as POT wants it."""
    return ca.max() * cb.max() - ca @ plan @ cb


def solve(a, b, p, q):
    """POT wants weights above 0."""
    i, j = numpy.flatnonzero(p), numpy.flatnonzero(q)
    ca, cb, some, other = lengths(a[i]), lengths(b[j]), p[i], q[j]
    starts = (numpy.outer(some, other), anneal(ca, cb, some, other))
    first = [ot.emd(some, other, cost(ca, cb, start)) for start in starts]
    best = min(first, key=lambda plan: (plan * cost(ca, cb, plan)).sum())
    found, log = ot.gromov.gromov_wasserstein(ca, cb, some, other, "square_loss", True, G0=best, max_iter=10000,
                                              tol_rel=1e-12, tol_abs=1e-14, log=True)
    plan = numpy.zeros((len(p), len(q)))
    plan[numpy.ix_(i, j)] = found
    return log["gw_dist"] / 2, plan


def gradient(a, b, p, plan):
    c = lengths(a)
    pull = c * numpy.outer(p, p) - plan @ lengths(b) @ plan.T
    pull = numpy.divide(pull, c, out=numpy.zeros_like(c), where=c > 0)
    return 2 * (pull.sum(1)[:, None] * a - pull @ a)


def check(a, b, p, q, slope, random):
    way, step = random.standard_normal(a.shape), 1e-6
    rise = (solve(a + step * way, b, p, q)[0] - solve(a - step * way, b, p, q)[0]) / (2 * step)
    assert abs(rise - (slope * way).sum()) < 1e-5 * abs(slope).sum(), (rise, (slope * way).sum())


def main():
    random = numpy.random.default_rng(SEED)
    tensors = {}
    for name, (n, m, d, e) in CASES.items():
        a = random.standard_normal((n, d)).astype(numpy.float32)
        b = (0.8 * random.standard_normal((m, e))).astype(numpy.float32)
        wa, wb = random.exponential(size=n), random.exponential(size=m)
        wa[:3] = 0
        x, y, p, q = a.astype(float), b.astype(float), ot.unif(n), ot.unif(m)
        value, plan = solve(x, y, p, q)
        weighted, weighted_plan = solve(x, y, wa / wa.sum(), wb / wb.sum())
        slope = gradient(x, y, p, plan)
        check(x, y, p, q, slope, random)
        print(name, value, weighted)
        tensors.update({f"{name}.a": a, f"{name}.b": b, f"{name}.weight_a": wa, f"{name}.weight_b": wb,
                        f"{name}.values": numpy.array([value, weighted]), f"{name}.plan": plan,
                        f"{name}.weighted_plan": weighted_plan, f"{name}.gradient": slope})
    path = os.path.join(OUT, "gromov.safetensors")
    safetensors.numpy.save_file(tensors, path)
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    about = {"cases": {k: dict(zip(("n", "m", "d", "e"), v)) for k, v in CASES.items()}, "sha256": digest, "seed": SEED,
             "versions": {"POT": ot.__version__, "numpy": numpy.__version__}}
    with open(os.path.join(OUT, "gromov.json"), "w") as file:
        json.dump(about, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
