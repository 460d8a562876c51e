#!/usr/bin/env python3
"""Write the golden fixtures of optimal transport: tests/data/transport/sinkhorn.safetensors and .json.

For each case <name>:

  <name>.a [N, D], <name>.b [M, D]   points, float32
  <name>.gradient [N, D]             gradient of the divergence in a, float64
  <name>.values [7], float64:
      0 epsilon
      1 Sinkhorn divergence S(a, b), cost |x - y|^2 / 2, uniform weights
      2 OT_epsilon(b, b)
      3 S(a, b) as geomloss gives it with its default scaling of 0.5
      4 relative error of geomloss's gradient at that scaling
      5 unregularised cost: min over plans of the mean of |x - y|^2 / 2
      6 |mean(a) - mean(b)|^2 / 2

The reference is POT in float64: the converged plan P of ot.sinkhorn gives OT_epsilon = <P, C> + epsilon KL(P |
uniform) - the plans of a cloud with itself by averaged updates, in numpy - and the gradient (1/N) (sum_j Paa_ij a_j - sum_j Pab_ij b_j) with rows of P normalised. geomloss, run
in float64 with slow annealing (scaling 0.999), must agree to what that leaves open, or this script stops.

Run with Debian's PyTorch (see README.md beside this file); POT 0.9.4, geomloss 0.2.6, safetensors 0.4.5:

  python3 tools/golden/transport.py
"""

import hashlib
import json
import os

import geomloss
import numpy
import ot
import safetensors.numpy
import torch
from scipy.special import logsumexp

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "..", "tests", "data", "transport")
SEED = 20260
# name: points of a, points of b, coordinates, epsilon, spread of b, shift of a
CASES = {
    "plane": (40, 60, 2, 0.1, 1.0, 0.5),
    "cloud": (50, 35, 16, 0.5, 0.7, 0.3),
    "fine": (32, 32, 3, 0.05, 1.0, 0.2),
    "wide": (24, 100, 200, 2.0, 0.2, 0.05),
    "coarse": (30, 45, 5, 1e3, 1.0, 0.5),
}


def cost(x, y):
    return ((x[:, None, :] - y[None, :, :]) ** 2).sum(-1) / 2


def transport_cost(coupling, c, epsilon):
    seen = coupling > 0
    entropy = (coupling[seen] * numpy.log(coupling[seen] * c.size)).sum()
    return (coupling * c).sum() + epsilon * entropy


def plan(x, y, epsilon):
    p = numpy.full(len(x), 1 / len(x))
    q = numpy.full(len(y), 1 / len(y))
    c = cost(x, y)
    coupling, log = ot.sinkhorn(p, q, c, epsilon, method="sinkhorn_log", numItermax=500000, stopThr=1e-11, log=True)
    assert log["err"][-1] < 1e-9, log["err"][-1]
    return coupling, transport_cost(coupling, c, epsilon)


def self_plan(x, epsilon):
    """Averaged updates: the error halves each time, where Sinkhorn's alternating ones may crawl."""
    c = cost(x, x)
    f = numpy.zeros(len(x))
    for _ in range(200):
        f = (f - epsilon * (logsumexp((f[None, :] - c) / epsilon, axis=1) - numpy.log(len(x)))) / 2
    coupling = numpy.exp((f[:, None] + f[None, :] - c) / epsilon) / c.size
    assert abs(coupling.sum(1) * len(x) - 1).max() < 1e-12
    return coupling, transport_cost(coupling, c, epsilon)


def rows(coupling):
    return coupling / coupling.sum(1, keepdims=True)


def by_geomloss(a, b, epsilon, scaling):
    x = torch.tensor(a, dtype=torch.float64, requires_grad=True)
    loss = geomloss.SamplesLoss("sinkhorn", p=2, blur=epsilon**0.5, scaling=scaling, debias=True, backend="tensorized")
    value = loss(x, torch.tensor(b, dtype=torch.float64))
    value.backward()
    return value.item(), x.grad.numpy()


def error(x, y):
    return float(numpy.linalg.norm(x - y) / numpy.linalg.norm(y))


def solve(a, b, epsilon):
    a, b = a.astype(numpy.float64), b.astype(numpy.float64)
    (ab, v_ab), (aa, v_aa), (_, v_bb) = plan(a, b, epsilon), self_plan(a, epsilon), self_plan(b, epsilon)
    value = v_ab - v_aa / 2 - v_bb / 2
    gradient = (rows(aa) @ a - rows(ab) @ b) / len(a)
    near_value, near_gradient = by_geomloss(a, b, epsilon, 0.999)
    assert abs(near_value - value) < 2e-4 * abs(value), (near_value, value)
    assert error(near_gradient, gradient) < 3e-2, error(near_gradient, gradient)
    quick_value, quick_gradient = by_geomloss(a, b, epsilon, 0.5)
    exact = ot.emd2(numpy.full(len(a), 1 / len(a)), numpy.full(len(b), 1 / len(b)), cost(a, b))
    means = ((a.mean(0) - b.mean(0)) ** 2).sum() / 2
    values = [epsilon, value, v_bb, quick_value, error(quick_gradient, gradient), exact, means]
    return gradient, numpy.array(values)


def main():
    random = numpy.random.default_rng(SEED)
    tensors = {}
    for name, (n, m, d, epsilon, spread, shift) in CASES.items():
        a = (random.standard_normal((n, d)) + shift).astype(numpy.float32)
        b = (spread * random.standard_normal((m, d))).astype(numpy.float32)
        gradient, values = solve(a, b, epsilon)
        print(name, *values)
        tensors.update({f"{name}.a": a, f"{name}.b": b, f"{name}.gradient": gradient, f"{name}.values": values})
    os.makedirs(OUT, exist_ok=True)
    path = os.path.join(OUT, "sinkhorn.safetensors")
    safetensors.numpy.save_file(tensors, path)
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    about = {
        "cases": {k: dict(zip(("n", "m", "d", "epsilon", "spread", "shift"), v)) for k, v in CASES.items()},
        "seed": SEED,
        "versions": {"POT": ot.__version__, "geomloss": geomloss.__version__, "torch": torch.__version__,
                     "numpy": numpy.__version__},
        "sha256": digest,
    }
    with open(os.path.join(OUT, "sinkhorn.json"), "w") as file:
        json.dump(about, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
